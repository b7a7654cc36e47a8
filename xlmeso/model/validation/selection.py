"""Expirations, legs and strike selectors whose constants contradict each other or the market."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from xlmeso.model.document import JsonPath
from xlmeso.model.expression import constant_value, scan
from xlmeso.model.fields import CRYPTO_SYMBOLS
from xlmeso.model.problems import Problem, error, warning
from xlmeso.model.strategy import Leg, StrategyDefinition, StrikeSelector
from xlmeso.model.validation.amounts import constant_at
from xlmeso.model.variables import expiration_of

_ACTIONS: Final = ("Adjustment", "ConditionalAdjustments")
_PRICES: Final = ("BidPrice", "AskPrice", "MidPrice")
_HUNDRED: Final = Decimal(100)
_LEAST_SHARE: Final = Decimal("0.01")
"""Deltas from here to 1 look like shares of 1 instead of points."""


def check_selection(definition: StrategyDefinition) -> Iterator[Problem]:
    """Check every list of expirations, every leg and every strike selector."""
    for action in ((), *_action_paths(definition)):
        base: JsonPath = action or ("Structure",)
        for path in _items(definition, (*base, "Expirations")):
            yield from _expiration(definition, path)
        for leg in definition.legs_at((*base, "Legs")):
            yield from _leg(definition, leg)
        yield from _selector(definition.selector_at((*base, "StrikeSelector")))
    yield from _unused_expirations(definition)


def _action_paths(definition: StrategyDefinition) -> Iterator[JsonPath]:
    for condition, actions in definition.conditional_adjustments.items():
        for name in actions if isinstance(actions, dict) else ():
            yield (*_ACTIONS, condition, name)


def _items(definition: StrategyDefinition, path: JsonPath) -> list[JsonPath]:
    value = definition.get(*path)
    return [(*path, index) for index in range(len(value))] if isinstance(value, list) else []


def _expiration(definition: StrategyDefinition, path: JsonPath) -> Iterator[Problem]:
    days = {name: constant_at(definition, (*path, name)) for name in ("DTE", "Min", "Max")}
    for name, value in days.items():
        if value is not None and value < 0:
            yield error((*path, name), f"{name} is {value}; days cannot be negative.")
    low, high, target = days["Min"], days["Max"], days["DTE"]
    if low is not None and high is not None and low > high:
        yield error((*path, "Min"), f"Min {low} is more than Max {high}.", "Exchange them.")
    elif target is not None and _outside(target, low, high):
        yield warning(
            (*path, "DTE"),
            f"DTE {target} is outside Min {_or_none(low)} .. Max {_or_none(high)}.",
            "The nearest expiration inside would be taken.",
        )


def _leg(definition: StrategyDefinition, leg: Leg) -> Iterator[Problem]:
    qty = constant_value(leg.qty.text) if leg.qty else None
    fractional = qty is not None and qty != qty.to_integral_value()
    if fractional and definition.symbol not in CRYPTO_SYMBOLS:
        yield error(
            (*leg.path, "Qty"),
            f"Qty is {qty}; {definition.symbol or 'this underlying'} trades in whole contracts.",
            "Fractions are for crypto only.",
        )
    yield from _selector(leg.strike_selector)


def _selector(selector: StrikeSelector) -> Iterator[Problem]:
    kind = selector.kind
    if kind is None or kind == "Complex":
        return
    value, low, high = (
        constant_value(item.text) if item else None
        for item in (selector.value, selector.min, selector.max)
    )
    for name, number in ((kind, value), ("Min", low), ("Max", high)):
        if number is not None:
            yield from _amount(kind, (*selector.path, name), number)
    if kind == "Delta":
        # Targets and bounds of delta are compared without their sign (reference 1.3.1).
        value, low, high = (None if n is None else abs(n) for n in (value, low, high))
    if low is not None and high is not None and low > high:
        yield error(
            (*selector.path, "Min"), f"Min {low} is more than Max {high}.", "Exchange them."
        )
    elif value is not None and _outside(value, low, high):
        yield warning(
            (*selector.path, kind),
            f"{kind} {value} is outside Min {_or_none(low)} .. Max {_or_none(high)}.",
            "The nearest contract inside would be taken.",
        )


def _amount(kind: str, path: JsonPath, value: Decimal) -> Iterator[Problem]:
    name = path[-1]
    if kind == "Delta" and abs(value) > _HUNDRED:
        yield error(path, f"{name} is {value}; delta goes from 0 to 100 points.")
    elif kind == "Delta" and name == "Delta" and _LEAST_SHARE <= abs(value) < 1:
        points = (value * 100).normalize()
        yield warning(
            path, f"Delta is {value}; delta is given in points.", f"Did you mean {points:f}?"
        )
    elif kind in _PRICES and value < 0:
        yield error(path, f"{name} is {value}; a price cannot be negative.")
    elif kind == "StrikePrice" and value <= 0:
        yield error(path, f"{name} is {value}; a strike is positive.")


def _outside(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _or_none(value: Decimal | None) -> str:
    return "none" if value is None else str(value)


def _unused_expirations(definition: StrategyDefinition) -> Iterator[Problem]:
    used = {leg.expiration_name for leg in definition.legs}
    for action in _action_paths(definition):
        used.update(leg.expiration_name for leg in definition.legs_at((*action, "Legs")))
        moved_to = definition.get(*action, "ExpirationName")
        used.add(moved_to if isinstance(moved_to, str) else None)
    for expiration in definition.expirations:
        if expiration.name and expiration.name not in used:
            named = _mentions(definition, expiration.name)
            if not named:
                yield warning(
                    expiration.path, f"no leg uses the expiration {expiration.name}.", "Remove it."
                )


def _mentions(definition: StrategyDefinition, expiration: str) -> bool:
    """Tell whether another expiration is found by means of this one."""
    return any(
        expiration_of(name) == expiration
        for item in definition.expirations
        for expression in (item.dte, item.min, item.max)
        if expression is not None
        for name in scan(expression.text).all
    )
