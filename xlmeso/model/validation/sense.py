"""Sections that make no sense together: period, schedules, exit rules, commission, adjustments."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from xlmeso.model.document import JsonPath
from xlmeso.model.fields import CRYPTO_SYMBOLS, INDEX_SYMBOLS
from xlmeso.model.nearest import nearest
from xlmeso.model.problems import Problem, error, warning
from xlmeso.model.strategy import Schedule, StrategyDefinition
from xlmeso.model.validation.scalars import shown

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri")
WEEKEND: Final = ("sat", "sun")
EVERY: Final = ("day", "5min")

STEP: Final = 5
"""Minutes between two simulated bars (reference 1.5)."""

_SESSION_MINUTES: Final = 390
_OFFSETS: Final = ("AfterMarketOpenMinutes", "BeforeMarketCloseMinutes")


def check_sense(definition: StrategyDefinition) -> Iterator[Problem]:
    """Check what several fields say together."""
    yield from _period(definition)
    for section in ("Entry", "Adjustment", "Exit"):
        path: JsonPath = (section, "Schedule")
        if isinstance(definition.get(*path), dict):
            yield from _schedule(definition, definition.schedule_at(path))
    yield from _actions(definition)
    yield from _exit_rules(definition)
    yield from _settings(definition)


def _period(definition: StrategyDefinition) -> Iterator[Problem]:
    start, end = definition.backtest.start, definition.backtest.end
    if start is not None and end is not None and start >= end:
        yield error(
            ("Backtest", "End"),
            f"End {end.isoformat()} is not after Start {start.isoformat()}.",
            "Exchange them or move one.",
        )


def _schedule(definition: StrategyDefinition, schedule: Schedule) -> Iterator[Problem]:
    present = [name for name in _OFFSETS if definition.get(*schedule.path, name) is not None]
    if len(present) != 1:
        both = "both offsets are set" if present else "no offset is set"
        yield error(schedule.path, f"{both}.", f"Set exactly one of {' and '.join(_OFFSETS)}.")
    minutes = (schedule.after_market_open_minutes, schedule.before_market_close_minutes)
    crypto = definition.symbol in CRYPTO_SYMBOLS
    for name, value in zip(_OFFSETS, minutes, strict=True):
        if value is not None:
            yield from _minutes((*schedule.path, name), value, crypto=crypto)
    if schedule.every is not None and schedule.every.strip():
        yield from _days((*schedule.path, "Every"), schedule.every, definition.symbol)


def _minutes(path: JsonPath, value: Decimal, *, crypto: bool) -> Iterator[Problem]:
    if value < 0:
        yield error(path, f"{path[-1]} is {value}; minutes cannot be negative.")
    elif not crypto and value > _SESSION_MINUTES:
        yield warning(path, f"a session has {_SESSION_MINUTES} minutes; {value} never come.")
    elif crypto and value > 24 * 60:
        yield warning(path, f"a day has 1440 minutes; {value} never come.")
    elif value % STEP:
        yield warning(
            path, f"{value} minutes are rounded to steps of {STEP}.", "Use a multiple of 5."
        )


def _days(path: JsonPath, text: str, symbol: str | None) -> Iterator[Problem]:
    days = [day.strip() for day in text.split(",")]
    known = (*WEEKDAYS, *WEEKEND)
    if text.strip() in EVERY:
        return
    wrong = next((day for day in days if day not in known), None)
    if wrong is not None:
        meant = None if wrong in EVERY else nearest(wrong, (*known, *EVERY), cutoff=0.5)
        advice = f"Did you mean {meant}? " if meant else ""
        yield error(
            path,
            f"{shown(wrong)} is no weekday in {shown(text)}.",
            f"{advice}Write day, 5min, or weekdays such as mon,wed,fri.",
        )
    weekend = [day for day in WEEKEND if day in days]
    if weekend and symbol in INDEX_SYMBOLS:
        yield warning(path, f"{symbol} does not trade on {' and '.join(weekend)}.", "Remove them.")


def _actions(definition: StrategyDefinition) -> Iterator[Problem]:
    for condition, actions in definition.conditional_adjustments.items():
        path: JsonPath = ("Adjustment", "ConditionalAdjustments", condition)
        if isinstance(actions, dict) and all(action is None for action in actions.values()):
            yield warning(path, "this condition has no action.", "Add one or remove the condition.")


def _exit_rules(definition: StrategyDefinition) -> Iterator[Problem]:
    rules = definition.exit
    some = rules.conditions or rules.max_days_in_trade or rules.profit_target or rules.stop_loss
    if isinstance(definition.get("Exit"), dict) and not some:
        yield warning(
            ("Exit",),
            "there is no exit rule; every position stays open until it is settled at expiration.",
            "Set MaxDaysInTrade, ProfitTarget, StopLoss or a condition.",
        )


def _settings(definition: StrategyDefinition) -> Iterator[Problem]:
    if definition.get("Settings") is None:
        yield warning(
            ("Settings",),
            "Settings are missing; what the service takes instead is not documented.",
            "State the fill model, the fee and the leg constraint.",
        )
    model, symbol = definition.settings.commission.model, definition.symbol
    path: JsonPath = ("Settings", "Sim", "Commission", "CommissionModel")
    if model == "Deribit" and symbol in INDEX_SYMBOLS:
        yield warning(path, f"Deribit's fees are for crypto, not for {symbol}.", "Use FixedFee.")
    if model == "FixedFee" and symbol in CRYPTO_SYMBOLS:
        yield warning(path, f"{symbol} trades on Deribit.", "Use Deribit.")
