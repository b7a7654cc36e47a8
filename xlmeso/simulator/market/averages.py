"""Exponentially weighted means, as pandas' ``ewm(span=...).mean()`` defines them."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from xlmeso.simulator.market.arrays import Floats


def split_mean(values: Floats, span: int) -> tuple[Floats, Floats]:
    """Split the weighted mean up to each value into its past part and the value's own weight.

    mean = past + weight x value, with normalised weights that fall by 1 - 2 / (span + 1) a step.
    """
    keep = 1.0 - 2.0 / (span + 1.0)
    sums = accumulate(values.tolist(), lambda total, value: keep * total + value, initial=0.0)
    total_before = np.fromiter(sums, dtype=np.float64, count=values.size + 1)[:-1]
    weights = (1.0 - keep ** np.arange(1.0, values.size + 1.0)) / (1.0 - keep)
    return keep * total_before / weights, 1.0 / weights


def weighted_mean(values: Floats, span: int) -> Floats:
    """Exponentially weighted mean up to and including each value."""
    past, weight = split_mean(values, span)
    return past + weight * values
