"""Buttons that begin, stop, share and delete runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from xlmeso.errors import (
    ApiError,
    AuthenticationError,
    BacktestStateError,
    StrategyDefinitionError,
    WorkbookError,
    XlmesoError,
)
from xlmeso.excel.actions_strategy import lines, load_active, mark
from xlmeso.excel.choice import ChosenRun, require_selected, selected_runs
from xlmeso.excel.dialogs import choose
from xlmeso.excel.guards import require_places, write_checked
from xlmeso.excel.macro_frame import Session, counted
from xlmeso.excel.runs_sheet import RunsSheet, plan_with, read_runs
from xlmeso.model.backtest import BacktestState, DeleteMode

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.app.definitions import CheckedDefinition
    from xlmeso.model.backtest import SubmittedBacktest
    from xlmeso.sheets.results import RunInfo

MODES: Final = {
    DeleteMode.SOFT: "the run is marked deleted and no longer shown",
    DeleteMode.DETAILS: "events and NAV go for good; summary and analytics stay",
    DeleteMode.FULL: "everything goes for good: results and record",
}
"""What each way of deleting removes (reference section 7.5)."""

_SHOWN: Final = 15
"""Runs that a question names one by one."""


def submit(session: Session) -> str:
    """Check the strategy in front, send it once and list the run; does not wait for its end."""
    book = session.book
    definition = _checked(session)
    known = read_runs(book)
    require_places(book, [plan_with(book, known, [])])
    session.say("submitting")
    with session.connect() as connection:
        receipt = _send(connection, definition)
        info = _accepted(connection, definition, receipt)
    try:
        write_checked(book, [plan_with(book, known, [info])])
        note = mark(book, definition.loaded, definition.warnings)
    except Exception as error:
        raise WorkbookError(
            f"the backtest was accepted as {receipt.backtest_id}, but the book could not be "
            f"written: {error}",
            cure="Note the id; the service keeps the run.",
        ) from error
    told = [f"Submitted {info.name or 'the strategy'} to {info.service} as {receipt.backtest_id}."]
    told += ["Press Refresh for its state and results."]
    if definition.warnings:
        told += ["", "Please look at:", *lines(definition.warnings)]
    return "\n".join(told) + note


def cancel(session: Session) -> str:
    """Ask the service to stop the selected runs, or the sweep in front if no run is selected."""
    from xlmeso.excel.actions_sweep import cancel_sweep
    from xlmeso.excel.sweep_book import is_sweep_sheet

    front = session.book.sheets.active
    if is_sweep_sheet(front) and not selected_runs(session.book):
        return cancel_sweep(session, front)
    chosen = require_selected(session.book)
    session.demand(f"Stop {_count(chosen)}?\n\n{_named(chosen)}")
    done, faults = _each(
        session, chosen, "stopping", lambda here, run: here.client.backtests.cancel(run.backtest_id)
    )
    told = [f"The service was asked to stop {_count(done)}; press Refresh to see it."]
    return _outcome(told if done else [], faults)


def share(session: Session) -> str:
    """Share the selected runs with every user of the service who has the link."""
    return _set_sharing(session, enabled=True)


def unshare(session: Session) -> str:
    """Make the selected runs private again."""
    return _set_sharing(session, enabled=False)


def delete(session: Session) -> str:
    """Delete the selected runs on the service, in one of three ways that must be named."""
    book = session.book
    known = read_runs(book)
    chosen = require_selected(book, known)
    if known.sheet is not None:
        require_places(book, [plan_with(book, known, [])])
    explained = "\n".join(f"{mode}: {meaning}." for mode, meaning in MODES.items())
    session.demand(
        f"Delete {_count(chosen)} on the service?\n\n{_named(chosen)}\n\nThere are three ways, "
        f"and the next box asks for one:\n{explained}"
    )
    mode = DeleteMode(
        choose(
            session.dialogs,
            session.title,
            f"How shall {_count(chosen)} be deleted?",
            {mode.value: meaning for mode, meaning in MODES.items()},
        )
    )
    done, faults = _each(
        session,
        chosen,
        "deleting",
        lambda here, run: here.client.backtests.delete(run.backtest_id, mode),
    )
    _forget(done)
    _note_deleted(session, known, done, mode)
    return _outcome([f"Deleted ({mode}):", *(run.label for run in done)] if done else [], faults)


def _checked(session: Session) -> CheckedDefinition:
    """Let a strategy without mistakes through; mistakes go into the sheet and into the error."""
    from xlmeso.app.definitions import checked

    session.say("checking the strategy")
    loaded = load_active(session.book)
    try:
        return checked(loaded)
    except StrategyDefinitionError as error:
        mark(session.book, loaded, error.problems)
        raise


def _send(connection: Connection, definition: CheckedDefinition) -> SubmittedBacktest:
    from xlmeso.app.submit import submit as submit_definition

    return submit_definition(connection, definition)


def _accepted(
    connection: Connection, definition: CheckedDefinition, receipt: SubmittedBacktest
) -> RunInfo:
    from xlmeso.sheets.results import RunInfo

    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return RunInfo(
        receipt.backtest_id,
        receipt.name or definition.definition.backtest.name or "",
        BacktestState.CREATED,
        connection.service,
        now,
        strategy_name=definition.definition.strategy_name or "",
        modelled=connection.is_local,
        created_at=now,
    )


def _set_sharing(session: Session, *, enabled: bool) -> str:
    chosen = require_selected(session.book)
    if enabled:
        session.demand(
            "Every user of the service who has the link will see results and strategy of\n\n"
            f"{_named(chosen)}\n\nShare {_count(chosen)}?"
        )
    done, faults = _each(
        session,
        chosen,
        "sharing" if enabled else "unsharing",
        lambda here, run: here.client.backtests.set_sharing(run.backtest_id, enabled),
    )
    word = "Shared" if enabled else "Private again"
    return _outcome([f"{word}:", *(run.label for run in done)] if done else [], faults)


def _each(
    session: Session,
    chosen: Sequence[ChosenRun],
    doing: str,
    order: Callable[[Connection, ChosenRun], None],
) -> tuple[list[ChosenRun], Mapping[str, XlmesoError]]:
    """Give an order for each run; what one run refuses does not stop the others.

    Returns
    -------
    tuple
        The runs for which it was done, and cell -> error of the others.

    Raises
    ------
    XlmesoError
        The service cannot be reached or does not know the caller, before anything was done.
    """
    done: list[ChosenRun] = []
    faults: dict[str, XlmesoError] = {}
    with session.connect() as connection:
        for number, run in enumerate(chosen, start=1):
            session.say(f"{doing} run {number} of {len(chosen)}")
            try:
                order(connection, run)
            except XlmesoError as error:
                ends_all = not isinstance(error, ApiError | BacktestStateError)
                if not done and (ends_all or isinstance(error, AuthenticationError)):
                    raise
                faults[run.cell] = error
            else:
                done.append(run)
    return done, faults


def _outcome(done: list[str], faults: Mapping[str, XlmesoError]) -> str:
    """Return what was done and what was not.

    Raises
    ------
    WorkbookError
        Nothing was done.
    """
    refused = [f"{cell}: {error.message}" for cell, error in faults.items()]
    if faults and not done:
        cell, error = next(iter(faults.items()))
        if len(faults) == 1:
            raise WorkbookError(error.message, where=cell, cure=error.cure)
        raise WorkbookError("nothing was done:\n" + "\n".join(refused))
    return "\n".join([*done, *(["", "Not done:", *refused] if refused else [])])


def _forget(done: Sequence[ChosenRun]) -> None:
    """Remove what formulas have kept of the runs."""
    from xlmeso.app.formulas.purge import forget_backtests
    from xlmeso.settings import resolve_profile

    if done:
        forget_backtests(resolve_profile(), [run.backtest_id for run in done])


def _note_deleted(
    session: Session, known: RunsSheet, done: Sequence[ChosenRun], mode: DeleteMode
) -> None:
    """Say in the Runs sheet that runs are gone; their rows stay as a record."""
    listed = [run for run in done if known.find(run.backtest_id)]
    if listed:
        states = {run.backtest_id: f"Deleted ({mode})" for run in listed}
        write_checked(session.book, [plan_with(session.book, known, [], states)])


def _count(runs: Sequence[ChosenRun]) -> str:
    return counted(len(runs), "run")


def _named(runs: Sequence[ChosenRun]) -> str:
    shown = [run.label for run in runs[:_SHOWN]]
    if len(runs) > _SHOWN:
        shown.append(f"... and {len(runs) - _SHOWN} more")
    return "\n".join(shown)
