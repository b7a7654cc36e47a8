"""Schedules as sorted arrays of flat bars (reference section 1.5)."""

from __future__ import annotations

from math import floor
from typing import Final

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.model.document import path_text
from xlmeso.model.strategy import Schedule
from xlmeso.simulator.engine.clock import BAR_MINUTES, MINUTES_PER_DAY, BarClock
from xlmeso.simulator.engine.ports import Ints

EVERY_BAR: Final = "5min"
EVERY_DAY: Final = "day"
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_MONDAY_SHIFT: Final = 3
"""1970-01-01 was a Thursday: (day + 3) % 7 is 0 on Mondays."""


def scheduled_bars(schedule: Schedule, clock: BarClock) -> Ints:
    """Return the run's bars at which a schedule ticks, ascending.

    A tick that falls outside a session (an offset longer than an early-closing day) does not take
    place, nor does a weekday that is a holiday.

    Raises
    ------
    SimulationError
        Not exactly one of the two offsets is set, or Every is not understood.
    """
    steps, from_open = _offset(schedule)
    every = (schedule.every or "").strip().lower()
    first = clock.first_bar
    ticks = first + steps if from_open else clock.close_bar - steps
    if every == EVERY_BAR:
        bars = _window(clock, ticks, from_open=from_open)
    else:
        chosen = _days(schedule, every, clock) & (ticks >= first) & (ticks <= clock.close_bar)
        bars = ticks[chosen]
    bars = clock.where_quoted(bars)
    return bars[(bars >= clock.first) & (bars < clock.stop)]


def _offset(schedule: Schedule) -> tuple[int, bool]:
    """Return the offset in bars and whether it counts from the open."""
    after, before = schedule.after_market_open_minutes, schedule.before_market_close_minutes
    minutes = before if after is None else after
    if minutes is None or (after is not None and before is not None):
        raise SimulationError(
            "exactly one of AfterMarketOpenMinutes and BeforeMarketCloseMinutes must be set",
            where=path_text(schedule.path),
        )
    # UNKNOWN how minutes are rounded to 5-minute steps; Assumption: to the nearest, halves up.
    steps = floor(min(max(float(minutes), 0.0), MINUTES_PER_DAY) / BAR_MINUTES + 0.5)
    return steps, after is not None


def _window(clock: BarClock, ticks: Ints, *, from_open: bool) -> Ints:
    """Return every bar from the offset to the close, or from the open to the offset.

    The second reading is an Assumption (UNKNOWN in the reference).
    """
    bars = np.arange(clock.session.size, dtype=np.int64)
    edge = ticks[clock.session]
    return bars[bars >= edge] if from_open else bars[bars <= edge]


def _days(
    schedule: Schedule, every: str, clock: BarClock
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if every == EVERY_DAY:
        return np.ones(clock.day.size, dtype=np.bool_)
    wanted = [name.strip() for name in every.split(",")]
    if not set(wanted) <= set(WEEKDAYS):
        raise SimulationError(
            f"Every is {schedule.every!r}; day, 5min or weekdays such as mon,wed,fri are known",
            where=path_text((*schedule.path, "Every")),
        )
    weekday = (clock.day + _MONDAY_SHIFT) % 7
    return np.isin(weekday, [WEEKDAYS.index(name) for name in wanted])
