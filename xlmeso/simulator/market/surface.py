"""Shape of the volatility surface: a normalised raw SVI smile at each maturity and VIX level.

Raw SVI is by Gatheral (2004); normalised form and fit in local-engine.md section 3.1.  With theta
the at-the-money total variance and x = ln(K / F) / sqrt(theta)::

    w(x) / theta = 1 + b [rho (x - m) + sqrt((x - m)^2 + s^2)] - b [-rho m + sqrt(m^2 + s^2)]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.parameters import surface_parameters

SHORTEST_SHAPE_DAYS: Final = 0.5
LONGEST_SHAPE_DAYS: Final = 750.0
"""The smile was fitted up to 750 days; beyond, its shape stays (Assumption)."""

LEAST_VARIANCE_SHARE: Final = 0.02
"""Lower bound of w / theta; only far beyond the fitted strikes could the formula go below."""


@dataclass(frozen=True, eq=False)
class Smile:
    """SVI parameters at n points; all arrays have the same shape."""

    b: Floats
    rho: Floats
    m: Floats
    s: Floats
    offset: Floats
    """1 - b [-rho m + sqrt(m^2 + s^2)], so that w = theta at the forward."""
    lowest_x: Floats
    highest_x: Floats
    """Outside these two the smile is flat."""

    def rows(self, index: Ints) -> Smile:
        """Repeat rows of parameters."""
        return Smile(
            self.b[index],
            self.rho[index],
            self.m[index],
            self.s[index],
            self.offset[index],
            self.lowest_x[index],
            self.highest_x[index],
        )

    def relative_variance(self, x: Floats) -> Floats:
        """Return w / theta at x = ln(K / F) / sqrt(theta)."""
        away = np.minimum(np.maximum(x, self.lowest_x), self.highest_x) - self.m
        curve = self.rho * away + np.sqrt(away * away + self.s * self.s)
        share: Floats = np.maximum(self.offset + self.b * curve, LEAST_VARIANCE_SHARE)
        return share


def smile(days: Floats, log_level: Floats) -> Smile:
    """Smile of a maturity.

    Parameters
    ----------
    days
        Calendar days to expiration, any shape.
    log_level
        ln(VIX / 18), same shape or one that broadcasts along the last axis.
    """
    u = np.log(np.minimum(np.maximum(days, SHORTEST_SHAPE_DAYS), LONGEST_SHAPE_DAYS) / 30.0)
    log_b, atanh_rho, m, log_s = (
        row[0] + row[1] * u + row[2] * (u * u) + row[3] * log_level
        for row in surface_parameters().smile.tolist()
    )
    b, rho, s = np.exp(log_b), np.tanh(atanh_rho), np.exp(log_s)
    offset = 1.0 - b * (np.sqrt(m * m + s * s) - rho * m)
    return Smile(b, rho, m, s, offset, *_fitted_range(u, log_level))


def _fitted_range(u: Floats, log_level: Floats) -> tuple[Floats, Floats]:
    """Lowest and highest x at which the formula is used.

    Further out, where options are worth about a cent, it would make an option dearer the further
    away its strike is: calls at a VIX over 17, puts of under five days at a VIX of 8 to 12.  The
    bounds stay just inside the places where that starts, found by scanning VIX 8..100 and 0..1990
    days (a test repeats the scan).
    """
    highest = np.exp(1.6487 - 0.165 * u + 0.6 * np.maximum(log_level - 0.35, 0.0))
    lowest = -np.exp(3.26 + 2.36 * log_level + 2.0 * np.maximum(u + 5.8 + 5.0 * log_level, 0.0))
    return lowest, highest


def surface_smile(slope: float, correlation: float) -> Callable[[Floats, Floats], Smile]:
    """Smile of one shape at all maturities: SSVI (Gatheral and Jacquier 2014, section 4).

    With phi = slope / sqrt(theta) a surface has no butterfly arbitrage where slope^2 (1 + |rho|)
    and slope sqrt(theta) (1 + |rho|) are at most 4, and no calendar arbitrage while theta rises.

    Parameters
    ----------
    slope
        phi sqrt(theta): how much a smile bends.
    correlation
        rho: below zero low strikes are dearer, above zero high ones.
    """
    s = np.sqrt(1.0 - correlation**2) / slope

    def shape(days: Floats, log_level: Floats) -> Smile:
        one = np.ones(np.broadcast_shapes(np.shape(days), np.shape(log_level)))
        return Smile(
            b=one * (0.5 * slope),
            rho=one * correlation,
            m=one * (-correlation / slope),
            s=one * s,
            offset=one * (0.5 - 0.5 * correlation**2),
            lowest_x=one * -np.inf,
            highest_x=one * np.inf,
        )

    return shape
