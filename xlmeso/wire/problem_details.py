"""Error bodies: ProblemDetails (RFC 9457), its relatives, and what proxies send instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from xlmeso.model import document
from xlmeso.model.document import DocumentError, JsonValue
from xlmeso.wire.redaction import redact

MAX_BODY: Final = 64 * 1024
"""Most bytes of an error body that are looked at."""

_LONGEST_TEXT: Final = 500
_PHRASES: Final = {status.phrase.casefold() for status in HTTPStatus} | {
    "content too large",
    "unprocessable content",
}
_MOST_ERRORS: Final = 20
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """What an error body said; every text is redacted, printable and bounded.

    Attributes
    ----------
    title, detail
        Short and long sentence of the service, or None.
    code
        Machine-readable name of the problem: ``code``, else ``type`` if that says anything.
    trace_id
        Identifier for the service's support, or None.
    errors
        One text per entry of the ``errors`` member, with its field in front.
    """

    title: str | None = None
    detail: str | None = None
    code: str | None = None
    trace_id: str | None = None
    errors: tuple[str, ...] = ()

    @property
    def sentence(self) -> str | None:
        """The most telling text and what the errors add to it; None if the body said nothing."""
        head = self.detail or (None if self._title_is_phrase else self.title)
        rest = [text for text in self.errors if text.split(": ", 1)[-1] not in (head or "")]
        if not rest:
            return head or "; ".join(self.errors) or None
        return f"{head.rstrip('.:;') if head else 'not acceptable'}: {'; '.join(rest)}"

    @property
    def _title_is_phrase(self) -> bool:
        """Whether the title only spells the status code, such as Not Found."""
        return self.title is not None and self.title.casefold() in _PHRASES


def parse_problem(body: bytes) -> ProblemDetails:
    """Read an error body of any kind; what is not understood gives an empty result.

    Assumption: the real service follows ASP.NET's ProblemDetails; the names of its codes are not
    published (reference section 7.6).  Keys are read in any case.
    """
    try:
        value = document.loads(body, max_bytes=MAX_BODY)
    except DocumentError:
        return ProblemDetails(detail=_plain_text(body))
    if isinstance(value, str):
        return ProblemDetails(detail=_clean(value))
    return _from_object(value) if isinstance(value, dict) else ProblemDetails()


def clean_text(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Make a service's text fit for a message: redacted, one line, printable, bounded."""
    line = " ".join(_UNPRINTABLE.sub(" ", redact(text)).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _from_object(value: dict[str, JsonValue]) -> ProblemDetails:
    fields = {key.casefold(): item for key, item in value.items()}
    nested = fields.get("error")
    if isinstance(nested, dict):
        fields = {key.casefold(): item for key, item in nested.items()} | fields
    return ProblemDetails(
        title=_clean(fields.get("title")),
        detail=_first(fields, "detail", "message", "error_description", "error"),
        code=_clean(fields.get("code")) or _type_name(fields.get("type")),
        trace_id=_first(fields, "traceid", "requestid", "correlationid"),
        errors=tuple(_errors(fields.get("errors")))[:_MOST_ERRORS],
    )


def _first(fields: Mapping[str, JsonValue], *names: str) -> str | None:
    return next((text for name in names if (text := _clean(fields.get(name)))), None)


def _type_name(value: JsonValue) -> str | None:
    """Return ``type`` unless it is the default or the address of an RFC."""
    text = _clean(value)
    if text is None or text == "about:blank" or "rfc" in text:
        return None
    return text


def _errors(value: JsonValue) -> Iterator[str]:
    """Yield texts of both forms: a map field -> messages, and a list of texts or objects."""
    if isinstance(value, dict):
        for field, found in value.items():
            for message in found if isinstance(found, list) else [found]:
                if text := _clean(message):
                    yield f"{clean_text(field)}: {text}" if field else text
    elif isinstance(value, list):
        for found in value:
            text = _entry(found) if isinstance(found, dict) else _clean(found)
            if text:
                yield text


def _entry(value: dict[str, JsonValue]) -> str | None:
    fields = {key.casefold(): item for key, item in value.items()}
    place = _first(fields, "path", "field", "pointer", "name")
    message = _first(fields, "message", "detail", "title")
    hint = _first(fields, "suggestion")
    text = f"{message} ({hint})" if message and hint else message
    return f"{place}: {text}" if place and text else text or place


def _plain_text(body: bytes) -> str | None:
    """Return a plain-text body; a web page says nothing that fits into a message."""
    text = body.decode("utf-8", "replace")
    return None if "<html" in text.casefold() or text.lstrip()[:1] == "<" else _clean(text)


def _clean(value: JsonValue) -> str | None:
    return (clean_text(value) or None) if isinstance(value, str) else None
