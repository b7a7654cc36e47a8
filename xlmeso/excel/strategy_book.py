"""The strategy sheet of an open book, read through the xlwings API: in Excel and headless alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from xlmeso.errors import WorkbookError
from xlmeso.sheets.cells import ERROR_TEXTS, CellError, CellValue, MissingResult
from xlmeso.sheets.strategy import StrategyReading, is_strategy_table, read_strategy, section_of
from xlmeso.sheets.tables import SheetTables, TableCells

if TYPE_CHECKING:
    import xlwings

    from xlmeso.model.problems import Problem

Rows = tuple[tuple[CellValue, ...], ...]


def read_strategy_sheet(book: xlwings.Book, sheet: str | None = None) -> StrategyReading:
    """Read the strategy of a sheet by name, of the active sheet, or of the only strategy sheet.

    Raises
    ------
    WorkbookError
        No such sheet, no strategy sheet, or several and none of them active or named.
    """
    return read_strategy(sheet_tables(find_strategy_sheet(book, sheet)))


def find_strategy_sheet(book: xlwings.Book, name: str | None = None) -> xlwings.Sheet:
    """Return the strategy sheet that is meant; see `read_strategy_sheet`."""
    if name is not None:
        for sheet in book.sheets:
            if sheet.name.casefold() == name.casefold():
                return sheet
        raise WorkbookError(
            f"the book has no sheet {name!r}", where=book.name, cure=_list(book.sheets)
        )
    candidates = [sheet for sheet in book.sheets if _is_strategy(sheet)]
    active = book.sheets.active
    for sheet in candidates:
        if sheet.name == active.name:
            return sheet
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise WorkbookError(
            "the book has no strategy sheet (no table meso_legs, meso_backtest ...)",
            where=book.name,
            cure="Make one with xlmeso new, or copy a Strategy sheet into the book.",
        )
    raise WorkbookError(
        "the book has several strategy sheets", where=book.name, cure=_list(candidates)
    )


def _list(sheets: Iterable[Any]) -> str:
    return "Name one of its sheets: " + ", ".join(sheet.name for sheet in sheets) + "."


def _is_strategy(sheet: xlwings.Sheet) -> bool:
    return any(is_strategy_table(table.name) for table in sheet.tables)


def sheet_tables(
    sheet: xlwings.Sheet, is_ours: Callable[[str], object] = section_of
) -> SheetTables:
    """Read our tables of a sheet, those of a strategy or others by name, one bulk read each."""
    ours = [table for table in sheet.tables if is_ours(table.name)]
    merged = tuple({area for table in ours for area in _merged(table.range)})
    return SheetTables(sheet.name, tuple(_table_cells(table) for table in ours), merged)


def _table_cells(table: Any) -> TableCells:
    area = table.range
    head = table.header_row_range
    body = table.data_body_range
    rows = _cells(body) if body is not None else ()
    header = _cells(head)[0] if head is not None else ()
    first = area.row if head is not None else area.row - 1
    return TableCells(table.name, first, area.column, header, rows)


def _cells(area: Any) -> Rows:
    """Read values; error values and formulas without a stored result are told from texts."""
    values = area.options(ndim=2, err_to_str=True).value
    formulas = area.formula
    if not isinstance(formulas, (tuple, list)):
        formulas = ((formulas,),)
    elif formulas and not isinstance(formulas[0], (tuple, list)):
        formulas = (formulas,) if area.shape[0] == 1 else tuple((item,) for item in formulas)
    return tuple(
        tuple(_cell(value, formula) for value, formula in zip(line, texts, strict=True))
        for line, texts in zip(values, formulas, strict=True)
    )


def _cell(value: Any, formula: Any) -> CellValue:
    if value is None and isinstance(formula, str) and formula.startswith("="):
        return MissingResult(formula)
    if isinstance(value, str) and value in ERROR_TEXTS:
        return CellError(value)
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return value


def _merged(area: Any) -> set[tuple[int, int, int, int]]:
    """Find the merged areas over a table; looks cell by cell only where there are any."""
    if area.merge_cells is False:
        return set()
    found = set()
    for cell in area:
        around = cell.merge_area
        if around.shape != (1, 1):
            last = around.last_cell
            found.add((around.row, around.column, last.row, last.column))
    return found


def mark_problems(
    sheet: xlwings.Sheet,
    problems: Iterable[Problem],
    is_ours: Callable[[str], object] = section_of,
) -> None:
    """Write each problem into the Problem column of its row; clears the earlier ones."""
    texts: dict[int, list[str]] = {}
    for problem in problems:
        row = _row_of(problem.cell, sheet.name)
        if row is not None:
            texts.setdefault(row, []).append(problem.message)
    for table in sheet.tables:
        if is_ours(table.name):
            _mark_table(table, texts)


def _mark_table(table: Any, texts: dict[int, list[str]]) -> None:
    head, body = table.header_row_range, table.data_body_range
    headings = head.options(ndim=1).value if head is not None else []
    if body is None or "Problem" not in headings:
        return
    column = headings.index("Problem")
    rows = range(body.row, body.row + body.shape[0])
    body[:, column].value = [
        ["'" + "; ".join(texts[row]) if row in texts else None] for row in rows
    ]


def _row_of(cell: str | None, sheet: str) -> int | None:
    """Return the row of a cell name on a sheet, None for a cell elsewhere."""
    place, _, address = (cell or "").rpartition("!")
    if place.strip("'").replace("''", "'") != sheet:
        return None
    digits = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$")
    return int(digits) if digits.isdigit() else None
