"""Figures against a benchmark: by hand, by scipy's regression, and the seed's own numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from xlmeso.measures import against_benchmark as measure

BENCHMARK = np.array([0.01, -0.02, 0.03, 0.00, -0.01])


def test_alpha_and_beta_of_a_straight_line_are_its_intercept_and_slope() -> None:
    result = measure.alpha_beta(0.001 + 0.5 * BENCHMARK, BENCHMARK, 252)
    assert result.beta == pytest.approx(0.5)
    assert result.alpha == pytest.approx(0.252)


def test_alpha_beta_and_r_squared_agree_with_a_regression() -> None:
    rng = np.random.default_rng(3)
    benchmark = rng.normal(0, 0.01, 500)
    returns = 0.2 * benchmark + rng.normal(0.001, 0.01, 500)
    line = scipy.stats.linregress(benchmark, returns)
    result = measure.alpha_beta(returns, benchmark, 12)
    assert result.beta == pytest.approx(line.slope)
    assert result.alpha == pytest.approx(line.intercept * 12)
    assert measure.r_squared(returns, benchmark) == pytest.approx(line.rvalue**2)


def test_figures_are_undefined_when_the_benchmark_does_not_move() -> None:
    flat = np.zeros(5)
    assert all(math.isnan(value) for value in measure.alpha_beta(BENCHMARK, flat, 252))
    assert all(math.isnan(value) for value in measure.alpha_beta(flat[:1], flat[:1], 252))
    assert math.isnan(measure.r_squared(BENCHMARK, flat))


def test_information_ratio_by_hand_is_not_annualised() -> None:
    # Differences 0.01, 0.02, 0.03: mean 0.02, deviation 0.01.
    returns = BENCHMARK[:3] + np.array([0.01, 0.02, 0.03])
    assert measure.information_ratio(returns, BENCHMARK[:3]) == pytest.approx(2.0)


def test_information_ratio_is_undefined_when_the_difference_does_not_vary() -> None:
    assert math.isnan(measure.information_ratio(BENCHMARK, BENCHMARK))
    assert math.isnan(measure.information_ratio(BENCHMARK[:1], BENCHMARK[:1]))


def test_treynor_ratio_of_the_seeds_sample() -> None:
    assert measure.treynor_ratio(4.0322, -0.05547) * 100 == pytest.approx(-7269.28, abs=0.5)
    assert math.isnan(measure.treynor_ratio(0.1, 0.0))
