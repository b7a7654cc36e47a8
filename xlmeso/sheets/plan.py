"""A sheet as data, before any Excel library sees it: tables, notes, charts, rules, print set-up.

Positions are 1-based rows and columns of the sheet.  One plan feeds both a file
(`xlmeso.report`) and Excel itself (`xlmeso.excel`), so that the two cannot disagree.  A whole
book of sheets is a `xlmeso.sheets.book_plan.BookPlan`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from xlmeso.sheets.cells import CellValue

Align = Literal["left", "center", "right"]
ChartKind = Literal["line", "area", "bar"]
RuleStyle = Literal["good", "bad", "attention"]
ScaleKind = Literal["heat", "bars"]


@dataclass(frozen=True, slots=True)
class CellHint:
    """What one input cell offers: a help sentence and a drop-down.

    Attributes
    ----------
    title, help
        Input message shown while the cell is selected (Excel: at most 32 and 255 characters).
    choices
        Entries of a drop-down; suggestions only, other entries are allowed.
    choices_from
        Table name and column title whose values the drop-down offers instead.
    choices_at
        Cells of any sheet whose values it offers instead, such as ``Runs!$D$10:$D$60``.
    """

    title: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    choices_from: tuple[str, str] | None = None
    choices_at: str = ""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column of a table.

    Attributes
    ----------
    title
        Heading; unique in the table.
    values
        One value per row, None for a blank cell.
    number_format
        Excel number format of the column, None for General.
    formats
        Number format per row where rows differ; overrides ``number_format``.
    width
        Width in characters, None to leave it to other blocks.
    style
        Named style of the cells, for example ``MesoInput``.
    hint
        Help and drop-down of every cell of the column.
    hints
        The same per row (for tables of fields); overrides ``hint``.
    comment
        Definition that the heading shows when it is pointed at.
    comments
        The same per row, for example the definition of the figure in that row.
    links
        Place of the book (``#'Events'!A20``) or URL per row that the cell leads to.
    """

    title: str
    values: Sequence[CellValue] = ()
    number_format: str | None = None
    formats: Sequence[str | None] | None = None
    width: float | None = None
    align: Align | None = None
    wrap: bool = False
    style: str | None = None
    hint: CellHint | None = None
    hints: Sequence[CellHint | None] | None = None
    comment: str = ""
    comments: Sequence[str] | None = None
    links: Sequence[str | None] | None = None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """An Excel table (ListObject): ``row`` and ``column`` are those of its first heading.

    ``name`` is unique in the workbook.  All columns have ``length`` values; at least one row.
    ``large`` marks a table whose rows a renderer may stream: its columns have one number format,
    no hints, links or formulas, and their values may be worked out at access (`LazyValues`).
    """

    name: str
    columns: tuple[ColumnPlan, ...]
    row: int
    column: int = 1
    filters: bool = False
    large: bool = False

    @property
    def length(self) -> int:
        """Number of data rows; a table without data still has one, blank."""
        return max((len(column.values) for column in self.columns), default=0) or 1

    @property
    def last_row(self) -> int:
        """Row of the last data row on the sheet."""
        return self.row + self.length

    @property
    def last_column(self) -> int:
        """Column of the last heading on the sheet."""
        return self.column + len(self.columns) - 1

    def column_of(self, title: str) -> int:
        """Return the sheet's column that holds a heading; KeyError if there is none."""
        for offset, column in enumerate(self.columns):
            if column.title == title:
                return self.column + offset
        raise KeyError(title)

    def value_at(self, offset: int, column: ColumnPlan) -> CellValue:
        """Return the value of a data row (0-based) in a column, None beyond its end."""
        return column.values[offset] if offset < len(column.values) else None


@dataclass(frozen=True, slots=True)
class NotePlan:
    """A cell outside the tables: heading, explanation, notice, tile, input with a ``hint``.

    ``link`` is a place of the book or an URL, ``comment`` a definition that the cell shows when it
    is pointed at; a text whose ``width`` in characters is given is wrapped.
    """

    text: CellValue
    row: int
    column: int = 1
    style: str = "MesoNote"
    link: str | None = None
    number_format: str | None = None
    comment: str = ""
    hint: CellHint | None = None
    width: float | None = None


@dataclass(frozen=True, slots=True)
class FormulaPlan:
    """A formula that fills one cell, or spills into a block below and right of it.

    Attributes
    ----------
    formula
        Text that begins with ``=``; functions newer than the file format carry their prefix.
    values
        Rows of what it gave when planned; shown until a program calculates the book.
    spills
        Whether it is a dynamic array, whatever its size now.
    headings
        Whether the first row holds headings.
    formats, row_formats
        Number format per column of the block, and per data row, which counts before.
    room
        Rows and columns that get the formats; the block may grow into them.
    style
        Named style of the data cells.
    """

    formula: str
    row: int
    column: int
    values: Sequence[Sequence[CellValue]] = ((None,),)
    spills: bool = False
    headings: bool = False
    formats: Sequence[str | None] = ()
    row_formats: Sequence[str | None] = ()
    room: tuple[int, int] = (1, 1)
    style: str = "MesoCalc"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the block as it is now."""
        return len(self.values), max(map(len, self.values))

    @property
    def formatted(self) -> tuple[int, int]:
        """Rows and columns that carry formats."""
        return max(self.shape[0], self.room[0]), max(self.shape[1], self.room[1])


@dataclass(frozen=True, slots=True)
class NamePlan:
    """A name of the sheet for a column that grows and shrinks with a formula's block.

    ``formula`` has no leading ``=``; ``values`` are the column's values now.
    """

    name: str
    formula: str
    values: Sequence[CellValue] = ()


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """One line, area or bar set of a chart: a column of its table and a colour (RRGGBB).

    ``negative_colour`` is that of bars below zero, empty for the same.  For a chart over names,
    ``column`` is the name and ``title`` what the legend says.
    """

    column: str
    colour: str
    dashed: bool = False
    negative_colour: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class ChartPlan:
    """A native chart of columns of one table, or of names of the sheet.

    Attributes
    ----------
    name
        Name of the chart; those of xlmeso begin with ``meso_``.
    table, category
        Table name and the column of the category (time) axis; without a table, a name.
    row, column
        Cell of the upper left corner.
    width, height
        Centimetres.
    alt_text
        What the chart shows, for readers who do not see it.
    category_format, value_format
        Number formats of the axes.
    low_labels
        Whether the category labels stand at the low end (for values below zero).
    months_per_label
        Months between two labels of the time axis, None to leave it to the program.
    value_min
        Lower end of the value axis, None to leave it to the program.
    sheet
        Sheet of the same book that holds the table, where it is another one.
    text_categories
        Whether the categories are texts or numbers in the order of the table instead of dates.
    stacked
        Whether the series stand on one another (bars of gains and losses at one place).
    """

    kind: ChartKind
    name: str
    title: str
    table: str
    category: str
    series: tuple[SeriesPlan, ...]
    row: int
    column: int
    width: float = 24.0
    height: float = 9.0
    category_title: str = ""
    value_title: str = ""
    alt_text: str = ""
    category_format: str = "yyyy-mm"
    value_format: str = "#,##0"
    low_labels: bool = False
    months_per_label: int | None = None
    value_min: float | None = None
    sheet: str = ""
    text_categories: bool = False
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class RulePlan:
    """A conditional format over columns of a table.

    ``formula`` is written for the first data row; ``{Title}`` stands for that column's cell with
    a fixed column, for example ``LEN({Problem})>0``.  Without a table, ``columns`` are areas such
    as ``B5:N20`` and the formula is written for the first cell.
    """

    table: str
    columns: tuple[str, ...]
    formula: str
    style: RuleStyle


@dataclass(frozen=True, slots=True)
class ScalePlan:
    """Colours or bars behind the figures of some columns, by size.

    ``heat`` goes from vermilion at ``-limit`` over white at zero to blue at ``limit``; ``bars``
    draws a bar from 0 to ``limit`` in each cell, for figures that are never negative.

    Attributes
    ----------
    stops
        Low end, middle and high end of the heat in place of ``-limit``, 0 and ``limit``.
    falling
        Whether small figures are the good, blue ones.
    """

    table: str
    columns: tuple[str, ...]
    kind: ScaleKind = "heat"
    limit: float = 1.0
    stops: tuple[float, float, float] | None = None
    falling: bool = False

    @property
    def ends(self) -> tuple[float, float, float]:
        """Low end, middle and high end of the heat."""
        return self.stops or (-self.limit, 0.0, self.limit)


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """A whole sheet.

    Attributes
    ----------
    formulas, names
        Formulas outside the tables, and names over what they fill.
    freeze
        First row and column that scroll, or None.
    widths
        Column widths in characters by column number; where absent, the tables' own widths count.
    repeat_row
        Row printed on top of each page, or None.
    header, footer
        Text at the head and the foot of each printed page; the page number is added.
    row_heights
        Heights of rows in points by row number.
    print_columns
        First and last column that are printed, None for all.
    """

    name: str
    tables: tuple[TablePlan, ...] = ()
    notes: tuple[NotePlan, ...] = ()
    charts: tuple[ChartPlan, ...] = ()
    rules: tuple[RulePlan, ...] = ()
    freeze: tuple[int, int] | None = None
    widths: Mapping[int, float] = field(default_factory=dict)
    repeat_row: int | None = None
    footer: str = ""
    tab_colour: str | None = None
    landscape: bool = True
    header: str = ""
    scales: tuple[ScalePlan, ...] = ()
    row_heights: Mapping[int, float] = field(default_factory=dict)
    print_columns: tuple[int, int] | None = None
    formulas: tuple[FormulaPlan, ...] = ()
    names: tuple[NamePlan, ...] = ()

    def table(self, name: str) -> TablePlan:
        """Return a table by name; KeyError if there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def named(self, name: str) -> NamePlan:
        """Return a name of the sheet; KeyError if there is none."""
        for plan in self.names:
            if plan.name == name:
                return plan
        raise KeyError(name)

    def with_table_names(self, names: Mapping[str, str]) -> SheetPlan:
        """Return the plan with other table names; tables that are not listed keep theirs."""

        def new(name: str) -> str:
            return names.get(name, name)

        return replace(
            self,
            tables=tuple(replace(table, name=new(table.name)) for table in self.tables),
            charts=tuple(
                chart if chart.sheet else replace(chart, table=new(chart.table))
                for chart in self.charts
            ),
            rules=tuple(replace(rule, table=new(rule.table)) for rule in self.rules),
            scales=tuple(replace(scale, table=new(scale.table)) for scale in self.scales),
        )

    def column_widths(self) -> dict[int, float]:
        """Width per column number: the sheet's own, else the widest that a table asks for."""
        widths: dict[int, float] = {}
        for table in self.tables:
            for offset, column in enumerate(table.columns):
                if column.width is not None:
                    number = table.column + offset
                    widths[number] = max(widths.get(number, 0.0), column.width)
        return {**widths, **self.widths}
