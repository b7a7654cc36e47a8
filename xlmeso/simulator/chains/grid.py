"""Snapshots on the 5-minute bars of a period: which bars have quotes, and what was last known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.simulator.chains.index import ChainIndex
from xlmeso.simulator.market.arrays import Floats, Ints, frozen
from xlmeso.simulator.market.sessions import Sessions, day_number, trading_calendar

_POINTS: float = 100.0


@dataclass(frozen=True, eq=False)
class Grid:
    """The bars of a period.

    Attributes
    ----------
    sessions
        Every session of the exchange in the period, also those without a file.
    quoted
        Flat bars with quotes, ascending.
    underlying, iv
        Last known value at each bar; before the first one in the period, the one before it, or
        the first where there is none.
    """

    sessions: Sessions
    quoted: Ints
    underlying: Floats
    iv: Floats


def lay_out(index: ChainIndex, start: dt.date, end: dt.date) -> Grid:
    """Lay the snapshots of a period out on its bars.

    Raises
    ------
    SimulationError
        There is no snapshot in the period.
    """
    first, last = (
        max(day_number(start), int(index.day[0])),
        min(day_number(end), int(index.day[-1])),
    )
    calendar = trading_calendar().session_days
    days = calendar[(calendar >= first) & (calendar <= last)]
    inside = np.flatnonzero((index.day >= first) & (index.day <= last))
    if not days.size or not inside.size:
        raise SimulationError(
            f"There are no chains between {start} and {end}.",
            cure=f"The chains reach from {_date(index.day[0])} to {_date(index.day[-1])}.",
        )
    if np.isnan(index.underlying[inside]).all():
        raise SimulationError(
            f"The chains between {start} and {end} have no price of the underlying.",
            cure="Fill the column underlying.",
        )
    sessions = Sessions.from_days(days)
    place = np.searchsorted(days, index.day[inside])
    quoted = sessions.first_bar[place] + index.offset[inside]
    before = inside[0] - 1
    return Grid(
        sessions,
        quoted,
        frozen(_held(index.underlying, inside, before, quoted, sessions.total_bars)),
        frozen(_held(index.iv, inside, before, quoted, sessions.total_bars)),
    )


def _held(values: Floats, inside: Ints, before: int, quoted: Ints, bars: int) -> Floats:
    """Return the last known value at each bar."""
    known = ~np.isnan(values[inside])
    at, found = quoted[known], values[inside][known]
    earlier = values[: before + 1][~np.isnan(values[: before + 1])]
    if not found.size:
        return np.full(bars, earlier[-1] if earlier.size else np.nan)
    row = np.searchsorted(at, np.arange(bars), side="right") - 1
    start = earlier[-1] if earlier.size else found[0]
    return np.where(row >= 0, found[np.maximum(row, 0)], start)


def _date(day: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(day))
