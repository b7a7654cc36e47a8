"""Keep secrets out of messages, logs and tracebacks.

A secret is registered once (wrapping it in `Secret` does that); `redact` then removes it, and what
looks like a bearer key or a password within an address, from any text.
"""

from __future__ import annotations

import hmac
import logging
import re
import threading
from typing import Final, NoReturn
from urllib.parse import quote

MASK: Final = "***"
"""What stands in place of a secret."""

SHORTEST: Final = 4
"""A shorter text is not registered: masking every ``1`` would make all messages unreadable."""

_PATTERNS: Final = (
    (re.compile(r"(?i)\b(bearer)(?:\s+|%20)[A-Za-z0-9._~+/=-]{12,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*"), MASK),
    (re.compile(r"://[^/\s@]+@"), f"://{MASK}@"),
)
"""Authorization headers, JSON web tokens and the user part of an address, registered or not."""

_secrets: set[str] = set()
_lock = threading.Lock()


def register(text: str) -> None:
    """Remember a secret for `redact`, as it is and in its percent-encoded form."""
    if len(text) >= SHORTEST:
        with _lock:
            _secrets.update((text, quote(text, safe="")))


def redact(text: str) -> str:
    """Return the text with every known secret replaced by `MASK`."""
    with _lock:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class MaskedText(str):
    """Text that is itself everywhere except in ``repr``: headers shown in a traceback hide it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(MASK)


class Secret:
    """A text that shows itself only to who calls `reveal`; it is registered for `redact`.

    It cannot be pickled, so that no cache or child process gets it by accident.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = MaskedText(text)
        register(text)

    def reveal(self) -> str:
        """Return the secret; keep it in no variable longer than needed."""
        return self._text

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode("utf-8"), other._text.encode("utf-8"))

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled or copied")


class RedactingFilter(logging.Filter):
    """Redacts message, arguments and traceback of every record; lets all records pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place."""
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
        return True


def protect_logging(logger: logging.Logger | None = None) -> None:
    """Put a `RedactingFilter` on the logger (the root by default) and all its handlers, once."""
    logger = logger or logging.getLogger()
    for place in (logger, *logger.handlers):
        if not any(isinstance(present, RedactingFilter) for present in place.filters):
            place.addFilter(RedactingFilter())
