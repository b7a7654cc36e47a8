"""When a held position needs a look next: searched over a whole block of marks at once.

Conditions that are plain arithmetic are searched as well; at the bar found they are asked again,
by Lua.  A condition that is not lets the position be looked at on every tick.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from xlmeso.simulator.engine.assumptions import MONEY_TOLERANCE
from xlmeso.simulator.engine.bar_values import Span
from xlmeso.simulator.engine.clock import MINUTES_PER_DAY
from xlmeso.simulator.engine.expressions import BoundExpression
from xlmeso.simulator.engine.marks import HeldBlock
from xlmeso.simulator.engine.ports import Ints
from xlmeso.simulator.engine.positions import NEVER, Position
from xlmeso.simulator.engine.simulation import Simulation
from xlmeso.simulator.script.arithmetic import Flags


def has_tick(ticks: Sequence[int], bar: int) -> bool:
    """Tell whether a schedule ticks at a bar."""
    place = bisect_left(ticks, bar)
    return place < len(ticks) and ticks[place] == bar


def next_check(sim: Simulation, position: Position, after: int) -> int:
    """Return the first bar behind ``after`` at which the position needs a look.

    Where no rule can fire before the marks end, the look is due when they end.
    """
    block = position.block
    if block is None:
        return NEVER
    return min(
        _next_exit(sim, position, block, after),
        _next_adjustment(sim, position, block, after),
    )


def _ticks(ticks: Ints, tick_list: Sequence[int], block: HeldBlock, after: int) -> Ints:
    """Return the ticks behind a bar that the marks reach over."""
    low = bisect_left(tick_list, after + 1)
    return ticks[low : bisect_left(tick_list, block.stop, low)]


def _next_adjustment(sim: Simulation, position: Position, block: HeldBlock, after: int) -> int:
    plan = sim.plan.adjustment
    bars = _ticks(plan.ticks, plan.tick_list, block, after)
    if not bars.size:
        return block.stop
    conditions = [step.condition for step in plan.steps]
    met = _any_met(sim, position, block, bars, conditions)
    return bars.item(0) if met is None else _first(bars, met, block)


def _next_exit(sim: Simulation, position: Position, block: HeldBlock, after: int) -> int:
    """Search the four rules over all marks at once."""
    bars = _ticks(sim.plan.exit.ticks, sim.plan.exit.tick_list, block, after)
    if not bars.size:
        return block.stop
    met = _any_met(sim, position, block, bars, sim.plan.exit.conditions)
    if met is None:
        return bars.item(0)
    met = met.copy()
    pnl = block.totals["pnl"][bars - block.start] + _apart(position, block.start)
    if position.profit_target is not None:
        met |= pnl >= position.profit_target - MONEY_TOLERANCE
    if position.stop_loss is not None:
        met |= pnl <= MONEY_TOLERANCE - position.stop_loss
    if position.max_days is not None and position.opened_minute is not None:
        due = position.opened_minute + position.max_days * MINUTES_PER_DAY
        met |= sim.clock.minutes[bars] >= due
    return _first(bars, met, block)


def _any_met(
    sim: Simulation,
    position: Position,
    block: HeldBlock,
    bars: Ints,
    conditions: Sequence[BoundExpression],
) -> Flags | None:
    """Return where any condition holds; None when Lua has to be asked on every tick."""
    met: Flags = np.zeros(bars.size, dtype=np.bool_)
    if conditions:
        span = Span(sim.market, sim.clock, position, block, bars)
        for condition in conditions:
            found = condition.at_bars(span)
            if found is None:
                return None
            met = met | found
    return met


def _first(bars: Ints, met: Flags, block: HeldBlock) -> int:
    first = int(np.argmax(met))
    return bars.item(first) if met[first] else block.stop


def _apart(position: Position, bar: int) -> float:
    """Return the money of the position that does not move any more."""
    return position.realised + sum(leg.pnl(bar) for leg in position.loose)
