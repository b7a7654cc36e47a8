"""A strategy definition made ready to run: schedules as bars, expressions bound, defaults set."""

from __future__ import annotations

from dataclasses import dataclass

from xlmeso.model.strategy import Settings, StrategyDefinition
from xlmeso.model.variables import Vocabulary
from xlmeso.simulator.engine import assumptions
from xlmeso.simulator.engine.adjustment_plan import AdjustmentPlan, adjustment_plan
from xlmeso.simulator.engine.clock import BarClock
from xlmeso.simulator.engine.expressions import Binder, BoundExpression
from xlmeso.simulator.engine.fees import Fees, fees_of
from xlmeso.simulator.engine.plan_parts import (
    Defines,
    ExpirationPlan,
    LegPlan,
    expiration_plan,
    leg_plan,
    refuse,
)
from xlmeso.simulator.engine.ports import Ints
from xlmeso.simulator.engine.schedules import scheduled_bars
from xlmeso.simulator.engine.variables import VariableNames
from xlmeso.simulator.script.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """Section Entry; ``ticks`` are flat bars, days are calendar days."""

    ticks: Ints
    conditions: tuple[BoundExpression, ...]
    var_defines: Defines
    abort_conditions: tuple[BoundExpression, ...]
    qty_multiplier: BoundExpression | None
    reentry_days: BoundExpression | None
    max_positions: float
    shift_days: float


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """Section Exit; ``ticks`` are flat bars, ``tick_list`` the same for a quick search."""

    ticks: Ints
    tick_list: list[int]
    max_days: BoundExpression | None
    profit_target: BoundExpression | None
    stop_loss: BoundExpression | None
    conditions: tuple[BoundExpression, ...]
    var_defines: Defines


@dataclass(frozen=True, slots=True)
class SettingsPlan:
    """Fills, costs and constraints; slippage in points."""

    at_mid: bool
    slippage: float
    fees: Fees
    leg_constraint: str
    abort_on_reuse: bool


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Everything that a run needs to know of its definition."""

    expirations: tuple[ExpirationPlan, ...]
    legs: tuple[LegPlan, ...]
    entry: EntryPlan
    exit: ExitPlan
    adjustment: AdjustmentPlan
    settings: SettingsPlan


def variable_names(definition: StrategyDefinition) -> VariableNames:
    """Return the script variables of a definition, those of legs that may be added included."""
    vocabulary = Vocabulary(definition)
    return VariableNames(
        vocabulary.all_legs,
        vocabulary.all_expirations,
        with_margin=definition.settings.margin_model not in (None, "None"),
    )


def make_plan(
    definition: StrategyDefinition, clock: BarClock, sandbox: Sandbox, names: VariableNames
) -> RunPlan:
    """Compile a definition that validation has accepted.

    Raises
    ------
    SimulationError
        Something that the run needs is missing or cannot be compiled; ``where`` is its path.
    """
    binder = Binder(sandbox, names)
    return RunPlan(
        expirations=tuple(expiration_plan(item, binder) for item in definition.expirations),
        legs=_legs(definition, binder),
        entry=_entry(definition, clock, binder),
        exit=_exit(definition, clock, binder),
        adjustment=adjustment_plan(definition, clock, binder),
        settings=settings_plan(definition.settings, definition.symbol),
    )


def settings_plan(settings: Settings, symbol: str | None) -> SettingsPlan:
    """Fill in the defaults of section Settings."""
    constraint = settings.leg_selection_constraint
    reuse = settings.expiration_selection_constraint
    return SettingsPlan(
        at_mid=(settings.fill_model or assumptions.DEFAULT_FILL_MODEL) == "AtMidPrice",
        slippage=float(settings.slippage_amt or 0),
        fees=fees_of(settings, symbol),
        leg_constraint=constraint or assumptions.DEFAULT_LEG_SELECTION_CONSTRAINT,
        abort_on_reuse=(reuse or assumptions.DEFAULT_EXPIRATION_SELECTION_CONSTRAINT)
        == "AbortOnReuse",
    )


def _legs(definition: StrategyDefinition, binder: Binder) -> tuple[LegPlan, ...]:
    aliases = {item.name for item in definition.expirations}
    for leg in definition.legs:
        if leg.expiration_name not in aliases:
            refuse((*leg.path, "ExpirationName"), f"no expiration is named {leg.expiration_name!r}")
    return tuple(leg_plan(leg, binder) for leg in definition.legs)


def _entry(definition: StrategyDefinition, clock: BarClock, binder: Binder) -> EntryPlan:
    entry = definition.entry
    concurrency = entry.concurrency
    at_once = concurrency.max_positions_in_flight if concurrency else None
    shift = concurrency.entry_shift_days if concurrency else None
    return EntryPlan(
        ticks=scheduled_bars(entry.schedule, clock),
        conditions=binder.several(entry.conditions),
        var_defines=binder.defines(entry.var_defines),
        abort_conditions=binder.several(entry.abort_conditions),
        qty_multiplier=binder.one(entry.qty_multiplier),
        reentry_days=binder.one(entry.reentry_days),
        max_positions=1.0 if at_once is None else float(at_once),
        shift_days=0.0 if shift is None else float(shift),
    )


def _exit(definition: StrategyDefinition, clock: BarClock, binder: Binder) -> ExitPlan:
    section = definition.exit
    ticks = scheduled_bars(section.schedule, clock)
    return ExitPlan(
        ticks=ticks,
        tick_list=ticks.tolist(),
        max_days=binder.one(section.max_days_in_trade),
        profit_target=binder.one(section.profit_target),
        stop_loss=binder.one(section.stop_loss),
        conditions=binder.several(section.conditions),
        var_defines=binder.defines(section.var_defines),
    )
