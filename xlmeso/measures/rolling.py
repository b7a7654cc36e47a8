"""Figures over a window that moves along the returns, one value for each period."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from xlmeso.measures.returns import FloatArray


def rolling_volatility(returns: FloatArray, window: int, periods_per_year: float) -> FloatArray:
    """Return the yearly standard deviation of the last ``window`` returns, a fraction.

    Shape (n,); ``nan`` until the window is full.  std(r, ddof 1) x sqrt(periods), as
    `xlmeso.measures.returns.annual_volatility`.
    """
    return _rolled(
        returns, window, lambda block: block.std(axis=1, ddof=1) * math.sqrt(periods_per_year)
    )


def rolling_sharpe(returns: FloatArray, window: int, periods_per_year: float) -> FloatArray:
    """Return the Sharpe ratio of the last ``window`` returns per year, risk-free rate 0.

    Shape (n,); ``nan`` until the window is full and where nothing varies.
    """

    def ratio(block: FloatArray) -> FloatArray:
        deviation = block.std(axis=1, ddof=1)
        deviation[np.ptp(block, axis=1) == 0] = np.nan  # equal returns leave rounding noise
        return np.asarray(block.mean(axis=1) / deviation * math.sqrt(periods_per_year))

    return _rolled(returns, window, ratio)


def rolling_beta(returns: FloatArray, benchmark: FloatArray, window: int) -> FloatArray:
    """Return cov(r, b) / var(b) over the last ``window`` periods.

    Shape (n,); ``nan`` until the window is full, and where the benchmark does not vary or a
    value is missing.
    """
    result = np.full(returns.size, np.nan)
    if returns.size < window or window < 2:
        return result
    own = sliding_window_view(returns, window)
    other = sliding_window_view(benchmark, window)
    moves = other - other.mean(axis=1, keepdims=True)
    variance = (moves * moves).sum(axis=1)
    covariance = ((own - own.mean(axis=1, keepdims=True)) * moves).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        result[window - 1 :] = np.where(np.ptp(other, axis=1) > 0, covariance / variance, np.nan)
    return result


def _rolled(
    values: FloatArray, window: int, figure: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    result = np.full(values.size, np.nan)
    if values.size >= window >= 2:
        result[window - 1 :] = figure(sliding_window_view(values, window))
    return result
