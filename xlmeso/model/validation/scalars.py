"""Single values: is it of the kind that its field holds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Final

from xlmeso.model.document import JsonNumber, JsonPath, JsonValue, type_names
from xlmeso.model.field_types import Field, Kind
from xlmeso.model.nearest import nearest
from xlmeso.model.problems import Problem, error, warning
from xlmeso.model.strategy import number

_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_HOSTS: Final = ("gist.githubusercontent.com", "docs.google.com")
"""Hosts that the service reads external data from (reference 4.8)."""

_FILE: Final = re.compile(r"file:\S.*|[^:]+\.csv", re.IGNORECASE)
"""An address of a file, or the bare name of one."""

SHOWN: Final = 60
"""Most characters of a value that a message repeats."""


def check_scalar(known: Field, value: JsonValue, path: JsonPath) -> Problem | None:
    """Return what is wrong with a value, None if nothing is."""
    accepted, wanted = _ACCEPTED.get(known.kind, ((str,), "a text"))
    if not isinstance(value, accepted):
        kind = type_names.get(type(value), "something else")
        return error(path, f"{known.spoken} must be {wanted}, not {kind}.")
    check = _CHECKS.get(known.kind)
    return check(known, value, path) if check else None


_ACCEPTED: Final[Mapping[Kind, tuple[tuple[type, ...], str]]] = {
    Kind.NUMBER: ((JsonNumber, str), "a number"),
    Kind.EXPRESSION: ((JsonNumber, str), "an expression or a number"),
    Kind.BOOLEAN: ((bool,), "true or false"),
}


def shown(value: object) -> str:
    """Return a value as a message repeats it: quoted, and cut if it is long."""
    text = str(value)
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 3] + "...")


def _text(known: Field, value: str, path: JsonPath) -> Problem | None:
    if known.required and not value.strip():
        return error(path, f"{known.spoken} is blank.", f"For example {known.example}.")
    if known.max_length is not None and len(value) > known.max_length:
        return error(
            path,
            f"{known.spoken} has {len(value)} characters.",
            f"Keep it to {known.max_length}.",
        )
    return None


def _choice(known: Field, value: str, path: JsonPath) -> Problem | None:
    if value in known.choices:
        return None
    meant = nearest(value, known.choices, cutoff=0.5)
    advice = f"Did you mean {meant}?" if meant else f"Choose {', '.join(known.choices)}."
    return error(path, f"{shown(value)} is not one of {', '.join(known.choices)}.", advice)


def _symbol(known: Field, value: str, path: JsonPath) -> Problem | None:
    """Doubt an underlying that the reference does not list; the service may have new ones."""
    if not value.strip():
        return _text(known, value, path)
    if value in known.choices:
        return None
    meant = nearest(value, known.choices)
    advice = f"Did you mean {meant}?" if meant else f"Known are {', '.join(known.choices)}."
    same = meant is not None and meant.lower() == value.strip().lower()
    make = error if same else warning
    return make(path, f"{shown(value)} is not an underlying that we know.", advice)


def _number(known: Field, value: JsonValue, path: JsonPath) -> Problem | None:
    if number(value) is not None:
        return None
    text = shown(value)
    return error(
        path, f"{known.spoken} must be a number, not {text}.", f"For example {known.example}."
    )


def _time(known: Field, value: str, path: JsonPath) -> Problem | None:
    try:
        time = dt.datetime.fromisoformat(value)
    except ValueError:
        return error(
            path,
            f"{shown(value)} is not a time in the form YYYY-MM-DDThh:mm:ss.",
            f"For example {known.example}.",
        )
    if time.tzinfo is not None:
        return error(
            path, f"{shown(value)} has a time zone.", "Write exchange time without a zone."
        )
    if _TIME.fullmatch(value):
        return None
    right = time.isoformat(timespec="seconds")
    return error(path, f"{shown(value)} is not in the form YYYY-MM-DDThh:mm:ss.", f"Write {right}.")


def _url(known: Field, value: str, path: JsonPath) -> Problem | None:
    match = re.fullmatch(r"https?://([^/?#\s]+)(?:[/?#]\S*)?", value.strip())
    if match is None and _FILE.fullmatch(value.strip()):
        return warning(
            path,
            "a file is read by the local service only, from its folder of external data.",
            f"For the cloud service publish the CSV at {' or '.join(_HOSTS)}.",
        )
    if match is None:
        return error(path, f"{shown(value)} is not a web address.", f"For example {known.example}.")
    if match[1].lower() not in _HOSTS:
        return warning(
            path,
            f"the service reads external data from {' and '.join(_HOSTS)} only.",
            "Publish the CSV there.",
        )
    return None


_CHECKS: Final[Mapping[Kind, Callable[..., Problem | None]]] = {
    Kind.TEXT: _text,
    Kind.NAME: _text,
    Kind.LEG_NAME: _text,
    Kind.EXPIRATION_NAME: _text,
    Kind.DAYS: _text,
    Kind.CHOICE: _choice,
    Kind.SYMBOL: _symbol,
    Kind.NUMBER: _number,
    Kind.TIME: _time,
    Kind.URL: _url,
}
