"""A volatility index modelled from the index alone, for the mode without any third-party series.

ln VIX is linear in logarithms of weighted volatilities, in weighted mean returns, the day's return
and the five-day range (local-engine.md section 1); on 2012-2026, after the years of the fit, it
explains 83 % of the variance of ln VIX.  ``tests/tools/fit_synthetic_vix.py`` makes the
coefficients.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats
from xlmeso.simulator.market.averages import weighted_mean
from xlmeso.simulator.market.parameters import read_parameters

SPANS: Final = (3, 8, 22, 66, 252)
RANGE_DAYS: Final = 5
_TRADING_DAYS: Final = 252.0


def regressors(close: Floats, high: Floats, low: Floats) -> dict[str, Floats]:
    """Explaining variables by name, one value per session, from daily prices up to that session.

    Parameters
    ----------
    close, high, low
        Points, consecutive sessions; the first return counts as zero.
    """
    returns = np.diff(np.log(close), prepend=np.log(close[0]))
    result = {"c": np.ones(close.size)}
    for span in SPANS:
        volatility = np.sqrt(weighted_mean(returns * returns, span) * _TRADING_DAYS) * 100.0
        result[f"v{span}"] = np.log(volatility + 2.0)
        result[f"m{span}"] = weighted_mean(returns, span) * (100.0 * np.sqrt(span))
    result["r"] = returns * 100.0
    result["pk"] = np.log(_mean_range(np.log(high / low)) * 1600.0 + 1.0)
    return result


def _mean_range(ranges: Floats) -> Floats:
    """Mean of the last five values, of fewer at the start."""
    totals = np.concatenate((np.zeros(RANGE_DAYS), np.cumsum(ranges)))
    count = np.minimum(np.arange(1, ranges.size + 1), RANGE_DAYS)
    mean: Floats = (totals[RANGE_DAYS:] - totals[:-RANGE_DAYS]) / count
    return mean


def modelled_log_vix(close: Floats, high: Floats, low: Floats) -> Floats:
    """Return the expected ln VIX at the close of each session."""
    coefficients = read_parameters("synthetic.json")["log_vix"]
    values = regressors(close, high, low)
    total = np.zeros(close.size)
    for name, coefficient in coefficients.items():
        total += coefficient * values[name]
    return total
