"""Indicators: version 3 has none; their values come from a CSV (reference section 2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from xlmeso.migration.notes import Notebook
from xlmeso.model.document import JsonPath, JsonValue, dumps, get_at

_OUTPUTS: Final = {
    "BBANDS": ("lower", "middle", "upper"),
    "MACD": ("macd", "signal", "hist"),
    "MAMA": ("mama", "fama"),
    "STOCHRSI": ("fast_k", "fast_d"),
}
"""Indicators with several values, and the endings of their variables (reference section 3.2)."""

_NAMES: Final = ("Name", "Variable", "VariableName")
PATH: Final[JsonPath] = ("ExternalData", "CsvUrl")


def remove_indicators(document: dict[str, JsonValue], book: Notebook) -> frozenset[str]:
    """Take the indicators out, say what each was, and return the variables that they gave."""
    if "Indicators" not in document:
        return frozenset()
    section = document.pop("Indicators")
    if _is_empty(section):
        book.auto(("Indicators",), "Left out; it was empty.")
        return frozenset()
    found = list(_indicators(section))
    names: list[str] = []
    for name, indicator in found:
        columns = _columns(name, indicator)
        names += columns
        book.error(
            PATH,
            f"Version 3 has no indicators. {' and '.join(columns)} came from {dumps(indicator)}.",
            f"Supply a CSV with {'these columns' if len(columns) > 1 else 'this column'}.",
        )
    if not found:
        book.error(PATH, f"Version 3 has no indicators. Left out: {dumps(section)}.")
    if get_at(document, PATH) and names:
        book.warn(PATH, f"The CSV that is named here needs {', '.join(names)} as well.")
    return frozenset(names)


def _is_empty(section: JsonValue) -> bool:
    if isinstance(section, dict):
        return all(_is_empty(value) for value in section.values())
    return section is None or section == []


def _indicators(section: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """Yield name and settings of each, from maps by name and from lists."""
    groups = section.values() if isinstance(section, dict) else [section]
    for group in groups:
        if isinstance(group, dict):
            yield from group.items()
        for item in group if isinstance(group, list) else []:
            name = (
                next((item[key] for key in _NAMES if isinstance(item.get(key), str)), "")
                if (isinstance(item, dict))
                else ""
            )
            yield name, item


def _columns(name: str, indicator: JsonValue) -> list[str]:
    kind = indicator.get("Type") if isinstance(indicator, dict) else None
    endings = _OUTPUTS.get(str(kind).upper(), ())
    return [f"{name}_{ending}" for ending in endings] or [name]
