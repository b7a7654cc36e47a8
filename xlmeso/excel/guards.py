"""Before a macro writes: can everything be written?  So that nothing is left half-written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import WorkbookError
from xlmeso.excel.result_book import is_result_sheet
from xlmeso.sheets.cells import cell_name

if TYPE_CHECKING:
    import xlwings

    from xlmeso.sheets.plan import SheetPlan

_SHEET_FLAGS: Final = ("ProtectContents", "protect_contents", "protection.sheet")
_BOOK_FLAGS: Final = ("ProtectStructure", "protect_structure", "security.lockStructure")
"""The same property in Excel on Windows, Excel on macOS and the headless engine."""


def is_protected(sheet: xlwings.Sheet) -> bool:
    """Whether the cells of a sheet are locked against changes."""
    return _flag(sheet.api, _SHEET_FLAGS)


def require_writable(sheet: xlwings.Sheet, row: int = 1, column: int = 1) -> None:
    """Refuse a protected sheet, naming the cell that would be written first.

    Raises
    ------
    WorkbookError
        The sheet is protected.
    """
    if is_protected(sheet):
        raise WorkbookError(
            "the sheet is protected; nothing was written.",
            where=cell_name(sheet.name, row, column),
            cure="Unprotect it (Review > Unprotect Sheet) and press the button again.",
        )


def require_new_sheets(book: xlwings.Book) -> None:
    """Refuse a book to which no sheet can be added.

    Raises
    ------
    WorkbookError
        The structure of the book is protected.
    """
    if _flag(book.api, _BOOK_FLAGS):
        raise WorkbookError(
            "the structure of the workbook is protected, so no sheet can be added.",
            where=book.name,
            cure="Unprotect it (Review > Protect Workbook) and press the button again.",
        )


def require_places(book: xlwings.Book, plans: Iterable[SheetPlan]) -> None:
    """Refuse plans of which one could not be written where it belongs.

    Raises
    ------
    WorkbookError
        A sheet or the book's structure is protected; nothing was written.
    """
    for plan in plans:
        sheet = place_of(book, plan.name)
        if sheet is None:
            require_new_sheets(book)
        else:
            row = plan.tables[0].row if plan.tables else 1
            require_writable(sheet, row)


def place_of(book: xlwings.Book, name: str) -> Any:
    """Return the sheet that a result of this name replaces, None for a new one.

    The rule of `xlmeso.excel.result_book.write_plans`: a sheet of that name if it is ours, else
    ``Events (2)`` and so on.
    """
    sheets = {sheet.name.casefold(): sheet for sheet in book.sheets}
    number = 1
    while True:
        found = sheets.get((name if number == 1 else f"{name} ({number})").casefold())
        if found is None or is_result_sheet(found):
            return found
        number += 1


def write_checked(book: xlwings.Book, plans: Sequence[SheetPlan]) -> list[str]:
    """Write result sheets after making sure that all of them can be written.

    Returns
    -------
    list of str
        Names of the sheets.

    Raises
    ------
    WorkbookError
        One of them cannot be written; none was.
    """
    from xlmeso.excel.result_book import write_plans

    require_places(book, plans)
    return write_plans(book, plans)


def refuse_merged(area: Any, what: str) -> None:
    """Refuse merged cells in an area, which hide values.

    Raises
    ------
    WorkbookError
        There are some; the first one is named.
    """
    if area.merge_cells is False:
        return
    for cell in area:
        if cell.merge_area.shape != (1, 1):
            raise WorkbookError(
                f"merged cells lie over {what}; nothing was written.",
                where=cell_name(area.sheet.name, cell.row, cell.column),
                cure="Unmerge them: a merged cell hides values.",
            )


def show_sheet(sheet: xlwings.Sheet) -> None:
    """Bring a sheet to the front of its book, whichever engine is the active one."""
    sheet.impl.activate()


def _flag(native: Any, paths: Iterable[str]) -> bool:
    return any(_property(native, path) for path in paths)


def _property(native: Any, path: str) -> bool:
    """Return a property of a host's own object; False where the host does not know it."""
    value = native
    try:
        for name in path.split("."):
            value = getattr(value, name)
        return bool(value.get() if hasattr(value, "get") else value)
    except Exception:  # each host raises its own error for a name that it does not know
        return False
