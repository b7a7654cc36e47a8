"""Runs side by side, margin, and key figures, against numpy, quantstats and counting by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from xlmeso.measures.daily import DailySeries, daily_series
from xlmeso.measures.key_figures import SESSIONS_PER_YEAR, key_figures
from xlmeso.measures.margin import account_margin, daily_peaks, margin_use, position_margins
from xlmeso.measures.together import combined_returns, common_returns, correlations
from xlmeso.model.events import BlotterEvent


def series(first: str, *navs: float) -> DailySeries:
    days = np.datetime64(first) + np.arange(len(navs))
    return daily_series(days.astype("datetime64[s]"), np.array(navs), base=100.0)


def test_only_the_common_stretch_counts_and_a_missing_day_is_no_move() -> None:
    one = series("2020-01-01", 110, 121, 121, 133.1)
    other = DailySeries(
        np.array(["2020-01-02", "2020-01-04", "2020-01-05"], dtype="datetime64[D]"),
        np.array([101.0, 102.01, 200.0]), None, 100.0,
    )  # fmt: skip
    dates, returns = common_returns([one, other])
    assert [str(day) for day in dates] == ["2020-01-02", "2020-01-03", "2020-01-04"]
    assert returns[:, 0] == pytest.approx([0.1, 0.0, 0.1])
    assert returns[:, 1] == pytest.approx([0.01, 0.0, 0.01])


def test_runs_without_a_common_day_have_nothing_in_common() -> None:
    dates, returns = common_returns([series("2020-01-01", 1, 2), series("2021-01-01", 1, 2)])
    assert dates.size == 0
    assert returns.shape == (0, 2)
    empty = series("2020-01-01")
    assert common_returns([empty, series("2020-01-01", 1)])[0].size == 0


def test_correlations_are_those_of_numpy() -> None:
    returns = np.random.default_rng(1).normal(size=(50, 3))
    assert correlations(returns) == pytest.approx(np.corrcoef(returns.T))
    returns[:, 1] = 0.01
    found = correlations(returns)
    assert np.isnan(found[1]).all()
    assert found[0, 0] == pytest.approx(1)


def test_a_portfolio_is_the_weighted_sum_of_each_day() -> None:
    returns = np.array([[0.1, -0.1], [0.02, 0.04]])
    assert combined_returns(returns, np.array([0.25, 0.5])) == pytest.approx([-0.025, 0.025])


def event(day: int, position: int | None, **variables: str) -> BlotterEvent:
    time = dt.datetime(2020, 1, day, 16)
    values = {name: Decimal(value) for name, value in variables.items()}
    return BlotterEvent(
        time, time, "EndOfDay", "", True, None, None, 0, 0, 0, None, values, position
    )


def test_margin_of_positions_and_account() -> None:
    events = [
        event(1, 0, pos_margin="100", acc_margin="100"),
        event(1, 1, pos_margin="50", acc_margin="150"),
        event(2, 0, pos_margin="300", acc_margin="120"),
        event(2, 0, pos_margin="0", acc_margin="0"),  # closed
        event(2, None),
    ]
    use = position_margins(events)[0]
    assert (use.lowest, use.average, use.median, use.highest) == (100, 200, 200, 300)
    times, values = account_margin(events)
    days, peaks = daily_peaks(times, values)
    assert [str(day) for day in days] == ["2020-01-01", "2020-01-02"]
    assert peaks.tolist() == [150, 120]
    assert margin_use(np.array([1.0, 2.0, 6.0])).median == 2
    assert position_margins([event(1, 0)]) == {}


def test_daily_peaks_skip_what_is_blank() -> None:
    times = np.array(["2020-01-01T10", "2020-01-01T16"], dtype="datetime64[s]")
    assert daily_peaks(times, np.array([np.nan, 5.0]))[1].tolist() == [5]
    assert daily_peaks(times[:0], np.empty(0))[1].size == 0


def test_key_figures_are_those_of_quantstats() -> None:
    import quantstats

    nav = 100 * np.cumprod(1 + np.random.default_rng(5).normal(0.0005, 0.01, 400))
    price = 100 * np.cumprod(1 + np.random.default_rng(6).normal(0.0003, 0.01, 400))
    days = np.datetime64("2020-01-01") + np.arange(400)
    found = key_figures(days, nav, price, None, SESSIONS_PER_YEAR)
    index = pd.DatetimeIndex(days)
    returns = pd.Series(nav, index).pct_change().fillna(0)
    other = pd.Series(price, index).pct_change().fillna(0)
    stats = quantstats.stats
    assert found["StratSharpe"] == pytest.approx(stats.sharpe(returns))
    assert found["StratSortino"] == pytest.approx(stats.sortino(returns))
    assert found["StratAnnVolatility"] == pytest.approx(stats.volatility(returns) * 100)
    assert found["StratMaxDd"] == pytest.approx(stats.max_drawdown(returns) * 100)
    assert found["StratCumRet"] == pytest.approx(stats.comp(returns) * 100)
    assert found["StratProfitFactor"] == pytest.approx(stats.profit_factor(returns))
    greeks = stats.greeks(returns, other, periods=SESSIONS_PER_YEAR)
    assert found["StratBeta"] == pytest.approx(greeks["beta"])
    assert found["StratAlpha"] == pytest.approx(greeks["alpha"])


def test_key_figures_of_nothing_are_none() -> None:
    assert key_figures(np.empty(0, "datetime64[s]"), np.empty(0), None, None, 252) == {}
