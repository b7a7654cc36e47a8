"""The Compare sheet: figures of several runs side by side, and the settings that differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from xlmeso.model.analytics import METRICS, MetricDefinition
from xlmeso.model.backtest import AnalyticsValue
from xlmeso.model.document import JsonValue, dumps, path_text, walk
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.cells import CellValue, visible_text
from xlmeso.sheets.plan import ColumnPlan, NotePlan, RulePlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import MODELLED, REWRITTEN, TABLE_ROW, utc

TABLE: Final = "meso_compare"
SETTINGS_TABLE: Final = "meso_compare_settings"

_LONGEST_NAME: Final = 40
_ABSENT: Final = "(absent)"


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """A finished run: what it was and what came out."""

    backtest_id: str
    name: str
    definition: StrategyDefinition
    analytics: Mapping[str, AnalyticsValue]


def plan_compare(
    runs: Sequence[ComparedRun],
    *,
    service: str,
    fetched_at: dt.datetime,
    modelled: bool = False,
    sheet_name: str = "Compare",
) -> SheetPlan:
    """Plan the comparison: one row per figure, one column per run; then the differing settings.

    The best figure of a row is marked where the catalogue says which direction is better.
    """
    titles = _titles(runs)
    metrics = [
        metric
        for metric in METRICS
        if not metric.is_benchmark and any(metric.name in run.analytics for run in runs)
    ]
    figures = TablePlan(TABLE, _figures(runs, titles, metrics), TABLE_ROW)
    settings = TablePlan(SETTINGS_TABLE, _settings(runs, titles), figures.last_row + 3)
    return SheetPlan(
        sheet_name,
        (figures, settings),
        (
            *_notes(runs, service, fetched_at, modelled),
            NotePlan("Settings that differ", settings.row - 1, style="MesoSection"),
        ),
        rules=_rules(titles),
        freeze=(TABLE_ROW + 1, 2),
        footer=f"Compare - {service} - {utc(fetched_at):%Y-%m-%d %H:%M} UTC",
        tab_colour="E69F00",
    )


def _titles(runs: Sequence[ComparedRun]) -> list[str]:
    """Name each run's column once; equal names get a number."""
    titles: list[str] = []
    taken = {"metric", "unit", "better", "setting"}
    for run in runs:
        base = visible_text(run.name or run.backtest_id, limit=_LONGEST_NAME).replace("\n", " ")
        title, number = base, 1
        while title.casefold() in taken:
            number += 1
            title = f"{base} ({number})"
        taken.add(title.casefold())
        titles.append(title)
    return titles


def _figures(
    runs: Sequence[ComparedRun], titles: Sequence[str], metrics: Sequence[MetricDefinition]
) -> tuple[ColumnPlan, ...]:
    formats = [metric.number_format for metric in metrics]
    return (
        ColumnPlan("Metric", [metric.label for metric in metrics], width=34),
        *(
            ColumnPlan(
                title,
                [_cell(metric, run.analytics.get(metric.name)) for metric in metrics],
                formats=formats,
                width=max(18, len(title) + 5),
                align="right",
            )
            for title, run in zip(titles, runs, strict=True)
        ),
        ColumnPlan("Unit", [metric.unit or None for metric in metrics], width=10),
        ColumnPlan("Better", [metric.better for metric in metrics], width=10),
    )


def _cell(metric: MetricDefinition, value: AnalyticsValue) -> CellValue:
    if metric.unit == "date" and isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value).replace(tzinfo=None)
        except ValueError:
            return value
    return float(value) if isinstance(value, Decimal) else value


def _settings(runs: Sequence[ComparedRun], titles: Sequence[str]) -> tuple[ColumnPlan, ...]:
    leaves = [_leaves(run.definition.document) for run in runs]
    paths = list(dict.fromkeys(path for found in leaves for path in found))
    differing = [path for path in paths if len({found.get(path) for found in leaves}) > 1]
    return (
        ColumnPlan("Setting", differing, width=34),
        *(
            ColumnPlan(title, [found.get(path, _ABSENT) for path in differing], number_format="@")
            for title, found in zip(titles, leaves, strict=True)
        ),
    )


def _leaves(document: JsonValue) -> dict[str, str]:
    """Return path -> value as text for everything that is no object or list with content."""
    return {
        path_text(path): value if isinstance(value, str) else dumps(value)
        for path, value in walk(document)
        if not isinstance(value, (dict, list)) or not value
    }


def _notes(
    runs: Sequence[ComparedRun], service: str, fetched_at: dt.datetime, modelled: bool
) -> list[NotePlan]:
    texts = [
        ("Runs", ", ".join(run.backtest_id for run in runs)),
        ("Service", f"{service}, as of {utc(fetched_at):%Y-%m-%d %H:%M:%S} UTC"),
        ("Note", f"The best figure of a row is marked. {REWRITTEN}"),
    ]
    notes = [NotePlan("Compare", 1, style="MesoTitle")]
    for row, (label, text) in enumerate(texts, start=3):
        notes.append(NotePlan(label, row, style="MesoLabel"))
        notes.append(NotePlan(text, row, 2, style="MesoText"))
    if modelled:
        notes.append(NotePlan(MODELLED, 2, style="MesoWarn"))
    return notes


def _rules(titles: Sequence[str]) -> tuple[RulePlan, ...]:
    """Mark the largest or the smallest figure of each row."""
    every = ",".join(f"{{{title}}}" for title in titles)
    return tuple(
        RulePlan(
            TABLE,
            (title,),
            f'AND(ISNUMBER({{{title}}}),OR(AND({{Better}}="higher",{{{title}}}=MAX({every})),'
            f'AND({{Better}}="lower",{{{title}}}=MIN({every}))))',
            "good",
        )
        for title in titles
    )
