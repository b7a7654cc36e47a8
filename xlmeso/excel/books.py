"""Books on disk without Excel: read a strategy, write results, never damage a file.

A book of ours is updated in place.  A book with parts that openpyxl would lose, or one that is not
ours, is left untouched; its results go to a new book beside it, and the notice says why.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlmeso.errors import WorkbookError

if TYPE_CHECKING:
    import xlwings

    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.sheets.plan import SheetPlan
    from xlmeso.sheets.strategy import StrategyReading

RESULT_SUFFIX = " results"
"""Appended to the name of a book that may not be changed."""


@dataclass(frozen=True, slots=True)
class WrittenBook:
    """Where results went; ``notice`` says why it is another book than the one asked for."""

    path: Path
    notice: str | None = None


def read_strategy_book(path: Path | str, sheet: str | None = None) -> StrategyReading:
    """Read the strategy of a book: of the sheet named, the active one, or the only one.

    The file is not changed.

    Raises
    ------
    WorkbookError
        The file cannot be read, or has no strategy sheet or no such sheet.
    """
    from xlmeso.excel.strategy_book import read_strategy_sheet

    with opened(Path(path)) as book:
        return read_strategy_sheet(book, sheet)


def new_strategy_book(
    path: Path | str, definition: StrategyDefinition, *, overwrite: bool = False
) -> Path:
    """Write a new book with one strategy sheet.

    Raises
    ------
    WorkbookError
        The file exists and ``overwrite`` is not set, or it cannot be written.
    """
    from xlmeso.report.books import write_workbook
    from xlmeso.sheets.strategy import plan_strategy

    return write_workbook(path, [plan_strategy(definition)], overwrite=overwrite)


def write_results(path: Path | str, plans: Sequence[SheetPlan]) -> WrittenBook:
    """Write result sheets into a book, or into a new one beside it.

    Raises
    ------
    WorkbookError
        Neither can be written; the book is byte for byte what it was.
    """
    from xlmeso.excel.result_book import write_plans
    from xlmeso.report.books import mark
    from xlmeso.report.inspect import inspect_book

    source = Path(path)
    reason = reason_to_leave(inspect_book(source), source)
    if reason is not None:
        return write_beside(source, plans, reason)
    with opened(source) as book:
        write_plans(book, plans)
        mark(book.api)
        book.save()
    return WrittenBook(source)


def reason_to_leave(contents: Any, path: Path) -> str | None:
    """Say why a book is not changed, None where it may be."""
    if contents.findings:
        return f"{path.name} holds {contents.losses()}, which would be lost without Excel"
    if not contents.is_ours:
        return f"{path.name} was not made by xlmeso"
    return None


def write_beside(source: Path, plans: Sequence[SheetPlan], reason: str) -> WrittenBook:
    """Write sheets into a new book beside one that may not be changed."""
    from xlmeso.report.books import write_workbook

    target = _free_name(source)
    write_workbook(target, plans, overwrite=target.exists(), title=f"{source.stem}{RESULT_SUFFIX}")
    notice = f"{reason}; it was left untouched and the results are in {target.name}."
    return WrittenBook(target, notice)


def _free_name(source: Path) -> Path:
    """Return ``book results.xlsx``, numbered while that file is not a result book of ours."""
    number = 1
    while True:
        suffix = RESULT_SUFFIX if number == 1 else f"{RESULT_SUFFIX} {number}"
        target = source.with_name(f"{source.stem}{suffix}.xlsx")
        if not target.exists() or _holds_results_only(target):
            return target
        number += 1


def _holds_results_only(path: Path) -> bool:
    """Whether a file is a result book of ours to which nobody has added anything."""
    from xlmeso.excel.result_book import is_result_sheet
    from xlmeso.report.inspect import inspect_book

    try:
        contents = inspect_book(path)
        if contents.findings or not contents.is_ours:
            return False
        with opened(path) as book:
            return all(is_result_sheet(sheet) for sheet in book.sheets)
    except WorkbookError:
        return False


@contextlib.contextmanager
def opened(path: Path) -> Iterator[xlwings.Book]:
    """Open a book on the headless engine, in an app of its own that ends afterwards."""
    from xlmeso.excel.headless import install

    app = install().apps.add(add_book=False)
    try:
        yield app.books.open(str(path))
    finally:
        app.quit()
