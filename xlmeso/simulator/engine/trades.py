"""Opening and closing a leg: price, costs, ledger and blotter."""

from __future__ import annotations

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.blotter import trade_event
from xlmeso.simulator.engine.fills import commission, mark_field, trade_price
from xlmeso.simulator.engine.ledger import ExitReason
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.simulation import Simulation


def open_legs(sim: Simulation, moment: Moment, position: Position, legs: list[Leg]) -> None:
    """Trade into draft legs of a position that is on the book.

    Markers are kept at mid without a trade (reference section 1.4).
    """
    for leg in legs:
        if leg.is_marker:
            leg.open(leg.price(moment.bar), 0.0, moment.minute, "mid")
        else:
            _trade_in(sim, moment, leg)
    sim.account.count_trade(position)
    position.limits.clear()


def close_leg(
    sim: Simulation, moment: Moment, position: Position, leg: Leg, reason: ExitReason | None
) -> None:
    """Trade out of a loose leg.

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
    money = leg.close(price, commission(sim.plan.settings, qty))
    sim.account.realise(position, money, moment.bar)
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


def _trade_in(sim: Simulation, moment: Moment, leg: Leg) -> None:
    settings = sim.plan.settings
    price = trade_price(settings, leg, leg.qty, moment.bar)
    if price == 0:
        sim.blotter.write(Kind.PRICE_ZERO, messages.price_zero(leg.name, leg.contract), moment)
    leg.open(price, commission(settings, leg.qty), moment.minute, mark_field(settings, leg.qty))
    sim.account.series.legs[moment.bar] += 1
    trade = trade_event(sim.account.trade_id(), leg.contract, price, leg.qty)
    text = messages.trade(leg.name, leg.contract, leg.qty, price)
    sim.blotter.write(Kind.ENTRY_TRADE, text, moment, trade=trade)
