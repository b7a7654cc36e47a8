"""The one place where answers and errors become cells of a worksheet.

Errors become real Excel error values, so that IFERROR works on what follows; the sentence stays
with MESO_ERROR and in the log.  The way there: a `win32com.client.VARIANT` of type VT_ERROR passes
through xlwings untouched and arrives in VBA as an error value, alone or within a table.  pywin32
writes 0x80020004 ("missing") into every such value whatever code it is given (seen with pywin32
312), so the add-in's VBA turns each error value into #N/A before the cell gets it.  A NaN or None
would become an empty cell, an exception its text.  Where a host has no error values (LibreOffice,
files without Excel) a short fixed text stands in the cell instead.
"""

from __future__ import annotations

import datetime as dt
import enum
import logging
import math
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from xlmeso.errors import XlmesoError

_log = logging.getLogger(__name__)

NOT_AVAILABLE: Final = -2146826246
"""#N/A as COM spells it (0x800A07FA)."""

_VT_ERROR: Final = 10
_EPOCH: Final = dt.datetime(1899, 12, 30)
_LARGEST_INT: Final = 2**31 - 1
_REMEMBERED: Final = 500

UNEXPECTED: Final = "#MESO! Fault in xlmeso, see log"
"""Fixed text of an error that nobody foresaw."""


class ErrorForm(enum.StrEnum):
    """What an error looks like in a cell."""

    VALUE = "value"
    """#N/A, a real error value."""
    TEXT = "text"
    """A short fixed text that begins with ``#MESO!``."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error in one cell of a table; the other cells have their values."""

    error: XlmesoError


class _Form:
    chosen: ErrorForm | None = None


def use_error_form(form: ErrorForm | None) -> None:
    """Choose what errors look like; None: values on Windows, texts elsewhere."""
    _Form.chosen = form


def error_form() -> ErrorForm:
    """Return what errors look like in this host."""
    if _Form.chosen is not None:
        return _Form.chosen
    return ErrorForm.VALUE if sys.platform == "win32" else ErrorForm.TEXT


class _Failures:
    """The latest sentence behind each fixed text, for MESO_ERROR."""

    def __init__(self) -> None:
        self._by_text: OrderedDict[str, XlmesoError] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, error: XlmesoError) -> None:
        """Remember an error."""
        with self._lock:
            self._by_text[error.cell_text] = error
            self._by_text.move_to_end(error.cell_text)
            while len(self._by_text) > _REMEMBERED:
                self._by_text.popitem(last=False)

    def latest(self, text: str | None = None) -> XlmesoError | None:
        """Return the latest error that shows as a text, or the latest of all."""
        with self._lock:
            if text is not None:
                return self._by_text.get(text)
            return next(reversed(self._by_text.values()), None)


failures = _Failures()
"""What went wrong in this process."""


def answer(function: Callable[..., Any], *cells: Any) -> Any:
    """Call a plain function for a cell and return what the cell shows; never raises.

    Parameters
    ----------
    function
        Of `xlmeso.excel.functions`: takes cells as xlwings reads them, returns a value or rows.
    """
    try:
        return to_cells(function(*cells))
    except XlmesoError as error:
        return error_cell(error)
    except Exception as fault:
        _log.exception("%s failed", function.__name__)
        return error_cell(unexpected(fault))


def unexpected(fault: BaseException) -> XlmesoError:
    """Wrap an error that nobody foresaw."""
    from xlmeso.wire.redaction import redact

    error = XlmesoError(
        redact(f"an unexpected fault in xlmeso: {type(fault).__name__}: {fault}"),
        cure="Run 'xlmeso doctor', and report it with the log.",
    )
    error.cell_text = UNEXPECTED
    return error


def error_cell(error: XlmesoError) -> Any:
    """Return what a cell shows for an error, and remember its sentence."""
    failures.add(error)
    _log.info("%s: %s", type(error).__name__, sentence(error))
    if error_form() is ErrorForm.TEXT:
        return error.cell_text
    return error_value()


def sentence(error: XlmesoError) -> str:
    """Return what an error says, with its cure and without secrets."""
    from xlmeso.sheets.cells import visible_text
    from xlmeso.wire.redaction import redact

    return visible_text(redact(str(error)))


def error_value(code: int = NOT_AVAILABLE) -> Any:
    """Return an Excel error value for COM."""
    from win32com.client import VARIANT  # type: ignore[import-untyped]  # Windows only

    return VARIANT(_VT_ERROR, code)


def to_cells(value: Any) -> Any:
    """Turn an answer into what xlwings writes: a scalar, or rows of equal length."""
    if not isinstance(value, list | tuple):
        return to_cell(value)
    rows = [[to_cell(item) for item in row] for row in value]
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def to_cell(value: Any) -> Any:
    """Turn a value into a cell's: numbers as floats, times as serial numbers, texts made safe.

    Times become Excel's serial numbers (days since 1899-12-30) without a zone, UTC where they had
    one: every host shows them alike, and the cell's format decides how.
    """
    if type(value) is float:  # most cells of most tables
        return value if math.isfinite(value) else ""
    match value:
        case None:
            return ""
        case bool():
            return value
        case Failure():
            return error_cell(value.error)
        case dt.datetime():
            return serial(value)
        case dt.date():
            return serial(dt.datetime(value.year, value.month, value.day))
        case str():
            return _text(value)
        case int() if abs(value) <= _LARGEST_INT:
            return int(value)
    return _number(value)


def serial(moment: dt.datetime) -> float:
    """Return Excel's serial number of a moment (1900 date system)."""
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return (moment - _EPOCH) / dt.timedelta(days=1)


def from_serial(number: float) -> dt.datetime:
    """Return the moment of a serial number, to the second.

    Raises
    ------
    OverflowError
        The number is none that a calendar has.
    """
    moment = _EPOCH + dt.timedelta(days=number)
    return (moment + dt.timedelta(microseconds=500_000)).replace(microsecond=0)


def _text(value: str) -> str:
    from xlmeso.sheets.cells import visible_text

    return visible_text(str(value))


def _number(value: Decimal | float) -> Any:
    try:
        number = float(value)
    except OverflowError:
        return str(value)
    return number if math.isfinite(number) else ""
