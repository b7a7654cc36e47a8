"""Stored results of formulas: read from the file, kept over a save while they are still true."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpyxl import load_workbook
from openpyxl.utils import datetime as dates

from xlmeso.excel.headless.values import formula_text, is_formula, plain_value
from xlmeso.report.inspect import open_package
from xlmeso.report.parts import scan, sheet_parts
from xlmeso.sheets.cells import CellError, CellValue, MissingResult

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

    from xlmeso.report.package import StoredResult


class StoredResults:
    """What the formulas of an opened book gave when a program with a calculator saved it.

    Parameters
    ----------
    path
        The file; it is read a second time when a result is first asked for.
    book
        The book as it was opened, with formulas.
    """

    def __init__(self, path: Path | None, book: Workbook) -> None:
        self._path = path
        self._workbook = book
        self._opened = list(book.worksheets)  # kept, so that no new sheet gets an old one's id
        self._titles = {id(sheet): sheet.title for sheet in book.worksheets}
        self._values: Any = None
        self._empty_texts: dict[str, set[str]] = {}
        self._changed: set[int] = set()
        self._stale: set[str] | None = set()

    def note_change(self, sheet: Any) -> None:
        """Remember that something on a sheet was written: its results may be wrong now."""
        if id(sheet) not in self._changed:
            self._changed.add(id(sheet))
            self._stale = None

    def of(self, cell: Any) -> CellValue:
        """Return the stored result of a formula cell, `MissingResult` if there is none."""
        sheet = cell.parent
        title = self._titles.get(id(sheet))
        missing = MissingResult(formula_text(cell.value))
        if title is None or self._path is None or sheet.title in self._touched():
            return missing
        stored = self._book()[title][cell.coordinate]
        value = plain_value(stored.value, stored.data_type)
        if value is None:
            return "" if cell.coordinate in self._empty(title) else missing
        return value

    def _book(self) -> Any:
        if self._values is None:
            self._values = load_workbook(str(self._path), data_only=True)
        return self._values

    def _empty(self, title: str) -> set[str]:
        """Cells whose formula gave an empty text, which openpyxl cannot tell from no result."""
        if title not in self._empty_texts:
            with open_package(Path(str(self._path))) as package:
                part = sheet_parts(package).get(title, "")
                self._empty_texts[title] = _text_results(package, part)
        return self._empty_texts[title]

    def to_keep(self) -> dict[str, dict[str, StoredResult]]:
        """Return the results that a save may write again: those of sheets untouched by changes.

        A sheet counts as touched when it was written to, or when one of its formulas mentions a
        touched sheet, a table on one, or a name; its results are left for Excel to compute.
        """
        self._stale = None
        touched = self._touched()
        kept: dict[str, dict[str, StoredResult]] = {}
        for sheet in self._workbook.worksheets:
            if sheet.title not in touched and id(sheet) in self._titles:
                found = dict(self._of_sheet(sheet))
                if found:
                    kept[sheet.title] = found
        return kept

    def _of_sheet(self, sheet: Any) -> Iterator[tuple[str, StoredResult]]:
        for cell in _formula_cells(sheet):
            value = self.of(cell)
            match value:
                case MissingResult():
                    continue
                case CellError(text):
                    yield cell.coordinate, text
                case dt.datetime() | dt.time() | dt.timedelta():
                    yield cell.coordinate, float(_serial(value, sheet.parent.epoch))
                case bool() | float() | str():
                    yield cell.coordinate, value

    def _touched(self) -> set[str]:
        if self._stale is None:
            self._stale = self._spread()
        return self._stale

    def _spread(self) -> set[str]:
        """Follow the changes from sheet to sheet through the formulas."""
        sheets = self._workbook.worksheets
        known = {sheet.title for sheet in sheets if id(sheet) in self._titles}
        touched = {sheet.title for sheet in sheets} - known
        touched |= {sheet.title for sheet in sheets if id(sheet) in self._changed}
        if not touched:
            return touched
        mentions = {sheet.title: _formulas(sheet) for sheet in sheets}
        while True:
            pattern = "|".join(map(re.escape, _words(self._workbook, touched))) or r"(?!)"
            words = re.compile(pattern, re.IGNORECASE)
            more = {title for title, text in mentions.items() if words.search(text)} - touched
            if not more:
                return touched
            touched |= more


_serial: Callable[..., Any] = dates.to_excel  # untyped in the stubs


def _words(book: Workbook, touched: set[str]) -> set[str]:
    """Sheet names, table names and defined names through which a formula can reach a sheet."""
    words = {title.replace("'", "''") for title in touched}
    for sheet in book.worksheets:
        if sheet.title in touched:
            words |= set(sheet.tables)
    for name, defined in book.defined_names.items():
        if any(title.replace("'", "''") in (defined.attr_text or "") for title in touched):
            words.add(name)
    return words


def _formulas(sheet: Any) -> str:
    return "\n".join(formula_text(cell.value) for cell in _formula_cells(sheet))


def _formula_cells(sheet: Any) -> Iterator[Any]:
    for cell in sheet._cells.values():
        if is_formula(cell.value) or cell.data_type == "f":
            yield cell


def _text_results(package: Any, part: str) -> set[str]:
    found: set[str] = set()
    current = ["", ""]

    def look(name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            current[:] = [attributes.get("r", ""), attributes.get("t", "")]
        elif name == "v" and current[1] == "str":
            found.add(current[0])

    if part:
        scan(package, part, look)
    return found
