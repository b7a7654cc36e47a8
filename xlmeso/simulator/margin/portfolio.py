"""A risk-based margin in the style of portfolio margin: the worst of a range of shocks today."""

from __future__ import annotations

from typing import Final

import numpy as np

from xlmeso.simulator.margin.legs import Floats

SHOCKS: Final = 21
"""Assumption: points of the risk curve between the two bounds, evenly spaced; portfolio margin
itself uses ten, and finer steps find the trough between two strikes of a condor."""


def shock_factors(lower_pct: float, upper_pct: float) -> Floats:
    """Prices to test, as shares of the current one, ascending; today's price is among them."""
    factors = np.linspace(1.0 - lower_pct / 100.0, 1.0 + upper_pct / 100.0, SHOCKS)
    return np.unique(np.append(factors, 1.0))


def worst_drop(values: Floats, factors: Floats) -> Floats:
    """Largest fall of the position's value below its value at today's price, not negative.

    Parameters
    ----------
    values
        Model value of the position in money at each tested price and bar, shape (shocks, n).
    factors
        From :func:`shock_factors`.
    """
    today = values[int(np.argmin(np.abs(factors - 1.0)))]
    drop: Floats = np.maximum(today - values.min(axis=0), 0.0)
    return drop
