"""The other routes over HTTP: states, rights, filters, deletion, the seed contract."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from service_helpers import UNKNOWN_ID, Caller, body, make_service
from service_runs import ANALYTICS, EVENTS, NAVS, NAVS_ANALYTICS

from xlmeso.simulator.server import LocalService


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    with make_service(tmp_path_factory.mktemp("data"), workers=2) as running:
        yield running


@pytest.fixture
def call(service: LocalService) -> Iterator[Caller]:
    """Call the service, which has to be alive after each test."""
    caller = Caller(service.url, service.api_key)
    yield caller
    assert caller("GET", "/health", base="").json["service"] == "xlmeso"


@pytest.fixture
def stranger(service: LocalService) -> Caller:
    return Caller(service.url, service.issue_key("stranger"))


@pytest.fixture(scope="module")
def finished(service: LocalService) -> str:
    caller = Caller(service.url, service.api_key)
    backtest_id = caller.submit(body("external"))
    assert caller.until(backtest_id) == "Finished"
    return backtest_id


def ended(call: Caller, do: str) -> str:
    backtest_id = call.submit(body(do))
    if do == "slow":
        call.until(backtest_id, "Started")
        assert call("POST", f"/backtest/{backtest_id}/cancel").status == 202
    call.until(backtest_id)
    return backtest_id


def test_a_run_tells_its_times_and_its_share(call: Caller) -> None:
    backtest_id = call.submit(body("slow"))
    call.until(backtest_id, "Started")
    path = f"/backtest/{backtest_id}/status"
    for _ in range(200):
        status = call("GET", path).json
        if status["Progress"] is not None:
            break
    assert status["Progress"] == 0.25
    assert status["CreatedAt"] <= status["StartedAt"]
    assert status["StartedAt"].endswith("Z")
    assert (status["FinishedAt"], status["FailureReason"]) == (None, None)
    call("POST", f"/backtest/{backtest_id}/cancel")
    call.until(backtest_id)
    status = call("GET", path).json
    assert status["StartedAt"] <= status["FinishedAt"]
    assert (status["State"], status["Progress"]) == ("Cancelled", None)


def test_cancelling_again_changes_nothing(call: Caller) -> None:
    backtest_id = ended(call, "slow")
    assert call.state(backtest_id) == "Cancelled"
    assert call("POST", f"/backtest/{backtest_id}/cancel").status == 200


def test_what_waits_is_cancelled_at_once(call: Caller) -> None:
    running = [call.submit(body("slow")) for _ in range(2)]
    for backtest_id in running:
        call.until(backtest_id, "Started")
    waiting = call.submit(body())
    assert call.state(waiting) == "Created"
    assert call("GET", f"/backtest/{waiting}/analytics").status == 425
    assert call("POST", f"/backtest/{waiting}/cancel").status == 202
    status = call("GET", f"/backtest/{waiting}/status").json
    assert (status["State"], status["StartedAt"]) == ("Cancelled", None)
    for backtest_id in running:
        call("POST", f"/backtest/{backtest_id}/cancel")
        assert call.until(backtest_id) == "Cancelled"


@pytest.mark.parametrize(
    ("do", "state", "status", "code"),
    [
        ("fail", "Failed", 405, "backtest-failed"),
        ("raise", "Failed", 405, "backtest-failed"),
        ("slow", "Cancelled", 409, "backtest-cancelled"),
    ],
)
def test_analytics_of_runs_without_them(
    call: Caller, do: str, state: str, status: int, code: str
) -> None:
    backtest_id = ended(call, do)
    assert call.state(backtest_id) == state
    reply = call("GET", f"/backtest/{backtest_id}/analytics")
    assert (reply.status, reply.json["code"]) == (status, code)


def test_a_failed_run_tells_why_and_keeps_its_events(call: Caller) -> None:
    backtest_id = ended(call, "fail")
    reason = "Entry.Conditions[0]: no such name"
    assert call("GET", f"/backtest/{backtest_id}/status").json["FailureReason"] == reason
    assert reason in call("GET", f"/backtest/{backtest_id}/analytics").json["detail"]
    assert call("GET", f"/backtest/{backtest_id}/events").json == EVENTS


def test_an_unexpected_error_of_the_simulation_fails_the_run(call: Caller) -> None:
    backtest_id = ended(call, "raise")
    assert "KeyError" in call("GET", f"/backtest/{backtest_id}/status").json["FailureReason"]


def test_analytics_that_are_not_finite_are_null(call: Caller) -> None:
    backtest_id = ended(call, "nan")
    assert call("GET", f"/backtest/{backtest_id}/analytics").json == {"StratSharpe": None}


def test_a_running_run_has_no_exports_yet(call: Caller) -> None:
    backtest_id = call.submit(body("slow"))
    call.until(backtest_id, "Started")
    for what in ("events", "navs", "external-data"):
        assert call("GET", f"/backtest/{backtest_id}/{what}").status == 404
    assert call("GET", f"/backtest/{backtest_id}/analytics").status == 425
    call("POST", f"/backtest/{backtest_id}/cancel")
    call.until(backtest_id)


def test_results_of_a_finished_run(call: Caller, finished: str) -> None:
    path = f"/backtest/{finished}"
    assert call("GET", f"{path}/analytics").json == ANALYTICS
    assert call("GET", f"{path}/events").json == EVENTS
    generic, projection = call("GET", f"{path}/navs"), call("GET", f"{path}/navs", view="analytics")
    assert generic.content.decode() == NAVS
    assert projection.content.decode() == NAVS_ANALYTICS
    assert generic.headers["content-type"].startswith("text/csv")
    archive = call("GET", f"{path}/external-data")
    assert archive.content.startswith(b"PK")
    assert archive.headers["content-type"] == "application/zip"


@pytest.mark.parametrize("what", ["events", "navs"])
def test_callers_who_take_gzip_get_the_file_as_it_is(
    call: Caller, finished: str, what: str
) -> None:
    packed = call("GET", f"/backtest/{finished}/{what}", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-length"] == str(len(packed.content))
    plain = call("GET", f"/backtest/{finished}/{what}")
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed.content) == plain.content


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"eventType": "EndOfDay"}, 1),
        ({"eventType": "endofday"}, 1),
        ({"eventType": ""}, 5),
        ({"start": "2021-01-04T15:30:00", "end": "2021-01-04T16:00:00Z"}, 2),
        ({"start": "2021-01-05"}, 1),
        ({"eventType": "Nothing"}, 0),
    ],
)
def test_events_are_filtered(call: Caller, finished: str, query: Any, count: int) -> None:
    reply = call(
        "GET", f"/backtest/{finished}/events", headers={"Accept-Encoding": "gzip"}, **query
    )
    content = reply.content
    if reply.headers.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    assert len(json.loads(content)) == count


BAD_QUERIES = [
    ("/backtests", {}),
    ("/backtests", {"page": -1}),
    ("/backtests", {"page": "x"}),
    ("/backtests", {"page": 10**30}),
    ("/backtests", {"page": 0, "pageSize": 0}),
    ("/backtests", {"page": 0, "pageSize": 1001}),
    ("/backtests", {"page": 0, "start": "yesterday"}),
    ("/backtests", {"page": 0, "start": "0001-01-01T00:00:00+14:00", "end": "2026-01-01"}),
    ("/backtests", {"page": 0, "status": "Done"}),
    ("/backtests", {"page": 0, "status": "finished"}),
    ("/backtests", {"page": 0, "includeAnalytics": "perhaps"}),
    ("/backtest/{id}/events", {"start": "soon"}),
    ("/backtest/{id}/navs", {"view": "Analytics"}),
    ("/backtest/{id}/navs", {"view": ""}),
]


@pytest.mark.parametrize(("path", "query"), BAD_QUERIES)
def test_bad_parameters_are_refused(call: Caller, finished: str, path: str, query: Any) -> None:
    reply = call("GET", path.replace("{id}", finished), **query)
    assert (reply.status, reply.json["code"]) == (400, "invalid-parameter")
    assert reply.json["errors"][0]["path"] in {"page", *query}


def test_the_key_is_asked_for_before_the_parameters(service: LocalService) -> None:
    assert Caller(service.url, None)("GET", "/backtests", page="x").status == 401


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("POST", "/sharing", {}),
        ("POST", "/sharing", {"sharingEnabled": "perhaps"}),
        ("DELETE", "", {"deleteMode": "full"}),
        ("DELETE", "", {"deleteMode": "All"}),
    ],
)
def test_bad_changes_change_nothing(
    call: Caller, finished: str, method: str, path: str, query: Any
) -> None:
    assert call(method, f"/backtest/{finished}{path}", **query).status == 400
    assert call("GET", f"/backtest/{finished}/sharing").json == {"SharingEnabled": False}


def test_list_items(call: Caller, finished: str) -> None:
    item = next(item for item in call.list() if item["Id"] == finished)
    names = "Id Name StrategyName Shared State CreatedAt StartedAt FinishedAt"
    assert list(item) == names.split()
    assert item["State"] == "Finished"
    full = next(item for item in call.list(includeAnalytics="true") if item["Id"] == finished)
    assert full == item | ANALYTICS


def test_the_list_needs_both_dates(call: Caller, finished: str) -> None:
    assert call("GET", "/backtests", page=0).json == []
    assert call("GET", "/backtests", page=0, start="2000-01-01").json == []


def test_the_list_filters_on_state_and_time(call: Caller, finished: str) -> None:
    failed = ended(call, "fail")
    ids = {state: {item["Id"] for item in call.list(status=state)} for state in ("All", "Failed")}
    assert failed in ids["Failed"]
    assert finished in ids["All"] - ids["Failed"]
    created = call("GET", f"/backtest/{finished}/status").json["CreatedAt"]
    assert [item["Id"] for item in call.list(start=created, end=created)] == [finished]


def test_pages_do_not_overlap(service: LocalService) -> None:
    call = Caller(service.url, service.issue_key("reader of pages"))
    made = [call.submit(body()) for _ in range(5)]
    pages = [[item["Id"] for item in call.list(page=page, pageSize=2)] for page in range(4)]
    assert pages == [[made[4], made[3]], [made[2], made[1]], [made[0]], []]


def test_sharing_lets_others_read_and_nothing_else(call: Caller, stranger: Caller) -> None:
    backtest_id = ended(call, "external")
    path = f"/backtest/{backtest_id}"
    assert call("POST", f"{path}/sharing", sharingEnabled="true").status == 200
    assert call("GET", f"{path}/sharing").json == {"SharingEnabled": True}
    for what in ("analytics", "strategy-definition", "events", "navs", "external-data"):
        assert stranger("GET", f"{path}/{what}").status == 200, what
    assert backtest_id in {item["Id"] for item in stranger.list()}
    assert stranger("GET", f"{path}/sharing").status == 403
    assert stranger("POST", f"{path}/sharing", sharingEnabled="false").status == 403
    assert stranger("DELETE", path, deleteMode="Full").status == 403
    assert stranger("GET", f"{path}/status").status == 404
    assert stranger("POST", f"{path}/cancel").status == 404
    call("POST", f"{path}/sharing", sharingEnabled="false")
    assert stranger("GET", f"{path}/events").status == 403
    assert backtest_id not in {item["Id"] for item in stranger.list()}


def test_a_run_can_be_born_shared(call: Caller, stranger: Caller) -> None:
    backtest_id = call.submit(body(Shared=True))
    call.until(backtest_id)
    assert stranger("GET", f"/backtest/{backtest_id}/events").status == 200


def folders(service: LocalService) -> set[str]:
    return {path.name for path in (service.data / "artifacts").iterdir()}


@pytest.mark.parametrize(
    ("query", "status", "listed", "kept_folder"),
    [
        ({"deleteMode": "Soft"}, 404, False, True),
        ({"deleteMode": "Full"}, 404, False, False),
        ({}, 404, False, False),
        ({"deleteMode": "Details"}, 200, True, False),
    ],
)
def test_delete_modes(
    service: LocalService,
    call: Caller,
    query: Any,
    status: int,
    listed: bool,
    kept_folder: bool,
) -> None:
    before = folders(service)
    backtest_id = ended(call, "finish")
    (folder,) = folders(service) - before
    assert call("DELETE", f"/backtest/{backtest_id}", **query).status == 200
    path = f"/backtest/{backtest_id}"
    for what in ("status", "analytics", "strategy-definition", "sharing"):
        assert call("GET", f"{path}/{what}").status == status, what
    for what in ("events", "navs"):
        assert call("GET", f"{path}/{what}").status == 404, what
    assert (backtest_id in {item["Id"] for item in call.list()}) is listed
    assert (folder in folders(service)) is kept_folder
    assert call("DELETE", path, deleteMode="Full").status == status


@pytest.mark.parametrize("mode", ["Soft", "Details", "Full"])
def test_a_running_run_is_stopped_by_its_deletion(
    service: LocalService, call: Caller, mode: str
) -> None:
    before = folders(service)
    backtest_id = call.submit(body("slow"))
    call.until(backtest_id, "Started")
    assert call("DELETE", f"/backtest/{backtest_id}", deleteMode=mode).status == 200
    if mode == "Details":
        assert call.until(backtest_id) == "Cancelled"
    else:
        assert call("GET", f"/backtest/{backtest_id}/status").status == 404
    both_workers = [call.submit(body("finish")) for _ in range(2)]
    for other in both_workers:
        assert call.until(other) == "Finished"
    left = 1 if mode == "Soft" else 0
    assert len(folders(service) - before) == 2 + left


TRICKS = [
    "..",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fbacktests.sqlite3",
    "..%5c..%5csigning-secret",
    "%2fetc%2fpasswd",
    "C%3a%5cWindows",
    "%00",
    f"{UNKNOWN_ID}%00",
    "a" * 5000,
    "%ff%fe",
    "'%20OR%201=1--",
    "%25",
    "new",
]


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("what", ["status", "events", "navs", "external-data"])
def test_tricks_with_the_id_find_nothing(call: Caller, trick: str, what: str) -> None:
    reply = call("GET", f"/backtest/{trick}/{what}")
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"


def test_unknown_routes_and_methods(call: Caller) -> None:
    assert call("GET", "/").json["code"] == "no-such-route"
    assert call("GET", "/backtest/validate").status == 405
    assert call("GET", "/openapi.json", base="").status == 404
    assert call("GET", "/docs", base="").status == 404


def test_a_key_is_in_no_reply(call: Caller) -> None:
    key = call.key or ""
    reply = Caller(call.url, f"{key}x")("GET", "/backtests", page=0)
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert key.encode() not in reply.content


def test_a_strange_host_header_does_no_harm(call: Caller) -> None:
    assert call("GET", "/backtests", headers={"Host": "[::1"}).status == 400


def test_callers_who_go_away_do_no_harm(call: Caller) -> None:
    parts = urlsplit(call.url)
    head = (
        "PUT /api/v1/backtest/new HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {call.key}\r\nContent-Length: 1000\r\n\r\n{{"
    )
    for _ in range(5):
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as caller:
            caller.sendall(head.encode())
    assert call("GET", "/backtests", page=0).status == 200


def test_a_connection_serves_many_requests(call: Caller) -> None:
    parts = urlsplit(call.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        for _ in range(3):
            connection.request(
                "GET", "/api/v1/backtests?page=0", headers={"Authorization": f"Bearer {call.key}"}
            )
            reply = connection.getresponse()
            assert (reply.status, reply.read()) == (200, b"[]")
    finally:
        connection.close()


def test_an_unexpected_error_of_the_service_tells_nothing(
    service: LocalService, call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xlmeso.simulator.store import BacktestStore

    def fail(*arguments: Any) -> None:
        raise RuntimeError("the inside of the service")

    monkeypatch.setattr(BacktestStore, "get", fail)
    reply = call("GET", f"/backtest/{UNKNOWN_ID}/status")
    assert (reply.status, reply.json["code"]) == (500, "internal-error")
    assert b"inside" not in reply.content


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    with make_service(tmp_path_factory.mktemp("seed"), contract="seed") as running:
        yield running


def test_the_seed_contract_leaves_out_what_is_newer(seed: LocalService) -> None:
    call = Caller(seed.url, seed.api_key)
    made = body(IdempotencyKey="not even valid!")
    first, second = (call("PUT", "/backtest/new", made).json["BacktestId"] for _ in range(2))
    assert first != second
    path = f"/backtest/{first}"
    assert call("GET", f"{path}/status").status == 404
    assert call("POST", f"{path}/cancel").status == 404
    while (reply := call("GET", f"{path}/analytics")).status == 425:
        assert reply.content == b""
    assert reply.json == ANALYTICS
    assert call("GET", f"{path}/navs", view="analytics").content.decode() == NAVS
    assert call("GET", "/backtests", page=0, status="Cancelled").status == 400
    assert call("DELETE", path).status == 400
    assert call("DELETE", path, deleteMode="Full").status == 200
    missing = call("GET", f"{path}/events")
    assert (missing.status, missing.content) == (404, b"")


def test_the_seed_contract_lists_own_runs_only(seed: LocalService) -> None:
    other = Caller(seed.url, seed.issue_key("other"))
    backtest_id = other.submit(body(Shared=True))
    call = Caller(seed.url, seed.api_key)
    assert backtest_id not in {item["Id"] for item in call.list()}
    assert backtest_id in {item["Id"] for item in other.list()}
