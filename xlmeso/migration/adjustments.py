"""Adjustments: removing one leg became removing several (reference section 2.1)."""

from __future__ import annotations

from xlmeso.migration.notes import Notebook
from xlmeso.model.document import JsonPath, JsonValue, dumps, get_at

_OLD = "RemoveLegAdjustment"
_NEW = "RemoveLegsAdjustment"


def convert_adjustments(document: JsonValue, book: Notebook) -> None:
    """Convert every RemoveLegAdjustment, in place."""
    path: JsonPath = ("Adjustment", "ConditionalAdjustments")
    conditions = get_at(document, path)
    if not isinstance(conditions, dict):
        return
    for condition, actions in conditions.items():
        if isinstance(actions, dict) and _OLD in actions:
            conditions[condition] = _converted((*path, condition), actions, book)


def _converted(
    path: JsonPath, actions: dict[str, JsonValue], book: Notebook
) -> dict[str, JsonValue]:
    old = actions[_OLD]
    if old is None:
        book.auto((*path, _NEW), f"{_OLD} was empty and is left out.")
        return {name: value for name, value in actions.items() if name != _OLD}
    name = old.get("LegName") if isinstance(old, dict) else None
    present = actions.get(_NEW)
    if not isinstance(name, str) or not isinstance(present, dict | None):
        book.error((*path, _OLD), f"It cannot be converted: {dumps(old)}.", f"Write {_NEW}.")
        return actions
    inner: dict[str, JsonValue] = {"LegNames": [name]}
    inner |= {key: value for key, value in old.items() if key != "LegName"}
    book.auto((*path, _NEW), f"{_OLD} is called {_NEW} and takes a list.")
    if present is not None:
        inner = _merged(present, inner)
    renamed = {
        (_NEW if key == _OLD else key): value for key, value in actions.items() if key != _NEW
    }
    renamed[_NEW] = inner
    return renamed


def _merged(first: dict[str, JsonValue], second: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Join two removals of the same condition."""
    names = [*(first.get("LegNames") or []), *second["LegNames"]]
    defines = {**(second.get("VarDefines") or {}), **(first.get("VarDefines") or {})}
    joined = second | first | {"LegNames": list(dict.fromkeys(names))}
    return joined | ({"VarDefines": defines} if defines else {})
