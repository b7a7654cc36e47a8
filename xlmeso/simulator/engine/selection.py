"""Chooses expirations, contracts and quantities (steps 4 to 7 of reference 1.5).

The same steps build a new position and the legs that an adjustment adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.model.expression import constant_value
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.drafts import draft_leg, put_on, taken_strikes
from xlmeso.simulator.engine.expirations import choose_expiration, days_to, expiration_text
from xlmeso.simulator.engine.expressions import BoundExpression, first_met
from xlmeso.simulator.engine.fills import contracts, trade_field
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.plan_parts import ExpirationPlan, LegPlan
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.simulation import Simulation
from xlmeso.simulator.engine.strikes import choose_row
from xlmeso.simulator.engine.variables import LEG_FIELDS


@dataclass(frozen=True, slots=True)
class Search:
    """What is being chosen, for which position, and how the blotter says that it is off.

    ``moment.position`` must be the position.
    """

    sim: Simulation
    moment: Moment
    position: Position
    off: Kind

    def abort(self, message: str) -> bool:
        """Say that it is off and return False."""
        self.sim.blotter.write(self.off, message, self.moment)
        return False


def build_draft(sim: Simulation, moment: Moment, draft: Position) -> bool:
    """Choose everything that a new position needs; False when the entry is off.

    The blotter says why.

    Raises
    ------
    SimulationError
        An expression could not be evaluated.
    """
    search, plan = Search(sim, moment, draft, Kind.ENTRY_ABORTED), sim.plan
    return (
        all(select_expiration(search, item) for item in plan.expirations)
        and all(select_leg(search, item) for item in plan.legs)
        and _multiply(search)
        and _trades_something(search)
        and survives(search, plan.entry.abort_conditions)
    )


def select_expiration(search: Search, plan: ExpirationPlan) -> bool:
    """Choose the listed expiration that an alias stands for from now on."""
    moment, position = search.moment, search.position
    low = None if plan.minimum is None else plan.minimum.number(moment)
    high = None if plan.maximum is None else plan.maximum.number(moment)
    position.limits[plan.name] = (low, high)
    target = plan.dte.number(moment)
    chosen = choose_expiration(moment, plan, target, low, high)
    if chosen is None:
        return search.abort(messages.no_expiration(plan.name, target, low, high))
    text = expiration_text(chosen)
    if search.sim.plan.settings.abort_on_reuse:
        for other, taken in position.expirations.items():
            if other != plan.name and (taken.date, taken.root) == (chosen.date, chosen.root):
                return search.abort(messages.expiration_reused(plan.name, other, text))
    position.expirations[plan.name] = chosen
    message = messages.expiration_selected(plan.name, text, days_to(moment, chosen), target)
    search.sim.blotter.write(Kind.EXPIRATION_SELECTED, message, moment)
    return True


def select_leg(search: Search, plan: LegPlan) -> bool:
    """Choose contract and quantity of a leg and add it to the position as a draft."""
    sim, moment, position = search.sim, search.moment, search.position
    expiration = position.expirations[plan.expiration_name]
    chain = sim.market.chain(moment.bar, expiration, plan.option_type)
    leg = draft_leg(
        sim, moment, plan.name, plan.expiration_name, expiration, plan.option_type, chain
    )
    qty: float | None = None
    if plan.selector.kind == "Complex":
        qty = _size_tentatively(sim, moment, plan, leg)
    taken = (
        set[float]()
        if is_marker(plan.qty)
        else taken_strikes(sim, position, expiration, plan.option_type)
    )
    row = choose_row(moment, leg, plan.selector, chain, taken)
    if row is None:
        value = plan.selector.value.text
        message = messages.strike_not_found(
            plan.name, plan.expiration_name, plan.selector.kind, value
        )
        sim.blotter.write(Kind.STRIKE_NOT_FOUND, message, moment)
        return False
    put_on(sim, leg, chain, row)
    if qty is None:
        qty = _quantity(sim, moment, position, leg, plan)
    leg.size(qty, sim.market.multiplier, trade_field(sim.plan.settings, qty))
    position.legs[leg.name] = leg
    position.loose.append(leg)
    message = messages.leg_selected(plan.name, plan.expiration_name, leg.contract, qty)
    sim.blotter.write(Kind.LEG_SELECTED, message, moment)
    return True


def survives(search: Search, conditions: Sequence[BoundExpression]) -> bool:
    """Test abort conditions once all legs are chosen."""
    met = first_met(conditions, search.moment)
    return True if met is None else search.abort(messages.aborted(met.text))


def is_marker(qty: BoundExpression) -> bool:
    """Tell whether a quantity is written as 0, so that its leg is a marker from the start."""
    return constant_value(qty.text) == 0


def _quantity(
    sim: Simulation, moment: Moment, position: Position, leg: Leg, plan: LegPlan
) -> float:
    """Evaluate Qty: it sees its own leg as one contract at mid (Assumption).

    The sums (pos_delta, acc_delta, ...) are of the earlier legs only (reference section 1.10).
    """
    leg.size(1.0, sim.market.multiplier, "mid")
    with position.trying(leg):
        position.loose.remove(leg)
        try:
            return contracts(plan.qty.number(moment), plan.qty, sim.market)
        finally:
            position.loose.append(leg)


def _size_tentatively(sim: Simulation, moment: Moment, plan: LegPlan, leg: Leg) -> float | None:
    """Give a leg that a Complex selector tries its quantity, and return it.

    Assumption: one contract where Qty itself looks at the leg; None is returned then, as the
    quantity can be known only when the contract is.
    """
    own = {f"leg_{plan.name}", *(f"leg_{plan.name}_{field}" for field in LEG_FIELDS)}
    known = own.isdisjoint(plan.qty.names)
    qty = contracts(plan.qty.number(moment), plan.qty, sim.market) if known else 1.0
    leg.size(qty, sim.market.multiplier, trade_field(sim.plan.settings, qty))
    return qty if known else None


def _multiply(search: Search) -> bool:
    multiplier = search.sim.plan.entry.qty_multiplier
    if multiplier is None or multiplier.constant == 1:
        return True
    sim, factor = search.sim, multiplier.number(search.moment)
    for leg in search.position.legs.values():
        qty = contracts(leg.qty * factor, multiplier, sim.market)
        leg.size(qty, sim.market.multiplier, trade_field(sim.plan.settings, qty))
    return True


def _trades_something(search: Search) -> bool:
    """Call an entry off whose quantities all came out as 0.

    Assumption: a single leg that comes out as 0 is a marker, like one that is written as 0; but
    when nothing would be traded although a quantity was asked for, there is no entry.
    """
    legs = search.position.legs
    if any(not leg.is_marker for leg in legs.values()):
        return True
    meant = [plan.name for plan in search.sim.plan.legs if not is_marker(plan.qty)]
    return search.abort(messages.zero_quantity(meant[0])) if meant else True
