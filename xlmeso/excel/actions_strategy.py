"""Buttons about the strategy sheet: new, import, export, check."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import StrategyDefinitionError, WorkbookError
from xlmeso.excel.choice import backtest_id_in
from xlmeso.excel.dialogs import CancelledByUserError, choose
from xlmeso.excel.guards import is_protected, require_new_sheets, show_sheet
from xlmeso.excel.macro_frame import MOST_LINES, Session, one_line, problem_lines
from xlmeso.excel.strategy_book import find_strategy_sheet, mark_problems, sheet_tables

if TYPE_CHECKING:
    import xlwings

    from xlmeso.app.definitions import LoadedDefinition
    from xlmeso.model.problems import Problem
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.sheets.plan import SheetPlan

SHEET: Final = "Strategy"


def new_from_template(session: Session) -> str:
    """Add a strategy sheet made from a template that the person chooses."""
    from xlmeso.model.templates import load_template, template_names, template_summary

    choices = {name: template_summary(name) for name in template_names()}
    require_new_sheets(session.book)
    name = choose(session.dialogs, session.title, "Number or name of a template:", choices, "1")
    sheet = add_strategy_sheet(session.book, load_template(name))
    return f"The sheet {sheet.name!r} holds the template {name}: {choices[name]}"


def import_strategy(session: Session) -> str:
    """Add a strategy sheet made from a JSON file or from the strategy of a backtest."""
    require_new_sheets(session.book)
    answer = session.dialogs.ask(
        session.title,
        "Id or portal link of a backtest, or path of a .json file; empty to choose a file:",
    )
    if answer is None:
        raise CancelledByUserError("cancelled")
    definition, source = _imported(session, answer.strip())
    sheet = add_strategy_sheet(session.book, definition)
    return f"The sheet {sheet.name!r} holds the strategy of {source}."


def export_strategy(session: Session) -> str:
    """Write the strategy in front to a .json file, or to a workbook of its own."""
    from xlmeso.app.definitions import write

    loaded = load_active(session.book)
    if mistakes := _unreadable(loaded):
        raise StrategyDefinitionError(mistakes, where=loaded.where)
    suggested = f"{_file_name(loaded.definition)}.json"
    path = session.dialogs.save_file(session.title, suggested)
    if path is None:
        raise CancelledByUserError("cancelled")
    if path.exists():
        session.demand(f"{path.name} exists. Replace it?")
    write(loaded.definition, path, replace=True)
    return f"Wrote {path}."


def validate(session: Session) -> str:
    """Check the strategy in front and write each finding into the Problem column of its row."""
    from xlmeso.app.definitions import problems_of
    from xlmeso.model.problems import errors_of

    loaded = load_active(session.book)
    problems = problems_of(loaded)
    note = mark(session.book, loaded, problems)
    mistakes = errors_of(problems)
    if mistakes:
        text = problem_lines(StrategyDefinitionError(mistakes))
        return f"{text.replace('; nothing was sent', '')}{note}"
    if problems:
        return "\n".join(["The strategy can be submitted. Please look at:", "", *lines(problems)])
    return "The strategy has no mistakes."


def load_active(book: xlwings.Book) -> LoadedDefinition:
    """Read the strategy of the active sheet, or of the only strategy sheet.

    Raises
    ------
    WorkbookError
        The book has no strategy sheet, or several and none of them active.
    """
    from xlmeso.app.definitions import LoadedDefinition
    from xlmeso.sheets.strategy import read_strategy

    sheet = find_strategy_sheet(book)
    reading = read_strategy(sheet_tables(sheet))
    return LoadedDefinition(reading.definition, f"{book.name}, sheet {sheet.name}", None, reading)


def mark(book: xlwings.Book, loaded: LoadedDefinition, problems: Sequence[Problem]) -> str:
    """Write findings into the Problem columns; returns what to add to a message if it cannot be.

    A protected sheet, and tables under merged cells, stay as they are.
    """
    sheet = book.sheets[loaded.reading.sheet if loaded.reading else 0]
    if is_protected(sheet):
        return "\n\nThe sheet is protected, so its Problem columns were not written."
    if any(area for area in sheet_tables(sheet).merged):
        return "\n\nUnmerge the cells first; the Problem columns were not written."
    mark_problems(sheet, problems)
    return ""


def lines(problems: Iterable[Problem]) -> list[str]:
    """Return a line for each finding, as many as a message box shows."""
    return [one_line(problem) for problem in problems][:MOST_LINES]


def add_strategy_sheet(book: xlwings.Book, definition: StrategyDefinition) -> Any:
    """Add a sheet with a strategy at the end of a book and bring it to the front.

    Raises
    ------
    WorkbookError
        The book's structure is protected, or a field is too long for a cell.
    """
    from xlmeso.sheets.strategy import plan_strategy

    require_new_sheets(book)
    suffix = _free_suffix(book)
    plan = plan_strategy(definition, sheet_name=_free_name(book), suffix=suffix)
    sheet = draw_new(book, plan)
    show_sheet(sheet)
    return sheet


def draw_new(book: xlwings.Book, plan: SheetPlan) -> Any:
    """Draw a new sheet: directly without Excel, in Excel by copying it from a file.

    Only the file has the drop-downs, input messages and colours of cells.
    """
    from xlmeso.excel.painters import paint_headless, painter_for

    last = book.sheets[len(book.sheets) - 1]
    if painter_for(book) is paint_headless:
        sheet = book.sheets.add(plan.name, after=last)
        paint_headless(sheet, plan)
        return sheet
    return copy_from_file(book, plan, last)


def copy_from_file(book: xlwings.Book, plan: SheetPlan, after: Any) -> Any:
    """Let Excel copy a sheet out of a temporary book."""
    from xlmeso.report.books import write_workbook

    with tempfile.TemporaryDirectory(prefix="xlmeso-") as folder:
        path = write_workbook(Path(folder) / "sheet.xlsx", [plan])
        source = book.app.books.open(str(path))
        try:
            return source.sheets[0].copy(after=after, name=plan.name)
        finally:
            source.close()
            book.activate()


def _imported(session: Session, answer: str) -> tuple[StrategyDefinition, str]:
    from xlmeso.app.definitions import read_json_file

    path = Path(answer) if answer else session.dialogs.open_file(session.title, ".json")
    if path is None:
        raise CancelledByUserError("cancelled")
    if path.suffix.casefold() == ".json":
        return read_json_file(path).definition, path.name
    backtest_id = backtest_id_in(answer)
    if backtest_id is None:
        raise WorkbookError(
            f"{answer!r} is neither the id of a backtest nor a .json file.",
            cure="Copy the id or the link of the backtest from the portal.",
        )
    from xlmeso.excel.actions_results import named_by

    session.say(f"fetching the strategy of {backtest_id}")
    with session.connect() as connection, named_by(f"backtest {backtest_id}"):
        found = connection.client.strategy_definition.get(backtest_id)
        return found, f"backtest {backtest_id} ({connection.service})"


def _unreadable(loaded: LoadedDefinition) -> list[Problem]:
    """Return the mistakes of the sheet itself: with them the file would say less than the sheet."""
    from xlmeso.model.problems import errors_of

    return errors_of(loaded.reading.problems) if loaded.reading else []


def _file_name(definition: StrategyDefinition) -> str:
    name = definition.strategy_name or definition.backtest.name or "strategy"
    return "".join(mark if mark.isalnum() or mark in " -_." else "-" for mark in name)[:80].strip()


def _free_name(book: xlwings.Book) -> str:
    taken = {sheet.name.casefold() for sheet in book.sheets}
    number, name = 1, SHEET
    while name.casefold() in taken:
        number += 1
        name = f"{SHEET} {number}"
    return name


def _free_suffix(book: xlwings.Book) -> str:
    """Return what makes the table names unique in the book: nothing, ``_2``, ``_3`` ..."""
    from xlmeso.sheets.strategy.layout import SECTION_BY_KEY

    taken = {table.name.casefold() for sheet in book.sheets for table in sheet.tables}
    number, suffix = 1, ""
    while any(f"meso_{key}{suffix}" in taken for key in SECTION_BY_KEY):
        number += 1
        suffix = f"_{number}"
    return suffix
