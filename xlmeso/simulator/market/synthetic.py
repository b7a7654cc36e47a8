"""A simulated daily history that uses no third-party series at all.

Index returns have stochastic volatility: the log of daily volatility is the sum of a slow and a
fast mean-reverting part, both pushed up by falling prices.  High and low are extremes of a
Brownian bridge between open and close.  The volatility index follows from the returns
(:mod:`synthetic_vix`) plus a slowly changing residual.  Dates are those of the exchange, 1990 to
2030.  Assumption: all constants below; they give the look of the S&P 500 (17 % volatility, 8 % a
year), not its history.
"""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import Final

import numpy as np
from scipy.special import ndtri

from xlmeso.simulator.market.arrays import Floats
from xlmeso.simulator.market.history import FLAT_DIVIDEND_YIELD, FLAT_RATE, DailyHistory
from xlmeso.simulator.market.path import VIX_BETA
from xlmeso.simulator.market.randomness import stream_keys, uniforms
from xlmeso.simulator.market.sessions import day_number, trading_calendar
from xlmeso.simulator.market.synthetic_vix import modelled_log_vix

LAST_DATE: Final = dt.date(2030, 12, 31)

_FIRST_CLOSE: Final = 350.0
_DRIFT: Final = 0.0003
_MEDIAN_VOLATILITY: Final = 0.0086
_SLOW: Final = (0.994, 0.33)
_FAST: Final = (0.93, 0.34)
"""Persistence per day and long-run standard deviation of ln volatility."""

_LEVERAGE: Final = -0.6
"""Correlation of the index return with the moves of its volatility."""

_OVERNIGHT_VARIANCE: Final = 0.2
_WARM_UP: Final = 252
"""Sessions simulated before the first one, so that its averages have a past."""

_RESIDUAL: Final = (0.87, 0.10)
_RESIDUAL_LEVERAGE: Final = -0.6
"""Persistence and deviation of what the index does not explain, and its correlation with it."""

_LOWEST_VIX: Final = 8.5
_HIGHEST_VIX: Final = 120.0


def simulate_history(seed: int) -> DailyHistory:
    """Simulate the sessions from 1990 to 2030; the same seed gives the same numbers."""
    sessions = trading_calendar().session_days
    days = sessions[sessions <= day_number(LAST_DATE)]
    total = days.size + _WARM_UP
    names = ["night", "day", "slow", "fast", "high", "low", "residual"]
    draws = uniforms(stream_keys([f"synthetic|{name}" for name in names], seed), total)
    normal = dict(zip(names, np.clip(ndtri(draws), -4.5, 4.5), strict=True))
    night_share, day_share = np.sqrt(_OVERNIGHT_VARIANCE), np.sqrt(1.0 - _OVERNIGHT_VARIANCE)
    shock = night_share * normal["night"] + day_share * normal["day"]
    volatility = _volatility(shock, normal["slow"], normal["fast"])
    night = night_share * volatility * normal["night"]
    day = _DRIFT - 0.5 * volatility**2 + day_share * volatility * normal["day"]
    up, down = _extremes(day, day_share * volatility, draws[4], draws[5])
    log_close = np.log(_FIRST_CLOSE) + np.cumsum(night + day)
    log_close -= log_close[_WARM_UP] - np.log(_FIRST_CLOSE)
    log_open = log_close - day
    close, open_ = np.round(np.exp(log_close), 2), np.round(np.exp(log_open), 2)
    high = np.maximum(np.round(np.exp(log_open + up), 2), np.maximum(open_, close))
    low = np.minimum(np.round(np.exp(log_open + down), 2), np.minimum(open_, close))
    moves = _correlated(_RESIDUAL_LEVERAGE, shock, normal["residual"])
    residual = _mean_reverting(moves, *_RESIDUAL)
    vix = np.exp(modelled_log_vix(close, high, low) + residual)
    vix = np.round(np.clip(vix, _LOWEST_VIX, _HIGHEST_VIX), 2)
    vix_open = np.round(np.concatenate((vix[:1], vix[:-1])) * np.exp(VIX_BETA * night), 2)
    kept = slice(_WARM_UP, None)
    return DailyHistory(
        kind="synthetic",
        description=(f"a simulated index and volatility history (no recorded data, seed {seed})"),
        days=days,
        open=open_[kept],
        high=high[kept],
        low=low[kept],
        close=close[kept],
        vix_open=np.clip(vix_open, _LOWEST_VIX, _HIGHEST_VIX)[kept],
        vix_close=vix[kept],
        rate=np.full(days.size, FLAT_RATE),
        dividend_yield=np.full(days.size, FLAT_DIVIDEND_YIELD),
    )


def _volatility(shock: Floats, slow: Floats, fast: Floats) -> Floats:
    """Daily volatility before each day's own shock, raised by past falls of the index."""
    level = np.zeros(shock.size)
    for noise, (persistence, deviation) in ((slow, _SLOW), (fast, _FAST)):
        moves = _correlated(_LEVERAGE, shock, noise)
        level[1:] += _mean_reverting(moves, persistence, deviation)[:-1]
    volatility: Floats = _MEDIAN_VOLATILITY * np.exp(level)
    return volatility


def _correlated(correlation: float, shock: Floats, noise: Floats) -> Floats:
    """Return standard normal moves with the given correlation to the shock."""
    moves: Floats = correlation * shock + np.sqrt(1.0 - correlation**2) * noise
    return moves


def _mean_reverting(moves: Floats, persistence: float, deviation: float) -> Floats:
    """First-order autoregression with the given long-run standard deviation."""
    step = deviation * np.sqrt(1.0 - persistence**2)
    series = accumulate((moves * step).tolist(), lambda value, move: persistence * value + move)
    return np.fromiter(series, dtype=np.float64, count=moves.size)


def _extremes(
    move: Floats, deviation: Floats, draw_high: Floats, draw_low: Floats
) -> tuple[Floats, Floats]:
    """Highest and lowest point of a Brownian bridge from 0 to ``move``, in logs.

    Each is drawn from its exact distribution, P(max > y) = exp(-2 y (y - move) / deviation^2);
    their dependence is neglected.
    """
    variance = deviation * deviation
    high = 0.5 * (move + np.sqrt(move * move - 2.0 * variance * np.log(draw_high)))
    low = 0.5 * (move - np.sqrt(move * move - 2.0 * variance * np.log(draw_low)))
    return high, low
