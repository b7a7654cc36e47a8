"""The loop: from one bar that matters to the next, and what happens at each."""

from __future__ import annotations

from bisect import bisect_left

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.adjustments import adjust
from xlmeso.simulator.engine.entries import may_enter, try_entry
from xlmeso.simulator.engine.exits import close_position, exit_signal
from xlmeso.simulator.engine.gaps import follow_gaps
from xlmeso.simulator.engine.lookout import has_tick, next_check
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.settlement import freeze, settle
from xlmeso.simulator.engine.simulation import Simulation
from xlmeso.simulator.engine.watch import Watch


def drive(sim: Simulation, watch: Watch) -> None:
    """Simulate the whole period.

    Only bars are visited at which an entry, an exit or an adjustment is due, marks end, a leg
    settles, or a day with open positions ends.  Order within a bar (UNKNOWN in the reference;
    Assumption): morning settlement, exits, adjustments, entry, afternoon settlement, end of day.
    A position is not tested for exit or adjustment on the bar of its entry.  Positions that are
    open at the end stay open and keep their marks.

    Raises
    ------
    SimulationError
        The strategy cannot be simulated; ``where`` is the path of the field at fault.
    RunStoppedError
        The run is to stop.
    """
    agenda = _Agenda(sim)
    bar = sim.clock.first - 1
    while (bar := agenda.next_bar(bar)) < sim.clock.stop:
        watch.look(bar - sim.clock.first, sim.clock.stop - sim.clock.first)
        sim.bar = bar
        _visit(sim, bar, is_entry_tick=agenda.is_entry_tick(bar))
        if sim.clock.quoted is not None and bar == sim.clock.last_bar.item(sim.clock.session[bar]):
            follow_gaps(sim, sim.moment(bar), is_empty=agenda.is_gap(bar))


class _Agenda:
    """Knows which bar is next."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._entries = sim.plan.entry.ticks.tolist()
        self._last_bars = sim.clock.last_bar.tolist()
        self._gaps = sim.clock.gap_bars()

    def is_entry_tick(self, bar: int) -> bool:
        """Return whether the entry schedule ticks at a bar."""
        place = bisect_left(self._entries, bar)
        return place < len(self._entries) and self._entries[place] == bar

    def is_gap(self, bar: int) -> bool:
        """Return whether a bar ends a session without quotes."""
        return has_tick(self._gaps, bar)

    def next_bar(self, after: int) -> int:
        """Return the next bar that matters behind ``after``, the run's end when there is none."""
        sim = self._sim
        if after + 1 >= sim.clock.stop:
            return sim.clock.stop
        entry = bisect_left(self._entries, after + 1)
        best = self._entries[entry] if entry < len(self._entries) else sim.clock.stop
        gap = bisect_left(self._gaps, after + 1)
        best = min(best, self._gaps[gap]) if gap < len(self._gaps) else best
        positions = sim.account.positions
        if positions:
            day_end = self._last_bars[bisect_left(self._last_bars, after + 1)]
            best = min(best, day_end)
            for position in positions:
                best = min(best, max(position.next_check, after + 1), position.settles_at)
        return min(best, sim.clock.stop)


def _visit(sim: Simulation, bar: int, *, is_entry_tick: bool) -> None:
    moment = sim.moment(bar)
    _settle(sim, moment, in_the_morning=True)
    for position in sim.account.positions:
        sim.cover(position, bar)
    _decide(sim, moment)
    if is_entry_tick and may_enter(sim, moment):
        moment.position = None
        entered = try_entry(sim, moment)
        if entered is not None:
            entered.settles_at = entered.settlement_bar()
            entered.next_check = next_check(sim, entered, bar)
    _settle(sim, moment, in_the_morning=False)
    if bar == sim.clock.last_bar.item(moment.session):
        _end_of_day(sim, moment)


def _settle(sim: Simulation, moment: Moment, *, in_the_morning: bool) -> None:
    """Settle the legs whose hour has come.

    AM-settled legs have no quotes at their settlement bar, so they go before everything else;
    PM-settled ones still trade at theirs, so they go last.
    """
    bar = moment.bar
    due = [
        (position, legs)
        for position in sim.account.positions
        if position.settles_at <= bar
        and (legs := freeze(sim, position, bar, only_unquoted=in_the_morning))
    ]
    if not due:
        return
    for position in sim.account.positions:
        sim.cover(position, bar)
    for position, legs in due:
        moment.position = position
        settle(sim, moment, position, legs)
        position.settles_at = position.settlement_bar()
        # In the morning the exits of this very bar are still to come.
        position.next_check = bar if in_the_morning else next_check(sim, position, bar)


def _decide(sim: Simulation, moment: Moment) -> None:
    """Close, or else adjust, every position whose hour has come."""
    may_exit = has_tick(sim.plan.exit.tick_list, moment.bar)
    may_adjust = has_tick(sim.plan.adjustment.tick_list, moment.bar)
    for position in list(sim.account.positions):
        if moment.bar < position.next_check:
            continue
        moment.position = position
        signal = exit_signal(sim, moment, position) if may_exit else None
        if signal is not None:
            close_position(sim, moment, position, signal)
            continue
        if may_adjust:
            adjust(sim, moment, position)
        if not position.is_over():
            position.next_check = next_check(sim, position, moment.bar)


def _end_of_day(sim: Simulation, moment: Moment) -> None:
    """Write the day's EndOfDay event of each position; the entry day has its DIT=0 already."""
    for position in sim.account.positions:
        days = (moment.date - position.opened_date(sim.clock)).days
        if days:
            moment.position = position
            sim.blotter.write(Kind.END_OF_DAY, messages.days_in_trade(days), moment)
