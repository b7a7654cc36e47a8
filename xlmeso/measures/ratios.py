"""Ratios of reward to risk over periodic returns; the risk-free rate is 0 throughout.

Formulas: reference section 8.2, which found those of QuantStats 0.0.54 to 0.0.59.
"""

from __future__ import annotations

import math

import numpy as np

from xlmeso.measures.returns import (
    FloatArray,
    average_gain,
    average_loss,
    dot,
    sample_deviation,
)

NEGLIGIBLE = 1e-18
"""Powers of the autocorrelation below this cannot change the penalty's twelfth digit."""


def sharpe_ratio(returns: FloatArray, periods_per_year: float) -> float:
    """Return mean(r) / std(r, ddof 1) x sqrt(periods); ``nan`` when nothing varies.

    Pass 1 for the ratio per period.  Source: Sharpe (1994), "The Sharpe Ratio".
    """
    deviation = sample_deviation(returns)
    return _ratio(_mean(returns), deviation) * math.sqrt(periods_per_year)


def smart_penalty(returns: FloatArray) -> float:
    """Return the penalty for autocorrelation, 1 or more, that "smart" ratios are divided by.

    sqrt(1 + 2 sum over k = 1 .. n-1 of (n - k)/n c^k), c = abs(correlation of r with itself one
    period later).  1 for fewer than three returns or when nothing varies.

    Notes
    -----
    The sum has n - 1 terms.  It is cut after the first power of c below 1e-18; what is left out
    is smaller than 1e-18 / (1 - c), far below the twelfth digit of a sum that is at least c.
    """
    coefficient = abs(correlation(returns[:-1], returns[1:]))
    if math.isnan(coefficient):
        return 1.0
    count = returns.size
    lags = np.arange(1, _terms(coefficient, count) + 1)
    weights = (count - lags) / count
    return math.sqrt(1.0 + 2.0 * float(np.sum(weights * coefficient**lags)))


def _terms(coefficient: float, count: int) -> int:
    if coefficient >= 1.0:
        return count - 1
    if coefficient <= NEGLIGIBLE:
        return 0
    return min(count - 1, math.ceil(math.log(NEGLIGIBLE) / math.log(coefficient)))


def correlation(first: FloatArray, second: FloatArray) -> float:
    """Return Pearson's correlation, -1..1; ``nan`` when one of the two does not vary."""
    if first.size < 2:
        return math.nan
    a = first - first.mean()
    b = second - second.mean()
    scale = math.sqrt(dot(a, a)) * math.sqrt(dot(b, b))
    value = _ratio(dot(a, b), scale)
    return value if math.isnan(value) else min(1.0, max(-1.0, value))


def smart_sharpe(returns: FloatArray, periods_per_year: float, penalty: float) -> float:
    """Return the Sharpe ratio divided by a `smart_penalty`.

    The service divides the benchmark's ratio by the *strategy's* penalty too (reference
    section 8.1.5), so the penalty is an argument.
    """
    return sharpe_ratio(returns, periods_per_year) / penalty


def sortino_ratio(returns: FloatArray, periods_per_year: float) -> float:
    """Return mean(r) / sqrt(sum(min(r, 0)^2) / n) x sqrt(periods); ``nan`` without a loss.

    Source: Sortino and Price (1994), in the form of Rollinger and Hoffman (2013).
    """
    losses = np.minimum(returns, 0.0)
    downside = math.sqrt(dot(losses, losses) / returns.size) if returns.size else math.nan
    return _ratio(_mean(returns), downside) * math.sqrt(periods_per_year)


def smart_sortino(returns: FloatArray, periods_per_year: float, penalty: float) -> float:
    """Return the Sortino ratio divided by a `smart_penalty`, as `smart_sharpe`."""
    return sortino_ratio(returns, periods_per_year) / penalty


def probabilistic_sharpe_ratio(returns: FloatArray) -> float:
    """Return the probability, 0..1, that the true Sharpe ratio is above 0.

    Phi(SR / s) with SR per period and s^2 = (1 + SR^2/2 - skew SR + (kurt - 3)/4 SR^2)/(n - 1),
    kurt = 3 for a normal distribution; skew and kurt are the bias-corrected ones of pandas.
    ``nan`` for fewer than four returns or when nothing varies.

    Source: Bailey and Lopez de Prado (2012), "The Sharpe Ratio Efficient Frontier".
    """
    ratio = sharpe_ratio(returns, 1.0)
    if returns.size < 4 or math.isnan(ratio):
        return math.nan
    skew, excess = shape(returns)
    variance = 1.0 + ratio**2 / 2 - skew * ratio + excess / 4 * ratio**2
    if not variance > 0:
        return math.nan
    score = ratio * math.sqrt((returns.size - 1) / variance)
    return 0.5 * math.erfc(-score / math.sqrt(2.0))


def shape(returns: FloatArray) -> tuple[float, float]:
    """Return bias-corrected skewness and excess kurtosis (0 for a normal distribution).

    Needs four returns that vary.  Source: Joanes and Gill (1998), G1 and G2.
    """
    n = returns.size
    centred = returns - returns.mean()
    # Scaled to about 1 so that fourth powers of tiny returns do not underflow.
    centred = centred / np.abs(centred).max()
    squares = centred * centred
    m2, m3, m4 = (float(x.mean()) for x in (squares, squares * centred, squares * squares))
    skew = math.sqrt(n * (n - 1)) / (n - 2) * m3 / m2**1.5
    excess = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / m2**2 - 3.0) + 6.0)
    return skew, excess


def omega_ratio(returns: FloatArray, threshold: float = 0.0) -> float:
    """Return gains over losses relative to a threshold return; ``nan`` without a loss.

    Source: Keating and Shadwick (2002); the service uses the threshold 0.
    """
    excess = returns - threshold
    return _ratio(float(excess[excess > 0].sum()), -float(excess[excess < 0].sum()))


def profit_factor(returns: FloatArray) -> float:
    """Return sum(r >= 0) / abs(sum(r < 0)) over periods, not trades; ``nan`` without a loss."""
    return omega_ratio(returns)


def kelly_criterion(returns: FloatArray, alongside: FloatArray | None = None) -> float:
    """Return the share of capital to stake, (b p - (1 - p)) / b, a fraction.

    p is the share of gains among the periods that moved, b the mean gain over the mean loss.
    ``nan`` without a gain or without a loss.

    Parameters
    ----------
    returns
        Shape (n,).
    alongside
        The other column: b is then taken over rows only where both gained or both lost, while p
        is not (the two-column quirk, reference section 8.1.5).
    """
    payoff = _ratio(average_gain(returns, alongside), -average_loss(returns, alongside))
    moved = int(np.count_nonzero(returns))
    if not payoff > 0 or not moved:
        return math.nan
    share = int(np.count_nonzero(returns > 0)) / moved
    return (payoff * share - (1.0 - share)) / payoff


def calmar_ratio(annual_growth: float, deepest: float) -> float:
    """Return CAGR / abs(maximum drawdown), both fractions; ``nan`` without a drawdown.

    Source: Young (1991); the seed's 46.66 / 13.40 = 3.48 (reference section 8.2).
    """
    return _ratio(annual_growth, abs(deepest))


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else math.nan


def _ratio(numerator: float, denominator: float) -> float:
    if denominator == 0:
        return math.nan
    return numerator / denominator
