"""Refusals of the service and their ProblemDetails bodies (RFC 9457, reference section 7.6)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Final, Literal

from xlmeso.errors import XlmesoError
from xlmeso.model.problems import Problem

MEDIA_TYPE: Final = "application/problem+json"
"""Content type of an error body."""

RetryAfterForm = Literal["seconds", "date"]
"""Both forms of Retry-After are legal and occur (reference section 7.6)."""

_LONGEST_INSTANCE = 200
_TITLES = {413: "Content Too Large", 425: "Too Early"}


class RefusedError(XlmesoError):
    """The service's answer to a request that it does not carry out.

    Parameters
    ----------
    status
        HTTP status code.
    code
        Machine-readable name of the reason.  Assumption: the real names are not published; these
        are our own words in kebab case.
    detail
        One sentence for people; never holds the caller's key.
    errors
        Entries of the body's ``errors`` list: path, message, suggestion.
    retry_after
        Seconds after which the same request may succeed, for 429 and 503.
    headers
        Further headers of the reply.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.errors = tuple(dict(entry) for entry in errors)
        self.retry_after = retry_after
        self.headers = dict(headers or {})

    def body(self, *, instance: str, trace_id: str) -> dict[str, Any]:
        """Return the ProblemDetails object for the request at ``instance``."""
        body: dict[str, Any] = {
            "type": f"urn:xlmeso:problem:{self.code}",
            "title": title_of(self.status),
            "status": self.status,
            "detail": self.message,
            "code": self.code,
            "instance": instance[:_LONGEST_INSTANCE],
            "traceId": trace_id,
        }
        if self.errors:
            body["errors"] = list(self.errors)
        return body

    def reply_headers(self, form: RetryAfterForm, now: dt.datetime) -> dict[str, str]:
        """Return the headers of the reply, Retry-After included; ``now`` has a zone."""
        if self.retry_after is None:
            return self.headers
        return {**self.headers, "Retry-After": retry_after_text(self.retry_after, form, now)}


def title_of(status: int) -> str:
    """Name of a status code."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def retry_after_text(seconds: float, form: RetryAfterForm, now: dt.datetime) -> str:
    """Write Retry-After, rounded up so that nobody comes back too early.

    Parameters
    ----------
    seconds
        Time to wait; at least one second is written.
    form
        ``seconds`` or ``date`` (HTTP-date, whole seconds, GMT).
    now
        The present, with a zone.
    """
    if form == "seconds":
        return str(max(1, math.ceil(seconds)))
    moment = now.astimezone(dt.UTC) + dt.timedelta(seconds=max(1.0, seconds))
    if moment.microsecond:
        moment = moment.replace(microsecond=0) + dt.timedelta(seconds=1)
    return format_datetime(moment, usegmt=True)


def entries(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Turn findings into the body's ``errors``; paths start at the strategy definition."""
    return [
        {"path": found.path_text, "message": found.message, "suggestion": found.suggestion}
        for found in problems
    ]


def entry(path: str, message: str, suggestion: str = "") -> dict[str, str]:
    """Make one entry of the body's ``errors``."""
    return {"path": path, "message": message, "suggestion": suggestion}


def unauthorized() -> RefusedError:
    """401 with one constant message, whatever was wrong with the key."""
    return RefusedError(
        401,
        "unauthorized",
        "The API key is missing, wrong or expired.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def forbidden() -> RefusedError:
    """403: somebody else's backtest that is not shared, or a change to a shared one."""
    return RefusedError(403, "forbidden", "This backtest belongs to somebody else.")


def not_found(what: str = "There is no such backtest.") -> RefusedError:
    """404 for an unknown or deleted backtest, or for something that it does not have."""
    return RefusedError(404, "not-found", what)


def invalid_parameter(name: str, message: str) -> RefusedError:
    """400 for a query parameter."""
    return RefusedError(
        400,
        "invalid-parameter",
        f"The parameter {name} is not acceptable: {message}.",
        errors=[entry(name, message)],
    )
