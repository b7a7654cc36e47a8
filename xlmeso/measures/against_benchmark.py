"""Figures of a strategy relative to its benchmark; both as returns of the same periods."""

from __future__ import annotations

import math
from typing import NamedTuple

from xlmeso.measures.ratios import correlation
from xlmeso.measures.returns import FloatArray, dot, sample_deviation


class AlphaBeta(NamedTuple):
    """Intercept and slope of the strategy's returns on the benchmark's."""

    alpha: float
    """Fraction per year: 0.40 is 40 % a year that the benchmark does not explain."""
    beta: float
    """Return of the strategy for a return of 1 of the benchmark."""


def alpha_beta(returns: FloatArray, benchmark: FloatArray, periods_per_year: float) -> AlphaBeta:
    """Regress a strategy on its benchmark.

    beta = cov(r, b) / var(b); alpha = (mean(r) - beta mean(b)) x periods, not compounded.
    Both ``nan`` for fewer than two periods or when the benchmark does not vary.

    Source: reference section 8.2 (Alpha, Beta), `quantstats.stats.greeks`.
    """
    if benchmark.size < 2:
        return AlphaBeta(math.nan, math.nan)
    moves = benchmark - benchmark.mean()
    variance = dot(moves, moves)
    if variance == 0:
        return AlphaBeta(math.nan, math.nan)
    beta = dot(returns - returns.mean(), moves) / variance
    alpha = (float(returns.mean()) - beta * float(benchmark.mean())) * periods_per_year
    return AlphaBeta(alpha, beta)


def r_squared(returns: FloatArray, benchmark: FloatArray) -> float:
    """Return the squared correlation, 0..1; ``nan`` when one of the two does not vary."""
    return correlation(returns, benchmark) ** 2


def information_ratio(returns: FloatArray, benchmark: FloatArray) -> float:
    """Return mean(r - b) / std(r - b, ddof 1) per period, *not* annualised.

    ``nan`` when the difference does not vary.  Source: reference section 8.2 (InformRatio).
    """
    active = returns - benchmark
    deviation = sample_deviation(active)
    if deviation == 0 or math.isnan(deviation):
        return math.nan
    return float(active.mean()) / deviation


def treynor_ratio(total: float, beta: float) -> float:
    """Return cumulative return / beta, a fraction; ``nan`` when beta is 0.

    Not annualised: the seed's 4.0322 / -0.05547 = -72.6928, shown as -7269.28 %
    (reference section 8.2, `quantstats.stats.treynor_ratio`).
    """
    return math.nan if beta == 0 else total / beta
