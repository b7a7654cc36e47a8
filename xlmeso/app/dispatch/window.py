"""How many runs may be in flight at once: learned from what the service accepts and refuses.

Pure decisions; times are seconds since 1970, because all processes of an account share the window.

The window grows by half with what the service accepts.  At a refusal it is halved, but never
below the number of runs that the service holds at that moment: these are proof that it takes so
many.  One more than that is tried again at once when the wait that the service asked for is over
(a limit of requests looks the same as a full queue), and then more and more rarely.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Final

FIRST_LEVEL: Final = 2
"""Runs that are sent to a service of which nothing is known."""

LARGEST_STEP: Final = 8
"""Most runs beyond the proven number that may be tried at once."""

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
"""Seconds to wait after a refusal that does not say how long: doubled each time."""

LONGEST_PROBE_WAIT: Final = 1800.0
"""Seconds after which a limit that held so far is tried again at the latest."""

FORGET: Final = 6 * 3600.0
"""Seconds after which a limit that was met counts as unknown again."""

_PROBE_GROWTH: Final = 8.0
_PATIENCE: Final = 8.0
_CLOCK_SLACK: Final = 1.0


@dataclass(frozen=True, slots=True)
class Window:
    """What is known about the room that the service has for the account.

    Attributes
    ----------
    level
        So many runs in flight were accepted.
    ceiling
        So many were not, the last time; None where no limit has been met.
    blocked_until
        Nothing is submitted before.
    probe_at, probe_wait
        When ``ceiling`` may be tried again, and how long that was put off.
    refusals
        In a row, with no acceptance in between.
    asked
        Seconds that the last refusal cost.
    changed_at
        When this was written; a clock that shows less has been set back.
    """

    level: int = FIRST_LEVEL
    ceiling: int | None = None
    blocked_until: float = 0.0
    probe_at: float = 0.0
    probe_wait: float = 0.0
    refusals: int = 0
    asked: float = 0.0
    changed_at: float = 0.0


def room(window: Window, held: int, sending: int, now: float, quiet: float) -> int:
    """Return how many more runs may be sent now; 0 while the service has asked for patience.

    Parameters
    ----------
    held
        Runs that the service certainly holds.
    sending
        Runs that it may hold: their replies are not known yet.
    quiet
        Seconds for which no run is expected to end: time in which a refusal costs nothing.
    """
    window = _believable(window, now)
    if now < window.blocked_until:
        return 0
    in_flight = held + sending
    open_end = window.level + min(max(window.level // 2, 1), LARGEST_STEP)
    if window.ceiling is None:
        return max(open_end - in_flight, 0)
    known = max(window.ceiling - 1, window.level)
    if in_flight < known:
        return min(open_end, known) - in_flight
    # The limit itself is tried with one run, when nothing else is under way that could explain
    # a refusal.
    is_probe = sending == 0 and in_flight == known and _may_probe(window, now, quiet)
    return 1 if is_probe else 0


def wait_left(window: Window, now: float) -> float:
    """Return the seconds before anything may be submitted again."""
    return max(_believable(window, now).blocked_until - now, 0.0)


def accepted(window: Window, held: int, now: float) -> Window:
    """Learn from an acceptance.

    Parameters
    ----------
    held
        Runs that the service certainly holds, the accepted one included.
    """
    window = _believable(window, now)
    learnt = replace(window, level=max(window.level, held), refusals=0, changed_at=now)
    if window.ceiling is None or held < window.ceiling:
        return learnt
    if now < window.blocked_until:  # it was sent before the refusal: the limit is a little higher
        return replace(learnt, refusals=window.refusals, ceiling=held + 1)
    return replace(learnt, ceiling=None, probe_wait=0.0)


def refused(window: Window, held: int, wait: float | None, now: float, chance: float) -> Window:
    """Learn from a 429: a full queue or too many requests, which nothing tells apart.

    Parameters
    ----------
    held
        Runs that the service certainly holds.
    wait
        Retry-After in seconds, None where there was none.
    chance
        A random number in 0..1, so that several machines do not come back together.
    """
    window = _believable(window, now)
    if now < window.blocked_until:  # of the same burst
        until = now + (wait or 0.0)
        return replace(window, blocked_until=max(window.blocked_until, until), changed_at=now)
    level = max(window.level // 2, held, 1)
    asked = _wait(window, wait, chance)
    was_probe = window.ceiling is not None and held + 1 >= window.ceiling
    probe_wait = (
        min(max(window.probe_wait, asked) * _PROBE_GROWTH, LONGEST_PROBE_WAIT) if was_probe else 0.0
    )
    return replace(
        window,
        level=level,
        ceiling=level + 1,
        blocked_until=now + asked,
        probe_at=now + asked + probe_wait,
        probe_wait=probe_wait,
        refusals=window.refusals + 1,
        asked=asked,
        changed_at=now,
    )


def paused(window: Window, held: int, wait: float | None, now: float, chance: float) -> Window:
    """Learn from a 503, or from no reply at all: be patient, the number of slots is the same."""
    window = _believable(window, now)
    if now < window.blocked_until:
        return refused(window, held, wait, now, chance)
    return replace(
        window,
        level=max(window.level // 2, held, 1),
        blocked_until=now + _wait(window, wait, chance),
        refusals=window.refusals + 1,
        changed_at=now,
    )


def back_off(attempt: int, chance: float) -> float:
    """Return the seconds to wait after the ``attempt``-th failure (1, 2, ...) in a row."""
    full = min(FIRST_WAIT * 2.0 ** (min(attempt, 16) - 1), LONGEST_WAIT)
    return full * (0.5 + 0.5 * chance)


def to_text(window: Window) -> str:
    """Write a window for the journal."""
    return json.dumps(asdict(window))


def from_text(text: str | None, now: float) -> Window:
    """Read what `to_text` wrote; what cannot be read, or is too old, counts as unknown."""
    try:
        window = Window(**json.loads(text)) if text else Window()
    except (ValueError, TypeError):
        return Window()
    if now - window.changed_at > FORGET:
        return Window(level=max(window.level // 2, FIRST_LEVEL))
    return window


def _wait(window: Window, wait: float | None, chance: float) -> float:
    return wait if wait is not None else back_off(window.refusals + 1, chance)


def _may_probe(window: Window, now: float, quiet: float) -> bool:
    if now < window.probe_at:
        return False
    is_free = quiet >= window.asked
    return is_free or now >= window.probe_at + _PATIENCE * window.asked


def _believable(window: Window, now: float) -> Window:
    """Drop the times of a window that lies in the future: the clock has been set back."""
    if now >= window.changed_at - _CLOCK_SLACK:
        return window
    return replace(window, blocked_until=0.0, probe_at=0.0, changed_at=now)
