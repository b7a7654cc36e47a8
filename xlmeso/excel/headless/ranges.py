"""Ranges: values, formulas and places.  Looks (formats, fonts, widths) are in `looks`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from openpyxl.cell.cell import MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

from xlmeso.errors import WorkbookError
from xlmeso.excel.headless.looks import Looks
from xlmeso.excel.headless.values import formula_text, is_formula, plain_value, typed
from xlmeso.report.dynamic_arrays import DynamicArray
from xlmeso.sheets.cells import CellValue, cell_name

if TYPE_CHECKING:
    from xlmeso.excel.headless.names import Name
    from xlmeso.excel.headless.sheets import Sheet
    from xlmeso.excel.headless.tables import Table

MOST_CELLS: Final = 5_000_000
"""A write beyond this is a slip (a value into whole columns), not a wish."""

MAX_ROW: Final = 1_048_576
MAX_COLUMN: Final = 16_384

_STEPS: Final = {"down": (1, 0), "up": (-1, 0), "right": (0, 1), "left": (0, -1)}


class Range(Looks):
    """A rectangle of cells, rows and columns counted from 1, both ends included."""

    def __init__(self, sheet: Sheet, row: int, column: int, row2: int, column2: int) -> None:
        self.sheet = sheet
        self.row = row
        self.column = column
        self.row2 = row2
        self.column2 = column2
        self.options: dict[str, Any] = {}

    @property
    def api(self) -> Range:
        """The native object: the range itself."""
        return self

    @property
    def coords(self) -> tuple[str, int, int, int, int]:
        """Sheet name, first row and column, last row and column."""
        return (self.sheet.name, self.row, self.column, self.row2, self.column2)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.row2 - self.row + 1, self.column2 - self.column + 1

    def __len__(self) -> int:
        rows, columns = self.shape
        return rows * columns

    def __call__(self, *place: int) -> Range:
        """Return one cell by (row, column) or by its number, counted along the rows."""
        if len(place) == 1:
            row, column = divmod(place[0] - 1, self.shape[1])
            return self(row + 1, column + 1)
        row, column = self.row + place[0] - 1, self.column + place[1] - 1
        return Range(self.sheet, row, column, row, column)

    def span(self, other: Range) -> Range:
        """Return the smallest range around both."""
        return Range(
            self.sheet,
            min(self.row, other.row),
            min(self.column, other.column),
            max(self.row2, other.row2),
            max(self.column2, other.column2),
        )

    def _existing(self, row: int, column: int) -> Any:
        """Return the openpyxl cell without making it."""
        return self.sheet.worksheet._cells.get((row, column))

    def _value_at(self, row: int, column: int) -> CellValue:
        cell = self._existing(row, column)
        if cell is None or isinstance(cell, MergedCell):
            return None
        if cell.data_type == "f" or is_formula(cell.value):
            return self.sheet.book.results.of(cell)
        return plain_value(cell.value, cell.data_type)

    @property
    def raw_value(self) -> list[list[CellValue]]:
        """Rows of values; whole columns and rows end with the sheet's used range."""
        return [
            [self._value_at(row, column) for column in self._used_columns()]
            for row in self._used_rows()
        ]

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        self._write(data)

    def _used_rows(self) -> range:
        """Rows of the range; whole columns end where the sheet is no longer used."""
        last = self.row2
        if last == MAX_ROW:
            last = max(self.sheet.worksheet.max_row, self.row)
        return range(self.row, last + 1)

    def _used_columns(self) -> range:
        last = self.column2
        if last == MAX_COLUMN:
            last = max(self.sheet.worksheet.max_column, self.column)
        return range(self.column, last + 1)

    def cells(self) -> Iterator[Any]:
        """Yield every openpyxl cell, made where it does not exist yet.

        Raises
        ------
        WorkbookError
            The range has more than `MOST_CELLS` cells.
        """
        if len(self) > MOST_CELLS:
            raise WorkbookError(f"{len(self):,} cells at once are too many", where=self.sheet.name)
        for row in range(self.row, self.row2 + 1):
            for column in range(self.column, self.column2 + 1):
                cell = self.sheet.worksheet.cell(row, column)
                if not isinstance(cell, MergedCell):
                    yield cell

    def used_cells(self) -> Iterator[Any]:
        """Yield the openpyxl cells that exist."""
        for row in self._used_rows():
            for column in self._used_columns():
                cell = self._existing(row, column)
                if cell is not None and not isinstance(cell, MergedCell):
                    yield cell

    def _write(self, data: Any) -> None:
        """Write a rectangle of values, or one value into every cell."""
        self.sheet.book.results.note_change(self.sheet.worksheet)
        many = isinstance(data, (list, tuple))
        for cell in self.cells():
            value = data
            if many:
                value = _item(data, cell.row - self.row, cell.column - self.column)
            self._write_cell(cell, value)

    def _write_cell(self, cell: Any, value: Any) -> None:
        if self.sheet.worksheet.protection.sheet and cell.protection.locked:
            raise WorkbookError(
                "the sheet is protected",
                where=cell_name(self.sheet.name, cell.row, cell.column),
                cure="Unprotect it in Excel.",
            )
        stored, data_type, prefixed = typed(value, cell.number_format)
        cell.value = stored
        if data_type and stored != "":
            cell.data_type = data_type
        if prefixed or cell.quotePrefix:
            cell.quotePrefix = prefixed

    @property
    def formula(self) -> Any:
        """Formulas as text, constants as they are; a single cell gives a single text."""
        rows = tuple(
            tuple(self._formula_at(row, column) for column in self._used_columns())
            for row in self._used_rows()
        )
        return rows[0][0] if self.shape == (1, 1) else rows

    @formula.setter
    def formula(self, value: Any) -> None:
        self._write(value)

    formula2 = formula

    def _formula_at(self, row: int, column: int) -> CellValue:
        cell = self._existing(row, column)
        if cell is None or isinstance(cell, MergedCell) or cell.value is None:
            return ""
        if is_formula(cell.value) or cell.data_type == "f":
            return formula_text(cell.value)
        return str(plain_value(cell.value, "s"))

    @property
    def formula_array(self) -> Any:
        """The array formula of the first cell, None if it has none."""
        cell = self._existing(self.row, self.column)
        return formula_text(cell.value) if self.has_array else None

    @formula_array.setter
    def formula_array(self, value: str) -> None:
        # The other cells keep what they show until a program with a calculator opens the book.
        self.sheet.book.results.note_change(self.sheet.worksheet)
        first = self.sheet.worksheet.cell(self.row, self.column)
        self._write_cell(first, None)
        first.value = ArrayFormula(self.get_address(False, False), value)

    @property
    def has_spill(self) -> bool:
        """Whether the first cell holds a formula that spills."""
        cell = self._existing(self.row, self.column)
        return cell is not None and isinstance(cell.value, DynamicArray)

    def spill(self, formula: str) -> None:
        """Put a formula that spills into the first cell; the range is what it may fill."""
        self.formula_array = formula
        self.sheet.worksheet.cell(self.row, self.column).value = DynamicArray(
            self.get_address(False, False), formula
        )

    @property
    def array_address(self) -> str:
        """Address of all cells of the array formula in the first cell."""
        cell = self._existing(self.row, self.column)
        return str(getattr(cell.value, "ref", None) or self.get_address(False, False))

    @property
    def has_array(self) -> bool:
        """Whether the first cell holds an array formula."""
        cell = self._existing(self.row, self.column)
        return cell is not None and is_formula(cell.value)

    def clear_contents(self) -> None:
        """Empty the cells."""
        self.sheet.book.results.note_change(self.sheet.worksheet)
        for cell in self.used_cells():
            self._write_cell(cell, None)

    def clear(self) -> None:
        """Empty the cells and reset their formats."""
        self.clear_contents()
        self.clear_formats()

    def end(self, direction: str) -> Range:
        """Go to the end of the filled block, as Ctrl and an arrow key do."""
        down, right = _STEPS[direction]
        row, column = self.row, self.column
        if self._filled(row, column) and self._filled(row + down, column + right):
            while self._filled(row + down, column + right):
                row, column = row + down, column + right
            return Range(self.sheet, row, column, row, column)
        return self._next_filled(row, column, down, right)

    def _next_filled(self, row: int, column: int, down: int, right: int) -> Range:
        row, column = row + down, column + right
        while self._inside(row, column) and not self._filled(row, column):
            row, column = row + down, column + right
        if not self._inside(row, column):
            row = row if not down else (MAX_ROW if down > 0 else 1)
            column = column if not right else (MAX_COLUMN if right > 0 else 1)
        return Range(self.sheet, row, column, row, column)

    def _inside(self, row: int, column: int) -> bool:
        sheet = self.sheet.worksheet
        return bool(1 <= row <= sheet.max_row and 1 <= column <= sheet.max_column)

    def _filled(self, row: int, column: int) -> bool:
        cell = self._existing(row, column)
        return bool(cell is not None and cell.value not in (None, ""))

    @property
    def current_region(self) -> Range:
        """The block around the range that is bounded by blank rows and columns."""
        area = (self.row, self.column, self.row2, self.column2)
        filled = {place for place, cell in self._all_cells() if cell.value not in (None, "")}
        while True:
            top, left, bottom, right = area
            near = [
                (row, column)
                for row, column in filled
                if top - 1 <= row <= bottom + 1 and left - 1 <= column <= right + 1
            ]
            rows = [row for row, _ in near]
            columns = [column for _, column in near]
            grown = (
                min([top, *rows]), min([left, *columns]),
                max([bottom, *rows]), max([right, *columns]),
            )  # fmt: skip
            if grown == area:
                return Range(self.sheet, *area)
            area = grown

    def _all_cells(self) -> list[tuple[tuple[int, int], Any]]:
        return list(self.sheet.worksheet._cells.items())

    def get_address(
        self, row_absolute: bool = True, col_absolute: bool = True, external: bool = False
    ) -> str:
        """Return the address, by default ``$A$1:$B$2``."""

        def corner(row: int, column: int) -> str:
            dollar, letters = "$" if col_absolute else "", get_column_letter(column)
            return f"{dollar}{letters}{'$' if row_absolute else ''}{row}"

        text = corner(self.row, self.column)
        if self.shape != (1, 1):
            text += ":" + corner(self.row2, self.column2)
        return f"'[{self.sheet.book.name}]{self.sheet.name}'!{text}" if external else text

    @property
    def address(self) -> str:
        """The absolute address."""
        return self.get_address()

    @property
    def name(self) -> Name | None:
        """The name that refers to exactly this range."""
        wanted = f"{self.sheet.name}!{self.address}".lower()
        for name in self.sheet.book.names:
            if name.refers_to.lstrip("=").replace("'", "").lower() == wanted:
                return name
        return None

    @name.setter
    def name(self, value: str) -> None:
        quoted = self.sheet.name.replace("'", "''")
        self.sheet.book.names.add(value, f"='{quoted}'!{self.address}")

    @property
    def table(self) -> Table | None:
        """The table over the first cell."""
        for table in self.sheet.tables:
            area = table.range
            if area.row <= self.row <= area.row2 and area.column <= self.column <= area.column2:
                return table  # type: ignore[no-any-return]
        return None


def _item(data: Sequence[Any], row: int, column: int) -> Any:
    line = data[row] if row < len(data) else None
    if not isinstance(line, (list, tuple)):
        return data[column] if column < len(data) and row == 0 else line
    return line[column] if column < len(line) else None
