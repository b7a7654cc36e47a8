"""The Summary: key figures at a glance, charts, beside the benchmark, conditions of the run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from xlmeso.model.analytics import BY_NAME, METRICS, PERCENT, MetricDefinition
from xlmeso.model.backtest import AnalyticsValue
from xlmeso.sheets.book_plan import NamePlan
from xlmeso.sheets.cells import CellValue, Formula, column_letters
from xlmeso.sheets.plan import ChartPlan, ColumnPlan, NotePlan, SheetPlan, TablePlan
from xlmeso.sheets.report import trades
from xlmeso.sheets.report.conditions import conditions
from xlmeso.sheets.report.frame import (
    BACK_ROW,
    GREEN,
    SUMMARY,
    Report,
    framed,
    place,
)
from xlmeso.sheets.report.inputs import ReportRun
from xlmeso.sheets.results.trades import TABLE as TRADES_TABLE

FIGURES: Final = "meso_summary"
CONDITIONS: Final = "meso_conditions"

COLUMNS: Final = 10
TILE_ROW: Final = 9
CHART_ROW: Final = 13
TABLE_ROW: Final = 48

_WIDTHS: Final = {1: 25.0, **dict.fromkeys(range(2, COLUMNS + 1), 13.0)}
_CONDITIONS_COLUMN: Final = 6


@dataclass(frozen=True, slots=True)
class _Tile:
    """A key figure: what it is, how much, the line below, its definition, its defined name."""

    label: str
    value: CellValue
    number_format: str
    note: str
    comment: str
    name: str


_TILES: Final = (
    ("StratCagrPct", "CAGR", "meso_cagr"),
    ("StratCumRet", "Total return", "meso_total_return"),
    ("StratSharpe", "Sharpe", "meso_sharpe"),
    ("StratSortino", "Sortino", "meso_sortino"),
    ("StratMaxDd", "Max drawdown", "meso_max_drawdown"),
    ("StratLongestDdDays", "Longest DD, days", "meso_longest_drawdown"),
    ("StratAnnVolatility", "Volatility", "meso_volatility"),
)


def plan_summary(
    report: Report, sheets: Sequence[SheetPlan]
) -> tuple[SheetPlan, tuple[NamePlan, ...]]:
    """Plan the first sheet of a report of one run, and the names of its key figures.

    Parameters
    ----------
    sheets
        The other sheets, for links and charts.
    """
    run = report.runs[0]
    tiles = _tiles(run)
    figures = _figures(run.analytics)
    facts = _conditions(run)
    notes = [
        *_tile_notes(tiles),
        NotePlan("Key figures", TABLE_ROW - 1, style="MesoSection"),
        NotePlan("Conditions of the run", TABLE_ROW - 1, _CONDITIONS_COLUMN, "MesoSection"),
        *contents(sheets),
        *_what_if(run, sheets, facts.last_row + 3),
    ]
    if run.link:
        notes.append(NotePlan("Open in the portal", 3, COLUMNS - 1, link=run.link))
    plan = SheetPlan(
        SUMMARY,
        (figures, facts),
        tuple(notes),
        charts=_charts(sheets),
        widths=_WIDTHS,
        row_heights={TILE_ROW: 18, TILE_ROW + 1: 30, TILE_ROW + 2: 16},
        tab_colour=GREEN,
        print_columns=(1, COLUMNS),
        landscape=False,
    )
    names = tuple(
        NamePlan(tile.name, SUMMARY, TILE_ROW + 1, number, comment=tile.label)
        for number, tile in enumerate(tiles, start=1)
    )
    return framed(report, plan, "Backtest", _note(run)), names


def contents(sheets: Sequence[SheetPlan]) -> list[NotePlan]:
    """Link to the other sheets; a long sheet's further pages are reached from its first."""
    first = [sheet for sheet in sheets if not sheet.name[-1].isdigit()]
    notes = [NotePlan("Contents", BACK_ROW, style="MesoLabel")]
    for column, sheet in enumerate(first, start=2):
        notes.append(NotePlan(sheet.name, BACK_ROW, column, link=place(sheet.name, 1, 1)))
    return notes


def _note(run: ReportRun) -> str:
    return (
        "Figures are the service's own; point at a cell with a red corner for its definition. "
        f"Benchmark: {run.benchmark_name} bought with the same cash."
    )


def _tiles(run: ReportRun) -> list[_Tile]:
    tiles = []
    for name, label, defined in _TILES:
        metric = BY_NAME[name]
        other = run.analytics.get(metric.benchmark_name or "")
        note = "" if other is None else f"{run.benchmark_name} {_shown(metric, other)}"
        value = as_cell(run.analytics.get(name))
        tiles.append(_Tile(label, value, metric.number_format, note, metric.definition, defined))
    return [*tiles, *_trade_tiles(run)]


def _trade_tiles(run: ReportRun) -> list[_Tile]:
    closed = [trip for trip in run.trips if trip.closed is not None and trip.pnl is not None]
    values = [float(trip.pnl) for trip in closed if trip.pnl is not None]
    wins = as_cell(run.analytics.get("StratWinCnt"))
    losses = as_cell(run.analytics.get("StratLossCnt"))
    count = (wins or 0) + (losses or 0)
    lost = -math.fsum(value for value in values if value < 0)
    gained = math.fsum(value for value in values if value > 0)
    average = math.fsum(values) / len(values) if values else None
    days = as_cell(run.analytics.get("StratAvgDaysInTrade"))
    return [
        _Tile("Win rate", wins / count if count else None, "0.0%",
              f"{wins or 0} of {count} trades", "Share of positions that ended with a profit.",
              "meso_win_rate"),
        _Tile("Profit factor", gained / lost if lost else None, "0.00",
              "" if average is None else f"avg P&L {average:,.0f}",
              "Sum of the gains of closed positions / size of the sum of their losses.",
              "meso_profit_factor"),
        _Tile("Trades", as_cell(run.analytics.get("StratTradeCnt")), "#,##0",
              "" if days is None else f"avg {days:.1f} days", "Positions that were taken.",
              "meso_trade_count"),
    ]  # fmt: skip


def _tile_notes(tiles: Sequence[_Tile]) -> list[NotePlan]:
    notes = []
    for column, tile in enumerate(tiles, start=1):
        shown = "n/a" if tile.value is None else tile.value
        notes += [
            NotePlan(tile.label, TILE_ROW, column, "MesoTileLabel", comment=tile.comment),
            NotePlan(shown, TILE_ROW + 1, column, "MesoTileValue", None, tile.number_format),
            NotePlan(tile.note or None, TILE_ROW + 2, column, "MesoTileNote"),
        ]
    return notes


def _shown(metric: MetricDefinition, value: AnalyticsValue) -> str:
    if isinstance(value, str) or value is None:
        return str(value)
    if metric.number_format == PERCENT:
        return f"{float(value):,.2f}%"
    return f"{float(value):,.0f}" if metric.unit == "days" else f"{float(value):,.2f}"


def _charts(sheets: Sequence[SheetPlan]) -> tuple[ChartPlan, ...]:
    """Repeat the main charts of the other sheets in a grid of two by two."""
    found = {chart.name: (sheet.name, chart) for sheet in sheets for chart in sheet.charts}
    grid = (
        ("report_equity", CHART_ROW, 1, 17.2),
        ("report_months", CHART_ROW, 7, 10.0),
        ("report_drawdown", CHART_ROW + 17, 1, 17.2),
        ("report_by_reason", CHART_ROW + 17, 7, 10.0),
    )
    return tuple(
        replace(
            found[name][1],
            name=name.replace("report_", "summary_", 1),
            sheet=found[name][0],
            row=row,
            column=column,
            width=width,
            height=8.6,
        )
        for name, row, column, width in grid
        if name in found
    )


def _figures(analytics: Mapping[str, AnalyticsValue]) -> TablePlan:
    metrics = [
        metric
        for metric in METRICS
        if not metric.is_benchmark and metric.unit != "date" and metric.name in analytics
    ]
    formats = [metric.number_format for metric in metrics]
    benchmark = [
        as_cell(analytics.get(metric.benchmark_name)) if metric.benchmark_name else None
        for metric in metrics
    ]
    return TablePlan(
        FIGURES,
        (
            ColumnPlan(
                "Figure",
                [metric.label for metric in metrics],
                style="MesoCalc",
                comments=[metric.definition for metric in metrics],
            ),
            ColumnPlan(
                "Strategy",
                [as_cell(analytics[metric.name]) for metric in metrics],
                formats=formats,
                align="right",
            ),
            ColumnPlan("Benchmark", benchmark, formats=formats, align="right"),
            ColumnPlan("Group", [metric.group for metric in metrics], style="MesoText"),
        ),
        TABLE_ROW,
    )


def _conditions(run: ReportRun) -> TablePlan:
    lines = conditions(run)
    return TablePlan(
        CONDITIONS,
        (
            ColumnPlan("Condition", [label for label, _, _ in lines], style="MesoLabel"),
            ColumnPlan(
                "Value",
                [value for _, value, _ in lines],
                formats=[number_format for _, _, number_format in lines],
                align="left",
                style="MesoText",
            ),
        ),
        TABLE_ROW,
        _CONDITIONS_COLUMN,
    )


def _what_if(run: ReportRun, sheets: Sequence[SheetPlan], row: int) -> list[NotePlan]:
    """Let the reader ask what higher costs would have left of the P&L."""
    table = next(sheet for sheet in sheets if sheet.name == trades.SHEET).table(TRADES_TABLE)
    pnl = [float(trip.pnl) for trip in run.trips if trip.pnl is not None]
    traded = float(sum(trip.traded for trip in run.trips))
    if not pnl or not traded:
        return []
    at = _CONDITIONS_COLUMN + 3
    cost = f"${column_letters(at)}${row + 1}"
    left = f"SUM({_area(table, 'P&L')})-{cost}*SUM({_area(table, 'Contracts')})"
    lines: tuple[tuple[str, CellValue, str], ...] = (
        ("Extra cost per contract traded", 0, "MesoInput"),
        ("P&L of all positions at that cost", Formula(f"={left}", math.fsum(pnl)), "MesoTotal"),
        ("Cost at which nothing is left",
         Formula(f"=SUM({_area(table, 'P&L')})/SUM({_area(table, 'Contracts')})",
                 math.fsum(pnl) / traded), "MesoTotal"),
    )  # fmt: skip
    notes = [NotePlan("What if costs were higher", row, _CONDITIONS_COLUMN, "MesoSection")]
    for offset, (label, value, style) in enumerate(lines, start=1):
        notes.append(NotePlan(label, row + offset, _CONDITIONS_COLUMN, "MesoText"))
        notes.append(NotePlan(value, row + offset, at, style, None, "#,##0.00"))
    return notes


def _area(table: TablePlan, title: str) -> str:
    letters = column_letters(table.column_of(title))
    return f"{trades.SHEET}!${letters}${table.row + 1}:${letters}${table.last_row}"


def as_cell(value: AnalyticsValue) -> CellValue:
    """Return a figure as a cell's number."""
    return value if value is None or isinstance(value, (str, int)) else float(value)
