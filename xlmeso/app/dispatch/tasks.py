"""What a dispatcher lets others do for it: one request each, and what came of it."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


class Kind(enum.Enum):
    """The kinds of requests."""

    SEND = "send"
    """Submit a run; the result is the receipt."""
    LIST = "list"
    """List the runs created since a time, or all; the result is a list of summaries."""
    LOOK = "look"
    """Ask for the status of one run."""
    FETCH = "fetch"
    """Fetch the analytics of one run, as the service wrote them."""


@dataclass(frozen=True, slots=True)
class Task:
    """One request.

    Attributes
    ----------
    key
        Of the run concerned; empty for a list.
    backtest_id
        Of the run concerned, where the service has given one.
    body, keyed
        Of a submission.
    since
        Of a list; None for everything.
    """

    kind: Kind
    key: str = ""
    backtest_id: str = ""
    body: bytes = field(default=b"", repr=False)
    keyed: bool = True
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a task.

    Attributes
    ----------
    value
        What the service answered; None with an ``error``.
    begun, ended
        When, in seconds of the crew's clock.
    """

    task: Task
    begun: float
    ended: float
    value: Any = None
    error: BaseException | None = None


class Crew(Protocol):
    """Does tasks beside its caller, each of whom is told of the replies in turn."""

    def clock(self) -> float:
        """Return monotonic seconds."""
        ...

    def wall(self) -> dt.datetime:
        """Return the time of day, in UTC."""
        ...

    def begin(self, task: Task) -> None:
        """Begin a task and return at once."""
        ...

    def replies(self, patience: float) -> Sequence[Reply]:
        """Return what has come in; wait up to so many seconds for the first."""
        ...
