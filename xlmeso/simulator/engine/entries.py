"""From a tick of the entry schedule to an open position (evaluation order: reference 1.5)."""

from __future__ import annotations

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.expressions import first_met
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.selection import build_draft
from xlmeso.simulator.engine.simulation import Simulation
from xlmeso.simulator.engine.trades import open_legs


def may_enter(sim: Simulation, moment: Moment) -> bool:
    """Check concurrency, the days between entries and the days after an exit.

    UNKNOWN whether days are calendar or trading days; Assumption: calendar days between session
    dates, and with several positions the latest exit counts.
    """
    account, entry = sim.account, sim.plan.entry
    if len(account.positions) >= entry.max_positions:
        return False
    today = moment.date
    if account.last_entry is not None and (today - account.last_entry).days < entry.shift_days:
        return False
    if account.last_exit is None or entry.reentry_days is None:
        return True
    return (today - account.last_exit).days >= entry.reentry_days.number(moment)


def try_entry(sim: Simulation, moment: Moment) -> Position | None:
    """Consider an entry at a tick; return the new position, None when there is none.

    Raises
    ------
    SimulationError
        An expression could not be evaluated.
    """
    draft = Position(sim.account.next_position_id)
    if not _conditions_allow(sim, moment, draft):
        return None
    moment.position = draft
    if not build_draft(sim, moment, draft):
        return None
    _fill(sim, moment, draft)
    _set_goals(sim, moment, draft)
    sim.blotter.write(Kind.END_OF_DAY, messages.days_in_trade(0), moment)
    return draft


def _conditions_allow(sim: Simulation, moment: Moment, draft: Position) -> bool:
    """Test the entry conditions, before the variables of the draft exist."""
    conditions = sim.plan.entry.conditions
    if not conditions:
        return True
    met = first_met(conditions, moment)
    if met is None:
        return False
    message = messages.condition_met(met.text)
    sim.blotter.write(Kind.ENTRY_SIGNAL, message, moment, position_id=draft.position_id)
    return True


def _fill(sim: Simulation, moment: Moment, draft: Position) -> None:
    """Trade every leg; the position counts as a trade once all are filled."""
    sim.account.take(draft, moment.date)
    draft.opened_bar, draft.opened_minute = moment.bar, moment.minute
    open_legs(sim, moment, draft, list(draft.legs.values()))
    sim.cover(draft, moment.bar)


def _set_goals(sim: Simulation, moment: Moment, position: Position) -> None:
    """Evaluate VarDefines, ProfitTarget and StopLoss once, in this order (step 9).

    The stop counts without its sign: two library definitions give it as a negative amount
    (UNKNOWN; Assumption).  MaxDaysInTrade is evaluated here too.
    """
    entry, goals = sim.plan.entry, sim.plan.exit
    sim.define(moment, position, entry.var_defines)
    if goals.profit_target is not None:
        target = goals.profit_target.number(moment)
        position.profit_target = target
        sim.store(moment, position, "profit_target", target, goals.profit_target.text)
    if goals.stop_loss is not None:
        stop = goals.stop_loss.number(moment)
        position.stop_loss = abs(stop)
        sim.store(moment, position, "stop_loss", stop, goals.stop_loss.text)
    if goals.max_days is not None:
        position.max_days = goals.max_days.number(moment)
