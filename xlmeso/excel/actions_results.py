"""Buttons that bring states and results into the book."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import ApiError, BacktestStateError, WorkbookError, XlmesoError
from xlmeso.excel.choice import ChosenRun, meant_run, require_selected, selected_runs, shown_runs
from xlmeso.excel.guards import require_places, show_sheet, write_checked
from xlmeso.excel.macro_frame import MOST_LINES, Session, counted
from xlmeso.excel.runs_sheet import ListedRun, RunsSheet, plan_with, read_runs

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.app.run import RunResult
    from xlmeso.model.backtest import BacktestStatus
    from xlmeso.sheets.plan import SheetPlan
    from xlmeso.sheets.results import RunInfo

RESULT_SHEETS: Final = ("Analytics", "Events", "NAV")


def refresh_runs(
    session: Session, runs: Sequence[ListedRun], known: RunsSheet, *, show_finished: bool = False
) -> str:
    """Ask for the states of runs; write them and the results of the newest that has finished.

    Everything is fetched before anything is written.  Rows of another service than the one in use
    stay as they are.

    Parameters
    ----------
    show_finished
        Whether results are also written for a run that had finished before.
    """
    book = session.book
    with session.connect() as connection:
        asked = [run for run in runs if run.service in ("", connection.service)]
        require_places(book, [plan_with(book, known, [])])
        infos, faults = _states(session, connection, asked)
        finished = {info.backtest_id for info in infos if info.state.value == "Finished"}
        if show_finished:
            finished |= {run.backtest_id for run in asked if run.state == "Finished"}
        plans = _results_of_newest(session, connection, asked, finished)
    if infos or plans:
        write_checked(book, [*plans, plan_with(book, known, infos)])
    return _told(infos, faults, len(runs) - len(asked), shown=plans)


def show(session: Session, sheet: str) -> str | None:
    """Fetch one result of the run that is meant, write its sheet and bring it to the front."""
    book = session.book
    known = read_runs(book)
    run = meant_run(book, known)
    with session.connect() as connection, named_by(run.cell):
        session.say(f"fetching {sheet} of {run.label}")
        result = _partial(connection, run, sheet)
        result.require_finished()
        plans = [_trades_plan(result)] if sheet == "Trades" else _plans(result, (sheet,))
    written = write_checked(book, plans)
    show_sheet(book.sheets[written[0]])
    return None


def show_all(session: Session, run: ChosenRun) -> list[str]:
    """Fetch all results of a run and write their sheets; returns the sheets' names."""
    with session.connect() as connection, named_by(run.cell):
        plans = _fetched_plans(session, connection, run)
    return write_checked(session.book, plans)


def compare(session: Session) -> str | None:
    """Write the figures and the differing settings of the selected runs side by side."""
    from xlmeso.sheets.results.compare import ComparedRun, plan_compare

    book = session.book
    known = read_runs(book)
    chosen = selected_runs(book, known)
    if len(chosen) < 2:
        raise WorkbookError(
            "there is nothing to compare.",
            where=book.name,
            cure="Select two or more rows of the sheet Runs and press the button again.",
        )
    compared: list[ComparedRun] = []
    with session.connect() as connection:
        for number, run in enumerate(chosen, start=1):
            session.say(f"fetching run {number} of {len(chosen)}")
            with named_by(run.cell):
                definition = connection.client.strategy_definition.get(run.backtest_id)
                figures = connection.client.analytics.get(run.backtest_id)
            name = run.name or definition.backtest.name or run.backtest_id
            compared.append(ComparedRun(run.backtest_id, name, definition, figures))
        plan = plan_compare(
            compared,
            service=connection.service,
            fetched_at=dt.datetime.now(dt.UTC),
            modelled=connection.is_local,
        )
    written = write_checked(book, [plan])
    show_sheet(book.sheets[written[0]])
    return None


def runs_of_selection(book: Any, known: RunsSheet) -> list[ListedRun]:
    """Return the rows of the Runs sheet that the selection means."""
    return [
        listed
        for run in require_selected(book, known)
        if (listed := known.find(run.backtest_id)) is not None
    ]


def run_shown_in_front(book: Any, known: RunsSheet) -> ChosenRun | None:
    """Return the run of the result sheet in front, None for any other sheet."""
    return next(shown_runs(book.sheets.active, known), None)


@contextlib.contextmanager
def named_by(cell: str) -> Iterator[None]:
    """Put the cell that named a run on what the service says about it."""
    try:
        yield
    except (ApiError, BacktestStateError) as error:
        error.where = cell
        raise


def _states(
    session: Session, connection: Connection, runs: Sequence[ListedRun]
) -> tuple[list[RunInfo], dict[str, XlmesoError]]:
    """Ask for the state of each open run; a run that is gone does not stop the others."""
    from xlmeso.errors import NotFoundError, PermissionDeniedError

    infos: list[RunInfo] = []
    faults: dict[str, XlmesoError] = {}
    waiting = [run for run in runs if run.is_open]
    for number, run in enumerate(waiting, start=1):
        session.say(f"asking for run {number} of {len(waiting)}")
        try:
            status = connection.client.backtests.status(run.backtest_id)
        except (NotFoundError, PermissionDeniedError) as error:
            faults[run.cell] = error
        else:
            infos.append(_info(connection, run, status))
    return infos, faults


def _info(connection: Connection, run: ListedRun, status: BacktestStatus) -> RunInfo:
    from xlmeso.sheets.results import RunInfo

    return RunInfo(
        run.backtest_id,
        run.name,
        status.state,
        connection.service,
        dt.datetime.now(dt.UTC),
        strategy_name=str(run.values.get("Strategy") or ""),
        modelled=connection.is_local,
        created_at=status.created_at or _moment(run.values.get("Created")),
        started_at=status.started_at,
        finished_at=status.finished_at,
        failure_reason=status.failure_reason,
    )


def _moment(value: Any) -> dt.datetime | None:
    return value if isinstance(value, dt.datetime) else None


def _results_of_newest(
    session: Session,
    connection: Connection,
    asked: Sequence[ListedRun],
    finished: Collection[str],
) -> list[SheetPlan]:
    """Fetch the results of the first run in the list that has finished."""
    for run in asked:
        if run.backtest_id in finished:
            chosen = ChosenRun(run.backtest_id, run.name, run.cell)
            with named_by(run.cell):
                return _fetched_plans(session, connection, chosen)
    return []


def _fetched_plans(session: Session, connection: Connection, run: ChosenRun) -> list[SheetPlan]:
    from xlmeso.app.run import fetch
    from xlmeso.model.backtest import SubmittedBacktest

    session.say(f"fetching the results of {run.label}")
    status = connection.client.backtests.status(run.backtest_id)
    definition = connection.client.strategy_definition.get(run.backtest_id)
    name = run.name or definition.backtest.name or ""
    result = fetch(connection, SubmittedBacktest(run.backtest_id, name), definition, status)
    result.require_finished()
    return _plans(result, RESULT_SHEETS)


def _partial(connection: Connection, run: ChosenRun, sheet: str) -> RunResult:
    """Fetch a run with what one sheet needs and nothing more."""
    from xlmeso.app.run import RunResult
    from xlmeso.model.backtest import BacktestState, SubmittedBacktest
    from xlmeso.model.events import BlotterEventType

    client, backtest_id = connection.client, run.backtest_id
    status = client.backtests.status(backtest_id)
    definition = client.strategy_definition.get(backtest_id)
    finished = status.state is BacktestState.FINISHED
    only = None if sheet in ("Events", "Trades") else BlotterEventType.START
    needs_figures = finished and sheet in ("Analytics", "Events")
    return RunResult(
        receipt=SubmittedBacktest(backtest_id, run.name or definition.backtest.name or ""),
        definition=definition,
        status=status,
        service=connection.service,
        fetched_at=dt.datetime.now(dt.UTC),
        modelled=connection.is_local,
        analytics=client.analytics.get(backtest_id) if needs_figures else None,
        events=client.events.get(backtest_id, event_type=only) if finished else (),
        navs=client.navs.get(backtest_id) if finished and sheet == "NAV" else None,
    )


def _trades_plan(result: RunResult) -> SheetPlan:
    from xlmeso.app.results import run_info
    from xlmeso.measures.round_trips import round_trips
    from xlmeso.sheets.results.trades import plan_trades

    return plan_trades(round_trips(result.events), run_info(result))


def _plans(result: RunResult, names: Sequence[str]) -> list[SheetPlan]:
    """Keep the plans of some result sheets; the blotter may go on to further pages."""
    from xlmeso.app.results import result_plans

    plans = result_plans(result)
    return [plan for plan in plans if plan.name.rstrip(" 0123456789") in names]


def _told(
    infos: Sequence[RunInfo],
    faults: dict[str, XlmesoError],
    others: int,
    *,
    shown: Sequence[SheetPlan],
) -> str:
    if faults and not infos and not shown:
        cell, error = next(iter(faults.items()))
        more = f" (and {len(faults) - 1} more runs)" if len(faults) > 1 else ""
        raise WorkbookError(f"{error.message}{more}", where=cell, cure=error.cure)
    told: list[str] = []
    for info in infos[:MOST_LINES]:
        reason = f": {info.failure_reason}" if info.failure_reason else ""
        told.append(f"{info.name or info.backtest_id}: {info.state.value}{reason}")
    if len(infos) > MOST_LINES:
        told.append(f"... and {counted(len(infos) - MOST_LINES, 'more run')}.")
    told = told or ["No run was open; the states are as they were."]
    if shown:
        told.append(f"Written: {', '.join(plan.name for plan in shown)}.")
    if others:
        told.append(f"Not asked for, since another service has them: {counted(others, 'run')}.")
    told += [f"{cell}: {error.message}" for cell, error in faults.items()]
    return "\n".join(told)
