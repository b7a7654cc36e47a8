"""Which expirations of SPX options were listed on a day, by era (local-engine.md section 3.3).

SPX is the root of the AM-settled series (third Fridays and long-dated ones), SPXW of all PM-settled
ones: weeklies, third Fridays, month-ends and quarter-ends.  A series is listed from some days
before its expiration; the table below gives that number by kind and era.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from xlmeso.simulator.market.arrays import Bools, Ints
from xlmeso.simulator.market.expiration_table import (
    ExpirationTable,
    ListedExpiration,
    make_table,
    settlement_of,
)
from xlmeso.simulator.market.sessions import (
    TradingCalendar,
    date_of,
    day_number,
    trading_calendar,
)

AM_ROOT: Final = "SPX"
PM_ROOT: Final = "SPXW"
"""Assumption: PM-settled third Fridays have this root from their start on 2011-10-04, although they
were called SPXPM until 2017-05-01; and all weeklies are PM-settled, also those before 2010-12."""

ROOTS: Final = (AM_ROOT, PM_ROOT)

__all__ = [
    "AM_ROOT",
    "PM_ROOT",
    "ROOTS",
    "ExpirationTable",
    "ListedExpiration",
    "expiration_table",
    "settlement_of",
]

_NEVER: Final = 1 << 40


class _Era(NamedTuple):
    """From this session on, series are listed at most so many calendar days ahead."""

    start: dt.date
    days: int


_ALWAYS: Final = dt.date(1990, 1, 1)
_MODERN: Final = dt.date(2014, 1, 1)
"""Assumption: between the sparse listings seen in January 2011 and those seen from 2022 on."""

_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY = range(5)

# Starting dates of the weekday series: local-engine.md section 3.3.  The days ahead are those of
# the real chains behind tests/data/iv_points_2011_2025.csv.gz (January 2011 and seven days of
# 2022-2024).  Assumption: what lies between these dates.
_DAILY: Final = dt.date(2023, 1, 1)
_WEEKLY: Final[dict[int, tuple[_Era, ...]]] = {
    _MONDAY: (_Era(dt.date(2016, 8, 15), 31), _Era(_DAILY, 35)),
    _TUESDAY: (_Era(dt.date(2022, 4, 18), 15), _Era(_DAILY, 35)),
    _WEDNESDAY: (_Era(dt.date(2016, 2, 23), 31), _Era(_DAILY, 35)),
    _THURSDAY: (_Era(dt.date(2022, 5, 11), 15), _Era(_DAILY, 35)),
    _FRIDAY: (
        _Era(dt.date(2005, 10, 28), 9),
        _Era(dt.date(2012, 1, 1), 36),
        _Era(dt.date(2016, 2, 23), 52),
    ),
}
_PM_THIRD_FRIDAY: Final = (_Era(dt.date(2011, 10, 4), 156),)
# Assumption: the start of the month-end (2014-07-07) and quarter-end series (2007-01-01).
_MONTH_END: Final = (_Era(dt.date(2014, 7, 7), 180),)
_QUARTER_END: Final = (_Era(dt.date(2007, 1, 1), 365),)

# Third Fridays of the AM-settled root by month: nearest months, then the quarterly cycle, June and
# above all December further out.
_AM_BY_MONTH: Final[dict[int, tuple[_Era, ...]]] = {
    month: (_Era(_ALWAYS, 105), _Era(_MODERN, 400)) for month in range(1, 13)
}
_AM_BY_MONTH[3] = (_Era(_ALWAYS, 370), _Era(_MODERN, 450))
_AM_BY_MONTH[6] = (_Era(_ALWAYS, 735), _Era(_MODERN, 720))
_AM_BY_MONTH[9] = (_Era(_ALWAYS, 370), _Era(_MODERN, 465))
_AM_BY_MONTH[12] = (_Era(_ALWAYS, 1100), _Era(_MODERN, 1990))


@lru_cache(maxsize=1)
def expiration_table() -> ExpirationTable:
    """Build the table from the trading calendar (once per process, some milliseconds)."""
    calendar = trading_calendar()
    rows: dict[tuple[int, bool], int] = {}
    _add_third_fridays(rows, calendar)
    _add_weeklies(rows, calendar)
    _add_month_ends(rows, calendar)
    names = {(day, AM_ROOT if am else PM_ROOT): start for (day, am), start in rows.items()}
    return make_table(names, (AM_ROOT,))


def _add(rows: dict[tuple[int, bool], int], day: int, am: bool, eras: tuple[_Era, ...]) -> None:
    """Enter a series, or list it earlier if it is there already."""
    starts = [max(day_number(era.start), day - era.days) for era in eras]
    starts = [start for start in starts if start <= day]
    if starts:
        rows[day, am] = min(*starts, rows.get((day, am), _NEVER))


def _add_third_fridays(rows: dict[tuple[int, bool], int], calendar: TradingCalendar) -> None:
    for year, month in _months(calendar):
        day = calendar.session_at_or_before(_third_friday(year, month))
        _add(rows, day, True, _AM_BY_MONTH[month])
        _add(rows, day, False, _PM_THIRD_FRIDAY)


def _add_month_ends(rows: dict[tuple[int, bool], int], calendar: TradingCalendar) -> None:
    for year, month in _months(calendar):
        next_month = dt.date(year + month // 12, month % 12 + 1, 1)
        day = calendar.session_before(day_number(next_month))
        eras = _QUARTER_END + _MONTH_END if month % 3 == 0 else _MONTH_END
        _add(rows, day, False, eras)


def _add_weeklies(rows: dict[tuple[int, bool], int], calendar: TradingCalendar) -> None:
    sessions = calendar.session_days
    for weekday, eras in _WEEKLY.items():
        start = day_number(eras[0].start) + 1  # nothing expired on the very day of the launch
        first = start + (weekday - (start + 3)) % 7
        nominal = np.arange(first, calendar.last_day - 7, 7)
        if weekday == _FRIDAY:
            nominal = nominal[~_is_third_friday(nominal)]
        # Holiday rule: the session before, but Monday series move to the session after.
        after = np.searchsorted(sessions, nominal, side="left")
        before = np.searchsorted(sessions, nominal, side="right") - 1
        for day in sessions[after if weekday == _MONDAY else before].tolist():
            _add(rows, day, False, eras)


def _months(calendar: TradingCalendar) -> list[tuple[int, int]]:
    first, last = date_of(calendar.first_day).year, date_of(calendar.last_day).year
    return [(year, month) for year in range(first, last + 1) for month in range(1, 13)]


def _third_friday(year: int, month: int) -> int:
    first = day_number(dt.date(year, month, 1))
    return first + (_FRIDAY - (first + 3)) % 7 + 14


def _is_third_friday(days: Ints) -> Bools:
    """Which of some Fridays are third ones: day of the month 15..21."""
    dates = days.view("datetime64[D]")
    of_month = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
    third: Bools = (of_month >= 15) & (of_month <= 21)
    return third
