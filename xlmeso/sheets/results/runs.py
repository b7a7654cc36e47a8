"""The Runs sheet: which runs the book knows, in which state, and where their results are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.plan import ColumnPlan, NotePlan, RulePlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import (
    MODELLED,
    REWRITTEN,
    TABLE_ROW,
    TIME_FORMAT,
    RunInfo,
    common,
    footer,
    utc,
    utc_or_none,
)

TABLE: Final = "meso_runs"

EARLIER: Final = "Earlier runs stay listed as they were last seen."


def plan_runs(
    runs: Sequence[RunInfo],
    *,
    sheet_name: str = "Runs",
    table_name: str = TABLE,
    links: Sequence[str] = ("Strategy", "Analytics", "NAV", "Events"),
) -> SheetPlan:
    """Plan the list of runs, newest first as given; times are UTC.

    Parameters
    ----------
    links
        Names of sheets of the same book that the sheet links to.
    """
    newest = common(runs)
    table = TablePlan(table_name, _columns(runs), TABLE_ROW, filters=True)
    return SheetPlan(
        sheet_name,
        (table,),
        (*_notes(newest), *_links(links)),
        rules=(RulePlan(table_name, ("State",), '{State}="Failed"', "bad"),),
        freeze=(TABLE_ROW + 1, 2),
        repeat_row=TABLE_ROW,
        footer=footer(newest) if newest else "",
        tab_colour="6B7280",
    )


def with_earlier_runs(
    plan: SheetPlan, headings: Sequence[CellValue], rows: Sequence[Sequence[CellValue]]
) -> SheetPlan:
    """Append the runs that the sheet listed before and the plan does not know.

    Parameters
    ----------
    headings, rows
        The table as it stands in the book; columns of other titles are dropped.
    """
    (table,) = plan.tables
    known = set(next(column.values for column in table.columns if column.title == "Id"))
    earlier = [dict(zip(headings, row, strict=True)) for row in rows]
    kept = [run for run in earlier if run.get("Id") and run["Id"] not in known]
    columns = tuple(
        replace(column, values=[*column.values, *(run.get(column.title) for run in kept)])
        for column in table.columns
    )
    return replace(plan, tables=(replace(table, columns=columns),))


def _notes(newest: RunInfo | None) -> list[NotePlan]:
    notes = [NotePlan("Runs", 1, style="MesoTitle")]
    texts = [("Note", f"Newest first, times are UTC. {EARLIER} {REWRITTEN}")]
    if newest is not None:
        as_of = f"{utc(newest.fetched_at):%Y-%m-%d %H:%M:%S} UTC"
        texts = [
            ("Service", f"{newest.service}, as of {as_of}"),
            ("Data", newest.source or "as the service has it"),
            *texts,
        ]
        if newest.modelled:
            notes.append(NotePlan(MODELLED, 2, style="MesoWarn"))
    for row, (label, text) in enumerate(texts, start=3):
        notes.append(NotePlan(label, row, style="MesoLabel"))
        notes.append(NotePlan(text, row, 2, style="MesoText"))
    return notes


def _links(names: Sequence[str]) -> list[NotePlan]:
    notes = [NotePlan("Sheets", 7, style="MesoLabel")] if names else []
    for column, name in enumerate(names, start=2):
        place = name.replace("'", "''")
        notes.append(NotePlan(name, 7, column, link=f"#'{place}'!A1"))
    return notes


def _columns(runs: Sequence[RunInfo]) -> tuple[ColumnPlan, ...]:
    return (
        ColumnPlan("Backtest", [run.name for run in runs], width=30),
        ColumnPlan("State", [run.state.value for run in runs], width=11),
        ColumnPlan("Strategy", [run.strategy_name or None for run in runs], width=24),
        ColumnPlan("Id", [run.backtest_id for run in runs], width=38),
        ColumnPlan("Created", *_times([run.created_at for run in runs]), width=19, align="left"),
        ColumnPlan("Started", *_times([run.started_at for run in runs]), width=19, align="left"),
        ColumnPlan("Finished", *_times([run.finished_at for run in runs]), width=19, align="left"),
        ColumnPlan(
            "Wall seconds", [run.wall_seconds for run in runs], "#,##0.0", width=13, align="right"
        ),
        ColumnPlan("Service", [run.service for run in runs], width=38),
        ColumnPlan("Failure reason", [run.failure_reason for run in runs], width=50, wrap=True),
    )


def _times(moments: Sequence[object]) -> tuple[list[object], str]:
    return [utc_or_none(moment) for moment in moments], TIME_FORMAT  # type: ignore[arg-type]
