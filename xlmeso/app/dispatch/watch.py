"""Which runs to look at now, and whether one list is cheaper than asking for each; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from xlmeso.app.dispatch.forecast import Expected, Forecast, next_look
from xlmeso.journal import Submission

LIST_PAYS: Final = 3
"""From so many runs on, one list is cheaper than a status for each."""

LIST_PAYS_WITHOUT_STATUS: Final = 2
"""The same for a service whose analytics route tells the state."""

TOGETHER: Final = 0.1
"""Seconds by which a look may be early to be made together with others."""

_OLD: Final = 3600.0
_SKEW: Final = dt.timedelta(days=1)
_LONGEST_AGE: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A run that the service has accepted; times in monotonic seconds.

    Attributes
    ----------
    started
        When it began, as far as is known.
    look_at
        When to ask for it again.
    created_at
        When the service says that it was created, once it has said so.
    alone
        Whether the list does not show it, so that it must be asked for itself.
    """

    started: float
    look_at: float
    effort: float
    created_at: dt.datetime | None = None
    alone: bool = False


def watched(run: Submission, started: float, forecast: Forecast) -> Watched:
    """Begin to watch a run that began at a moment."""
    look_at = started + next_look(0.0, forecast.expected(run.effort))
    return Watched(started, look_at, run.effort)


def taken_over(run: Submission, now: float, wall: dt.datetime) -> Watched:
    """Begin to watch a run that somebody else has sent: it may be over already."""
    age = 0.0 if run.accepted_at is None else (wall - run.accepted_at).total_seconds()
    return Watched(now - min(max(age, 0.0), _LONGEST_AGE), now, run.effort)


def still_running(
    item: Watched,
    now: float,
    forecast: Forecast,
    times: tuple[dt.datetime | None, dt.datetime | None],
) -> Watched:
    """Note that a run goes on; ``times`` are the service's, of its creation and its start."""
    created_at, started_at = times
    if started_at is None and created_at is not None:  # it still waits in the service's queue
        item = replace(item, started=now)
    look_at = item.started + next_look(max(now - item.started, 0.0), expected(item, forecast))
    return replace(
        item,
        look_at=max(look_at, now),
        created_at=created_at or item.created_at,
        alone=False,
    )


def asked_alone(item: Watched, now: float) -> Watched:
    """Note that the list does not show a run: it is asked for itself, at once."""
    return replace(item, alone=True, look_at=now)


def expected(item: Watched, forecast: Forecast) -> Expected | None:
    """Return how long a watched run is expected to take."""
    return forecast.expected(item.effort)


def quiet_seconds(items: Iterable[Watched], forecast: Forecast, now: float) -> float:
    """Return the seconds for which no run is expected to end."""
    ends = [
        item.started + known.earliest - now
        for item in items
        if (known := expected(item, forecast)) is not None
    ]
    return max(min(ends, default=float("inf")), 0.0)


@dataclass(frozen=True, slots=True)
class Looks:
    """What to ask: one list of the runs since a time, or these runs one by one."""

    by_list: bool = False
    since: dt.datetime | None = None
    singly: Sequence[str] = ()


def due_looks(
    items: Mapping[str, Watched], now: float, wall: dt.datetime, *, has_status: bool
) -> Looks:
    """Return what to ask now.

    Parameters
    ----------
    items
        The watched runs for which no request is under way, by key.
    wall
        The time of day, for the range of a list.
    has_status
        Whether the service has a status route.
    """
    if not any(item.look_at <= now for item in items.values()):
        return Looks()
    due = {key: item for key, item in items.items() if item.look_at <= now + TOGETHER}
    listed = {key: item for key, item in due.items() if not item.alone}
    if len(listed) < (LIST_PAYS if has_status else LIST_PAYS_WITHOUT_STATUS):
        return Looks(singly=tuple(due))
    alone = tuple(key for key in due if key not in listed)
    return Looks(by_list=True, since=_since(items.values(), now, wall), singly=alone)


def _since(items: Iterable[Watched], now: float, wall: dt.datetime) -> dt.datetime:
    """Return since when to list, for all open runs to be in the list and few others.

    The service's own times are best.  A run of which it has told none was made after the others,
    unless it is old; then our clock must do, with a day's difference allowed.
    """
    shown = [item for item in items if not item.alone]
    known = [item.created_at for item in shown if item.created_at is not None]
    untold = [now - item.started for item in shown if item.created_at is None]
    ages = [age for age in untold if age > _OLD or not known]
    guessed = [wall - dt.timedelta(seconds=age) - _SKEW for age in ages]
    return min([*known, *guessed])
