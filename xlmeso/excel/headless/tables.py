"""Tables (ListObjects) of a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table as NativeTable
from openpyxl.worksheet.table import TableColumn, TableStyleInfo
from xlwings import base_classes

from xlmeso.errors import WorkbookError
from xlmeso.excel.headless.collection import Collection
from xlmeso.excel.headless.ranges import Range

if TYPE_CHECKING:
    from xlmeso.excel.headless.sheets import Sheet


class Tables(Collection):
    """The tables of a sheet in the order in which they were made."""

    def items(self) -> list[Table]:
        """Return the tables."""
        return [Table(self.sheet, table) for table in self.sheet.worksheet.tables.values()]

    def add(
        self,
        source_type: Any = None,
        source: Any = None,
        link_source: Any = None,
        has_headers: bool | None = True,
        destination: Any = None,
        table_style_name: str | None = "TableStyleMedium2",
        name: str | None = None,
    ) -> Table:
        """Make a table of a range whose first row holds the headings.

        Raises
        ------
        WorkbookError
            The name is taken in the book, or the range touches another table.
        """
        area: Range = source.impl
        if has_headers is False:
            raise WorkbookError("a table needs a row of headings", where=area.address)
        made = NativeTable(displayName=name or self._free(), ref=area.get_address(False, False))
        table = Table(self.sheet, made)
        self._refuse_overlap(area)
        if made.displayName.lower() in self._names_in_book():
            raise WorkbookError(f"a table named {made.displayName} exists already")
        made.name = made.displayName
        made.tableStyleInfo = TableStyleInfo(name=table_style_name, showRowStripes=True)
        made.autoFilter = AutoFilter(ref=made.ref)
        self.sheet.worksheet.add_table(made)
        table.refresh_headings()
        return table

    def _refuse_overlap(self, area: Range) -> None:
        for other in self.items():
            taken = other.range
            if (
                taken.row <= area.row2
                and taken.row2 >= area.row
                and taken.column <= area.column2
                and taken.column2 >= area.column
            ):
                raise WorkbookError(f"the range touches the table {other.name}")

    def _names_in_book(self) -> set[str]:
        sheets = self.sheet.book.workbook.worksheets
        return {str(name).lower() for sheet in sheets for name in sheet.tables}

    def _free(self) -> str:
        taken = self._names_in_book()
        number = len(taken) + 1
        while f"table{number}" in taken:
            number += 1
        return f"Table{number}"


class Table(base_classes.Table):  # type: ignore[misc,unused-ignore]
    """One table."""

    def __init__(self, sheet: Sheet, native: NativeTable) -> None:
        self.sheet = sheet
        self.native = native

    @property
    def api(self) -> NativeTable:
        """The native object: openpyxl's table."""
        return self.native

    @property
    def parent(self) -> Sheet:
        """The sheet."""
        return self.sheet

    @property
    def name(self) -> str:
        """Name of the table, unique in the book."""
        return str(self.native.displayName)

    @name.setter
    def name(self, value: str) -> None:
        tables = self.sheet.worksheet.tables
        del tables[self.native.name]
        self.native.name = self.native.displayName = value
        tables.add(self.native)

    display_name = name

    @property
    def range(self) -> Range:
        """Headings, data and totals."""
        return self.sheet._address(str(self.native.ref))

    @property  # type: ignore[misc]
    def show_headers(self) -> bool:
        """Whether the table has its row of headings."""
        return self.native.headerRowCount != 0

    @property  # type: ignore[misc]
    def show_totals(self) -> bool:
        """Whether the table has a row of totals."""
        return bool(self.native.totalsRowCount)

    @property
    def header_row_range(self) -> Range | None:
        """The row of headings."""
        area = self.range
        if not self.show_headers:
            return None
        return Range(self.sheet, area.row, area.column, area.row, area.column2)

    @property
    def data_body_range(self) -> Range | None:
        """The rows between headings and totals."""
        area = self.range
        first = area.row + (1 if self.show_headers else 0)
        last = area.row2 - (1 if self.show_totals else 0)
        return Range(self.sheet, first, area.column, last, area.column2) if first <= last else None

    @property
    def totals_row_range(self) -> Range | None:
        """The row of totals."""
        area = self.range
        if not self.show_totals:
            return None
        return Range(self.sheet, area.row2, area.column, area.row2, area.column2)

    insert_row_range = None

    @property
    def table_style(self) -> str | None:
        """Name of the table style."""
        style = self.native.tableStyleInfo
        return style.name if style is not None else None

    @table_style.setter
    def table_style(self, value: str) -> None:
        self.native.tableStyleInfo = TableStyleInfo(name=value, showRowStripes=True)

    @property
    def show_autofilter(self) -> bool:
        """Whether the headings have filter buttons."""
        return self.native.autoFilter is not None

    @show_autofilter.setter
    def show_autofilter(self, value: bool) -> None:
        self.native.autoFilter = AutoFilter(ref=self.native.ref) if value else None

    def part(self, words: str) -> Range | None:
        """Return the part of a reference: none, ``[#All]``, ``[#Headers]`` or ``[Column]``."""
        word = words.strip("[]").lower()
        if not word or word == "#data":
            return self.data_body_range
        if word == "#all":
            return self.range
        if word == "#headers":
            return self.header_row_range
        headings = [str(cell).lower() for cell in self._headings()]
        body = self.data_body_range
        if word not in headings or body is None:
            raise KeyError(words)
        column = body.column + headings.index(word)
        return Range(self.sheet, body.row, column, body.row2, column)

    def resize(self, area: Any) -> None:
        """Let the table cover another range; the headings are what stands in its first row."""
        self.native.ref = area.impl.get_address(False, False)
        if self.native.autoFilter is not None:
            self.native.autoFilter.ref = self.native.ref
        self.refresh_headings()

    def refresh_headings(self) -> None:
        """Tell the native table the headings that stand in its cells, as the file needs them."""
        self.native.tableColumns = [
            TableColumn(id=number, name=str(heading))
            for number, heading in enumerate(self._headings(), start=1)
        ]

    def _headings(self) -> list[Any]:
        """Return the heading texts; blank cells get ``Column1`` and so on, as in Excel."""
        area = self.range
        found: list[Any] = []
        for number in range(1, area.shape[1] + 1):
            cell = area(1, number)
            if cell.raw_value[0][0] is None:
                cell.raw_value = f"Column{number}"
            found.append(cell.raw_value[0][0])
        return found
