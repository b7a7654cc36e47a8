"""One leg of a position: draft while it is being selected, then open, then closed."""

from __future__ import annotations

from math import sqrt
from typing import Final

from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.simulator.engine.assumptions import SHORTEST_DTE_DAYS
from xlmeso.simulator.engine.clock import MINUTES_PER_DAY
from xlmeso.simulator.engine.marks import WVEGA_DAYS, QuoteBlock
from xlmeso.simulator.engine.money import money
from xlmeso.simulator.engine.ports import Floats, ListedExpiration

_PRICES = frozenset(("bid", "ask", "mid"))
_IN_POINTS = frozenset(("delta", "gamma"))

DELTA_POINTS: Final = 100.0
"""Delta and gamma count in points of one contract (reference section 3.2), also for coins, whose
multiplier is 1: the library's definitions select 7 delta and sum it up as such."""


class Leg:
    """A leg and what it is worth.

    Attributes
    ----------
    alias
        Name of its expiration in the definition.
    option_type
        Put or call.
    contract
        The option; set once the strike is known.
    strike
        Strike in points; moves along the chain while a Complex selector tries contracts.
    qty, scale
        Signed contracts, and contracts x multiplier: money per point.
    greek_scale, delta_scale
        What a greek per share is multiplied with: the scale, but one long contract of a marker;
        for delta and gamma 100 a contract.
    is_marker
        Whether the leg has no quantity: it is followed, not traded (reference section 1.4).
    fill, fee
        Price in points and commission in money of the opening trade.
    price_field
        Which quote prices the leg: mid, or the side of the book it would trade at.
    block, row
        Where its quotes are.
    is_filled, is_closed
        State; a draft is neither.
    frozen
        Price in points that no longer moves: settlement or closing price, None while quoted.
    """

    __slots__ = (
        "alias",
        "block",
        "contract",
        "delta_scale",
        "expiration",
        "fee",
        "fill",
        "frozen",
        "greek_scale",
        "is_closed",
        "is_filled",
        "is_marker",
        "last_bar",
        "name",
        "opened_minute",
        "option_type",
        "price_field",
        "qty",
        "realised",
        "row",
        "scale",
        "settlement_bar",
        "settlement_minute",
        "strike",
    )

    contract: OptionContract
    option_type: OptionType

    def __init__(
        self,
        name: str,
        alias: str,
        expiration: ListedExpiration,
        block: QuoteBlock,
        settlement_minute: int,
    ) -> None:
        self.name = name
        self.alias = alias
        self.expiration = expiration
        self.block = block
        self.row = 0
        self.strike = 0.0
        self.settlement_minute = settlement_minute
        self.settlement_bar: int | None = None
        self.last_bar = 0
        self.opened_minute: int | None = None
        self.fill = self.fee = self.realised = 0.0
        self.frozen: float | None = None
        self.is_filled = self.is_closed = self.is_marker = False
        self.price_field = "mid"
        self.qty = self.scale = self.greek_scale = self.delta_scale = 0.0

    def size(self, qty: float, multiplier: int, price_field: str) -> None:
        """Set the quantity and the quote that prices the leg; 0 makes it a marker."""
        self.qty = qty
        self.scale = qty * multiplier
        self.is_marker = qty == 0
        self.greek_scale = float(multiplier) if self.is_marker else self.scale
        self.delta_scale = DELTA_POINTS * (1.0 if self.is_marker else qty)
        self.price_field = price_field

    def quote(self, field: str, bar: int) -> float:
        """Return a raw quote or greek per share; a frozen leg has its price and no greeks."""
        if self.frozen is not None:
            return self.frozen if field in _PRICES else 0.0
        block = self.block
        value: float = getattr(block, field).item(self.row, bar - block.start)
        return value

    def price(self, bar: int) -> float:
        """Return the mark in points, positive whatever the side."""
        return self.quote(self.price_field, bar)

    def marks(self, bars: range) -> Floats:
        """Return the marks in points over bars that its block reaches over."""
        values: Floats = getattr(self.block, self.price_field)[self.row]
        return values[bars.start - self.block.start : bars.stop - self.block.start]

    def pnl(self, bar: int) -> float:
        """Return the leg's profit and loss in money, entry commission deducted."""
        if self.is_closed:
            return self.realised
        if not self.is_filled:
            return 0.0
        return money(self.scale * (self.price(bar) - self.fill) - self.fee)

    def greek(self, greek: str, bar: int, minute: int) -> float:
        """Return a greek of the whole leg in the service's units (reference section 3.2)."""
        if greek == "wvega":
            weight = sqrt(WVEGA_DAYS / max(self.dte(minute), SHORTEST_DTE_DAYS))
            return self.greek_scale * self.quote("vega", bar) * weight
        return self.scale_of(greek) * self.quote(greek, bar)

    def scale_of(self, greek: str) -> float:
        """Return what a greek per share is multiplied with."""
        return self.delta_scale if greek in _IN_POINTS else self.greek_scale

    def dte(self, minute: int) -> float:
        """Return the decimal calendar days to settlement."""
        return (self.settlement_minute - minute) / MINUTES_PER_DAY

    def dit(self, minute: int) -> float:
        """Return the decimal calendar days since the leg was opened; 0 for a draft."""
        return (
            0.0 if self.opened_minute is None else (minute - self.opened_minute) / MINUTES_PER_DAY
        )

    def open(self, fill: float, fee: float, minute: int, price_field: str) -> None:
        """Turn the draft into an open leg."""
        self.fill, self.fee = fill, fee
        self.opened_minute = minute
        self.price_field = price_field
        self.is_filled = True

    def close(self, price: float, fee: float) -> float:
        """Close the leg and return its realised profit and loss, both commissions deducted.

        Assumption: a closed leg reads as quantity 0 and greeks 0, keeps its closing price and its
        realised pnl, until its position is gone.
        """
        self.realised = money(self.scale * (price - self.fill) - self.fee - fee)
        self.frozen = price
        self.is_closed = True
        self.qty = self.scale = self.greek_scale = self.delta_scale = 0.0
        return self.realised


class ChainLeg(Leg):
    """A draft leg that stands at all contracts of its chain at once: its quotes are arrays.

    Its readers give arrays where a leg's give numbers; for arithmetic over the chain.
    """

    __slots__ = ()

    @classmethod
    def over(cls, leg: Leg, strikes: Floats) -> ChainLeg:
        """Return a leg like another one, at all strikes of its chain."""
        whole = cls(leg.name, leg.alias, leg.expiration, leg.block, leg.settlement_minute)
        whole.qty, whole.scale = leg.qty, leg.scale
        whole.greek_scale, whole.delta_scale = leg.greek_scale, leg.delta_scale
        whole.is_marker, whole.price_field = leg.is_marker, leg.price_field
        whole.option_type = leg.option_type
        whole.strike = strikes  # type: ignore[assignment]
        return whole

    def quote(self, field: str, bar: int) -> float:
        """Return the quotes of all contracts."""
        column: float = getattr(self.block, field)[:, bar - self.block.start]
        return column
