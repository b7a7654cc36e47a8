"""Prices of trades and marks, and their costs (reference sections 4.2 and 4.3)."""

from __future__ import annotations

from xlmeso.errors import SimulationError
from xlmeso.model.document import path_text
from xlmeso.simulator.engine.assumptions import MAX_CONTRACTS, WHOLE_DIGITS
from xlmeso.simulator.engine.expressions import BoundExpression
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.plan import SettingsPlan
from xlmeso.simulator.engine.ports import Market


def trade_field(settings: SettingsPlan, qty: float) -> str:
    """Return the quote at which ``qty`` contracts trade: mid, or ask for buys and bid for sells.

    Assumption: it also prices a draft leg, so that AbortConditions see what entry would cost; an
    unknown side (0) is priced at mid.
    """
    if settings.at_mid or qty == 0:
        return "mid"
    return "ask" if qty > 0 else "bid"


def mark_field(settings: SettingsPlan, qty: float) -> str:
    """Return the quote that marks a held leg: mid, or the side at which it could be closed."""
    return trade_field(settings, -qty)


def trade_price(settings: SettingsPlan, leg: Leg, qty: float, bar: int) -> float:
    """Return the fill price in points of a trade of ``qty`` contracts, slippage included.

    Slippage is added for buys and subtracted for sells.  Assumption: no option is given away for
    less than nothing, and slippage is no part of later marks.
    """
    price = leg.quote(trade_field(settings, qty), bar)
    slippage = settings.slippage if qty > 0 else -settings.slippage
    return max(price + slippage, 0.0)


def contracts(qty: float, expression: BoundExpression, market: Market) -> float:
    """Return a quantity as contracts: a whole number, for coins any number.

    Raises
    ------
    SimulationError
        It is a fraction (index options trade in whole contracts) or beyond all reason.
    """
    if abs(qty) > MAX_CONTRACTS:
        raise SimulationError(
            f"{expression.text!r} gives {qty:g} contracts; at most {MAX_CONTRACTS:,} are simulated",
            where=path_text(expression.expression.path),
        )
    if market.is_inverse:
        return round(qty, WHOLE_DIGITS)
    rounded = round(qty)
    if abs(qty - rounded) > 10**-WHOLE_DIGITS:
        raise SimulationError(
            f"{expression.text!r} gives {qty:g} contracts; index options need a whole number",
            where=path_text(expression.expression.path),
            cure="Round it, for example with floor().",
        )
    return float(rounded)
