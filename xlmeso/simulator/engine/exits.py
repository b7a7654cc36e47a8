"""When a position is closed, and closing it (reference section 1.7)."""

from __future__ import annotations

from dataclasses import dataclass

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.assumptions import MONEY_TOLERANCE
from xlmeso.simulator.engine.expressions import first_met
from xlmeso.simulator.engine.ledger import ExitReason
from xlmeso.simulator.engine.messages import fixed
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.simulation import Simulation
from xlmeso.simulator.engine.trades import close_leg, trade_fees


@dataclass(frozen=True, slots=True)
class ExitSignal:
    """Why a position is to be closed."""

    reason: ExitReason
    detail: str


def exit_signal(sim: Simulation, moment: Moment, position: Position) -> ExitSignal | None:
    """Test the four exit rules at a tick.

    UNKNOWN which reason counts when several hold; Assumption: target, stop, days, conditions.

    Raises
    ------
    ScriptError
        A condition could not be evaluated.
    """
    pnl = position.pnl(moment.bar)
    target, stop = position.profit_target, position.stop_loss
    if target is not None and pnl >= target - MONEY_TOLERANCE:
        return ExitSignal(
            ExitReason.PROFIT_TARGET, f"PnL={fixed(pnl, 2)} reached {fixed(target, 2)}"
        )
    if stop is not None and pnl <= MONEY_TOLERANCE - stop:
        return ExitSignal(ExitReason.STOP_LOSS, f"PnL={fixed(pnl, 2)} reached {fixed(-stop, 2)}")
    days = position.days(moment.minute)
    if position.max_days is not None and days >= position.max_days:
        return ExitSignal(
            ExitReason.MAX_DAYS_IN_TRADE, f"DIT={days:.2f} reached {position.max_days:g}"
        )
    met = first_met(sim.plan.exit.conditions, moment)
    return None if met is None else ExitSignal(ExitReason.CONDITION, f"'{met.text}'")


def close_position(sim: Simulation, moment: Moment, position: Position, signal: ExitSignal) -> None:
    """Trade out of every open leg; the moment's position must be this one.

    UNKNOWN what Exit.VarDefines are for; Assumption: they are evaluated when an exit fires,
    before its trades.

    Raises
    ------
    ScriptError
        A variable could not be evaluated.
    """
    message = messages.exit_signal(signal.reason, signal.detail)
    sim.blotter.write(Kind.EXIT_SIGNAL, message, moment)
    sim.define(moment, position, sim.plan.exit.var_defines)
    position.flush(sim.account.series, moment.bar)
    legs = sorted(position.held_legs(), key=lambda leg: not leg.is_marker)
    fees = trade_fees(sim, moment, legs, opening=False)
    for leg in legs:
        close_leg(sim, moment, position, leg, signal.reason, fees[leg.name])
