"""Commissions: a fixed fee for each contract, or Deribit's (reference section 4.3).

Deribit publishes: a share of the underlying for each contract, at most a share of the option's
price; when a combination buys and sells, the cheaper of the two sides is free; at settlement a
smaller share with the same cap on what the option pays, nothing for daily options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from xlmeso.model.fields import CRYPTO_SYMBOLS
from xlmeso.model.strategy import Settings
from xlmeso.simulator.engine.assumptions import (
    DEFAULT_DELIVERY_FEE_PCT,
    DEFAULT_MAX_FEE_PCT,
    DEFAULT_OPTION_FEE,
    DEFAULT_TRADE_FEE_PCT,
    SETTLEMENT_FEE_PER_CONTRACT,
)


class Fill(NamedTuple):
    """A trade or settlement of one leg.

    ``price`` and ``underlying`` are in the unit of the option's price, where a coin is 1;
    ``multiplier`` turns the price into money.
    """

    qty: float
    price: float
    underlying: float
    multiplier: float


class Fees(Protocol):
    """What trades and settlements cost."""

    def of_trades(self, fills: Sequence[Fill]) -> list[float]:
        """Return the fee in money of each of the trades that are done together."""

    def of_settlement(self, fill: Fill, *, is_daily: bool) -> float:
        """Return the fee in money of a settlement."""


@dataclass(frozen=True, slots=True)
class FixedFees:
    """Money for each contract and trade."""

    per_contract: float

    def of_trades(self, fills: Sequence[Fill]) -> list[float]:
        """Return the fee of each trade."""
        return [self.per_contract * abs(fill.qty) for fill in fills]

    def of_settlement(self, fill: Fill, *, is_daily: bool) -> float:
        """Return the fee of a settlement."""
        return SETTLEMENT_FEE_PER_CONTRACT * abs(fill.qty)


@dataclass(frozen=True, slots=True)
class DeribitFees:
    """Shares of the underlying, capped at a share of the option's price.

    Attributes
    ----------
    trade, delivery
        Shares of the underlying for each contract.
    cap
        Share of the option's price that a fee is at most.
    one_side_is_free
        Whether a combination that buys and sells pays for its dearer side only.
    dailies_settle_free
        Whether daily options cost nothing at settlement.
    """

    trade: float
    delivery: float
    cap: float
    one_side_is_free: bool
    dailies_settle_free: bool

    def of_trades(self, fills: Sequence[Fill]) -> list[float]:
        """Return the fee of each trade."""
        fees = [self._fee(fill, self.trade) for fill in fills]
        if not self.one_side_is_free:
            return fees
        bought = sum(fee for fee, fill in zip(fees, fills, strict=True) if fill.qty > 0)
        sold = sum(fee for fee, fill in zip(fees, fills, strict=True) if fill.qty < 0)
        has_both = any(fill.qty > 0 for fill in fills) and any(fill.qty < 0 for fill in fills)
        if not has_both:
            return fees
        free_sign = 1 if bought <= sold else -1
        return [
            0.0 if fill.qty * free_sign > 0 else fee for fee, fill in zip(fees, fills, strict=True)
        ]

    def of_settlement(self, fill: Fill, *, is_daily: bool) -> float:
        """Return the fee of a settlement."""
        if is_daily and self.dailies_settle_free:
            return 0.0
        return self._fee(fill, self.delivery)

    def _fee(self, fill: Fill, share: float) -> float:
        each = min(share * fill.underlying, self.cap * fill.price)
        return each * fill.multiplier * abs(fill.qty)


def fees_of(settings: Settings, symbol: str | None) -> Fees:
    """Return the fees that a definition asks for.

    Assumptions: without a model coins pay Deribit's fees and everything else a fixed fee; fills at
    mid are a maker's, fills at bid and ask a taker's.
    """
    commission = settings.commission
    model = commission.model or ("Deribit" if symbol in CRYPTO_SYMBOLS else "FixedFee")
    if model != "Deribit":
        fee = commission.option_fee
        return FixedFees(DEFAULT_OPTION_FEE if fee is None else float(fee))
    deribit = commission.deribit
    is_taker = settings.fill_model == "AtBidAsk"
    traded = deribit.taker_fee_pct if is_taker else deribit.maker_fee_pct
    return DeribitFees(
        trade=_share(traded, DEFAULT_TRADE_FEE_PCT),
        delivery=_share(deribit.delivery_fee_pct, DEFAULT_DELIVERY_FEE_PCT),
        cap=_share(deribit.max_fee_pct, DEFAULT_MAX_FEE_PCT),
        one_side_is_free=deribit.waive_one_side is not False,
        dailies_settle_free=deribit.waive_daily_delivery is not False,
    )


def _share(percent: Decimal | None, default: float) -> float:
    return (default if percent is None else float(percent)) / 100.0
