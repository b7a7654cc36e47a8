"""Values and functions of the timing module (reference section 3.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from xlmeso.simulator.engine.clock import MINUTES_PER_DAY
from xlmeso.simulator.engine.moment import Moment

DAYS_OF_WEEK: Final = 7

VALUES: Final[dict[str, Callable[[Moment], float | int]]] = {
    "timing.day_of_week": lambda m: m.date.isoweekday() % DAYS_OF_WEEK,
    "timing.year": lambda m: m.date.year,
    "timing.month": lambda m: m.date.month,
    "timing.day": lambda m: m.date.day,
    "timing.minutes_after_open": lambda m: m.minutes_after_open,
    "timing.minutes_before_close": lambda m: m.minutes_before_close,
    "timing.days_in_trade": lambda m: 0.0 if m.position is None else m.position.days(m.minute),
}
"""Sunday is day 0; days in trade are decimal calendar days, 0 without a position."""


def timing_function(
    name: str, anchor: str, boundary: str | None
) -> Callable[[Moment], float | None]:
    """Return what reads a function of the module at a moment; None beyond the calendar."""
    days, way = name.removeprefix("timing.").rsplit("_", maxsplit=1)
    trading = days == "trading_days"
    if way == "in":
        return lambda m: m.calendar.length(m.minute, anchor, trading=trading)
    after = way == "after"

    def count(m: Moment) -> float | None:
        at = m.calendar.instant(m.minute, anchor, boundary, after=after)
        if at is None:
            return None
        if trading:
            ahead = m.calendar.trading_time(at) - m.calendar.trading_time(m.minute)
        else:
            ahead = (at - m.minute) / MINUTES_PER_DAY
        return -ahead if after else ahead

    return count
