"""Quotes of legs as blocks of arrays, and the sums over a position's legs.

Held legs are quoted for several sessions at once, because one call for 800 bars costs little more
than a call for one (the design of the simulation core: no work per bar in Python).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.simulator.engine.assumptions import SHORTEST_DTE_DAYS
from xlmeso.simulator.engine.clock import MINUTES_PER_DAY
from xlmeso.simulator.engine.ports import Floats, Ints, Market, QuoteTable

if TYPE_CHECKING:
    from xlmeso.simulator.engine.legs import Leg
    from xlmeso.simulator.engine.margins import MarginRule

GREEKS: Final = ("delta", "gamma", "theta", "vega", "wvega", "rho")
"""Greeks that are summed over legs, positions and the account."""

WVEGA_DAYS: Final = 30.0
"""wvega = vega x sqrt(30 / dte) (reference section 3.2)."""

_QUOTED: Final = ("bid", "ask", "mid", "iv", "delta", "gamma", "theta", "vega", "rho")


class QuoteBlock:
    """Quotes of contracts over the bars ``start <= bar < stop``; arrays (contracts, bars).

    A chain is a block of one bar whose contracts are the listed strikes.
    """

    __slots__ = ("start", "stop", *_QUOTED)

    start: int
    stop: int
    bid: Floats
    ask: Floats
    mid: Floats
    iv: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats

    def __init__(self, quotes: QuoteTable, start: int) -> None:
        for field in _QUOTED:
            values: Floats = getattr(quotes, field)
            setattr(self, field, values if values.ndim > 1 else values[:, None])
        self.start = start
        self.stop = start + self.mid.shape[1]


class HeldBlock(QuoteBlock):
    """Quotes of a position's open legs with their sums.

    Attributes
    ----------
    totals
        ``pnl`` (money, entry commission deducted) and every greek in the service's units, shape
        (bars,); with a margin rule also ``margin`` in money.
    most_margin
        Largest margin so far at each bar; None without a margin rule.
    """

    __slots__ = ("most_margin", "totals")

    def __init__(self, quotes: QuoteTable, start: int, legs: Sequence[Leg], minutes: Ints) -> None:
        super().__init__(quotes, start)
        self.totals: dict[str, Floats] = {"pnl": self._pnl(legs)}
        for greek in GREEKS:
            total = np.zeros(self.stop - start)
            for row, leg in enumerate(legs):
                total += _summed(leg, greek) * self._greek(greek, row, leg, minutes)
            self.totals[greek] = total
        self.most_margin: Floats | None = None

    def add_margin(self, margin: Floats) -> None:
        """Take the position's margin at each bar."""
        self.totals["margin"] = margin
        self.most_margin = np.maximum.accumulate(margin)

    def _pnl(self, legs: Sequence[Leg]) -> Floats:
        total = np.zeros(self.stop - self.start)
        for row, leg in enumerate(legs):
            marks: Floats = getattr(self, leg.price_field)[row]
            total += leg.scale * (marks - leg.fill) - leg.fee
        return total

    def _greek(self, greek: str, row: int, leg: Leg, minutes: Ints) -> Floats:
        if greek != "wvega":
            values: Floats = getattr(self, greek)[row]
            return values
        dte = (leg.settlement_minute - minutes[self.start : self.stop]) / MINUTES_PER_DAY
        weights: Floats = np.sqrt(WVEGA_DAYS / np.maximum(dte, SHORTEST_DTE_DAYS))
        weighted: Floats = self.vega[row] * weights
        return weighted


def _summed(leg: Leg, greek: str) -> float:
    """Return what a leg's greek counts with in its position: nothing for a marker."""
    return 0.0 if leg.is_marker else leg.scale_of(greek)


def fetch_block(
    market: Market,
    legs: Sequence[Leg],
    bars: range,
    minutes: Ints,
    margin: MarginRule | None = None,
) -> HeldBlock:
    """Quote the legs over the bars and hand each leg its row; margin only where there is a rule.

    Raises
    ------
    SimulationError
        A leg has no quote at one of the bars.
    """
    quotes = market.quotes([leg.contract for leg in legs], bars)
    block = HeldBlock(quotes, bars.start, legs, minutes)
    if np.isnan(block.totals["pnl"]).any():
        missing = next(leg for row, leg in enumerate(legs) if np.isnan(block.mid[row]).any())
        raise SimulationError(f"the market has no quotes for {missing.contract}")
    for row, leg in enumerate(legs):
        leg.block, leg.row = block, row
    if margin is not None:
        traded = [leg for leg in legs if not leg.is_marker]
        block.add_margin(margin.over(market, traded, bars))
    return block
