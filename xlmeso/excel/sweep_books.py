"""Sweeps in books on disk, without Excel: read a Sweep sheet, write what came of its variants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from xlmeso.excel.books import WrittenBook, opened, reason_to_leave, write_beside

if TYPE_CHECKING:
    import xlwings

    from xlmeso.excel.sweep_book import BookSweep
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.sheets.plan import SheetPlan
    from xlmeso.sheets.sweep.summary import SweepOutcome
    from xlmeso.sheets.sweep.write import SweepFill


def read_sweep_book(path: Path | str, sheet: str | None = None) -> BookSweep | None:
    """Read the Sweep sheet of a book: the one named, the active or the only one; None without one.

    The file is not changed.

    Raises
    ------
    WorkbookError
        The file cannot be read, or it cannot be told which sheet is meant.
    """
    from xlmeso.excel.sweep_book import find_sweep_sheet, read_sweep_sheet

    with opened(Path(path)) as book:
        found = find_sweep_sheet(book, sheet)
        return None if found is None else read_sweep_sheet(book, found)


def check_room(path: Path | str, sheet: str, outcome: SweepOutcome) -> None:
    """Refuse a book whose Sweep sheet has no room for the variants, before anything is sent.

    Raises
    ------
    WorkbookError
        Something stands in the way, or a sheet is protected.
    """
    from xlmeso.excel.sweep_book import plan_variants, require_result_sheet, require_room

    if _reason(Path(path)) is not None:
        return  # the results will go into a new book
    with opened(Path(path)) as book:
        place = book.sheets[sheet]
        require_room(place, plan_variants(place, outcome.variants, (), outcome.columns))
        require_result_sheet(book)


def write_sweep(
    path: Path | str, sheet: str, outcome: SweepOutcome, beside: Sequence[SheetPlan]
) -> WrittenBook:
    """Fill in the variants' table of a Sweep sheet and write the sheet of the results.

    Parameters
    ----------
    beside
        Sheets of a new book beside it, for a book that would lose something on saving.

    Raises
    ------
    WorkbookError
        The book cannot be written; it is byte for byte what it was.
    """
    from xlmeso.report.books import mark

    source = Path(path)
    reason = _reason(source)
    if reason is not None:
        return write_beside(source, beside, reason)
    with opened(source) as book:
        fill_in(book, book.sheets[sheet], outcome)
        mark(book.api)
        book.save()
    return WrittenBook(source)


def fill_in(book: xlwings.Book, sheet: xlwings.Sheet, outcome: SweepOutcome) -> None:
    """Write table and results of a sweep into an open book; checks before the first cell."""
    from xlmeso.excel.result_book import write_plans
    from xlmeso.excel.sweep_book import (
        mark_sweep,
        note_above,
        paint_variants,
        plan_variants,
        require_result_sheet,
        require_room,
    )
    from xlmeso.sheets.sweep.summary import plan_summary

    table = plan_variants(sheet, outcome.variants, outcome.results, outcome.columns)
    require_room(sheet, table)
    require_result_sheet(book)
    mark_sweep(sheet, ())
    paint_variants(sheet, table)
    note_above(sheet, outcome.as_of())
    write_plans(book, [plan_summary(outcome)])


def new_sweep_book(
    path: Path | str, definition: StrategyDefinition, filled: SweepFill, outcome: SweepOutcome
) -> Path:
    """Write a new book with strategy, sweep and results, in place of a file of that name."""
    from xlmeso.report.books import write_workbook
    from xlmeso.sheets.strategy import plan_strategy

    plans = [plan_strategy(definition), *sweep_plans(definition, filled, outcome)]
    return write_workbook(Path(path), plans, overwrite=True)


def sweep_plans(
    definition: StrategyDefinition, filled: SweepFill, outcome: SweepOutcome
) -> list[SheetPlan]:
    """Plan the sheets of a sweep in a book of its own."""
    from xlmeso.sheets.sweep.summary import plan_summary
    from xlmeso.sheets.sweep.write import plan_paths, plan_sweep

    return [plan_sweep(definition, filled), plan_summary(outcome), plan_paths(definition)]


def _reason(path: Path) -> str | None:
    from xlmeso.report.inspect import inspect_book

    return reason_to_leave(inspect_book(path), path)
