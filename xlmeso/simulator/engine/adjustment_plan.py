"""Section Adjustment made ready to run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xlmeso.model.adjustments import (
    AddLegs,
    ConditionalAdjustment,
    MoveLeg,
    RemoveLegs,
    adjustment_of,
)
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.engine.clock import BarClock
from xlmeso.simulator.engine.expressions import Binder, BoundExpression
from xlmeso.simulator.engine.plan_parts import (
    Defines,
    ExpirationPlan,
    LegPlan,
    SelectorPlan,
    expiration_plan,
    leg_plan,
    selector_plan,
)
from xlmeso.simulator.engine.ports import Ints
from xlmeso.simulator.engine.schedules import scheduled_bars


@dataclass(frozen=True, slots=True)
class MovePlan:
    """Which leg goes where; ``expiration_name`` is None where it keeps its expiration."""

    leg_name: str
    selector: SelectorPlan
    expiration_name: str | None
    expirations: tuple[ExpirationPlan, ...]
    var_defines: Defines


@dataclass(frozen=True, slots=True)
class RemovePlan:
    """Which legs are closed."""

    leg_names: tuple[str, ...]
    var_defines: Defines


@dataclass(frozen=True, slots=True)
class AddPlan:
    """Which legs are opened."""

    legs: tuple[LegPlan, ...]
    expirations: tuple[ExpirationPlan, ...]
    abort_conditions: tuple[BoundExpression, ...]
    var_defines: Defines


@dataclass(frozen=True, slots=True)
class AdjustmentStep:
    """One condition and what is done when it holds, in this order."""

    condition: BoundExpression
    remove: RemovePlan | None
    move: MovePlan | None
    add: AddPlan | None
    update_vars: Defines

    @property
    def trades(self) -> bool:
        """Whether it changes legs; one that only updates variables does not."""
        return not (self.remove is None and self.move is None and self.add is None)


@dataclass(frozen=True, slots=True)
class AdjustmentPlan:
    """Section Adjustment; ``ticks`` are flat bars, no steps means no adjustments at all."""

    ticks: Ints
    tick_list: list[int]
    steps: tuple[AdjustmentStep, ...]
    max_count: float | None


def adjustment_plan(
    definition: StrategyDefinition, clock: BarClock, binder: Binder
) -> AdjustmentPlan:
    """Bind section Adjustment.

    Raises
    ------
    SimulationError
        Something that is needed is missing or cannot be compiled.
    """
    section = adjustment_of(definition)
    if section is None:
        return AdjustmentPlan(np.empty(0, dtype=np.int64), [], (), None)
    ticks = scheduled_bars(section.schedule, clock)
    return AdjustmentPlan(
        ticks=ticks,
        tick_list=ticks.tolist(),
        steps=tuple(_step(item, binder) for item in section.conditional),
        max_count=None if section.max_count is None else float(section.max_count),
    )


def _step(item: ConditionalAdjustment, binder: Binder) -> AdjustmentStep:
    return AdjustmentStep(
        condition=binder.needed(item.condition, item.condition.path),
        remove=None if item.remove is None else _remove(item.remove, binder),
        move=None if item.move is None else _move(item.move, binder),
        add=None if item.add is None else _add(item.add, binder),
        update_vars=() if item.update_vars is None else binder.defines(item.update_vars),
    )


def _remove(item: RemoveLegs, binder: Binder) -> RemovePlan:
    return RemovePlan(item.leg_names, binder.defines(item.var_defines))


def _move(item: MoveLeg, binder: Binder) -> MovePlan:
    return MovePlan(
        leg_name=item.leg_name,
        selector=selector_plan(item.selector, binder),
        expiration_name=item.expiration_name,
        expirations=tuple(expiration_plan(one, binder) for one in item.expirations),
        var_defines=binder.defines(item.var_defines),
    )


def _add(item: AddLegs, binder: Binder) -> AddPlan:
    return AddPlan(
        legs=tuple(leg_plan(leg, binder) for leg in item.legs),
        expirations=tuple(expiration_plan(one, binder) for one in item.expirations),
        abort_conditions=binder.several(item.abort_conditions),
        var_defines=binder.defines(item.var_defines),
    )
