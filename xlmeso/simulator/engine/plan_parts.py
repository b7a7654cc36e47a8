"""The parts of a plan that entry and adjustment share: expirations, legs, strike selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from xlmeso.errors import SimulationError
from xlmeso.model.contracts import OptionType
from xlmeso.model.document import JsonPath, path_text
from xlmeso.model.strategy import Expiration, Leg, StrikeSelector
from xlmeso.simulator.engine.expressions import Binder, BoundExpression

Defines = tuple[tuple[str, BoundExpression], ...]


@dataclass(frozen=True, slots=True)
class ExpirationPlan:
    """How an alias finds its expiration; DTE, Min and Max are calendar days."""

    name: str
    dte: BoundExpression
    minimum: BoundExpression | None
    maximum: BoundExpression | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelectorPlan:
    """How a leg finds its strike; ``value`` is Complex's Target for kind Complex."""

    kind: str
    value: BoundExpression
    minimum: BoundExpression | None
    maximum: BoundExpression | None
    statement: BoundExpression | None
    constraints: tuple[BoundExpression, ...]


@dataclass(frozen=True, slots=True)
class LegPlan:
    """One leg of the structure."""

    name: str
    qty: BoundExpression
    option_type: OptionType
    expiration_name: str
    selector: SelectorPlan


def expiration_plan(item: Expiration, binder: Binder) -> ExpirationPlan:
    """Bind an expiration."""
    return ExpirationPlan(
        name=item.name,
        dte=binder.needed(item.dte, (*item.path, "DTE")),
        minimum=binder.one(item.min),
        maximum=binder.one(item.max),
        include=item.roots_include,
        exclude=item.roots_exclude,
    )


def leg_plan(leg: Leg, binder: Binder) -> LegPlan:
    """Bind a leg; raises like `refuse`."""
    if leg.option_type not in (OptionType.PUT, OptionType.CALL):
        refuse((*leg.path, "OptionType"), f"{leg.option_type!r} is neither Put nor Call")
    return LegPlan(
        name=leg.name,
        qty=binder.needed(leg.qty, (*leg.path, "Qty")),
        option_type=OptionType(leg.option_type),
        expiration_name=leg.expiration_name or "",
        selector=selector_plan(leg.strike_selector, binder),
    )


def selector_plan(selector: StrikeSelector, binder: Binder) -> SelectorPlan:
    """Bind a strike selector; raises like `refuse`."""
    if selector.kind is None:
        refuse(selector.path, "exactly one strike selector must be set")
    inner = selector.complex
    path = (*selector.path, selector.kind)
    value = selector.value if inner is None else inner.target
    return SelectorPlan(
        kind=selector.kind,
        value=binder.needed(value, path if inner is None else (*path, "Target")),
        minimum=binder.one(selector.min),
        maximum=binder.one(selector.max),
        statement=None if inner is None else binder.needed(inner.statement, (*path, "Statement")),
        constraints=() if inner is None else binder.several(inner.constraints),
    )


def refuse(path: JsonPath, message: str) -> NoReturn:
    """Raise what is wrong at a place.

    Raises
    ------
    SimulationError
        Always.
    """
    raise SimulationError(message, where=path_text(path))
