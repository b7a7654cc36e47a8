"""The 55 analytics fields of a run, computed from its 5-minute series as the service does.

Names, order, units and rounding follow reference section 8; the formulas are in
`xlmeso.measures`.  What the service copies from the strategy into the benchmark's column is
copied here too, so that numbers can be compared field by field (section 8.1, finding 5).
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from xlmeso.measures.against_benchmark import (
    AlphaBeta,
    alpha_beta,
    information_ratio,
    r_squared,
    treynor_ratio,
)
from xlmeso.measures.drawdowns import (
    DrawdownEpisodes,
    average_drawdown,
    average_drawdown_days,
    drawdown_episodes,
    drawdown_series,
    longest_drawdown_days,
    max_drawdown,
)
from xlmeso.measures.ratios import (
    calmar_ratio,
    kelly_criterion,
    omega_ratio,
    probabilistic_sharpe_ratio,
    profit_factor,
    sharpe_ratio,
    smart_penalty,
    smart_sharpe,
    smart_sortino,
    sortino_ratio,
)
from xlmeso.measures.returns import (
    FloatArray,
    Times,
    annual_volatility,
    average_down_month,
    average_up_month,
    cagr,
    monthly_returns,
    simple_returns,
)

PERIODS_PER_YEAR = 252 * 78
"""5-minute periods of a year.

Assumption: 252 sessions of 78 steps.  The reference finds "about the true number" and leaves the
exact constant open (section 8.1, finding 3).
"""

PERCENT = 100.0
DECIMALS = 2
DAYS_IN_TRADE_DECIMALS = 4

AnalyticsFigure = int | float | str | None


@dataclass(frozen=True, slots=True)
class TradeCounters:
    """What the engine counted while the run went on (reference section 8.2).

    Assumption: a run without trades has 0 in every count, None for the days in trade and for
    each ratio that would divide by zero, and 0 for growth, drawdown and volatility.
    """

    trade_cnt: int = 0
    win_cnt: int = 0
    loss_cnt: int = 0
    adjustment_cnt: int = 0
    pt_hit_cnt: int = 0
    sl_hit_cnt: int = 0
    max_dit_reached_cnt: int = 0
    settlement_cnt: int = 0
    avg_days_in_trade: float | None = None


def compute_analytics(
    *,
    times: Times,
    nav: FloatArray,
    benchmark: FloatArray,
    trades: TradeCounters,
    start: dt.date,
    end: dt.date,
    cash: float | None = None,
    prior_close: float | None = None,
    periods_per_year: int = PERIODS_PER_YEAR,
) -> dict[str, AnalyticsFigure]:
    """Compute the analytics of a finished run, in the service's field names and order.

    Parameters
    ----------
    times
        Exchange-local instant of each 5-minute bar, datetime64[m], ascending, shape (n,).
    nav
        Net asset value at each bar, money, shape (n,).
    benchmark
        Price of the underlying at each bar, shape (n,).
    trades
        Counts kept by the engine.
    start, end
        The run's dates; used for StartPeriod and EndPeriod only when there is no bar at all,
        otherwise these are the dates of the first and the last bar (section 8.2).
    cash, prior_close
        Values before the first bar.  None: the first bar is its own base and its return is 0,
        which is right when the first bar shows starting cash and the previous close, as the
        service's series seems to do (section 8.1, finding 4).
    periods_per_year
        5-minute steps of a year; round the clock 365 x 288 (UNKNOWN in the reference).

    Returns
    -------
    dict
        55 fields.  Percentages are in per cent, rounded to 2 decimals (the days in trade to 4,
        day counts to whole days); a whole number is an int; what is undefined or infinite is
        None.
    """
    if len(times):
        start, end = times.astype("datetime64[D]")[[0, -1]].tolist()
    strategy = _Column(times, nav, cash, periods_per_year)
    reference = _Column(times, benchmark, prior_close, periods_per_year)
    penalty = smart_penalty(strategy.returns)
    relation = alpha_beta(strategy.returns, reference.returns, periods_per_year)
    shared = _shared(strategy, reference)
    fields: dict[str, AnalyticsFigure] = {
        "StartPeriod": f"{start.isoformat()}T00:00:00",
        "EndPeriod": f"{end.isoformat()}T00:00:00",
        **_counts(trades),
        "StratAlpha": _rounded(relation.alpha),
        "StratBeta": _rounded(relation.beta),
    }
    own = _figures(strategy, reference, penalty, shared, _treynor(strategy, relation))
    fields.update({f"Strat{name}": value for name, value in own.items()})
    other = _figures(reference, strategy, penalty, shared, None)
    fields.update({f"Bm{name}": value for name, value in other.items()})
    return fields


class _Column:
    """One series with what several fields need of it, computed once."""

    def __init__(
        self, times: Times, values: FloatArray, base: float | None, periods_per_year: int
    ) -> None:
        self.times = times
        self.periods_per_year = periods_per_year
        self.returns = simple_returns(values, base)
        self.drawdowns = drawdown_series(values, base)
        self.total = _total(values, base)

    @cached_property
    def growth(self) -> float:
        """CAGR; whole calendar days from the first to the last bar."""
        if not len(self.times):
            return math.nan
        days = (self.times[-1] - self.times[0]) // np.timedelta64(1, "D")
        return cagr(self.total, float(days))

    @cached_property
    def episodes(self) -> DrawdownEpisodes:
        return drawdown_episodes(self.drawdowns)

    @cached_property
    def months(self) -> FloatArray:
        return monthly_returns(self.times, self.returns)[1]


def _total(values: FloatArray, base: float | None) -> float:
    """Cumulative return from the ends: the product of all the steps without its rounding."""
    if not len(values):
        return math.nan
    first = values[0] if base is None else base
    return float(values[-1] / first - 1.0) if first else math.nan


def _counts(trades: TradeCounters) -> dict[str, AnalyticsFigure]:
    return {
        "StratTradeCnt": trades.trade_cnt,
        "StratWinCnt": trades.win_cnt,
        "StratLossCnt": trades.loss_cnt,
        "StratAdjustmentCnt": trades.adjustment_cnt,
        "StratPtHitCnt": trades.pt_hit_cnt,
        "StratSlHitCnt": trades.sl_hit_cnt,
        "StratMaxDitReachedCnt": trades.max_dit_reached_cnt,
        "StratSettlementCnt": trades.settlement_cnt,
        "StratAvgDaysInTrade": _rounded(trades.avg_days_in_trade, DAYS_IN_TRADE_DECIMALS),
    }


def _shared(strategy: _Column, benchmark: _Column) -> dict[str, AnalyticsFigure]:
    """Compute what the service works out for the strategy and shows in both columns."""
    return {
        "InformRatio": _rounded(information_ratio(strategy.returns, benchmark.returns)),
        "Omega": _rounded(omega_ratio(strategy.returns)),
        "RSquared": _rounded(r_squared(strategy.returns, benchmark.returns)),
    }


def _treynor(strategy: _Column, relation: AlphaBeta) -> float:
    return treynor_ratio(strategy.total, relation.beta) * PERCENT


def _figures(
    column: _Column,
    other: _Column,
    penalty: float,
    shared: dict[str, AnalyticsFigure],
    treynor: float | None,
) -> dict[str, AnalyticsFigure]:
    """Return the 21 fields that both columns have, in the service's order."""
    returns = column.returns
    deepest = max_drawdown(column.drawdowns)
    return {
        "CagrPct": _percent(column.growth),
        "CumRet": _percent(column.total),
        "MaxDd": _percent(deepest),
        "AvgDd": _percent(average_drawdown(column.episodes)),
        "AvgDdDays": _rounded(average_drawdown_days(column.times, column.episodes), 0),
        "AvgUpMonth": _percent(average_up_month(column.months, other.months)),
        "AvgDownMonth": _percent(average_down_month(column.months, other.months)),
        "LongestDdDays": longest_drawdown_days(column.times, column.episodes),
        "InformRatio": shared["InformRatio"],
        "Sharpe": _rounded(sharpe_ratio(returns, column.periods_per_year)),
        "ProbSharpe": _percent(probabilistic_sharpe_ratio(returns)),
        "SmartSharpe": _rounded(smart_sharpe(returns, column.periods_per_year, penalty)),
        "Sortino": _rounded(sortino_ratio(returns, column.periods_per_year)),
        "SmartSortino": _rounded(smart_sortino(returns, column.periods_per_year, penalty)),
        "Treynor": _rounded(treynor),
        "Calmar": _rounded(calmar_ratio(column.growth, deepest)),
        "Omega": shared["Omega"],
        "RSquared": shared["RSquared"],
        "ProfitFactor": _rounded(profit_factor(returns)),
        "KellyCriterion": _percent(kelly_criterion(returns, other.returns)),
        "AnnVolatility": _percent(annual_volatility(returns, column.periods_per_year)),
    }


def _percent(fraction: float) -> int | float | None:
    return _rounded(fraction * PERCENT)


def _rounded(value: float | None, decimals: int = DECIMALS) -> int | float | None:
    """Round as the service shows it: whole numbers without a point, nothing for NaN."""
    if value is None or not math.isfinite(value):
        return None
    result = round(float(value), decimals)
    return int(result) if result.is_integer() else result
