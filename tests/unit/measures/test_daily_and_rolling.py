"""Daily series and rolling figures against numbers worked out by hand and by pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from xlmeso.measures.daily import daily_series
from xlmeso.measures.rolling import rolling_beta, rolling_sharpe, rolling_volatility

RETURNS = np.random.default_rng(7).normal(0.001, 0.02, 90)
BENCHMARK = np.random.default_rng(8).normal(0.0, 0.01, 90) + 0.3 * RETURNS


def times(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[s]")


def test_last_value_of_each_day_that_has_one() -> None:
    stamps = times("2020-01-02T10:00", "2020-01-02T16:00", "2020-01-03T10:00", "2020-01-03T16:00")
    nav = np.array([100.0, 110.0, 121.0, np.nan])
    price = np.array([np.nan, 50.0, 55.0, 60.0])
    daily = daily_series(stamps, nav, price, base=100.0)
    assert daily.dates.tolist() == [
        np.datetime64("2020-01-02").item(),
        np.datetime64("2020-01-03").item(),
    ]
    assert daily.nav.tolist() == [110.0, 121.0]
    assert daily.returns == pytest.approx([0.1, 0.1])
    assert daily.benchmark is not None
    assert daily.benchmark.tolist() == [50.0, 55.0]
    # the first known price is 50, at which the benchmark begins
    assert daily.benchmark_returns == pytest.approx([0.0, 0.1])


def test_without_cash_the_first_nav_is_the_base_and_an_empty_benchmark_is_none() -> None:
    stamps = times("2020-01-02T10:00", "2020-01-02T16:00")
    daily = daily_series(stamps, np.array([100.0, 110.0]), np.array([np.nan, np.nan]))
    assert daily.base == 100.0
    assert daily.benchmark is None
    assert daily.benchmark_returns is None


def test_a_series_without_values_is_empty() -> None:
    daily = daily_series(times("2020-01-02T10:00"), np.array([np.nan]))
    assert daily.dates.size == daily.nav.size == daily.returns.size == 0


def test_rolling_volatility_is_that_of_pandas() -> None:
    expected = pd.Series(RETURNS).rolling(21).std() * np.sqrt(252)
    assert rolling_volatility(RETURNS, 21, 252) == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_rolling_sharpe_is_that_of_pandas() -> None:
    window = pd.Series(RETURNS).rolling(21)
    expected = window.mean() / window.std() * np.sqrt(252)
    assert rolling_sharpe(RETURNS, 21, 252) == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_rolling_beta_is_that_of_pandas() -> None:
    ours, other = pd.Series(RETURNS), pd.Series(BENCHMARK)
    expected = ours.rolling(21).cov(other) / other.rolling(21).var()
    found = rolling_beta(RETURNS, BENCHMARK, 21)
    assert found == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_nothing_is_told_before_the_window_is_full_or_where_nothing_varies() -> None:
    assert np.isnan(rolling_volatility(RETURNS[:20], 21, 252)).all()
    flat = np.full(30, 0.01)
    assert np.isnan(rolling_sharpe(flat, 21, 252)).all()
    assert np.isnan(rolling_beta(RETURNS[:30], flat, 21)).all()
    assert np.isnan(rolling_beta(RETURNS[:5], flat[:5], 21)).all()
