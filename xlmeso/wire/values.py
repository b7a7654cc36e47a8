"""Read single values of a reply, leniently: numbers may be texts, keys and enum texts any case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from xlmeso.errors import DecodingError
from xlmeso.model.document import JsonNumber

_MISSING: Final = object()
_MOST_DIGITS: Final = 18
_NO_COUNT: Final = 10 ** (_MOST_DIGITS + 1)


def member(fields: Mapping[str, Any], *names: str) -> Any:
    """Return the first of the named members, in any case; None if there is none.

    The service writes PascalCase (reference section 7); ``State`` and ``state`` are one here.
    """
    for name in names:
        value = fields.get(name, _MISSING)
        if value is not _MISSING:
            return value
    lowered = {key.casefold(): item for key, item in fields.items()}
    return next((lowered[name.casefold()] for name in names if name.casefold() in lowered), None)


def text(value: Any, default: str = "") -> str:
    """Return a text; numbers in their spelling, null as ``default``."""
    if isinstance(value, str):
        return value
    if isinstance(value, JsonNumber | Decimal | int) and not isinstance(value, bool):
        return str(value)
    return default


def number(value: Any) -> Decimal | None:
    """Return a number or a numeric text as Decimal; None for null, NaN and what is no number."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if type(value) is int and abs(value) < _NO_COUNT:
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, JsonNumber | int | float | str):
        return None
    try:
        result = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        # ValueError: an integer of thousands of digits has no text in Python.
        return None
    return result if result.is_finite() else None


def integer(value: Any, default: int = 0) -> int:
    """Return a whole number; ``default`` for null, what is none, and what no count can be."""
    if type(value) is int:
        return value if abs(value) < _NO_COUNT else default
    found = number(value)
    if found is None or found.adjusted() > _MOST_DIGITS or found != found.to_integral_value():
        return default
    return int(found)


def flag(value: Any) -> bool | None:
    """Return true or false, also from a text in any case; None for anything else."""
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False}
    return words.get(value.strip().casefold()) if isinstance(value, str) else None


def instant(value: Any) -> dt.datetime | None:
    """Return a point in time as aware UTC; None for null or an empty text.

    Assumption: a time without a zone is UTC; the service's own zone is not published.

    Raises
    ------
    DecodingError
        Not an ISO 8601 time.
    """
    moment = _time(value)
    if moment is None or moment.tzinfo is dt.UTC:
        return moment
    return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def local_time(value: Any) -> dt.datetime | None:
    """Return an exchange-local time without a zone; None for null or an empty text.

    Assumption: a zone on a simulation time is an accident and is dropped; the service's position
    files stamp New York hours with +0000 (reference section 6).

    Raises
    ------
    DecodingError
        Not an ISO 8601 time.
    """
    moment = _time(value)
    if moment is None or moment.tzinfo is None:
        return moment
    return moment.replace(tzinfo=None)


def _time(value: Any) -> dt.datetime | None:
    if value is None or value == "":
        return None
    try:
        return dt.datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise DecodingError(f"{str(value)[:80]!r} is not an ISO 8601 time") from None
