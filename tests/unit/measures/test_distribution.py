"""Tails and spread against scipy, pandas and counting by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from xlmeso.measures.distribution import (
    excess_kurtosis,
    expected_shortfall,
    histogram,
    share_positive,
    skewness,
    value_at_risk,
)

RETURNS = np.random.default_rng(3).standard_t(4, 500) * 0.01


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_value_at_risk_is_the_quantile_of_pandas(confidence: float) -> None:
    assert value_at_risk(RETURNS, confidence) == pytest.approx(
        pd.Series(RETURNS).quantile(1 - confidence)
    )


def test_expected_shortfall_is_the_mean_of_the_worst_days() -> None:
    returns = np.array([-0.05, -0.03, -0.01, 0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07])
    assert value_at_risk(returns, 0.9) == pytest.approx(-0.03)  # second of eleven
    assert expected_shortfall(returns, 0.9) == pytest.approx(-0.04)


def test_shape_is_that_of_scipy_without_bias() -> None:
    assert skewness(RETURNS) == pytest.approx(stats.skew(RETURNS, bias=False))
    assert excess_kurtosis(RETURNS) == pytest.approx(stats.kurtosis(RETURNS, bias=False))


def test_what_cannot_be_told_is_nan() -> None:
    nothing = np.empty(0)
    for figure in (value_at_risk, expected_shortfall, skewness, excess_kurtosis, share_positive):
        assert math.isnan(figure(nothing))
    assert math.isnan(skewness(np.full(9, 0.01)))


def test_share_of_gains_leaves_days_without_a_move_out() -> None:
    assert share_positive(np.array([0.01, 0.0, -0.01, 0.02])) == 0.5


def test_histogram_has_round_steps_and_an_edge_at_zero() -> None:
    returns = np.array([-0.012, -0.004, -0.0001, 0.0, 0.003, 0.0031, 0.009])
    edges, counts = histogram(returns, bins=10)
    # 1 % and 99 % quantiles are about -0.0115 and 0.0086: 0.0201 / 10, so steps of 0.005
    assert edges == pytest.approx([-0.015, -0.01, -0.005, 0.0, 0.005, 0.01])
    assert counts.tolist() == [1, 0, 2, 3, 1]


def test_single_days_far_out_are_counted_in_the_outermost_steps() -> None:
    returns = np.concatenate((np.linspace(-0.01, 0.01, 997), [0.5, 0.6, -0.7]))
    edges, counts = histogram(returns)
    assert -0.02 < edges[0] < edges[-1] < 0.02
    assert counts.sum() == 1000


@given(st.lists(st.floats(-0.9, 5, allow_nan=False), min_size=1, max_size=60))
def test_every_return_is_counted_once_and_never_with_the_other_sign(values: list[float]) -> None:
    returns = np.array(values)
    edges, counts = histogram(returns)
    assert counts.sum() == returns.size
    assert counts[edges[:-1] < 0].sum() == np.count_nonzero(returns < 0)
