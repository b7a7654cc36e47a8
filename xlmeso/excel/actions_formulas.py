"""Buttons about formulas: refresh, freeze and back, check, usage, list of functions."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import XlmesoError
from xlmeso.excel.actions_results import refresh_runs, runs_of_selection, show_all
from xlmeso.excel.actions_settle import settle_lost
from xlmeso.excel.actions_sweep import refresh_sweeps
from xlmeso.excel.choice import areas_of, selected_runs, shown_runs
from xlmeso.excel.formula_cells import FormulaBlock, our_blocks
from xlmeso.excel.guards import show_sheet, write_checked
from xlmeso.excel.macro_frame import Session, counted
from xlmeso.excel.runs_sheet import RunsSheet, read_runs
from xlmeso.excel.sweep_book import is_sweep_sheet, sweep_sheets

if TYPE_CHECKING:
    from xlmeso.app.formulas.results import Results

SETTLE_SECONDS: Final = 60.0
"""Longest wait for the answers that formulas need."""

MOST_CELLS_TOLD: Final = 10


def refresh_selection(session: Session) -> str:
    """Ask again about the selected runs and for the selected formulas."""
    book = session.book
    known = read_runs(book)
    blocks = _selected_blocks(book)
    if not blocks or selected_runs(book, known):
        runs = runs_of_selection(book, known)
        told = [refresh_runs(session, runs, known, show_finished=True)] if runs else []
    else:
        told = []
    told += _refresh_formulas(session, blocks)
    return "\n".join(told) or "The selection has neither runs of the sheet Runs nor formulas."


def refresh_sheet(session: Session) -> str:
    """Ask again for what the sheet in front shows: runs, results or formulas."""
    book = session.book
    known = read_runs(book)
    sheet = book.sheets.active
    told: list[str] = []
    if known.sheet is not None and sheet.name == known.sheet.name:
        told.append(refresh_runs(session, known.runs, known))
    told += refresh_sweeps(session, [sheet] if is_sweep_sheet(sheet) else [])
    for run in shown_runs(sheet, known):
        written = show_all(session, run)
        told.append(f"Fetched {run.label} again: {', '.join(written)}.")
    told += _refresh_formulas(session, our_blocks(sheet))
    return "\n".join(told) or "This sheet shows neither runs nor results nor formulas of xlmeso."


def refresh_workbook(session: Session) -> str:
    """Ask again about every open run and for every formula of the book."""
    book = session.book
    told = settle_lost(session)
    known = read_runs(book)
    blocks = [block for sheet in book.sheets for block in our_blocks(sheet)]
    told += [refresh_runs(session, known.runs, known)] if known.runs else []
    told += refresh_sweeps(session, sweep_sheets(book))
    told += _refresh_formulas(session, blocks)
    return "\n".join(told) or _nothing_to_refresh(known)


def freeze(session: Session) -> str:
    """Replace our formulas by their values; the formulas are kept on a hidden sheet."""
    from xlmeso.excel.freeze import freeze_book

    session.say("freezing formulas to values")
    count = freeze_book(session.book)
    if not count:
        return "The book has no formulas of xlmeso."
    return (
        f"{counted(count, 'formula')} turned into values; the book opens without the add-in. "
        "Unfreeze puts the formulas back."
    )


def unfreeze(session: Session) -> str:
    """Put the formulas back that Freeze replaced."""
    from xlmeso.excel.freeze import changed_blocks, unfreeze_book

    changed = changed_blocks(session.book)
    over = False
    if changed:
        cells = _some([item.block.cell for item in changed])
        over = session.dialogs.confirm(
            session.title,
            f"These cells were changed since they were frozen, or are gone:\n{cells}\n\n"
            "Yes puts the formulas over the changes, No leaves these cells as they are.",
        )
    done = unfreeze_book(session.book, over_changes=over)
    if not done.restored and not done.left:
        return "Nothing in this book is frozen."
    told = [f"{counted(done.restored, 'formula')} put back."]
    if done.left:
        told.append(f"Still frozen: {_some([item.block.cell for item in done.left])}.")
    return "\n".join(told)


def check_formulas(session: Session) -> str:
    """Look for formulas that make the book slow, and list them on a sheet."""
    from xlmeso.excel.formula_check import check_book, plan_findings

    session.say("checking formulas")
    findings = check_book(session.book)
    if not findings:
        return "No formula of xlmeso has a volatile input, and none is called one by one."
    written = write_checked(session.book, [plan_findings(findings)])
    show_sheet(session.book.sheets[written[0]])
    lines = [f"{item.cell}: {item.message}" for item in findings[:MOST_CELLS_TOLD]]
    if len(findings) > MOST_CELLS_TOLD:
        lines.append(f"... and {len(findings) - MOST_CELLS_TOLD} more.")
    return "\n".join([*lines, "", f"The sheet {written[0]!r} says what to write instead."])


def functions_help(session: Session) -> None:
    """List the worksheet functions on a sheet: what each gives, its arguments, an example."""
    from xlmeso.excel.function_list import plan_functions

    written = write_checked(session.book, [plan_functions()])
    show_sheet(session.book.sheets[written[0]])


def usage(session: Session) -> str:
    """Say how many requests formulas have made, how much came from the cache, what was limited."""
    from xlmeso.app.formulas.session import session as formulas

    count = sum(len(our_blocks(sheet)) for sheet in session.book.sheets)
    results = formulas().results()
    now, ever = results.usage.session(), results.usage.total()
    lines = [
        f"Service: {results.service.label}",
        f"Formulas of xlmeso in this book: {count}",
        "",
        "Since Excel started the functions / since the cache was made:",
    ]
    lines += [f"  {text}: {now[name]:,} / {ever[name]:,}" for name, text in _METERS.items()]
    return "\n".join(lines)


_METERS: Final = {
    "requests": "requests sent",
    "hits": "answers from the cache",
    "limited": "limits reached",
    "refused": "known refusals, not asked again",
    "offline": "answers while the service was not reachable",
    "pending": "cells that did not wait",
}


def _selected_blocks(book: Any) -> list[FormulaBlock]:
    areas = areas_of(book.app.selection)
    sheets = {area.sheet.name for area in areas if area.sheet.book.name == book.name}
    return [
        block
        for sheet in book.sheets
        if sheet.name in sheets
        for block in our_blocks(sheet)
        if any(_meets(area, block) for area in areas if area.sheet.name == block.sheet)
    ]


def _meets(area: Any, block: FormulaBlock) -> bool:
    rows, columns = area.shape
    return bool(
        area.row < block.row + block.rows
        and area.row + rows > block.row
        and area.column < block.column + block.columns
        and area.column + columns > block.column
    )


def _refresh_formulas(session: Session, blocks: Sequence[FormulaBlock]) -> list[str]:
    """Let formulas ask their services again, wait for the answers, then calculate once more."""
    if not blocks:
        return []
    asked = _ask_again(session.book, blocks)
    for results in asked:
        results.fetch_wanted()
    end = time.monotonic() + SETTLE_SECONDS
    came = [
        results.settle(
            max(end - time.monotonic(), 0.0),
            lambda open_: session.say(f"waiting for {open_} answers of the service"),
        )
        for results in asked
    ]
    _calculate(session.book, blocks)
    late = "" if all(came) else " Some answers are still on their way; press Refresh again."
    return [f"{counted(len(blocks), 'formula')} calculated again.{late}"]


def _ask_again(book: Any, blocks: Sequence[FormulaBlock]) -> list[Results]:
    """Calculate with nothing known and nobody waiting; return the results of every service asked.

    Which services formulas name in their option Service shows only when they are calculated.

    Raises
    ------
    XlmesoError
        The default service cannot be asked, and no formula names another one.
    """
    from xlmeso.app.formulas.session import session as formulas

    try:
        formulas().results()
        fault = None
    except XlmesoError as error:
        fault = error
    asked: list[Results] = []
    while True:
        new = [results for results in formulas().all() if results not in asked]
        if asked and not new:
            return asked
        asked += new
        with contextlib.ExitStack() as waits_for_nothing:
            for results in new:
                results.refresh()
            for results in asked:
                waits_for_nothing.enter_context(results.gathering())
            _calculate(book, blocks)
        if fault is not None and not formulas().all():
            raise fault


def _calculate(book: Any, blocks: Iterable[FormulaBlock]) -> None:
    """Let Excel calculate the formulas; a host without a calculator keeps them as they are."""
    for block in blocks:
        native = book.sheets[block.sheet].range((block.row, block.column)).api
        try:
            native.Dirty()
            native.Calculate()
        except AttributeError:
            return


def _nothing_to_refresh(known: RunsSheet) -> str:
    return "The book lists no runs and has no formulas of xlmeso. Press Submit or Sweep first."


def _some(cells: Sequence[str]) -> str:
    shown = ", ".join(cells[:MOST_CELLS_TOLD])
    return f"{shown} ..." if len(cells) > MOST_CELLS_TOLD else shown
