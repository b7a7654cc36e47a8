"""Results as sheets and as flat tables, through the plans of `xlmeso.sheets`."""

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import DecodingError
from xlmeso.model.backtest import BacktestState
from xlmeso.model.events import BlotterEventType

if TYPE_CHECKING:
    from xlmeso.app.run import RunResult
    from xlmeso.model.events import BlotterEvent
    from xlmeso.sheets.plan import SheetPlan
    from xlmeso.sheets.results import RunInfo
    from xlmeso.wire.navs import NavTable


@dataclass(frozen=True, slots=True)
class FlatTable:
    """Titles and rows of equal length."""

    titles: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


NAV_COLUMNS: Final = ("nav", "strategy", "strategynav", "equity")
"""Headings of the account's value, the likeliest first.

Assumption: the real headings are not published (reference section 6); compared without case,
blanks and underscores.
"""

BENCHMARK_COLUMNS: Final = ("underlyingprice", "benchmark", "underlying")
"""Headings of the underlying's price, by the same assumption."""

_GREETING: Final = "Oh hi!"
"""How the service begins the message of its Start event (reference section 5)."""


def result_plans(result: RunResult) -> list[SheetPlan]:
    """Plan the sheets that show a run: Runs always, the others when it has finished."""
    from xlmeso.sheets.results import plan_analytics, plan_events, plan_runs

    info = run_info(result)
    finished = result.analytics is not None and result.navs is not None
    links = ("Strategy", "Analytics", "NAV", "Events") if finished else ("Strategy",)
    plans = [plan_runs([info], links=links)]
    if result.analytics is not None:
        plans.append(plan_analytics(result.analytics, info))
        plans += plan_events(result.events, info)
    if result.navs is not None:
        plans.append(_nav_plan(result, result.navs, info))
    return plans


def run_info(result: RunResult) -> RunInfo:
    """Say what the result sheets say about a run."""
    from xlmeso.sheets.results import RunInfo

    status = result.status
    return RunInfo(
        backtest_id=result.receipt.backtest_id,
        name=result.receipt.name,
        state=status.state,
        service=result.service,
        fetched_at=result.fetched_at,
        strategy_name=result.definition.strategy_name or "",
        source=_source(result),
        modelled=result.modelled,
        created_at=status.created_at,
        started_at=status.started_at,
        finished_at=status.finished_at,
        failure_reason=status.failure_reason,
    )


def events_table(backtest_id: str, events: Sequence[BlotterEvent]) -> FlatTable:
    """Flatten the blotter as the sheet Events does, with a column for every script variable."""
    from xlmeso.sheets.results import RunInfo, plan_events

    names = dict.fromkeys(name for event in events for name in event.variables)
    info = RunInfo(backtest_id, "", BacktestState.FINISHED, "", dt.datetime.now(dt.UTC))
    # One piece, however long: the limit of a sheet's rows is none of a flat table.
    (plan,) = plan_events(events, info, variables=tuple(names), rows_per_sheet=len(events) or 1)
    columns = plan.tables[0].columns
    rows = list(zip(*(column.values for column in columns), strict=True))
    return FlatTable(tuple(column.title for column in columns), rows)


def nav_table(navs: NavTable) -> FlatTable:
    """Turn the columns of a NAV series into rows, the time first."""
    columns = (navs.times, *navs.columns.values())
    return FlatTable((navs.time_name, *navs.columns), list(zip(*columns, strict=True)))


@contextlib.contextmanager
def downloaded(
    download: Callable[..., Path], backtest_id: str, output: Path | None, **options: Any
) -> Iterator[Path]:
    """Stream a result to ``output``, or to a temporary file that is removed afterwards."""
    if output is not None:
        yield download(backtest_id, output, **options)
        return
    with tempfile.TemporaryDirectory(prefix="xlmeso-") as folder:
        yield download(backtest_id, Path(folder) / "result", **options)


def _nav_plan(result: RunResult, navs: NavTable, info: RunInfo) -> SheetPlan:
    from xlmeso.sheets.results import plan_nav

    return plan_nav(
        navs.times,
        nav_column(navs),
        info,
        benchmark=column_of(navs, BENCHMARK_COLUMNS),
        starting_cash=result.definition.backtest.cash,
        benchmark_name=result.definition.symbol or "Benchmark",
    )


def nav_column(navs: NavTable) -> Sequence[float | None]:
    """Return the account's value, money.

    Raises
    ------
    DecodingError
        There is no such column.
    """
    nav = column_of(navs, NAV_COLUMNS)
    if nav is None:
        raise DecodingError(
            f"the NAV has no column of the account's value: {', '.join(navs.columns)}"
        )
    return nav


def column_of(navs: NavTable, names: Sequence[str]) -> Sequence[float | None] | None:
    """Return the first column that has one of the names, None without any."""
    titles = {title.casefold().replace("_", "").replace(" ", ""): title for title in navs.columns}
    found = next((titles[name] for name in names if name in titles), None)
    return None if found is None else navs.numbers(found)


def _source(result: RunResult) -> str:
    """Return what the local service says about its data when it starts a run."""
    if not result.modelled:
        return ""
    starts = (
        event.message for event in result.events if event.event_type == BlotterEventType.START
    )
    return next(starts, "").removeprefix(_GREETING).strip()
