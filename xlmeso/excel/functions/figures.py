"""Figures of finished backtests: MESO_METRIC, MESO_ANALYTICS, MESO_COMPARE, MESO_METRICS."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from xlmeso.app.formulas.policy import Kind
from xlmeso.app.formulas.results import Answer, Results
from xlmeso.app.formulas.runs import resolve
from xlmeso.errors import XlmesoError
from xlmeso.excel.arguments import Arguments, cell_text, cells_of, is_blank, rows_of, texts
from xlmeso.excel.boundary import Failure
from xlmeso.excel.functions.common import (
    Table,
    guarded,
    one_run,
    results_for,
    table,
)
from xlmeso.model.analytics import METRICS, MetricDefinition
from xlmeso.model.analytics import metric as find_metric
from xlmeso.model.backtest import AnalyticsValue

DEFAULT_COMPARED = (
    "StratCagrPct", "StratCumRet", "StratMaxDd", "StratSharpe", "StratSortino", "StratCalmar",
    "StratProfitFactor", "StratAnnVolatility", "StratTradeCnt", "StratWinCnt",
)  # fmt: skip
"""Figures of MESO_COMPARE when none are named."""


def metric(backtest: Any, name: Any, options: Any = None) -> Any:
    """Return one figure, or a block: backtests down, figures across."""
    arguments = Arguments({}, options)
    results = results_for(arguments)
    wanted = [find_metric(item) for item in texts(name, "metric")]
    runs = [cell for row in rows_of(backtest) for cell in row]
    if len(runs) == 1 and len(wanted) == 1:
        return figure(results, one_run(results, backtest), wanted[0])
    _prefetch(results, runs)
    return [[_cell(results, cell, item) for item in wanted] for cell in runs]


def analytics(
    backtest: Any, metrics: Any = None, headers: Any = None, options: Any = None
) -> Table:
    """Return the table metric, strategy, benchmark."""
    arguments = Arguments({"metrics": metrics, "headers": headers}, options)
    results = results_for(arguments)
    run = one_run(results, backtest)
    answer: Answer[Mapping[str, AnalyticsValue]] = results.get(Kind.ANALYTICS, run)
    wanted = _wanted(arguments) or [item for item in METRICS if not item.is_benchmark]
    raw = arguments.flag("rawnames", default=False)
    rows = [
        [
            item.name if raw else item.label,
            value_of(answer.value, item),
            _benchmark(answer.value, item),
        ]
        for item in wanted
    ]
    return table(("Metric", "Strategy", "Benchmark"), rows, arguments, answer, run)


def compare(backtests: Any, metrics: Any = None, headers: Any = None, options: Any = None) -> Table:
    """Return a row for each backtest and a column for each figure."""
    arguments = Arguments({"metrics": metrics, "headers": headers}, options)
    results = results_for(arguments)
    wanted = _wanted(arguments) or [find_metric(name) for name in DEFAULT_COMPARED]
    runs = cells_of(backtests, "backtests")
    _prefetch(results, runs)
    rows = [[cell_text(cell), *(_cell(results, cell, item) for item in wanted)] for cell in runs]
    raw = arguments.flag("rawnames", default=False)
    titles = ["Backtest", *(item.name if raw else item.label for item in wanted)]
    return table(titles, rows, arguments, _oldest(results, runs))


def metrics(headers: Any = None, options: Any = None) -> Table:
    """Return the catalogue of the figures."""
    arguments = Arguments({"headers": headers}, options)
    titles = ("Name", "Label", "Group", "Unit", "Better", "Definition")
    rows = [
        [item.name, item.label, item.group, item.unit, item.better, item.definition]
        for item in METRICS
    ]
    return table(titles, rows, arguments)


def figure(results: Results, run: str, item: MetricDefinition) -> Any:
    """Return one figure of one run as a cell's value."""
    return value_of(results.held(Kind.ANALYTICS, run).value, item)


def value_of(figures: Mapping[str, AnalyticsValue], item: MetricDefinition) -> Any:
    """Return a figure as a cell shows it: a number, a date, or a failure where it is missing."""
    value = figures.get(item.name)
    if value is None:
        return Failure(
            XlmesoError(
                f"the service gives no {item.label} for this backtest.",
                cure="It has no meaning for so few trades or days, or the service is older.",
            )
        )
    if item.unit == "date" and isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value).replace(tzinfo=None)
        except ValueError:
            return value
    return float(value) if isinstance(value, Decimal) else value


def _benchmark(figures: Mapping[str, AnalyticsValue], item: MetricDefinition) -> Any:
    """Return the benchmark's figure; blank where there is none (the service knows no BmTreynor)."""
    if item.benchmark_name is None or figures.get(item.benchmark_name) is None:
        return None
    return value_of(figures, find_metric(item.benchmark_name))


def _oldest(results: Results, runs: Sequence[Any]) -> Answer[Any] | None:
    """Return the oldest of the answers that a table shows, None where it shows errors only."""
    found = []
    for cell in runs:
        try:
            run = resolve(results, cell_text(cell))
        except XlmesoError:
            continue  # its own cell says why
        held = results.known(Kind.ANALYTICS, run)
        if held.value is not None:
            found.append((held.fetched_at, run))
    return results.get(Kind.ANALYTICS, min(found)[1]) if found else None


def _wanted(arguments: Arguments) -> list[MetricDefinition]:
    return [find_metric(name) for name in arguments.texts("metrics")]


def _cell(results: Results, cell: Any, item: MetricDefinition) -> Any:
    return guarded(results, cell, lambda run: figure(results, run, item))


def _prefetch(results: Results, runs: Sequence[Any]) -> None:
    """Ask for many runs at once: by the list of runs where it has them, else in parallel."""
    wanted = []
    for cell in runs:
        try:
            if not is_blank(cell):
                wanted.append((Kind.ANALYTICS, resolve(results, cell_text(cell))))
        except XlmesoError:
            continue  # its own cell will say why
    if len(wanted) > 1:
        results.prefetch(wanted)
