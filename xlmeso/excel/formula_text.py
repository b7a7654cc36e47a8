"""What an argument of a formula says without calculating it: a constant or a reference."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

_REFERENCE: Final = re.compile(
    r"(?:(?P<sheet>'(?:[^']|'')+'|[^\W\d][\w.]*)!)?"
    r"(?P<cells>\$?[A-Z]{1,3}\$?[0-9]{1,7}#?(?::\$?[A-Z]{1,3}\$?[0-9]{1,7})?)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Reference:
    """Cells that an argument points at; ``sheet`` is None for the formula's own."""

    sheet: str | None
    cells: str


class UnknownArgumentError(ValueError):
    """An argument is neither a constant nor a plain reference."""


def constant_or_reference(text: str) -> Any:
    """Return the value of an argument: None when left out, a constant, or a `Reference`.

    Raises
    ------
    UnknownArgumentError
        It would have to be calculated.
    """
    text = text.strip()
    if not text:
        return None
    if len(text) >= 2 and text[0] == text[-1] == '"' and '"' not in text[1:-1].replace('""', ""):
        return text[1:-1].replace('""', '"')
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper() == "TRUE"
    if _NUMBER.fullmatch(text):
        return float(text)
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise UnknownArgumentError(text)
    sheet = match["sheet"]
    if sheet and sheet.startswith("'"):
        sheet = sheet[1:-1].replace("''", "'")
    return Reference(sheet, match["cells"].replace("$", ""))
