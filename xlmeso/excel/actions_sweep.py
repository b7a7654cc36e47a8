"""The button Sweep, and what Refresh does for the sweeps of a book."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import StrategyDefinitionError, WorkbookError, XlmesoError
from xlmeso.excel.actions_strategy import draw_new, lines
from xlmeso.excel.guards import require_new_sheets, show_sheet, write_checked
from xlmeso.excel.macro_frame import Session, counted, one_line
from xlmeso.excel.strategy_book import find_strategy_sheet
from xlmeso.excel.sweep_book import (
    BookSweep,
    find_sweep_sheet,
    mark_sweep,
    note_above,
    plan_variants,
    read_sweep_sheet,
    require_result_sheet,
    require_room,
    write_states,
)
from xlmeso.excel.sweep_books import fill_in
from xlmeso.sheets.sweep import layout

if TYPE_CHECKING:
    import xlwings

    from xlmeso.app.connect import Connection
    from xlmeso.app.sweep.prepare import PreparedSweep
    from xlmeso.app.sweep.work import SweepRun
    from xlmeso.sheets.sweep.write import VariantResult

WATCH_SECONDS: Final = 5.0
"""How long the button follows a sweep before it leaves the rest to the background."""

REFRESH_SECONDS: Final = 3.0
"""How long Refresh pushes the sweeps of a book on before it shows where they stand."""

_LOOK_EVERY: Final = 1.0


def sweep(session: Session) -> str:
    """Add a Sweep sheet where there is none, else run what it asks for."""
    sheet = find_sweep_sheet(session.book)
    return _new_sheet(session) if sheet is None else _run(session, sheet)


def _new_sheet(session: Session) -> str:
    from xlmeso.excel.strategy_book import sheet_tables
    from xlmeso.sheets.strategy import read_strategy
    from xlmeso.sheets.sweep.write import SweepFill, plan_paths, plan_sweep

    book = session.book
    strategy = find_strategy_sheet(book)
    require_new_sheets(book)
    definition = read_strategy(sheet_tables(strategy)).definition
    filled = SweepFill(options={layout.STRATEGY: strategy.name})
    plan = plan_sweep(
        definition, filled, sheet_name=_free(book, layout.SHEET), suffix=_free_suffix(book)
    )
    made = draw_new(book, plan)
    write_checked(book, [plan_paths(definition)])
    show_sheet(made)
    return (
        f"The sheet {made.name!r} was added. Give paths their values, such as 10, 15, 20 or "
        "5..30 step 5, and press Sweep again."
    )


def _free(book: xlwings.Book, name: str) -> str:
    taken = {sheet.name.casefold() for sheet in book.sheets}
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{name} {number}"
    return free


def _free_suffix(book: xlwings.Book) -> str:
    """Return what makes the table names unique in the book: nothing, ``_2``, ``_3`` ..."""
    taken = {table.name.casefold() for sheet in book.sheets for table in sheet.tables}
    number, suffix = 1, ""
    while any(f"{name}{suffix}" in taken for name in (layout.GRID, layout.OPTIONS)):
        number += 1
        suffix = f"_{number}"
    return suffix


def _run(session: Session, sheet: xlwings.Sheet) -> str:
    session.say("checking the variants")
    prepared = _prepared(session.book, sheet)
    require_room(sheet, plan_variants(sheet, prepared.variants, (), prepared.columns))
    require_result_sheet(session.book)
    with session.connect() as connection:
        planned = _write_down(session, connection, prepared)
        ended = _follow(session, connection, sheet, planned)
        told = _show(session, connection, sheet, ended)
        if ended.open:
            told += "\n" + _leave_to_background(ended)
    show_sheet(session.book.sheets[layout.RESULT_SHEET] if not ended.open else sheet)
    warned = ["", "Please look at:", *lines(prepared.warnings)] if prepared.warnings else []
    return "\n".join([told, *warned])


def _prepared(book: xlwings.Book, sheet: xlwings.Sheet) -> PreparedSweep:
    """Read and check a Sweep sheet; mistakes go into its Problem columns and into the error."""
    found = read_sweep_sheet(book, sheet)
    try:
        prepared = _prepare(book, found)
    except StrategyDefinitionError as error:
        mark_sweep(sheet, error.problems)
        raise
    return prepared


def _prepare(book: xlwings.Book, found: BookSweep) -> PreparedSweep:
    from xlmeso.app.definitions import LoadedDefinition
    from xlmeso.app.sweep.prepare import prepare

    where = f"{book.name}, sheet {found.reading.sheet}"
    reading = found.reading
    return prepare(
        LoadedDefinition(found.strategy.definition, where, None, found.strategy),
        reading.request,
        metric=reading.metric,
        columns=reading.columns,
        problems=reading.problems,
    )


def _write_down(session: Session, connection: Connection, prepared: PreparedSweep) -> SweepRun:
    """Ask, then write down in the journal what has to be sent."""
    from xlmeso.app.sweep import work

    known = work.look_up(connection, prepared)
    total, new = len(prepared.variants), len(known.missing)
    if new:
        before = f"\n\n{counted(total - new, 'variant')} of {total:,} ran before and are not sent "
        before = f"{before}again." if new < total else ""
        session.demand(f"Run {counted(new, 'backtest')} at {connection.service}?{before}")
    bad = known.unfinished
    retry = bool(bad) and session.dialogs.confirm(
        session.title,
        f"{counted(len(bad), 'variant')} of an earlier run failed or was refused, cancelled or "
        "deleted.\n\nYes runs these again, No leaves them as they are.",
    )
    return work.write_down(connection, known, retry=retry, notes={"File": session.book.name})


def _follow(
    session: Session, connection: Connection, sheet: xlwings.Sheet, planned: SweepRun
) -> SweepRun:
    """Run for a few seconds and show in the table what happens."""
    from xlmeso.app.sweep.work import work

    sweep = planned.sweep
    results = planned.results
    table = plan_variants(sheet, sweep.variants, results, sweep.columns)
    _paint(sheet, table)
    with contextlib.suppress(Exception):  # the frame around the macro puts it back
        session.book.app.screen_updating = True  # else nobody would see the states change
    looked = time.monotonic()

    def tell(index: int, result: VariantResult) -> None:
        nonlocal looked
        results[index] = result
        ended = sum(item.has_ended for item in results)
        session.say(f"sweep: {ended} of {len(results)} ended")
        if time.monotonic() - looked >= _LOOK_EVERY:
            write_states(sheet, plan_variants(sheet, sweep.variants, results, sweep.columns))
            looked = time.monotonic()

    return work(connection, planned, on_result=tell, seconds=WATCH_SECONDS)


def _paint(sheet: xlwings.Sheet, table: Any) -> None:
    from xlmeso.excel.sweep_book import paint_variants

    mark_sweep(sheet, ())
    paint_variants(sheet, table)


def _show(session: Session, connection: Connection, sheet: xlwings.Sheet, run: SweepRun) -> str:
    """Write where a sweep stands into its table and the sheet of the results."""
    from xlmeso.app.sweep.outcome import outcome_of

    outcome = outcome_of(connection, run)
    try:
        fill_in(session.book, sheet, outcome)
    except WorkbookError as error:
        raise WorkbookError(
            f"{error.message} The runs are not lost.",
            where=error.where,
            cure=f"{error.cure or 'Mend it'} Then press Refresh.",
        ) from error
    return f"{sheet.name}: {outcome.counts()}."


def _leave_to_background(run: SweepRun) -> str:
    from xlmeso.excel.background_sweep import start_resuming

    start_resuming()
    return "The rest goes on in the background, also when Excel is closed. Press Refresh."


def cancel_sweep(session: Session, sheet: xlwings.Sheet) -> str:
    """Withdraw what the sweep in front has not sent, and ask the service to stop what it runs."""
    from xlmeso.app.sweep import work

    prepared = _prepare(session.book, read_sweep_sheet(session.book, sheet))
    with session.connect() as connection:
        known = work.look_up(connection, prepared)
        left = known.open - len(known.missing)
        if not left:
            return f"{sheet.name}: nothing of this sweep is open."
        session.demand(
            f"Stop the sweep of {sheet.name}? {counted(left, 'variant')} of it "
            f"{'is' if left == 1 else 'are'} open."
        )
        session.say("stopping the sweep")
        told = _show(session, connection, sheet, work.cancel(connection, known))
    return f"{told}\nThe service stops a run soon, not at once; press Refresh to see it."


def refresh_sweeps(session: Session, sheets: Iterable[xlwings.Sheet]) -> list[str]:
    """Push the sweeps of some sheets on and show where they stand; one that never ran stays."""
    told: list[str] = []
    for sheet in sheets:
        try:
            told += _refreshed(session, sheet)
        except StrategyDefinitionError as error:
            told.append(f"{sheet.name}: not refreshed. {one_line(error.problems[0])}")
        except XlmesoError as error:
            told.append(f"{sheet.name}: not refreshed. {error}")
    return told


def _out_of_date(sheet: xlwings.Sheet) -> list[str]:
    """Say that the results are of an earlier strategy, in the sheet too."""
    text = "the strategy or the values have changed since these variants ran."
    note_above(sheet, f"{layout.OUT_OF_DATE}{text} Press Sweep to run the new ones.")
    return [f"{sheet.name}: {text} Press Sweep to run the new ones."]


def _refreshed(session: Session, sheet: xlwings.Sheet) -> list[str]:
    from xlmeso.app.sweep import work

    found = read_sweep_sheet(session.book, sheet)
    prepared = _prepare(session.book, found)
    with session.connect() as connection:
        known = work.look_up(connection, prepared)
        if not known.members:
            return _out_of_date(sheet) if found.reading.has_run else []
        session.say(f"asking for the sweep of {sheet.name}")
        if known.open > len(known.missing):
            known = work.work(connection, known, seconds=REFRESH_SECONDS)
        told = _show(session, connection, sheet, known)
        if known.open > len(known.missing):
            told += " " + _leave_to_background(known)
        if known.missing:
            told += f" {counted(len(known.missing), 'variant')} never ran: press Sweep."
        return [told]
