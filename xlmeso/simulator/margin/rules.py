"""What the margin rules ask for one uncovered option, and for a short straddle.

The amounts are those of the Cboe margin manual, which explains Cboe Rule 10.3 (before 2019: 12.3)
and agrees with FINRA Rule 4210(f)(2): the option's market value plus a share of the
underlying's value less the amount by which the option is out of the money, but at least a smaller
share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from xlmeso.simulator.margin.legs import Floats, MarginLeg


@dataclass(frozen=True, slots=True)
class UncoveredRates:
    """Shares of the underlying's value that an uncovered short option is margined with.

    Attributes
    ----------
    basic
        Share less the out-of-the-money amount.
    least
        Smallest share; of the underlying for calls, of the exercise price for puts.
    """

    basic: float
    least: float


BROAD_INDEX: Final = UncoveredRates(0.15, 0.10)
"""Broad-based indices."""

EQUITY: Final = UncoveredRates(0.20, 0.10)
"""Equities, narrow-based indices, commodity trusts and volatility indices."""

RATES: Final = {"SPX": BROAD_INDEX, "RUT": BROAD_INDEX, "VIX": EQUITY, "GLD": EQUITY}
"""Rates by symbol; the rules know nothing of crypto."""


def uncovered_excess(leg: MarginLeg, spot: Floats, rates: UncoveredRates) -> Floats:
    """Money per contract beyond the option's market value, at each bar, shape (n,).

    Parameters
    ----------
    leg
        A short option.
    spot
        Underlying in points, shape (n,).
    rates
        Of the kind of underlying.
    """
    if leg.is_call:
        out_of_money = np.maximum(leg.strike - spot, 0.0)
        least = rates.least * spot
    else:
        out_of_money = np.maximum(spot - leg.strike, 0.0)
        least = np.full_like(spot, rates.least * leg.strike)
    excess: Floats = leg.multiplier * np.maximum(rates.basic * spot - out_of_money, least)
    return excess


def uncovered(leg: MarginLeg, spot: Floats, rates: UncoveredRates) -> Floats:
    """Return the requirement of one uncovered contract in money: market value plus the excess."""
    value: Floats = leg.multiplier * leg.value + uncovered_excess(leg, spot, rates)
    return value


def straddle_relief(
    one: MarginLeg, other: MarginLeg, spot: Floats, rates: UncoveredRates
) -> Floats:
    """Money that one contract of each asks for less as a short straddle or strangle.

    The rule: the greater of the two requirements plus the market value of the other side; so the
    excess of the side with the smaller requirement falls away.
    """
    smaller = uncovered(one, spot, rates) < uncovered(other, spot, rates)
    relief: Floats = np.where(
        smaller, uncovered_excess(one, spot, rates), uncovered_excess(other, spot, rates)
    )
    return relief
