"""Cell values and their limits: what a cell can hold exactly, and how cells are named.

Limits are Excel's: 32,767 UTF-16 units in a cell, no control characters except line feed and tab,
``_xHHHH_`` read as an escape (ECMA-376, ST_Xstring), the texts of error values read as errors.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

MAX_TEXT: Final = 32_767
"""Most UTF-16 units that a cell holds."""

MAX_ROWS: Final = 1_048_576
"""Rows of a sheet, the header included."""

ERROR_TEXTS: Final = frozenset(
    {
        "#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
        "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!", "#PYTHON!",
    }
)  # fmt: skip
"""Texts that Excel shows for error values."""


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value in a cell, such as ``#N/A``."""

    text: str


@dataclass(frozen=True, slots=True)
class MissingResult:
    """A formula whose result is not stored in the file."""

    formula: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula of ours, ``=SUM(B2:B9)``, with its result as we work it out.

    A plain text never becomes a formula; only this class does.
    """

    text: str
    value: bool | float | str | None = None


CellValue = Any
"""``None | bool | int | float | Decimal | str | date | datetime | time | CellError |
MissingResult | Formula``."""


def result_of(value: CellValue) -> CellValue:
    """Return the result of a formula of ours, every other value as it is."""
    return value.value if isinstance(value, Formula) else value


_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def is_safe_text(text: str) -> bool:
    """Whether a cell gives this text back exactly (apart from being blank, see `is_blank`)."""
    return (
        not _UNSAFE.search(text)
        and not _ESCAPE.search(text)
        and utf16_length(text) <= MAX_TEXT
        and text not in ERROR_TEXTS
    )


def all_safe(texts: Sequence[str]) -> bool:
    """Whether many texts are safe, of one line, and far from too long, by one look at all of them.

    False does not mean that one is unsafe: it may only have several lines.
    """
    together = "\n".join(texts)
    return (
        together.count("\n") == len(texts) - 1
        and max(map(len, texts)) <= MAX_TEXT // 2
        and not _UNSAFE.search(together)
        and not _ESCAPE.search(together)
        and ERROR_TEXTS.isdisjoint(texts)
    )


def utf16_length(text: str) -> int:
    """Count the UTF-16 units, by which Excel measures text."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def visible_text(text: str, *, limit: int = MAX_TEXT, rest: str = "") -> str:
    """Replace what a cell cannot hold by something that can be seen; cut with a mark.

    Control characters become their pictures (U+2400 block), other impossible characters U+FFFD,
    ``_x0041_`` loses its meaning as an escape through a word joiner, an error text gets a space.

    Parameters
    ----------
    limit
        Most UTF-16 units of the result.
    rest
        Where the whole text stands, for the mark of a cut.
    """
    if is_safe_text(text) and len(text) < limit // 2:
        return text
    text = _UNSAFE.sub(_picture, text.replace("\r\n", "\n"))
    text = _ESCAPE.sub("_\u2060", text)
    if text in ERROR_TEXTS:
        text += " "
    if utf16_length(text) <= limit:
        return text
    mark = f"... [cut: {len(text):,} characters{'; ' if rest else ''}{rest}]"
    kept = text[: limit - len(mark)]
    while utf16_length(kept) + len(mark) > limit:
        kept = kept[: -max(1, (utf16_length(kept) + len(mark) - limit) // 2)]
    return kept + mark


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def is_blank(value: CellValue) -> bool:
    """Whether a person sees an empty cell: nothing, or a text of white space only."""
    return value is None or (isinstance(value, str) and not value.strip())


def plain_number(value: float | Decimal) -> str:
    """Spell a cell's number as JSON: ``160``, not ``160.0``; shortest text that reads back equal.

    Whole numbers from 1e16 on are written with an exponent, since a cell holds at most 17 digits.
    """
    number = float(value)
    if number.is_integer() and abs(number) < 1e16:
        return str(int(number))
    return repr(number)


def column_letters(column: int) -> str:
    """Name a column: 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(sheet: str, row: int, column: int) -> str:
    """Name a cell for messages: ``Strategy!D14``, ``'My strategy'!D14``."""
    plain = re.fullmatch(r"[^\W\d]\w*", sheet)
    name = sheet if plain else "'" + sheet.replace("'", "''") + "'"
    return f"{name}!{column_letters(column)}{row}"


def as_datetime(value: dt.date | dt.datetime) -> dt.datetime:
    """Give a date its midnight and round a time to the second (Excel's serials are not exact)."""
    if not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    if value.microsecond >= 500_000:
        value += dt.timedelta(seconds=1)
    return value.replace(microsecond=0)
