"""Chart plans as plotly figures, plain data for plotly.js."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from xlmeso.sheets.book_plan import BookPlan
from xlmeso.sheets.cells import CellValue, Formula
from xlmeso.sheets.plan import ChartPlan, SeriesPlan, SheetPlan, TablePlan

_LOSS: Final = "#D55E00"
_GRID: Final = "#D9DEE5"
_TICKS: Final = {"#,##0": ",.0f", "0%": ".0%", "0.0%": ".1%", "0.00": ".2f", "#,##0.00": ",.2f"}


def figure(plan: BookPlan, sheet: SheetPlan, chart: ChartPlan) -> dict[str, Any] | None:
    """Return a chart's data and layout, None where its table is not among the plan's."""
    try:
        source = plan.sheet(chart.sheet) if chart.sheet else sheet
        table = source.table(chart.table)
    except KeyError:
        return None
    return {
        "data": [_trace(table, chart, series) for series in chart.series],
        "layout": _layout(chart),
    }


def _trace(table: TablePlan, chart: ChartPlan, series: SeriesPlan) -> dict[str, Any]:
    colour = f"#{series.colour}"
    trace: dict[str, Any] = {
        "name": series.column,
        "x": _values(table, chart.category),
        "y": _values(table, series.column),
    }
    if chart.kind == "bar":
        signs = (isinstance(value, int | float) and value < 0 for value in trace["y"])
        colours = [_LOSS if is_loss else colour for is_loss in signs]
        return trace | {"type": "bar", "marker": {"color": colours}}
    line = {"color": colour, "width": 1.6, "dash": "dash" if series.dashed else "solid"}
    trace |= {"type": "scatter", "mode": "lines", "line": line}
    return trace | {"fill": "tozeroy"} if chart.kind == "area" else trace


def _values(table: TablePlan, title: str) -> list[Any]:
    column = next(column for column in table.columns if column.title == title)
    return [_plain(value) for value in column.values]


def _plain(value: CellValue) -> Any:
    match value:
        case Formula():
            return _plain(value.value)
        case bool() | str() | None:
            return value
        case int():
            return value
        case float() | Decimal():
            number = float(value)
            return number if number - number == 0.0 else None
        case dt.date():
            return value.isoformat()
    return str(value)


def _layout(chart: ChartPlan) -> dict[str, Any]:
    category: dict[str, Any] = {"title": {"text": chart.category_title}, "gridcolor": _GRID}
    if chart.text_categories:
        category["type"] = "category"
    values: dict[str, Any] = {
        "title": {"text": chart.value_title},
        "tickformat": _TICKS.get(chart.value_format, ""),
        "gridcolor": _GRID,
    }
    if chart.value_min is not None:
        values["autorangeoptions"] = {"minallowed": chart.value_min}
    return {
        "title": {"text": chart.title, "font": {"size": 15}},
        "xaxis": category,
        "yaxis": values,
        "barmode": "relative" if chart.stacked else "group",
        "hovermode": "x unified",
        "showlegend": len(chart.series) > 1,
        "legend": _LEGEND,
        "margin": {"l": 70, "r": 20, "t": 44, "b": 50},
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "#FFFFFF",
        "font": {"family": "Calibri, Carlito, Segoe UI, Arial, sans-serif", "size": 12},
    }


_LEGEND: Final[dict[str, Sequence[Any] | Any]] = {"orientation": "h", "y": -0.18}
