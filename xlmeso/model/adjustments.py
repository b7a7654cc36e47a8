"""Section Adjustment as a typed view over the document (reference section 1.6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from xlmeso.model.document import JsonPath
from xlmeso.model.strategy import (
    Expiration,
    Expression,
    Leg,
    Schedule,
    StrategyDefinition,
    StrikeSelector,
    number,
)


@dataclass(frozen=True, slots=True)
class MoveLeg:
    """Close a leg and open it again; ``expiration_name`` is None where it keeps its own."""

    leg_name: str
    selector: StrikeSelector
    expiration_name: str | None
    expirations: tuple[Expiration, ...]
    var_defines: Mapping[str, Expression]
    path: JsonPath


@dataclass(frozen=True, slots=True)
class RemoveLegs:
    """Close legs for good."""

    leg_names: tuple[str, ...]
    var_defines: Mapping[str, Expression]
    path: JsonPath


@dataclass(frozen=True, slots=True)
class AddLegs:
    """Open further legs, unless one of the abort conditions holds."""

    legs: tuple[Leg, ...]
    expirations: tuple[Expiration, ...]
    abort_conditions: tuple[Expression, ...]
    var_defines: Mapping[str, Expression]
    path: JsonPath


@dataclass(frozen=True, slots=True)
class ConditionalAdjustment:
    """One condition with its actions; None where the action is absent.

    ``update_vars`` is what an UpdateVarsAdjustment defines.
    """

    condition: Expression
    remove: RemoveLegs | None
    move: MoveLeg | None
    add: AddLegs | None
    update_vars: Mapping[str, Expression] | None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Section Adjustment; the conditions are in the order in which they are tested.

    ``max_count`` is the number of adjustments after which the next one closes the position.
    """

    schedule: Schedule
    conditional: tuple[ConditionalAdjustment, ...]
    max_count: Decimal | None


def adjustment_of(definition: StrategyDefinition) -> Adjustment | None:
    """Return section Adjustment, None where it adjusts nothing.

    Conditions are tested in alphabetical order of their text; Assumption: by character code, so
    that upper case goes before lower case.
    """
    keys = sorted(definition.conditional_adjustments)
    if not keys:
        return None
    return Adjustment(
        schedule=definition.schedule_at(("Adjustment", "Schedule")),
        conditional=tuple(_conditional(definition, key) for key in keys),
        max_count=number(definition.get("Adjustment", "MaxAdjustmentCount")),
    )


def _conditional(definition: StrategyDefinition, key: str) -> ConditionalAdjustment:
    path: JsonPath = ("Adjustment", "ConditionalAdjustments", key)

    def has(action: str) -> bool:
        return isinstance(definition.get(*path, action), dict)

    move, remove = (*path, "MoveLegAdjustment"), (*path, "RemoveLegsAdjustment")
    add, update = (*path, "AddLegsAdjustment"), (*path, "UpdateVarsAdjustment")
    return ConditionalAdjustment(
        condition=Expression(key, path),
        remove=_remove(definition, remove) if has("RemoveLegsAdjustment") else None,
        move=_move(definition, move) if has("MoveLegAdjustment") else None,
        add=_add(definition, add) if has("AddLegsAdjustment") else None,
        update_vars=definition.var_defines_at((*update, "VarDefines"))
        if has("UpdateVarsAdjustment")
        else None,
    )


def _remove(definition: StrategyDefinition, path: JsonPath) -> RemoveLegs:
    names = definition.get(*path, "LegNames")
    return RemoveLegs(
        leg_names=tuple(
            name for name in (names if isinstance(names, list) else []) if isinstance(name, str)
        ),
        var_defines=definition.var_defines_at((*path, "VarDefines")),
        path=path,
    )


def _move(definition: StrategyDefinition, path: JsonPath) -> MoveLeg:
    leg, expiration = definition.get(*path, "LegName"), definition.get(*path, "ExpirationName")
    return MoveLeg(
        leg_name=leg if isinstance(leg, str) else "",
        selector=definition.selector_at((*path, "StrikeSelector")),
        expiration_name=expiration if isinstance(expiration, str) else None,
        expirations=definition.expirations_at((*path, "Expirations")),
        var_defines=definition.var_defines_at((*path, "VarDefines")),
        path=path,
    )


def _add(definition: StrategyDefinition, path: JsonPath) -> AddLegs:
    return AddLegs(
        legs=definition.legs_at((*path, "Legs")),
        expirations=definition.expirations_at((*path, "Expirations")),
        abort_conditions=definition.expressions_at((*path, "AbortConditions")),
        var_defines=definition.var_defines_at((*path, "VarDefines")),
        path=path,
    )
