"""The strategy definition, version 3: a typed view over a lossless document.

The document (see `xlmeso.model.document`) stays the one source of truth: unknown fields, key
order, number spelling and nulls survive because nothing is ever rebuilt from the typed view.
Every field of reference section 1 has its place here under its own name in snake_case.  The view
is lenient: what is missing or of a wrong type reads as None or empty; `xlmeso.model.validation`
says what is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from xlmeso.model import document as json_document
from xlmeso.model.document import JsonNumber, JsonPath, JsonValue, get_at
from xlmeso.model.expression import constant_value

SELECTORS: Final = ("BidPrice", "AskPrice", "MidPrice", "Delta", "StrikePrice", "Complex")
"""The six strike selectors of version 3 (reference section 1.3.1)."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A Lua expression as written, with its place in the definition.

    Attributes
    ----------
    text
        The text of a string, or the literal of a number.
    path
        Where it stands, for messages.
    """

    text: str
    path: JsonPath


@dataclass(frozen=True, slots=True)
class BacktestSettings:
    """Section Backtest: name, period (exchange-local, inclusive) and starting cash in money."""

    name: str | None
    start: dt.datetime | None
    end: dt.datetime | None
    cash: Decimal | None


@dataclass(frozen=True, slots=True)
class Expiration:
    """One entry of Structure.Expirations; DTE, Min and Max are calendar days."""

    name: str
    dte: Expression | None
    min: Expression | None
    max: Expression | None
    roots_include: tuple[str, ...]
    roots_exclude: tuple[str, ...]
    path: JsonPath


@dataclass(frozen=True, slots=True)
class ComplexSelector:
    """Statement is compared with Target among the contracts that meet all Constraints."""

    statement: Expression | None
    target: Expression | None
    constraints: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class StrikeSelector:
    """How a leg finds its strike: exactly one of `SELECTORS`, optionally within Min..Max.

    ``kind`` is the selector's name, None if not exactly one is set; ``value`` its expression
    (None for Complex); ``complex`` is set for Complex only.
    """

    kind: str | None
    value: Expression | None
    min: Expression | None
    max: Expression | None
    complex: ComplexSelector | None
    path: JsonPath


@dataclass(frozen=True, slots=True)
class Leg:
    """One entry of Structure.Legs; Qty is signed, a constant 0 makes a marker leg."""

    name: str
    qty: Expression | None
    option_type: str | None
    expiration_name: str | None
    strike_selector: StrikeSelector
    leg_group_id: Expression | None
    path: JsonPath


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a step is considered: one of the two offsets in minutes, and the days or ``5min``."""

    after_market_open_minutes: Decimal | None
    before_market_close_minutes: Decimal | None
    every: str | None
    path: JsonPath


@dataclass(frozen=True, slots=True)
class Concurrency:
    """Campaign mode: most positions at once, days between two entries."""

    max_positions_in_flight: Decimal | None
    entry_shift_days: Decimal | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Section Entry (reference 1.5)."""

    schedule: Schedule
    conditions: tuple[Expression, ...]
    var_defines: Mapping[str, Expression]
    abort_conditions: tuple[Expression, ...]
    qty_multiplier: Expression | None
    reentry_days: Expression | None
    concurrency: Concurrency | None


@dataclass(frozen=True, slots=True)
class Exit:
    """Section Exit (reference 1.7); target and stop are money, evaluated once at entry."""

    schedule: Schedule
    max_days_in_trade: Expression | None
    profit_target: Expression | None
    stop_loss: Expression | None
    conditions: tuple[Expression, ...]
    var_defines: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class DeribitCommission:
    """DeribitCommissionSettings; fees are percent of the underlying or of the option's price."""

    maker_fee_pct: Decimal | None
    taker_fee_pct: Decimal | None
    max_fee_pct: Decimal | None
    delivery_fee_pct: Decimal | None
    waive_one_side: bool | None
    waive_daily_delivery: bool | None


@dataclass(frozen=True, slots=True)
class Commission:
    """Settings.Sim.Commission; the fee is money per contract and trade."""

    model: str | None
    option_fee: Decimal | None
    deribit: DeribitCommission


@dataclass(frozen=True, slots=True)
class Margin:
    """Settings.Core.Margin (reference 1.9); the bounds of PMConfig are percent, both positive."""

    house_multiplier: Decimal | None
    reg_t_mode: str | None
    lower_bound_pct: Decimal | None
    upper_bound_pct: Decimal | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Section Settings (reference 1.9), flattened; None where absent.

    ``slippage_amt`` is points per contract and leg, always against the trader.
    """

    fill_model: str | None
    slippage_amt: Decimal | None
    commission: Commission
    trace_collection_interval: str | None
    margin_model: str | None
    margin: Margin
    leg_selection_constraint: str | None
    expiration_selection_constraint: str | None


class StrategyDefinition:
    """A strategy definition of version 3.

    Parameters
    ----------
    document
        The definition as `xlmeso.model.document` reads it.  It is kept, not copied: treat it as
        frozen from here on.
    """

    def __init__(self, document: Mapping[str, JsonValue]) -> None:
        self.document: dict[str, JsonValue] = dict(document)

    @classmethod
    def from_json(cls, text: str | bytes) -> StrategyDefinition:
        """Read a definition from JSON text.

        Raises
        ------
        DocumentError
            The text is no acceptable JSON object.
        """
        value = json_document.loads(text)
        if not isinstance(value, dict):
            kind = json_document.type_names.get(type(value), "something else")
            raise json_document.DocumentError(f"a strategy definition is an object, not {kind}")
        return cls(value)

    @classmethod
    def from_python(cls, value: Mapping[str, Any]) -> StrategyDefinition:
        """Make a definition from plain Python data (int and float allowed)."""
        return cls(json_document.from_python(dict(value)))

    def to_json(self, *, indent: int | None = None) -> str:
        """Write the definition, spelled as it was read."""
        return json_document.dumps(self.document, indent=indent)

    def canonical(self) -> str:
        """Text that is equal for definitions which differ only in key order and white space."""
        return json_document.canonical(self.document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StrategyDefinition) and self.canonical() == other.canonical()

    def __hash__(self) -> int:
        return hash(self.canonical())

    def __repr__(self) -> str:
        return f"StrategyDefinition({self.strategy_name!r}, symbol={self.symbol!r})"

    def get(self, *path: str | int) -> JsonValue:
        """Return the raw value at a path, None where it does not exist."""
        return get_at(self.document, path)

    def with_name(self, name: str) -> StrategyDefinition:
        """Return the definition under another name of the backtest; nothing else changes."""
        backtest = self.document.get("Backtest")
        named = {**(backtest if isinstance(backtest, dict) else {}), "Name": name}
        return StrategyDefinition({**self.document, "Backtest": named})

    @property
    def strategy_name(self) -> str | None:
        """Label of the strategy."""
        return _text(self.get("StrategyName"))

    @property
    def description(self) -> str | None:
        """Free text."""
        return _text(self.get("Description"))

    @property
    def symbol(self) -> str | None:
        """The underlying."""
        return _text(self.get("Symbol"))

    @cached_property
    def backtest(self) -> BacktestSettings:
        """Section Backtest."""
        return BacktestSettings(
            name=_text(self.get("Backtest", "Name")),
            start=_time(self.get("Backtest", "Start")),
            end=_time(self.get("Backtest", "End")),
            cash=number(self.get("Backtest", "Cash")),
        )

    @cached_property
    def expirations(self) -> tuple[Expiration, ...]:
        """Structure.Expirations in list order."""
        return self.expirations_at(("Structure", "Expirations"))

    def expirations_at(self, path: JsonPath) -> tuple[Expiration, ...]:
        """Expirations of any list of them, those of an adjustment included."""
        return tuple(self._expiration((*path, i)) for i in range(len(_list(self.get(*path)))))

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """Structure.Legs in list order."""
        return self.legs_at(("Structure", "Legs"))

    def legs_at(self, path: JsonPath) -> tuple[Leg, ...]:
        """Legs of any list of legs, those of an AddLegsAdjustment included."""
        return tuple(self._leg((*path, i)) for i in range(len(_list(self.get(*path)))))

    @cached_property
    def entry(self) -> Entry:
        """Section Entry."""
        concurrency = self.get("Entry", "Concurrency")
        return Entry(
            schedule=self.schedule_at(("Entry", "Schedule")),
            conditions=self.expressions_at(("Entry", "Conditions")),
            var_defines=self.var_defines_at(("Entry", "VarDefines")),
            abort_conditions=self.expressions_at(("Entry", "AbortConditions")),
            qty_multiplier=self.expression_at(("Entry", "QtyMultiplier")),
            reentry_days=self.expression_at(("Entry", "ReentryDays")),
            concurrency=Concurrency(
                number(concurrency.get("MaxPositionsInFlight")),
                number(concurrency.get("EntryShiftDays")),
            )
            if isinstance(concurrency, dict)
            else None,
        )

    @cached_property
    def exit(self) -> Exit:
        """Section Exit."""
        return Exit(
            schedule=self.schedule_at(("Exit", "Schedule")),
            max_days_in_trade=self.expression_at(("Exit", "MaxDaysInTrade")),
            profit_target=self.expression_at(("Exit", "ProfitTarget")),
            stop_loss=self.expression_at(("Exit", "StopLoss")),
            conditions=self.expressions_at(("Exit", "Conditions")),
            var_defines=self.var_defines_at(("Exit", "VarDefines")),
        )

    @property
    def conditional_adjustments(self) -> Mapping[str, JsonValue]:
        """Adjustment.ConditionalAdjustments: condition text -> actions, raw."""
        value = self.get("Adjustment", "ConditionalAdjustments")
        return value if isinstance(value, dict) else {}

    @property
    def csv_url(self) -> str | None:
        """ExternalData.CsvUrl."""
        return _text(self.get("ExternalData", "CsvUrl"))

    @cached_property
    def settings(self) -> Settings:
        """Section Settings."""
        sim, core = ("Settings", "Sim"), ("Settings", "Core")
        return Settings(
            fill_model=_text(self.get(*sim, "FillModel")),
            slippage_amt=number(self.get(*sim, "SlippageAmt")),
            commission=Commission(
                model=_text(self.get(*sim, "Commission", "CommissionModel")),
                option_fee=number(self.get(*sim, "Commission", "OptionFee")),
                deribit=self._deribit((*sim, "Commission", "DeribitCommissionSettings")),
            ),
            trace_collection_interval=_text(
                self.get(*sim, "PositionMonitor", "TraceCollectionInterval")
            ),
            margin_model=_text(self.get(*core, "Margin", "Model")),
            margin=Margin(
                house_multiplier=number(self.get(*core, "Margin", "HouseMultiplier")),
                reg_t_mode=_text(self.get(*core, "Margin", "RegTMode")),
                lower_bound_pct=number(self.get(*core, "Margin", "PMConfig", "LowerBoundPct")),
                upper_bound_pct=number(self.get(*core, "Margin", "PMConfig", "UpperBoundPct")),
            ),
            leg_selection_constraint=_text(self.get(*core, "LegSelectionConstraint")),
            expiration_selection_constraint=_text(self.get(*core, "ExpirationSelectionConstraint")),
        )

    def _deribit(self, path: JsonPath) -> DeribitCommission:
        return DeribitCommission(
            maker_fee_pct=number(self.get(*path, "MakerFeePctPerContract")),
            taker_fee_pct=number(self.get(*path, "TakerFeePctPerContract")),
            max_fee_pct=number(self.get(*path, "MaxFeePctPerContract")),
            delivery_fee_pct=number(self.get(*path, "DeliveryFeePctPerContract")),
            waive_one_side=_truth(self.get(*path, "WaiveBuySellComboOneSide")),
            waive_daily_delivery=_truth(self.get(*path, "WaiveDailyOptionsDeliveryFees")),
        )

    def expression_at(self, path: JsonPath) -> Expression | None:
        """Return the expression at a path; None where absent, null or not text or number."""
        value = self.get(*path)
        if isinstance(value, JsonNumber):
            return Expression(value.literal, path)
        return Expression(value, path) if isinstance(value, str) else None

    def expressions_at(self, path: JsonPath) -> tuple[Expression, ...]:
        """Return the expressions of a list."""
        found = (self.expression_at((*path, i)) for i in range(len(_list(self.get(*path)))))
        return tuple(expression for expression in found if expression is not None)

    def var_defines_at(self, path: JsonPath) -> dict[str, Expression]:
        """Return name -> expression of a VarDefines map, in the order written."""
        value = self.get(*path)
        names = value if isinstance(value, dict) else {}
        found = {name: self.expression_at((*path, name)) for name in names}
        return {name: expression for name, expression in found.items() if expression is not None}

    def schedule_at(self, path: JsonPath) -> Schedule:
        """Return the schedule at a path."""
        return Schedule(
            after_market_open_minutes=number(self.get(*path, "AfterMarketOpenMinutes")),
            before_market_close_minutes=number(self.get(*path, "BeforeMarketCloseMinutes")),
            every=_text(self.get(*path, "Every")),
            path=path,
        )

    def selector_at(self, path: JsonPath) -> StrikeSelector:
        """Return the strike selector at a path."""
        kinds = [kind for kind in SELECTORS if self.get(*path, kind) is not None]
        kind = kinds[0] if len(kinds) == 1 else None
        inner = (*path, "Complex")
        return StrikeSelector(
            kind=kind,
            value=self.expression_at((*path, kind)) if kind else None,
            min=self.expression_at((*path, "Min")),
            max=self.expression_at((*path, "Max")),
            complex=ComplexSelector(
                statement=self.expression_at((*inner, "Statement")),
                target=self.expression_at((*inner, "Target")),
                constraints=self.expressions_at((*inner, "Constraints")),
            )
            if kind == "Complex"
            else None,
            path=path,
        )

    def _expiration(self, path: JsonPath) -> Expiration:
        return Expiration(
            name=_text(self.get(*path, "Name")) or "",
            dte=self.expression_at((*path, "DTE")),
            min=self.expression_at((*path, "Min")),
            max=self.expression_at((*path, "Max")),
            roots_include=_texts(self.get(*path, "Roots", "Include")),
            roots_exclude=_texts(self.get(*path, "Roots", "Exclude")),
            path=path,
        )

    def _leg(self, path: JsonPath) -> Leg:
        return Leg(
            name=_text(self.get(*path, "Name")) or "",
            qty=self.expression_at((*path, "Qty")),
            option_type=_text(self.get(*path, "OptionType")),
            expiration_name=_text(self.get(*path, "ExpirationName")),
            strike_selector=self.selector_at((*path, "StrikeSelector")),
            leg_group_id=self.expression_at((*path, "LegGroupId")),
            path=path,
        )


def number(value: JsonValue) -> Decimal | None:
    """Read a number or a numeric text (both occur for the same field, reference section 1)."""
    if isinstance(value, JsonNumber):
        return constant_value(value.literal)
    return constant_value(value) if isinstance(value, str) else None


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _truth(value: JsonValue) -> bool | None:
    return value if isinstance(value, bool) else None


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(item for item in _list(value) if isinstance(item, str))


def _time(value: JsonValue) -> dt.datetime | None:
    """Read ``YYYY-MM-DDThh:mm:ss``; a zone is not accepted (reference section 1.2)."""
    if not isinstance(value, str):
        return None
    try:
        time = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if time.tzinfo else time
