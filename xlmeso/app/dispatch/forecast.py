"""When a run will probably end, and when to look at it; pure, all times in seconds.

Runs of one account resemble each other.  Those that have ended tell how long one takes for its
effort (the days that it simulates), so that nobody needs to ask before the first can be over.
"""

from __future__ import annotations

import bisect
from collections import deque
from dataclasses import dataclass
from typing import Final

REMEMBERED: Final = 200
"""Runs that the forecast looks back upon."""

FIRST_LOOK: Final = 0.15
LONGEST_GAP: Final = 10.0
"""Shortest and longest time between two looks at a run of which nothing is known."""

LONGEST_TRUST: Final = 60.0
"""Seconds after which to look although a forecast says that it is too early: it may be wrong."""

_UNKNOWN_SHARE: Final = 0.1
_KNOWN_SHARE: Final = 0.03
_SHORTEST_GAP: Final = 0.05
_EARLY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Expected:
    """How long a run is expected to take: hardly less than ``earliest``, usually ``typical``."""

    earliest: float
    typical: float


class Forecast:
    """What the runs that have ended say about those that have not."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque()
        self._sorted: list[float] = []

    def observe(self, effort: float, seconds: float) -> None:
        """Learn how long a run took."""
        rate = max(seconds, 0.0) / max(effort, 1e-9)
        if len(self._recent) >= REMEMBERED:
            oldest = self._recent.popleft()
            del self._sorted[bisect.bisect_left(self._sorted, oldest)]
        self._recent.append(rate)
        bisect.insort(self._sorted, rate)

    def expected(self, effort: float) -> Expected | None:
        """Return the forecast for a run, None before any has ended."""
        if not self._sorted:
            return None
        early = self._sorted[int(len(self._sorted) * _EARLY)]
        middle = self._sorted[len(self._sorted) // 2]
        return Expected(early * effort, middle * effort)


def next_look(age: float, expected: Expected | None) -> float:
    """Return the age at which to look at a run again that is going on at this age.

    Without a forecast the time between looks grows with the age; with one, the first look comes
    when a run can be over, and the next ones so often that little time is lost.  Other strategies
    may have taken much longer for the same days, so a forecast never stops the looks for long.
    """
    if expected is None:
        return age + min(max(age * _UNKNOWN_SHARE, FIRST_LOOK), LONGEST_GAP)
    if age < expected.earliest:
        due = expected.earliest + min(_SHORTEST_GAP / 2, expected.typical * _KNOWN_SHARE)
        return min(due, age + LONGEST_TRUST)
    late = max(age - 2 * expected.typical, 0.0) * _UNKNOWN_SHARE
    gap = max(expected.typical * _KNOWN_SHARE, late, _SHORTEST_GAP)
    return age + min(gap, LONGEST_GAP)
