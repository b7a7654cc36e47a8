"""Reports: fetch runs, plan the book, write it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from xlmeso.app import results
from xlmeso.app.collector import collector_paused
from xlmeso.errors import DecodingError

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.app.run import RunResult
    from xlmeso.sheets.book_plan import BookPlan
    from xlmeso.sheets.report import ReportRun, RunSeries
    from xlmeso.wire.navs import NavTable

OnStep = Callable[[str], None]

_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


def write_report(
    runs: Sequence[ReportRun], output: Path, *, overwrite: bool = False, with_logs: bool = True
) -> Path:
    """Plan the report of finished runs and write it whole or not at all.

    ``with_logs`` says whether it has the long sheets, Events and NAV.

    Raises
    ------
    WorkbookError
        The file exists and ``overwrite`` is not set, or cannot be written.
    """
    from xlmeso.report.book import write_book

    with collector_paused():
        return write_book(output, report_plan(runs, with_logs=with_logs), overwrite=overwrite)


def report_plan(runs: Sequence[ReportRun], *, with_logs: bool = True) -> BookPlan:
    """Plan the report of finished runs."""
    from xlmeso._version import __version__
    from xlmeso.sheets.report import plan_report

    return plan_report(runs, __version__, with_logs=with_logs)


def gather(
    connection: Connection,
    backtest_ids: Sequence[str],
    *,
    folder: Path,
    links: Mapping[str, str] | None = None,
    on_step: OnStep = lambda _text: None,
) -> list[ReportRun]:
    """Fetch finished runs with everything that they left, in the order of the ids.

    An id that is given twice is fetched and shown once.

    Parameters
    ----------
    folder
        Where the blotters are laid down; they are needed for as long as the runs are.
    links
        Id -> the run's page in the service's portal, where a person named it so.
    """
    from xlmeso.app.run import fetch
    from xlmeso.model.backtest import SubmittedBacktest

    found: list[ReportRun] = []
    ids = list(dict.fromkeys(backtest_ids))
    for number, backtest_id in enumerate(ids, start=1):
        which = f" {number} of {len(ids)}" if len(ids) > 1 else ""
        on_step(f"fetching run{which}: {backtest_id}")
        status = connection.client.backtests.status(backtest_id)
        definition = connection.client.strategy_definition.get(backtest_id)
        name = definition.backtest.name or backtest_id
        result = fetch(
            connection, SubmittedBacktest(backtest_id, name), definition, status, folder=folder
        )
        found.append(report_run(result, link=page_of((links or {}).get(backtest_id, ""))))
    return found


def page_of(link: str) -> str:
    """Return a portal link without what may be secret in it; empty for any other text."""
    parts = urlsplit(link.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def report_run(result: RunResult, link: str = "") -> ReportRun:
    """Take over what a finished run left.

    Raises
    ------
    BacktestFailedError, BacktestCancelledError
        It did not finish.
    DecodingError
        The NAV has no column of the account's value.
    """
    from xlmeso.sheets.report import ReportRun

    result.require_finished()
    if result.analytics is None or result.navs is None:
        raise DecodingError("the service has no results of the run yet.")
    return ReportRun(
        info=results.run_info(result),
        definition=result.definition,
        analytics=result.analytics,
        events=result.events,
        series=run_series(result.navs),
        link=link,
    )


def run_series(navs: NavTable) -> RunSeries:
    """Find time, NAV and benchmark among the columns of a NAV file."""
    import numpy as np

    from xlmeso.measures.returns import as_times
    from xlmeso.sheets.report import RunSeries

    nav = results.nav_column(navs)
    benchmark = results.column_of(navs, results.BENCHMARK_COLUMNS)
    return RunSeries(
        times=as_times(navs.times),
        nav=np.array(nav, dtype=np.float64),
        benchmark=None if benchmark is None else np.array(benchmark, dtype=np.float64),
        time_name=navs.time_name,
        stamps=navs.times,
        columns=navs.columns,
    )


def write_trade_log(runs: Sequence[ReportRun], output: Path) -> Path:
    """Write the closed positions of runs as CSV in the columns that trade-log tools read.

    Raises
    ------
    WorkbookError
        The file cannot be written.
    """
    from xlmeso.app.files import write_text
    from xlmeso.measures.trade_log import COLUMNS, trade_log

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for run in runs:
        name = run.info.name or run.info.backtest_id
        found = trade_log(run.trips, name, _vix_at(run.series))
        writer.writerows(_as_csv(row) for row in found)
    write_text(output, text.getvalue())
    return output


def _vix_at(series: RunSeries) -> Callable[[dt.datetime], float | None]:
    """Look the VIX up in the NAV file.

    Assumption: the column is called as in the service's positions file, ``VIXPrice`` (reference
    section 6).
    """
    titles = (title for title in series.columns if title.casefold() in ("vixprice", "vix"))
    title = next(titles, None)
    values = {} if title is None else dict(zip(series.stamps, series.columns[title], strict=True))
    return values.get


def _as_csv(values: Sequence[object]) -> list[str]:
    """Spell cells; a text that a spreadsheet would take for a formula gets an apostrophe."""
    texts = ["" if value is None else str(value) for value in values]
    return [
        f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA_MARKS) else text
        for value, text in zip(values, texts, strict=True)
    ]
