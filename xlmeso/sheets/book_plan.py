"""A whole book as data: its sheets in order, names for cells, properties of the document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar, overload

from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.plan import SheetPlan, TablePlan

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class NamePlan:
    """A defined name for a cell or an area of a sheet; ``comment`` says what it holds."""

    name: str
    sheet: str
    row: int
    column: int
    last_row: int | None = None
    last_column: int | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class BookPlan:
    """A workbook.

    Attributes
    ----------
    sheets
        In the order of the tabs; names and table names are unique in the book.
    title, subject, description, keywords
        Properties of the document.
    names
        Defined names.
    """

    sheets: tuple[SheetPlan, ...]
    title: str = ""
    subject: str = ""
    description: str = ""
    keywords: str = ""
    names: tuple[NamePlan, ...] = ()

    def sheet(self, name: str) -> SheetPlan:
        """Return a sheet by name; KeyError if there is none."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(name)

    def table(self, name: str) -> TablePlan:
        """Return a table by name, wherever it stands; KeyError if there is none."""
        for sheet in self.sheets:
            for table in sheet.tables:
                if table.name == name:
                    return table
        raise KeyError(name)


class LazyValues(Sequence[CellValue], Generic[Item]):
    """Values of a column that are worked out at each access and kept nowhere.

    Parameters
    ----------
    items
        What the rows show.
    read
        Makes a row's value of its item.
    """

    def __init__(self, items: Sequence[Item], read: Callable[[Item], CellValue]) -> None:
        self.items = items
        self.read = read

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[CellValue]:
        return map(self.read, self.items)

    @overload
    def __getitem__(self, place: int) -> CellValue: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[CellValue]: ...
    def __getitem__(self, place: int | slice) -> CellValue | Sequence[CellValue]:
        if isinstance(place, slice):
            return LazyValues(self.items[place], self.read)
        return self.read(self.items[place])


def column_blocks(table: TablePlan, size: int) -> Iterator[list[Sequence[CellValue]]]:
    """Iterate over a table's rows in blocks, each block column by column.

    Columns that are worked out of the same items go through these together, once.  A column that
    ends early is blank below its end.
    """
    values = [column.values for column in table.columns]
    lazy = [column for column in values if isinstance(column, LazyValues)]
    together = len(lazy) == len(values) and all(one.items is lazy[0].items for one in lazy)
    if together and len(lazy[0]):
        items = iter(lazy[0].items)
        while block := list(islice(items, size)):
            yield [list(map(column.read, block)) for column in lazy]
        return
    for at in range(0, table.length, size):
        count = min(size, table.length - at)
        yield [_filled(column[at : at + count], count) for column in values]


def _filled(values: Sequence[CellValue], count: int) -> Sequence[CellValue]:
    return values if len(values) == count else [*values, *[None] * (count - len(values))]


def rows_of(table: TablePlan) -> Iterator[tuple[CellValue, ...]]:
    """Iterate over a table's rows, a block of them at a time (`column_blocks`)."""
    for columns in column_blocks(table, 1_000):
        yield from zip(*columns, strict=True)
