"""What can go wrong with a formula besides what the service says; and errors as stored text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from xlmeso import errors
from xlmeso.errors import ApiError, TransportError, XlmesoError


class PendingError(XlmesoError):
    """The reply is on its way; the cell did not wait for it any longer."""

    cell_text = "#MESO! On its way, refresh"
    exit_code = 11


class OfflineError(TransportError):
    """The service cannot be reached, and the cache has no earlier answer."""

    cell_text = "#MESO! Service not reachable"


class LocalServiceStoppedError(OfflineError):
    """The local service does not run, and a formula does not start one."""

    cell_text = "#MESO! Start the local service"


class ArgumentError(XlmesoError):
    """An argument of a worksheet function cannot be understood."""

    cell_text = "#MESO! Check the arguments"
    exit_code = 2


class NothingError(XlmesoError):
    """The answer is an empty table, which a cell cannot show."""

    cell_text = "#MESO! Nothing to show"


def to_text(error: XlmesoError) -> str:
    """Return an error as JSON text, redacted; `from_text` reads it."""
    from xlmeso.wire.redaction import redact

    fields: dict[str, Any] = {"type": _known(type(error)).__name__}
    for name in ("message", "where", "cure", "status", "code", "request_id", "retry_after"):
        value = getattr(error, name, None)
        if value is not None:
            fields[name] = redact(value) if isinstance(value, str) else value
    return json.dumps(fields)


def from_text(text: str) -> XlmesoError:
    """Return the error of a text; an unreadable one becomes a plain XlmesoError."""
    try:
        fields = json.loads(text)
        kind = _TYPES[fields.pop("type")]
        message = fields.pop("message")
    except (ValueError, KeyError, AttributeError):
        return XlmesoError("the service refused this a while ago.", cure="Refresh to ask again.")
    if not issubclass(kind, ApiError):
        fields = {name: fields[name] for name in ("where", "cure") if name in fields}
    elif kind not in (errors.RateLimitError, errors.ServerError):
        fields.pop("retry_after", None)
    fields.setdefault("status", 0) if issubclass(kind, ApiError) else None
    return kind(message, **fields)


def _family(kind: type[XlmesoError]) -> Iterator[type[XlmesoError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


def _known(kind: type[XlmesoError]) -> type[XlmesoError]:
    """Return the nearest ancestor that can be made again from its text."""
    return next(item for item in kind.__mro__ if _TYPES.get(item.__name__) is item)


_TYPES = {
    item.__name__: item
    for item in _family(XlmesoError)
    if item.__module__ in (errors.__name__, __name__) and item is not errors.StrategyDefinitionError
}
