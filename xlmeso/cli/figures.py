"""Analytics for people: labels, units, strategy beside benchmark."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from xlmeso.cli.table import Column, Table
from xlmeso.cli.terminal import Terminal

if TYPE_CHECKING:
    from xlmeso.app.book import BookRun
    from xlmeso.model.analytics import MetricDefinition
    from xlmeso.model.backtest import AnalyticsValue

KEY_FIGURES: Final = (
    "StratCumRet",
    "StratCagrPct",
    "StratMaxDd",
    "StratAnnVolatility",
    "StratSharpe",
    "StratSortino",
    "StratProfitFactor",
    "StratTradeCnt",
    "StratWinCnt",
    "StratLossCnt",
    "StratAvgDaysInTrade",
)
"""What a person wants to know first about a run."""

_SHOWN_UNITS: Final = {"date": "", "fraction": "%", "ratio": "", "count": ""}
"""Units that people read differently: see `figure_text`."""


def chosen_fields(text: str | None) -> set[str] | None:
    """Read a list of metrics, separated by commas, as API names with their benchmark's.

    Returns
    -------
    set of str
        Names of fields; None when nothing was chosen.

    Raises
    ------
    UnknownMetricError
        A name that the catalogue does not have; the nearest one is in the message.
    """
    from xlmeso.model.analytics import metric

    if text is None:
        return None
    chosen = [metric(name.strip()) for name in text.split(",") if name.strip()]
    names = {item.name for item in chosen}
    return names | {item.benchmark_name for item in chosen if item.benchmark_name is not None}


def analytics_table(
    values: Mapping[str, AnalyticsValue], fields: Collection[str] | None, *, exact: bool
) -> Table:
    """Make the table of a run's figures, the strategy beside its benchmark.

    Parameters
    ----------
    fields
        Names to show, None for all that the run has.
    exact
        Figures as the service gave them, with their names, for programs.
    """
    rows = [_row(definition, values, exact=exact) for definition in _definitions(values, fields)]
    titles = [Column("Metric"), Column("Strategy", True), Column("Benchmark", True), Column("Unit")]
    if exact:
        titles.insert(0, Column("Field"))
    return Table(tuple(titles), rows)


def print_key_figures(terminal: Terminal, done: BookRun) -> None:
    """Print how a run ended, its key figures and where its results are."""
    result, written = done.result, done.written
    if terminal.as_json:
        terminal.print_json(_document(done))
        return
    if result.analytics is not None:
        name = result.definition.backtest.name or result.receipt.name
        terminal.print(f"{name}: {_period(result.analytics)}")
        terminal.print_table(analytics_table(result.analytics, KEY_FIGURES, exact=False))
    terminal.print(f"Backtest {result.receipt.backtest_id} {result.status.state}, {result.service}")
    if written is not None:
        terminal.print(f"Results: {written.path}")
        if written.notice:
            terminal.say(written.notice)


def _definitions(
    values: Mapping[str, AnalyticsValue], fields: Collection[str] | None
) -> Iterator[MetricDefinition]:
    """Yield the strategy's metrics that the run has, and benchmark figures that have no pair."""
    from xlmeso.model.analytics import METRICS

    partners = {item.benchmark_name for item in METRICS}
    for item in METRICS:
        wanted = fields is None or item.name in fields or item.benchmark_name in fields
        if wanted and item.name in values and item.name not in partners:
            yield item


def _row(
    definition: MetricDefinition, values: Mapping[str, AnalyticsValue], *, exact: bool
) -> list[Any]:
    pair = (values.get(definition.name), values.get(definition.benchmark_name or ""))
    if exact:
        return [definition.name, definition.label, *pair, definition.unit]
    shown = [figure_text(pair[0], definition)]
    shown.append(figure_text(pair[1], definition) if definition.benchmark_name else "")
    return [definition.label, *shown, _SHOWN_UNITS.get(definition.unit, definition.unit)]


def figure_text(value: AnalyticsValue, definition: MetricDefinition) -> str:
    """Write one figure for people with the decimals of its Excel format.

    Fractions are written in percent, the midnight of a day is left out, and a figure that the
    service has not (null) is a dash.
    """
    if value is None:
        return "-"
    if isinstance(value, str):
        return value.removesuffix("T00:00:00")
    decimals = definition.number_format.partition(".")[2].count("0")
    return f"{value * 100 if definition.unit == 'fraction' else value:,.{decimals}f}"


def _period(values: Mapping[str, AnalyticsValue]) -> str:
    from xlmeso.model.analytics import metric

    names = ("StartPeriod", "EndPeriod")
    return " to ".join(figure_text(values.get(name), metric(name)) for name in names)


def _document(done: BookRun) -> dict[str, Any]:
    result, written = done.result, done.written
    status = result.status
    times = {
        "CreatedAt": status.created_at,
        "StartedAt": status.started_at,
        "FinishedAt": status.finished_at,
    }
    return {
        "BacktestId": result.receipt.backtest_id,
        "Name": result.receipt.name,
        "State": status.state.value,
        **{name: time.isoformat() if time else None for name, time in times.items()},
        "FailureReason": status.failure_reason,
        "Service": result.service,
        "File": str(written.path) if written else None,
        "Notice": written.notice if written else None,
        "Analytics": dict(result.analytics) if result.analytics is not None else None,
    }
