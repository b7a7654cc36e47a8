"""The Monthly sheet: years by months as a heat map, monthly bars, spread and tails of the days."""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from xlmeso.measures.distribution import (
    NOISE,
    excess_kurtosis,
    expected_shortfall,
    histogram,
    share_positive,
    skewness,
    value_at_risk,
)
from xlmeso.measures.returns import FloatArray, Times, monthly_returns
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
from xlmeso.sheets.report import equity
from xlmeso.sheets.report.frame import (
    BLUE,
    COUNT,
    ORANGE,
    PERCENT,
    PERCENT_1,
    RATIO,
    VERMILION,
    Report,
    figures,
    framed,
)
from xlmeso.sheets.report.inputs import ReportRun
from xlmeso.sheets.results.nav import months_per_label
from xlmeso.sheets.results.run_info import TABLE_ROW

SHEET: Final = "Monthly"
TABLE: Final = "meso_monthly"
BENCHMARK_TABLE: Final = "meso_monthly_benchmark"
MONTHS_TABLE: Final = "meso_months"
SPREAD_TABLE: Final = "meso_spread"
TAIL_TABLE: Final = "meso_tail"

CONFIDENCE: Final = 0.95
"""Default confidence of the value at risk; the reader may change it in its cell."""

LAST_PRINTED: Final = 16
"""Last column of the heat map; the tables behind the charts stand to the right of it."""

_NAMES: Final = tuple(calendar.month_abbr[1:])
_HEAT_LIMIT: Final = 0.10
_SIDE: Final = LAST_PRINTED + 2
_NOTE: Final = (
    "Returns are compounded within each calendar month; blue is a gain, orange a loss, and the "
    "figures carry the sign. The first and the last month may be part of one."
)


def plan_monthly(report: Report) -> SheetPlan:
    """Plan the sheet; with several runs each has its heat map, below each other."""
    blocks: list[TablePlan] = []
    notes: list[NotePlan] = []
    row = TABLE_ROW
    for number, (run, label) in enumerate(zip(report.runs, report.labels, strict=True)):
        for name, title, returns in _heat_maps(report, run, label, number):
            if blocks:
                row += 1
            notes.append(NotePlan(title, row - 1, style="MesoSection"))
            blocks.append(_heat_map(name, row, run.daily.dates, returns))
            row = blocks[-1].last_row + 2
    plan = SheetPlan(
        SHEET,
        tuple(blocks),
        tuple(notes),
        scales=tuple(_scale(block) for block in blocks),
        freeze=(TABLE_ROW, 2),
        widths={1: 25, **dict.fromkeys(range(2, LAST_PRINTED + 1), 9.2), LAST_PRINTED + 1: 3},
        tab_colour=ORANGE,
        print_columns=(1, LAST_PRINTED),
    )
    if report.is_single:
        plan = _with_spread(plan, report.runs[0], row + 1)
    return framed(report, plan, "Monthly returns", _NOTE)


def confidence_names(plan: SheetPlan) -> tuple[NamePlan, ...]:
    """Name the cell with the confidence of the value at risk, if the sheet has it."""
    return tuple(
        NamePlan("meso_confidence", SHEET, note.row, note.column, comment="Confidence of the VaR")
        for note in plan.notes
        if note.style == "MesoInput"
    )


def _heat_maps(
    report: Report, run: ReportRun, label: str, number: int
) -> list[tuple[str, str, FloatArray]]:
    strategy = "Strategy" if report.is_single else label
    found = [(report.numbered(TABLE, number), strategy, run.daily.returns)]
    benchmark = run.daily.benchmark_returns
    if benchmark is not None and report.is_single:
        found.append((BENCHMARK_TABLE, f"Benchmark {run.benchmark_name}", benchmark))
    return found


def _heat_map(name: str, row: int, dates: Times, returns: FloatArray) -> TablePlan:
    months, values = monthly_returns(dates, returns)
    grid: dict[int, dict[int, float]] = {}
    for month, value in zip(months.astype(object), values.tolist(), strict=True):
        grid.setdefault(month.year, {})[month.month] = value
    years = sorted(grid)
    columns = [ColumnPlan("Year", [str(year) for year in years], width=25, align="left")]
    for number, title in enumerate(_NAMES, start=1):
        columns.append(figures(title, [grid[year].get(number) for year in years], PERCENT_1, 9.2))
    return TablePlan(name, (*columns, *_year_columns(grid, years)), row)


def _year_columns(
    grid: Mapping[int, Mapping[int, float]], years: Sequence[int]
) -> list[ColumnPlan]:
    def of(figure: object) -> list[CellValue]:
        return [figure(list(grid[year].values())) for year in years]  # type: ignore[operator]

    total = of(lambda values: math.prod(1 + value for value in values) - 1)
    return [
        ColumnPlan("Total", total, PERCENT_1, width=9.2, align="right", style="MesoTotal"),
        figures("Best", of(max), PERCENT_1, 9.2),
        figures("Worst", of(min), PERCENT_1, 9.2),
    ]


def _scale(block: TablePlan) -> ScalePlan:
    """Colour the months, not the years; beyond the limit the colour stays the same."""
    sizes = sorted(
        abs(value)
        for column in block.columns[1:13]
        for value in column.values
        if value is not None and value != 0
    )
    typical = sizes[int(len(sizes) * 0.9)] if sizes else _HEAT_LIMIT
    return ScalePlan(block.name, _NAMES, "heat", min(max(typical, 0.005), 0.5))


@dataclass(frozen=True, slots=True)
class _Tail:
    """A figure of the daily returns, and the same as a formula of the Equity sheet's column."""

    label: str
    strategy: CellValue
    benchmark: float | None
    number_format: str
    comment: str


def _with_spread(plan: SheetPlan, run: ReportRun, row: int) -> SheetPlan:
    """Add the monthly bars, the histogram and the tails below the heat maps."""
    if not run.daily.dates.size:
        return plan
    months = _months_table(run)
    spread = _spread_table(run, months.last_column + 2)
    tail_row = row + 18
    confidence = NotePlan(CONFIDENCE, tail_row + 1, 2, "MesoInput", number_format="0%")
    tails = _tail_table(run, tail_row + 3, confidence)
    notes = (
        *plan.notes,
        NotePlan("Behind the charts", TABLE_ROW - 1, months.column, "MesoSection"),
        NotePlan("Tail of the daily returns", tail_row, style="MesoSection"),
        NotePlan("Confidence (yours to change)", tail_row + 1, style="MesoLabel"),
        confidence,
    )
    return _with_charts(plan, run, months, spread, tails, notes, row)


def _with_charts(
    plan: SheetPlan,
    run: ReportRun,
    months: TablePlan,
    spread: TablePlan,
    tails: TablePlan,
    notes: tuple[NotePlan, ...],
    row: int,
) -> SheetPlan:
    first, last = months.columns[0].values[0], months.columns[0].values[-1]
    step = months_per_label(first, last)
    bars = ChartPlan(
        "bar",
        "report_months",
        "Return of each month",
        months.name,
        "Month",
        (SeriesPlan("Return", BLUE, negative_colour=VERMILION),),
        row,
        1,
        width=16.8,
        height=8.5,
        category_format="yyyy" if step >= 12 else "mmm yyyy",
        value_format="0%",
        value_title="Return",
        low_labels=True,
        months_per_label=step,
        alt_text=f"Bars of {len(months.columns[0].values)} monthly returns, {first:%Y-%m} to "
        f"{last:%Y-%m}.",
    )
    histogram_chart = ChartPlan(
        "bar",
        "report_spread",
        "How often a day returned so much",
        spread.name,
        "Return from",
        (
            SeriesPlan("Days with a loss", VERMILION),
            SeriesPlan("Days with a gain or none", BLUE),
        ),
        row,
        9,
        width=14.4,
        height=8.5,
        stacked=True,
        value_format="#,##0",
        value_title="Days",
        category_title="Daily return from",
        text_categories=True,
        alt_text="Histogram of the daily returns.",
    )
    return replace(
        plan,
        tables=(*plan.tables, tails, months, spread),
        notes=notes,
        charts=(bars, histogram_chart),
    )


def _months_table(run: ReportRun) -> TablePlan:
    months, values = monthly_returns(run.daily.dates, run.daily.returns)
    stamps = [dt.datetime(day.year, day.month, 1) for day in months.astype(object)]
    columns = [
        ColumnPlan("Month", stamps, "yyyy-mm", width=10, align="left"),
        figures("Return", values.tolist(), PERCENT, 10),
    ]
    benchmark = run.daily.benchmark_returns
    if benchmark is not None:
        other = monthly_returns(run.daily.dates, benchmark)[1].tolist()
        columns.append(figures("Benchmark", other, PERCENT, 11))
    return TablePlan(MONTHS_TABLE, tuple(columns), TABLE_ROW, _SIDE)


def _spread_table(run: ReportRun, column: int) -> TablePlan:
    edges, counts = histogram(run.daily.returns)
    lower, upper = edges[:-1], edges[1:]
    digits = 1 if edges.size > 1 and edges[1] - edges[0] > 0.00099 else 2
    names = [f"{edge:+.{digits}%}" for edge in lower]
    names[0] = f"below {upper[0]:+.{digits}%}"
    names[-1] = f"{lower[-1]:+.{digits}%} and above"
    amounts = counts.astype(int).tolist()
    lost = [count if edge < 0 else None for edge, count in zip(lower, amounts, strict=True)]
    gained = [count if edge >= 0 else None for edge, count in zip(lower, amounts, strict=True)]
    return TablePlan(
        SPREAD_TABLE,
        (
            ColumnPlan("Return from", names, width=14),
            figures("Days with a loss", lost, COUNT, 16),
            figures("Days with a gain or none", gained, COUNT, 23),
        ),
        TABLE_ROW,
        column,
    )


def _tail_table(run: ReportRun, row: int, confidence: NotePlan) -> TablePlan:
    returns, other = run.daily.returns, run.daily.benchmark_returns
    rows = _tails(returns, other, _area_of_returns(returns.size), _cell(confidence))
    formats = [item.number_format for item in rows]
    columns = [
        ColumnPlan("Figure", [item.label for item in rows], width=25),
        ColumnPlan("Strategy", [item.strategy for item in rows], formats=formats, align="right"),
    ]
    if other is not None:
        values = [item.benchmark for item in rows]
        columns.append(ColumnPlan("Benchmark", values, formats=formats, align="right"))
    columns.append(ColumnPlan("What it is", [item.comment for item in rows]))
    return TablePlan(TAIL_TABLE, tuple(columns), row)


def _area_of_returns(days: int) -> str:
    """Name the cells of the Equity sheet that hold the daily returns (its third column)."""
    return f"{equity.SHEET}!$C${TABLE_ROW + 1}:$C${TABLE_ROW + days}"


def _cell(note: NotePlan) -> str:
    return f"${column_letters(note.column)}${note.row}"


def _tails(
    returns: FloatArray, other: FloatArray | None, area: str, confidence: str
) -> list[_Tail]:
    def both(figure: object) -> tuple[CellValue, float | None]:
        own = figure(returns)  # type: ignore[operator]
        return _number(own), None if other is None else _number(figure(other))  # type: ignore[operator]

    var, es = value_at_risk(returns, CONFIDENCE), expected_shortfall(returns, CONFIDENCE)
    quantile = f"PERCENTILE({area},1-{confidence})"
    below = f'AVERAGEIF({area},"<="&{quantile}+{NOISE:.0E})'
    other_var = None if other is None else _number(value_at_risk(other, CONFIDENCE))
    other_es = None if other is None else _number(expected_shortfall(other, CONFIDENCE))
    return [
        _Tail("Value at risk", Formula(f"={quantile}", var), other_var, PERCENT,
              "Return that all but (1 - confidence) of the days exceed; historical. The "
              f"benchmark's is at {CONFIDENCE:.0%}."),
        _Tail("Expected shortfall", Formula(f"={below}", es), other_es,
              PERCENT, "Mean of the days at or below the value at risk (CVaR)."),
        _Tail("Best day", *both(np.max), PERCENT, "Largest daily return."),
        _Tail("Worst day", *both(np.min), PERCENT, "Smallest daily return."),
        _Tail("Days with a gain", *both(share_positive), PERCENT_1,
              "Share of days with a return above zero."),
        _Tail("Skewness", *both(skewness), RATIO,
              "Below zero: the large moves are losses. 0 for a normal distribution."),
        _Tail("Excess kurtosis", *both(excess_kurtosis), RATIO,
              "Above zero: more extreme days than a normal distribution has."),
    ]  # fmt: skip


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
