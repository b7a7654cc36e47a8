"""How a plan gets onto a sheet: drawn by openpyxl on the headless engine, by xlwings in Excel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from xlmeso.sheets.cells import CellError, CellValue, MissingResult, visible_text

if TYPE_CHECKING:
    import xlwings

    from xlmeso.sheets.plan import ChartPlan, ColumnPlan, SheetPlan, TablePlan

Paint = Callable[[Any, "SheetPlan"], None]

_POINTS_PER_CM: Final = 72 / 2.54
_CHART_TYPES: Final = {"line": "line", "area": "area", "bar": "column_clustered"}


def painter_for(book: xlwings.Book) -> Paint:
    """Return the function that draws a plan on a sheet of this book."""
    from xlmeso.excel.headless.book import Book

    return paint_headless if isinstance(book.impl, Book) else paint_in_excel


def paint_headless(sheet: xlwings.Sheet, plan: SheetPlan) -> None:
    """Draw a plan with everything that a file can hold, on a fresh worksheet in the same place."""
    from xlmeso.report.render import render_sheet

    implementation = sheet.impl
    render_sheet(implementation.renew(), plan)


def paint_in_excel(sheet: xlwings.Sheet, plan: SheetPlan) -> None:
    """Draw a plan through the xlwings API: cells, tables, formats, widths, charts.

    The sheet is emptied, not deleted, so that formulas elsewhere which refer to it stay whole.
    """
    for chart in list(sheet.charts):
        chart.delete()
    with sheet.book.app.properties(screen_updating=False):
        sheet.clear()
        for note in plan.notes:
            sheet.range((note.row, note.column)).value = as_typed(note.text)
        for table in plan.tables:
            _paint_table(sheet, table)
        for formula in plan.formulas:
            sheet.range((formula.row, formula.column)).formula2 = formula.formula
        for number, width in plan.column_widths().items():
            sheet.range((1, number)).column_width = width
        for chart_plan in plan.charts:
            _paint_chart(sheet, plan, chart_plan)


def _paint_table(sheet: Any, table: TablePlan) -> None:
    area = sheet.range((table.row, table.column), (table.last_row, table.last_column))
    for offset, column in enumerate(table.columns):
        _paint_formats(sheet, table, column, table.column + offset)
    area.value = [
        [column.title for column in table.columns],
        *(
            [as_typed(table.value_at(row, column)) for column in table.columns]
            for row in range(table.length)
        ),
    ]
    known = {found.name: found for found in sheet.tables}
    if table.name in known:
        known[table.name].resize(area)
    else:
        sheet.tables.add(area, name=table.name, table_style_name="TableStyleLight1")


def _paint_formats(sheet: Any, table: TablePlan, column: ColumnPlan, number: int) -> None:
    """Set the number formats, one call per run of rows that share one."""
    for first, last, number_format in _format_runs(table, column):
        cells = sheet.range((table.row + 1 + first, number), (table.row + 1 + last, number))
        cells.number_format = number_format


def _format_runs(table: TablePlan, column: ColumnPlan) -> Iterator[tuple[int, int, str]]:
    formats = column.formats or [column.number_format] * table.length
    at = 0
    for number_format, group in groupby(formats):
        length = len(list(group))
        if number_format is not None:
            yield at, at + length - 1, number_format
        at += length


def _paint_chart(sheet: Any, plan: SheetPlan, chart: ChartPlan) -> None:
    """Draw a chart of the columns between the category and the last series."""
    table = plan.table(chart.table)
    columns = [table.column_of(title) for title in (chart.category, *_series(chart))]
    corner = sheet.range((chart.row, chart.column))
    made = sheet.charts.add(
        left=corner.left,
        top=corner.top,
        width=chart.width * _POINTS_PER_CM,
        height=chart.height * _POINTS_PER_CM,
    )
    made.chart_type = _CHART_TYPES[chart.kind]
    made.set_source_data(sheet.range((table.row, min(columns)), (table.last_row, max(columns))))
    made.name, made.title = chart.name, chart.title


def _series(chart: ChartPlan) -> list[str]:
    return [series.column for series in chart.series]


def as_typed(value: CellValue) -> Any:
    """Return a plan's value as one types it into Excel: a text never becomes anything else."""
    match value:
        case str():
            return "'" + visible_text(value) if value else None
        case CellError(text) | MissingResult(text):
            return text
    from xlmeso.report.text import plain

    return plain(value)
