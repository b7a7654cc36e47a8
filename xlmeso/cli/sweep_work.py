"""Running a sweep from a terminal: say what is known, run, write the book, print."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from xlmeso.cli.connection import connected
from xlmeso.errors import WorkbookError, XlmesoError

if TYPE_CHECKING:
    from pathlib import Path

    from xlmeso.app.connect import Connection
    from xlmeso.app.sweep.work import SweepRun
    from xlmeso.cli.sweep import SweepOptions
    from xlmeso.cli.sweep_input import SweepInput
    from xlmeso.cli.terminal import Progress, Terminal
    from xlmeso.excel.books import WrittenBook
    from xlmeso.sheets.sweep.write import VariantResult

SAVE_EVERY: Final = 30.0
"""Seconds between two writes of a book while its sweep runs."""


class SweepNotOverError(XlmesoError):
    """Not every variant has come to an end."""

    exit_code = 11


def run(
    terminal: Terminal, connection: Connection, asked: SweepInput, options: SweepOptions
) -> None:
    """Run or resume a sweep, write its book, print what came of it.

    Raises
    ------
    SweepNotOverError
        The time is over, or the service refused variants.
    """
    from xlmeso.app.sweep import work
    from xlmeso.cli.sweep_output import print_outcome

    known = work.look_up(connection, asked.sweep)
    if options.cancel:
        stopped = work.cancel(connection, known)
        print_outcome(terminal, connection, stopped, _write(connection, asked, stopped, options))
        return
    _say_what_is_known(terminal, known, options)
    _check_book(connection, asked, known)
    planned = work.write_down(
        connection, known, retry=options.retry, anew=options.anew, shared=options.shared,
        notes={"File": str(asked.sweep.loaded.where)},
    )  # fmt: skip
    with terminal.progress(f"Sweep {asked.sweep.title}") as progress:
        follow = _Follow(connection, asked, planned, progress)
        ended = work.work(connection, planned, on_result=follow, seconds=options.timeout)
    written = _write(connection, asked, ended, options)
    print_outcome(terminal, connection, ended, written)
    _require_end(ended)


def resume_everything(terminal: Terminal, timeout: float | None, *, alone: bool) -> None:
    """Go on with every sweep of the journal that is not over.

    Parameters
    ----------
    alone
        End at once where a process that was told the same is at work already.
    """
    from xlmeso.app.dispatch import set_document
    from xlmeso.app.sweep.work import open_sets, work_alone, work_on_sets

    with connected(terminal) as connection, work_alone(connection, wanted=alone) as first:
        if not first:
            return
        sets = open_sets(connection)
        if not sets:
            terminal.say("No sweep is open.")
        for found in sets:
            terminal.say(f"Going on with {found.title}: {found.total - found.done} runs are open.")
        members = work_on_sets(connection, sets, seconds=timeout)
    if terminal.as_json:
        for member in members:
            terminal.print_json_line(set_document(member))
    else:
        outcomes = Counter(str(member.run.outcome or member.run.state) for member in members)
        for state, count in outcomes.items():
            terminal.print(f"{count} {state}")
    if any(not member.run.is_done for member in members):
        raise SweepNotOverError("some runs are still open.", cure="Run the command again.")


def _say_what_is_known(terminal: Terminal, known: SweepRun, options: SweepOptions) -> None:
    """Tell a person that a sweep is not begun again, which they might fear or hope."""
    count, total = len(known.members), len(known.sweep.variants)
    if options.anew or not count:
        terminal.say(f"{total} variants of {known.sweep.title}.")
        return
    ended = total - known.open
    terminal.say(
        f"{count} of {total} variants were written down before, {ended} of them have ended; "
        "these are not sent again."
    )
    if known.unfinished and not options.retry:
        terminal.say(f"{len(known.unfinished)} ended badly; --retry runs these again.")


def _check_book(connection: Connection, asked: SweepInput, known: SweepRun) -> None:
    """Find out before anything is sent whether the book has room for the results."""
    from xlmeso.app.sweep.outcome import outcome_of

    book = asked.sweep.loaded.book
    if asked.sheet is not None and book is not None:
        from xlmeso.excel.sweep_books import check_room

        check_room(book, asked.sheet, outcome_of(connection, known))


def _write(
    connection: Connection, asked: SweepInput, ended: SweepRun, options: SweepOptions
) -> WrittenBook | None:
    try:
        if options.output is not None:
            return _new_book(connection, asked, ended, options.output)
        return write_back(connection, asked, ended)
    except WorkbookError as error:
        kept = "Nothing is lost: the same command with --resume writes the results again."
        cure = f"{error.cure} {kept}" if error.cure else kept
        raise WorkbookError(error.message, where=error.where, cure=cure) from None


def write_back(connection: Connection, asked: SweepInput, ended: SweepRun) -> WrittenBook | None:
    """Write the results into the book whose Sweep sheet asked for them."""
    from xlmeso.app.sweep.outcome import fill_of, outcome_of

    book = asked.sweep.loaded.book
    if asked.sheet is None or book is None:
        return None
    from xlmeso.excel.sweep_books import sweep_plans, write_sweep

    outcome = outcome_of(connection, ended)
    rows = fill_of(ended)
    beside = sweep_plans(asked.sweep.loaded.definition, rows, outcome)
    return write_sweep(book, asked.sheet, outcome, beside)


def _new_book(
    connection: Connection, asked: SweepInput, ended: SweepRun, output: Path
) -> WrittenBook:
    from xlmeso.app.sweep.outcome import fill_of, outcome_of
    from xlmeso.excel.books import WrittenBook
    from xlmeso.excel.sweep_books import new_sweep_book

    filled = fill_of(ended)
    definition = asked.sweep.loaded.definition
    return WrittenBook(new_sweep_book(output, definition, filled, outcome_of(connection, ended)))


def _require_end(ended: SweepRun) -> None:
    if ended.all_terminal:
        return
    states = Counter(result.state for result in ended.results if not result.has_ended)
    refused = [result for result in ended.results if result.state in ("Refused", "Deleted")]
    if states:
        text = ", ".join(f"{count} {state.lower()}" for state, count in states.items())
        raise SweepNotOverError(
            f"the sweep is not over: {text}.", cure="Go on with the same command and --resume."
        )
    raise SweepNotOverError(
        f"{len(refused)} variants have no end at the service; the first: {refused[0].reason}",
        cure="Mend the cause and run the same command with --retry.",
    )


class _Follow:
    """Follows a sweep: moves the progress bar, and writes the book now and then."""

    def __init__(
        self, connection: Connection, asked: SweepInput, planned: SweepRun, progress: Progress
    ) -> None:
        self._progress = progress
        self._states = [result.state for result in planned.results]
        self._save = _saver(connection, asked)
        self._saved_at = time.monotonic()

    def __call__(self, index: int, result: VariantResult) -> None:
        from xlmeso.sheets.sweep.write import ENDED

        self._states[index] = result.state
        ended = sum(state in ENDED for state in self._states)
        running = self._states.count("Running")
        text = f"{ended} of {len(self._states)} ended, {running} running"
        self._progress(text, ended / len(self._states))
        if time.monotonic() - self._saved_at >= SAVE_EVERY:
            self._save()
            self._saved_at = time.monotonic()


def _saver(connection: Connection, asked: SweepInput) -> Callable[[], None]:
    """Return what writes the book in between; where that is not possible, the end does it."""
    from xlmeso.app.sweep.work import look_up

    def save() -> None:
        with contextlib.suppress(WorkbookError):
            write_back(connection, asked, look_up(connection, asked.sweep))

    return save
