from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso import errors
from xlmeso.errors import ApiError, RateLimitError, ServerError, XlmesoError
from xlmeso.wire import outbound
from xlmeso.wire.inbound import error_for, is_success
from xlmeso.wire.outbound import HttpRequest
from xlmeso.wire.redaction import register

NOW = dt.datetime(2026, 1, 1, 12, 0, tzinfo=dt.UTC)
STATUS = outbound.status("abc")
ANALYTICS = outbound.analytics("abc")


def refuse(
    status: int,
    body: object = b"",
    request: HttpRequest = STATUS,
    headers: dict[str, str] | None = None,
) -> XlmesoError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_for(request, status, headers or {}, raw, NOW)


@pytest.mark.parametrize(
    ("status", "kind", "exit_code"),
    [
        (400, errors.InvalidRequestError, 7),
        (401, errors.AuthenticationError, 5),
        (403, errors.PermissionDeniedError, 5),
        (404, errors.NotFoundError, 6),
        (405, errors.ApiError, 7),
        (409, errors.ConflictError, 7),
        (410, errors.GoneError, 6),
        (413, errors.InvalidRequestError, 7),
        (415, errors.InvalidRequestError, 7),
        (418, errors.ApiError, 7),
        (422, errors.InvalidRequestError, 7),
        (425, errors.ApiError, 7),
        (429, errors.RateLimitError, 8),
        (500, errors.ServerError, 9),
        (501, errors.ServerError, 9),
        (502, errors.ServerError, 9),
        (503, errors.ServerError, 9),
        (504, errors.ServerError, 9),
        (599, errors.ServerError, 9),
        (301, errors.ApiError, 7),
        (302, errors.ApiError, 7),
        (308, errors.ApiError, 7),
    ],
)
def test_status_to_error_class(status: int, kind: type[ApiError], exit_code: int) -> None:
    error = refuse(status)
    assert type(error) is kind
    assert isinstance(error, ApiError)
    assert error.status == status
    assert error.where == "GET /api/v1/backtest/abc/status"
    assert error.exit_code == exit_code
    assert error.message


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (425, errors.BacktestRunningError, "still running"),
        (405, errors.BacktestFailedError, "failed"),
        (409, errors.BacktestCancelledError, "cancelled"),
    ],
)
def test_the_analytics_route_tells_the_state_of_the_run(
    status: int, kind: type[XlmesoError], sentence: str
) -> None:
    # Bodies that say nothing, and the bare phrase that frameworks send for a 405.
    for body in (b"", {"title": "Method Not Allowed", "status": 405}, b"<html>no</html>"):
        error = refuse(status, body, ANALYTICS)
        assert type(error) is kind
        assert sentence in error.message
    told = refuse(status, {"detail": "no quotes on 2021-01-04"}, ANALYTICS)
    assert told.message == "no quotes on 2021-01-04"


def test_other_statuses_of_analytics_keep_their_meaning() -> None:
    assert type(refuse(404, request=ANALYTICS)) is errors.NotFoundError


def test_problem_details_become_message_code_and_id() -> None:
    error = refuse(
        400,
        {
            "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
            "title": "One or more validation errors occurred.",
            "status": 400,
            "errors": {"StrategyDefinition.StrategyName": ["is required", "max 128"]},
            "code": "invalid_definition",
            "traceId": "00-abc-01",
        },
    )
    assert isinstance(error, ApiError)
    assert error.message == (
        "One or more validation errors occurred: StrategyDefinition.StrategyName: is required; "
        "StrategyDefinition.StrategyName: max 128"
    )
    assert (error.code, error.request_id) == ("invalid_definition", "00-abc-01")


def test_headers_give_the_request_id_if_the_body_does_not() -> None:
    error = refuse(500, headers={"X-Request-ID": "r-1"})
    assert isinstance(error, ApiError)
    assert error.request_id == "r-1"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0),
        # The reply's own clock counts, not ours.
        (
            {
                "Retry-After": "Thu, 01 Jan 2026 12:00:30 GMT",
                "Date": "Thu, 01 Jan 2026 12:00:20 GMT",
            },
            10.0,
        ),
        ({"Retry-After": "whenever"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_both_forms(
    status: int, headers: dict[str, str], wait: float | None
) -> None:
    error = refuse(status, headers=headers)
    assert isinstance(error, RateLimitError | ServerError)
    assert error.retry_after == wait
    assert (f"{wait:g} s" if wait else "later") in str(error)


def test_a_redirect_is_an_error_that_says_where_it_points() -> None:
    error = refuse(302, b"<html>moved</html>", headers={"Location": "https://evil.example/x"})
    assert "https://evil.example/x" in error.message
    assert "not followed" in error.message


def test_a_key_that_the_service_echoes_does_not_get_through() -> None:
    register("echoed-key-0815")
    for status in (302, 401, 405, 500):
        for request in (STATUS, ANALYTICS):
            error = refuse(
                status,
                {
                    "detail": "key echoed-key-0815 bad",
                    "code": "echoed-key-0815",
                    "traceId": "echoed-key-0815",
                },
                request,
                {"Location": "/?echoed-key-0815", "X-Request-Id": "echoed-key-0815"},
            )
            assert "echoed-key-0815" not in f"{error!s} {error!r} {error.args} {vars(error)}"


@given(status=st.integers(300, 599), body=st.binary(max_size=200))
def test_no_reply_is_too_odd_for_an_error(status: int, body: bytes) -> None:
    error = error_for(STATUS, status, {"Retry-After": "x"}, body, NOW)
    assert isinstance(error, ApiError)
    assert "\n" not in error.message
    assert error.message


@pytest.mark.parametrize(
    ("status", "expected"), [(199, False), (200, True), (204, True), (299, True), (300, False)]
)
def test_success_is_any_2xx(status: int, expected: bool) -> None:
    assert is_success(status) is expected
