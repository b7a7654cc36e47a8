"""Drop-downs and input messages of a plan's input cells."""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from xlmeso.sheets.cells import column_letters
from xlmeso.sheets.plan import CellHint, ColumnPlan, SheetPlan, TablePlan

MESSAGE_LIMIT = 255
TITLE_LIMIT = 32
LIST_LIMIT = 255
"""Excel's limits for an input message, its title and a list that is written out."""


def add_validations(sheet: Worksheet, plan: SheetPlan) -> None:
    """Add one validation per distinct hint, over all cells that share it."""
    made: dict[CellHint, DataValidation] = {}
    for table in plan.tables:
        for offset, column in enumerate(table.columns):
            letters = column_letters(table.column + offset)
            for hint, first, last in _runs(table, column):
                if hint not in made:
                    made[hint] = _validation(plan, hint)
                made[hint].add(f"{letters}{first}:{letters}{last}")
    for note in plan.notes:
        if note.hint is not None:
            if note.hint not in made:
                made[note.hint] = _validation(plan, note.hint)
            made[note.hint].add(f"{column_letters(note.column)}{note.row}")
    for validation in made.values():
        sheet.add_data_validation(validation)


def _runs(table: TablePlan, column: ColumnPlan) -> Iterator[tuple[CellHint, int, int]]:
    """Yield (hint, first row, last row) on the sheet."""
    if column.hints is not None:
        for offset, hint in enumerate(column.hints):
            if hint is not None:
                yield hint, table.row + 1 + offset, table.row + 1 + offset
    elif column.hint is not None:
        yield column.hint, table.row + 1, table.last_row


def _validation(plan: SheetPlan, hint: CellHint) -> DataValidation:
    source = _source(plan, hint)
    validation = DataValidation(
        type="list" if source else None,
        formula1=source,
        allow_blank=True,
        showErrorMessage=False,  # suggestions: expressions and new values stay possible
        showInputMessage=bool(hint.help),
    )
    if hint.help:
        validation.promptTitle = hint.title[:TITLE_LIMIT]
        validation.prompt = hint.help[:MESSAGE_LIMIT]
    return validation


def _source(plan: SheetPlan, hint: CellHint) -> str | None:
    if hint.choices_from is not None:
        table = plan.table(hint.choices_from[0])
        letters = column_letters(table.column_of(hint.choices_from[1]))
        return f"${letters}${table.row + 1}:${letters}${table.last_row}"
    if hint.choices_at:
        return hint.choices_at
    text = ",".join(choice for choice in hint.choices if "," not in choice)
    return f'"{text}"' if text and len(text) <= LIST_LIMIT else None
