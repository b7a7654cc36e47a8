"""Opening and closing a leg: price, costs, ledger and blotter."""

from __future__ import annotations

from collections.abc import Sequence

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.blotter import trade_event
from xlmeso.simulator.engine.fees import Fill
from xlmeso.simulator.engine.fills import mark_field, trade_price
from xlmeso.simulator.engine.ledger import ExitReason
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.simulation import Simulation


def open_legs(sim: Simulation, moment: Moment, position: Position, legs: list[Leg]) -> None:
    """Trade into draft legs of a position that is on the book.

    Markers are kept at mid without a trade (reference section 1.4).
    """
    fees = trade_fees(sim, moment, legs, opening=True)
    for leg in legs:
        if leg.is_marker:
            leg.open(leg.price(moment.bar), 0.0, moment.minute, "mid")
        else:
            _trade_in(sim, moment, leg, fees[leg.name])
    sim.account.count_trade(position)
    position.limits.clear()


def trade_fees(
    sim: Simulation, moment: Moment, legs: Sequence[Leg], *, opening: bool
) -> dict[str, float]:
    """Return the fees in money of legs that are traded together, by leg name; a marker costs 0."""
    traded = [leg for leg in legs if not leg.is_marker]
    fills = []
    for leg in traded:
        qty = leg.qty if opening else -leg.qty
        price = trade_price(sim.plan.settings, leg, qty, moment.bar)
        fills.append(Fill(qty, price, _unit(sim, moment), sim.market.multiplier))
    fees = sim.plan.settings.fees.of_trades(fills)
    costs = dict.fromkeys([leg.name for leg in legs], 0.0)
    costs.update({leg.name: fee for leg, fee in zip(traded, fees, strict=True)})
    return costs


def close_leg(
    sim: Simulation,
    moment: Moment,
    position: Position,
    leg: Leg,
    reason: ExitReason | None,
    fee: float,
) -> None:
    """Trade out of a loose leg for a fee from :func:`trade_fees`.

    With a ``reason`` the position ends when nothing is left of it; without one it is held on,
    because another leg takes the place.
    """
    if leg.is_marker:
        position.loose.remove(leg)
        leg.close(leg.price(moment.bar), 0.0)
        end_if_over(sim, moment, position, reason)
        return
    qty = -leg.qty
    price = trade_price(sim.plan.settings, leg, qty, moment.bar)
    if price == 0:
        sim.blotter.write(Kind.PRICE_ZERO, messages.price_zero(leg.name, leg.contract), moment)
    position.loose.remove(leg)
    sim.account.realise(position, leg.close(price, fee), moment.bar)
    end_if_over(sim, moment, position, reason)
    trade = trade_event(sim.account.trade_id(), leg.contract, price, qty)
    text = messages.trade(leg.name, leg.contract, qty, price)
    sim.blotter.write(Kind.EXIT_TRADE, text, moment, trade=trade)


def end_if_over(
    sim: Simulation, moment: Moment, position: Position, reason: ExitReason | None
) -> None:
    """Take a position off the book when it holds nothing any more."""
    if reason is not None and position.is_over():
        sim.account.end(position, reason, moment.date, position.days(moment.minute))


def _unit(sim: Simulation, moment: Moment) -> float:
    """Return the underlying in the unit of the option's price: a coin is 1."""
    return 1.0 if sim.market.is_inverse else sim.market.underlying.item(moment.bar)


def _trade_in(sim: Simulation, moment: Moment, leg: Leg, fee: float) -> None:
    settings = sim.plan.settings
    price = trade_price(settings, leg, leg.qty, moment.bar)
    if price == 0:
        sim.blotter.write(Kind.PRICE_ZERO, messages.price_zero(leg.name, leg.contract), moment)
    leg.open(price, fee, moment.minute, mark_field(settings, leg.qty))
    sim.account.series.legs[moment.bar] += 1
    trade = trade_event(sim.account.trade_id(), leg.contract, price, leg.qty)
    text = messages.trade(leg.name, leg.contract, leg.qty, price)
    sim.blotter.write(Kind.ENTRY_TRADE, text, moment, trade=trade)
