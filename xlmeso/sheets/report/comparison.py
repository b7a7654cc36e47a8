"""Several runs: the Summary that lists them and the Compare sheet with curves and figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from xlmeso.sheets.cells import CellValue, column_letters
from xlmeso.sheets.plan import ChartPlan, ColumnPlan, RulePlan, SheetPlan, TablePlan
from xlmeso.sheets.report.frame import GREEN, SUMMARY, Report, figures, framed
from xlmeso.sheets.report.inputs import ReportRun
from xlmeso.sheets.report.strategy import moved
from xlmeso.sheets.report.summary import as_cell, contents
from xlmeso.sheets.results.compare import ComparedRun, plan_compare
from xlmeso.sheets.results.run_info import TABLE_ROW

SHEET: Final = "Compare"
RUNS: Final = "meso_summary_runs"

CHART_ROWS: Final = 22
"""Rows that the overlaid curves take above the figures."""

_FIGURES: Final = (
    ("CAGR", "StratCagrPct", '0.00"%"'),
    ("Sharpe", "StratSharpe", "0.00"),
    ("Sortino", "StratSortino", "0.00"),
    ("Max drawdown", "StratMaxDd", '0.00"%"'),
    ("Volatility", "StratAnnVolatility", '0.00"%"'),
    ("Trades", "StratTradeCnt", "#,##0"),
)
_LOWER_IS_BETTER: Final = frozenset({"Volatility"})
_NEITHER: Final = frozenset({"Trades"})

_COMPARE_NOTE: Final = (
    "The best figure of a row is marked in blue where one direction is better. Curves begin at 1."
)
_SUMMARY_NOTE: Final = (
    "The best figure of a column is marked. Weights of a portfolio are on the sheet Portfolio."
)


def plan_comparison(report: Report) -> SheetPlan:
    """Plan the overlaid curves, the matrix of figures and the settings that differ."""
    first = report.runs[0].info
    compared = [
        ComparedRun(run.info.backtest_id, label, run.definition, run.analytics)
        for run, label in zip(report.runs, report.labels, strict=True)
    ]
    plan = plan_compare(compared, service=first.service, fetched_at=first.fetched_at)
    plan = moved(plan, CHART_ROWS)
    notes = [note for note in plan.notes if note.style == "MesoSection"]
    plan = replace(plan, notes=tuple(notes), repeat_row=None)
    return framed(report, plan, "Comparison", _COMPARE_NOTE)


def with_curves(plan: SheetPlan, equity: SheetPlan) -> SheetPlan:
    """Draw the curves of the Equity sheet above the figures."""
    charts = [
        replace(chart, name=name, row=TABLE_ROW - 1, column=column, width=width, height=10.5)
        for chart, (name, column, width) in zip(
            equity.charts,
            (("compare_equity", 1, 13.4), ("compare_drawdown", 4, 13.4)),
            strict=False,
        )
    ]
    return replace(plan, charts=tuple(replace(chart, sheet=equity.name) for chart in charts))


def plan_several_summary(report: Report, sheets: Sequence[SheetPlan]) -> SheetPlan:
    """Plan the list of the compared runs with their main figures."""
    rows = report.runs
    columns = [
        ColumnPlan("Run", list(report.labels), width=34),
        ColumnPlan("Symbol", [run.definition.symbol for run in rows], width=10),
        ColumnPlan("From", [_day(run, 0) for run in rows], "yyyy-mm-dd", width=12, align="left"),
        ColumnPlan("To", [_day(run, -1) for run in rows], "yyyy-mm-dd", width=12, align="left"),
    ]
    for title, name, number_format in _FIGURES:
        values = [as_cell(run.analytics.get(name)) for run in rows]
        columns.append(figures(title, values, number_format, 14))
    columns += [
        figures("Win rate", [_win_rate(run) for run in rows], "0.0%", 11),
        ColumnPlan(
            "Id",
            [run.info.backtest_id for run in rows],
            width=38,
            links=[run.link or None for run in rows],
        ),
    ]
    table = TablePlan(RUNS, tuple(columns), TABLE_ROW, filters=True)
    plan = SheetPlan(
        SUMMARY,
        (table,),
        tuple(contents(sheets)),
        charts=_summary_charts(sheets, table.last_row + 3),
        rules=_best(table),
        tab_colour=GREEN,
    )
    return framed(report, plan, "Report", _SUMMARY_NOTE)


def _summary_charts(sheets: Sequence[SheetPlan], row: int) -> tuple[ChartPlan, ...]:
    found = {chart.name: (sheet.name, chart) for sheet in sheets for chart in sheet.charts}
    wanted = (("report_equity", row, 1, 21.0), ("report_portfolio", row, 8, 17.0))
    return tuple(
        replace(
            found[name][1],
            name=name.replace("report_", "summary_", 1),
            sheet=found[name][0],
            row=at,
            column=column,
            width=width,
            height=10.5,
        )
        for name, at, column, width in wanted
        if name in found
    )


def _best(table: TablePlan) -> tuple[RulePlan, ...]:
    rules = []
    for title, _, _ in _FIGURES:
        if title in _NEITHER or table.length < 2:
            continue
        end = "MIN" if title in _LOWER_IS_BETTER else "MAX"
        rules.append(
            RulePlan(table.name, (title,), f"AND(ISNUMBER({{{title}}}),{{{title}}}="
                     f"{end}({_whole(table, title)}))", "good")
        )  # fmt: skip
    return tuple(rules)


def _whole(table: TablePlan, title: str) -> str:
    letters = column_letters(table.column_of(title))
    return f"${letters}${table.row + 1}:${letters}${table.last_row}"


def _day(run: ReportRun, place: int) -> CellValue:
    if not run.daily.dates.size:
        return None
    day: dt.date = run.daily.dates[place].item()
    return dt.datetime(day.year, day.month, day.day)


def _win_rate(run: ReportRun) -> float | None:
    wins = as_cell(run.analytics.get("StratWinCnt")) or 0
    losses = as_cell(run.analytics.get("StratLossCnt")) or 0
    count = float(wins) + float(losses)
    return float(wins) / count if count else None
