"""Level of the surface where no index tells it: expected variance that reverts to a long-run mean.

Expected variance falls from today's level to the long-run one as exp(-speed x years), as in
Heston's model (1993), so that total variance is slow T + (fast - slow) (1 - exp(-k T)) / k.  Both
levels are weighted means of squared daily returns, a short and a long one, times a premium of
implied over realised variance; where a volatility index exists, today's level is the one that meets
it at 30 days.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.averages import split_mean
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.hours import Hours
from xlmeso.simulator.market.sessions import MINUTES_PER_DAY
from xlmeso.simulator.market.state import MarketState
from xlmeso.simulator.market.term import REFERENCE_VIX

SPEED: Final = 5.0
"""Assumption: per year; a shock of volatility loses half within 50 days."""

FAST_SPAN: Final = 20
SLOW_SPAN: Final = 250
"""Assumption: sessions of the two weighted means."""

VARIANCE_PREMIUM: Final = 1.15
"""Assumption: implied variance over realised, about 7 % of volatility."""

LEAST_VOLATILITY: Final = 0.05
_INDEX_YEARS: Final = 30.0 / 365.0
_INDEX_SETTLED: Final = -math.expm1(-SPEED * _INDEX_YEARS) / SPEED
_LEAST_SHARE: Final = 0.1


@dataclass(frozen=True, eq=False)
class RevertingTerm:
    """Total variance at n points; variances are per year."""

    fast: Floats
    slow: Floats
    days_per_year: float

    def part(self, start: int, stop: int) -> RevertingTerm:
        """Return the points start..stop only (views, no copies)."""
        return RevertingTerm(self.fast[start:stop], self.slow[start:stop], self.days_per_year)

    def total_variance(self, ahead: Floats) -> Floats:
        """ATM total variance at business times ahead; the last axis runs over the points."""
        years = ahead / self.days_per_year
        total: Floats = self.slow * years + (self.fast - self.slow) * _settled(years)
        return total


@dataclass(frozen=True, eq=False)
class RevertingFeatures:
    """Weighted means of squared returns before each session, per year, and their weights."""

    past: tuple[Floats, Floats]
    weight: tuple[Floats, Floats]
    days_per_year: float
    has_index: bool


def reverting_features(history: DailyHistory, hours: Hours) -> RevertingFeatures:
    """Prepare the two means for all sessions of a history."""
    squares = np.log(history.close / history.previous_close) ** 2
    # The very first day has no close before it; its range tells as much (Parkinson 1980).
    squares[0] = math.log(history.high[0] / history.low[0]) ** 2 / (4.0 * math.log(2.0))
    sessions = 365.0 if hours.days_per_year == 365.0 else 252.0
    parts = [split_mean(squares * sessions, span) for span in (FAST_SPAN, SLOW_SPAN)]
    return RevertingFeatures(
        past=(parts[0][0], parts[1][0]),
        weight=(parts[0][1], parts[1][1]),
        days_per_year=sessions,
        has_index=bool(np.isfinite(history.vix_close).all()),
    )


def reverting_state(
    history: DailyHistory,
    features: RevertingFeatures,
    hours: Hours,
    *,
    session: Ints,
    minute: Ints,
    share: Floats,
    spot: Floats,
    vix: Floats,
) -> MarketState:
    """State at n points inside sessions; arguments as in `state.market_state`.

    Today's part of the means is the square of the return so far, and for the rest of the day what
    was expected before it.
    """
    today = np.log(spot / history.previous_close[session]) ** 2 * features.days_per_year
    means = []
    for past, weight in zip(features.past, features.weight, strict=True):
        before = past[session] / np.maximum(1.0 - weight[session], 1e-9)
        before = np.where(weight[session] >= 1.0, today, before)
        means.append(past[session] + weight[session] * (today + (1.0 - share) * before))
    least = LEAST_VOLATILITY**2
    fast, slow = (np.maximum(VARIANCE_PREMIUM * mean, least) for mean in means)
    if features.has_index:
        level = (vix / 100.0) ** 2
        fast = slow + (level - slow) * (_INDEX_YEARS / _INDEX_SETTLED)
        fast = np.maximum(fast, _LEAST_SHARE * level)
    term = RevertingTerm(fast, slow, hours.days_per_year)
    month = term.total_variance(np.full(spot.shape, _INDEX_YEARS * hours.days_per_year))
    day = history.days[session]
    return MarketState(
        minute=(day * MINUTES_PER_DAY + minute).astype(np.float64),
        business=hours.business().at(day, share),
        spot=spot,
        log_level=0.5 * np.log(month / _INDEX_YEARS) + np.log(100.0 / REFERENCE_VIX),
        rate=history.rate[session],
        dividend_yield=history.dividend_yield[session],
        term=term,
    )


def _settled(years: Floats) -> Floats:
    """(1 - exp(-k T)) / k."""
    value: Floats = -np.expm1(-SPEED * years) / SPEED
    return value
