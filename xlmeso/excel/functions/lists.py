"""Which runs there are, and how far they are: MESO_STATUS, MESO_PROGRESS, MESO_BACKTESTS."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.app.formulas.policy import Kind
from xlmeso.app.formulas.resources import RECENT, RECENT_RUNS, period_id
from xlmeso.app.formulas.results import Answer, Results
from xlmeso.app.formulas.runs import state_of
from xlmeso.excel.arguments import Arguments
from xlmeso.excel.functions.common import (
    Table,
    chosen_columns,
    each_run,
    results_for,
    table,
)
from xlmeso.excel.functions.figures import value_of
from xlmeso.model.analytics import UnknownMetricError
from xlmeso.model.analytics import metric as find_metric
from xlmeso.model.backtest import BacktestState, BacktestStatus, BacktestSummary

DEFAULT_DAYS: Final = 90
"""Days that MESO_BACKTESTS looks back."""

COLUMNS: Final[dict[str, Callable[[BacktestSummary], Any]]] = {
    "Id": lambda run: run.backtest_id,
    "Name": lambda run: run.name,
    "State": lambda run: run.state.value,
    "Strategy": lambda run: run.strategy_name,
    "Created": lambda run: run.created_at,
    "Started": lambda run: run.started_at,
    "Finished": lambda run: run.finished_at,
    "Shared": lambda run: run.shared,
}

DEFAULT_COLUMNS: Final = ("Id", "Name", "State", "Strategy", "Created", "Finished")


def status(backtest: Any, options: Any = None) -> Any:
    """Return the state of a backtest, or of every backtest of a range."""
    results = results_for(Arguments({}, options))
    return each_run(results, backtest, lambda run: state_of(results, run).value)


def progress(backtest: Any, options: Any = None) -> Any:
    """Return the share done, 0 to 1; None where the service does not tell."""
    results = results_for(Arguments({}, options))
    return each_run(results, backtest, lambda run: _progress(results, run))


def backtests(
    since: Any = None,
    up_to: Any = None,
    state: Any = None,
    columns: Any = None,
    headers: Any = None,
    options: Any = None,
) -> Table:
    """Return the list of runs, newest first."""
    arguments = Arguments(
        {"since": since, "up_to": up_to, "state": state, "columns": columns, "headers": headers},
        options,
    )
    results = results_for(arguments)
    start, end = _period(arguments)
    answer = _runs(results, start, end)
    wanted = chosen_columns(
        tuple(COLUMNS), arguments.texts("columns") or DEFAULT_COLUMNS, extra=_metric_name
    )
    kept = _state(arguments)
    rows = [
        [_value(results, run, column) for column in wanted]
        for run in answer.value
        if kept is None or run.state is kept
    ]
    return table(wanted, rows, arguments, answer)


def _progress(results: Results, run: str) -> float | None:
    if state_of(results, run) is BacktestState.FINISHED:
        return 1.0
    found: BacktestStatus = results.get(Kind.STATUS, run).value
    return 1.0 if found.state is BacktestState.FINISHED else found.progress


def _period(arguments: Arguments) -> tuple[dt.datetime, dt.datetime]:
    """Return whole days in UTC: TODAY() or NOW() as an argument asks once a day only."""
    last = arguments.moment("up_to") or dt.datetime.now(dt.UTC).replace(tzinfo=None)
    end = dt.datetime.combine(last.date(), dt.time(23, 59, 59), dt.UTC)
    first = arguments.moment("since") or last - dt.timedelta(days=DEFAULT_DAYS)
    start = dt.datetime.combine(first.date(), dt.time(), dt.UTC)
    if start > end:
        raise ArgumentError(f"since {start:%Y-%m-%d} is after up_to {end:%Y-%m-%d}.")
    return start, end


def _runs(
    results: Results, start: dt.datetime, end: dt.datetime
) -> Answer[Sequence[BacktestSummary]]:
    """Take the newest runs where they reach back far enough, else ask for the period."""
    answer = results.get(Kind.LIST, RECENT)
    runs = answer.value
    oldest = runs[-1].created_at if runs else None
    if len(runs) >= RECENT_RUNS and (oldest is None or oldest > start):
        answer = results.get(Kind.LIST, period_id(start, end))
        runs = answer.value
    within = [run for run in runs if run.created_at is None or start <= run.created_at <= end]
    return Answer(within, answer.fetched_at, answer.service, answer.is_current)


def _state(arguments: Arguments) -> BacktestState | None:
    name = arguments.text("state")
    if name is None or name.casefold() == "all":
        return None
    for state in BacktestState:
        if state.value.casefold() == name.casefold():
            return state
    raise ArgumentError(
        f"{name!r} is no state of a backtest.", cure=f"There are {', '.join(BacktestState)}."
    )


def _metric_name(name: str) -> str | None:
    try:
        return find_metric(name).name
    except UnknownMetricError:
        return None


def _value(results: Results, run: BacktestSummary, column: str) -> Any:
    if column in COLUMNS:
        return COLUMNS[column](run)
    if run.state is not BacktestState.FINISHED:
        return None
    figures = results.known(Kind.ANALYTICS, run.backtest_id).value
    return None if figures is None else value_of(figures, find_metric(column))
