"""A workbook with every function, as a person could have made it; long arguments in cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from host_formulas import Formula
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula

ANSWERS = "Answers"
ARGUMENTS = "Arguments"
LONGEST_LITERAL = 255
"""Characters of a text inside a formula; a longer one must stand in a cell."""


@dataclass(frozen=True)
class Placed:
    """A formula and the cells with its answer."""

    formula: Formula
    text: str
    area: str


def write_book(path: Path, formulas: Sequence[Formula]) -> list[Placed]:
    """Write the book and return where each answer stands."""
    book = Workbook()
    answers = book.active
    answers.title = ANSWERS
    arguments = _Arguments(book.create_sheet(ARGUMENTS))
    placed, row = [], 1
    for formula in formulas:
        given = ",".join(arguments.text(one) for one in formula.arguments)
        text = f"={formula.function}({given})"
        answers.cell(row, 1, formula.function)
        area = _area(row, 2, formula.rows, formula.columns)
        answers.cell(row, 2, ArrayFormula(area, text) if ":" in area else text)
        placed.append(Placed(formula, text, area))
        row += formula.rows + 1
    book.save(path)
    return placed


class _Arguments:
    """Puts areas and long texts into cells, one below the other."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._next = 1

    def text(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, str) and len(value) <= LONGEST_LITERAL:
            return '"' + value.replace('"', '""') + '"'
        if isinstance(value, (int, float)):
            return str(value)
        rows = value if isinstance(value, list) else [[value]]
        first = self._next
        for row in rows:
            for column, cell in enumerate(row, start=1):
                self._sheet.cell(self._next, column, cell)
            self._next += 1
        return f"{ARGUMENTS}!{_area(first, 1, len(rows), len(rows[0]))}"


def _area(row: int, column: int, rows: int, columns: int) -> str:
    first = f"{get_column_letter(column)}{row}"
    last = f"{get_column_letter(column + columns - 1)}{row + rows - 1}"
    return first if first == last else f"{first}:{last}"
