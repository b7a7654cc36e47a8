"""What a dispatcher remembers between its turns; all of it can be lost without harm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from xlmeso.app.dispatch.forecast import Forecast
from xlmeso.app.dispatch.pace import Pace
from xlmeso.app.dispatch.tasks import Kind
from xlmeso.app.dispatch.watch import Watched
from xlmeso.app.dispatch.window import back_off
from xlmeso.errors import XlmesoError
from xlmeso.journal import Submission
from xlmeso.model.backtest import SubmittedBacktest

MOST_ATTEMPTS: Final = 8
"""Failures in a row after which a run is left for the next time."""


@dataclass(slots=True)
class Retry:
    """When something that failed is tried again."""

    attempts: int = 0
    at: float = float("-inf")

    def is_due(self, now: float) -> bool:
        """Whether it may be tried."""
        return now >= self.at

    def failed(self, now: float, chance: float, wait: float | None = None) -> None:
        """Note a failure."""
        self.attempts += 1
        self.at = now + (wait if wait is not None else back_off(self.attempts, chance))

    def worked(self) -> None:
        """Forget the failures."""
        self.attempts, self.at = 0, float("-inf")


@dataclass(slots=True)
class Memory:
    """What a dispatcher remembers; times in monotonic seconds.

    Attributes
    ----------
    busy
        Requests under way, with the moment at which they began.
    watched
        Accepted runs that are followed.
    uncertain
        Runs of which an earlier sending may have arrived.
    unknown
        Runs without a key whose sending may have arrived, and since when that is so.
    given_up
        Runs that failed too often, with the last error.
    errors, receipts
        What the last sending of a run came to.
    fault, silence
        Why the service does not answer, and for how long.
    fatal
        Why no submission can succeed.
    requests
        How many requests of each kind were made.
    """

    busy: dict[tuple[Kind, str], float] = field(default_factory=dict)
    watched: dict[str, Watched] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)
    unknown: dict[str, float] = field(default_factory=dict)
    given_up: dict[str, XlmesoError] = field(default_factory=dict)
    alive: dict[str | None, bool] = field(default_factory=dict)
    forecast: Forecast = field(default_factory=Forecast)
    pace: Pace = field(default_factory=Pace)
    list_retry: Retry = field(default_factory=Retry)
    errors: dict[str, XlmesoError] = field(default_factory=dict)
    receipts: dict[str, SubmittedBacktest] = field(default_factory=dict)
    fault: XlmesoError | None = None
    silence: float = 0.0
    fatal: BaseException | None = None
    look_at_all: bool = False
    requests: Counter[Kind] = field(default_factory=Counter)
    _retries: dict[str, Retry] = field(default_factory=dict)

    def retry(self, key: str) -> Retry:
        """Return the retries of a run."""
        return self._retries.setdefault(key, Retry())

    def is_busy(self, kind: Kind) -> bool:
        """Whether a request of that kind is under way."""
        return self.count(kind) > 0

    def count(self, kind: Kind) -> int:
        """Count the requests of a kind that are under way."""
        return sum(item is kind for item, _ in self.busy)

    def keep_watch(
        self, runs: Iterable[Submission], begin: Callable[[Submission], Watched]
    ) -> None:
        """Watch exactly these runs; those that are new begin to be watched."""
        known = self.watched
        self.watched = {run.key: known.get(run.key) or begin(run) for run in runs}

    def watch_all_now(self, now: float) -> None:
        """Look at every run as soon as possible."""
        self.watched = {key: replace(item, look_at=now) for key, item in self.watched.items()}

    def next_due(self, now: float) -> float:
        """Return the seconds until something is due."""
        moments = [item.look_at for item in self.watched.values()]
        moments += [retry.at for retry in self._retries.values()]
        moments += [self.pace.free_at, self.list_retry.at]
        return min((moment - now for moment in moments if moment > now), default=float("inf"))
