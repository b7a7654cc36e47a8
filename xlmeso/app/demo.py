"""The demonstration: a strategy in a sheet, simulated by the local service, results in the book."""

from __future__ import annotations

import copy
import datetime as dt
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlmeso.app import definitions
from xlmeso.app.book import BookRun, run_definition
from xlmeso.app.connect import connect
from xlmeso.app.files import told_as_workbook_error
from xlmeso.model.strategy import StrategyDefinition

if TYPE_CHECKING:
    from xlmeso.app.books import Books
    from xlmeso.app.run import OnProgress, RunResult

BOOK: Final = "demo.xlsx"
"""Name of the workbook that the demonstration leaves."""

REPORT: Final = "report.xlsx"
"""Name of its report."""


def run_demo(
    folder: Path,
    *,
    books: Books,
    template: str = "short-put",
    start: dt.date | None = None,
    end: dt.date | None = None,
    on_progress: OnProgress | None = None,
    on_step: Callable[[str], None] = lambda _text: None,
    env: Mapping[str, str] = os.environ,
) -> BookRun:
    """Make a book, read the strategy out of its sheet, run it here and write the results back.

    The local service is used where ``xlmeso serve`` runs, else started on a free loopback port for
    this run.  It keeps the run, so that other commands can look at it afterwards.

    Parameters
    ----------
    folder
        Where ``demo.xlsx`` is made; an earlier one is replaced.
    start, end
        First and last day in place of the template's.
    on_step
        Told a sentence before each step.

    Raises
    ------
    WorkbookError
        The book cannot be written.
    """
    from xlmeso.model.templates import load_template

    book = folder / BOOK
    with told_as_workbook_error(folder):
        folder.mkdir(parents=True, exist_ok=True)
    on_step(f"Making {book} from the template '{template}'.")
    definitions.write(with_period(load_template(template), start, end), book, replace=True)
    on_step("Reading the strategy out of its sheet.")
    definition = definitions.checked(definitions.read_book(book, books))
    with connect("local", env=env) as connection:
        on_step(f"Submitting it to the local service at {connection.client.url}.")
        return run_definition(connection, definition, books=books, on_progress=on_progress)


def write_demo_report(result: RunResult, folder: Path) -> Path:
    """Write the report of the demonstration's run; an earlier one is replaced.

    Raises
    ------
    WorkbookError
        The file is open in another program, or cannot be written.
    """
    from xlmeso.app.report import report_run, write_report

    return write_report([report_run(result)], folder / REPORT, overwrite=True)


def with_period(
    definition: StrategyDefinition, start: dt.date | None, end: dt.date | None
) -> StrategyDefinition:
    """Return the definition with another first and last day; None keeps the one it has."""
    document = copy.deepcopy(definition.document)
    for name, day, hour in (("Start", start, "00:00:00"), ("End", end, "23:59:59")):
        if day is not None:
            document["Backtest"][name] = f"{day.isoformat()}T{hour}"
    return StrategyDefinition(document)
