"""The Sweep sheet of an open book: found, read, filled in place, in Excel and headless alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlmeso.errors import WorkbookError
from xlmeso.excel.guards import require_new_sheets, require_writable
from xlmeso.excel.strategy_book import (
    find_strategy_sheet,
    mark_problems,
    read_strategy_sheet,
    sheet_tables,
)
from xlmeso.sheets.cells import cell_name, is_blank
from xlmeso.sheets.sweep import layout
from xlmeso.sheets.sweep.read import SweepReading, read_sweep, strategy_sheet_of
from xlmeso.sheets.sweep.write import VariantResult, variant_rules, variants_table

if TYPE_CHECKING:
    import xlwings

    from xlmeso.model.problems import Problem
    from xlmeso.model.sweep.variants import Variant
    from xlmeso.sheets.plan import TablePlan
    from xlmeso.sheets.strategy import StrategyReading


@dataclass(frozen=True, slots=True)
class BookSweep:
    """A Sweep sheet as it was read, with the strategy that it varies."""

    reading: SweepReading
    strategy: StrategyReading


def is_sweep_sheet(sheet: xlwings.Sheet) -> bool:
    """Whether a sheet holds the variants of a sweep."""
    return any(layout.is_variants_table(table.name) for table in sheet.tables)


def sweep_sheets(book: xlwings.Book) -> list[Any]:
    """Return the Sweep sheets of a book, the active one first."""
    active = book.sheets.active.name
    found = [sheet for sheet in book.sheets if is_sweep_sheet(sheet)]
    return sorted(found, key=lambda sheet: sheet.name != active)


def find_sweep_sheet(book: xlwings.Book, name: str | None = None) -> Any:
    """Return the Sweep sheet named, the active one or the only one; None where there is none.

    Raises
    ------
    WorkbookError
        There are several and none of them is active or named, or none of that name.
    """
    found = sweep_sheets(book)
    if name is not None:
        for sheet in found:
            if sheet.name.casefold() == name.casefold():
                return sheet
        raise WorkbookError(f"the book has no Sweep sheet {name!r}.", where=book.name)
    if len(found) > 1 and found[0].name != book.sheets.active.name:
        names = ", ".join(sheet.name for sheet in found)
        raise WorkbookError(
            "the book has several Sweep sheets.",
            where=book.name,
            cure=f"Bring one of them to the front, or name it: {names}.",
        )
    return found[0] if found else None


def read_sweep_sheet(book: xlwings.Book, sheet: xlwings.Sheet) -> BookSweep:
    """Read a Sweep sheet and the strategy that it varies.

    Raises
    ------
    WorkbookError
        The strategy's sheet cannot be told.
    """
    tables = sheet_tables(sheet, layout.kind_of)
    named = strategy_sheet_of(tables)
    strategy = read_strategy_sheet(book, named) if named else read_strategy_sheet(book, _only(book))
    return BookSweep(read_sweep(tables, strategy.definition), strategy)


def _only(book: xlwings.Book) -> str:
    return str(find_strategy_sheet(book).name)


def mark_sweep(sheet: xlwings.Sheet, problems: Iterable[Problem]) -> None:
    """Write each mistake into the Problem column of its row; clears the earlier ones."""
    mark_problems(sheet, problems, layout.kind_of)


def plan_variants(
    sheet: xlwings.Sheet,
    variants: Sequence[Variant],
    results: Sequence[VariantResult],
    columns: Sequence[str],
) -> TablePlan:
    """Plan the variants' table where it stands on the sheet."""
    table = _variants(sheet)
    return variants_table(
        variants, results, columns, table.range.row, table.range.column, name=table.name
    )


def require_room(sheet: xlwings.Sheet, plan: TablePlan) -> None:
    """Refuse a table that would grow over something; nothing has been sent or written yet.

    Raises
    ------
    WorkbookError
        The sheet or the book is protected, or cells or tables stand in the way.
    """
    require_writable(sheet, plan.row, plan.column)
    old = _variants(sheet).range
    bottom, right = old.row + old.shape[0] - 1, old.column + old.shape[1] - 1
    area = sheet.range((plan.row, plan.column), (plan.last_row, plan.last_column))
    for down, line in enumerate(area.options(ndim=2, err_to_str=True).value):
        for across, value in enumerate(line):
            row, column = plan.row + down, plan.column + across
            if (row > bottom or column > right) and not is_blank(value):
                raise WorkbookError(
                    f"the table of the variants needs this cell, which is in use: {value!r}.",
                    where=cell_name(sheet.name, row, column),
                    cure="Move what stands there, or move the table to where it has room.",
                )


def require_result_sheet(book: xlwings.Book) -> None:
    """Refuse a book to which the sheet of the results cannot be written."""
    from xlmeso.excel.guards import place_of

    place = place_of(book, layout.RESULT_SHEET)
    if place is None:
        require_new_sheets(book)
    else:
        require_writable(place)


def paint_variants(sheet: xlwings.Sheet, plan: TablePlan) -> None:
    """Draw the variants' table anew where it stands."""
    from xlmeso.excel.painters import repaint_table

    repaint_table(sheet, plan, variant_rules(plan))


def note_above(sheet: xlwings.Sheet, text: str) -> None:
    """Write the line above the variants' table, if the line of ours is still there."""
    from xlmeso.excel.painters import as_typed
    from xlmeso.sheets.sweep.write import BY_HAND

    table = _variants(sheet).range
    if table.row < 2:
        return
    cell = sheet.range((table.row - 1, table.column + 1))
    before = cell.value
    if isinstance(before, str) and before.startswith((BY_HAND, layout.AS_OF, layout.OUT_OF_DATE)):
        cell.value = as_typed(text)


def write_states(sheet: xlwings.Sheet, plan: TablePlan) -> None:
    """Write states, figures and ids of the variants in one go; the table is drawn already."""
    from xlmeso.excel.painters import as_typed

    first = plan.column_of(layout.STATE)
    last = plan.column_of(layout.ID)
    columns = plan.columns[first - plan.column : last - plan.column + 1]
    sheet.range((plan.row + 1, first), (plan.last_row, last)).value = [
        [as_typed(plan.value_at(offset, column)) for column in columns]
        for offset in range(plan.length)
    ]


def _variants(sheet: xlwings.Sheet) -> Any:
    return next(table for table in sheet.tables if layout.is_variants_table(table.name))
