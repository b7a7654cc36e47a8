"""Reg T margin of a position: premium of the long options, cheapest pairing of the short ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xlmeso.simulator.margin.legs import Floats, MarginLeg
from xlmeso.simulator.margin.pairing import Pairing
from xlmeso.simulator.margin.rules import UncoveredRates, straddle_relief, uncovered


def reg_t(
    legs: Sequence[MarginLeg], spot: Floats, rates: UncoveredRates, *, permissive: bool
) -> Floats:
    """Return the requirement of a position in money at each bar, shape (n,), not negative.

    Long options are paid in full, whatever they cover.  Short options ask for what their cheapest
    pairing asks for (:mod:`pairing`).  CBOEVanilla stops there; CBOEPermissive takes off the
    proceeds of the short sales, which the manual lets the customer apply to the requirement and to
    the cost of the long side.

    Parameters
    ----------
    legs
        Open legs of one position.
    spot
        Underlying in points, shape (n,).
    rates
        For uncovered options on this kind of underlying.
    permissive
        True for CBOEPermissive, False for CBOEVanilla.
    """
    total = short_requirement(legs, spot, rates)
    total += sum(leg.premium for leg in legs if not leg.is_short)
    if permissive:
        total -= sum(leg.premium for leg in legs if leg.is_short)
    return np.maximum(total, 0.0)


def short_requirement(legs: Sequence[MarginLeg], spot: Floats, rates: UncoveredRates) -> Floats:
    """Return the requirement of the short options alone, proceeds not deducted."""
    shorts = [leg for leg in legs if leg.is_short]
    if not shorts:
        return np.zeros_like(spot)
    alone = np.array([uncovered(leg, spot, rates) for leg in shorts])
    calls = [place for place, leg in enumerate(shorts) if leg.is_call]
    puts = [place for place, leg in enumerate(shorts) if not leg.is_call]
    if len(shorts) == len(legs) and len(calls) <= 1 and len(puts) <= 1:
        total: Floats = np.array([leg.contracts for leg in shorts]) @ alone
        if calls and puts:
            both = min(leg.contracts for leg in shorts)
            total = total - both * straddle_relief(shorts[0], shorts[1], spot, rates)
        return total
    pairing = Pairing(legs)
    relief = [
        -straddle_relief(shorts[call], shorts[put], spot, rates) for call, put in pairing.straddles
    ]
    return pairing.cheapest(np.array([*alone, *relief]))
