"""A planned book to a file: every sheet, the names, the document's properties, formula results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlmeso.errors import WorkbookError
from xlmeso.report.books import mark, save_book
from xlmeso.sheets.book_plan import BookPlan, NamePlan
from xlmeso.sheets.cells import CellValue, Formula, column_letters, visible_text
from xlmeso.sheets.plan import SheetPlan

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

    from xlmeso.report.package import StoredResult
    from xlmeso.report.splice import Streams


def write_book(path: Path | str, plan: BookPlan, *, overwrite: bool = False) -> Path:
    """Write a new workbook that shows a plan, whole or not at all.

    Raises
    ------
    WorkbookError
        The file exists and ``overwrite`` is not set, is open in Excel, or cannot be written.
    """
    from xlmeso.report.splice import Streams

    target = Path(path)
    if target.exists() and not overwrite:
        raise WorkbookError(
            "the file exists already", where=str(target), cure="Choose another name."
        )
    streams = Streams()
    save_book(render_book(plan, streams), target, results=stored_results(plan), streams=streams)
    return target


def render_book(plan: BookPlan, streams: Streams) -> Workbook:
    """Draw all sheets of a plan in memory, but for the rows that ``streams`` takes."""
    from openpyxl import Workbook

    from xlmeso.report.render import render_sheet

    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in plan.sheets:
        render_sheet(book.create_sheet(sheet.name), sheet, plan, streams)
    for name in plan.names:
        _define(book, name)
    mark(book, title=visible_text(plan.title))
    properties = book.properties
    properties.subject = visible_text(plan.subject) or None
    properties.description = visible_text(plan.description) or None
    properties.keywords = visible_text(plan.keywords) or None
    return book


def stored_results(plan: BookPlan) -> dict[str, dict[str, StoredResult]]:
    """Return the results of the plan's formulas by sheet and cell, as we work them out."""
    found = {sheet.name: _results(sheet) for sheet in plan.sheets}
    return {name: results for name, results in found.items() if results}


def _results(sheet: SheetPlan) -> dict[str, StoredResult]:
    results: dict[str, StoredResult] = {}

    def look(value: CellValue, row: int, column: int) -> None:
        if isinstance(value, Formula) and value.value is not None:
            results[f"{column_letters(column)}{row}"] = value.value

    for note in sheet.notes:
        look(note.text, note.row, note.column)
    for table in sheet.tables:
        for place, planned in enumerate(() if table.large else table.columns):
            for offset, value in enumerate(planned.values):
                look(value, table.row + 1 + offset, table.column + place)
    return results


def _define(book: Any, name: NamePlan) -> None:
    from openpyxl.workbook.defined_name import DefinedName

    last_row, last_column = name.last_row or name.row, name.last_column or name.column
    corners = [f"${column_letters(name.column)}${name.row}"]
    if (last_row, last_column) != (name.row, name.column):
        corners.append(f"${column_letters(last_column)}${last_row}")
    sheet = name.sheet.replace("'", "''")
    book.defined_names[name.name] = DefinedName(
        name.name, attr_text=f"'{sheet}'!{':'.join(corners)}", comment=name.comment or None
    )
