"""The Margin sheet: margin of the account day by day and of each position, if recorded."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np

from xlmeso.measures.margin import (
    MarginUse,
    account_margin,
    daily_peaks,
    margin_use,
    position_margins,
)
from xlmeso.measures.returns import FloatArray, Times
from xlmeso.sheets.plan import ChartPlan, ColumnPlan, NotePlan, SeriesPlan, SheetPlan, TablePlan
from xlmeso.sheets.report.frame import (
    COUNT,
    DATE,
    ORANGE,
    PERCENT_1,
    VERMILION,
    Report,
    figures,
    framed,
)
from xlmeso.sheets.report.inputs import ReportRun
from xlmeso.sheets.results.nav import months_per_label
from xlmeso.sheets.results.run_info import TABLE_ROW

SHEET: Final = "Margin"
POSITIONS: Final = "meso_margin"
DAYS: Final = "meso_margin_days"
USE: Final = "meso_margin_use"


_NOTE: Final = (
    "Margin as the run recorded it (settings of the strategy); it is measured, not enforced. "
    "Return on margin is a position's P&L / its largest margin."
)
_NONE: Final = (
    "This run did not record margin. Choose a margin model in the strategy's settings "
    "(Settings.Margin) and run it again to see margin here."
)


def plan_margin(report: Report) -> SheetPlan:
    """Plan the sheet; with several runs each has its part to the right of the one before."""
    tables: list[TablePlan] = []
    notes: list[NotePlan] = []
    charts: list[ChartPlan] = []
    column = 1
    for number, (run, label) in enumerate(zip(report.runs, report.labels, strict=True)):
        parts = _parts(report, run, number, column)
        if not parts:
            continue
        tables += parts
        if not report.is_single:
            notes.append(NotePlan(label, TABLE_ROW - 1, column, "MesoSection"))
        days = next((table for table in parts if table.name.startswith(DAYS)), None)
        if days is not None:
            charts.append(_chart(days, number, column))
        column = max(table.last_column for table in parts) + 3
    if not tables:
        notes.append(NotePlan(_NONE, TABLE_ROW, style="MesoText"))
    plan = SheetPlan(
        SHEET,
        tuple(tables),
        tuple(notes),
        charts=tuple(charts),
        tab_colour=VERMILION,
    )
    return framed(report, plan, "Margin", _NOTE)


def _parts(report: Report, run: ReportRun, number: int, column: int) -> list[TablePlan]:
    times, values = _account(run)
    positions = position_margins(run.events)
    parts: list[TablePlan] = []
    row = TABLE_ROW
    uses: list[tuple[str, MarginUse]] = []
    if values.size:
        uses.append(("Account", margin_use(values)))
    if positions:
        highest = np.array([use.highest for use in positions.values()])
        uses.append(("Largest of each position", margin_use(highest)))
    if uses:
        parts.append(_use_table(report.numbered(USE, number), row, column, uses))
        row += 6
    if positions:
        parts.append(_position_table(report, run, number, row + 19, column, positions))
    if values.size:
        days = _day_table(report.numbered(DAYS, number), times, values, run, row + 19, column + 9)
        parts.append(days)
    return parts


def _account(run: ReportRun) -> tuple[Times, FloatArray]:
    """Take the NAV file's own column of margin, else what the events tell."""
    for title, values in run.series.columns.items():
        if "margin" in title.casefold() and not any(isinstance(x, str) for x in values):
            found = np.array([np.nan if x is None else float(x) for x in values])
            if found.size and np.nanmax(np.nan_to_num(found)) > 0:
                return run.series.times, found
    times, margins = account_margin(run.events)
    return (times, margins) if margins.size and margins.max() > 0 else (times[:0], margins[:0])


def _use_table(name: str, row: int, column: int, uses: list[tuple[str, MarginUse]]) -> TablePlan:
    return TablePlan(
        name,
        (
            ColumnPlan("Margin of", [label for label, _ in uses], width=24),
            figures("Lowest", [use.lowest for _, use in uses], COUNT, 13),
            figures("Average", [use.average for _, use in uses], COUNT, 13),
            figures("Median", [use.median for _, use in uses], COUNT, 13),
            figures("Highest", [use.highest for _, use in uses], COUNT, 13),
        ),
        row,
        column,
    )


def _position_table(
    report: Report,
    run: ReportRun,
    number: int,
    row: int,
    column: int,
    positions: dict[int, MarginUse],
) -> TablePlan:
    pnl = {trip.position_id: trip.pnl for trip in run.trips}
    ids = [position for position in sorted(positions) if position in pnl]
    uses = [positions[position] for position in ids]
    results = [None if pnl[position] is None else float(pnl[position] or 0) for position in ids]
    shares = [
        None if result is None or not use.highest else result / use.highest
        for result, use in zip(results, uses, strict=True)
    ]
    return TablePlan(
        report.numbered(POSITIONS, number),
        (
            figures("Position", ids, "0", 24),
            figures("Lowest", [use.lowest for use in uses], COUNT, 13),
            figures("Average", [use.average for use in uses], COUNT, 13),
            figures("Median", [use.median for use in uses], COUNT, 13),
            figures("Highest", [use.highest for use in uses], COUNT, 13),
            figures("P&L", results, COUNT, 13),
            figures("Return on margin", shares, PERCENT_1, 17),
        ),
        row,
        column,
        filters=True,
    )


def _day_table(
    name: str, times: Times, values: FloatArray, run: ReportRun, row: int, column: int
) -> TablePlan:
    days, peaks = daily_peaks(times, values)
    closes = dict(zip(run.daily.dates.tolist(), run.daily.nav.tolist(), strict=True))
    stamps = [dt.datetime(day.year, day.month, day.day) for day in days.tolist()]
    shares = [
        None if not closes.get(day) else peak / closes[day]
        for day, peak in zip(days.tolist(), peaks.tolist(), strict=True)
    ]
    return TablePlan(
        name,
        (
            ColumnPlan("Date", stamps, DATE, width=12, align="left"),
            figures("Largest margin", peaks.tolist(), COUNT, 15),
            figures("Share of NAV", shares, PERCENT_1, 13),
        ),
        row,
        column,
    )


def _chart(days: TablePlan, number: int, column: int) -> ChartPlan:
    dates = days.columns[0].values
    months = months_per_label(dates[0], dates[-1])
    return ChartPlan(
        "area",
        f"report_margin_{number + 1}",
        "Largest margin of each day",
        days.name,
        "Date",
        (SeriesPlan("Largest margin", ORANGE),),
        TABLE_ROW + 5,
        column,
        width=24.0,
        height=9.0,
        value_title="Money",
        months_per_label=months,
        category_format="yyyy" if months >= 12 else "mmm yyyy",
        alt_text="Area chart of the largest margin of each day.",
    )
