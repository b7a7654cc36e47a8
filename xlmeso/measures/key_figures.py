"""The main figures of a series under the service's names, for a second opinion on its analytics."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from xlmeso.measures.against_benchmark import alpha_beta
from xlmeso.measures.drawdowns import (
    drawdown_episodes,
    drawdown_series,
    longest_drawdown_days,
    max_drawdown,
)
from xlmeso.measures.ratios import calmar_ratio, profit_factor, sharpe_ratio, sortino_ratio
from xlmeso.measures.returns import FloatArray, Times, annual_volatility, cagr, simple_returns

STEPS_PER_YEAR: Final = 252 * 78
"""5-minute steps of a year, as the service's ratios imply (reference section 8.1, finding 3)."""

SESSIONS_PER_YEAR: Final = 252


def key_figures(
    times: Times,
    nav: FloatArray,
    benchmark: FloatArray | None,
    base: float | None,
    periods_per_year: float,
) -> dict[str, float]:
    """Return figures by the service's names, in its units; ``nan`` where undefined.

    Parameters
    ----------
    times, nav, benchmark
        Ascending instants, money, and the underlying's price or None; shape (n,).
    base
        Money before the first row, None for the first NAV.
    periods_per_year
        Rows of a year: `STEPS_PER_YEAR` or `SESSIONS_PER_YEAR`.

    Notes
    -----
    Percentages are in per cent, alpha is a fraction, drawdowns are negative, as reference section
    8.2 has them; nothing is rounded.
    """
    if not nav.size:
        return {}
    returns = simple_returns(nav, base)
    start = nav[0] if base is None else base
    total = float(nav[-1] / start - 1.0) if start else math.nan
    growth = cagr(total, float((times[-1] - times[0]) // np.timedelta64(1, "D")))
    drawdowns = drawdown_series(nav, base)
    deepest = max_drawdown(drawdowns)
    found = {
        "StratCumRet": total * 100,
        "StratCagrPct": growth * 100,
        "StratMaxDd": deepest * 100,
        "StratLongestDdDays": float(longest_drawdown_days(times, drawdown_episodes(drawdowns))),
        "StratAnnVolatility": annual_volatility(returns, periods_per_year) * 100,
        "StratSharpe": sharpe_ratio(returns, periods_per_year),
        "StratSortino": sortino_ratio(returns, periods_per_year),
        "StratCalmar": calmar_ratio(growth, deepest),
        "StratProfitFactor": profit_factor(returns),
    }
    if benchmark is not None and not np.isnan(benchmark).any():
        relation = alpha_beta(returns, simple_returns(benchmark), periods_per_year)
        found |= {"StratAlpha": relation.alpha, "StratBeta": relation.beta}
    return found
