"""How a plan gets onto a sheet: drawn by openpyxl on the headless engine, by xlwings in Excel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from xlmeso.sheets.cells import CellError, CellValue, MissingResult, visible_text

if TYPE_CHECKING:
    import xlwings

    from xlmeso.sheets.plan import (
        ChartPlan,
        ColumnPlan,
        RulePlan,
        ScalePlan,
        SheetPlan,
        TablePlan,
    )

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
        for scale in plan.scales:
            _paint_scale(sheet, plan.table(scale.table), scale)
        for chart_plan in plan.charts:
            _paint_chart(sheet, plan, chart_plan)


def repaint_table(sheet: xlwings.Sheet, plan: TablePlan, rules: Sequence[RulePlan] = ()) -> None:
    """Draw a table anew where it stands; the cells around it stay as they are.

    Columns that other tables share become wider where this one needs it, never narrower.  The
    conditional formats are drawn where the book is a file; in Excel the words in the cells say
    the same.
    """
    from xlmeso.excel.headless.sheets import Sheet

    old = sheet.tables[plan.name].range
    if isinstance(sheet.impl, Sheet):
        _repaint_headless(sheet.impl, old.impl, plan, rules)
    else:
        old.clear()
        _paint_table(sheet, plan)
    _fit_columns(sheet, plan)


def _fit_columns(sheet: Any, plan: TablePlan) -> None:
    others = [found.range for found in sheet.tables if found.name != plan.name]
    shared = max((area.column + area.shape[1] - 1 for area in others), default=0)
    for number, column in enumerate(plan.columns, start=plan.column):
        cell = sheet.range((plan.row, number))
        width = column.width
        if width is not None and (number > shared or width > (cell.column_width or 0)):
            cell.column_width = width


def _repaint_headless(sheet: Any, old: Any, plan: TablePlan, rules: Sequence[RulePlan]) -> None:
    from openpyxl.formatting.formatting import ConditionalFormattingList

    from xlmeso.report.render import render_table

    worksheet = sheet.worksheet
    del worksheet.tables[plan.name]
    old.clear()
    kept = ConditionalFormattingList()
    for found in worksheet.conditional_formatting:
        if not _is_inside(found, old):
            for rule in found.rules:
                kept.add(str(found.sqref), rule)
    worksheet.conditional_formatting = kept
    render_table(worksheet, plan, rules)


def _is_inside(found: Any, area: Any) -> bool:
    """Whether a conditional format lies within an area altogether."""
    return all(
        area.row <= part.min_row
        and part.max_row <= area.row2
        and area.column <= part.min_col
        and part.max_col <= area.column2
        for part in found.sqref.ranges
    )


def _paint_scale(sheet: Any, table: TablePlan, scale: ScalePlan) -> None:
    """Colour the figures of a scale; a host's own rules differ too much between systems."""
    from xlmeso.report.scales import tint

    for title in scale.columns if scale.kind == "heat" else ():
        number = table.column_of(title)
        column = table.columns[number - table.column]
        for offset, value in enumerate(column.values):
            if isinstance(value, (int, float)):
                sheet.range((table.row + 1 + offset, number)).color = tint(value, scale)


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
