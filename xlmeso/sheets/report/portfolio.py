"""The Portfolio sheet: runs combined by weights that the reader may change, and correlations."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from xlmeso.measures.drawdowns import drawdown_series
from xlmeso.measures.key_figures import SESSIONS_PER_YEAR
from xlmeso.measures.ratios import sharpe_ratio
from xlmeso.measures.returns import FloatArray, Times, annual_volatility, cagr, cumulative_return
from xlmeso.measures.together import combined_returns, common_returns, correlations
from xlmeso.sheets.book_plan import NamePlan
from xlmeso.sheets.cells import CellValue, Formula, column_letters
from xlmeso.sheets.plan import (
    ChartPlan,
    ColumnPlan,
    NotePlan,
    ScalePlan,
    SeriesPlan,
    SheetPlan,
    TablePlan,
)
from xlmeso.sheets.report.equity import blanks
from xlmeso.sheets.report.frame import (
    BLUE,
    DATE,
    PERCENT,
    PURPLE,
    RATIO,
    VERMILION,
    Report,
    figures,
    framed,
    width_of,
)
from xlmeso.sheets.results.nav import axis_floor, months_per_label
from xlmeso.sheets.results.run_info import TABLE_ROW

SHEET: Final = "Portfolio"
WEIGHTS: Final = "meso_weights"
FIGURES: Final = "meso_portfolio_figures"
CORRELATION: Final = "meso_correlation"
DAYS: Final = "meso_portfolio"

CHART_ROWS: Final = 36
"""Rows that the charts take, above the table of days."""

_NOTE: Final = (
    "Change the blue weights: returns, growth, drawdown and figures are formulas and follow. The "
    "portfolio is brought back to its weights every day; what is missing to 100 % is cash "
    "without interest."
)
_NO_COMMON: Final = "The runs have no days in common, so there is nothing to combine."


@dataclass(frozen=True, slots=True)
class _Combined:
    """The common days, every run's returns on them, and the portfolio of equal weights."""

    dates: Times
    returns: FloatArray
    weights: FloatArray
    portfolio: FloatArray


def plan_portfolio(report: Report) -> tuple[SheetPlan, tuple[NamePlan, ...]]:
    """Plan the sheet, and the names of the weights."""
    dates, returns = common_returns([run.daily for run in report.runs])
    count = len(report.runs)
    if dates.size < 2:
        plan = SheetPlan(SHEET, notes=(NotePlan(_NO_COMMON, TABLE_ROW, style="MesoText"),))
        return framed(report, plan, "Portfolio", _NO_COMMON), ()
    weights = np.full(count, 1.0 / count)
    combined = _Combined(dates, returns, weights, combined_returns(returns, weights))
    weight_table = _weight_table(report, combined)
    figure_row = weight_table.last_row + 4
    correlation_row = figure_row + 9
    days_row = max(correlation_row + count + 5, TABLE_ROW + CHART_ROWS)
    days = _day_table(report, combined, weight_table, days_row)
    figure_table = _figure_table(report, combined, days, figure_row)
    correlation = _correlation_table(report, combined, correlation_row)
    sections = (
        ("Weights (yours to change)", weight_table),
        ("Figures of the common days, from daily returns", figure_table),
        ("Correlation of the daily returns", correlation),
        ("Day by day", days),
    )
    names = (
        NamePlan(
            "meso_portfolio_weights", SHEET, TABLE_ROW + 1, 2, TABLE_ROW + 1, count + 1,
            "Share of the capital in each run",
        ),
    )  # fmt: skip
    plan = SheetPlan(
        SHEET,
        (weight_table, figure_table, correlation, days),
        tuple(NotePlan(text, table.row - 1, style="MesoSection") for text, table in sections),
        charts=_charts(combined, count + 4),
        scales=(ScalePlan(CORRELATION, tuple(report.labels), "heat", 1.0),),
        widths={1: 26},
        tab_colour=PURPLE,
        freeze=(TABLE_ROW - 1, 2),
    )
    return framed(report, plan, "Portfolio", _NOTE), names


def _weight_table(report: Report, combined: _Combined) -> TablePlan:
    shares = [
        ColumnPlan(
            label, [float(weight)], "0.0%", width=width_of(label), align="right", style="MesoInput"
        )
        for label, weight in zip(report.labels, combined.weights, strict=True)
    ]
    last = column_letters(len(report.runs) + 1)
    row = TABLE_ROW + 1
    cash = Formula(f"=1-SUM(B{row}:{last}{row})", float(1 - combined.weights.sum()))
    return TablePlan(
        WEIGHTS,
        (
            ColumnPlan("Share of capital", ["Weight"]),
            *shares,
            ColumnPlan("Cash", [cash], "0.0%", width=15, align="right", style="MesoTotal"),
        ),
        TABLE_ROW,
    )


def _day_table(report: Report, combined: _Combined, weights: TablePlan, row: int) -> TablePlan:
    """Put every run's returns below its weight, and the portfolio's formulas beside them."""
    count = len(report.runs)
    last, own = column_letters(count + 1), [column_letters(count + 2 + at) for at in range(4)]
    weight_row = weights.row + 1
    fixed = f"$B${weight_row}:${last}${weight_row}"
    growth = growth_of(combined.portfolio)
    peaks = np.asarray(np.maximum(np.maximum.accumulate(growth), 1.0), dtype=np.float64)
    falls = drawdown_series(growth, 1.0)
    first, rows = row + 1, range(row + 1, row + 1 + combined.dates.size)
    back, grown, peak = own[0], own[1], own[2]

    def formulas(text: object, values: FloatArray) -> list[CellValue]:
        return [
            Formula(f"={text(at)}", float(value))  # type: ignore[operator]
            for at, value in zip(rows, values, strict=True)
        ]

    def before(letters: str, at: int) -> str:
        return "1" if at == first else f"{letters}{at - 1}"

    returns = formulas(lambda at: f"SUMPRODUCT({fixed},B{at}:{last}{at})", combined.portfolio)
    growths = formulas(lambda at: f"{before(grown, at)}*(1+{back}{at})", growth)
    highest = formulas(lambda at: f"MAX({before(peak, at)},{grown}{at})", peaks)
    drawdowns = formulas(lambda at: f"{grown}{at}/{peak}{at}-1", falls)
    stamps = [dt.datetime(day.year, day.month, day.day) for day in combined.dates.tolist()]
    return TablePlan(
        DAYS,
        (
            ColumnPlan("Date", stamps, DATE, align="left"),
            *(
                figures(label, combined.returns[:, place].tolist(), PERCENT, width_of(label))
                for place, label in enumerate(report.labels)
            ),
            figures("Portfolio return", returns, PERCENT, 16),
            figures("Portfolio growth", growths, "0.0000", 16),
            figures("Highest so far", highest, "0.0000", 15),
            figures("Portfolio drawdown", drawdowns, PERCENT, 18),
        ),
        row,
    )


def _figure_table(report: Report, combined: _Combined, days: TablePlan, row: int) -> TablePlan:
    labels, formats, kinds = zip(*_KINDS, strict=True)
    runs = [
        figures_of(combined.returns[:, place], combined.dates) for place in range(len(report.runs))
    ]
    values = figures_of(combined.portfolio, combined.dates)
    texts = _figure_formulas(days)
    portfolio = [Formula(text, values[kind]) for kind, text in zip(kinds, texts, strict=True)]

    def column(title: str, cells: Sequence[CellValue], style: str) -> ColumnPlan:
        return ColumnPlan(title, cells, formats=formats, width=15, align="right", style=style)

    return TablePlan(
        FIGURES,
        (
            ColumnPlan("Figure", list(labels)),
            *(
                column(label, [found[kind] for kind in kinds], "MesoCalc")
                for label, found in zip(report.labels, runs, strict=True)
            ),
            column("Portfolio", portfolio, "MesoTotal"),
        ),
        row,
    )


_KINDS: Final = (
    ("Total return", PERCENT, "total"),
    ("CAGR", PERCENT, "cagr"),
    ("Volatility", PERCENT, "volatility"),
    ("Sharpe ratio", RATIO, "sharpe"),
    ("Max drawdown", PERCENT, "drawdown"),
    ("Worst day", PERCENT, "worst"),
)
"""Label, number format and key of the figures; daily returns, risk-free rate 0."""


def figures_of(returns: FloatArray, dates: Times) -> dict[str, float | None]:
    """Return the figures of a run or a portfolio by their keys; None where undefined."""
    total = cumulative_return(returns)
    days = float((dates[-1] - dates[0]) // np.timedelta64(1, "D"))
    found = {
        "total": total,
        "cagr": cagr(total, days),
        "volatility": annual_volatility(returns, SESSIONS_PER_YEAR),
        "sharpe": sharpe_ratio(returns, SESSIONS_PER_YEAR),
        "drawdown": float(drawdown_series(growth_of(returns), 1.0).min()),
        "worst": float(returns.min()),
    }
    return {name: None if math.isnan(value) else value for name, value in found.items()}


def growth_of(returns: FloatArray) -> FloatArray:
    """Return what 1 has become after each return, shape (n,)."""
    return np.asarray(np.cumprod(1.0 + returns), dtype=np.float64)


def _figure_formulas(days: TablePlan) -> list[str]:
    """Write the same as formulas of the daily table, in the order of `_KINDS`."""
    first, last = days.row + 1, days.last_row
    own = {
        title: column_letters(days.column_of(title))
        for title in ("Portfolio return", "Portfolio growth", "Portfolio drawdown")
    }
    back, grown, fall = own.values()
    returns = f"{back}{first}:{back}{last}"
    spread = f"STDEV({returns})"
    return [
        f"={grown}{last}-1",
        f'=IFERROR({grown}{last}^(365/(A{last}-A{first}))-1,"n/a")',
        f"={spread}*SQRT({SESSIONS_PER_YEAR})",
        f'=IFERROR(AVERAGE({returns})/{spread}*SQRT({SESSIONS_PER_YEAR}),"n/a")',
        f"=MIN({fall}{first}:{fall}{last})",
        f"=MIN({returns})",
    ]


def _correlation_table(report: Report, combined: _Combined, row: int) -> TablePlan:
    matrix = correlations(combined.returns)
    return TablePlan(
        CORRELATION,
        (
            ColumnPlan("Run", list(report.labels)),
            *(
                figures(label, blanks(matrix[:, place]), RATIO, width_of(label))
                for place, label in enumerate(report.labels)
            ),
        ),
        row,
    )


def _charts(combined: _Combined, column: int) -> tuple[ChartPlan, ...]:
    first, last = combined.dates[0].item(), combined.dates[-1].item()
    months = months_per_label(first, last)
    growth = growth_of(combined.portfolio).tolist()
    span = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
    growth_chart = ChartPlan(
        "line",
        "report_portfolio",
        "Growth of 1 in the weighted portfolio",
        DAYS,
        "Date",
        (SeriesPlan("Portfolio growth", BLUE),),
        TABLE_ROW - 1,
        column,
        height=9.0,
        value_title="Growth of 1",
        value_format="0.00",
        value_min=axis_floor(growth),
        months_per_label=months,
        category_format="yyyy" if months >= 12 else "mmm yyyy",
        alt_text=f"Line chart of the portfolio's growth, {span}.",
    )
    underwater = replace(
        growth_chart,
        kind="area",
        name="report_portfolio_drawdown",
        title="Drawdown of the weighted portfolio",
        series=(SeriesPlan("Portfolio drawdown", VERMILION),),
        row=TABLE_ROW + 17,
        height=7.0,
        value_title="Drawdown",
        value_format="0%",
        value_min=None,
        low_labels=True,
        alt_text=f"Area chart of the portfolio's drawdown, {span}.",
    )
    return growth_chart, underwater
