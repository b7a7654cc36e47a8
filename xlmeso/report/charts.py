"""Native charts: lines, areas and bars over the columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from openpyxl.chart import AreaChart, BarChart, LineChart, Reference, Series
from openpyxl.chart.axis import DateAxis, TextAxis
from openpyxl.chart.data_source import AxDataSource, NumRef, StrRef
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.reference import DummyWorksheet
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import (
    CharacterProperties,
    Font,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
)
from openpyxl.worksheet.worksheet import Worksheet

from xlmeso.report.named_series import named_series
from xlmeso.sheets.cells import column_letters, result_of, visible_text
from xlmeso.sheets.plan import ChartPlan, SeriesPlan, SheetPlan, TablePlan

_KINDS: Final[dict[str, Any]] = {"line": LineChart, "area": AreaChart, "bar": BarChart}
_GREY: Final = "D9DEE5"
_LABEL: Final = "_xlmeso_label"


@dataclass(frozen=True, slots=True)
class ChartLabel:
    """Name and alternative text of a chart, which openpyxl itself cannot write."""

    name: str
    alt_text: str = ""


def label_of(chart: Any) -> ChartLabel | None:
    """Return the label that `set_label` gave a chart object."""
    label = chart.__dict__.get(_LABEL)
    return label if isinstance(label, ChartLabel) else None


def set_label(chart: Any, label: ChartLabel) -> None:
    """Remember a chart's name and alternative text until the book is saved."""
    chart.__dict__[_LABEL] = label


def add_chart(sheet: Worksheet, source: SheetPlan, chart: ChartPlan) -> None:
    """Draw a chart plan on a worksheet; ``source`` is the plan of the sheet with its table."""
    made = _KINDS[chart.kind]()
    made.title = _title(visible_text(chart.title), 1200)
    made.width, made.height = chart.width, chart.height
    made.legend.position = "b"
    if len(chart.series) == 1:
        made.legend = None
    for series in chart.series:
        made.series.append(_dressed(_series(source, chart, series), source, chart, series))
    if chart.kind == "bar":
        made.gapWidth = 40
    if chart.stacked:
        made.grouping = "stacked"
        made.overlap = 100
    _set_axes(made, chart)
    made.graphical_properties = GraphicalProperties(ln=LineProperties(solidFill=_GREY))
    set_label(made, ChartLabel(chart.name, visible_text(chart.alt_text)))
    sheet.add_chart(made, f"{column_letters(chart.column)}{chart.row}")


def _column(sheet: str, table: TablePlan, title: str, *, head: bool) -> Reference:
    number = table.column_of(title)
    first = table.row if head else table.row + 1
    named: Any = DummyWorksheet(sheet)  # all that a reference needs of a worksheet is its title
    return Reference(named, min_col=number, min_row=first, max_row=table.last_row)


def _series(source: SheetPlan, chart: ChartPlan, series: SeriesPlan) -> Any:
    if not chart.table:
        return named_series(source, chart, series)
    table = source.table(chart.table)
    made = Series(_column(source.name, table, series.column, head=True), title_from_data=True)
    made.cat = _categories(source.name, table, chart)
    return made


def _dressed(made: Any, source: SheetPlan, chart: ChartPlan, plan: SeriesPlan) -> Any:
    line = LineProperties(solidFill=plan.colour, w=19050)  # 1.5 points
    if plan.dashed:
        line.prstDash = "sysDash"
    if chart.kind == "line":
        made.smooth = False
        made.graphicalProperties.line = line
    else:
        made.graphicalProperties = GraphicalProperties(solidFill=plan.colour, ln=line)
    if chart.kind == "bar":
        made.invertIfNegative = False  # otherwise losses are drawn upwards by some programs
        made.dPt = _losses(_values(source, chart, plan), plan.negative_colour)
    return made


def _values(source: SheetPlan, chart: ChartPlan, plan: SeriesPlan) -> Sequence[Any]:
    if not chart.table:
        return source.named(plan.column).values
    table = source.table(chart.table)
    return table.columns[table.column_of(plan.column) - table.column].values


def _losses(values: Sequence[Any], colour: str) -> list[DataPoint]:
    """Give the bars below zero a colour of their own, besides their direction."""
    if not colour:
        return []
    look = GraphicalProperties(solidFill=colour)
    return [
        DataPoint(idx=place, invertIfNegative=False, spPr=look)
        for place, value in enumerate(map(result_of, values))
        if isinstance(value, (int, float)) and value < 0
    ]


def _categories(sheet: str, table: TablePlan, chart: ChartPlan) -> Any:
    reference = _column(sheet, table, chart.category, head=False)
    if chart.text_categories:
        return AxDataSource(strRef=StrRef(f=str(reference)))
    return AxDataSource(numRef=NumRef(f=str(reference)))


def _category_axis(chart: ChartPlan) -> Any:
    axis: Any
    if chart.text_categories:
        axis = TextAxis(crossAx=100)
        axis.number_format = "General"
    else:
        axis = DateAxis(crossAx=100)
        axis.number_format = chart.category_format
        axis.baseTimeUnit = "months" if chart.kind == "bar" else "days"
        axis.minorTickMark = "none"
        if chart.months_per_label:
            axis.majorUnit, axis.majorTimeUnit = chart.months_per_label, "months"
    axis.majorTickMark = "out"
    axis.tickLblPos = "low" if chart.low_labels else "nextTo"
    return axis


def _set_axes(made: Any, chart: ChartPlan) -> None:
    made.x_axis = _category_axis(chart)
    made.y_axis.crossAx = made.x_axis.axId
    made.y_axis.scaling.min = chart.value_min
    made.y_axis.number_format = chart.value_format
    made.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=_GREY))
    for item, title in ((made.x_axis, chart.category_title), (made.y_axis, chart.value_title)):
        item.delete = False
        item.numFmt.sourceLinked = False
        item.txPr = _small_text()
        if title:
            item.title = _title(title, 900)
    made.layout = Layout(ManualLayout())


def _title(text: str, size: int) -> Title:
    """Make a title in hundredths of a point that does not lie over the plot."""
    properties = CharacterProperties(sz=size, b=True, latin=Font(typeface="Calibri"))
    paragraph = Paragraph(
        pPr=ParagraphProperties(defRPr=properties), r=[RegularTextRun(rPr=properties, t=text)]
    )
    return Title(tx=Text(rich=RichText(p=[paragraph])), overlay=False)


def _small_text() -> RichText:
    properties = CharacterProperties(sz=900, latin=Font(typeface="Calibri"))
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=properties), endParaRPr=properties)
    return RichText(p=[paragraph])
