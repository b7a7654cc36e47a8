"""How far a position went for and against its holder, from the 5-minute NAV where that can tell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xlmeso.measures.returns import FloatArray, Times
from xlmeso.measures.round_trips import RoundTrip


@dataclass(frozen=True, slots=True)
class Excursion:
    """Extremes of a position's P&L while it was open, money.

    Attributes
    ----------
    adverse, favourable
        Lowest (MAE) and highest (MFE) P&L, never above and never below 0: at the opening the
        position stood at 0.  None where neither NAV nor blotter tells.
    every_bar
        Whether every 5-minute bar was looked at (the position was the only one open), instead of
        the blotter's events alone.
    """

    adverse: float | None
    favourable: float | None
    every_bar: bool


def excursions(trips: Sequence[RoundTrip], times: Times, nav: FloatArray) -> list[Excursion]:
    """Return the excursion of each position.

    A NAV belongs to the whole account, so its moves are those of a position only while no other
    one is open.  Then NAV(t) - NAV before the opening is the position's P&L at every bar between
    the opening and the close.  Elsewhere the P&L that the blotter's events carry has to do.

    Parameters
    ----------
    trips
        In any order.
    times, nav
        Exchange-local instants, ascending, and money, shape (n,).
    """
    alone = _alone(trips)
    return [
        _excursion(trip, times, nav, is_alone) for trip, is_alone in zip(trips, alone, strict=True)
    ]


def _excursion(trip: RoundTrip, times: Times, nav: FloatArray, alone: bool) -> Excursion:
    values = [float(x) for x in (trip.lowest, trip.highest, trip.pnl) if x is not None]
    marks = np.empty(0)
    if alone and trip.nav_before is not None:
        begin = np.searchsorted(times, np.datetime64(trip.opened), side="right")
        end = None if trip.closed is None else np.searchsorted(times, np.datetime64(trip.closed))
        marks = nav[begin:end] - float(trip.nav_before)
        marks = marks[~np.isnan(marks)]
    if marks.size:
        values += [float(marks.min()), float(marks.max())]
    if not values:
        return Excursion(None, None, every_bar=False)
    return Excursion(min(0.0, *values), max(0.0, *values), every_bar=bool(marks.size))


def _alone(trips: Sequence[RoundTrip]) -> list[bool]:
    """Whether no other position was open at any time between a position's opening and close."""
    order = sorted(range(len(trips)), key=lambda place: trips[place].opened)
    alone = [True] * len(trips)
    latest: tuple[dt.datetime, int] | None = None
    for place in order:
        trip = trips[place]
        if latest is not None and trip.opened < latest[0]:
            alone[place] = alone[latest[1]] = False
        end = trip.closed or dt.datetime.max
        if latest is None or end > latest[0]:
            latest = (end, place)
    return alone
