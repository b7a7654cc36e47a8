"""The Analytics sheet: every figure of a run, strategy beside benchmark, with its definition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from xlmeso.model.analytics import METRICS, MetricDefinition
from xlmeso.model.backtest import AnalyticsValue
from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.plan import ColumnPlan, RulePlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import TABLE_ROW, RunInfo, footer, header

TABLE: Final = "meso_analytics"

_HIGHER = {"higher": "higher is better", "lower": "lower is better"}


@dataclass(frozen=True, slots=True)
class _Row:
    metric: MetricDefinition
    strategy: CellValue
    benchmark: CellValue


def plan_analytics(
    analytics: Mapping[str, AnalyticsValue],
    run: RunInfo,
    *,
    sheet_name: str = "Analytics",
    table_name: str = TABLE,
) -> SheetPlan:
    """Plan the table of figures.

    Parameters
    ----------
    analytics
        The service's figures by their API name; figures that the catalogue does not know are
        listed at the end, as they came.
    """
    rows = [
        _row(metric, analytics)
        for metric in METRICS
        if not metric.is_benchmark and metric.name in analytics
    ]
    rows += _unknown(analytics)
    table = TablePlan(table_name, _columns(rows), TABLE_ROW, filters=True)
    return SheetPlan(
        sheet_name,
        (table,),
        header("Analytics", run, "The benchmark is the underlying's price."),
        rules=_rules(table_name),
        freeze=(TABLE_ROW + 1, 2),
        repeat_row=TABLE_ROW,
        footer=footer(run),
        tab_colour="009E73",
    )


def _row(metric: MetricDefinition, analytics: Mapping[str, AnalyticsValue]) -> _Row:
    benchmark = analytics.get(metric.benchmark_name) if metric.benchmark_name else None
    return _Row(metric, _cell(metric, analytics[metric.name]), _cell(metric, benchmark))


def _cell(metric: MetricDefinition, value: AnalyticsValue) -> CellValue:
    """Dates as dates, so that formulas can use them; the rest as it came."""
    if metric.unit == "date" and isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value).replace(tzinfo=None)
        except ValueError:
            return value
    return float(value) if isinstance(value, Decimal) else value


def _unknown(analytics: Mapping[str, AnalyticsValue]) -> list[_Row]:
    known = {metric.name for metric in METRICS}
    return [
        _Row(
            MetricDefinition(name, name, "Other", "", "General", None, "Not in the catalogue.", ""),
            float(value) if isinstance(value, Decimal) else value,
            None,
        )
        for name, value in analytics.items()
        if name not in known
    ]


def _columns(rows: list[_Row]) -> tuple[ColumnPlan, ...]:
    formats = [row.metric.number_format for row in rows]
    return (
        ColumnPlan("Metric", [row.metric.label for row in rows], width=27, style="MesoCalc"),
        ColumnPlan(
            "Strategy", [row.strategy for row in rows], formats=formats, width=13, align="right"
        ),
        ColumnPlan(
            "Benchmark", [row.benchmark for row in rows], formats=formats, width=13, align="right"
        ),
        ColumnPlan("Unit", [row.metric.unit or None for row in rows], width=10),
        ColumnPlan("Better", [_HIGHER.get(row.metric.better or "") for row in rows], width=17),
        ColumnPlan("Group", [row.metric.group for row in rows], width=18),
        ColumnPlan(
            "Definition", [row.metric.definition or None for row in rows], width=78, wrap=True
        ),
        ColumnPlan("API name", [row.metric.name for row in rows], width=24),
    )


def _rules(table_name: str) -> tuple[RulePlan, ...]:
    """Colour the strategy's figure where it is better or worse than the benchmark's."""
    both = "AND(ISNUMBER({Strategy}),ISNUMBER({Benchmark}),LEFT({Better},1)="
    higher, lower = '"h",{Strategy}', '"l",{Strategy}'
    good = f"OR({both}{higher}>{{Benchmark}}),{both}{lower}<{{Benchmark}}))"
    bad = f"OR({both}{higher}<{{Benchmark}}),{both}{lower}>{{Benchmark}}))"
    return (
        RulePlan(table_name, ("Strategy",), good, "good"),
        RulePlan(table_name, ("Strategy",), bad, "bad"),
    )
