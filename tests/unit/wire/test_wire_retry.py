from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.errors import (
    ApiError,
    AuthenticationError,
    BacktestRunningError,
    ConflictError,
    DecodingError,
    InvalidRequestError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
    XlmesoError,
)
from xlmeso.model.backtest import DeleteMode
from xlmeso.wire import outbound
from xlmeso.wire.faults import LastingTransportError
from xlmeso.wire.outbound import Route
from xlmeso.wire.retry import (
    NO_RETRY,
    RetryPolicy,
    asked_wait,
    done_before,
    in_time,
    is_transient,
    may_retry,
    open_fate,
    wait_seconds,
)

POLICY = RetryPolicy(attempts=3, first_wait=1.0, longest_wait=10.0, total=60.0, jitter=0.5)
DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
KEYED = b'{"StrategyDefinition":{},"Shared":false,"IdempotencyKey":"k"}'
REQUESTS = {
    "create": outbound.create(b"{}", keyed=False),
    "create-keyed": outbound.create(KEYED, keyed=True),
    "list": outbound.list_backtests(DAY, DAY + dt.timedelta(1), page=0),
    "status": outbound.status("x"),
    "cancel": outbound.cancel("x"),
    "analytics": outbound.analytics("x"),
    "strategy-definition": outbound.strategy_definition("x"),
    "events": outbound.events("x"),
    "navs": outbound.navs("x"),
    "external-data": outbound.external_data("x"),
    "sharing": outbound.sharing("x"),
    "set-sharing": outbound.set_sharing("x", True),
    "delete": outbound.delete("x", DeleteMode.SOFT),
}
TRANSIENT: list[XlmesoError] = [
    TransportError("no reply"),
    RateLimitError("slow down"),
    ServerError("paused", status=503),
    ServerError("gateway", status=502),
    ServerError("gateway", status=504),
]
LASTING: list[BaseException] = [
    LastingTransportError("certificate"),
    ServerError("fault", status=500),
    ServerError("not made", status=501),
    AuthenticationError("no", status=401),
    InvalidRequestError("no", status=400),
    NotFoundError("no", status=404),
    ConflictError("no", status=409),
    ApiError("no", status=418),
    BacktestRunningError("running"),
    DecodingError("what?"),
    KeyboardInterrupt(),
]


def test_the_table_names_every_route() -> None:
    assert {request.route for request in REQUESTS.values()} == set(Route)


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("error", TRANSIENT, ids=str)
def test_all_but_the_unkeyed_submission_are_sent_again(name: str, error: XlmesoError) -> None:
    assert may_retry(POLICY, REQUESTS[name], error, attempt=1) is (name != "create")


@pytest.mark.parametrize("error", LASTING, ids=lambda error: f"{type(error).__name__} {error}")
def test_nothing_is_sent_again_after_an_error_that_would_come_again(error: BaseException) -> None:
    assert not is_transient(error)
    assert not may_retry(POLICY, REQUESTS["status"], error, attempt=1)


def test_attempts_are_bounded() -> None:
    error = TransportError("no reply")
    answers = [may_retry(POLICY, REQUESTS["status"], error, attempt) for attempt in (1, 2, 3, 4)]
    assert answers == [True, True, False, False]
    assert not may_retry(NO_RETRY, REQUESTS["status"], error, attempt=1)


@pytest.mark.parametrize(("asked", "expected"), [(0.0, True), (10.0, True), (10.5, False)])
def test_a_retry_after_above_the_cap_goes_to_the_caller(asked: float, expected: bool) -> None:
    error = RateLimitError("slow down", retry_after=asked)
    assert may_retry(POLICY, REQUESTS["status"], error, attempt=1) is expected


@pytest.mark.parametrize(
    ("attempt", "chance", "expected"),
    [(1, 1.0, 1.0), (1, 0.0, 0.5), (2, 1.0, 2.0), (3, 1.0, 4.0), (4, 0.5, 6.0), (9, 1.0, 10.0)],
)
def test_waits_double_up_to_the_cap_and_half_is_left_to_chance(
    attempt: int, chance: float, expected: float
) -> None:
    assert wait_seconds(POLICY, TransportError("x"), attempt, chance) == pytest.approx(expected)


@given(
    asked=st.floats(0, 30),
    attempt=st.integers(1, 5),
    chance=st.floats(0, 1),
    jitter=st.floats(0, 1),
)
def test_a_retry_after_is_never_undercut(
    asked: float, attempt: int, chance: float, jitter: float
) -> None:
    policy = RetryPolicy(jitter=jitter)
    error = ServerError("paused", status=503, retry_after=asked)
    assert wait_seconds(policy, error, attempt, chance) >= asked


@given(attempt=st.integers(1, 60), chance=st.floats(0, 1))
def test_a_wait_is_never_negative_nor_above_the_cap(attempt: int, chance: float) -> None:
    assert 0.0 <= wait_seconds(POLICY, TransportError("x"), attempt, chance) <= 10.0


def test_no_attempt_starts_after_the_total() -> None:
    assert in_time(POLICY, elapsed=50.0, wait=10.0)
    assert not in_time(POLICY, elapsed=50.0, wait=10.1)


def test_a_deletion_that_is_not_found_after_a_lost_reply_is_done() -> None:
    lost, missing = TransportError("lost"), NotFoundError("missing", status=404)
    limited = RateLimitError("slow down")
    assert done_before(REQUESTS["delete"], missing, [lost])
    assert done_before(REQUESTS["delete"], missing, [lost, limited])
    assert not done_before(REQUESTS["delete"], missing, [])
    assert not done_before(REQUESTS["delete"], missing, [limited])
    assert not done_before(REQUESTS["delete"], lost, [lost])
    assert not done_before(REQUESTS["cancel"], missing, [lost])


def test_a_refusal_does_not_hide_that_an_earlier_sending_may_have_been_accepted() -> None:
    lost, limited = TransportError("lost"), RateLimitError("slow down")
    gateway, refused = ServerError("gateway", status=502), InvalidRequestError("bad", status=400)
    create = REQUESTS["create-keyed"]
    assert open_fate(create, limited, [lost]) is lost
    assert open_fate(create, AuthenticationError("x", status=401), [limited, gateway]) is gateway
    assert open_fate(create, limited, [limited, limited]) is None
    # The payload itself is refused: so it was the first time.
    assert open_fate(create, refused, [lost]) is None
    assert open_fate(REQUESTS["status"], limited, [lost]) is None


def test_asked_wait_is_known_for_limits_and_pauses_only() -> None:
    assert asked_wait(RateLimitError("x", retry_after=3.0)) == 3.0
    assert asked_wait(ServerError("x", retry_after=4.0)) == 4.0
    assert asked_wait(ServerError("x")) is None
    assert asked_wait(TransportError("x")) is None
