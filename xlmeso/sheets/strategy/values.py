"""One JSON value <-> one cell.

Blank means absent, the word ``null`` null; text cells are JSON texts, number cells JSON numbers.
What a cell cannot say exactly (``10000.0000``, an empty text, the text ``null``) is written as
near as possible here and put right by the Other fields table.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any, Final

from xlmeso.model.document import JsonNumber, JsonValue
from xlmeso.sheets.cells import (
    CellError,
    CellValue,
    MissingResult,
    as_datetime,
    is_blank,
    is_safe_text,
    plain_number,
    visible_text,
)


class _Absent:
    """The type of `ABSENT`."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final[Any] = _Absent()
"""Stands for a value that does not exist, which differs from null."""

NULL_WORD: Final = "null"

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\Z")
_FIRST_SAFE_DATE = dt.datetime(1900, 3, 1)
"""Excel's calendar has a 29 February 1900 that never was; earlier dates stay text."""


def cell_of(value: JsonValue, *, time: bool = False) -> CellValue:
    """Return the cell for a JSON scalar; None for what has no cell (absent, objects, lists)."""
    match value:
        case bool():
            return value
        case None:
            return NULL_WORD
        case JsonNumber():
            return _number_cell(value)
        case str():
            moment = _moment(value) if time else None
            return moment or text_cell(value)
    return None


def text_cell(text: str) -> CellValue:
    """Return the cell for a text; None where a reader would see a blank one."""
    if is_blank(text):
        return None
    return text if is_safe_text(text) else visible_text(text)


def _number_cell(number: JsonNumber) -> CellValue:
    """Return the nearest number of 15 digits, which every program keeps; a text beyond its range.

    openpyxl writes 16 digits, Excel keeps 15 of a number that is typed.
    """
    value = float(f"{float(number):.15g}")
    if value and not 1e-290 < abs(value) < 1e290:
        return number.literal
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _moment(text: str) -> dt.datetime | None:
    if not _TIME.match(text):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment >= _FIRST_SAFE_DATE else None


def scalar_of(cell: CellValue) -> JsonValue:
    """Return the JSON value that a cell says, `ABSENT` for a blank one.

    Dates become ``YYYY-MM-DDThh:mm:ss``.  Cells with a `fault` say nothing.
    """
    if is_blank(cell) or isinstance(cell, (CellError, MissingResult, dt.time)):
        return ABSENT
    match cell:
        case bool():
            return cell
        case int() | float() | Decimal():
            return JsonNumber(plain_number(cell))
        case dt.date():
            return as_datetime(cell).isoformat()
        case str() if cell.strip().casefold() == NULL_WORD:
            return None
    return str(cell)


def text_of(cell: CellValue) -> str:
    """Return a cell as plain text, without the meaning of ``null``; empty for a blank cell."""
    if is_blank(cell) or isinstance(cell, (CellError, MissingResult)):
        return ""
    match cell:
        case bool():
            return str(cell).upper()
        case int() | float() | Decimal():
            return plain_number(cell)
        case dt.date():
            return as_datetime(cell).isoformat()
    return str(cell)


def fault(cell: CellValue, *, time: bool = False) -> tuple[str, str] | None:
    """Say why a cell's content cannot be used, and the cure; None for a usable cell."""
    match cell:
        case CellError(text):
            return f"the cell holds the error {text}", "Mend the formula or type the value."
        case MissingResult(formula):
            return (
                f"the result of the formula {formula} is not stored in the file",
                "Open the book in Excel and save it, or type the value.",
            )
        case dt.time() | dt.timedelta():
            return f"Excel reads this as a time of day ({cell})", _AS_TEXT
        case dt.date() if not time:
            return f"Excel has turned what was typed into a date ({text_of(cell)[:10]})", _AS_TEXT
    return None


_AS_TEXT: Final = "Format the cell as Text and type it again."


def items_cell(value: JsonValue, separator: str) -> CellValue:
    """Return the cell for a list of texts (``SPXW, SPX``); None where that is not exact."""
    if value is None:
        return NULL_WORD
    if not isinstance(value, list) or not value:
        return None
    glue = separator if separator == "\n" else separator + " "
    texts = [item for item in value if isinstance(item, str)]
    text = glue.join(texts)
    exact = len(texts) == len(value) and items_of(text, separator) == value and is_safe_text(text)
    return text if exact else None


def items_of(cell: CellValue, separator: str) -> JsonValue:
    """Read a list of texts from one cell; `ABSENT` if blank, None for the word ``null``."""
    value = scalar_of(cell)
    if not isinstance(value, str):
        return value if value is ABSENT or value is None else [value]
    pieces = value.split(separator)
    return [piece.strip() for piece in pieces if piece.strip()]
