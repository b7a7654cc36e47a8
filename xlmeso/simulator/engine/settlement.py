"""Cash settlement of expired legs at their intrinsic value (reference section 4.4)."""

from __future__ import annotations

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.assumptions import MONEY_DIGITS
from xlmeso.simulator.engine.blotter import trade_event
from xlmeso.simulator.engine.fees import Fill
from xlmeso.simulator.engine.ledger import ExitReason
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.simulation import Simulation
from xlmeso.simulator.engine.trades import end_if_over


def freeze(sim: Simulation, position: Position, bar: int, *, only_unquoted: bool) -> list[Leg]:
    """Give the legs that settle at ``bar`` their final price; return them.

    ``only_unquoted`` leaves those alone that still trade at the bar.  The marks up to the bar go
    into the account's series; the rest of the position needs marks from the bar on afterwards.
    """
    due = [
        leg
        for leg in position.held_legs()
        if leg.settlement_bar is not None
        and leg.settlement_bar <= bar
        and not (only_unquoted and leg.last_bar >= bar)
    ]
    if due:
        position.flush(sim.account.series, bar)
        for leg in due:
            value = float(sim.market.settlement_value(leg.expiration))
            leg.frozen = round(sim.market.payoff(leg.contract, value), MONEY_DIGITS)
    return due


def settle(sim: Simulation, moment: Moment, position: Position, due: list[Leg]) -> None:
    """Close frozen legs at their final price; the moment's position must be this one.

    The position ends with its last leg.  Assumptions: the legs that remain are held on under the
    same rules; a marker keeps its final price without an event.
    """
    for leg in sorted(due, key=lambda leg: not leg.is_marker):
        position.loose.remove(leg)
        if leg.is_marker:
            leg.close(leg.frozen or 0.0, 0.0)
            end_if_over(sim, moment, position, ExitReason.SETTLEMENT)
        else:
            _settle_leg(sim, moment, position, leg)


def _settle_leg(sim: Simulation, moment: Moment, position: Position, leg: Leg) -> None:
    account = sim.account
    qty, price = -leg.qty, leg.frozen or 0.0
    underlying = float(sim.market.settlement_value(leg.expiration))
    unit = 1.0 if sim.market.is_inverse else underlying
    fee = sim.plan.settings.fees.of_settlement(
        Fill(qty, price, unit, sim.market.multiplier), is_daily=sim.market.is_daily(leg.expiration)
    )
    account.realise(position, leg.close(price, fee), moment.bar)
    account.settlement_count += 1
    end_if_over(sim, moment, position, ExitReason.SETTLEMENT)
    message = messages.settlement(leg.name, leg.contract, qty, price, underlying)
    trade = trade_event(account.trade_id(), leg.contract, price, qty)
    sim.blotter.write(Kind.SETTLEMENT, message, moment, trade=trade)
