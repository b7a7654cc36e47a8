"""Margin of positions while a run goes on (reference section 4.5); recorded, never enforced.

A position's margin is worked out for all bars of its marks at once, whenever legs have changed or
marks are fetched: every 5-minute bar has its own value, and a run without margin does none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.model.strategy import Settings
from xlmeso.simulator.engine.assumptions import DEFAULT_PM_BOUND_PCT, DEFAULT_REG_T_MODE
from xlmeso.simulator.engine.ports import Floats, Market
from xlmeso.simulator.margin.legs import MarginLeg

if TYPE_CHECKING:
    from xlmeso.simulator.engine.legs import Leg
    from xlmeso.simulator.margin.rules import UncoveredRates

_CACHED: Final = 256


class Calculation(Protocol):
    """A margin model."""

    def __call__(self, market: Market, legs: Sequence[Leg], bars: range) -> Floats:
        """Return the margin in money at each bar, before the house multiplier."""


class MarginRule:
    """A margin model with its house multiplier.

    Parameters
    ----------
    calculation
        The model.
    multiplier
        Multiplies every margin.
    """

    def __init__(self, calculation: Calculation, multiplier: float) -> None:
        self._calculation = calculation
        self._multiplier = multiplier
        self._now: dict[tuple[object, ...], float] = {}

    def over(self, market: Market, legs: Sequence[Leg], bars: range) -> Floats:
        """Return the margin of legs in money at each bar; their blocks must reach over the bars."""
        legs = [leg for leg in legs if not leg.is_marker]
        if not legs:
            return np.zeros(len(bars))
        return self._multiplier * self._calculation(market, legs, bars)

    def now(self, market: Market, legs: Sequence[Leg], bar: int) -> float:
        """Return the margin of legs at one bar; the same question is answered from memory."""
        sized = [leg for leg in legs if leg.qty]
        key = (bar, *((_contract(leg, market), leg.qty, leg.fill) for leg in sized))
        value = self._now.get(key)
        if value is None:
            if len(self._now) >= _CACHED:
                self._now.clear()
            value = self.over(market, sized, range(bar, bar + 1)).item(0)
            self._now[key] = value
        return value


def margin_rule(settings: Settings, market: Market) -> MarginRule | None:
    """Return the margin rule of a run, None when margin is off.

    The libraries behind the rules are loaded only here, so that other runs start without them.
    """
    model, margin = settings.margin_model, settings.margin
    if model in (None, "None"):
        return None
    house = 1.0 if margin.house_multiplier is None else float(margin.house_multiplier)
    if model == "PMLike":
        lower = _or_default(margin.lower_bound_pct)
        upper = _or_default(margin.upper_bound_pct)
        return MarginRule(_portfolio(lower, upper), house)
    mode = margin.reg_t_mode or DEFAULT_REG_T_MODE
    return MarginRule(_reg_t(market.symbol, permissive=mode == "CBOEPermissive"), house)


def _or_default(bound: object) -> float:
    return DEFAULT_PM_BOUND_PCT if bound is None else float(str(bound))


def _reg_t(symbol: str, *, permissive: bool) -> Calculation:
    from xlmeso.simulator.margin.reg_t import reg_t
    from xlmeso.simulator.margin.rules import RATES

    rates: UncoveredRates = RATES[symbol]

    def amounts(market: Market, legs: Sequence[Leg], bars: range) -> Floats:
        spot = market.underlying[bars.start : bars.stop]
        seen = [_seen(leg, market.multiplier, bars) for leg in legs]
        return reg_t(seen, spot, rates, permissive=permissive)

    return amounts


def _portfolio(lower_pct: float, upper_pct: float) -> Calculation:
    from xlmeso.simulator.margin.portfolio import shock_factors, worst_drop

    factors = shock_factors(lower_pct, upper_pct)

    def amounts(market: Market, legs: Sequence[Leg], bars: range) -> Floats:
        prices = market.revalued([_contract(leg, market) for leg in legs], bars, factors)
        scale = np.array([leg.scale for leg in legs])
        return worst_drop(np.einsum("flb,l->fb", prices, scale), factors)

    return amounts


def _contract(leg: Leg, market: Market) -> OptionContract:
    """Return what the leg stands for; a Complex selector tries strikes before it is decided."""
    return OptionContract(
        underlying=market.symbol,
        root=leg.expiration.root,
        expiration=leg.expiration.date,
        strike=Decimal(repr(leg.strike)),
        type=leg.option_type,
        multiplier=market.multiplier,
    )


def _seen(leg: Leg, multiplier: float, bars: range) -> MarginLeg:
    """Return a leg as the margin rules see it; a draft would be paid for at its mark."""
    value = leg.marks(bars)
    return MarginLeg(
        is_call=leg.option_type is OptionType.CALL,
        strike=leg.strike,
        expires=leg.settlement_minute,
        qty=leg.qty,
        multiplier=multiplier,
        paid=leg.fill if leg.is_filled else value.item(0),
        value=value,
    )
