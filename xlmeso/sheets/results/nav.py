"""The NAV sheet: one row per session, with native charts of equity and drawdown."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, SupportsFloat

from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.money import money_format
from xlmeso.sheets.plan import ChartPlan, ColumnPlan, SeriesPlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import TABLE_ROW, RunInfo, footer, header

TABLE: Final = "meso_nav"

_BLUE, _ORANGE, _VERMILION = "0072B2", "E69F00", "D55E00"
_PERCENT: Final = "0.00%"
CHART_GAP: Final = 2
"""Columns from the last one of the table to the charts."""

_LABELS: Final = 12
"""Most labels of a time axis."""


@dataclass(frozen=True, slots=True)
class _Day:
    date: dt.date
    nav: float
    benchmark: float | None


def plan_nav(
    times: Sequence[dt.datetime],
    nav: Sequence[SupportsFloat | None],
    run: RunInfo,
    *,
    benchmark: Sequence[SupportsFloat | None] | None = None,
    starting_cash: SupportsFloat | None = None,
    benchmark_name: str = "Benchmark",
    sheet_name: str = "NAV",
    table_name: str = TABLE,
    more_columns: Sequence[ColumnPlan] = (),
) -> SheetPlan:
    """Plan the table of daily values and the charts beside it.

    Parameters
    ----------
    times, nav, benchmark
        The run's series, normally one row per 5 minutes: exchange time, money, and the
        underlying's price.  Rows without a NAV are left out; the last one of a day counts.
    starting_cash
        Cash at the start in money: the base of the first return, of the drawdown and of the
        benchmark.  None takes the first NAV.
    benchmark_name
        What the benchmark is called in the chart, for example ``SPX``.
    more_columns
        Further columns with a value for each session, after ours.
    """
    days = _last_of_each_day(times, nav, benchmark)
    base = float(starting_cash) if starting_cash is not None else (days[0].nav if days else 0.0)
    first_price = _first_price(nav, benchmark)
    columns = _columns(days, base, first_price)
    table = TablePlan(table_name, (*columns, *more_columns), TABLE_ROW, filters=True)
    return SheetPlan(
        sheet_name,
        (table,),
        header("NAV", run, "Last value of each session; drawdown of these daily values."),
        charts=_charts(table, days, columns[-1].values, benchmark_name) if days else (),
        freeze=(TABLE_ROW + 1, 2),
        repeat_row=TABLE_ROW,
        footer=footer(run),
        tab_colour=_BLUE,
    )


def _last_of_each_day(
    times: Sequence[dt.datetime],
    nav: Sequence[SupportsFloat | None],
    benchmark: Sequence[SupportsFloat | None] | None,
) -> list[_Day]:
    prices = benchmark if benchmark is not None else [None] * len(nav)
    days: dict[dt.date, _Day] = {}
    for moment, value, price in zip(times, nav, prices, strict=True):
        if value is not None:
            known = None if price is None else float(price)
            days[moment.date()] = _Day(moment.date(), float(value), known)
    return list(days.values())


def _first_price(
    nav: Sequence[SupportsFloat | None], benchmark: Sequence[SupportsFloat | None] | None
) -> float | None:
    """Return the benchmark's first price: there both lines start at the starting cash."""
    for value, price in zip(nav, benchmark or (), strict=False):
        if value is not None and price is not None and float(price) > 0:
            return float(price)
    return None


def _columns(
    days: Sequence[_Day], base: float, first_price: float | None
) -> tuple[ColumnPlan, ...]:
    returns: list[CellValue] = []
    drawdowns: list[CellValue] = []
    before, peak = base, base
    for day in days:
        returns.append(day.nav / before - 1 if before > 0 else None)
        peak = max(peak, day.nav)
        drawdowns.append(day.nav / peak - 1 if peak > 0 else None)
        before = day.nav
    midnight = [dt.datetime(day.date.year, day.date.month, day.date.day) for day in days]
    rebased = [_rebased(day.benchmark, base, first_price) for day in days]
    money = money_format([base, *(day.nav for day in days)])
    return (
        ColumnPlan("Date", midnight, "yyyy-mm-dd", width=12, align="left"),
        ColumnPlan(
            "NAV", [day.nav for day in days], money, width=15, style="MesoMoney", align="right"
        ),
        ColumnPlan("Return", returns, _PERCENT, width=10, style="MesoPct", align="right"),
        ColumnPlan("Drawdown", drawdowns, _PERCENT, width=11, style="MesoPct", align="right"),
        ColumnPlan("Benchmark", rebased, money, width=15, style="MesoMoney", align="right"),
    )


def _rebased(price: float | None, base: float, first_price: float | None) -> CellValue:
    return None if price is None or first_price is None else price / first_price * base


def axis_floor(values: Sequence[CellValue]) -> float | None:
    """Return a round number somewhat below all values, None if the axis may start at zero."""
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    if low <= 0.25 * high:
        return None
    step = 10.0 ** math.floor(math.log10(high - low)) if high > low else 10.0
    return float(math.floor((low - 0.1 * (high - low)) / step) * step)


def months_per_label(first: dt.date, last: dt.date) -> int:
    """Return the months between two labels of a time axis, so that they do not crowd."""
    months = (last - first).days / 365.25 * 12
    return next((step for step in (1, 2, 3, 6, 12) if months / step <= _LABELS), 24)


def _charts(
    table: TablePlan, days: Sequence[_Day], rebased: Sequence[CellValue], benchmark_name: str
) -> tuple[ChartPlan, ChartPlan]:
    first, last = days[0], days[-1]
    months = months_per_label(first.date, last.date)
    category_format = "yyyy" if months >= 12 else "mmm yyyy"
    floor = axis_floor([*(day.nav for day in days), *rebased])
    span = f"{first.date:%Y-%m-%d} to {last.date:%Y-%m-%d}"
    equity = ChartPlan(
        "line",
        "meso_nav_equity",
        f"Equity and {benchmark_name} from the same cash",
        table.name,
        "Date",
        (SeriesPlan("NAV", _BLUE), SeriesPlan("Benchmark", _ORANGE, dashed=True)),
        TABLE_ROW + 1,
        table.last_column + CHART_GAP,
        height=10.0,
        value_title="Money",
        value_min=floor,
        months_per_label=months,
        category_format=category_format,
        alt_text=f"Line chart of the daily NAV, {span}: from {first.nav:,.0f} to {last.nav:,.0f}, "
        f"beside {benchmark_name} bought with the same cash.",
    )
    drawdown = ChartPlan(
        "area",
        "meso_nav_drawdown",
        "Drawdown from the highest NAV so far",
        table.name,
        "Date",
        (SeriesPlan("Drawdown", _VERMILION),),
        TABLE_ROW + 23,
        table.last_column + CHART_GAP,
        height=7.0,
        value_title="Drawdown",
        value_format="0%",
        category_format=category_format,
        low_labels=True,
        months_per_label=months,
        alt_text=f"Area chart of the drawdown of the daily NAV, {span}.",
    )
    return equity, drawdown
