"""Worksheets: adding, naming, finding ranges on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from openpyxl.utils import get_column_letter, range_boundaries
from xlwings import base_classes

from xlmeso.errors import WorkbookError
from xlmeso.excel.headless.charts import Charts
from xlmeso.excel.headless.names import Names
from xlmeso.excel.headless.pictures import Pictures
from xlmeso.excel.headless.ranges import MAX_COLUMN, MAX_ROW, Range
from xlmeso.excel.headless.tables import Tables

if TYPE_CHECKING:
    from xlmeso.excel.headless.book import Book

_TABLE_REFERENCE = re.compile(r"(?P<name>[^\W\d][\w.]*)(?P<part>\[[^\]]*\])?\Z")


class Sheets(base_classes.Sheets):  # type: ignore[misc,unused-ignore]
    """The worksheets of a book, found by 1-based number or by name in any case."""

    def __init__(self, book: Book) -> None:
        self.book = book

    @property
    def api(self) -> Any:
        """The native object: openpyxl's list of worksheets."""
        return self.book.workbook.worksheets

    @property
    def active(self) -> Sheet:
        """The sheet in front."""
        workbook = self.book.workbook
        front = workbook.active
        return Sheet(self.book, front if front in workbook.worksheets else workbook.worksheets[0])

    def __call__(self, key: int | str) -> Sheet:
        """Return a sheet by 1-based number or name."""
        worksheets = self.book.workbook.worksheets
        if isinstance(key, int):
            return Sheet(self.book, worksheets[key - 1])
        for worksheet in worksheets:
            if worksheet.title.lower() == key.lower():
                return Sheet(self.book, worksheet)
        raise KeyError(key)

    def __len__(self) -> int:
        return len(self.book.workbook.worksheets)

    def __iter__(self) -> Iterator[Sheet]:
        return iter([Sheet(self.book, sheet) for sheet in self.book.workbook.worksheets])

    def __contains__(self, key: int | str) -> bool:
        if isinstance(key, int):
            return 0 < key <= len(self)
        titles = (sheet.title.lower() for sheet in self.book.workbook.worksheets)
        return str(key).lower() in titles

    def add(
        self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None
    ) -> Sheet:
        """Add an empty sheet, by default before the active one, and bring it to the front."""
        workbook: Any = self.book.workbook
        at = workbook.index(after.worksheet) + 1 if after is not None else None
        if at is None:
            at = workbook.index(before.worksheet if before is not None else self.active.worksheet)
        worksheet = workbook.create_sheet(name or self._free_name(), at)
        workbook.active = worksheet
        return Sheet(self.book, worksheet)

    def _free_name(self) -> str:
        number = len(self) + 1
        while f"Sheet{number}" in self:
            number += 1
        return f"Sheet{number}"


class Sheet(base_classes.Sheet):  # type: ignore[misc,unused-ignore]
    """One worksheet."""

    def __init__(self, book: Book, worksheet: Any) -> None:
        self._book = book
        self.worksheet = worksheet

    @property
    def api(self) -> Any:
        """The native object: the openpyxl worksheet."""
        return self.worksheet

    @property
    def book(self) -> Book:
        """The book."""
        return self._book

    @property
    def name(self) -> str:
        """Text on the tab."""
        return str(self.worksheet.title)

    @name.setter
    def name(self, value: str) -> None:
        self.worksheet.title = value

    @property
    def index(self) -> int:
        """Position of the tab, from 1."""
        return int(self._book.workbook.worksheets.index(self.worksheet)) + 1

    @property
    def visible(self) -> bool:
        """Whether the tab is shown."""
        return bool(self.worksheet.sheet_state == "visible")

    @visible.setter
    def visible(self, value: bool) -> None:
        self.worksheet.sheet_state = "visible" if value else "hidden"

    @property
    def show_gridlines(self) -> bool:
        """Whether the cells' borders are hinted at."""
        return bool(self.worksheet.sheet_view.showGridLines)

    @show_gridlines.setter
    def show_gridlines(self, value: bool) -> None:
        self.worksheet.sheet_view.showGridLines = value

    @property
    def freeze_panes(self) -> FreezePanes:
        """Rows and columns that do not scroll."""
        return FreezePanes(self)

    @property
    def page_setup(self) -> PageSetup:
        """Print area."""
        return PageSetup(self)

    @property
    def names(self) -> Names:
        """Names that belong to this sheet."""
        return Names(self._book, self)

    @property
    def tables(self) -> Tables:
        """The tables (ListObjects)."""
        return Tables(self)

    @property
    def charts(self) -> Charts:
        """The charts."""
        return Charts(self)

    @property
    def pictures(self) -> Pictures:
        """The pictures."""
        return Pictures(self)

    @property
    def cells(self) -> Range:
        """All cells."""
        return Range(self, 1, 1, MAX_ROW, MAX_COLUMN)

    @property
    def used_range(self) -> Range:
        """The smallest range around everything that was ever written."""
        sheet = self.worksheet
        return Range(self, sheet.min_row, sheet.min_column, sheet.max_row, sheet.max_column)

    def activate(self) -> None:
        """Bring the sheet to the front."""
        workbook = self._book.workbook
        for sheet in workbook.worksheets:
            sheet.sheet_view.tabSelected = sheet is self.worksheet
        workbook.active = self.worksheet

    select = activate

    def delete(self) -> None:
        """Remove the sheet; the last one of a book stays."""
        if len(self._book.workbook.worksheets) == 1:
            raise WorkbookError("a book needs at least one sheet", where=self.name)
        self._book.workbook.remove(self.worksheet)

    def renew(self) -> Any:
        """Replace the worksheet by an empty one of the same name in the same place."""
        workbook: Any = self._book.workbook
        at, title = workbook.worksheets.index(self.worksheet), self.name
        in_front = workbook.active is self.worksheet
        workbook.remove(self.worksheet)
        self.worksheet = workbook.create_sheet(title, at)
        if in_front:
            workbook.active = self.worksheet
        self._book.results.note_change(self.worksheet)
        return self.worksheet

    def clear(self) -> None:
        """Empty all cells and their formats."""
        self.used_range.clear()

    def clear_contents(self) -> None:
        """Empty all cells."""
        self.used_range.clear_contents()

    def clear_formats(self) -> None:
        """Reset the formats of all cells."""
        self.used_range.clear_formats()

    def autofit(self, axis: str | None = None) -> None:
        """Fit the columns to their content, by an estimate of the text widths."""
        self.used_range.autofit(axis)

    def range(self, arg1: Any, arg2: Any = None) -> Range:
        """Find a range by address, (row, column), name, table reference or two corners."""
        if arg2 is not None:
            return self.range(arg1).span(self.range(arg2))
        if isinstance(arg1, Range):
            return arg1
        if isinstance(arg1, tuple):
            row, column, *size = arg1
            height, width = size or (1, 1)
            return Range(self, row, column, row + height - 1, column + width - 1)
        return self._named(arg1) or self._in_table(arg1) or self._address(arg1)

    def _named(self, text: str) -> Range | None:
        for names in (self.names, self._book.names):
            if names.contains(text):
                found: Range = names(text).refers_to_range
                return found
        return None

    def _in_table(self, text: str) -> Range | None:
        match = _TABLE_REFERENCE.match(text)
        if match is None:
            return None
        for sheet in self._book.sheets:
            if match["name"] in sheet.tables:
                found: Range | None = sheet.tables(match["name"]).part(match["part"] or "")
                return found
        return None

    def _address(self, text: str) -> Range:
        if "!" in text:
            sheet, text = text.rsplit("!", 1)
            return self._book.sheets(sheet.strip("'").replace("''", "'")).range(text)
        left, top, right, bottom = range_boundaries(text.replace("$", ""))
        return Range(self, top or 1, left or 1, bottom or MAX_ROW, right or MAX_COLUMN)


class FreezePanes:
    """Rows and columns that do not scroll."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def freeze_at(self, address: str) -> None:
        """Freeze the rows and columns of a range, for example ``1:2`` or ``A1:B3``."""
        area = self._sheet.range(address)
        row = 1 if area.row2 == MAX_ROW else area.row2 + 1
        column = 1 if area.column2 == MAX_COLUMN else area.column2 + 1
        self._sheet.worksheet.freeze_panes = f"{get_column_letter(column)}{row}"

    def unfreeze(self) -> None:
        """Let everything scroll."""
        self._sheet.worksheet.freeze_panes = None


class PageSetup:
    """Print area of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @property
    def api(self) -> Any:
        """The native object: openpyxl's page set-up."""
        return self._sheet.worksheet.page_setup

    @property
    def print_area(self) -> str | None:
        """Address of what is printed, None for everything."""
        return self._sheet.worksheet.print_area or None

    @print_area.setter
    def print_area(self, value: str | None) -> None:
        self._sheet.worksheet.print_area = value
