"""When a held position needs a look next: searched over a whole block of marks at once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from xlmeso.simulator.engine.assumptions import MONEY_TOLERANCE
from xlmeso.simulator.engine.clock import MINUTES_PER_DAY
from xlmeso.simulator.engine.marks import HeldBlock
from xlmeso.simulator.engine.positions import NEVER, Position
from xlmeso.simulator.engine.simulation import Simulation


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
        _next_tick(sim.plan.adjustment.tick_list, block, after),
    )


def _next_tick(ticks: Sequence[int], block: HeldBlock, after: int) -> int:
    low = bisect_left(ticks, after + 1)
    return min(ticks[low], block.stop) if low < len(ticks) else block.stop


def _next_exit(sim: Simulation, position: Position, block: HeldBlock, after: int) -> int:
    """Search target, stop and days over all marks; script conditions need a look on every tick."""
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


def _apart(position: Position, bar: int) -> float:
    """Return the money of the position that does not move any more."""
    return position.realised + sum(leg.pnl(bar) for leg in position.loose)
