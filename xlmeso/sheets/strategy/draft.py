"""The definition while it is being read from a sheet: document, cell of every path, problems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xlmeso.model.document import JsonPath, JsonValue
from xlmeso.model.problems import Problem, Severity
from xlmeso.sheets.cells import CellValue, is_blank
from xlmeso.sheets.strategy.layout import Section
from xlmeso.sheets.strategy.values import ABSENT, fault, items_of, scalar_of, text_of
from xlmeso.sheets.tables import SheetTables, TableCells

SILENT_COLUMNS = frozenset({"problem", "help"})
"""Columns that are written for the reader's eyes and never read."""


class Draft:
    """What has been read so far.

    Attributes
    ----------
    document
        The definition as the tables say it.
    cells
        JSON path -> cell; the first cell that claims a path keeps it.
    problems
        Findings about the sheet itself, each with its cell.
    """

    def __init__(self, tables: SheetTables) -> None:
        self.tables = tables
        self.document: dict[str, JsonValue] = {}
        self.cells: dict[JsonPath, str] = {}
        self.problems: list[Problem] = []

    def claim(self, path: JsonPath, cell: str) -> None:
        """Remember the cell that shows a path, whether or not it is filled."""
        self.cells.setdefault(path, cell)

    def report(
        self,
        path: JsonPath,
        cell: str,
        message: str,
        suggestion: str = "",
        *,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add a finding."""
        self.problems.append(Problem(severity, path, message, suggestion, cell))

    def put(self, path: JsonPath, value: JsonValue, cell: str) -> None:
        """Set a value, making the objects and lists on the way; absent values make nothing."""
        self.claim(path, cell)
        if value is ABSENT:
            return
        parent = self._parent(path, cell)
        step = path[-1]
        if isinstance(parent, list) and isinstance(step, int):
            parent[step:] = [value]
        elif isinstance(parent, dict):
            parent[step] = value

    def open(self, path: JsonPath, cell: str) -> None:
        """Begin an item of a list, which exists even if all its cells should be faulty."""
        self.put(path, {}, cell)

    def _parent(self, path: JsonPath, cell: str) -> JsonValue:
        node: JsonValue = self.document
        for depth, step in enumerate(path[:-1]):
            empty: JsonValue = [] if isinstance(path[depth + 1], int) else {}
            if isinstance(node, list) and isinstance(step, int):
                if step == len(node):
                    node.append(empty)
                node = node[step]
            elif isinstance(node, dict):
                node = node.setdefault(str(step), empty)
            if not isinstance(node, (dict, list)):
                name = path[depth]
                message = f"{name} is null in another row, yet here is a part of it"
                self.report(path, cell, message, "Clear one of the two cells.")
                return None
        return node


@dataclass(frozen=True, slots=True)
class Row:
    """One filled data row of a table; ``index`` counts the filled rows from 0."""

    view: TableView
    index: int
    number: int
    cells: tuple[CellValue, ...]

    def raw(self, title: str) -> CellValue:
        """Return the cell under a heading, None where the table lacks it."""
        column = self.view.columns.get(title.casefold())
        return None if column is None or column >= len(self.cells) else self.cells[column]

    def cell(self, title: str) -> str:
        """Name the cell under a heading; the row's first cell where the table lacks it."""
        column = self.view.columns.get(title.casefold(), 0)
        return self.view.draft.tables.cell(self.number, self.view.table.column + column)

    def usable(self, title: str, path: JsonPath, *, time: bool = False) -> CellValue:
        """Return the cell under a heading; reports a cell that cannot be used and gives None."""
        found = fault(self.raw(title), time=time)
        if found:
            self.view.draft.report(path, self.cell(title), *found)
            return None
        return self.raw(title)

    def text(self, title: str, path: JsonPath) -> str:
        """Return the text under a heading, without the meaning of ``null``."""
        return text_of(self.usable(title, path))

    def put(self, title: str, path: JsonPath, *, time: bool = False) -> None:
        """Set the scalar under a heading at a path."""
        value = scalar_of(self.usable(title, path, time=time))
        self.view.draft.put(path, value, self.cell(title))

    def put_items(self, title: str, path: JsonPath, separator: str) -> None:
        """Set the list under a heading at a path."""
        value = items_of(self.usable(title, path), separator)
        self.view.draft.put(path, value, self.cell(title))

    def report(self, title: str, path: JsonPath, message: str, suggestion: str = "") -> None:
        """Add a finding about the cell under a heading."""
        self.view.draft.report(path, self.cell(title), message, suggestion)


class TableView:
    """A table whose headings have been matched with those of its section."""

    def __init__(self, draft: Draft, section: Section, table: TableCells) -> None:
        self.draft = draft
        self.section = section
        self.table = table
        self.head = draft.tables.cell(table.row, table.column)
        self.columns: dict[str, int] = {}
        self._match_headings()

    def rows(self) -> Iterator[Row]:
        """Yield the rows that say something; wholly blank ones are skipped."""
        silent = {self.columns.get(title) for title in SILENT_COLUMNS}
        index = 0
        for offset, cells in enumerate(self.table.rows):
            spoken = (cell for number, cell in enumerate(cells) if number not in silent)
            if not all(is_blank(cell) for cell in spoken):
                yield Row(self, index, self.table.row + 1 + offset, cells)
                index += 1

    def _match_headings(self) -> None:
        known = {title.casefold(): title for title in self.section.columns}
        for offset, heading in enumerate(self.table.header):
            text = text_of(heading).strip()
            cell = self.draft.tables.cell(self.table.row, self.table.column + offset)
            if text.casefold() not in known:
                self._report(cell, f"the table {self.table.name} has no column {text!r}",
                             "Columns: " + ", ".join(self.section.columns) + ".")  # fmt: skip
            elif text.casefold() in self.columns:
                self._report(cell, f"the column {text!r} stands twice")
            else:
                self.columns[text.casefold()] = offset
        for key, title in known.items():
            needed = key not in SILENT_COLUMNS and title not in self.section.optional
            if key not in self.columns and needed:
                self._report(
                    self.head,
                    f"the table {self.table.name} lacks its column {title!r}",
                    "Add a column with that heading.",
                )

    def _report(self, cell: str, message: str, suggestion: str = "") -> None:
        self.draft.report(self.section.path, cell, message, suggestion)
