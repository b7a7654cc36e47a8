"""From a definition to the rows of the tables: as much as they can show, the rest left out.

What is left out or only nearly shown is found afterwards by comparing what the tables say with
the definition (`differences`), so nothing here needs to be complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xlmeso.model.document import JsonPath, JsonValue, get_at
from xlmeso.model.strategy import SELECTORS
from xlmeso.sheets.cells import CellValue, is_blank
from xlmeso.sheets.strategy.layout import (
    ABORT_IF,
    ACTIONS,
    LOOK_FOR,
    FieldRow,
    Section,
    group_rows,
)
from xlmeso.sheets.strategy.values import ABSENT, NULL_WORD, cell_of, items_cell

Cells = dict[str, CellValue]
"""One row: heading -> cell; headings that are left out stay blank."""


def field_rows(section: Section, document: JsonValue) -> Iterator[tuple[str, FieldRow, CellValue]]:
    """Yield (Field text, row, Value cell) of a table of fields.

    An object that the definition says is null gets a row of its own before those of its parts.
    """
    groups = {path: label for label, path in group_rows(section).items()}
    shown: set[JsonPath] = set()
    for row in section.rows:
        empty = _null_group(row.path, groups, document)
        if empty is not None and empty not in shown:
            shown.add(empty)
            yield groups[empty], FieldRow(groups[empty], empty), cell_of(None)
        value = get_at(document, row.path, ABSENT)
        if row.always or value is not ABSENT:
            yield row.label, row, cell_of(value, time=row.time)


def _null_group(
    path: JsonPath, groups: dict[JsonPath, str], document: JsonValue
) -> JsonPath | None:
    """Return the outermost object around a field that the definition says is null."""
    for length in range(1, len(path)):
        if path[:length] in groups and get_at(document, path[:length], ABSENT) is None:
            return path[:length]
    return None


def expiration_rows(document: JsonValue) -> Iterator[Cells]:
    """Yield the rows of the Expirations table."""
    for item in objects_at(document, ("Structure", "Expirations")):
        names = {"Name": "Name", "DTE": "DTE", "Min": "Min", "Max": "Max"}
        yield {**_scalars(item, names), **_roots_cells(item.get("Roots", ABSENT))}


def _roots_cells(roots: JsonValue) -> Cells:
    """Return the two root cells; ``null`` in both says that Roots itself is null."""
    if roots is None:
        return {"Roots include": NULL_WORD, "Roots exclude": NULL_WORD}
    lists = roots if isinstance(roots, dict) else {}
    return {
        "Roots include": items_cell(lists.get("Include", ABSENT), ","),
        "Roots exclude": items_cell(lists.get("Exclude", ABSENT), ","),
    }


def leg_rows(document: JsonValue) -> Iterator[Cells]:
    """Yield the rows of the Legs table."""
    for leg in objects_at(document, ("Structure", "Legs")):
        yield {
            **_scalars(
                leg,
                {
                    "Name": "Name",
                    "Qty": "Qty",
                    "Type": "OptionType",
                    "Expiration": "ExpirationName",
                    "Group": "LegGroupId",
                },
            ),
            **selector_cells(leg.get("StrikeSelector")),
        }


def selector_cells(selector: JsonValue) -> Cells:
    """Return the Selector, Value, Min, Max and Complex cells of a strike selector."""
    if not isinstance(selector, dict):
        return {}
    cells = _scalars(selector, {"Min": "Min", "Max": "Max"})
    for kind in SELECTORS:
        value = selector.get(kind)
        inner = _complex_cells(value) if kind == "Complex" else {"Value": cell_of(value)}
        if value is not None and any(not is_blank(cell) for cell in inner.values()):
            return {**cells, "Selector": kind, **inner}
    return cells


def _complex_cells(value: JsonValue) -> Cells:
    if not isinstance(value, dict):
        return {}
    return {
        **_scalars(value, {"Complex statement": "Statement", "Complex target": "Target"}),
        "Complex constraints": items_cell(value.get("Constraints", ABSENT), "\n"),
    }


def condition_rows(document: JsonValue, path: JsonPath) -> Iterator[Cells]:
    """Yield the rows of a list of conditions."""
    value = get_at(document, path)
    for item in value if isinstance(value, list) else []:
        yield {"Condition": cell_of(item)}


def variable_rows(document: JsonValue) -> Iterator[Cells]:
    """Yield the rows of the Variables table: those of the entry, then those of the exit."""
    for part in ("Entry", "Exit"):
        for name, expression in _named(get_at(document, (part, "VarDefines"))):
            yield {"Name": name, "Expression": expression, "When": part}


def adjustment_rows(document: JsonValue) -> Iterator[Cells]:
    """Yield the rows of the Adjustments table."""
    conditions = get_at(document, ("Adjustment", "ConditionalAdjustments"))
    for condition, actions in conditions.items() if isinstance(conditions, dict) else ():
        if is_blank(condition) or not isinstance(actions, dict):
            continue
        for word, name in ACTIONS.items():
            for cells in _action_rows(word, actions.get(name)):
                yield {"Condition": cell_of(condition), "Action": word, **cells}


def _action_rows(word: str, action: JsonValue) -> Iterator[Cells]:
    if not isinstance(action, dict):
        return
    yield from _expirations_of(word, action)
    if word == "MoveLeg":
        names = {"Leg": "LegName", "Expiration": "ExpirationName"}
        yield {**_scalars(action, names), **selector_cells(action.get("StrikeSelector"))}
    elif word == "RemoveLegs":
        yield {"Leg": items_cell(action.get("LegNames", ABSENT), ",")}
    elif word == "AddLegs":
        for leg in objects_at(action, ("Legs",)):
            names = {"Leg": "Name", "Qty": "Qty", "Type": "OptionType", "Group": "LegGroupId"}
            yield {
                **_scalars(leg, {**names, "Expiration": "ExpirationName"}),
                **selector_cells(leg.get("StrikeSelector")),
            }
        yield from _abort_conditions(action)
    for name, expression in _named(action.get("VarDefines")):
        yield {"Variable": name, "Expression": expression}


def _expirations_of(word: str, action: JsonValue) -> Iterator[Cells]:
    """Yield the expirations that an action looks for; their roots go to Other fields."""
    if word in ("MoveLeg", "AddLegs"):
        for item in objects_at(action, ("Expirations",)):
            names = {"Expiration": "Name", "Value": "DTE", "Min": "Min", "Max": "Max"}
            yield {**_scalars(item, names), "Selector": LOOK_FOR}


def _abort_conditions(action: JsonValue) -> Iterator[Cells]:
    found = get_at(action, ("AbortConditions",))
    for condition in found if isinstance(found, list) else []:
        cell = cell_of(condition)
        if cell is not None:
            yield {"Selector": ABORT_IF, "Value": cell}


def objects_at(document: JsonValue, path: JsonPath) -> list[dict[str, Any]]:
    """Return the objects of a list, nothing for what is no list."""
    value = get_at(document, path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _named(value: JsonValue) -> Iterator[tuple[CellValue, CellValue]]:
    """Yield the entries of a map that a row with a name and an expression can show."""
    for name, expression in value.items() if isinstance(value, dict) else ():
        cell = cell_of(expression)
        if not is_blank(name) and cell is not None:
            yield cell_of(name), cell


def _scalars(source: dict[str, JsonValue], fields: dict[str, str]) -> Cells:
    return {heading: cell_of(source.get(key, ABSENT)) for heading, key in fields.items()}
