"""Cell values as a reader of the workbook sees them, for pages and files that are no workbook.

Knows the number formats that the plans use: decimals, thousands, percent, quoted words, dates and
times, ``;`` between positive, negative and zero.  Anything else shows the plain value.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import Final

from xlmeso.sheets.cells import CellError, CellValue, Formula, MissingResult

_NUMBER: Final = re.compile(r"(?P<thousands>#,##)?(?P<zeros>0+)(?:\.(?P<decimals>[0#]+))?")
_QUOTED: Final = re.compile(r'"([^"]*)"')
_COLOUR: Final = re.compile(r"\[[A-Za-z]+\]")
_DATE_PARTS: Final = (
    ("yyyy", "%Y"), ("mmm", "%b"), ("mm", "%m"), ("dd", "%d"), ("hh", "%H"), ("ss", "%S"),
)  # fmt: skip


def shown(value: CellValue, number_format: str | None = None) -> str:
    """Return a value as text: as its number format shows it, an empty text for a blank."""
    match value:
        case None:
            return ""
        case Formula():
            return shown(value.value, number_format)
        case CellError(text) | MissingResult(text):
            return str(text)
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float() | Decimal():
            return _number(float(value), number_format)
        case dt.datetime() | dt.date():
            return _moment(value, number_format)
    return str(value)


def _number(value: float, number_format: str | None) -> str:
    if not math.isfinite(value):
        return ""
    sections = _COLOUR.sub("", number_format or "General").split(";")
    section = sections[0]
    if value < 0 and len(sections) > 1:
        section, value = sections[1], -value
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    words = _QUOTED.findall(section)
    plain = _QUOTED.sub("\0", section)
    if "General" in plain:
        return _with_words(plain.replace("General", f"{value:.15g}"), words)
    match = _NUMBER.search(plain)
    if match is None:
        return _with_words(plain, words) if "\0" in plain else f"{value:.15g}"
    decimals = len(match["decimals"] or "")
    if "%" in plain:
        value *= 100
    text = f"{value:{',' if match['thousands'] else ''}.{decimals}f}"
    for _ in range((match["decimals"] or "").count("#")):
        text = text.removesuffix("0")
    if not match["thousands"] and len(match["zeros"]) > 1:
        text = text.zfill(len(match["zeros"]) + (decimals + 1 if decimals else 0))
    return _with_words(plain[: match.start()] + text + plain[match.end() :], words)


def _with_words(text: str, words: list[str]) -> str:
    for word in words:
        text = text.replace("\0", word, 1)
    return text


def _moment(value: dt.date, number_format: str | None) -> str:
    moment = value if isinstance(value, dt.datetime) else dt.datetime(*value.timetuple()[:3])
    if not number_format or not re.search("[yd]", number_format):
        is_day = moment.time() == dt.time()
        return f"{moment:%Y-%m-%d}" if is_day else moment.isoformat(" ", "seconds")
    text = number_format.replace("hh:mm", "%H:%M")
    for part, code in _DATE_PARTS:
        text = text.replace(part, code)
    text = text.replace("ss", "%S").replace("%S.000", f"%S.{moment.microsecond // 1000:03d}")
    return moment.strftime(text)
