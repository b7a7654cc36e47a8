"""Where the formulas of a book stand, and which block of cells each of them fills."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlmeso.excel.formula_scan import is_ours
from xlmeso.sheets.cells import cell_name, column_letters

if TYPE_CHECKING:
    import xlwings

Place = tuple[int, int]
"""Row and column."""


class BlockKind(enum.StrEnum):
    """How a formula fills its cells."""

    CELL = "cell"
    SPILL = "spill"
    """A dynamic array: Excel fills the cells beside the formula."""
    ARRAY = "array"
    """An array formula of the old kind, entered into a block."""


@dataclass(frozen=True, slots=True)
class FormulaBlock:
    """A formula with the cells that it fills; ``row`` and ``column`` are those of its own cell."""

    sheet: str
    row: int
    column: int
    rows: int
    columns: int
    kind: BlockKind
    formula: str

    @property
    def cell(self) -> str:
        """Name of the formula's cell, for messages."""
        return cell_name(self.sheet, self.row, self.column)

    @property
    def address(self) -> str:
        """Address of the whole block on its sheet."""
        first = f"{column_letters(self.column)}{self.row}"
        if (self.rows, self.columns) == (1, 1):
            return first
        last_column = column_letters(self.column + self.columns - 1)
        return f"{first}:{last_column}{self.row + self.rows - 1}"

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell belongs to the block."""
        return (
            self.row <= row < self.row + self.rows
            and self.column <= column < self.column + self.columns
        )


def formulas_of(sheet: xlwings.Sheet) -> dict[Place, str]:
    """Return every formula of a sheet by row and column: two bulk reads.

    A text that only looks like a formula (an example in a list of functions) reads as the same
    text both ways.
    """
    area = sheet.used_range
    found = {
        (down, across): text
        for down, line in enumerate(grid(area, _formulas(area)))
        for across, text in enumerate(line)
        if isinstance(text, str) and text.startswith("=")
    }
    values = grid(area, area.value) if found else []
    return {
        (area.row + down, area.column + across): text
        for (down, across), text in found.items()
        if values[down][across] != text
    }


def our_blocks(sheet: xlwings.Sheet) -> list[FormulaBlock]:
    """Return the formulas of a sheet that call our functions, with the cells that they fill."""
    found: list[FormulaBlock] = []
    wide: list[FormulaBlock] = []
    for (row, column), formula in formulas_of(sheet).items():
        if is_ours(formula) and not any(block.holds(row, column) for block in wide):
            block = _block(sheet, row, column, formula)
            found.append(block)
            if (block.rows, block.columns) != (1, 1):
                wide.append(block)
    return found


def grid(area: Any, data: Any) -> list[list[Any]]:
    """Return what a bulk read gave as rows, also for one cell, one row or one column."""
    rows, columns = area.shape
    if (rows, columns) == (1, 1):
        return [[data]] if not isinstance(data, (list, tuple)) else [list(_flat(data))]
    if not isinstance(data[0], (list, tuple)):
        return [list(data)] if rows == 1 else [[item] for item in data]
    return [list(line) for line in data]


def rectangles(places: Iterable[Place]) -> list[tuple[int, int, int, int]]:
    """Cover cells with few rectangles (first row and column, last row and column)."""
    runs: list[tuple[int, int, int, int]] = []
    for row, column in sorted(places):
        if runs and runs[-1][2] == row and runs[-1][3] == column - 1:
            runs[-1] = (*runs[-1][:3], column)
        else:
            runs.append((row, column, row, column))
    merged: dict[tuple[int, int], tuple[int, int, int, int]] = {}
    done: list[tuple[int, int, int, int]] = []
    for top, left, bottom, right in runs:
        above = merged.get((left, right))
        if above is not None and above[2] == top - 1:
            merged[left, right] = (above[0], left, bottom, right)
            continue
        if above is not None:
            done.append(above)
        merged[left, right] = (top, left, bottom, right)
    return sorted([*done, *merged.values()])


def _flat(data: Any) -> Iterator[Any]:
    for item in data:
        if isinstance(item, (list, tuple)):
            yield from _flat(item)
        else:
            yield item


def _formulas(area: Any) -> Any:
    """Read formulas in the language of dynamic arrays where Excel knows it."""
    try:
        return area.formula2
    except Exception:  # Excel before 2019 and macOS have no such property
        return area.formula


def _block(sheet: Any, row: int, column: int, formula: str) -> FormulaBlock:
    cell = sheet.range((row, column))
    for kind, read in ((BlockKind.SPILL, _spilled), (BlockKind.ARRAY, _entered)):
        area = read(sheet, cell)
        if area is not None:
            rows, columns = area.shape
            return FormulaBlock(sheet.name, area.row, area.column, rows, columns, kind, formula)
    return FormulaBlock(sheet.name, row, column, 1, 1, BlockKind.CELL, formula)


def _spilled(sheet: Any, cell: Any) -> Any:
    """Return the cells that a dynamic array fills, None where there is none."""
    native = cell.api
    if getattr(cell.impl, "has_spill", False):  # the headless engine says it in its own way
        return sheet.range(cell.impl.array_address)
    try:
        if not native.HasSpill:
            return None
        return sheet.range(native.SpillParent.SpillingToRange.Address)
    except Exception:  # a host, or a version of Excel, that knows no dynamic arrays
        return None


def _entered(sheet: Any, cell: Any) -> Any:
    """Return the cells of an array formula, None where there is none."""
    if not cell.has_array:
        return None
    try:
        return sheet.range(cell.api.CurrentArray.Address)
    except AttributeError:  # the headless engine says it in its own way
        return sheet.range(cell.impl.array_address)
