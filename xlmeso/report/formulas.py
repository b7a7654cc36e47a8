"""Formulas of a plan onto an openpyxl worksheet, and what they gave when they were planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from openpyxl.styles import Alignment
from openpyxl.utils import datetime as dates

from xlmeso.report.dynamic_arrays import DynamicArray
from xlmeso.report.text import plain, put
from xlmeso.sheets.cells import CellError, CellValue, column_letters

if TYPE_CHECKING:
    from xlmeso.report.package import StoredResult
    from xlmeso.sheets.plan import FormulaPlan, SheetPlan

_serial: Final[Callable[..., Any]] = dates.to_excel  # untyped in the stubs


def draw_formula(sheet: Any, plan: FormulaPlan) -> None:
    """Write a formula into its cell and its other values into the cells that it fills."""
    rows, columns = plan.formatted
    for down in range(rows):
        for across in range(columns):
            cell = sheet.cell(plan.row + down, plan.column + across)
            _dress(cell, plan, down, across)
            style = cell._style
            put(cell, _value(plan, down, across))
            cell._style = style  # openpyxl gives dates a format of its own
    anchor = sheet.cell(plan.row, plan.column)
    anchor.value = DynamicArray(_block(plan), plan.formula) if plan.spills else plan.formula
    anchor.quotePrefix = False


def stored_results(plans: Sequence[SheetPlan]) -> dict[str, dict[str, StoredResult]]:
    """Return what the formulas' own cells show, by sheet and cell."""
    found: dict[str, dict[str, StoredResult]] = {}
    for plan in plans:
        for formula in plan.formulas:
            result = _stored(_value(formula, 0, 0))
            if result is not None:
                cell = f"{column_letters(formula.column)}{formula.row}"
                found.setdefault(plan.name, {})[cell] = result
    return found


def _stored(value: CellValue) -> StoredResult | None:
    match value:
        case CellError(text):
            return text
        case dt.datetime() | dt.date():
            return float(_serial(value))
        case str() | bool() | None:
            return value
    number = plain(value)
    return None if number is None else float(number)


def _value(plan: FormulaPlan, down: int, across: int) -> CellValue:
    rows = plan.values
    return rows[down][across] if down < len(rows) and across < len(rows[down]) else None


def _block(plan: FormulaPlan) -> str:
    rows, columns = plan.shape
    first = f"{column_letters(plan.column)}{plan.row}"
    last = f"{column_letters(plan.column + columns - 1)}{plan.row + rows - 1}"
    return first if first == last else f"{first}:{last}"


def _dress(cell: Any, plan: FormulaPlan, down: int, across: int) -> None:
    number_format = plan.formats[across] if across < len(plan.formats) else None
    if plan.headings and down == 0:
        cell.style = "MesoHead"
        if number_format or (plan.row_formats and across):
            cell.alignment = Alignment(horizontal="right", vertical="center")
        return
    inside = down < plan.shape[0] and across < plan.shape[1]
    cell.style = plan.style if inside else "MesoText"
    at = down - int(plan.headings)
    if across and at < len(plan.row_formats) and plan.row_formats[at]:
        number_format = plan.row_formats[at]
    if number_format:
        cell.number_format = number_format
