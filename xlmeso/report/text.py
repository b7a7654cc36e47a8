"""Values into openpyxl cells without surprises.

A text never becomes a formula or an error value, control characters are shown, a too long text is
cut with a mark, NaN and infinity are blank, times with a zone become UTC.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from xlmeso.sheets.cells import CellError, CellValue, Formula, MissingResult, visible_text

FORMULA_MARKS: Final = ("=", "+", "-", "@", "'", "\t")
"""A text that begins so gets the quote prefix: a person who edits the cell keeps a text."""


def put(cell: Any, value: CellValue, shown: Callable[[str], str] = visible_text) -> None:
    """Write a plan's value into an openpyxl cell; ``shown`` makes a text fit into it."""
    match value:
        case str():
            _put_text(cell, shown(value))
        case CellError(text) | MissingResult(text) | Formula(text):
            cell.value = text
        case _:
            cell.value = plain(value)


def _put_text(cell: Any, text: str) -> None:
    cell.value = text
    if text:
        cell.data_type = "s"
    if text.startswith(FORMULA_MARKS):
        cell.quotePrefix = True


def plain(value: CellValue) -> CellValue:
    """Return what openpyxl can store for a value that is no text."""
    match value:
        case bool() | None:
            return value
        case int():
            return value if abs(value) < 10**15 else float(value)
        case float() | Decimal():
            number = float(value)
            return number if math.isfinite(number) else None
        case dt.datetime() if value.tzinfo is not None:
            return value.astimezone(dt.UTC).replace(tzinfo=None)
    return value
