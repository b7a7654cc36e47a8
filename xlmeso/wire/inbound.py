"""What an error reply means: one table from status to error class (reference sections 7.1, 7.6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from xlmeso.errors import (
    ApiError,
    AuthenticationError,
    BacktestCancelledError,
    BacktestFailedError,
    BacktestRunningError,
    BacktestStateError,
    ConflictError,
    GoneError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    XlmesoError,
)
from xlmeso.wire.outbound import HttpRequest, Route
from xlmeso.wire.problem_details import ProblemDetails, clean_text, parse_problem
from xlmeso.wire.retry_after import http_date, retry_after_seconds

ERROR_CLASSES: Final[Mapping[int, type[ApiError]]] = {
    400: InvalidRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    413: InvalidRequestError,
    415: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitError,
}
"""Status -> class; 5xx is a ServerError, everything else an ApiError."""

STATE_CLASSES: Final[Mapping[int, type[BacktestStateError]]] = {
    405: BacktestFailedError,
    409: BacktestCancelledError,
    425: BacktestRunningError,
}
"""What these statuses mean on the analytics route, where they tell the state of the run."""

_STATE_SENTENCES: Final = {
    405: "the backtest failed, so it has no analytics",
    409: "the backtest was cancelled, so it has no analytics",
    425: "the backtest is still running; its analytics exist when it has finished",
}

_SENTENCES: Final = {
    400: "the service does not accept the request",
    401: "the service does not accept the API key",
    403: "this backtest belongs to somebody else and is not shared",
    404: "the service has no such backtest, or the backtest has no such result",
    409: "the request conflicts with an earlier one or with the state of the backtest",
    410: "the backtest of this submission was deleted; its idempotency key stays taken",
    413: "the request is larger than the service accepts",
    429: "a limit of the service was reached",
    503: "the service is paused or not available",
}

_CURES: Final = {
    401: "Sign in with a valid key; keys are made on the portal's page API Keys.",
    403: "Ask its owner to share it.",
    410: "Submit it anew if it is still wanted.",
}

_REQUEST_ID_HEADERS: Final = ("x-request-id", "request-id", "x-correlation-id")


def is_success(status: int) -> bool:
    """Whether a status is any 2xx: servers differ where a reply says nothing (reference 7.1)."""
    return 200 <= status < 300


def error_for(
    request: HttpRequest,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: dt.datetime,
) -> XlmesoError:
    """Return the error that a reply stands for; nothing in it holds a secret.

    Parameters
    ----------
    request
        What was asked.
    status, headers, body
        The reply, its body bounded by the caller; header names in any case.
    now
        The present with a zone, used for a Retry-After date if the reply has no Date.
    """
    names = {name.casefold(): value for name, value in headers.items()}
    problem = parse_problem(body)
    if request.route is Route.ANALYTICS and status in STATE_CLASSES:
        message = problem.sentence or _STATE_SENTENCES[status]
        return STATE_CLASSES[status](message, where=request.label)
    if 300 <= status < 400:
        return _redirect(request, status, names)
    wait = retry_after_seconds(names.get("retry-after"), http_date(names.get("date")) or now)
    return _api_error(request, status, problem, _request_id(problem, names), wait)


def _api_error(
    request: HttpRequest,
    status: int,
    problem: ProblemDetails,
    request_id: str | None,
    wait: float | None,
) -> ApiError:
    message = problem.sentence or _SENTENCES.get(status) or f"the service replied {status}"
    kind = ERROR_CLASSES.get(status) or (ServerError if status >= 500 else ApiError)
    shared = {"code": problem.code, "request_id": request_id, "where": request.label}
    if issubclass(kind, RateLimitError | ServerError):
        return kind(
            message, status=status, cure=_wait_cure(status, wait), retry_after=wait, **shared
        )
    return kind(message, status=status, cure=_CURES.get(status), **shared)


def _redirect(request: HttpRequest, status: int, headers: Mapping[str, str]) -> ApiError:
    place = clean_text(headers.get("location", ""), 200)
    return ApiError(
        f"the service replied {status} and points to {place or 'another address'}; redirects are "
        "not followed, because the API key would go there too",
        status=status,
        where=request.label,
        cure="Check the address of the service.",
    )


def _wait_cure(status: int, wait: float | None) -> str | None:
    if wait is not None:
        return f"Try again in {wait:,.0f} s."
    return "Try again later." if status in (429, 502, 503, 504) else None


def _request_id(problem: ProblemDetails, headers: Mapping[str, str]) -> str | None:
    found = (headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name))
    return problem.trace_id or next((clean_text(value, 200) for value in found), None)
