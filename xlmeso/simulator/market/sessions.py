"""Trading sessions of the New York Stock Exchange and their 5-minute bars.

The table ``calendar/xnys.csv`` lists the weekdays 1990..2036 that were closed or ended early; it
is exported from exchange_calendars by ``tests/tools/make_session_table.py``.  Days are counted
from 1970-01-01 (``datetime64[D]`` as integer), minutes from midnight in New York.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Bools, Ints

OPEN_MINUTE: Final = 9 * 60 + 30
CLOSE_MINUTE: Final = 16 * 60
BAR_MINUTES: Final = 5
MINUTES_PER_DAY: Final = 24 * 60

_EPOCH: Final = dt.date(1970, 1, 1).toordinal()
_FIRST: Final = dt.date(1990, 1, 1)
_LAST: Final = dt.date(2036, 12, 31)


def day_number(date: dt.date) -> int:
    """Days from 1970-01-01 to the date."""
    return date.toordinal() - _EPOCH


def date_of(day: int) -> dt.date:
    """Inverse of :func:`day_number`."""
    return dt.date.fromordinal(int(day) + _EPOCH)


@dataclass(frozen=True, eq=False)
class TradingCalendar:
    """All calendar days from 1990-01-01 to 2036-12-31.

    Attributes
    ----------
    first_day
        Day number of the first row of the arrays below.
    is_session
        Per calendar day: True when the exchange opened.
    close_minute
        Per calendar day: minute of the close; meaningless where there is no session.
    session_days
        Day numbers of the sessions only, ascending.
    """

    first_day: int
    is_session: Bools
    close_minute: Ints
    session_days: Ints

    @property
    def last_day(self) -> int:
        """Day number of the last row."""
        return self.first_day + self.is_session.size - 1

    def session_at_or_before(self, day: int) -> int:
        """Day number of the last session that is not later than the day."""
        return int(self.session_days[np.searchsorted(self.session_days, day, side="right") - 1])

    def session_before(self, day: int) -> int:
        """Day number of the last session before the day."""
        return self.session_at_or_before(day - 1)

    def closes_at(self, day: int) -> int:
        """Minute of the close of the session on that day."""
        return int(self.close_minute[day - self.first_day])


@lru_cache(maxsize=1)
def trading_calendar() -> TradingCalendar:
    """Read the shipped table (once per process)."""
    first = day_number(_FIRST)
    days = np.arange(first, day_number(_LAST) + 1, dtype=np.int64)
    is_session = (days + 3) % 7 < 5  # 1970-01-01 was a Thursday: Monday gives 0
    close_minute = np.full(days.size, CLOSE_MINUTE, dtype=np.int64)
    table = resources.files("xlmeso.simulator.market") / "calendar" / "xnys.csv"
    for line in table.read_text(encoding="utf-8").splitlines()[1:]:
        date, close = line.split(",")
        row = day_number(dt.date.fromisoformat(date)) - first
        if close == "closed":
            is_session[row] = False
        else:
            close_minute[row] = int(close[:2]) * 60 + int(close[3:])
    return TradingCalendar(first, is_session, close_minute, days[is_session])


@dataclass(frozen=True, eq=False)
class ExchangeDays:
    """All sessions of the calendar: day number, minutes of open and close, one item each."""

    day: Ints
    open_minute: Ints
    close_minute: Ints


@lru_cache(maxsize=1)
def exchange_days() -> ExchangeDays:
    """Return the sessions of the shipped table."""
    calendar = trading_calendar()
    close_minute = calendar.close_minute[calendar.is_session]
    return ExchangeDays(
        calendar.session_days, np.full(close_minute.size, OPEN_MINUTE, np.int64), close_minute
    )


@dataclass(frozen=True, eq=False)
class Sessions:
    """Consecutive sessions and their 5-minute bars, opening and closing bar included.

    A normal session has 79 bars (09:30..16:00), one that ends at 13:00 has 43.  Bars of all
    sessions are numbered through: the flat index.

    Attributes
    ----------
    dates
        Session dates, ascending.
    open_minute, close_minute
        Minutes after midnight, exchange time, per session.
    bar_count, first_bar
        Number of bars and flat index of the first bar, per session.
    total_bars
        Number of bars of all sessions.
    """

    dates: tuple[dt.date, ...]
    open_minute: Ints
    close_minute: Ints
    bar_count: Ints
    first_bar: Ints
    total_bars: int
    _first_bars: list[int] = field(repr=False)
    _index: dict[dt.date, int] = field(repr=False)

    @classmethod
    def from_days(cls, days: Ints) -> Sessions:
        """Sessions on the given day numbers, which must be sessions of the calendar."""
        calendar = trading_calendar()
        close_minute = calendar.close_minute[days - calendar.first_day]
        open_minute = np.full(days.size, OPEN_MINUTE, dtype=np.int64)
        return cls._between(days, open_minute, close_minute, close_minute + BAR_MINUTES)

    @classmethod
    def round_the_clock(cls, days: Ints) -> Sessions:
        """Whole days of 288 bars, 00:00 to 23:55; each ends where the next one begins."""
        open_minute = np.zeros(days.size, dtype=np.int64)
        close_minute = np.full(days.size, MINUTES_PER_DAY, dtype=np.int64)
        return cls._between(days, open_minute, close_minute, close_minute)

    @classmethod
    def _between(cls, days: Ints, open_minute: Ints, close_minute: Ints, stop: Ints) -> Sessions:
        """Sessions whose bars run from the open to before ``stop``."""
        bar_count = (stop - open_minute) // BAR_MINUTES
        ends = np.cumsum(bar_count)
        first_bar = ends - bar_count
        dates = tuple(date_of(day) for day in days.tolist())
        for array in (open_minute, close_minute, bar_count, first_bar):
            array.flags.writeable = False
        return cls(
            dates=dates,
            open_minute=open_minute,
            close_minute=close_minute,
            bar_count=bar_count,
            first_bar=first_bar,
            total_bars=int(ends[-1]) if days.size else 0,
            _first_bars=first_bar.tolist(),
            _index={date: row for row, date in enumerate(dates)},
        )

    def session_of(self, bar: int) -> int:
        """Session that a flat bar index belongs to."""
        self._check(bar)
        return bisect_right(self._first_bars, bar) - 1

    def time_of(self, bar: int) -> dt.datetime:
        """Exchange-local time of a flat bar index (naive, New York)."""
        session = self.session_of(bar)
        opened = int(self.open_minute[session])
        minute = opened + BAR_MINUTES * (bar - self._first_bars[session])
        date = self.dates[session]
        return dt.datetime(date.year, date.month, date.day, minute // 60, minute % 60)

    def bars_of(self, session: int) -> range:
        """Flat indices of the bars of a session."""
        first = self._first_bars[session]
        return range(first, first + int(self.bar_count[session]))

    def index_of(self, date: dt.date) -> int | None:
        """Session on the date, or None when there is none in the period."""
        return self._index.get(date)

    def _check(self, bar: int) -> None:
        if not 0 <= bar < self.total_bars:
            raise IndexError(f"bar {bar} is outside 0..{self.total_bars - 1}")
