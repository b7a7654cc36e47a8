from __future__ import annotations

import datetime as dt
import json
from pathlib import PurePosixPath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.model.backtest import BacktestState, DeleteMode
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.wire import arguments, outbound
from xlmeso.wire.faults import BadArgumentError
from xlmeso.wire.outbound import Route

DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NEXT = DAY + dt.timedelta(days=1)
ID = "0d0c7a3e"
# Method and target as reference section 7.1 prints them.
TARGETS = {
    Route.CREATE: (outbound.create(b"{}", keyed=False), "PUT /api/v1/backtest/new"),
    Route.LIST: (
        outbound.list_backtests(DAY, NEXT, page=2, include_analytics=True, status="finished"),
        "GET /api/v1/backtests?start=2026-01-01T00%3A00%3A00Z&end=2026-01-02T00%3A00%3A00Z"
        "&page=2&pageSize=1000&includeAnalytics=true&status=Finished",
    ),
    Route.STATUS: (outbound.status(ID), f"GET /api/v1/backtest/{ID}/status"),
    Route.CANCEL: (outbound.cancel(ID), f"POST /api/v1/backtest/{ID}/cancel"),
    Route.ANALYTICS: (outbound.analytics(ID), f"GET /api/v1/backtest/{ID}/analytics"),
    Route.STRATEGY_DEFINITION: (
        outbound.strategy_definition(ID),
        f"GET /api/v1/backtest/{ID}/strategy-definition",
    ),
    Route.EVENTS: (
        outbound.events(
            ID,
            start=dt.datetime(2021, 1, 4, 9, 30),
            end=dt.datetime(2021, 1, 5),
            event_type="entrytrade",
        ),
        f"GET /api/v1/backtest/{ID}/events"
        "?start=2021-01-04T09%3A30%3A00&end=2021-01-05T00%3A00%3A00&eventType=EntryTrade",
    ),
    Route.NAVS: (
        outbound.navs(ID, view="analytics"),
        f"GET /api/v1/backtest/{ID}/navs?view=analytics",
    ),
    Route.EXTERNAL_DATA: (outbound.external_data(ID), f"GET /api/v1/backtest/{ID}/external-data"),
    Route.SHARING: (outbound.sharing(ID), f"GET /api/v1/backtest/{ID}/sharing"),
    Route.SET_SHARING: (
        outbound.set_sharing(ID, True),
        f"POST /api/v1/backtest/{ID}/sharing?sharingEnabled=true",
    ),
    Route.DELETE: (
        outbound.delete(ID, DeleteMode.DETAILS),
        f"DELETE /api/v1/backtest/{ID}?deleteMode=Details",
    ),
}


@pytest.mark.parametrize("route", Route)
def test_method_and_target_of_every_route(route: Route) -> None:
    request, expected = TARGETS[route]
    assert request.route is route
    assert f"{request.method} {request.target}" == expected


def test_only_the_submission_has_a_body() -> None:
    assert {route for route, (request, _) in TARGETS.items() if request.body} == {Route.CREATE}


def test_body_does_not_show_in_repr() -> None:
    assert "strategy" not in repr(outbound.create(b'{"strategy":1}', keyed=False))


@pytest.mark.parametrize(
    ("backtest_id", "segment"),
    [
        ("a b", "a%20b"),
        ("../x", "..%2Fx"),
        ("a/../../b", "a%2F..%2F..%2Fb"),
        ("..\\x", "..%5Cx"),
        ("%2e%2e", "%252e%252e"),
        ("x?deleteMode=Full", "x%3FdeleteMode%3DFull"),
        ("x#y", "x%23y"),
        ("größe", "gr%C3%B6%C3%9Fe"),
    ],
)
def test_an_id_stays_one_path_segment(backtest_id: str, segment: str) -> None:
    assert outbound.status(backtest_id).path == f"/api/v1/backtest/{segment}/status"


@given(st.text(min_size=1, max_size=60))
def test_no_id_leaves_its_place_in_the_path(backtest_id: str) -> None:
    try:
        path = outbound.status(backtest_id).path
    except BadArgumentError:
        return
    parts = PurePosixPath(path).parts
    assert parts[:4] == ("/", "api", "v1", "backtest")
    assert len(parts) == 6
    assert unquote(parts[4]) == backtest_id
    assert parts[4] not in (".", "..")


@pytest.mark.parametrize(
    "backtest_id", ["", ".", "..", "...", " ", "a\r\nHost: x", "a\0", "x" * 201, "\ud800"]
)
def test_what_cannot_be_an_id_is_refused_before_anything_is_sent(backtest_id: str) -> None:
    with pytest.raises(BadArgumentError, match="is not the id of a backtest"):
        outbound.analytics(backtest_id)


def test_submission_body_keeps_every_spelling() -> None:
    text = (
        '{"StrategyName":"Größe","Backtest":{"Cash":10000.0000},"A":"160","B":160,"C":null,'
        '"Unknown":{"z":1E5,"a":[1.50,-0.0]}}'
    )
    body = outbound.submission_body(
        StrategyDefinition.from_json(text), shared=True, idempotency_key="a.B_9:-"
    )
    assert body == (
        b'{"StrategyDefinition":' + text.encode() + b',"Shared":true,"IdempotencyKey":"a.B_9:-"}'
    )


def test_submission_without_a_key_has_no_such_member() -> None:
    body = outbound.submission_body(StrategyDefinition({}))
    assert json.loads(body) == {"StrategyDefinition": {}, "Shared": False}


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "ä", "a/b", "a\n", "a\tb"])
def test_bad_idempotency_keys_are_refused(key: str) -> None:
    with pytest.raises(BadArgumentError, match="idempotency key"):
        outbound.submission_body(StrategyDefinition({}), idempotency_key=key)


@given(st.from_regex(r"[A-Za-z0-9_.:\-]{1,128}", fullmatch=True))
def test_good_idempotency_keys_pass(key: str) -> None:
    assert arguments.idempotency_key(key) == key


@pytest.mark.parametrize(
    "body", [b"{}", b'{"IdempotencyKey":null}', b'{"IdempotencyKey":7}', b"[]"]
)
def test_a_body_without_a_key_cannot_count_as_keyed(body: bytes) -> None:
    with pytest.raises(BadArgumentError, match="could submit twice"):
        outbound.create(body, keyed=True)


def test_list_times_are_sent_as_utc() -> None:
    zone = dt.timezone(dt.timedelta(hours=-5))
    request = outbound.list_backtests(
        dt.datetime(2026, 1, 1, 9, 30), dt.datetime(2026, 1, 1, 9, 30, tzinfo=zone), page=0
    )
    query = dict(request.query)
    assert (query["start"], query["end"]) == ("2026-01-01T09:30:00Z", "2026-01-01T14:30:00Z")


@pytest.mark.parametrize("end", [DAY, DAY - dt.timedelta(seconds=1), dt.datetime(2025, 12, 31)])
def test_list_wants_the_start_before_the_end(end: dt.datetime) -> None:
    with pytest.raises(BadArgumentError, match="is not before the end"):
        outbound.list_backtests(DAY, end, page=0)


@pytest.mark.parametrize("status", [None, "All", "all"])
def test_all_states_need_no_filter(status: str | None) -> None:
    assert "status" not in dict(outbound.list_backtests(DAY, NEXT, page=0, status=status).query)


@pytest.mark.parametrize("state", BacktestState)
def test_every_state_can_be_asked_for(state: BacktestState) -> None:
    query = dict(outbound.list_backtests(DAY, NEXT, page=0, status=state).query)
    assert query["status"] == state.value


def test_an_unknown_state_lists_the_known_ones() -> None:
    with pytest.raises(BadArgumentError, match="All, Created, Started, Finished"):
        outbound.list_backtests(DAY, NEXT, page=0, status="Running")


@pytest.mark.parametrize("size", [0, -1, 1001])
def test_page_size_is_bounded(size: int) -> None:
    with pytest.raises(BadArgumentError, match="1 to 1000"):
        outbound.list_backtests(DAY, NEXT, page=0, page_size=size)


def test_simulation_times_have_no_zone() -> None:
    with pytest.raises(BadArgumentError, match="exchange-local"):
        outbound.events(ID, start=DAY)


def test_events_want_the_start_not_after_the_end() -> None:
    with pytest.raises(BadArgumentError, match="is after the end"):
        outbound.events(ID, start=dt.datetime(2021, 1, 2), end=dt.datetime(2021, 1, 1))


def test_a_newer_event_type_is_asked_for_as_it_is() -> None:
    assert dict(outbound.events(ID, event_type="Assigned").query) == {"eventType": "Assigned"}


@pytest.mark.parametrize("view", ["Analytics", "", "generic"])
def test_nav_views_are_case_sensitive(view: str) -> None:
    with pytest.raises(BadArgumentError, match="no view"):
        outbound.navs(ID, view=view)


@pytest.mark.parametrize("mode", ["full", "", "All"])
def test_delete_modes_are_case_sensitive_and_never_left_out(mode: str) -> None:
    with pytest.raises(BadArgumentError, match="Soft, Details, Full"):
        outbound.delete(ID, mode)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", DeleteMode)
def test_a_deletion_always_says_its_mode(mode: DeleteMode) -> None:
    assert outbound.delete(ID, mode).query == (("deleteMode", mode.value),)
