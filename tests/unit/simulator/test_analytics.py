"""The 55 fields: names, order, rounding, copies between the columns, and runs that did nothing."""

from __future__ import annotations

import datetime as dt
import json
import math

import numpy as np
import pandas as pd
import pytest

from xlmeso.simulator.analytics import PERIODS_PER_YEAR, TradeCounters, compute_analytics

COUNTS = [
    "TradeCnt", "WinCnt", "LossCnt", "AdjustmentCnt", "PtHitCnt", "SlHitCnt", "MaxDitReachedCnt",
    "SettlementCnt", "AvgDaysInTrade", "Alpha", "Beta",
]  # fmt: skip
BOTH = [
    "CagrPct", "CumRet", "MaxDd", "AvgDd", "AvgDdDays", "AvgUpMonth", "AvgDownMonth",
    "LongestDdDays", "InformRatio", "Sharpe", "ProbSharpe", "SmartSharpe", "Sortino",
    "SmartSortino", "Treynor", "Calmar", "Omega", "RSquared", "ProfitFactor", "KellyCriterion",
    "AnnVolatility",
]  # fmt: skip
# The order of the sample on the API page.
FIELDS = [
    "StartPeriod",
    "EndPeriod",
    *(f"Strat{name}" for name in COUNTS + BOTH),
    *(f"Bm{name}" for name in BOTH),
]
SAMPLE_COUNTS = TradeCounters(
    trade_cnt=210, win_cnt=135, loss_cnt=75, settlement_cnt=12, avg_days_in_trade=3.566666
)
START, END = dt.date(2021, 1, 1), dt.date(2021, 12, 31)


def bars(days: int, per_day: int = 79, start: str = "2021-01-04") -> np.ndarray:
    """Return 5-minute bars from 09:30 on consecutive weekdays."""
    dates = np.busday_offset(start, np.arange(days), roll="forward").astype("datetime64[m]")
    return (dates[:, None] + np.timedelta64(570, "m") + 5 * np.arange(per_day)).ravel()


def run(nav, benchmark, times=None, trades=SAMPLE_COUNTS, **bases):
    nav = np.asarray(nav, dtype=float)
    return compute_analytics(
        times=bars(1, len(nav)) if times is None else times,
        nav=nav,
        benchmark=np.asarray(benchmark, dtype=float),
        trades=trades,
        start=START,
        end=END,
        **bases,
    )


@pytest.fixture(scope="module")
def year() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """About a year of bars: a drifting strategy against a benchmark, both starting flat."""
    times = bars(252)
    rng = np.random.default_rng(11)
    moves = rng.standard_t(5, (2, len(times))) * 8e-4 + np.array([[3e-5], [4e-6]])
    moves[:, 0] = 0.0
    nav = 100_000 * np.cumprod(1 + moves[0] - 0.3 * moves[1])
    return times, nav, 3756.07 * np.cumprod(1 + moves[1])


def test_fields_are_the_55_of_the_api_in_its_order(year) -> None:
    times, nav, benchmark = year
    fields = run(nav, benchmark, times)
    assert list(fields) == FIELDS
    assert len(FIELDS) == 55


def test_periods_are_the_dates_of_the_bars_and_the_runs_own_without_bars(year) -> None:
    times, nav, benchmark = year
    fields = run(nav, benchmark, times)
    assert fields["StartPeriod"] == "2021-01-04T00:00:00"
    assert fields["EndPeriod"] == "2021-12-21T00:00:00"
    empty = run([], [], times[:0])
    assert empty["StartPeriod"] == "2021-01-01T00:00:00"
    assert empty["EndPeriod"] == "2021-12-31T00:00:00"


def test_counts_are_handed_through_and_days_keep_four_decimals(year) -> None:
    times, nav, benchmark = year
    fields = run(nav, benchmark, times)
    assert (fields["StratTradeCnt"], fields["StratWinCnt"], fields["StratLossCnt"]) == (
        210,
        135,
        75,
    )
    assert fields["StratSettlementCnt"] == 12
    assert fields["StratAvgDaysInTrade"] == 3.5667


def test_figures_by_hand() -> None:
    # Two days of two bars; NAV 100, 110, 99, 121: returns 0, 10 %, -10 %, 22.22 %.
    times = bars(2, 2)
    fields = run([100, 110, 99, 121], [100, 101, 102, 103], times)
    r = [0.0, 0.10, -0.10, 121 / 99 - 1]
    mean = sum(r) / 4
    deviation = math.sqrt(sum((x - mean) ** 2 for x in r) / 3)
    yearly = math.sqrt(252 * 78)
    assert PERIODS_PER_YEAR == 252 * 78
    assert fields["StratCumRet"] == 21
    assert fields["StratMaxDd"] == -10
    assert fields["StratAvgDd"] == -10
    assert fields["StratAvgDdDays"] == 0
    assert fields["StratSharpe"] == round(mean / deviation * yearly, 2)
    assert fields["StratSortino"] == round(mean / math.sqrt(0.01 / 4) * yearly, 2)
    assert fields["StratAnnVolatility"] == round(deviation * yearly * 100, 2)
    assert fields["StratProfitFactor"] == round((0.10 + r[3]) / 0.10, 2)
    assert fields["StratAvgUpMonth"] == 21
    assert fields["BmAvgUpMonth"] == 3
    assert fields["StratAvgDownMonth"] is None
    # From 09:30 to 09:35 of the next day is one calendar day.
    assert fields["BmCagrPct"] == round((1.03**365 - 1) * 100, 2)


def test_bases_make_the_first_return_relative_to_cash_and_prior_close() -> None:
    fields = run([90, 99], [110, 110], cash=100.0, prior_close=100.0)
    assert fields["StratCumRet"] == -1
    assert fields["StratMaxDd"] == -10
    assert fields["BmCumRet"] == 10


def test_what_the_service_copies_between_the_columns_is_copied(year) -> None:
    times, nav, benchmark = year
    fields = run(nav, benchmark, times)
    for name in ("Omega", "RSquared", "InformRatio"):
        assert fields[f"Bm{name}"] == fields[f"Strat{name}"]
    assert fields["BmOmega"] != fields["BmProfitFactor"]
    assert fields["BmTreynor"] is None
    assert fields["StratTreynor"] is not None


def test_the_smart_penalty_of_the_strategy_serves_both_columns() -> None:
    times = bars(40)
    rng = np.random.default_rng(5)
    trend = np.repeat(rng.normal(0, 1e-3, len(times) // 4), 4)  # lag-1 correlation about 0.75
    nav, benchmark = np.cumprod(1 + trend), np.cumprod(1 + rng.normal(1e-5, 1e-3, len(times)))
    fields = run(nav, benchmark, times)
    penalty = fields["StratSharpe"] / fields["StratSmartSharpe"]
    assert penalty > 2
    assert fields["BmSharpe"] / fields["BmSmartSharpe"] == pytest.approx(penalty, rel=0.02)
    assert fields["BmSortino"] / fields["BmSmartSortino"] == pytest.approx(penalty, rel=0.02)


def test_two_column_quirks_against_pandas(year) -> None:
    times, nav, benchmark = year
    fields = run(nav, benchmark, times)
    frame = pd.DataFrame({"Strat": nav, "Bm": benchmark}, index=times)
    r = frame.pct_change().fillna(0.0)
    monthly = (1 + r).groupby([r.index.year, r.index.month]).prod() - 1
    up, down = monthly[monthly > 0].dropna().mean(), monthly[monthly < 0].dropna().mean()
    payoff = r[r > 0].dropna().mean() / r[r < 0].dropna().mean().abs()
    share = (r > 0).sum() / (r != 0).sum()
    kelly = (payoff * share - (1 - share)) / payoff
    for column in ("Strat", "Bm"):
        assert fields[f"{column}AvgUpMonth"] == pytest.approx(up[column] * 100, abs=0.0051)
        assert fields[f"{column}AvgDownMonth"] == pytest.approx(down[column] * 100, abs=0.0051)
        assert fields[f"{column}KellyCriterion"] == pytest.approx(kelly[column] * 100, abs=0.0051)


def test_ratios_of_both_columns_against_quantstats(year) -> None:
    import quantstats.stats as oracle

    times, nav, benchmark = year
    fields = run(nav, benchmark, times)
    index = pd.DatetimeIndex(times)
    r, b = (pd.Series(x, index).pct_change().fillna(0.0) for x in (nav, benchmark))
    for column, own in (("Strat", r), ("Bm", b)):
        expected = {
            "Sharpe": oracle.sharpe(own, periods=252 * 78),
            "Sortino": oracle.sortino(own, periods=252 * 78),
            "ProbSharpe": oracle.probabilistic_sharpe_ratio(own) * 100,
            "AnnVolatility": oracle.volatility(own, periods=252 * 78) * 100,
            "CumRet": oracle.comp(own) * 100,
            "MaxDd": oracle.max_drawdown(own) * 100,
            "ProfitFactor": oracle.profit_factor(own),
            "Omega": oracle.omega(r, periods=252 * 78),
            "RSquared": oracle.r_squared(r, b),
            "InformRatio": oracle.information_ratio(r, b),
        }
        found = {name: fields[f"{column}{name}"] for name in expected}
        assert found == pytest.approx(expected, abs=0.0051)
    assert fields["StratSmartSharpe"] == pytest.approx(
        oracle.smart_sharpe(r, periods=252 * 78), abs=0.0051
    )
    assert fields["StratTreynor"] == pytest.approx(oracle.treynor_ratio(r, b) * 100, abs=0.0051)


def test_drawdown_days_span_weekends_and_are_whole() -> None:
    # Below the peak from Monday 09:35 until Tuesday of the next week 09:30: 7 days and 23 h 55.
    nav = np.full(6 * 79 + 1, 95.0)
    nav[0], nav[-1] = 100.0, 100.0
    times = np.concatenate((bars(6), bars(1, 1, "2021-01-12")))
    fields = run(nav, np.linspace(100, 101, len(nav)), times)
    assert fields["StratLongestDdDays"] == 7
    assert fields["StratAvgDdDays"] == 7
    assert fields["BmLongestDdDays"] == 0


def test_calmar_is_growth_over_deepest_drawdown(year) -> None:
    times, nav, benchmark = year
    fields = run(nav, benchmark, times)
    for column in ("Strat", "Bm"):
        expected = fields[f"{column}CagrPct"] / abs(fields[f"{column}MaxDd"])
        assert fields[f"{column}Calmar"] == pytest.approx(expected, abs=0.01)


def test_alpha_is_a_fraction_and_beta_the_regression_slope(year) -> None:
    times, nav, benchmark = year
    fields = run(nav, benchmark, times)
    r, b = (np.diff(x, prepend=x[0]) / np.concatenate((x[:1], x[:-1])) for x in (nav, benchmark))
    slope, intercept = np.polyfit(b, r, 1)
    assert fields["StratBeta"] == round(slope, 2)
    assert slope == pytest.approx(-0.3, abs=0.02)
    assert fields["StratAlpha"] == pytest.approx(intercept * 252 * 78, abs=0.0051)


def test_whole_numbers_have_no_point_and_nothing_is_minus_zero(year) -> None:
    times, nav, benchmark = year
    text = json.dumps(run(nav, benchmark, times), allow_nan=False)
    assert ".0," not in text
    assert "-0," not in text
    steady = run([100, 101, 102.01], [100, 100.5, 99.9], cash=99.0)
    assert steady["StratCumRet"] == 3.04
    assert isinstance(run([100, 110], [1, 1])["StratCumRet"], int)


def test_a_run_without_trades_has_zero_counts_and_no_undefined_ratio() -> None:
    times = bars(30)
    benchmark = 100 * np.cumprod(1 + np.random.default_rng(2).normal(0, 1e-3, len(times)))
    fields = run(np.full(len(times), 1e5), benchmark, times, TradeCounters())
    zero = "TradeCnt WinCnt LossCnt AdjustmentCnt PtHitCnt SlHitCnt MaxDitReachedCnt SettlementCnt"
    zero += " CagrPct CumRet MaxDd AvgDd AvgDdDays LongestDdDays AnnVolatility Alpha Beta"
    none = "AvgDaysInTrade AvgUpMonth AvgDownMonth Sharpe ProbSharpe SmartSharpe Sortino"
    none += " SmartSortino Treynor Calmar Omega RSquared ProfitFactor KellyCriterion"
    assert {name: fields[f"Strat{name}"] for name in zero.split()} == dict.fromkeys(zero.split(), 0)
    assert [name for name in none.split() if fields[f"Strat{name}"] is not None] == []
    assert isinstance(fields["BmSharpe"], float)
    json.dumps(fields, allow_nan=False)


@pytest.mark.parametrize("nav", [[], [100.0], [100.0, 0.0, -5.0], [100.0, 1e9]])
def test_odd_series_give_valid_json(nav) -> None:
    fields = run(nav, [50.0] * len(nav))
    assert list(fields) == FIELDS
    json.dumps(fields, allow_nan=False)


def test_more_than_everything_lost_has_no_growth_rate() -> None:
    fields = run([100.0, 50.0, -20.0, -20.0], [10, 11, 10, 12], bars(2, 2))
    assert fields["StratCumRet"] == -120
    assert fields["StratMaxDd"] == -120
    assert fields["StratCagrPct"] is None
