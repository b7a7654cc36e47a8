"""How the cells of a range look: formats, fonts, fills, sizes, merging, links."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from xlwings import base_classes

if TYPE_CHECKING:
    from xlmeso.excel.headless.ranges import Range
    from xlmeso.excel.headless.sheets import Sheet

DEFAULT_WIDTH: Final = 8.43
"""Characters in a column of default width."""
DEFAULT_HEIGHT: Final = 15.0
"""Points of a row of default height."""
POINTS_PER_CHARACTER: Final = 5.25
WIDEST_FIT: Final = 60.0


class Looks(base_classes.Range):  # type: ignore[misc,unused-ignore]
    """The part of a range that deals with looks; `Range` supplies the cells."""

    # Plain attributes where xlwings' base class has read-only properties.
    sheet: Sheet
    row = 0
    column = 0
    row2 = 0
    column2 = 0
    options: Any = None
    max_cells_per_read: int | None = None
    max_cells_per_write: int | None = None

    def cells(self) -> Iterator[Any]:
        """Yield every openpyxl cell."""
        return iter(())

    def used_cells(self) -> Iterator[Any]:
        """Yield the openpyxl cells that exist."""
        return iter(())

    @property
    def _first(self) -> Any:
        return self.sheet.worksheet.cell(self.row, self.column)

    def clear_formats(self) -> None:
        """Reset the looks of the cells."""
        for cell in self.used_cells():
            cell.style = "Normal"

    @property
    def number_format(self) -> str:
        """Number format of the first cell."""
        return str(self._first.number_format)

    @number_format.setter
    def number_format(self, value: str) -> None:
        for cell in self.cells():
            cell.number_format = value

    @property
    def color(self) -> tuple[int, int, int] | None:
        """Background of the first cell as red, green, blue; None for none."""
        fill = self._first.fill
        if fill.fill_type is None or not isinstance(fill.fgColor.rgb, str):
            return None
        return rgb(fill.fgColor.rgb)

    @color.setter
    def color(self, value: Any) -> None:
        fill = PatternFill("solid", fgColor=hex_colour(value)) if value is not None else None
        for cell in self.cells():
            cell.fill = fill or PatternFill()

    @property
    def font(self) -> RangeFont:
        """The font."""
        return RangeFont(self)

    @property
    def wrap_text(self) -> bool:
        """Whether long texts of the first cell break into lines."""
        return bool(self._first.alignment.wrap_text)

    @wrap_text.setter
    def wrap_text(self, value: bool) -> None:
        self._align(wrap_text=value)

    @property
    def horizontal_alignment(self) -> str | None:
        """``left``, ``center``, ``right``... of the first cell."""
        return self._first.alignment.horizontal  # type: ignore[no-any-return]

    @horizontal_alignment.setter
    def horizontal_alignment(self, value: str) -> None:
        self._align(horizontal=value)

    @property
    def vertical_alignment(self) -> str | None:
        """``top``, ``center``, ``bottom``... of the first cell."""
        return self._first.alignment.vertical  # type: ignore[no-any-return]

    @vertical_alignment.setter
    def vertical_alignment(self, value: str) -> None:
        self._align(vertical=value)

    def _align(self, **change: Any) -> None:
        for cell in self.cells():
            alignment: Alignment = copy.copy(cell.alignment)
            for name, value in change.items():
                setattr(alignment, name, value)
            cell.alignment = alignment

    @property
    def column_width(self) -> float:
        """Width of the first column in characters."""
        return self._width(self.column)

    @column_width.setter
    def column_width(self, value: float) -> None:
        for column in range(self.column, self.column2 + 1):
            self.sheet.worksheet.column_dimensions[get_column_letter(column)].width = value

    @property
    def row_height(self) -> float:
        """Height of the first row in points."""
        return self._height(self.row)

    @row_height.setter
    def row_height(self, value: float) -> None:
        for row in range(self.row, self.row2 + 1):
            self.sheet.worksheet.row_dimensions[row].height = value

    def _width(self, column: int) -> float:
        dimensions = self.sheet.worksheet.column_dimensions
        letters = get_column_letter(column)
        found = dimensions[letters].width if letters in dimensions else None
        return float(found or DEFAULT_WIDTH)

    def _height(self, row: int) -> float:
        dimensions = self.sheet.worksheet.row_dimensions
        found = dimensions[row].height if row in dimensions else None
        return float(found or DEFAULT_HEIGHT)

    def _points(self, first: int, last: int) -> float:
        columns = range(first, last + 1)
        return sum(self._width(column) for column in columns) * POINTS_PER_CHARACTER

    @property
    def left(self) -> float:
        """Distance from the sheet's left edge in points (estimated)."""
        return self._points(1, self.column - 1)

    @property
    def top(self) -> float:
        """Distance from the sheet's upper edge in points (estimated)."""
        return sum(self._height(row) for row in range(1, self.row))

    @property
    def width(self) -> float:
        """Width in points (estimated)."""
        return self._points(self.column, self.column2)

    @property
    def height(self) -> float:
        """Height in points (estimated)."""
        return sum(self._height(row) for row in range(self.row, self.row2 + 1))

    def autofit(self, axis: str | None = None) -> None:
        """Widen the columns to their longest text, at most `WIDEST_FIT` characters."""
        if axis in ("rows", "r"):
            return
        longest: dict[int, float] = {}
        for cell in self.used_cells():
            if cell.value is not None:
                lines = str(cell.value).splitlines() or [""]
                size = max(map(len, lines)) * (1.1 if cell.font.b else 1.0)
                longest[cell.column] = max(longest.get(cell.column, 0.0), size)
        for column, size in longest.items():
            letters = get_column_letter(column)
            self.sheet.worksheet.column_dimensions[letters].width = min(size + 2, WIDEST_FIT)

    @property
    def merge_cells(self) -> bool:
        """Whether any cell of the range is merged with others."""
        return any(self._meets(area) for area in self.sheet.worksheet.merged_cells.ranges)

    @property
    def merge_area(self) -> Range:
        """The merged area around the first cell, else that cell."""
        for area in self.sheet.worksheet.merged_cells.ranges:
            if area.min_row <= self.row <= area.max_row and (
                area.min_col <= self.column <= area.max_col
            ):
                return self.sheet.range((area.min_row, area.min_col), (area.max_row, area.max_col))
        return self.sheet.range((self.row, self.column))

    def _meets(self, area: Any) -> bool:
        rows = area.min_row <= self.row2 and area.max_row >= self.row
        return bool(rows and area.min_col <= self.column2 and area.max_col >= self.column)

    def merge(self, across: bool = False) -> None:
        """Merge the cells, row by row if ``across``."""
        step = 1 if across else self.row2 - self.row + 1
        for row in range(self.row, self.row2 + 1, step):
            self.sheet.worksheet.merge_cells(
                start_row=row,
                start_column=self.column,
                end_row=row + step - 1,
                end_column=self.column2,
            )

    def unmerge(self) -> None:
        """Undo every merge that touches the range."""
        for area in list(self.sheet.worksheet.merged_cells.ranges):
            if self._meets(area):
                self.sheet.worksheet.unmerge_cells(str(area))

    @property
    def hyperlink(self) -> str | None:
        """Address behind the first cell."""
        link = self._first.hyperlink
        return (link.target or link.location) if link is not None else None

    def add_hyperlink(
        self, address: str, text_to_display: str | None = None, screen_tip: str | None = None
    ) -> None:
        """Put a link behind the first cell."""
        cell = self._first
        cell.hyperlink = address
        cell.hyperlink.tooltip = screen_tip
        cell.value = text_to_display or address

    def select(self) -> None:
        """Make this the app's selection."""
        self.sheet.book.app.selection = self


class RangeFont(base_classes.Font):  # type: ignore[misc,unused-ignore]
    """Font of a range: read from its first cell, set on all."""

    def __init__(self, area: Looks) -> None:
        self._area = area

    @property
    def api(self) -> Any:
        """The native object: openpyxl's font of the first cell."""
        return self._area._first.font

    def _set(self, **change: Any) -> None:
        for cell in self._area.cells():
            font: Font = copy.copy(cell.font)
            for name, value in change.items():
                setattr(font, name, value)
            cell.font = font

    @property
    def bold(self) -> bool:
        """Whether the text is bold."""
        return bool(self.api.b)

    @bold.setter
    def bold(self, value: bool) -> None:
        self._set(b=value)

    @property
    def italic(self) -> bool:
        """Whether the text is slanted."""
        return bool(self.api.i)

    @italic.setter
    def italic(self, value: bool) -> None:
        self._set(i=value)

    @property
    def size(self) -> float:
        """Size in points."""
        return float(self.api.sz)

    @size.setter
    def size(self, value: float) -> None:
        self._set(sz=value)

    @property
    def name(self) -> str:
        """Name of the typeface."""
        return str(self.api.name)

    @name.setter
    def name(self, value: str) -> None:
        self._set(name=value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        """Colour as red, green, blue; None for the automatic one."""
        colour = self.api.color
        if colour is None or not isinstance(colour.rgb, str):
            return None
        return rgb(colour.rgb)

    @color.setter
    def color(self, value: Any) -> None:
        self._set(color=hex_colour(value) if value is not None else None)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return (red, green, blue) of ``AARRGGBB`` or ``RRGGBB``."""
    digits = colour[-6:]
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def hex_colour(value: Any) -> str:
    """Return ``RRGGBB`` for ``#RRGGBB`` or (red, green, blue)."""
    if isinstance(value, str):
        return value.lstrip("#").upper()
    return "".join(f"{part:02X}" for part in value)
