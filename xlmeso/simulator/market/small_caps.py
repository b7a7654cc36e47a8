"""RUT from IWM: the exchange-traded fund on the index stands in for the index."""

from __future__ import annotations

from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats
from xlmeso.simulator.market.bundled import load_bundled, load_iwm
from xlmeso.simulator.market.history import DailyHistory

RUT_OVER_VIX: Final = 1.25
"""Assumption: RVX over VIX where nothing tells it; IWM moved 1.19 to 1.37 times as much as the
S&P 500 by half-decade (local-engine.md section 1)."""

RUT_DIVIDEND_YIELD: Final = 0.013
"""Assumption: the index's yield, about that of 2012-2021."""

_WINDOW: Final = 126
_SHRINKAGE: Final = 0.5
_LEAST, _MOST = 1.0, 1.6


def load_small_caps() -> DailyHistory:
    """History of RUT: ten shares of IWM, VIX times the ratio of past volatilities.

    Raises
    ------
    SimulationError
        A file is missing or damaged.
    """
    big = load_bundled()
    days, prices = load_iwm()
    row = np.searchsorted(big.days, days)
    ratio = _volatility_ratio(prices[3], big.close[row])
    return DailyHistory(
        kind="bundled",
        description=(
            "the bundled daily history of IWM, ten shares of which stand in for RUT, and of VIX "
            "times the ratio of past volatilities"
        ),
        days=days,
        open=prices[0],
        high=prices[1],
        low=prices[2],
        close=prices[3],
        vix_open=big.vix_open[row] * ratio,
        vix_close=big.vix_close[row] * ratio,
        rate=big.rate[row],
        dividend_yield=np.full(days.size, RUT_DIVIDEND_YIELD),
        notes=("RUT is simulated on IWM; its levels are within about 1 % of the index.",),
        over_vix=ratio,
    )


def _volatility_ratio(small: Floats, big: Floats) -> Floats:
    """Ratio of realised volatilities over the half-year before each session, drawn to 1.25."""
    ratio = np.full(small.size, RUT_OVER_VIX)
    sums = [np.concatenate(([0.0, 0.0], np.cumsum(np.diff(np.log(p)) ** 2))) for p in (small, big)]
    for_past = np.arange(_WINDOW + 1, small.size)
    moved = [total[for_past] - total[for_past - _WINDOW] for total in sums]
    ratio[for_past] = np.clip(
        _SHRINKAGE * RUT_OVER_VIX + (1.0 - _SHRINKAGE) * np.sqrt(moved[0] / moved[1]),
        _LEAST,
        _MOST,
    )
    return ratio
