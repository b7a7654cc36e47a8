"""Tables of listed expirations, whatever the underlying."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from xlmeso.simulator.market.arrays import Bools, Ints
from xlmeso.simulator.market.clock import OVERNIGHT_SHARE
from xlmeso.simulator.market.sessions import (
    MINUTES_PER_DAY,
    OPEN_MINUTE,
    date_of,
    day_number,
    trading_calendar,
)

_LEAD_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class ListedExpiration:
    """One expiration of one root.

    Attributes
    ----------
    root
        OCC root, such as ``SPX`` or ``SPXW``.
    date
        Expiration date.
    am_settled
        True: trades until the session before and settles on the open of the date.
        False: trades on the date and settles on its close.
    """

    root: str
    date: dt.date
    am_settled: bool


class Settlement(NamedTuple):
    """The instant at which an expiration settles."""

    day: int
    minute: int
    """Minutes after midnight of the day."""
    share: float
    """Share of the day's business time that has passed then."""

    @property
    def absolute_minute(self) -> int:
        """Minutes since 1970-01-01 00:00 New York time."""
        return self.day * MINUTES_PER_DAY + self.minute


def settlement_of(date: dt.date, *, am_settled: bool) -> Settlement:
    """Open (AM) or close (PM) of the date; of the session before when the date has none."""
    calendar = trading_calendar()
    day = calendar.session_at_or_before(day_number(date))
    if am_settled:
        return Settlement(day, OPEN_MINUTE, OVERNIGHT_SHARE)
    return Settlement(day, calendar.closes_at(day), 1.0)


@dataclass(frozen=True, eq=False)
class ExpirationTable:
    """Every expiration of one underlying, sorted by date, morning series first, then root.

    Attributes
    ----------
    root
        OCC root of each row.
    day
        Day number of the expiration.
    am_settled
        Per row.
    listed_from, listed_to
        First and last day number on which the series trades.
    """

    root: tuple[str, ...]
    day: Ints
    am_settled: Bools
    listed_from: Ints
    listed_to: Ints

    @cached_property
    def entries(self) -> tuple[ListedExpiration, ...]:
        """The rows as objects."""
        return tuple(
            ListedExpiration(root, date_of(day), am)
            for root, day, am in zip(
                self.root, self.day.tolist(), self.am_settled.tolist(), strict=True
            )
        )

    def listed_on(self, day: int) -> tuple[ListedExpiration, ...]:
        """Expirations that trade on the day."""
        first = int(np.searchsorted(self.day, day, side="left"))
        listed = (self.listed_from[first:] <= day) & (self.listed_to[first:] >= day)
        entries = self.entries
        return tuple(entries[first + row] for row in np.flatnonzero(listed).tolist())

    def nearest(self, days: Ints, target: int) -> Ints:
        """Row of the expiration nearest to ``target`` calendar days ahead, per day.

        Of two that are equally near the earlier counts, of one date's two roots the first.
        """
        first_row = self._first_row_by_day
        best = np.full(days.size, -1, dtype=np.int64)
        for offset in sorted(range(1, 2 * target + 31), key=lambda ahead: abs(ahead - target)):
            place = days + (offset - int(self.day[0]) + _LEAD_DAYS)
            row = first_row[np.minimum(place, first_row.size - 1)]
            found = (best < 0) & (row >= 0) & (self.listed_from[row] <= days)
            best = np.where(found, row, best)
            if not np.any(best < 0):
                break
        return best

    @cached_property
    def _first_row_by_day(self) -> Ints:
        """Row of the first expiration of each calendar day from ``_LEAD_DAYS`` before; or -1."""
        start = int(self.day[0]) - _LEAD_DAYS
        rows = np.full(int(self.day[-1]) - start + 2, -1, dtype=np.int64)
        order = np.arange(self.day.size)[::-1]
        rows[self.day[order] - start] = order
        return rows


def make_table(rows: Mapping[tuple[int, str], int], am_roots: Collection[str]) -> ExpirationTable:
    """Sort expirations into a table.

    Parameters
    ----------
    rows
        First day number of the listing, by day number of the expiration and root.
    am_roots
        Roots that settle in the morning and so trade until the session before.
    """
    keys = sorted(rows, key=lambda key: (key[0], key[1] not in am_roots, key[1]))
    sessions = trading_calendar().session_days
    day = np.array([key[0] for key in keys], dtype=np.int64)
    am_settled = np.array([key[1] in am_roots for key in keys])
    before = np.searchsorted(sessions, day, side="left") - 1
    return ExpirationTable(
        root=tuple(key[1] for key in keys),
        day=day,
        am_settled=am_settled,
        listed_from=np.array([rows[key] for key in keys], dtype=np.int64),
        listed_to=np.where(am_settled, sessions[np.maximum(before, 0)], day),
    )
