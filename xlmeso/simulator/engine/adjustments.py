"""Adjusting an open position: remove, move, add, update variables (reference section 1.6).

Assumptions where the reference is silent: the conditions are tested one after another, each after
the actions of those before it; an action that cannot be carried out calls off the rest of its
condition, and what was done before it stays; a condition that only updates variables does not
count as an adjustment.
"""

from __future__ import annotations

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.adjustment_plan import (
    AddPlan,
    AdjustmentStep,
    MovePlan,
    RemovePlan,
)
from xlmeso.simulator.engine.drafts import draft_leg, put_on, taken_strikes
from xlmeso.simulator.engine.exits import ExitSignal, close_position
from xlmeso.simulator.engine.fills import trade_field
from xlmeso.simulator.engine.ledger import ExitReason
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.ports import ListedExpiration
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.selection import Search, select_expiration, select_leg, survives
from xlmeso.simulator.engine.simulation import Simulation
from xlmeso.simulator.engine.strikes import choose_row
from xlmeso.simulator.engine.trades import close_leg, open_legs, trade_fees


def adjust(sim: Simulation, moment: Moment, position: Position) -> None:
    """Test the conditions of the adjustments at a tick and carry out what they ask for.

    The moment's position must be this one; it may be gone afterwards.

    Raises
    ------
    SimulationError
        An expression could not be evaluated.
    """
    for step in sim.plan.adjustment.steps:
        if position.is_over():
            return
        if step.condition.truth(moment):
            _take(sim, moment, position, step)
    if not position.is_over():
        sim.cover(position, moment.bar)
        position.settles_at = position.settlement_bar()


def _take(sim: Simulation, moment: Moment, position: Position, step: AdjustmentStep) -> None:
    signal = messages.adjustment_signal(step.condition.text, position.adjustments)
    sim.blotter.write(Kind.ADJUSTMENT_SIGNAL, signal, moment)
    limit = sim.plan.adjustment.max_count
    if step.trades and limit is not None and position.adjustments >= limit:
        detail = f"{position.adjustments} adjustments are the most"
        close_position(sim, moment, position, ExitSignal(ExitReason.MAX_ADJUSTMENTS, detail))
        return
    work = _Adjustment(sim, moment, position)
    going = step.remove is None or work.remove(step.remove)
    if going and step.move is not None:
        going = work.move(step.move)
    if going and step.add is not None:
        going = work.add(step.add)
    if going:
        sim.define(moment, position, step.update_vars)
    if work.has_changed:
        position.adjustments += 1
        sim.account.tally.adjustments += 1


class _Adjustment:
    """The actions of one condition; each tells whether the next one may follow."""

    def __init__(self, sim: Simulation, moment: Moment, position: Position) -> None:
        self._sim, self._moment, self._position = sim, moment, position
        self._search = Search(sim, moment, position, Kind.ADJUSTMENT_ABORTED)
        self.has_changed = False

    def remove(self, plan: RemovePlan) -> bool:
        """Close legs; the position ends with its last one."""
        held = {leg.name: leg for leg in self._position.held_legs()}
        legs = [held[name] for name in dict.fromkeys(plan.leg_names) if name in held]
        if not legs:
            return self._search.abort(messages.no_open_leg(plan.leg_names))
        legs.sort(key=lambda leg: not leg.is_marker)  # the position ends with its last trade
        self._loosen()
        fees = trade_fees(self._sim, self._moment, legs, opening=False)
        for leg in legs:
            self._detail(messages.leg_removed(leg.name, leg.contract, leg.qty))
            close_leg(
                self._sim,
                self._moment,
                self._position,
                leg,
                ExitReason.ADJUSTMENT,
                fees[leg.name],
            )
        self.has_changed = True
        if self._position.is_over():
            return False
        self._sim.define(self._moment, self._position, plan.var_defines)
        return True

    def move(self, plan: MovePlan) -> bool:
        """Close a leg and open it again under the same name and with the same quantity."""
        old = self._position.legs.get(plan.leg_name)
        if old is None or old.is_closed:
            return self._search.abort(messages.no_open_leg((plan.leg_name,)))
        before = dict(self._position.expirations)
        new = self._destination(plan, old)
        self._position.limits.clear()
        if new is None:
            self._position.expirations = before
            return False
        if new.contract == old.contract:
            # Assumption: a move that finds the contract it comes from trades nothing.
            self._detail(messages.leg_stays(old.name, old.contract))
        else:
            self._replace(old, new)
        self._sim.define(self._moment, self._position, plan.var_defines)
        return True

    def add(self, plan: AddPlan) -> bool:
        """Open further legs, unless an abort condition holds once they are chosen."""
        position, moment = self._position, self._moment
        legs, expirations = dict(position.legs), dict(position.expirations)
        if not self._choose(plan):
            position.loose = [leg for leg in position.loose if leg.is_filled]
            position.legs, position.expirations = legs, expirations
            position.limits.clear()
            return False
        self._loosen()
        added = [position.legs[leg.name] for leg in plan.legs]
        for leg in added:
            self._detail(messages.leg_added(leg.name, leg.contract, leg.qty))
        open_legs(self._sim, moment, position, added)
        self.has_changed = True
        self._sim.define(moment, position, plan.var_defines)
        return True

    def _choose(self, plan: AddPlan) -> bool:
        """Choose expirations and legs in list order (Assumption: QtyMultiplier is for entries)."""
        search, held = self._search, {leg.name for leg in self._position.held_legs()}
        if not all(select_expiration(search, one) for one in plan.expirations):
            return False
        for leg in plan.legs:
            if leg.name in held:
                return search.abort(messages.leg_is_open(leg.name))
            if self._expiration(leg.expiration_name) is None:
                return False
            if not select_leg(search, leg):
                return search.abort(messages.no_contract(leg.name))
        return survives(search, plan.abort_conditions)

    def _destination(self, plan: MovePlan, old: Leg) -> Leg | None:
        """Return the draft leg that a move ends in, None when there is none."""
        sim, moment, position = self._sim, self._moment, self._position
        if not all(select_expiration(self._search, one) for one in plan.expirations):
            return None
        expiration = self._target_expiration(plan, old)
        if expiration is None:
            return None
        option_type = old.option_type
        alias = plan.expiration_name or old.alias
        chain = sim.market.chain(moment.bar, expiration, option_type)
        new = draft_leg(sim, moment, old.name, alias, expiration, option_type, chain)
        new.size(old.qty, sim.market.multiplier, trade_field(sim.plan.settings, old.qty))
        if plan.selector.kind == "Complex":
            self._loosen()  # the old leg has to leave the sums while contracts are tried
        taken = (
            set[float]()
            if old.is_marker
            else taken_strikes(sim, position, expiration, option_type, besides=old)
        )
        row = choose_row(moment, new, plan.selector, chain, taken)
        if row is None:
            value = plan.selector.value.text
            text = messages.strike_not_found(old.name, alias, plan.selector.kind, value)
            sim.blotter.write(Kind.STRIKE_NOT_FOUND, text, moment)
            self._search.abort(messages.no_contract(old.name))
            return None
        put_on(sim, new, chain, row)
        text = messages.leg_selected(old.name, alias, new.contract, new.qty)
        sim.blotter.write(Kind.LEG_SELECTED, text, moment)
        return new

    def _target_expiration(self, plan: MovePlan, old: Leg) -> ListedExpiration | None:
        """Return where a moved leg goes: to the alias named, else it keeps its expiration.

        Assumption: an alias that the action itself looks for means what it has just found, every
        other one what it stood for before.
        """
        sought = {one.name for one in plan.expirations}
        if plan.expiration_name is not None or old.alias in sought:
            return self._expiration(plan.expiration_name or old.alias)
        return self._tradable(old.alias, old.expiration)

    def _expiration(self, alias: str) -> ListedExpiration | None:
        chosen = self._position.expirations.get(alias)
        if chosen is None:
            self._search.abort(messages.no_expiration_yet(alias))
            return None
        return self._tradable(alias, chosen)

    def _tradable(self, alias: str, expiration: ListedExpiration) -> ListedExpiration | None:
        if self._sim.market.last_trading_bar(expiration) < self._moment.bar:
            self._search.abort(messages.expiration_is_over(alias))
            return None
        return expiration

    def _replace(self, old: Leg, new: Leg) -> None:
        sim, moment, position = self._sim, self._moment, self._position
        self._loosen()
        self._detail(messages.leg_moved(old.name, old.contract, new.contract))
        fee = trade_fees(sim, moment, [old], opening=False)[old.name]
        close_leg(sim, moment, position, old, None, fee)
        position.legs[new.name] = new
        position.loose.append(new)
        open_legs(sim, moment, position, [new])
        self.has_changed = True

    def _loosen(self) -> None:
        """Book the marks so far, so that legs may change."""
        self._position.flush(self._sim.account.series, self._moment.bar)

    def _detail(self, message: str) -> None:
        self._sim.blotter.write(Kind.ADJUSTMENT_DETAIL, message, self._moment)
