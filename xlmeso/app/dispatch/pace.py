"""How fast requests may follow each other; pure, with monotonic seconds.

A service that limits requests says 429 to reads as well.  Then everything waits as long as it
asked, and requests keep a distance from then on, which shrinks with every good reply.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from xlmeso.app.dispatch.window import back_off

SMALLEST_GAP: Final = 0.01
LARGEST_GAP: Final = 2.0
"""Seconds between two requests after a refusal."""

_SHRINK: Final = 0.97


@dataclass(frozen=True, slots=True)
class Pace:
    """The distance between requests, and before which moment there is none at all."""

    gap: float = 0.0
    free_at: float = 0.0
    refusals: int = 0

    def is_free(self, now: float) -> bool:
        """Whether a request may go out."""
        return now >= self.free_at

    def asked(self, now: float) -> Pace:
        """Note that a request goes out."""
        return replace(self, free_at=max(self.free_at, now + self.gap))

    def answered(self) -> Pace:
        """Note a good reply."""
        gap = self.gap * _SHRINK
        return replace(self, gap=gap if gap >= SMALLEST_GAP else 0.0, refusals=0)

    def refused(self, wait: float | None, now: float, chance: float) -> Pace:
        """Note that the service wants fewer requests."""
        if now < self.free_at - self.gap:  # of the same burst
            return replace(self, free_at=max(self.free_at, now + (wait or 0.0)))
        pause = wait if wait is not None else back_off(self.refusals + 1, chance)
        gap = min(max(self.gap * 2.0, SMALLEST_GAP), LARGEST_GAP)
        return Pace(gap, now + pause, self.refusals + 1)
