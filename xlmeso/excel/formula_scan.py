"""What macros look for in formulas: calls of our functions, references, volatile functions.

Formulas are in Excel's file language: English names, arguments between commas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

VOLATILE: Final = (
    "NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY", "OFFSET", "INDIRECT", "CELL", "INFO",
)  # fmt: skip
"""Functions after which Excel calculates a cell anew at every change of anything."""

_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_CALL: Final = re.compile(r"(?<![\w.])(?:_xll\.)?(MESO_[A-Z_]+)\s*\(", re.IGNORECASE)
_VOLATILE_CALL: Final = re.compile(
    r"(?<![\w.])(?:_xlfn\.)?(" + "|".join(VOLATILE) + r")\s*\(", re.IGNORECASE
)
_REFERENCE: Final = re.compile(
    r"(?<![\w.$!:])(?:(?P<sheet>'(?:[^']|'')*'|[^\W\d][\w.]*)!)?"
    r"\$?(?P<left>[A-Z]{1,3})\$?(?P<top>[1-9]\d{0,6})"
    r"(?::\$?(?P<right>[A-Z]{1,3})\$?(?P<bottom>[1-9]\d{0,6}))?(?![\w.(!])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundCall:
    """A call of one of our functions; the arguments as they are written."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedCells:
    """Cells that a formula names; ``sheet`` is None for its own."""

    sheet: str | None
    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell is among them."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def is_ours(formula: object) -> bool:
    """Whether a cell's formula calls one of our functions."""
    return (
        isinstance(formula, str)
        and formula.startswith("=")
        and "MESO_" in formula.upper()
        and _CALL.search(masked(formula)) is not None
    )


def calls(formula: str) -> list[FoundCall]:
    """Return the calls of our functions, outer ones first."""
    shape = masked(formula)
    return [
        FoundCall(match[1].upper(), tuple(_arguments(formula, shape, match.end())))
        for match in _CALL.finditer(shape)
    ]


def volatile_names(formula: str) -> list[str]:
    """Return the volatile functions that a formula calls, each once."""
    found = (match[1].upper() for match in _VOLATILE_CALL.finditer(masked(formula)))
    return list(dict.fromkeys(found))


def references(formula: str) -> list[NamedCells]:
    """Return the cells that a formula names by address (names and tables are not followed)."""
    return [_named(match) for match in _REFERENCE.finditer(masked(formula))]


def masked(formula: str) -> str:
    """Blank the texts in double quotes, so that words in them count for nothing."""

    def blank(match: re.Match[str]) -> str:
        text = match.group()
        return text if text.startswith("'") else '"' + " " * (len(text) - 2) + '"'

    return _QUOTED.sub(blank, formula)


def _arguments(formula: str, shape: str, start: int) -> Iterator[str]:
    """Split what stands between the parentheses at the commas of the first level."""
    depth, begin, quoted = 1, start, False
    for at in range(start, len(shape)):
        mark = shape[at]
        quoted ^= mark == "'"
        if quoted:
            continue
        depth += (mark in "({") - (mark in ")}")
        if depth == 0 or (depth == 1 and mark == ","):
            yield formula[begin:at].strip()
            begin = at + 1
        if depth == 0:
            return


def _named(match: re.Match[str]) -> NamedCells:
    top, left = int(match["top"]), column_number(match["left"])
    bottom = int(match["bottom"] or top)
    right = column_number(match["right"] or match["left"])
    sheet = match["sheet"]
    if sheet is not None and sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return NamedCells(sheet, min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def column_number(letters: str) -> int:
    """Return the number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
