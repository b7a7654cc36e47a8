"""A sheet plan onto an openpyxl worksheet."""

from __future__ import annotations

import copy
import datetime as dt
import math
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from xlmeso.report.charts import add_chart
from xlmeso.report.formulas import draw_formula
from xlmeso.report.row_xml import Shown
from xlmeso.report.scales import add_scale
from xlmeso.report.splice import LONG_TABLE, Streams
from xlmeso.report.styles import LINK, add_styles, rule_style
from xlmeso.report.text import put
from xlmeso.report.validations import add_validations
from xlmeso.sheets.book_plan import BookPlan, column_blocks
from xlmeso.sheets.cells import CellValue, column_letters, visible_text
from xlmeso.sheets.plan import ColumnPlan, NotePlan, RulePlan, SheetPlan, TablePlan

LINE_HEIGHT = 13.5
"""Points per line of text."""

HEAD_HEIGHT = 16
"""Points of a row of headings."""

WIDTH_PER_CHARACTER = 0.87
"""Mean width of the letters of a text, in widths of the digit 0."""

MOST_LINES = 5
"""A longer text is cut off on screen; its cell shows all of it when selected."""

ROW_CM = 0.529
"""Height of a row of 15 points in centimetres."""

FOOTER_LIMIT = 200
"""Characters of a page footer (Excel allows 255, codes included)."""


COMMENT_WIDTH, COMMENT_LINE = 300, 18
"""Pixels of a comment's box: its width and the height of a line of about 48 characters."""


def render_sheet(
    sheet: Any, plan: SheetPlan, book: BookPlan | None = None, streams: Streams | None = None
) -> None:
    """Draw a plan on an empty worksheet: cells, tables, drop-downs, charts, print set-up.

    Parameters
    ----------
    book
        Plan of the whole book, for charts of another sheet's table.
    streams
        Takes the rows of large tables, which are then written when the book is saved, and keeps
        texts that no cell holds; without it every row is drawn and such texts are cut.
    """
    shown = streams.long_texts.shown if streams else visible_text
    add_styles(sheet.parent)
    for note in plan.notes:
        _draw_note(sheet, note, shown)
    for table in plan.tables:
        _draw_head(sheet, table)
        if streams and streams.takes(sheet, table):
            streams.add(sheet, table, _dress_column)
        else:
            _draw_columns(sheet, table, shown)
    for formula in plan.formulas:
        draw_formula(sheet, formula)
    for name in plan.names:
        sheet.defined_names[name.name] = DefinedName(name.name, attr_text=name.formula)
    for rule in plan.rules:
        _draw_rule(sheet, plan.table(rule.table) if rule.table else None, rule)
    for scale in plan.scales:
        add_scale(sheet, plan.table(scale.table), scale)
    add_validations(sheet, plan)
    for chart in plan.charts:
        source = book.sheet(chart.sheet) if book is not None and chart.sheet else plan
        add_chart(sheet, source, chart)
    _set_sizes(sheet, plan)
    _set_up_view(sheet, plan)
    _set_up_page(sheet, plan)


def render_table(sheet: Any, table: TablePlan, rules: Sequence[RulePlan] = ()) -> None:
    """Draw one table with its rules on a worksheet where its name and its place are free."""
    add_styles(sheet.parent)
    _draw_head(sheet, table)
    _draw_columns(sheet, table, visible_text)
    for rule in rules:
        _draw_rule(sheet, table, rule)


def _set_sizes(sheet: Any, plan: SheetPlan) -> None:
    for number, width in plan.column_widths().items():
        sheet.column_dimensions[column_letters(number)].width = width
    for row, lines in _line_counts(plan).items():
        sheet.row_dimensions[row].height = LINE_HEIGHT * lines + 1.5
    for row, height in plan.row_heights.items():
        sheet.row_dimensions[row].height = height


def _line_counts(plan: SheetPlan) -> dict[int, int]:
    """Estimate the lines of rows with long wrapped texts; not every program fits them itself."""
    widths = plan.column_widths()
    counts: dict[int, int] = {}
    for note in plan.notes:
        if note.width and isinstance(note.text, str):
            counts[note.row] = max(counts.get(note.row, 1), _lines(note.text, note.width))
    for table in plan.tables:
        for offset, column in enumerate(table.columns):
            width = widths.get(table.column + offset, 10.0)
            for number, value in enumerate(column.values if column.wrap else ()):
                if isinstance(value, str) and (len(value) > width or "\n" in value):
                    row = table.row + 1 + number
                    counts[row] = max(counts.get(row, 1), _lines(value, width))
    return {row: min(lines, MOST_LINES) for row, lines in counts.items() if lines > 1}


def _lines(text: str, width: float) -> int:
    return sum(
        max(1, math.ceil(len(line) * WIDTH_PER_CHARACTER / width)) for line in text.split("\n")
    )


def _draw_note(sheet: Worksheet, note: NotePlan, shown: Shown) -> None:
    cell: Any = sheet.cell(note.row, note.column)
    put(cell, note.text, shown)
    cell.style = note.style
    if note.number_format:
        cell.number_format = note.number_format
    if note.width:
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    if note.link:
        _lead(cell, note.link)
        cell.style = "MesoLink"
    if note.comment:
        _explain(cell, note.comment)
    if note.style == "MesoTitle":
        sheet.row_dimensions[note.row].height = 24


def _lead(cell: Any, place: str) -> None:
    """Make a cell lead to a place of the book (``#'Events'!A20``) or to an URL."""
    if place.startswith("#"):
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=place[1:])
    else:
        cell.hyperlink = place


def _explain(cell: Any, text: str) -> None:
    """Show a definition when the cell is pointed at, in a box that holds it."""
    height = COMMENT_LINE * (2 + len(text) // 44)
    cell.comment = Comment(visible_text(text), "xlmeso", width=COMMENT_WIDTH, height=height)


def _draw_head(sheet: Worksheet, table: TablePlan) -> None:
    """Draw the headings and make the table object."""
    for offset, column in enumerate(table.columns):
        head: Any = sheet.cell(table.row, table.column + offset)
        put(head, column.title)
        head.style = "MesoHead"
        if column.align:
            head.alignment = Alignment(
                horizontal=column.align, vertical="center", indent=_indent(column)
            )
        if column.comment:
            _explain(head, column.comment)
    sheet.row_dimensions[table.row].height = HEAD_HEIGHT
    reference = area(table.row, table.column, table.last_row, table.last_column)
    made = Table(displayName=table.name, name=table.name, ref=reference)
    made.tableColumns = [
        TableColumn(id=number, name=column.title)
        for number, column in enumerate(table.columns, start=1)
    ]
    if table.filters:
        made.autoFilter = AutoFilter(ref=reference)
    made.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    sheet.add_table(made)


def _draw_columns(sheet: Worksheet, table: TablePlan, shown: Shown) -> None:
    """Draw the values, which are worked out once for all columns."""
    (block,) = column_blocks(table, table.length)
    for offset, (column, values) in enumerate(zip(table.columns, block, strict=True)):
        _draw_column(sheet, table, column, values, table.column + offset, shown)


def _draw_column(
    sheet: Worksheet,
    table: TablePlan,
    column: ColumnPlan,
    values: Sequence[CellValue],
    number: int,
    shown: Shown,
) -> None:
    """Write the values; one prototype per number format is styled, the others copy it."""
    prototypes: dict[str | None, Any] = {}
    for offset, value in enumerate(values):
        if value is None and table.length > LONG_TABLE:
            continue
        cell: Any = sheet.cell(table.row + 1 + offset, number)
        format_ = _format_at(column, offset)
        if format_ not in prototypes:
            _dress(cell, column, format_)
            prototypes[format_] = copy.copy(cell._style)
        cell._style = copy.copy(prototypes[format_])
        if value is not None:
            put(cell, value, shown)
        if isinstance(value, dt.date):  # openpyxl gives dates a format of its own
            cell._style = copy.copy(prototypes[format_])
        if text := _at(column.comments, offset):
            _explain(cell, text)
        if link := _at(column.links, offset):
            _lead(cell, link)
            cell.font = _link_font(cell)


def _at(texts: Sequence[str | None] | None, offset: int) -> str | None:
    """Return a row's comment or link; a table without data still has a row, which has none."""
    return texts[offset] if texts is not None and offset < len(texts) else None


def _link_font(cell: Any) -> Any:
    """Return the cell's font in the look of a link, which a hyperlink alone does not have."""
    font = cell.font
    return Font(name=font.name, size=font.size, bold=font.bold, color=LINK, underline="single")


def _format_at(column: ColumnPlan, offset: int) -> str | None:
    if column.formats is not None and offset < len(column.formats):
        return column.formats[offset]
    return column.number_format


def _dress_column(cell: Any, column: ColumnPlan) -> None:
    """Dress a cell of a column whose cells are all alike."""
    _dress(cell, column, column.number_format)
    if column.links is not None:
        cell.font = _link_font(cell)


def _dress(cell: Any, column: ColumnPlan, number_format: str | None) -> None:
    cell.style = column.style or "MesoCalc"
    if column.align or column.wrap:
        cell.alignment = Alignment(
            horizontal=column.align,
            vertical="top",
            wrap_text=column.wrap or None,
            indent=_indent(column),
        )
    if number_format:
        cell.number_format = number_format


def _indent(column: ColumnPlan) -> int:
    """Keep right-aligned figures off the text of the next column."""
    return 1 if column.align == "right" else 0


def _draw_rule(sheet: Worksheet, table: TablePlan | None, rule: RulePlan) -> None:
    formula = rule.formula
    for offset, column in enumerate(table.columns if table else ()):
        assert table is not None
        anchor = f"${column_letters(table.column + offset)}{table.row + 1}"
        formula = formula.replace("{" + column.title + "}", anchor)
    areas = " ".join(_data_areas(table, rule.columns) if table else rule.columns)
    made = Rule(type="expression", dxf=rule_style(rule.style), formula=[formula])
    sheet.conditional_formatting.add(areas, made)


def _data_areas(table: TablePlan, titles: tuple[str, ...]) -> Iterator[str]:
    for title in titles:
        number = table.column_of(title)
        yield area(table.row + 1, number, table.last_row, number)


def area(top: int, left: int, bottom: int, right: int) -> str:
    """Name an area without dollar signs: ``A5:D9``."""
    return f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"


def _last_row(plan: SheetPlan) -> int:
    """Return where the lowest table ends, or the lowest chart at the common height of a row."""
    ends = [chart.row + math.ceil(chart.height / ROW_CM) for chart in plan.charts]
    return max([1, *ends, *(table.last_row for table in plan.tables)])


def _set_up_view(sheet: Worksheet, plan: SheetPlan) -> None:
    sheet.sheet_view.showGridLines = False
    sheet.sheet_view.zoomScale = 100
    if plan.freeze:
        row, column = plan.freeze
        sheet.freeze_panes = f"{column_letters(column)}{row}"
    if plan.tab_colour:
        sheet.sheet_properties.tabColor = plan.tab_colour


def _printed(text: str) -> str:
    """Return a text for the head or foot of a page, where ``&`` begins a code."""
    return visible_text(text, limit=FOOTER_LIMIT).replace("&", "&&")


def _set_up_page(sheet: Any, plan: SheetPlan) -> None:
    sheet.page_setup.orientation = "landscape" if plan.landscape else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = 0.75 if plan.header else 0.6
    sheet.page_margins.bottom = 0.6
    sheet.page_margins.header = sheet.page_margins.footer = 0.3
    if plan.repeat_row:
        sheet.print_title_rows = f"{plan.repeat_row}:{plan.repeat_row}"
    if plan.print_columns:
        first, last = map(column_letters, plan.print_columns)
        sheet.print_area = f"{first}1:{last}{max(sheet.max_row, _last_row(plan))}"
    if plan.header:
        sheet.oddHeader.left.text = _printed(plan.header)
        sheet.oddHeader.left.size = 8
    sheet.oddFooter.left.text = _printed(plan.footer)
    sheet.oddFooter.left.size = 8
    sheet.oddFooter.right.text = "&P / &N"
    sheet.oddFooter.right.size = 8
