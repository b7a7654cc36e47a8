"""Do the whole thing with one definition: submit, wait, fetch, write the results into a book."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xlmeso.app.definitions import CheckedDefinition
from xlmeso.app.results import result_plans
from xlmeso.app.run import OnProgress, RunResult, fetch, wait
from xlmeso.app.submit import submit
from xlmeso.errors import WorkbookError

if TYPE_CHECKING:
    from xlmeso.app.books import Books, WrittenBook
    from xlmeso.app.connect import Connection
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.sheets.plan import SheetPlan


@dataclass(frozen=True, slots=True)
class BookRun:
    """A run with its results and where they were written (None: nowhere)."""

    result: RunResult
    written: WrittenBook | None


@dataclass(frozen=True, slots=True)
class NewBook:
    """A book that was made for the results."""

    path: Path
    notice: str | None = None


def run_definition(
    connection: Connection,
    definition: CheckedDefinition,
    *,
    books: Books,
    output: Path | None = None,
    shared: bool = False,
    timeout: float | None = None,
    on_progress: OnProgress | None = None,
) -> BookRun:
    """Submit a definition, wait for the end of the run and write what it left.

    The results go into the workbook that the definition was read from, or into a new one at
    ``output``.  A run that did not finish leaves its line on the sheet Runs only.

    Parameters
    ----------
    timeout
        Most seconds to wait, None without end.

    Raises
    ------
    WorkbookError
        ``output`` is no .xlsx file, or a book cannot be written.
    PollTimeoutError
        The time is over; the run goes on, and nothing was written.
    XlmesoError
        Whatever the service answered.
    """
    _check_output(output)
    receipt = submit(connection, definition, shared=shared)
    status = wait(connection, receipt.backtest_id, timeout=timeout, on_progress=on_progress)
    result = fetch(connection, receipt, definition.definition, status)
    try:
        written = _write(books, definition, output, result_plans(result))
    except WorkbookError as error:
        raise _with_id(error, receipt.backtest_id) from None
    return BookRun(result, written)


def _with_id(error: WorkbookError, backtest_id: str) -> WorkbookError:
    """Add to an error about a file that the run itself is not lost."""
    kept = f"The service keeps the run: xlmeso analytics {backtest_id}"
    cure = f"{error.cure} {kept}" if error.cure else kept
    return WorkbookError(error.message, where=error.where, cure=cure)


def _check_output(output: Path | None) -> None:
    if output is not None and output.suffix.lower() != ".xlsx":
        raise WorkbookError(
            f"{output.name!r} is no workbook.", cure="Let the name of the output end in .xlsx."
        )


def _write(
    books: Books,
    definition: CheckedDefinition,
    output: Path | None,
    plans: list[SheetPlan],
) -> WrittenBook | None:
    if output is not None:
        return write_new_book(output, definition.definition, plans)
    book = definition.loaded.book
    return None if book is None else books.write_results(book, plans)


def write_new_book(path: Path, definition: StrategyDefinition, plans: list[SheetPlan]) -> NewBook:
    """Make a book with the strategy and its results, in place of a file of that name."""
    from xlmeso.report.books import write_workbook
    from xlmeso.sheets.strategy import plan_strategy

    write_workbook(path, [plan_strategy(definition), *plans], overwrite=True)
    return NewBook(path)
