"""PUT /backtest/new over HTTP: bodies, names, idempotency, limits."""

from __future__ import annotations

import datetime as dt
import json
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from service_helpers import Caller, body, make_service

from xlmeso.simulator.limits import ServiceLimits
from xlmeso.simulator.server import LocalService

NEW = "/backtest/new"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    with make_service(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def call(service: LocalService) -> Iterator[Caller]:
    """Call the service, which has to be alive after each test."""
    caller = Caller(service.url, service.api_key)
    yield caller
    assert caller("GET", "/health", base="").status == 200


def with_definition(**changes: Any) -> dict[str, Any]:
    made = body()
    made["StrategyDefinition"] |= changes
    return made


def renamed(name: Any) -> dict[str, Any]:
    made = body()
    made["StrategyDefinition"]["Backtest"]["Name"] = name
    return made


def nested(depth: int) -> bytes:
    return b'{"StrategyDefinition":' + b'{"a":' * (depth - 1) + b"1" + b"}" * depth


BAD_BODIES: dict[str, tuple[Any, int, str]] = {
    "no body": (None, 400, "invalid-json"),
    "no JSON": (b"{", 400, "invalid-json"),
    "no UTF-8": (b'{"a": "\xff"}', 400, "invalid-json"),
    "NaN": (b'{"StrategyDefinition": NaN}', 400, "invalid-json"),
    "a key twice": (b'{"Shared": true, "Shared": false}', 400, "invalid-json"),
    "depth 100": (nested(100), 400, "invalid-json"),
    "depth 65": (nested(65), 400, "invalid-json"),
    "escaped quotes without an end": (b'"' + b'\\"' * 900_000, 400, "invalid-json"),
    "a list": ([], 400, "invalid-body"),
    "no definition": ({}, 400, "invalid-body"),
    "a definition that is a text": ({"StrategyDefinition": "{}"}, 400, "invalid-body"),
    "Shared is a text": (body(Shared="true"), 400, "invalid-body"),
    "a blank key": (body(IdempotencyKey=""), 400, "invalid-body"),
    "a long key": (body(IdempotencyKey="k" * 129), 400, "invalid-body"),
    "a key with a space": (body(IdempotencyKey="a b"), 400, "invalid-body"),
    "a key with a newline": (body(IdempotencyKey="ab\n"), 400, "invalid-body"),
    "a key with an umlaut": (body(IdempotencyKey="\u00e4"), 400, "invalid-body"),
    "a key that is a number": (body(IdempotencyKey=7), 400, "invalid-body"),
    "no StrategyName": (with_definition(StrategyName=None), 400, "invalid-definition"),
    "a blank StrategyName": (with_definition(StrategyName=" "), 400, "invalid-definition"),
    "a long StrategyName": (with_definition(StrategyName="x" * 129), 400, "invalid-definition"),
    "no Backtest": (with_definition(Backtest=None), 400, "invalid-definition"),
    "a blank name": (renamed(" "), 400, "invalid-definition"),
    "half a surrogate pair": (with_definition(StrategyName="\ud800"), 400, "invalid-definition"),
    "a long name": (renamed("x" * 251), 400, "invalid-definition"),
    "3 MiB": (b'{"a":"' + b"x" * (3 * MIB) + b'"}', 413, "body-too-large"),
    "2 MiB and one": (b'{"a":"' + b"x" * (2 * MIB - 7) + b'"}', 413, "body-too-large"),
}


@pytest.mark.parametrize("what", BAD_BODIES)
def test_bad_bodies_are_refused(call: Caller, what: str) -> None:
    content, status, code = BAD_BODIES[what]
    reply = call("PUT", NEW, content)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["status"] == status
    assert reply.json["instance"] == "/api/v1/backtest/new"
    assert re.fullmatch(r"[0-9a-f]{32}", reply.json["traceId"])


def test_a_chunked_body_has_the_same_limit(call: Caller) -> None:
    reply = call("PUT", NEW, iter([b"x" * 65536] * 48))
    assert reply.status == 413


def test_a_chunked_body_is_accepted(call: Caller) -> None:
    text = json.dumps(body()).encode()
    assert call("PUT", NEW, iter([text[:10], text[10:]])).status == 201


@pytest.mark.parametrize("size", [2 * MIB - 6, 2 * MIB - 8])
def test_exactly_two_mebibytes_are_read(call: Caller, size: int) -> None:
    content = json.dumps(body()).encode()
    padded = content[:-1] + b" " * (2 * MIB - len(content)) + b"}"
    assert len(padded) == 2 * MIB
    assert call("PUT", NEW, padded).status == 201


def test_names_of_full_length_are_accepted(call: Caller) -> None:
    made = renamed("n" * 250)
    made["StrategyDefinition"]["StrategyName"] = "s" * 128
    reply = call("PUT", NEW, made)
    assert reply.status == 201
    assert reply.json["Name"] == "n" * 250


def test_all_mistakes_are_told_at_once(call: Caller) -> None:
    reply = call("PUT", NEW, with_definition(Planted=1, StrategyName=""))
    assert reply.status == 400
    assert reply.json["errors"] == [
        {"path": "Planted", "message": "must not be here", "suggestion": "Remove it."},
        {"path": "Exit", "message": "is missing", "suggestion": ""},
        {
            "path": "StrategyName",
            "message": "must be a text that is not blank",
            "suggestion": "",
        },
    ]


def test_what_cannot_be_simulated_is_named(call: Caller) -> None:
    reply = call("PUT", NEW, with_definition(Adjustment={"a": 1}))
    assert (reply.status, reply.json["code"]) == (400, "unsupported-feature")
    assert "Adjustment" in reply.json["detail"]
    assert reply.json["errors"][0]["path"] == "Adjustment"


@pytest.mark.parametrize("word", ["generate", "GENERATE", "Generate"])
def test_a_name_is_made_on_request(call: Caller, word: str) -> None:
    reply = call("PUT", NEW, renamed(word))
    assert re.fullmatch(r"([A-Z][a-z]+){2}", reply.json["Name"])
    backtest_id = reply.json["BacktestId"]
    kept = call("GET", f"/backtest/{backtest_id}/strategy-definition").json
    assert kept["Backtest"]["Name"] == word
    assert call.list(pageSize=1)[0]["Name"] == reply.json["Name"]


def test_the_definition_comes_back_to_the_letter(call: Caller) -> None:
    text = (
        '{"StrategyName":"S","Unknown":{"b":1.50,"a":[1e5,null]},'
        '"Backtest":{"Cash":10000.0000,"Name":"n"},"Symbol":"SPX é \\u0001 \\ud800"}'
    )
    reply = call("PUT", NEW, f'{{"StrategyDefinition": {text}, "Other": 1}}'.encode())
    backtest_id = reply.json["BacktestId"]
    assert call("GET", f"/backtest/{backtest_id}/strategy-definition").content == text.encode()


def key_order_changed(made: dict[str, Any]) -> dict[str, Any]:
    return dict(reversed(made.items()))


def unknown_field_added(made: dict[str, Any]) -> dict[str, Any]:
    return made | {"Unknown": None}


def number_spelled_otherwise(made: dict[str, Any]) -> dict[str, Any]:
    return made | {"StrategyDefinition": made["StrategyDefinition"] | {"Number": 1.0}}


def shared_changed(made: dict[str, Any]) -> dict[str, Any]:
    return made | {"Shared": True}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (dict, 201),
        (key_order_changed, 201),
        (unknown_field_added, 409),
        (number_spelled_otherwise, 409),
        (shared_changed, 409),
    ],
)
def test_a_key_is_bound_to_its_payload(
    call: Caller, change: Callable[[dict[str, Any]], dict[str, Any]], status: int
) -> None:
    made = body(IdempotencyKey=f"bound-{change.__name__}", name="generate", Shared=False)
    made["StrategyDefinition"]["Number"] = 1
    first = call("PUT", NEW, made)
    again = call("PUT", NEW, change(made))
    assert again.status == status
    if status == 201:
        assert again.json == first.json
    else:
        assert again.json["code"] == "idempotency-key-reused"


@pytest.mark.parametrize("do", ["finish", "fail"])
def test_a_key_answers_after_the_run_has_ended(call: Caller, do: str) -> None:
    made = body(do, IdempotencyKey=f"ended-{do}")
    backtest_id = call.submit(made)
    call.until(backtest_id)
    assert call.submit(made) == backtest_id


def test_keys_are_case_sensitive_and_belong_to_a_user(call: Caller, service: LocalService) -> None:
    made = body(IdempotencyKey="Mine")
    first = call.submit(made)
    assert call.submit(body(IdempotencyKey="mine")) != first
    other = Caller(service.url, service.issue_key("bob"))
    assert other.submit(made) != first
    assert other("PUT", NEW, body("fail", IdempotencyKey="Mine")).status == 409


@pytest.mark.parametrize(("mode", "status"), [("Soft", 410), ("Full", 410), ("Details", 201)])
def test_the_key_of_a_deleted_run(call: Caller, mode: str, status: int) -> None:
    made = body(IdempotencyKey=f"deleted-{mode}")
    backtest_id = call.submit(made)
    call.until(backtest_id)
    assert call("DELETE", f"/backtest/{backtest_id}", deleteMode=mode).status == 200
    assert call("PUT", NEW, made).status == status
    changed = call("PUT", NEW, made | {"Shared": True})
    assert changed.status == 409


def test_a_submission_without_a_key_is_always_new(call: Caller) -> None:
    assert call.submit(body()) != call.submit(body())


def test_the_same_key_at_the_same_time_makes_one_run(call: Caller) -> None:
    made = body(IdempotencyKey="at-once")
    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(lambda _: call.submit(made), range(16)))
    assert len(ids) == 1


def test_different_payloads_under_one_key_at_the_same_time(call: Caller) -> None:
    bodies = [body(IdempotencyKey="at-once-2", number=number) for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda made: call("PUT", NEW, made), bodies))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 7


def test_a_body_that_trickles_in_is_given_up(tmp_path: Path) -> None:
    with make_service(tmp_path, limits=ServiceLimits(body_seconds=0.2)) as service:
        parts = urlsplit(service.url)
        head = (
            "PUT /api/v1/backtest/new HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {service.api_key}\r\nContent-Length: 1000\r\n\r\n{{"
        )
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as caller:
            caller.sendall(head.encode())
            assert caller.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_a_service_about_to_stop_takes_nothing_on(tmp_path: Path) -> None:
    with make_service(tmp_path) as service:
        call = Caller(service.url, service.api_key)
        backtest_id = call.submit(body())
        service._running().stopping = True
        for reply in (call("PUT", NEW, body()), call("POST", f"/backtest/{backtest_id}/cancel")):
            assert (reply.status, reply.json["code"]) == (503, "unavailable")
            assert int(reply.headers["retry-after"]) > 0


def test_while_paused_only_replays_are_answered(tmp_path: Path) -> None:
    with make_service(tmp_path) as service:
        call = Caller(service.url, service.api_key)
        made = body(IdempotencyKey="before")
        backtest_id = call.submit(made)
        service.paused = True
        refused = call("PUT", NEW, body(IdempotencyKey="after"))
        assert (refused.status, refused.json["code"]) == (503, "paused")
        assert refused.headers["retry-after"] == "30"
        assert call.submit(made) == backtest_id
        assert call("GET", f"/backtest/{backtest_id}/status").status == 200
        service.paused = False
        assert call("PUT", NEW, body(IdempotencyKey="after")).status == 201


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_full_queue_refuses_its_user_only(tmp_path: Path, form: Any) -> None:
    limits = ServiceLimits(in_flight=2, retry_after=form)
    with make_service(tmp_path, limits=limits) as service:
        call = Caller(service.url, service.api_key)
        running, waiting = call.submit(body("slow")), call.submit(body("slow", IdempotencyKey="w"))
        refused = call("PUT", NEW, body())
        assert (refused.status, refused.json["code"]) == (429, "too-many-in-flight")
        check_retry_after(refused.headers["retry-after"], form, 5)
        assert call.submit(body("slow", IdempotencyKey="w")) == waiting
        assert Caller(service.url, service.issue_key("bob")).submit(body())
        call("POST", f"/backtest/{waiting}/cancel")
        assert call.submit(body())
        call("POST", f"/backtest/{running}/cancel")


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_too_many_requests_are_refused(tmp_path: Path, form: Any) -> None:
    limits = ServiceLimits(requests=3, window_seconds=40, retry_after=form)
    with make_service(tmp_path, limits=limits) as service:
        call = Caller(service.url, service.api_key)
        statuses = [call("GET", "/backtests", page=0).status for _ in range(3)]
        assert statuses == [200, 200, 200]
        refused = call("GET", "/backtests", page=0)
        assert (refused.status, refused.json["code"]) == (429, "rate-limited")
        check_retry_after(refused.headers["retry-after"], form, 40)
        assert (
            Caller(service.url, service.issue_key("bob"))("GET", "/backtests", page=0).status == 200
        )
        assert call("GET", "/health", base="").status == 200


def check_retry_after(value: str, form: str, seconds: float) -> None:
    if form == "seconds":
        assert 1 <= int(value) <= seconds
        return
    ahead = (parsedate_to_datetime(value) - dt.datetime.now(dt.UTC)).total_seconds()
    assert seconds - 5 <= ahead <= seconds + 2
