"""Values between Python and cells, as Excel itself treats them.

Numbers read as floats, dates as datetimes.  A text written into a cell is understood as if it
were typed: a leading ``=`` makes a formula, a leading ``'`` keeps it a text, ``160`` becomes a
number and ``TRUE`` a truth value, unless the cell has the format Text (``@``).
"""

from __future__ import annotations

import datetime as dt
import math
import re
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from openpyxl.cell.rich_text import CellRichText
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from xlmeso.sheets.cells import ERROR_TEXTS, CellError, CellValue, MissingResult, visible_text

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_TRUTH: Final = {"TRUE": True, "FALSE": False}
_TEXT_FORMAT: Final = "@"


def is_formula(value: Any) -> bool:
    """Whether the stored value of a cell is a formula."""
    return isinstance(value, (ArrayFormula, DataTableFormula))


def formula_text(value: Any) -> str:
    """Return a stored formula as text that begins with ``=``."""
    if isinstance(value, ArrayFormula):
        text = str(value.text or "")
        return text if text.startswith("=") else f"={text}"
    if isinstance(value, DataTableFormula):
        return f"=TABLE({value.r1 or ''},{value.r2 or ''})"
    return str(value)


def plain_value(value: Any, data_type: str) -> CellValue:
    """Return a stored constant as Excel would hand it out."""
    match value:
        case None | bool() | float():
            return value
        case int():
            return float(value)
        case CellRichText():
            return str(value)
        case str() if data_type == "e":
            return CellError(value)
        case dt.datetime() | dt.time() | dt.timedelta():
            return value
        case dt.date():
            return dt.datetime(value.year, value.month, value.day)
    return value


def typed(value: Any, number_format: str) -> tuple[CellValue, str | None, bool]:
    """Return (value to store, openpyxl data type or None, quote prefix) for a written value."""
    if not isinstance(value, str):
        return value, None, False
    if value.startswith("'"):
        return visible_text(value[1:]), "s", True
    if value.startswith("=") and len(value) > 1:
        return value, "f", False
    if number_format != _TEXT_FORMAT:
        parsed = _parsed(value.strip())
        if parsed is not None:
            return parsed
    return visible_text(value), "s", False


def _parsed(text: str) -> tuple[CellValue, str | None, bool] | None:
    if text.upper() in _TRUTH:
        return _TRUTH[text.upper()], None, False
    if text in ERROR_TEXTS:
        return text, "e", False
    if _NUMBER.match(text) and math.isfinite(float(text)):
        return float(text), None, False
    return None


def to_excel(value: Any) -> CellValue:
    """Turn a Python value into one that a cell can hold; NaN, NaT and infinity become blank."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and value is pandas.NaT:
        return None
    if numpy is not None and isinstance(value, numpy.generic):
        value = value.item() if not isinstance(value, numpy.datetime64) else _moment(value)
    match value:
        case float() if not math.isfinite(value):
            return None
        case Decimal():
            return float(value) if value.is_finite() else None
        case dt.datetime():
            return _naive(value)
    return value


def _moment(value: Any) -> dt.datetime | None:
    moment = value.astype("datetime64[us]").item()
    return moment if isinstance(moment, dt.datetime) else None


def _naive(value: dt.datetime) -> dt.datetime:
    """Drop pandas' own type, the zone (as UTC) and what is below a microsecond."""
    if value.tzinfo is not None:
        value = value.astimezone(dt.UTC)
    return dt.datetime(
        value.year, value.month, value.day, value.hour, value.minute, value.second,
        value.microsecond,
    )  # fmt: skip


def cleaned(
    rows: Sequence[Sequence[CellValue]],
    make_datetime: Callable[..., Any],
    empty: Any,
    make_number: Callable[[float], Any] | None,
    err_to_str: bool,
) -> list[list[Any]]:
    """Apply xlwings' read options to raw rows; errors become None or their text."""

    def one(value: CellValue) -> Any:
        match value:
            case None | "":
                return empty
            case bool():
                return value
            case CellError(text):
                return text if err_to_str else None
            case MissingResult():
                return None
            case float() if make_number is not None:
                return make_number(value)
            case dt.datetime():
                return make_datetime(
                    year=value.year,
                    month=value.month,
                    day=value.day,
                    hour=value.hour,
                    minute=value.minute,
                    second=value.second,
                    microsecond=value.microsecond,
                    tzinfo=None,
                )
        return value

    return [[one(value) for value in row] for row in rows]
