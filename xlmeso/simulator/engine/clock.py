"""Bars and times: minutes since 1970-01-01 00:00 of exchange time, as plain integers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np

from xlmeso.simulator.engine.ports import Ints, Sessions

if TYPE_CHECKING:
    from xlmeso.simulator.engine.calendar import AnchorCalendar

BAR_MINUTES: Final = 5
"""Resolution of the simulation (reference section 4.1)."""

MINUTES_PER_DAY: Final = 1440

_EPOCH: Final = dt.datetime(1970, 1, 1)


def minute_of(time: dt.datetime) -> int:
    """Return the minutes from the epoch to an exchange-local time, seconds cut off."""
    return int((time - _EPOCH).total_seconds() // 60)


def day_of(minute: int) -> int:
    """Return the days from the epoch to a minute count's day."""
    return minute // MINUTES_PER_DAY


def time_at(minute: int) -> dt.datetime:
    """Return the exchange-local time of a minute count."""
    return _EPOCH + dt.timedelta(minutes=minute)


class BarClock:
    """Time of every bar and the part of the bars that the run covers.

    Attributes
    ----------
    close_bar
        Bar of each session's close: its last one, round the clock the first of the next day.
    minutes
        Minute count of every bar, shape (total bars,).
    session
        Session index of every bar.
    day
        Days since the epoch of every session.
    first, stop
        The run covers the bars ``first <= bar < stop``.
    calendar
        Anchors of the timing module, made when an expression first asks for one.
    quoted
        Bars with quotes, ascending; None where every bar has them.
    """

    EPOCH: Final = _EPOCH.date()
    calendar: AnchorCalendar | None = None

    def __init__(
        self,
        sessions: Sessions,
        start: dt.datetime,
        end: dt.datetime,
        quoted: Ints | None = None,
    ) -> None:
        counts = np.asarray(sessions.bar_count, dtype=np.int64)
        self.first_bar: Ints = np.asarray(sessions.first_bar, dtype=np.int64)
        self.last_bar: Ints = self.first_bar + counts - 1
        length = np.asarray(sessions.close_minute) - np.asarray(sessions.open_minute)
        self.close_bar: Ints = self.first_bar + length.astype(np.int64) // BAR_MINUTES
        self.dates = sessions.dates
        self.day: Ints = np.array([(date - _EPOCH.date()).days for date in self.dates], np.int64)
        self.session: Ints = np.repeat(np.arange(counts.size, dtype=np.int64), counts)
        opening = self.day * MINUTES_PER_DAY + np.asarray(sessions.open_minute, dtype=np.int64)
        offset = np.arange(self.session.size, dtype=np.int64) - self.first_bar[self.session]
        self.minutes: Ints = opening[self.session] + BAR_MINUTES * offset
        # An End at 00:00:00 leaves that day's session out: only instants up to End are simulated
        # (UNKNOWN in the reference, section 1.2; Assumption: End is taken to the letter).
        first_minute = minute_of(start + dt.timedelta(seconds=59))
        self.first = int(np.searchsorted(self.minutes, first_minute, side="left"))
        self.stop = int(np.searchsorted(self.minutes, minute_of(end), side="right"))
        self.quoted = quoted

    def time(self, bar: int) -> dt.datetime:
        """Return the exchange-local time of a bar."""
        return time_at(self.minutes.item(bar))

    def where_quoted(self, ticks: Ints) -> Ints:
        """Move the ticks of a schedule to bars with quotes of the same session.

        Assumption: a tick waits for the next quotes; after the session's last ones it is taken at
        those, so that a day with one snapshot has all its ticks there.  A session without quotes
        has none.
        """
        if self.quoted is None or not ticks.size:
            return ticks
        found = np.searchsorted(self.quoted, ticks)
        later = self.quoted[np.minimum(found, self.quoted.size - 1)]
        earlier = self.quoted[np.maximum(found - 1, 0)]
        session = self.session[ticks]
        has_later = (self.session[later] == session) & (later >= ticks)
        has_earlier = (self.session[earlier] == session) & (earlier < ticks)
        moved = np.where(has_later, later, earlier)
        return np.unique(moved[has_later | has_earlier])

    def gap_bars(self) -> list[int]:
        """Return the last bar of each session of the run that has no quotes."""
        if self.quoted is None:
            return []
        empty = np.setdiff1d(np.arange(self.last_bar.size), self.session[self.quoted])
        bars = self.last_bar[empty]
        inside: list[int] = bars[(bars >= self.first) & (bars < self.stop)].tolist()
        return inside
