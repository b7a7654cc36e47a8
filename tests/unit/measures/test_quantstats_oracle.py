"""The formulas beside QuantStats, which the service's statistics come from.

Known differences of the installed versions (0.0.62 and later) from the 0.0.54 to 0.0.59 that the
service follows, each pinned by a test here: CAGR counts periods over 252 instead of calendar
days over 365, and an open drawdown is one day longer.
"""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from xlmeso.measures import against_benchmark, drawdowns, ratios, returns

PERIODS = 252


@pytest.fixture(scope="module")
def oracle() -> ModuleType:
    """Import QuantStats where it is used: it takes two seconds and pulls plotting libraries."""
    import quantstats.stats

    return quantstats.stats


@pytest.fixture(scope="module", params=[1, 2, 3])
def series(request: pytest.FixtureRequest) -> tuple[pd.Series, pd.Series]:
    """Two years of daily returns with fat tails and autocorrelation; the first return is 0."""
    rng = np.random.default_rng(request.param)
    noise = rng.standard_t(4, (2, 730)) * 0.007 + np.array([[0.0015], [0.0004]])
    noise[:, 1:] += 0.15 * noise[:, :-1]
    noise[:, 0] = 0.0
    index = pd.date_range("2021-01-04", periods=730, freq="D")
    return pd.Series(noise[0] - 0.2 * noise[1], index), pd.Series(noise[1], index)


Pair = tuple[pd.Series, pd.Series]


def test_ratios_of_one_series(oracle: ModuleType, series: Pair) -> None:
    r, values = series[0], series[0].to_numpy()
    penalty = ratios.smart_penalty(values)
    assert ratios.sharpe_ratio(values, PERIODS) == pytest.approx(oracle.sharpe(r))
    assert penalty == pytest.approx(oracle.autocorr_penalty(r), rel=1e-12)
    assert ratios.smart_sharpe(values, PERIODS, penalty) == pytest.approx(oracle.smart_sharpe(r))
    assert ratios.sortino_ratio(values, PERIODS) == pytest.approx(oracle.sortino(r))
    assert ratios.smart_sortino(values, PERIODS, penalty) == pytest.approx(oracle.smart_sortino(r))
    assert ratios.omega_ratio(values) == pytest.approx(oracle.omega(r))
    assert ratios.profit_factor(values) == pytest.approx(oracle.profit_factor(r))
    assert ratios.kelly_criterion(values) == pytest.approx(oracle.kelly_criterion(r))
    assert ratios.probabilistic_sharpe_ratio(values) == pytest.approx(
        oracle.probabilistic_sharpe_ratio(r)
    )
    assert returns.annual_volatility(values, PERIODS) == pytest.approx(oracle.volatility(r))
    assert returns.cumulative_return(values) == pytest.approx(oracle.comp(r))


def test_figures_against_a_benchmark(oracle: ModuleType, series: Pair) -> None:
    (r, b), (mine, other) = series, (series[0].to_numpy(), series[1].to_numpy())
    relation = against_benchmark.alpha_beta(mine, other, PERIODS)
    greeks = oracle.greeks(r, b)
    assert relation.alpha == pytest.approx(greeks["alpha"])
    assert relation.beta == pytest.approx(greeks["beta"])
    assert against_benchmark.r_squared(mine, other) == pytest.approx(oracle.r_squared(r, b))
    assert against_benchmark.information_ratio(mine, other) == pytest.approx(
        oracle.information_ratio(r, b)
    )
    total = returns.cumulative_return(mine)
    assert against_benchmark.treynor_ratio(total, relation.beta) == pytest.approx(
        oracle.treynor_ratio(r, b)
    )


def test_monthly_averages(oracle: ModuleType, series: Pair) -> None:
    r = series[0]
    _, monthly = returns.monthly_returns(r.index.to_numpy(), r.to_numpy())
    assert returns.average_up_month(monthly) == pytest.approx(oracle.avg_win(r, aggregate="ME"))
    assert returns.average_down_month(monthly) == pytest.approx(oracle.avg_loss(r, aggregate="ME"))


def test_the_two_column_quirk_is_a_row_wise_dropna(series: Pair) -> None:
    # `avg_win` of 0.0.54 to 0.0.59 over both columns: returns[returns > 0].dropna().mean()
    both = pd.concat(series, axis=1, keys=["strategy", "benchmark"])
    gains, losses = both[both > 0].dropna().mean(), both[both < 0].dropna().mean()
    payoff, share = gains / losses.abs(), (both > 0).sum() / (both != 0).sum()
    kelly = (payoff * share - (1 - share)) / payoff
    mine, other = (column.to_numpy() for column in series)
    assert returns.average_gain(mine, other) == pytest.approx(gains["strategy"])
    assert returns.average_gain(other, mine) == pytest.approx(gains["benchmark"])
    assert returns.average_loss(other, mine) == pytest.approx(losses["benchmark"])
    assert ratios.kelly_criterion(mine, other) == pytest.approx(kelly["strategy"])
    assert ratios.kelly_criterion(other, mine) == pytest.approx(kelly["benchmark"])


@pytest.mark.parametrize("ends_at_its_peak", [False, True])
def test_drawdowns(oracle: ModuleType, series: Pair, ends_at_its_peak: bool) -> None:
    r = series[0]
    values = 1000.0 * np.cumprod(1.0 + r.to_numpy())
    deepest = (values / np.maximum.accumulate(values)).argmin()
    r = r[: int(values.argmax() if ends_at_its_peak else deepest) + 1]
    values = values[: len(r)]
    mine = drawdowns.drawdown_series(values)
    episodes = drawdowns.drawdown_episodes(mine)
    details = oracle.drawdown_details(oracle.to_drawdown_series(r))
    days = drawdowns.drawdown_days(r.index.to_numpy(), episodes)
    assert drawdowns.max_drawdown(mine) == pytest.approx(oracle.max_drawdown(r))
    assert (episodes.depth * 100).tolist() == pytest.approx(details["max drawdown"].tolist())
    assert drawdowns.average_drawdown(episodes) * 100 == pytest.approx(
        details["max drawdown"].mean()
    )
    assert r.index[episodes.valley].strftime("%Y-%m-%d").tolist() == details["valley"].tolist()
    assert days[:-1].tolist() == details["days"].tolist()[:-1]
    assert details["days"].iloc[-1] - days[-1] == (0 if ends_at_its_peak else 1)


def test_cagr_differs_by_the_way_a_year_is_counted(oracle: ModuleType, series: Pair) -> None:
    r = series[0]
    total = returns.cumulative_return(r.to_numpy())
    assert oracle.cagr(r) == pytest.approx((1 + total) ** (252 / 730) - 1)
    assert returns.cagr(total, 729) == pytest.approx((1 + total) ** (365 / 729) - 1)
    deepest = oracle.max_drawdown(r)
    assert ratios.calmar_ratio(oracle.cagr(r), deepest) == pytest.approx(oracle.calmar(r))
    assert math.isfinite(returns.cagr(total, 729))
