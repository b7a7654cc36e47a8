"""The Equity sheet: one row a day with drawdown and rolling figures, charts, deepest drawdowns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from xlmeso.measures.daily import DailySeries
from xlmeso.measures.drawdowns import drawdown_days, drawdown_episodes, drawdown_series
from xlmeso.measures.returns import FloatArray, Times
from xlmeso.measures.rolling import rolling_beta, rolling_sharpe, rolling_volatility
from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.plan import (
    ChartPlan,
    ColumnPlan,
    NotePlan,
    SeriesPlan,
    SheetPlan,
    TablePlan,
)
from xlmeso.sheets.report.frame import (
    BLUE,
    DATE,
    GREEN,
    LINES,
    PERCENT,
    PURPLE,
    RATIO,
    Report,
    figures,
    framed,
    width_of,
)
from xlmeso.sheets.report.inputs import ReportRun, drawdown_title
from xlmeso.sheets.results.nav import axis_floor, months_per_label, plan_nav
from xlmeso.sheets.results.run_info import TABLE_ROW

SHEET: Final = "Equity"
TABLE: Final = "meso_equity"
DRAWDOWNS: Final = "meso_drawdowns"

DAYS_PER_YEAR: Final = 252
"""Sessions of a year, for daily figures."""

MOST_LINES: Final = 12
"""Lines in one chart; more cannot be told apart."""

TOP: Final = 10
"""Drawdowns that are listed."""

_WINDOWS: Final = ((126, 63), (42, 21))
"""Days that a run must have, and the window of its rolling figures; shorter runs get none."""

_NOTE: Final = (
    "Last value of each session; drawdowns and rolling figures are of these daily values."
)


def plan_equity(report: Report) -> SheetPlan:
    """Plan the sheet: one run with all its columns, or the NAVs of several side by side."""
    plan = _single(report.runs[0]) if report.is_single else _several(report)
    return framed(report, plan, "Equity and drawdown", _NOTE)


def window_of(days: int) -> int | None:
    """Return the days of the rolling window for a run of so many days, None if it is too short."""
    return next((window for least, window in _WINDOWS if days >= least), None)


def _single(run: ReportRun) -> SheetPlan:
    daily = run.daily
    window = window_of(daily.dates.size)
    plan = plan_nav(
        run.series.stamps,
        blanks(run.series.nav),
        run.info,
        benchmark=None if run.series.benchmark is None else blanks(run.series.benchmark),
        starting_cash=daily.base,
        benchmark_name=run.benchmark_name,
        sheet_name=SHEET,
        table_name=TABLE,
        more_columns=_rolling_columns(daily, window) if window else (),
    )
    if not plan.charts:
        return plan
    (main,) = plan.tables
    equity, underwater = (
        replace(chart, name=chart.name.replace("meso_nav_", "report_")) for chart in plan.charts
    )
    if daily.benchmark is None:
        equity = replace(equity, title="Equity", series=equity.series[:1])
    episodes = _drawdown_table(daily, main.last_column + 2, underwater.row + 17)
    heading = NotePlan("Deepest drawdowns", episodes.row - 1, episodes.column, "MesoSection")
    charts = [equity, underwater]
    if window:
        charts += _rolling_charts(main, underwater, window, episodes.last_row + 2, daily)
    return replace(
        plan,
        tables=(main, episodes),
        notes=(*plan.notes, heading),
        charts=tuple(charts),
    )


def _rolling_columns(daily: DailySeries, window: int) -> list[ColumnPlan]:
    returns, benchmark = daily.returns, daily.benchmark_returns
    over = f"Over the last {window} sessions; blank until there are so many."
    columns = [
        figures(
            f"Volatility {window}d",
            blanks(rolling_volatility(returns, window, DAYS_PER_YEAR)),
            PERCENT,
            14,
            f"Standard deviation of the daily returns x square root of {DAYS_PER_YEAR}. {over}",
        ),
        figures(
            f"Sharpe {window}d",
            blanks(rolling_sharpe(returns, window, DAYS_PER_YEAR)),
            RATIO,
            12,
            "Mean daily return divided by its standard deviation x square root of "
            f"{DAYS_PER_YEAR}; the risk-free rate is 0. {over}",
        ),
    ]
    if benchmark is not None:
        columns.append(
            figures(
                f"Beta {window}d",
                blanks(rolling_beta(returns, benchmark, window)),
                RATIO,
                10,
                f"Covariance with the underlying's returns divided by their variance. {over}",
            )
        )
    return columns


def _rolling_charts(
    main: TablePlan, like: ChartPlan, window: int, row: int, daily: DailySeries
) -> list[ChartPlan]:
    charts = []
    kinds = (("Volatility", BLUE, "0%"), ("Sharpe", PURPLE, "0.0"), ("Beta", GREEN, "0.0"))
    for number, (name, colour, number_format) in enumerate(kinds):
        if name == "Beta" and daily.benchmark is None:
            continue
        charts.append(
            replace(
                like,
                kind="line",
                name=f"report_rolling_{name.lower()}",
                title=f"{name} of the last {window} sessions",
                series=(SeriesPlan(f"{name} {window}d", colour),),
                row=row + 15 * number,
                value_title=name,
                value_format=number_format,
                alt_text=f"Line chart of the {name.lower()} over the last {window} sessions.",
            )
        )
    return charts


def _drawdown_table(daily: DailySeries, column: int, row: int) -> TablePlan:
    drawdowns = drawdown_series(daily.nav, daily.base)
    episodes = drawdown_episodes(drawdowns)
    days = drawdown_days(daily.dates, episodes)
    order = np.argsort(episodes.depth, kind="stable")[:TOP]
    last = daily.dates.size - 1

    def dates(places: object) -> list[CellValue]:
        return [_midnight(daily, int(place)) for place in np.asarray(places)[order]]

    recovered: list[CellValue] = [
        None if place == last and drawdowns[place] < 0 else _midnight(daily, int(place))
        for place in episodes.end[order]
    ]
    return TablePlan(
        DRAWDOWNS,
        (
            figures("Rank", list(range(1, len(order) + 1)), "0", 8),
            figures("Depth", [float(x) for x in episodes.depth[order]], PERCENT, 11),
            ColumnPlan("Start", dates(episodes.start), DATE, width=12, align="left"),
            ColumnPlan("Deepest", dates(episodes.valley), DATE, width=12, align="left"),
            ColumnPlan(
                "Recovered",
                recovered,
                DATE,
                width=12,
                align="left",
                comment="First session at or above the old peak; blank when it never came back.",
            ),
            figures("Days", [int(x) for x in days[order]], "#,##0", 9),
        ),
        row,
        column,
    )


def _midnight(daily: DailySeries, place: int) -> dt.datetime:
    day: dt.date = daily.dates[place].item()
    return dt.datetime(day.year, day.month, day.day)


def _several(report: Report) -> SheetPlan:
    runs = [run.daily for run in report.runs]
    dates = np.unique(np.concatenate([run.dates for run in runs]))
    days = [dt.datetime(day.year, day.month, day.day) for day in dates.tolist()]
    navs = [_on(dates, run, run.nav / run.base if run.base else run.nav) for run in runs]
    deep = [_on(dates, run, drawdown_series(run.nav, run.base)) for run in runs]
    falls = [drawdown_title(label) for label in report.labels]
    table = TablePlan(
        TABLE,
        (
            ColumnPlan("Date", days, DATE, width=12, align="left"),
            *(
                figures(
                    label,
                    values,
                    "0.0000",
                    width_of(label),
                    "NAV as a multiple of the starting cash.",
                )
                for label, values in zip(report.labels, navs, strict=True)
            ),
            *(
                figures(title, values, PERCENT, width_of(title))
                for title, values in zip(falls, deep, strict=True)
            ),
        ),
        TABLE_ROW,
        filters=True,
    )
    plan = SheetPlan(
        SHEET,
        (table,),
        freeze=(TABLE_ROW + 1, 2),
        repeat_row=TABLE_ROW,
        tab_colour=BLUE,
    )
    if not days:
        return plan
    drawn = list(report.labels[:MOST_LINES])
    heading = _which(report)
    equity = overlay(
        table, SHEET, drawn, "report_equity", f"Growth of 1 in {heading}", navs[:MOST_LINES]
    )
    underwater = replace(
        equity,
        name="report_drawdown",
        title=f"Drawdown of {heading}",
        series=_lines(falls[:MOST_LINES]),
        row=TABLE_ROW + 23,
        value_format="0%",
        value_min=None,
        low_labels=True,
        value_title="Drawdown",
        alt_text=f"Line chart of the drawdown of {heading}.",
    )
    return replace(plan, charts=(equity, underwater))


def _which(report: Report) -> str:
    count = len(report.runs)
    return "every run" if count <= MOST_LINES else f"the first {MOST_LINES} of {count} runs"


def overlay(
    table: TablePlan,
    sheet: str,
    titles: Sequence[str],
    name: str,
    heading: str,
    values: Sequence[Sequence[CellValue]],
) -> ChartPlan:
    """Draw several columns of one table as lines over its dates."""
    dates = table.columns[0].values
    months = months_per_label(dates[0], dates[-1])
    return ChartPlan(
        "line",
        name,
        heading,
        table.name,
        "Date",
        _lines(titles),
        TABLE_ROW + 1,
        table.last_column + 2,
        height=10.0,
        value_title="Growth of 1",
        value_format="0.00",
        value_min=axis_floor([value for column in values for value in column]),
        months_per_label=months,
        category_format="yyyy" if months >= 12 else "mmm yyyy",
        sheet=sheet,
        alt_text=f"{heading}: line chart, {dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}, of "
        f"{', '.join(titles)}.",
    )


def _lines(titles: Sequence[str]) -> tuple[SeriesPlan, ...]:
    """Give each line a colour; from the ninth on they are dashed as well."""
    return tuple(
        SeriesPlan(title, LINES[number % len(LINES)], dashed=number >= len(LINES))
        for number, title in enumerate(titles)
    )


def _on(dates: Times, run: DailySeries, values: FloatArray) -> list[CellValue]:
    spread = np.full(dates.size, np.nan)
    spread[np.searchsorted(dates, run.dates)] = values
    return blanks(spread)


def blanks(values: FloatArray) -> list[CellValue]:
    """Return numbers with None in place of ``nan``."""
    return [None if value != value else value for value in values.tolist()]
