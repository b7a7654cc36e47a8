"""Legs and strike selectors read from a row, in the Legs table and in adjustments alike."""

from __future__ import annotations

import difflib
from typing import Any

from xlmeso.model.document import JsonPath
from xlmeso.model.strategy import SELECTORS
from xlmeso.sheets.cells import is_blank
from xlmeso.sheets.strategy.draft import Row
from xlmeso.sheets.strategy.values import ABSENT, scalar_of

COMPLEX_TITLES = ("Complex statement", "Complex target", "Complex constraints")


def put_leg(row: Row, path: JsonPath, *, name_title: str) -> None:
    """Read one leg: name, quantity, type, expiration, selector."""
    row.view.draft.open(path, row.cell(name_title))
    row.put(name_title, (*path, "Name"))
    row.put("Qty", (*path, "Qty"))
    row.put("Type", (*path, "OptionType"))
    row.put("Expiration", (*path, "ExpirationName"))
    put_selector(row, (*path, "StrikeSelector"))


def put_selector(row: Row, path: JsonPath) -> None:
    """Read the Selector, Value, Min, Max and Complex cells of a row."""
    row.view.draft.claim(path, row.cell("Selector"))
    row.put("Min", (*path, "Min"))
    row.put("Max", (*path, "Max"))
    kind = _kind(row, path)
    if kind == "Complex":
        _put_complex(row, (*path, "Complex"))
        return
    strays = [title for title in COMPLEX_TITLES if not is_blank(row.raw(title))]
    if strays and kind is not ABSENT:
        row.report(strays[0], path, f"{strays[0]} counts only with the selector Complex")
    if isinstance(kind, str):
        _put_value(row, path, kind)


def _kind(row: Row, path: JsonPath) -> Any:
    """Return the selector's name, None for a blank cell, `ABSENT` for one that was reported."""
    text = row.text("Selector", path).strip()
    if text:
        known = {kind.casefold(): kind for kind in SELECTORS}
        if text.casefold() in known:
            return known[text.casefold()]
        near = difflib.get_close_matches(text, SELECTORS, 1)
        advice = f"Did you mean {near[0]}? " if near else ""
        message = f"{text!r} is no strike selector"
        row.report("Selector", path, message, f"{advice}Selectors: {', '.join(SELECTORS)}.")
        return ABSENT
    if not is_blank(row.raw("Value")):
        row.report("Selector", path, "the row has a value but no selector",
                   f"Choose one of {', '.join(SELECTORS)}.")  # fmt: skip
        return ABSENT
    return None


def _put_value(row: Row, path: JsonPath, kind: str) -> None:
    value = scalar_of(row.usable("Value", (*path, kind)))
    if value is ABSENT and is_blank(row.raw("Value")):
        row.report("Value", (*path, kind), f"the selector {kind} has no value")
    row.view.draft.put((*path, kind), value, row.cell("Value"))


def _put_complex(row: Row, path: JsonPath) -> None:
    if not is_blank(row.raw("Value")):
        row.report("Value", path, "the selector Complex has no value of its own",
                   "Use the columns Complex statement and Complex target.")  # fmt: skip
    row.view.draft.open(path, row.cell("Complex statement"))
    row.put("Complex statement", (*path, "Statement"))
    row.put("Complex target", (*path, "Target"))
    row.put_items("Complex constraints", (*path, "Constraints"), "\n")
