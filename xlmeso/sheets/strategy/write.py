"""The plan of a strategy sheet: tables one below the other, readable from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from xlmeso.model.document import JsonValue
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.cells import CellValue, visible_text
from xlmeso.sheets.plan import CellHint, ColumnPlan, NotePlan, RulePlan, SheetPlan, TablePlan
from xlmeso.sheets.strategy import fill
from xlmeso.sheets.strategy.differences import differences
from xlmeso.sheets.strategy.hints import column_hint, field_hint
from xlmeso.sheets.strategy.layout import SECTIONS, Section
from xlmeso.sheets.strategy.other_fields import rows_of
from xlmeso.sheets.strategy.read import read_strategy
from xlmeso.sheets.tables import tables_of

FIRST_ROW: Final = 4
"""Row of the first section's heading."""

WIDTHS: Final = dict(
    enumerate((34, 30, 14, 15, 13, 26, 9, 9, 19, 15, 20, 8, 24, 15, 20, 8, 24), start=1)
)
"""Characters per sheet column; shared by all tables, since they stand below each other."""

_TEXT: Final = "@"
_DATE: Final = "yyyy-mm-dd hh:mm:ss"
_LEGEND: Final = (
    "Blue cells are yours to fill: blank = absent, the word null = null. Expressions are Lua, for "
    "example  pos_theta * 2.  A field's help shows when you select its cell."
)


@dataclass(frozen=True, slots=True)
class _Block:
    """A section with its table's columns, before it has a place on the sheet."""

    section: Section
    columns: tuple[ColumnPlan, ...]


def plan_strategy(
    definition: StrategyDefinition, *, sheet_name: str = "Strategy", suffix: str = ""
) -> SheetPlan:
    """Lay a definition out on a sheet.

    Parameters
    ----------
    definition
        Any definition, also one with mistakes or unknown fields: nothing is lost.
    sheet_name
        Name of the sheet.
    suffix
        Appended to the table names, for example ``_2`` for a book's second strategy sheet.

    Raises
    ------
    WorkbookError
        A key of the definition is longer than a cell holds.
    """
    blocks = [_block(section, definition.document, suffix) for section in SECTIONS[:-1]]
    plan = _sheet(blocks, definition, sheet_name, suffix)
    says = read_strategy(tables_of(plan)).definition.document
    others = rows_of(differences(says, definition.document))
    return _sheet([*blocks, _other_block(others)], definition, sheet_name, suffix)


def _block(section: Section, document: JsonValue, suffix: str) -> _Block:
    if section.rows:
        return _Block(section, _field_columns(section, document))
    rows = list(_ROWS[section.key](section, document))
    return _Block(section, _list_columns(section, rows, suffix))


def _field_columns(section: Section, document: JsonValue) -> tuple[ColumnPlan, ...]:
    found = list(fill.field_rows(section, document))
    hints = [field_hint(row.path, row.label) for _, row, _ in found]
    formats = [_DATE if row.time else _TEXT for _, row, _ in found]
    return (
        ColumnPlan("Field", [label for label, _, _ in found], style="MesoCalc"),
        ColumnPlan(
            "Value",
            [value for _, _, value in found],
            formats=formats,
            style="MesoInput",
            align="left",
            wrap=True,
            hints=hints,
        ),
        ColumnPlan("Problem", [None] * len(found), style="MesoProblem"),
        ColumnPlan("Help", [_short(hint.help) for hint in hints], style="MesoNote"),
    )


def _short(text: str) -> str | None:
    """Keep the first sentence: the whole help stands in the cell's input message."""
    return text.split(". ")[0].rstrip(".") or None


def _list_columns(section: Section, rows: list[fill.Cells], suffix: str) -> tuple[ColumnPlan, ...]:
    length = len(rows) + section.spare
    return tuple(
        ColumnPlan(
            title,
            _padded((row.get(title) for row in rows), length),
            number_format=_TEXT,
            style="MesoProblem" if title == "Problem" else "MesoInput",
            align="left",
            wrap=title != "Problem",
            hint=_with_suffix(column_hint(section, title), suffix),
        )
        for title in section.columns
    )


def _with_suffix(hint: CellHint | None, suffix: str) -> CellHint | None:
    if hint is None or hint.choices_from is None:
        return hint
    table, column = hint.choices_from
    return replace(hint, choices_from=(table + suffix, column))


def _padded(values: Iterable[CellValue], length: int) -> list[CellValue]:
    cells = list(values)
    return cells + [None] * (length - len(cells))


def _other_block(rows: list[tuple[str, str, str, str]]) -> _Block:
    section = SECTIONS[-1]
    length = len(rows) + section.spare
    columns = [_padded((row[number] or None for row in rows), length) for number in range(4)]
    plans = [
        ColumnPlan(title, values, number_format=_TEXT, style="MesoInput", align="left")
        for title, values in zip(section.columns, columns, strict=False)
    ]
    return _Block(section, (*plans, ColumnPlan("Problem", [None] * length, style="MesoProblem")))


def _sheet(
    blocks: list[_Block], definition: StrategyDefinition, sheet_name: str, suffix: str
) -> SheetPlan:
    name = visible_text(definition.strategy_name or "", limit=120)
    notes = [
        NotePlan(f"Strategy: {name}" if name else "Strategy", 1, style="MesoTitle"),
        NotePlan(_LEGEND, 2),
    ]
    tables: list[TablePlan] = []
    row = FIRST_ROW
    for block in blocks:
        notes.append(NotePlan(block.section.title, row, style="MesoSection"))
        notes.append(NotePlan(block.section.note, row, 2))
        table = TablePlan(f"meso_{block.section.key}{suffix}", block.columns, row + 1)
        tables.append(table)
        row = table.last_row + 2
    return SheetPlan(
        sheet_name,
        tuple(tables),
        tuple(notes),
        rules=tuple(_problem_rule(table) for table in tables),
        freeze=(3, 1),
        widths={number: float(width) for number, width in WIDTHS.items()},
        footer=f"Strategy {name}".strip(),
        tab_colour="0072B2",
    )


def _problem_rule(table: TablePlan) -> RulePlan:
    titles = tuple(column.title for column in table.columns if column.title != "Help")
    return RulePlan(table.name, titles, "LEN({Problem})>0", "bad")


def _conditions(section: Section, document: JsonValue) -> Iterator[fill.Cells]:
    return fill.condition_rows(document, section.path)


_ROWS: Final[dict[str, Callable[[Section, JsonValue], Iterator[fill.Cells]]]] = {
    "expirations": lambda _, document: fill.expiration_rows(document),
    "legs": lambda _, document: fill.leg_rows(document),
    "variables": lambda _, document: fill.variable_rows(document),
    "adjustments": lambda _, document: fill.adjustment_rows(document),
    "entry_conditions": _conditions,
    "abort_conditions": _conditions,
    "exit_conditions": _conditions,
}
