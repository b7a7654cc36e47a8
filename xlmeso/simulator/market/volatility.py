"""Implied and historical volatility of the underlying, as scripts see them (mesosim.md 4.8)."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import Any, Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.instruments import Instrument
from xlmeso.simulator.market.sessions import Sessions
from xlmeso.simulator.market.state import MarketState

TARGET_DAYS: Final = 30
HV_WINDOW_DAYS: Final = 30
RANK_WINDOW_DAYS: Final = 365
TRADING_DAYS: Final = 252.0


def at_the_money_iv(instrument: Instrument, state: MarketState, days: Ints) -> Floats:
    """Implied volatility of the at-the-money put nearest to 30 days, per point.

    No interpolation to exactly 30 days; at the money means a strike equal to the underlying.

    Parameters
    ----------
    instrument
        The underlying.
    state
        Market at n points.
    days
        Day number of each point: decides which expirations are listed.
    """
    table, listing = instrument.listing.table(), instrument.listing
    unique, inverse = np.unique(days, return_inverse=True)
    entries = table.entries
    settlements = [
        listing.settles(entries[row]) for row in table.nearest(unique, TARGET_DAYS).tolist()
    ]
    day = np.array([settlement.day for settlement in settlements])
    share = np.array([settlement.share for settlement in settlements])
    minute = np.array([float(settlement.absolute_minute) for settlement in settlements])
    business = instrument.model.hours.business().at(day, share)
    terms = instrument.model.terms(state, minute[inverse], business[inverse])
    deviation = terms.deviation(np.log(state.spot / terms.forward))
    volatility: Floats = deviation / np.sqrt(terms.years)
    return volatility


def closing_state(
    instrument: Instrument, history: DailyHistory, features: Any, session: Ints
) -> MarketState:
    """State at the close of each of some sessions."""
    index = history if history.parent is None else history.parent
    model = instrument.model
    return model.state(
        history,
        features,
        session=session,
        minute=model.hours.close_minute(history.days[session]),
        share=np.ones(session.size),
        spot=history.close[session],
        vix=history.vix_close[session],
        index=index.close[session],
    )


def historical_volatility(
    history: DailyHistory, session: int, days_per_year: float = TRADING_DAYS
) -> float:
    """Yearly volatility of the closes of the 30 calendar days before a session, as a fraction.

    Population standard deviation of the log returns times sqrt(252), for coins sqrt(365); NaN with
    under two closes.  The day's own close is not in it.
    """
    day = int(history.days[session])
    first = int(np.searchsorted(history.days, day - HV_WINDOW_DAYS, side="left"))
    closes = history.close[first:session]
    if closes.size < 2:
        return float("nan")
    return float(np.std(np.diff(np.log(closes))) * np.sqrt(days_per_year))


class ImpliedVolatility:
    """The underlying's implied volatility at the bars of a period, computed when first asked."""

    def __init__(
        self,
        instrument: Instrument,
        history: DailyHistory,
        features: Any,
        state: MarketState,
        sessions: Sessions,
        first: int,
    ) -> None:
        self._instrument = instrument
        self._history = history
        self._features = features
        self._state = state
        self._sessions = sessions
        self._days = history.days[first : first + len(sessions.dates)]
        self._first = first
        self._years: dict[int, TrailingYear] = {}

    def at(self, bar: int) -> float:
        """Return the value at a bar, as a fraction."""
        return float(self._bars[bar])

    def year_before(self, session: int) -> TrailingYear:
        """Return the closing values of the 365 days before a session of the period."""
        year = self._years.get(session)
        if year is None:
            days, values = self._closes
            day = int(self._days[session])
            first, stop = np.searchsorted(days, (day - RANK_WINDOW_DAYS, day), side="left")
            year = self._years[session] = TrailingYear(values[first:stop])
        return year

    @cached_property
    def _bars(self) -> Floats:
        days = np.repeat(self._days, self._sessions.bar_count)
        return at_the_money_iv(self._instrument, self._state, days)

    @cached_property
    def _closes(self) -> tuple[Ints, Floats]:
        """Days and closing values from a year before the period to its end."""
        start = int(np.searchsorted(self._history.days, int(self._days[0]) - RANK_WINDOW_DAYS))
        rows = np.arange(start, self._first + self._days.size)
        state = closing_state(self._instrument, self._history, self._features, rows)
        days = self._history.days[rows]
        return days, at_the_money_iv(self._instrument, state, days)


class TrailingYear:
    """Closing values of the year before a session, for rank and percentile."""

    def __init__(self, values: Floats) -> None:
        self._sorted: list[float] = np.sort(values).tolist()

    def rank(self, current: float) -> float:
        """Return (current - lowest) / (highest - lowest) x 100, 0..100, the current included.

        NaN without a single earlier day, 0 when the year was flat.
        """
        if not self._sorted:
            return float("nan")
        low, high = min(self._sorted[0], current), max(self._sorted[-1], current)
        return (current - low) / (high - low) * 100.0 if high > low else 0.0

    def percentile(self, current: float) -> float:
        """Share of days that closed below the current value, 0..100; NaN without a day."""
        if not self._sorted:
            return float("nan")
        return bisect_left(self._sorted, current) / len(self._sorted) * 100.0
