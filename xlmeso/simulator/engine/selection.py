"""Builds a draft position: expirations, legs, quantities (steps 4 to 7 of reference 1.5)."""

from __future__ import annotations

from decimal import Decimal

from xlmeso.model.contracts import OptionContract
from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.clock import minute_of
from xlmeso.simulator.engine.expirations import choose_expiration, days_to, expiration_text
from xlmeso.simulator.engine.expressions import first_met
from xlmeso.simulator.engine.fills import trade_field, whole
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.marks import QuoteBlock
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.plan import ExpirationPlan, LegPlan
from xlmeso.simulator.engine.ports import ListedExpiration
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.simulation import Simulation
from xlmeso.simulator.engine.strikes import choose_row
from xlmeso.simulator.engine.variables import LEG_FIELDS


def build_draft(sim: Simulation, moment: Moment, draft: Position) -> bool:
    """Choose everything that a position needs; False when the entry is off.

    The blotter says why.  The moment's position must be the draft.

    Raises
    ------
    SimulationError
        An expression could not be evaluated.
    """
    return (
        all(_select_expiration(sim, moment, draft, plan) for plan in sim.plan.expirations)
        and all(_select_leg(sim, moment, draft, plan) for plan in sim.plan.legs)
        and _multiply(sim, moment, draft)
        and _survives(sim, moment)
    )


def _abort(sim: Simulation, moment: Moment, message: str) -> bool:
    sim.blotter.write(Kind.ENTRY_ABORTED, message, moment)
    return False


def _select_expiration(
    sim: Simulation, moment: Moment, draft: Position, plan: ExpirationPlan
) -> bool:
    low = None if plan.minimum is None else plan.minimum.number(moment)
    high = None if plan.maximum is None else plan.maximum.number(moment)
    draft.limits[plan.name] = (low, high)
    target = plan.dte.number(moment)
    chosen = choose_expiration(moment, plan, target, low, high)
    if chosen is None:
        return _abort(sim, moment, messages.no_expiration(plan.name, target, low, high))
    text = expiration_text(chosen)
    if sim.plan.settings.abort_on_reuse:
        for other, taken in draft.expirations.items():
            if (taken.date, taken.root) == (chosen.date, chosen.root):
                return _abort(sim, moment, messages.expiration_reused(plan.name, other, text))
    draft.expirations[plan.name] = chosen
    message = messages.expiration_selected(plan.name, text, days_to(moment, chosen), target)
    sim.blotter.write(Kind.EXPIRATION_SELECTED, message, moment)
    return True


def _select_leg(sim: Simulation, moment: Moment, draft: Position, plan: LegPlan) -> bool:
    expiration = draft.expirations[plan.expiration_name]
    chain = sim.market.chain(moment.bar, expiration, plan.option_type)
    leg = _draft_leg(sim, moment, plan, expiration, QuoteBlock(chain, moment.bar))
    is_complex = plan.selector.kind == "Complex"
    qty: float | None = None
    if is_complex:
        qty = _size_tentatively(sim, moment, plan, leg)
        _add(draft, leg)
    taken = _taken_strikes(sim, draft, leg, plan)
    row = choose_row(moment, leg, plan.selector, chain, taken)
    if row is None:
        if is_complex:
            _drop(draft, leg)
        value = plan.selector.value.text
        message = messages.strike_not_found(
            plan.name, plan.expiration_name, plan.selector.kind, value
        )
        sim.blotter.write(Kind.STRIKE_NOT_FOUND, message, moment)
        return False
    leg.row, leg.strike = row, chain.strike.item(row)
    leg.contract = _contract(sim, leg, plan)
    if not is_complex:
        _add(draft, leg)
    if qty is None:
        qty = _quantity(sim, moment, draft, leg, plan)
    return _set_quantity(sim, moment, leg, plan, qty)


def _quantity(sim: Simulation, moment: Moment, draft: Position, leg: Leg, plan: LegPlan) -> float:
    """Evaluate Qty: it sees its own leg as one contract at mid (Assumption).

    The sums (pos_delta, acc_delta, ...) are of the earlier legs only (reference section 1.10).
    """
    leg.size(1.0, sim.market.multiplier, "mid")
    draft.loose.remove(leg)
    try:
        return whole(plan.qty.number(moment), plan.qty)
    finally:
        draft.loose.append(leg)


def _set_quantity(sim: Simulation, moment: Moment, leg: Leg, plan: LegPlan, qty: float) -> bool:
    if qty == 0:
        # Assumption: until marker legs are simulated, a quantity that comes out as 0 cancels.
        return _abort(sim, moment, messages.zero_quantity(plan.name))
    leg.size(qty, sim.market.multiplier, trade_field(sim.plan.settings, qty))
    message = messages.leg_selected(plan.name, plan.expiration_name, leg.contract, qty)
    sim.blotter.write(Kind.LEG_SELECTED, message, moment)
    return True


def _size_tentatively(sim: Simulation, moment: Moment, plan: LegPlan, leg: Leg) -> float | None:
    """Give a leg that a Complex selector tries its quantity, and return it.

    Assumption: one contract where Qty itself looks at the leg; None is returned then, as the
    quantity can be known only when the contract is.
    """
    own = {f"leg_{plan.name}_{field}" for field in LEG_FIELDS}
    known = own.isdisjoint(plan.qty.names)
    qty = whole(plan.qty.number(moment), plan.qty) if known else 1.0
    leg.size(qty, sim.market.multiplier, trade_field(sim.plan.settings, qty))
    return qty if known else None


def _draft_leg(
    sim: Simulation,
    moment: Moment,
    plan: LegPlan,
    expiration: ListedExpiration,
    block: QuoteBlock,
) -> Leg:
    leg = Leg(plan.name, expiration, block, minute_of(sim.market.settlement_time(expiration)))
    leg.option_type = plan.option_type
    leg.settlement_bar = sim.market.settlement_bar(expiration)
    leg.last_bar = sim.market.last_trading_bar(expiration)
    return leg


def _contract(sim: Simulation, leg: Leg, plan: LegPlan) -> OptionContract:
    strike = Decimal(int(leg.strike)) if leg.strike.is_integer() else Decimal(repr(leg.strike))
    return OptionContract(
        underlying=sim.market.symbol,
        root=leg.expiration.root,
        expiration=leg.expiration.date,
        strike=strike,
        type=plan.option_type,
        multiplier=sim.market.multiplier,
    )


def _taken_strikes(sim: Simulation, draft: Position, leg: Leg, plan: LegPlan) -> set[float]:
    """Return the strikes of this expiration and type that the constraint forbids (1.9)."""
    constraint = sim.plan.settings.leg_constraint
    if constraint == "None":
        return set()
    held = [other for other in draft.legs.values() if other is not leg]
    if constraint == "FullyUnique":
        held += [other for position in sim.account.positions for other in position.open_legs()]
    key = (leg.expiration.root, leg.expiration.date, plan.option_type)
    return {
        other.strike
        for other in held
        if (other.expiration.root, other.expiration.date, other.contract.type) == key
    }


def _multiply(sim: Simulation, moment: Moment, draft: Position) -> bool:
    multiplier = sim.plan.entry.qty_multiplier
    if multiplier is None or multiplier.constant == 1:
        return True
    factor = multiplier.number(moment)
    for leg in draft.legs.values():
        qty = whole(leg.qty * factor, multiplier)
        if qty == 0:
            return _abort(sim, moment, messages.zero_quantity(leg.name))
        leg.size(qty, sim.market.multiplier, trade_field(sim.plan.settings, qty))
    return True


def _survives(sim: Simulation, moment: Moment) -> bool:
    met = first_met(sim.plan.entry.abort_conditions, moment)
    return True if met is None else _abort(sim, moment, messages.aborted(met.text))


def _add(draft: Position, leg: Leg) -> None:
    draft.legs[leg.name] = leg
    draft.loose.append(leg)


def _drop(draft: Position, leg: Leg) -> None:
    del draft.legs[leg.name]
    draft.loose.remove(leg)
