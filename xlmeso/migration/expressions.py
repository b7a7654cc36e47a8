"""Variables that have other names in version 3, wherever an expression uses them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from xlmeso.migration.notes import Notebook
from xlmeso.model.document import JsonNumber, JsonPath, JsonValue, get_at
from xlmeso.model.expression import names_in, renamed
from xlmeso.model.fields import Kind
from xlmeso.model.nearest import Suggester
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.validation.structure import check_structure
from xlmeso.model.variables import Vocabulary

RENAMED: Final = {
    **{name: f"pos_{name}" for name in ("delta", "gamma", "theta", "vega", "wvega", "rho", "pnl")},
    **{
        name: f"timing.{name}"
        for name in ("minutes_after_open", "minutes_before_close", "days_in_trade")
    },
}
"""Names of version 1 (sums of the position) and those that became members of timing."""

_NO_SUM: Final = "iv"
"""A variable of version 1 that has no sum over a position."""


def convert_expressions(
    document: dict[str, JsonValue], own: Collection[str], book: Notebook
) -> dict[str, JsonValue]:
    """Return the definition with today's names in all expressions.

    Parameters
    ----------
    own
        Names that are the strategy's own and keep their spelling.
    """
    definition = StrategyDefinition(document)
    own = {*own, *Vocabulary(definition).user_variables}
    mapping = {old: new for old, new in RENAMED.items() if old not in own}
    shape = check_structure(document, Suggester(), allow_unknown=True)
    for place in shape.places:
        if place.field.point is None or place.field.kind is Kind.OBJECT:
            continue
        if isinstance(place.value, str):
            _convert(document, place.path, place.value, mapping, book)
            _look_for_iv(place.path, place.value, own, book)
        elif not isinstance(place.value, JsonNumber):
            book.error(place.path, "This is no expression and was left as it is.")
    return _convert_conditions(document, mapping, book)


def _convert(
    document: JsonValue, path: JsonPath, text: str, mapping: dict[str, str], book: Notebook
) -> None:
    new = renamed(text, mapping)
    if new == text:
        return
    get_at(document, path[:-1])[path[-1]] = new
    book.auto(path, _told(text, mapping))


def _convert_conditions(
    document: dict[str, JsonValue], mapping: dict[str, str], book: Notebook
) -> dict[str, JsonValue]:
    """Convert the keys of the adjustments, which are conditions."""
    path: JsonPath = ("Adjustment", "ConditionalAdjustments")
    old = get_at(document, path)
    if not isinstance(old, dict):
        return document
    new: dict[str, JsonValue] = {}
    for condition, actions in old.items():
        text = renamed(condition, mapping)
        if text in new or (text != condition and text in old):
            book.error((*path, condition), f"It would become {text!r}, which is there already.")
            text = condition
        elif text != condition:
            book.auto((*path, text), _told(condition, mapping))
        new[text] = actions
    names = dict(zip(old, new, strict=True))
    if [names[key] for key in sorted(old)] != sorted(new):
        book.warn(
            path,
            "The conditions are tested in alphabetical order of their text, which is another one "
            "now that names have changed.",
            "If the order matters, begin each with a comment line such as -- Step 1.",
        )
    document["Adjustment"]["ConditionalAdjustments"] = new
    return document


def _told(text: str, mapping: dict[str, str]) -> str:
    used = sorted(names_in(text) & mapping.keys())
    return f"Renamed: {', '.join(f'{name} is {mapping[name]}' for name in used)}."


def _look_for_iv(path: JsonPath, text: str, own: Collection[str], book: Notebook) -> None:
    if _NO_SUM in names_in(text) and _NO_SUM not in own:
        book.error(
            path,
            "iv was a variable of version 1; a position has no implied volatility.",
            "Use leg_NAME_iv (percent) or underlying_iv (fraction).",
        )
