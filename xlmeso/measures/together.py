"""Several runs side by side: common days, correlation, a weighted combination."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlmeso.measures.daily import DailySeries
from xlmeso.measures.ratios import correlation
from xlmeso.measures.returns import FloatArray, Times


def common_returns(runs: Sequence[DailySeries]) -> tuple[Times, FloatArray]:
    """Return the days that any run has, between the first and last common one, and the returns.

    Returns
    -------
    tuple
        Dates, shape (days,), and returns, shape (days, runs); the return of a day that a run does
        not have is 0: its value did not change.  Without a common stretch both are empty.
    """
    filled = [run for run in runs if run.dates.size]
    if not filled or len(filled) < len(runs):
        return np.empty(0, "datetime64[D]"), np.empty((0, len(runs)))
    first = max(run.dates[0] for run in runs)
    last = min(run.dates[-1] for run in runs)
    dates = np.unique(np.concatenate([run.dates for run in runs]))
    dates = dates[(dates >= first) & (dates <= last)]
    table = np.zeros((dates.size, len(runs)))
    for place, run in enumerate(runs):
        inside = (run.dates >= first) & (run.dates <= last)
        table[np.searchsorted(dates, run.dates[inside]), place] = run.returns[inside]
    return dates, table


def correlations(returns: FloatArray) -> FloatArray:
    """Return Pearson's correlation of every two columns, shape (runs, runs).

    ``nan`` where one of the two does not vary, 1 on the diagonal of a run that does.
    """
    count = returns.shape[1]
    return np.array(
        [[correlation(returns[:, a], returns[:, b]) for b in range(count)] for a in range(count)]
    ).reshape(count, count)


def combined_returns(returns: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the returns of a portfolio that is brought back to its weights every day.

    Parameters
    ----------
    returns
        Shape (days, runs).
    weights
        Share of the capital in each run; what is missing to 1 stays in cash without interest.
    """
    return np.asarray(returns @ weights)
