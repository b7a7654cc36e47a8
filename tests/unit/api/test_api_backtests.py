"""Following a run, and what differs with the seed contract."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from xlmeso.api import Client, Contract, PollStoppedError
from xlmeso.errors import (
    NotFoundError,
    PollTimeoutError,
    TransportError,
)
from xlmeso.model.backtest import BacktestState, BacktestStatus
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.wire.faults import BadArgumentError, NotInContractError

START, END = dt.datetime(2026, 1, 1), dt.datetime(2026, 2, 1)


def state(reply, name: str):
    return reply(200, json.dumps({"State": name}).encode())


@pytest.fixture
def seed(service, make_client) -> Client:
    return make_client(service.url, contract="seed")


def test_wait_follows_a_run_to_its_end(service, client, reply, waits) -> None:
    service.replies(*(state(reply, name) for name in ("Created", "Started", "Finished")))
    seen: list[BacktestStatus] = []
    status = client.backtests.wait("b1", on_status=seen.append)
    assert status.state is BacktestState.FINISHED
    assert [item.state for item in seen] == ["Created", "Started", "Finished"]
    assert len(waits) == 2


@pytest.mark.parametrize("name", ["Finished", "Failed", "Cancelled"])
def test_wait_ends_at_every_terminal_state(service, client, reply, name: str) -> None:
    service.replies(state(reply, name))
    assert client.backtests.wait("b1").state == name


def test_wait_survives_a_service_that_is_away_for_a_while(service, client, reply) -> None:
    down = reply(503, b"")
    service.replies(*[down] * 7, state(reply, "Finished"))
    assert client.backtests.wait("b1").state is BacktestState.FINISHED


def test_wait_ends_in_time(service, make_client, reply) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    client = make_client(service.url, sleep=sleep, clock=lambda: now[0])
    service.replies(state(reply, "Started"))
    with pytest.raises(PollTimeoutError, match="after 30 s"):
        client.backtests.wait("b1", timeout=30.0)
    assert now[0] == pytest.approx(30.0)


def test_wait_can_be_stopped(service, client, reply) -> None:
    service.replies(state(reply, "Started"))
    with pytest.raises(PollStoppedError):
        client.backtests.wait("b1", is_cancelled=lambda: bool(service.received))


def test_wait_for_an_unknown_run_ends_at_once(service, client, reply) -> None:
    service.replies(reply(404, b""))
    with pytest.raises(NotFoundError):
        client.backtests.wait("b1")
    assert len(service.received) == 1


def test_list_reads_page_after_page(service, client) -> None:
    def answer(handler) -> None:
        page = int(handler.path.split("page=")[1].split("&")[0])
        items = [{"Id": f"b{i}", "State": "Finished"} for i in range(5)][page * 2 : page * 2 + 2]
        body = json.dumps(items).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    service.answer = answer
    listed = client.backtests.list(START, END, page_size=2)
    assert service.received == []
    assert [item.backtest_id for item in listed] == ["b0", "b1", "b2", "b3", "b4"]
    assert len(service.received) == 3


def test_list_refuses_bad_arguments_at_once(client) -> None:
    with pytest.raises(BadArgumentError):
        client.backtests.list(END, START)
    with pytest.raises(BadArgumentError):
        client.backtests.list(START, END, status="Running")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, BacktestStatus(BacktestState.FINISHED)),
        (425, BacktestStatus(BacktestState.STARTED)),
        (405, BacktestStatus(BacktestState.FAILED, failure_reason="no quotes")),
        (409, BacktestStatus(BacktestState.CANCELLED)),
    ],
)
def test_seed_reads_the_state_from_the_analytics_route(
    service, seed, reply, status: int, expected: BacktestStatus
) -> None:
    service.replies(reply(status, b'{"detail":"no quotes"}'))
    assert seed.backtests.status("b1") == expected
    assert service.received[0].path == "/api/v1/backtest/b1/analytics"


def test_seed_waits_in_the_same_way(service, seed, reply) -> None:
    service.replies(reply(425, b""), reply(425, b""), reply(200, b"{}"))
    assert seed.backtests.wait("b1").state is BacktestState.FINISHED


def test_seed_does_not_take_an_unknown_run_for_a_state(service, seed, reply) -> None:
    service.replies(reply(404, b""))
    with pytest.raises(NotFoundError):
        seed.backtests.status("b1")


def test_seed_sends_no_key_and_never_sends_twice(service, seed) -> None:
    def hang_up(handler) -> None:
        handler.close_connection = True

    service.answer = hang_up
    with pytest.raises(TransportError, match="look at the list"):
        seed.backtests.create(StrategyDefinition({}), idempotency_key="k1")
    (seen,) = service.received
    assert json.loads(seen.body) == {"StrategyDefinition": {}, "Shared": False}


@pytest.mark.parametrize(
    "action",
    [
        lambda client: client.backtests.cancel("b1"),
        lambda client: client.navs.get("b1", view="analytics"),
    ],
)
def test_seed_says_what_the_service_does_not_offer(service, seed, action) -> None:
    with pytest.raises(NotInContractError, match="this service"):
        action(seed)
    assert service.received == []


def test_seed_has_no_cancelled_runs_and_no_replays(service, seed) -> None:
    with pytest.raises(BadArgumentError, match="cannot be Cancelled"):
        seed.backtests.list(START, END, status="Cancelled")
    with pytest.raises(BadArgumentError, match="replay is not safe"):
        seed.backtests.create_from_bytes(b'{"IdempotencyKey":"k"}', keyed=True)
    assert service.received == []


def test_contracts_say_what_they_have() -> None:
    newer, seed = Contract.NEWER, Contract.SEED
    assert (newer.has_status, newer.has_idempotency, newer.has_nav_views) == (True, True, True)
    assert (seed.has_status, seed.has_idempotency, seed.has_nav_views) == (False, False, False)
