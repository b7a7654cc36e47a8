"""Trading days and the anchors of the timing module on the exchange's calendar (reference 3.3).

Assumptions, as most of the module's rules are not public: an anchor's ``first`` boundary is the
open of its first session, ``last`` the close of its last one; a trading day passes evenly between
a session's open and close; counts have a sign, so that what is past is negative to ``until``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np

from xlmeso.simulator.engine.clock import MINUTES_PER_DAY, day_of
from xlmeso.simulator.engine.ports import TradingDays

OPEX_WEEKDAY: Final = 4
"""Monthly options expire on the third Friday, or on the session before it."""

_THIRD_FRIDAY_FROM: Final = 15
"""The third Friday falls on the 15th to the 21st."""

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


class AnchorCalendar:
    """Answers where an anchor lies and how many trading days lie between two instants.

    Instants are minutes since the epoch, exchange time.
    """

    def __init__(self, days: TradingDays) -> None:
        self._days = np.asarray(days.day, dtype=np.int64)
        self._opens = self._days * MINUTES_PER_DAY + np.asarray(days.open_minute, dtype=np.int64)
        self._closes = self._days * MINUTES_PER_DAY + np.asarray(days.close_minute, dtype=np.int64)

    def trading_time(self, minute: int) -> float:
        """Return the sessions since the table's begin, the current one in part."""
        at = int(np.searchsorted(self._opens, minute, side="right")) - 1
        if at < 0:
            return 0.0
        opens, closes = self._opens.item(at), self._closes.item(at)
        return at + min((minute - opens) / max(closes - opens, 1), 1.0)

    def instant(self, minute: int, anchor: str, boundary: str | None, *, after: bool) -> int | None:
        """Return the instant that an anchor means; None when it lies beyond the table.

        Parameters
        ----------
        minute
            Now.
        anchor, boundary
            As written.  Assumption: without a boundary the end that lies ahead is meant for
            ``until`` and the one that lies behind for ``after``; an expiration ends with its
            session.
        after
            Whether time since the anchor is counted, not time until it.
        """
        if anchor.endswith("_opex"):
            at = self._opex(minute, weekly=anchor.startswith("weekly"), after=after)
            return None if at is None else self._edge(at, at, boundary or "last")
        which, period = anchor.split("_")
        ahead = which == "this" and not after
        sessions = self._sessions_of(*_span(day_of(minute), period, ahead=which == "next"))
        if sessions is None:
            return None
        return self._edge(*sessions, boundary or ("last" if ahead else "first"))

    def length(self, minute: int, anchor: str, *, trading: bool) -> float | None:
        """Return the days in a period: sessions, or calendar days.

        Assumption: those of an expiration are counted from the one before it.
        """
        if anchor.endswith("_opex"):
            weekly = anchor.startswith("weekly")
            last = self._opex(minute, weekly=weekly, after=False)
            before = self._opex(minute, weekly=weekly, after=True)
            if last is None or before is None:
                return None
            return float(last - before if trading else self._days[last] - self._days[before])
        which, period = anchor.split("_")
        first, end = _span(day_of(minute), period, ahead=which == "next")
        if not trading:
            return float(end - first)
        sessions = self._sessions_of(first, end)
        return None if sessions is None else float(sessions[1] - sessions[0] + 1)

    def _edge(self, first: int, last: int, boundary: str) -> int:
        return self._opens.item(first) if boundary == "first" else self._closes.item(last)

    def _sessions_of(self, first: int, end: int) -> tuple[int, int] | None:
        """Return first and last session of the days ``first <= day < end``."""
        low = int(np.searchsorted(self._days, first, side="left"))
        high = int(np.searchsorted(self._days, end, side="left")) - 1
        is_known = self._days.size and end <= self._days.item(-1) + 1
        return (low, high) if low <= high and is_known else None

    def _opex(self, minute: int, *, weekly: bool, after: bool) -> int | None:
        """Return the session of the next expiration, or of the last one that is over."""
        day = day_of(minute)
        for step in (0, -1, -2) if after else (0, 1, 2):
            at = self._session_until(_week_end(day, step) if weekly else _third_friday(day, step))
            if at is None:
                continue
            closes = self._closes.item(at)
            if closes <= minute if after else closes >= minute:
                return at
        return None

    def _session_until(self, day: int) -> int | None:
        """Return the last session on or before a day, None beyond the table."""
        at = int(np.searchsorted(self._days, day, side="right")) - 1
        return None if at < 0 or day > self._days.item(-1) else at


def _span(day: int, period: str, *, ahead: bool) -> tuple[int, int]:
    """Return the first day of a period around a day, or of the one after it, and its end."""
    if period == "week":
        monday = day - _weekday(day)
        return (monday + 7, monday + 14) if ahead else (monday, monday + 7)
    months = _MONTHS[period]
    date = _date(day)
    begin = (date.month - 1) // months * months + (months if ahead else 0)
    return _month_begin(date.year, begin), _month_begin(date.year, begin + months)


def _month_begin(year: int, months: int) -> int:
    """Return the day that a number of whole months after New Year begins with."""
    return _day(dt.date(year + months // 12, months % 12 + 1, 1))


def _week_end(day: int, step: int) -> int:
    return day - _weekday(day) + OPEX_WEEKDAY + 7 * step


def _third_friday(day: int, step: int) -> int:
    date = _date(day)
    from_day = _month_begin(date.year, date.month - 1 + step) + _THIRD_FRIDAY_FROM - 1
    return from_day + (OPEX_WEEKDAY - _weekday(from_day)) % 7


def _weekday(day: int) -> int:
    return (day + 3) % 7  # 1970-01-01 was a Thursday: Monday gives 0


def _date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)


def _day(date: dt.date) -> int:
    return (date - dt.date(1970, 1, 1)).days
