"""Expressions: syntax, unknown names, and names that have no value yet when they are needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from xlmeso.model.document import JsonNumber, JsonPath
from xlmeso.model.expression import MODULES, is_blank, scan, syntax_error
from xlmeso.model.fields import Kind
from xlmeso.model.nearest import Suggester
from xlmeso.model.problems import Problem, error, warning
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.validation.legacy import legacy_variable
from xlmeso.model.validation.modules import ModuleChecker, numbers_of_modules
from xlmeso.model.validation.scope import Scope, Scopes
from xlmeso.model.validation.structure import Place
from xlmeso.model.variables import (
    FUNCTIONS,
    MARGIN_NAMES,
    OPTIONS_FUNCTIONS,
    TIMING_FUNCTIONS,
    TIMING_VALUES,
    Vocabulary,
)

_CALLABLE = frozenset((*FUNCTIONS, *TIMING_FUNCTIONS, *OPTIONS_FUNCTIONS))


def check_expressions(
    definition: StrategyDefinition,
    places: Sequence[Place],
    suggester: Suggester,
    external_columns: Collection[str] | None = None,
) -> Iterator[Problem]:
    """Check every expression, the conditions of adjustments included."""
    checker = _Checker(definition, suggester, external_columns)
    for place in places:
        text = _text_of(place)
        if text is not None:
            yield from checker.check(place, text)
    yield from _order_trap(definition)


def _text_of(place: Place) -> str | None:
    """Return the expression at a place; that of an adjustment is the key of its actions."""
    if place.field.point is None:
        return None
    if place.field.kind is Kind.OBJECT:
        return str(place.path[-1])
    if isinstance(place.value, JsonNumber):
        return place.value.literal
    return place.value if isinstance(place.value, str) else None


class _Checker:
    def __init__(
        self,
        definition: StrategyDefinition,
        suggester: Suggester,
        external_columns: Collection[str] | None,
    ) -> None:
        self._suggester = suggester
        self._scopes = Scopes(definition)
        self._modules = ModuleChecker(suggester, Vocabulary(definition).all_legs)
        self._columns = frozenset(external_columns or ())
        self._external = bool(definition.csv_url) and external_columns is None
        self._margin_on = definition.settings.margin_model not in (None, "None")

    def check(self, place: Place, text: str) -> Iterator[Problem]:
        if is_blank(text):
            advice = "" if place.field.required else "Write null or leave the field out."
            yield error(place.path, "the expression is empty.", advice)
        elif problem := syntax_error(text):
            yield error(place.path, f"this is no Lua expression: {problem}.")
        else:
            yield from self._check_names(place, text)

    def _check_names(self, place: Place, text: str) -> Iterator[Problem]:
        scope = self._scopes.scope_of(place)
        names = scan(text)
        words = names.words - numbers_of_modules(text)
        yield from self._modules.check(text, place.path, scope.point)
        for name in sorted(names.all):
            if name in names.calls:
                yield from self._called(name, place.path, scope)
            elif name in scope.names:
                yield from self._margin(name, place.path)
            elif name in self._columns:
                continue
            elif name in FUNCTIONS:
                yield error(place.path, f"{name} is a function.", f"Write {name}(...).")
            elif "." in name:
                yield from self._member(name, place.path)
            elif name in self._scopes.everything:
                yield from scope.explain(name, place.path)
            elif name not in words:
                yield self._unknown(name, place.path, scope)

    def _margin(self, name: str, path: JsonPath) -> Iterator[Problem]:
        if name in MARGIN_NAMES and not self._margin_on:
            yield warning(
                path,
                f"{name} exists only while margin is simulated.",
                "Set Settings.Core.Margin.Model.",
            )

    def _unknown(self, name: str, path: JsonPath, scope: Scope) -> Problem:
        meant = legacy_variable(name) or self._suggester.nearest(name, scope.names)
        if meant is None:
            others = chain(self._scopes.everything, self._columns, _CALLABLE, TIMING_VALUES)
            meant = self._suggester.nearest(name, others)
        advice = f"Did you mean {meant}?" if meant else ""
        message = f"there is no variable {name}."
        if self._external:
            message = f"{name} is no variable that we know; the CSV must have such a column."
        return (warning if self._external else error)(path, message, advice)

    def _called(self, name: str, path: JsonPath, scope: Scope) -> Iterator[Problem]:
        """Check the name of a call; the service may have functions that its pages do not show."""
        if name in _CALLABLE:
            return
        if name in scope.names or name in TIMING_VALUES:
            yield error(
                path, f"{name} is a value, not a function.", "Remove the brackets after it."
            )
            return
        advice = self._suggester.did_you_mean(name, _CALLABLE)
        make = error if advice else warning
        known = advice or f"Known are {', '.join(FUNCTIONS)}."
        yield make(path, f"there is no function {name} that we know.", known)

    def _member(self, name: str, path: JsonPath) -> Iterator[Problem]:
        """Check a dotted name that is not called."""
        if name in TIMING_VALUES:
            return
        if name in _CALLABLE:
            yield error(path, f"{name} is a function.", f"Write {name}(...).")
            return
        module, member = name.split(".", maxsplit=1)
        values = [value.removeprefix("timing.") for value in TIMING_VALUES]
        meant = self._suggester.nearest(member, values) if module == "timing" else None
        advice = f"Did you mean timing.{meant}?" if meant else ""
        doubtful = module in MODULES and not advice
        message = f"there is no value {name} that we know."
        yield (warning if doubtful else error)(path, message, advice)


def _order_trap(definition: StrategyDefinition) -> Iterator[Problem]:
    """Warn where the conditions are written in another order than they are tested."""
    written = list(definition.conditional_adjustments)
    tested = sorted(written)
    if written != tested:
        yield warning(
            ("Adjustment", "ConditionalAdjustments"),
            "the conditions are tested in alphabetical order of their text, not as written: "
            f"first {tested[0]!r}, last {tested[-1]!r}.",
            "If the order matters, begin each with a comment line of its own, such as -- Step 1.",
        )
