"""Result sheets into an open book: each is written anew at its place, all others stay untouched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xlmeso.excel.painters import painter_for
from xlmeso.sheets.results.runs import TABLE as RUNS_TABLE
from xlmeso.sheets.results.runs import with_earlier_runs

if TYPE_CHECKING:
    import xlwings

    from xlmeso.sheets.plan import SheetPlan

OUR_TABLES = (
    "meso_analytics",
    "meso_events",
    "meso_nav",
    RUNS_TABLE,
    "meso_compare",
    "meso_formula_check",
    "meso_functions",
    "meso_sweep_best",
    "meso_sweep_paths",
    "meso_trades",
)
"""Tables whose presence makes a sheet a result sheet of ours."""


def write_plans(book: xlwings.Book, plans: Sequence[SheetPlan]) -> list[str]:
    """Write result sheets into a book and remove pages of a longer earlier blotter.

    A sheet of a plan's name is replaced only if it is ours; where a user's own sheet has the name,
    the result goes to ``Events (2)`` and so on.

    Returns
    -------
    list of str
        Names of the sheets that were written, in the order of the plans.
    """
    paint = painter_for(book)
    in_front = book.sheets.active.name
    written: list[str] = []
    after: Any = None
    for plan in plans:
        sheet = _place_for(book, plan, after)
        whole = _with_history(sheet, plan)
        paint(sheet, _with_free_tables(book, sheet.name, whole))
        written.append(sheet.name)
        after = sheet
    _remove_old_pages(book, written)
    book.sheets[in_front].impl.activate()  # the public method needs an active engine
    return written


def _with_history(sheet: xlwings.Sheet, plan: SheetPlan) -> SheetPlan:
    """Keep the runs that the sheet lists already below those of the plan."""
    if not any(table.name == RUNS_TABLE for table in plan.tables):
        return plan
    for table in sheet.tables:
        head, body = table.header_row_range, table.data_body_range
        if table.name.startswith(RUNS_TABLE) and head is not None and body is not None:
            return with_earlier_runs(plan, head.options(ndim=1).value, body.options(ndim=2).value)
    return plan


def _with_free_tables(book: xlwings.Book, sheet_name: str, plan: SheetPlan) -> SheetPlan:
    """Rename tables whose names another sheet has, for example a result that a user keeps."""
    taken = {
        table.name.casefold()
        for sheet in book.sheets
        if sheet.name != sheet_name
        for table in sheet.tables
    }
    names: dict[str, str] = {}
    for table in plan.tables:
        name, number = table.name, 2
        while name.casefold() in taken:
            name, number = f"{table.name}_r{number}", number + 1
        names[table.name] = name
        taken.add(name.casefold())
    return plan.with_table_names(names)


def _place_for(book: xlwings.Book, plan: SheetPlan, after: Any) -> Any:
    """Return the sheet to write on: ours of that name, else a new one beside the last result."""
    for name in _names(plan.name):
        sheet = _sheet(book, name)
        if sheet is None:
            return book.sheets.add(name, after=after or book.sheets[len(book.sheets) - 1])
        if is_result_sheet(sheet):
            return sheet
    raise AssertionError("the names never end")


def _names(name: str) -> Any:
    yield name
    number = 2
    while True:
        yield f"{name} ({number})"
        number += 1


def _sheet(book: xlwings.Book, name: str) -> Any:
    for sheet in book.sheets:
        if sheet.name.casefold() == name.casefold():
            return sheet
    return None


def is_result_sheet(sheet: xlwings.Sheet) -> bool:
    """Whether a sheet was written by us and may be written anew."""
    return any(table.name.startswith(OUR_TABLES) for table in sheet.tables)


def _remove_old_pages(book: xlwings.Book, written: Sequence[str]) -> None:
    """Delete ``Events 3`` when the new blotter has two pages only."""
    stems = {name for name in written if not name[-1].isdigit()}
    for sheet in list(book.sheets):
        stem, _, number = sheet.name.rpartition(" ")
        is_page = number.isdigit() and stem in stems and sheet.name not in written
        if is_page and is_result_sheet(sheet):
            sheet.delete()
