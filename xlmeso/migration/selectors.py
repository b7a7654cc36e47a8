"""Strike selectors that version 3 has renamed or dropped (reference section 2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from xlmeso.migration.notes import Notebook
from xlmeso.model.document import JsonPath, JsonValue, walk
from xlmeso.model.strategy import SELECTORS
from xlmeso.model.variables import is_part

GREEKS: Final = ("Gamma", "Theta", "Vega", "WVega", "Rho", "IV")
"""Selectors of version 2 that become Complex."""

_DROPPED: Final = ("Statement", *GREEKS)


def convert_selectors(document: JsonValue, book: Notebook) -> None:
    """Convert every strike selector of the structure and the adjustments, in place."""
    for path, owner, holder in list(_selectors(document)):
        _convert(path, owner, holder, book)


def _selectors(document: JsonValue) -> Iterator[tuple[JsonPath, str, dict[str, JsonValue]]]:
    """Yield each selector with its path and the leg that it is for."""
    for path, value in walk(document):
        if not isinstance(value, dict) or not isinstance(value.get("StrikeSelector"), dict):
            continue
        name = value.get("LegName", value.get("Name"))
        owner = name if isinstance(name, str) else ""
        yield (*path, "StrikeSelector"), owner, value["StrikeSelector"]


def _convert(path: JsonPath, leg: str, selector: dict[str, JsonValue], book: Notebook) -> None:
    empty = [name for name in _DROPPED if name in selector and selector[name] is None]
    for name in empty:
        del selector[name]
    if empty:
        book.auto(path, f"Left out, as they were empty: {', '.join(empty)}.")
    old = [name for name in _DROPPED if name in selector]
    present = [name for name in SELECTORS if selector.get(name) is not None]
    if len(old) + len(present) > 1:
        told = ", ".join((*present, *old))
        book.error(path, f"Several selectors are set: {told}.", "Keep the one that is meant.")
        return
    for name in old:
        if name == "Statement":
            _replace(selector, name, "StrikePrice", selector[name])
            book.auto(
                (*path, "StrikePrice"), "Statement is called StrikePrice; the nearest strike wins."
            )
        else:
            _to_complex(path, leg, selector, name, book)


def _to_complex(
    path: JsonPath, leg: str, selector: dict[str, JsonValue], name: str, book: Notebook
) -> None:
    if not is_part(leg):
        book.error(path, f"There is no {name} selector, and no variable of a leg named {leg!r}.")
        return
    variable = f"leg_{leg}_{name.lower()}"
    value = selector[name]
    target = value if isinstance(value, str) else str(value)
    _replace(selector, name, "Complex", {"Statement": variable, "Target": target})
    scale = "in percent" if name == "IV" else "x 100 x quantity, with the sign of the position"
    book.warn(
        (*path, "Complex"),
        f"There is no {name} selector; {variable} is compared with {target} instead.",
        f"{variable} is {scale}: check sign and size of Target, Min and Max.",
    )


def _replace(holder: dict[str, JsonValue], old: str, new: str, value: JsonValue) -> None:
    """Put a value under a new name into the place of an old one, in the order of the keys."""
    items = [(new, value) if name == old else (name, held) for name, held in holder.items()]
    items = [(name, held) for name, held in items if name != new or held is not None]
    holder.clear()
    holder.update(items)
