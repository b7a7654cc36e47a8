"""How returns are spread: tails, quantiles, histogram."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from xlmeso.measures.ratios import shape
from xlmeso.measures.returns import FloatArray

NOISE: Final = 1e-12
"""Difference of two returns that means nothing."""

FINEST: Final = 1e-5
"""Smallest step of a histogram."""


def value_at_risk(returns: FloatArray, confidence: float = 0.95) -> float:
    """Return the return that all but (1 - confidence) of the periods exceed, usually negative.

    The historical quantile with linear interpolation between neighbours (Excel's PERCENTILE,
    numpy's default; Hyndman and Fan's type 7).  ``nan`` without data.
    """
    return float(np.quantile(returns, 1.0 - confidence)) if returns.size else math.nan


def expected_shortfall(returns: FloatArray, confidence: float = 0.95) -> float:
    """Return the mean of the returns at or below `value_at_risk` (CVaR); ``nan`` without data.

    A return that equals the quantile but for rounding noise (`NOISE`) counts as at it.
    """
    if not returns.size:
        return math.nan
    return float(returns[returns <= value_at_risk(returns, confidence) + NOISE].mean())


def skewness(returns: FloatArray) -> float:
    """Return the bias-corrected skewness (Excel's SKEW); ``nan`` for fewer than four returns."""
    return shape(returns)[0] if _varies(returns) else math.nan


def excess_kurtosis(returns: FloatArray) -> float:
    """Return the bias-corrected excess kurtosis (Excel's KURT, 0 for a normal distribution)."""
    return shape(returns)[1] if _varies(returns) else math.nan


def share_positive(returns: FloatArray) -> float:
    """Return the share of returns above zero, 0..1; ``nan`` without data."""
    return float(np.count_nonzero(returns > 0)) / returns.size if returns.size else math.nan


class Histogram(NamedTuple):
    """Counts between edges; a value on an edge counts above it."""

    edges: FloatArray
    """Shape (bins + 1,), ascending; multiples of a round step, zero among them."""
    counts: FloatArray
    """Shape (bins,); the first and the last hold everything beyond them as well."""


def histogram(returns: FloatArray, bins: int = 20) -> Histogram:
    """Count returns in about ``bins`` equal steps of a round width (1, 2 or 5 x a power of ten).

    The steps cover the middle 98 % of the returns, so that single days do not squeeze the rest;
    the outermost two take in what lies beyond.  No step holds gains and losses at once, because
    zero is an edge.  Empty without returns.
    """
    if not returns.size:
        return Histogram(np.empty(0), np.empty(0))
    low, high = np.quantile(returns, (0.01, 0.99))
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    step = max(_round_step((high - low) / bins), FINEST) if high > low else 0.01
    first = min(math.floor(low / step + 1e-9), -1)
    last = max(math.ceil(high / step - 1e-9), 1)
    edges = np.round(np.arange(first, last + 1) * step, 12)
    inside = np.clip(returns, edges[0], np.nextafter(edges[-1], 0.0))
    counts, _ = np.histogram(inside, edges)
    return Histogram(edges, counts.astype(np.float64))


def _round_step(width: float) -> float:
    power = 10.0 ** math.floor(math.log10(width))
    return power * next(factor for factor in (1, 2, 5, 10) if width <= factor * power * 1.000001)


def _varies(returns: FloatArray) -> bool:
    return returns.size >= 4 and bool(np.ptp(returns) > 0)
