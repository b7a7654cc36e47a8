"""When a position is closed, and closing it (reference section 1.7)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.assumptions import MONEY_TOLERANCE
from xlmeso.simulator.engine.blotter import trade_event
from xlmeso.simulator.engine.clock import MINUTES_PER_DAY
from xlmeso.simulator.engine.expressions import first_met
from xlmeso.simulator.engine.fills import commission, trade_price
from xlmeso.simulator.engine.ledger import ExitReason
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.positions import NEVER, Position
from xlmeso.simulator.engine.simulation import Simulation


@dataclass(frozen=True, slots=True)
class ExitSignal:
    """Why a position is to be closed."""

    reason: ExitReason
    detail: str


def next_check(sim: Simulation, position: Position, after: int) -> int:
    """Return the first bar behind ``after`` at which the position needs a look.

    Target, stop and days are searched over the whole block of marks at once; only a position
    with script conditions is looked at on every tick.  Where nothing is found the look is due
    when the marks end.
    """
    block = position.block
    if block is None:
        return NEVER
    ticks = sim.plan.exit.ticks
    tick_list = sim.plan.exit.tick_list
    low = bisect_left(tick_list, after + 1)
    if low == len(tick_list) or tick_list[low] >= block.stop:
        return block.stop
    if sim.plan.exit.conditions:
        return tick_list[low]
    high = bisect_left(tick_list, block.stop, low)
    bars = ticks[low:high]
    pnl = block.totals["pnl"][bars - block.start] + _apart(position, block.start)
    met = np.zeros(bars.size, dtype=np.bool_)
    if position.profit_target is not None:
        met |= pnl >= position.profit_target - MONEY_TOLERANCE
    if position.stop_loss is not None:
        met |= pnl <= MONEY_TOLERANCE - position.stop_loss
    if position.max_days is not None and position.opened_minute is not None:
        due = position.opened_minute + position.max_days * MINUTES_PER_DAY
        met |= sim.clock.minutes[bars] >= due
    first = int(np.argmax(met))
    return bars.item(first) if met[first] else block.stop


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
        return ExitSignal(ExitReason.PROFIT_TARGET, f"PnL={pnl:.2f} reached {target:.2f}")
    if stop is not None and pnl <= MONEY_TOLERANCE - stop:
        return ExitSignal(ExitReason.STOP_LOSS, f"PnL={pnl:.2f} reached {-stop:.2f}")
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
    for leg in position.open_legs():
        _trade_out(sim, moment, position, leg, signal.reason)


def _trade_out(
    sim: Simulation, moment: Moment, position: Position, leg: Leg, reason: ExitReason
) -> None:
    """Trade out of one leg; the position ends with its last."""
    qty = -leg.qty
    price = trade_price(sim.plan.settings, leg, qty, moment.bar)
    if price == 0:
        sim.blotter.write(Kind.PRICE_ZERO, messages.price_zero(leg.name, leg.contract), moment)
    position.loose.remove(leg)
    money = leg.close(price, commission(sim.plan.settings, qty))
    sim.account.realise(position, money, moment.bar)
    if not position.open_legs():
        sim.account.end(position, reason, moment.date, position.days(moment.minute))
    trade = trade_event(sim.account.trade_id(), leg.contract, price, qty)
    text = messages.trade(leg.name, leg.contract, qty, price)
    sim.blotter.write(Kind.EXIT_TRADE, text, moment, trade=trade)


def _apart(position: Position, bar: int) -> float:
    """Return the money of the position that does not move any more."""
    return position.realised + sum(leg.pnl(bar) for leg in position.loose)
