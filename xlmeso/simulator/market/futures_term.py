"""The term structure of VIX futures and the volatility of VIX, both modelled from the VIX family.

The forward for a time T is the volatility of the 30 days after T that the VIX family implies (total
variance linear between 9, 30, 93 and 184 days, flat forward variance beyond), times
exp(-sigma^2 T / 2): for a lognormal VIX the mean of VIX lies that much below the root of the mean
of its square.  Total variance of VIX is sigma0^2 (1 - exp(-2 k T)) / (2 k), as for a mean-reverting
logarithm whose futures move less the further out they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats
from xlmeso.simulator.market.term import ANCHOR_DAYS, DAYS_PER_YEAR

SPOT_VOLATILITY: Final = 1.05
SPEED: Final = 4.0
"""Assumption: volatility of VIX per year at once, and speed of its return to the mean: 90 % for 30
days and 52 % for half a year, about the middle of what VVIX and VIX options have shown."""

WINDOW_DAYS: Final = 30.0
LEAST_FORWARD_SHARE: Final = 0.25
"""Assumption: a forward's variance is at least this share of today's."""


@dataclass(frozen=True, eq=False)
class FuturesTerm:
    """VIX futures and the total variance of VIX at n points.

    Attributes
    ----------
    family
        VIX9D, VIX, VIX3M, VIX6M in points, shape (4, n).
    """

    family: Floats

    def part(self, start: int, stop: int) -> FuturesTerm:
        """Return the points start..stop only (views, no copies)."""
        return FuturesTerm(self.family[:, start:stop])

    def total_variance(self, years: Floats) -> Floats:
        """ATM total variance of VIX over calendar years."""
        total: Floats = SPOT_VOLATILITY**2 * -np.expm1(-2.0 * SPEED * years) / (2.0 * SPEED)
        return total

    def forward(self, years: Floats) -> Floats:
        """Futures prices in points for times in calendar years; shape (expirations, n)."""
        days = years * DAYS_PER_YEAR
        ahead = self._variance(days + WINDOW_DAYS) - self._variance(days)
        today = self.family[1] ** 2
        level = np.maximum(ahead / WINDOW_DAYS, LEAST_FORWARD_SHARE * today)
        forward: Floats = np.sqrt(level) * np.exp(-0.5 * self.total_variance(years))
        return forward

    def _variance(self, days: Floats) -> Floats:
        """Variance over so many days in squared points x days."""
        anchors = np.array(ANCHOR_DAYS, dtype=np.float64)
        totals = self.family**2 * anchors[:, None]
        value: Floats = np.minimum(days, anchors[0]) * (totals[0] / anchors[0])
        for row in range(1, anchors.size):
            slope = (totals[row] - totals[row - 1]) / (anchors[row] - anchors[row - 1])
            stop = np.inf if row == anchors.size - 1 else anchors[row]
            past = np.minimum(days, stop) - np.minimum(days, anchors[row - 1])
            value = value + past * slope
        return value
