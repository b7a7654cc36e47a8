"""Ratios: small examples worked out by hand, scipy for the moments and the normal curve."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xlmeso.measures import ratios as measure

SMALL = np.array([0.03, -0.01, 0.02, -0.02, 0.03])  # mean 0.01
FLAT = np.zeros(5)


def test_sharpe_ratio_by_hand() -> None:
    # Squared deviations from 0.01, in 1e-4: 4 + 4 + 1 + 9 + 4 = 22, so std = sqrt(22e-4 / 4).
    per_period = 0.01 / math.sqrt(22e-4 / 4)
    assert measure.sharpe_ratio(SMALL, 1) == pytest.approx(per_period)
    assert measure.sharpe_ratio(SMALL, 252) == pytest.approx(per_period * math.sqrt(252))


def test_sortino_ratio_by_hand() -> None:
    # Losses 0.01 and 0.02 over five periods: sqrt(5e-4 / 5) = 0.01.
    assert measure.sortino_ratio(SMALL, 4) == pytest.approx(0.01 / 0.01 * 2)


def test_omega_and_profit_factor_by_hand() -> None:
    assert measure.omega_ratio(SMALL) == pytest.approx(0.08 / 0.03)
    assert measure.profit_factor(SMALL) == pytest.approx(0.08 / 0.03)
    # Over 0.02: gains 0.01 + 0.01, losses 0.03 + 0.04.
    assert measure.omega_ratio(SMALL, 0.02) == pytest.approx(0.02 / 0.07)


def test_kelly_criterion_by_hand() -> None:
    # Mean gain 0.08/3, mean loss 0.015: b = 16/9; three of five won: (16/9 x 0.6 - 0.4)/(16/9).
    assert measure.kelly_criterion(SMALL) == pytest.approx((16 / 9 * 0.6 - 0.4) / (16 / 9))


def test_kelly_criterion_counts_only_periods_that_moved() -> None:
    with_pauses = np.concatenate((SMALL, FLAT))
    assert measure.kelly_criterion(with_pauses) == pytest.approx(measure.kelly_criterion(SMALL))


def test_kelly_criterion_alongside_takes_the_payoff_from_rows_that_agree() -> None:
    # Both gained in row 0 (0.03), both lost in row 3 (0.02): b = 1.5; p stays 3 of 5.
    other = np.array([0.01, 0.01, -0.01, -0.01, 0.0])
    assert measure.kelly_criterion(SMALL, other) == pytest.approx((1.5 * 0.6 - 0.4) / 1.5)
    # The other column sees the same rows: 0.01 and 0.01, b = 1; two of four moved up.
    assert measure.kelly_criterion(other, SMALL) == pytest.approx(0.0)


def test_calmar_ratio_of_the_seeds_sample() -> None:
    assert round(measure.calmar_ratio(0.4666, -0.1340), 2) == 3.48
    assert round(measure.calmar_ratio(0.1070, -0.2737), 2) == 0.39


@pytest.mark.parametrize("returns", [FLAT, np.array([]), np.array([0.01])])
def test_ratios_are_undefined_when_nothing_varies(returns: np.ndarray) -> None:
    assert math.isnan(measure.sharpe_ratio(returns, 252))
    assert math.isnan(measure.sortino_ratio(returns, 252))
    assert math.isnan(measure.probabilistic_sharpe_ratio(returns))
    assert math.isnan(measure.omega_ratio(returns))
    assert math.isnan(measure.kelly_criterion(returns))
    assert measure.smart_penalty(returns) == 1.0


def test_calmar_ratio_is_undefined_without_a_drawdown() -> None:
    assert math.isnan(measure.calmar_ratio(0.1, 0.0))


def test_a_gap_in_the_returns_is_not_hidden() -> None:
    broken = np.array([0.01, math.nan, 0.02, -0.01, 0.03])
    assert math.isnan(measure.sharpe_ratio(broken, 252))
    assert math.isnan(measure.sortino_ratio(broken, 252))
    assert math.isnan(measure.probabilistic_sharpe_ratio(broken))


def plain_penalty(returns: np.ndarray) -> float:
    """Write the sum out term by term, as the definition says."""
    coefficient = abs(np.corrcoef(returns[:-1], returns[1:])[0, 1])
    count = len(returns)
    terms = math.fsum((count - k) / count * coefficient**k for k in range(1, count))
    return math.sqrt(1 + 2 * terms)


def autoregressive(share: float, count: int) -> np.ndarray:
    noise = np.random.default_rng(7).normal(0, 1e-3, count)
    for at in range(1, count):
        noise[at] += share * noise[at - 1]
    return noise


@pytest.mark.parametrize("share", [-0.6, 0.0, 0.05, 0.7, 0.999])
@pytest.mark.parametrize("count", [3, 50, 5000])
def test_smart_penalty_is_the_whole_sum(share: float, count: int) -> None:
    returns = autoregressive(share, count)
    assert measure.smart_penalty(returns) == pytest.approx(plain_penalty(returns), rel=1e-12)


def test_smart_penalty_of_a_perfect_trend_sums_every_term() -> None:
    returns = np.arange(1.0, 11.0)  # correlation 1: 1 + 2 (9 + 8 + ... + 1)/10
    assert measure.smart_penalty(returns) == pytest.approx(math.sqrt(10))


def test_smart_penalty_without_autocorrelation_is_one() -> None:
    assert measure.smart_penalty(np.array([1.0, 0.0, -1.0, 0.0, 1.0])) == pytest.approx(1.0)


def test_smart_ratios_divide_by_the_penalty_they_are_given() -> None:
    assert measure.smart_sharpe(SMALL, 252, 2.0) == measure.sharpe_ratio(SMALL, 252) / 2
    assert measure.smart_sortino(SMALL, 252, 2.0) == measure.sortino_ratio(SMALL, 252) / 2


@given(arrays(np.float64, st.integers(4, 50), elements=st.integers(-50, 50).map(lambda x: x / 1e6)))
def test_probabilistic_sharpe_ratio_agrees_with_scipy(returns: np.ndarray) -> None:
    if np.ptp(returns) == 0:
        return
    ratio = returns.mean() / returns.std(ddof=1)
    skew = scipy.stats.skew(returns, bias=False)
    kurtosis = scipy.stats.kurtosis(returns, bias=False) + 3
    inner = 1 + ratio**2 / 2 - skew * ratio + (kurtosis - 3) / 4 * ratio**2
    result = measure.probabilistic_sharpe_ratio(returns)
    if inner <= 1e-9:
        assert inner > 0 or math.isnan(result)
        return
    expected = scipy.stats.norm.cdf(ratio / math.sqrt(inner / (len(returns) - 1)))
    assert result == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_probabilistic_sharpe_ratio_of_returns_around_zero_is_one_half() -> None:
    assert measure.probabilistic_sharpe_ratio(np.array([1.0, -1.0, 2.0, -2.0])) == 0.5


def test_correlation_stays_within_one() -> None:
    series = np.array([0.1, 0.2, 0.3]) / 3
    assert measure.correlation(series, 7 * series) == pytest.approx(1.0)
    assert abs(measure.correlation(series, -7 * series)) <= 1.0
    assert math.isnan(measure.correlation(series, FLAT[:3]))


def test_probabilistic_sharpe_ratio_is_undefined_when_its_variance_is_negative() -> None:
    # The corrected kurtosis of four values in two pairs is -6: 1 + x^2/2 - 6/4 x^2 < 0 for x > 1.
    pairs = np.array([0.010, 0.010, 0.011, 0.011])
    assert math.isnan(measure.probabilistic_sharpe_ratio(pairs))
