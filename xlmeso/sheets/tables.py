"""The named tables of one sheet as they were read: the input of the strategy reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from xlmeso.sheets.cells import CellValue, cell_name
from xlmeso.sheets.plan import SheetPlan, TablePlan


@dataclass(frozen=True, slots=True)
class TableCells:
    """One table: heading texts and data rows; ``row`` and ``column`` are those of the heading."""

    name: str
    row: int
    column: int
    header: tuple[CellValue, ...]
    rows: tuple[tuple[CellValue, ...], ...]

    def overlaps(self, area: tuple[int, int, int, int]) -> bool:
        """Whether an area (first row, first column, last row, last column) touches the table."""
        top, left, bottom, right = area
        last_row, last_column = self.row + len(self.rows), self.column + len(self.header) - 1
        return (
            top <= last_row and bottom >= self.row and left <= last_column and right >= self.column
        )


@dataclass(frozen=True, slots=True)
class SheetTables:
    """All tables of one sheet, and its merged areas."""

    sheet: str
    tables: tuple[TableCells, ...]
    merged: tuple[tuple[int, int, int, int], ...] = ()

    def cell(self, row: int, column: int) -> str:
        """Name a cell of the sheet."""
        return cell_name(self.sheet, row, column)


def tables_of(plan: SheetPlan) -> SheetTables:
    """Return what a reader of the finished sheet would find in it."""
    return SheetTables(plan.name, tuple(_table_cells(table) for table in plan.tables))


def _table_cells(table: TablePlan) -> TableCells:
    rows = tuple(
        tuple(_as_read(table.value_at(offset, column)) for column in table.columns)
        for offset in range(table.length)
    )
    header = tuple(column.title for column in table.columns)
    return TableCells(table.name, table.row, table.column, header, rows)


def _as_read(value: CellValue) -> CellValue:
    match value:
        case "":
            return None
        case Decimal():
            return float(value)
        case dt.datetime():
            return value
        case dt.date():
            return dt.datetime(value.year, value.month, value.day)
    return value
