"""Which strike a selector picks (reference sections 1.3.1 and 1.3.2)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
import numpy.typing as npt

from xlmeso.simulator.engine.assumptions import NEAREST_DIGITS, RANGE_TOLERANCE
from xlmeso.simulator.engine.expressions import BoundExpression
from xlmeso.simulator.engine.legs import ChainLeg, Leg
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.plan_parts import SelectorPlan
from xlmeso.simulator.engine.ports import Chain, Floats
from xlmeso.simulator.script.arithmetic import NotArithmeticError
from xlmeso.simulator.script.sandbox import ScriptError, ScriptLimitError

DELTA_POINTS: Final = 100.0
"""The Delta selector counts in points 0..100."""

_QUOTE_FIELDS: Final = {"BidPrice": "bid", "AskPrice": "ask", "MidPrice": "mid"}


def choose_row(
    moment: Moment, leg: Leg, selector: SelectorPlan, chain: Chain, taken: Collection[float]
) -> int | None:
    """Return the row of the chosen strike in the chain, None when no candidate is left.

    Assumptions (UNKNOWN in the reference): quotes with a bid of zero are candidates; of two
    equally near strikes the lower wins; Min and Max of a Complex selector bound its Statement.

    Parameters
    ----------
    moment
        Now; its position is the one that the leg is chosen for.
    leg
        The draft leg, not yet in the position; a Complex selector moves it along the chain.
    selector, chain
        What to look for, and where.
    taken
        Strikes that the leg selection constraint forbids.

    Raises
    ------
    ScriptError
        Value, Min or Max could not be evaluated.
    """
    if selector.kind == "Complex":
        quantity = _statement_values(moment, leg, selector, chain, taken)
        # UNKNOWN what the leg's own variables are after the scan; Assumption: what they were
        # before it: without value for a new leg, those of the old contract for a moved one.
        target = selector.value.number(moment)
    else:
        quantity = selector_quantity(selector.kind, chain)
        target = _value(moment, selector, selector.value)
    allowed = _within(moment, selector, quantity) & ~np.isnan(quantity)
    if taken:
        allowed &= ~np.isin(chain.strike, list(taken))
    if not allowed.any():
        return None
    distance = np.round(np.abs(quantity - target), NEAREST_DIGITS)
    return int(np.argmin(np.where(allowed, distance, np.inf)))


def selector_quantity(kind: str, chain: Chain) -> Floats:
    """Return what a simple selector compares, per strike: points, or delta points 0..100.

    Deltas are compared without their sign (inferred in the reference: puts are given as 10).
    """
    if kind == "StrikePrice":
        return chain.strike
    if kind == "Delta":
        deltas: Floats = np.abs(chain.delta) * DELTA_POINTS
        return deltas
    values: Floats = getattr(chain, _QUOTE_FIELDS[kind])
    return values


def _value(moment: Moment, selector: SelectorPlan, expression: BoundExpression) -> float:
    value = expression.number(moment)
    return abs(value) if selector.kind == "Delta" else value


def _within(moment: Moment, selector: SelectorPlan, quantity: Floats) -> npt.NDArray[np.bool_]:
    allowed = np.ones(quantity.size, dtype=np.bool_)
    bounds = [
        None if bound is None else _value(moment, selector, bound)
        for bound in (selector.minimum, selector.maximum)
    ]
    low, high = bounds
    if low is not None and high is not None and selector.kind == "Delta":
        low, high = sorted((low, high))  # -15..-5 for a put means 5..15
    if low is not None:
        allowed &= quantity >= low - RANGE_TOLERANCE
    if high is not None:
        allowed &= quantity <= high + RANGE_TOLERANCE
    return allowed


def _statement_values(
    moment: Moment, leg: Leg, selector: SelectorPlan, chain: Chain, taken: Collection[float]
) -> Floats:
    """Evaluate a Complex selector's Statement for every contract; NaN where it is out.

    A contract whose Statement or Constraint cannot be evaluated (nil, division by zero) is
    skipped, the sensible reading of the reference.
    """
    position = moment.position
    assert position is not None  # a selector always works for a position
    with position.trying(ChainLeg.over(leg, chain.strike)):
        found = _all_at_once(moment, selector, chain.strike.size)
    if found is not None:
        return found
    values = np.full(chain.strike.size, np.nan)
    with position.trying(leg):
        for row, strike in enumerate(chain.strike.tolist()):
            if strike in taken:
                continue
            leg.row, leg.strike = row, strike
            try:
                values[row] = _statement(moment, selector)
            except ScriptLimitError:
                raise
            except ScriptError:
                continue
    return values


def _all_at_once(moment: Moment, selector: SelectorPlan, count: int) -> Floats | None:
    """Evaluate Constraints and Statement over the whole chain; None where Lua is needed."""
    if selector.statement is None:
        return None
    allowed = np.ones(count, dtype=np.bool_)
    try:
        for constraint in selector.constraints:
            allowed &= constraint.truths(constraint.along_chain(moment))
        numbers = selector.statement.numbers(selector.statement.along_chain(moment))
    except NotArithmeticError:
        return None
    return np.where(allowed & np.isfinite(numbers), numbers, np.nan)


def _statement(moment: Moment, selector: SelectorPlan) -> float:
    if selector.statement is None or not all(
        constraint.truth(moment) for constraint in selector.constraints
    ):
        return float("nan")
    return selector.statement.number(moment)
