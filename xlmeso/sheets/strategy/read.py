"""From the tables of a sheet to a definition, with the cell of every path and all problems."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Callable
from dataclasses import replace

from xlmeso.model.document import JsonPath, path_text
from xlmeso.model.problems import Severity
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.strategy.actions import put_variable, read_adjustments
from xlmeso.sheets.strategy.differences import EditKind, apply, resolve, value_at
from xlmeso.sheets.strategy.draft import Draft, Row, TableView
from xlmeso.sheets.strategy.layout import (
    CONDITION_LISTS,
    SECTION_BY_KEY,
    SECTIONS,
    FieldRow,
    Section,
    group_rows,
    in_usual_order,
    section_of,
)
from xlmeso.sheets.strategy.legs import put_leg
from xlmeso.sheets.strategy.other_fields import ReadEdit, before_cell, read_edits
from xlmeso.sheets.strategy.reading import StrategyReading
from xlmeso.sheets.strategy.values import ABSENT, scalar_of
from xlmeso.sheets.tables import SheetTables, TableCells


def read_strategy(tables: SheetTables) -> StrategyReading:
    """Read a definition from the tables of a strategy sheet, wherever they stand on it.

    Parameters
    ----------
    tables
        The sheet's tables; those that are not named ``meso_<section>`` are ignored.

    Returns
    -------
    StrategyReading
        The definition as far as it can be read, and every problem of the sheet with its cell.
    """
    draft = Draft(tables)
    draft.claim((), tables.cell(1, 1))
    views = _views(draft)
    for key, view in views.items():
        if key != "other_fields":
            _READERS.get(key, _read_fields)(view)
    says = in_usual_order(draft.document)
    document = copy.deepcopy(says)
    if "other_fields" in views:
        for read in read_edits(views["other_fields"].rows()):
            _apply(read, says, document, draft)
    return StrategyReading(
        StrategyDefinition(document), tables.sheet, dict(draft.cells), tuple(draft.problems)
    )


def _views(draft: Draft) -> dict[str, TableView]:
    """Match the sheet's tables with the sections, in the order of the sections."""
    found: dict[str, TableCells] = {}
    for table in draft.tables.tables:
        section = section_of(table.name)
        if section is None:
            continue
        head = draft.tables.cell(table.row, table.column)
        if section.key in found:
            other = found[section.key].name
            draft.report(section.path, head, f"the tables {other} and {table.name} say the same",
                         "Keep one of them on this sheet.")  # fmt: skip
        else:
            found[section.key] = table
            _check_merged(draft, section, table)
    views: dict[str, TableView] = {}
    for section in SECTIONS:
        if section.key in found:
            views[section.key] = TableView(draft, section, found[section.key])
        elif section.required:
            draft.report(section.path, draft.tables.cell(1, 1),
                         f"the sheet has no table meso_{section.key} ({section.title})",
                         "Copy it from a new strategy sheet (xlmeso new).")  # fmt: skip
    for view in views.values():
        draft.claim(view.section.path, view.head)
    return views


def _check_merged(draft: Draft, section: Section, table: TableCells) -> None:
    for area in draft.tables.merged:
        if table.overlaps(area):
            draft.report(
                section.path,
                draft.tables.cell(area[0], area[1]),
                f"merged cells lie over the table {table.name}",
                "Unmerge them: a merged cell hides values.",
            )


def _read_fields(view: TableView) -> None:
    """Read a table of fields; a field that stands twice, or none that we know, is a problem."""
    section = view.section
    groups = group_rows(section)
    known: dict[str, FieldRow] = {label: FieldRow(label, path) for label, path in groups.items()}
    known |= {path_text(row.path): row for row in section.rows}
    known |= {row.label: row for row in section.rows}
    folded = {name.casefold(): row for name, row in known.items()}
    seen: dict[JsonPath, str] = {}
    for row in view.rows():
        name = row.text("Field", section.path).strip()
        field = folded.get(name.casefold())
        if field is None:
            _unknown_field(row, name, known)
        elif field.path in seen:
            row.report("Field", field.path, f"{name} stands in {seen[field.path]} already")
        else:
            seen[field.path] = row.cell("Field")
            _read_field(row, field, field.path in groups.values())


def _read_field(row: Row, field: FieldRow, is_group: bool) -> None:
    value = scalar_of(row.usable("Value", field.path, time=field.time))
    if is_group and value is not None and value is not ABSENT:
        row.report("Value", field.path, f"{field.label} has parts; here it can only be null")
        value = ABSENT
    row.view.draft.put(field.path, value, row.cell("Value"))


def _unknown_field(row: Row, name: str, known: dict[str, FieldRow]) -> None:
    if not name:
        message = "the row has a value but no field"
    else:
        message = f"{name!r} is no field of the table {row.view.table.name}"
    near = difflib.get_close_matches(name, known, 1)
    advice = f"Did you mean {near[0]}?" if near else "Put unknown fields into Other fields."
    row.report("Field", row.view.section.path, message, advice)


def _read_expirations(view: TableView) -> None:
    for row in view.rows():
        path = ("Structure", "Expirations", row.index)
        view.draft.open(path, row.cell("Name"))
        for title in ("Name", "DTE", "Min", "Max"):
            row.put(title, (*path, title))
        _read_roots(row, (*path, "Roots"))


def _read_roots(row: Row, path: JsonPath) -> None:
    view = row.view.draft
    view.claim(path, row.cell("Roots include"))
    cells = [scalar_of(row.usable(title, path)) for title in ("Roots include", "Roots exclude")]
    if cells == [None, None]:
        view.put(path, None, row.cell("Roots include"))
        return
    row.put_items("Roots include", (*path, "Include"), ",")
    row.put_items("Roots exclude", (*path, "Exclude"), ",")


def _read_legs(view: TableView) -> None:
    for row in view.rows():
        put_leg(row, ("Structure", "Legs", row.index), name_title="Name")
        row.put("Group", ("Structure", "Legs", row.index, "LegGroupId"))


def _read_conditions(view: TableView) -> None:
    view.draft.put(view.section.path, [], view.head)
    for row in view.rows():
        path = (*view.section.path, row.index)
        value = scalar_of(row.usable("Condition", path))
        view.draft.put(path, "" if value is ABSENT else value, row.cell("Condition"))


def _read_variables(view: TableView) -> None:
    for part in ("Entry", "Exit"):
        view.draft.put((part, "VarDefines"), {}, view.head)
    for row in view.rows():
        when = row.text("When", view.section.path).strip().capitalize() or "Entry"
        if when in ("Entry", "Exit"):
            put_variable(row, (when, "VarDefines"), name_title="Name")
        else:
            row.report("When", view.section.path, f"{when!r} is not Entry or Exit")


_READERS: dict[str, Callable[[TableView], None]] = {
    "expirations": _read_expirations,
    "legs": _read_legs,
    "variables": _read_variables,
    "adjustments": read_adjustments,
    **dict.fromkeys(CONDITION_LISTS, _read_conditions),
}


def _apply(read: ReadEdit, says: object, document: dict[str, object], draft: Draft) -> None:
    """Apply a row of Other fields if the sheet still says what it said when it was written."""
    edit = read.edit
    place = resolve(says, edit.path)
    now = ABSENT if place is None else value_at(says, place)
    if edit.kind is EditKind.ORDER and isinstance(now, dict):
        now = list(now)
    current = place is not None and before_cell(now) == read.before
    if current and place is not None and apply(document, replace(edit, path=place)):
        if edit.kind is EditKind.VALUE:
            draft.claim(place, read.row.cell("JSON value"))
    elif edit.kind is EditKind.VALUE and not read.before:
        draft.report(
            edit.path,
            read.row.cell("Path"),
            "this row is not used: the sheet now has a value of its own there, or no such place",
            "Delete the row, or mend its path.",
            severity=Severity.WARNING,
        )


def is_strategy_table(name: str) -> bool:
    """Whether a table's name makes its sheet a strategy sheet (``meso_legs``, ``meso_exit_2``)."""
    section = section_of(name)
    return section is not None and SECTION_BY_KEY[section.key].required
