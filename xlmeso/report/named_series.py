"""Series of a chart over names, with a copy of their values for programs that do not calculate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from openpyxl.chart.data_source import (
    AxDataSource,
    NumData,
    NumDataSource,
    NumRef,
    NumVal,
    StrData,
    StrRef,
    StrVal,
)
from openpyxl.chart.series import Series, SeriesLabel
from openpyxl.utils import datetime as dates

from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.plan import ChartPlan, SeriesPlan, SheetPlan

_serial: Final[Callable[..., Any]] = dates.to_excel  # untyped in the stubs


def named_series(plan: SheetPlan, chart: ChartPlan, series: SeriesPlan) -> Any:
    """Return an openpyxl series whose values and categories are names of the plan's sheet."""
    values, categories = plan.named(series.column), plan.named(chart.category)
    made = Series(val=NumDataSource(_numbers(plan, series.column, values.values)))
    made.tx = SeriesLabel(v=series.title or series.column)
    if any(isinstance(value, str) for value in categories.values):
        made.cat = AxDataSource(strRef=_texts(plan, chart.category, categories.values))
    else:
        made.cat = AxDataSource(
            numRef=_numbers(plan, chart.category, categories.values, chart.category_format)
        )
    return made


def _numbers(
    plan: SheetPlan, name: str, values: Sequence[CellValue], number_format: str = "General"
) -> NumRef:
    points = [
        NumVal(idx=place, v=repr(_number(value)))
        for place, value in enumerate(values)
        if value is not None and value != ""
    ]
    cache = NumData(formatCode=number_format, ptCount=len(values), pt=points)
    return NumRef(f=_reference(plan, name), numCache=cache)


def _texts(plan: SheetPlan, name: str, values: Sequence[CellValue]) -> StrRef:
    points = [StrVal(idx=place, v=str(value)) for place, value in enumerate(values)]
    return StrRef(f=_reference(plan, name), strCache=StrData(ptCount=len(values), pt=points))


def _reference(plan: SheetPlan, name: str) -> str:
    return "'" + plan.name.replace("'", "''") + "'!" + name


def _number(value: CellValue) -> float:
    return float(_serial(value)) if isinstance(value, dt.date) else float(value)
