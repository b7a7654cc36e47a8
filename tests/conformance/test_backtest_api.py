"""One suite over the twelve routes of the Backtest API (reference section 7), by plain HTTP.

Expected statuses come from the tables of the reference, not from the service.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

import pytest
from conformance_helpers import Target, submission
from service_helpers import UNKNOWN_ID, Reply

NEVER = 0


@dataclass(frozen=True)
class Route:
    """A route and what the reference says it answers.

    ``ok`` to the owner of a finished run, ``private`` to somebody else, ``shared`` to somebody
    else when it is shared.
    """

    method: str
    path: str
    ok: int = 200
    private: int = NEVER
    shared: int = NEVER
    query: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


PERIOD = {"start": "2000-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z", "page": 0}
COLLECTION = [
    Route("PUT", "/backtest/new", ok=201),
    Route("GET", "/backtests", query=PERIOD),
]
ITEM = [
    Route("GET", "/backtest/{id}/status", private=404, shared=404),
    Route("POST", "/backtest/{id}/cancel", private=404, shared=404),
    Route("GET", "/backtest/{id}/analytics", private=403, shared=200),
    Route("GET", "/backtest/{id}/strategy-definition", private=403, shared=200),
    Route("GET", "/backtest/{id}/events", private=403, shared=200),
    Route("GET", "/backtest/{id}/navs", private=403, shared=200),
    Route("GET", "/backtest/{id}/external-data", ok=404, private=403, shared=404),
    Route("GET", "/backtest/{id}/sharing", private=403, shared=403),
    Route(
        "POST",
        "/backtest/{id}/sharing",
        private=403,
        shared=403,
        query={"sharingEnabled": "false"},
    ),
    Route("DELETE", "/backtest/{id}", private=403, shared=403, query={"deleteMode": "Full"}),
]
ALL = COLLECTION + ITEM
every_route = pytest.mark.parametrize("route", ALL, ids=lambda route: route.name)
every_item_route = pytest.mark.parametrize("route", ITEM, ids=lambda route: route.name)


def send(caller: Any, route: Route, backtest_id: str = "") -> Reply:
    content = submission() if route.method == "PUT" else None
    reply: Reply = caller(
        route.method, route.path.replace("{id}", backtest_id), content, **route.query
    )
    return reply


def is_problem(reply: Reply, status: int) -> bool:
    """Whether a reply is a ProblemDetails body for that status."""
    names = {"type", "title", "status", "detail", "code", "instance", "traceId"}
    return (
        reply.status == status
        and reply.headers["content-type"] == "application/problem+json"
        and names <= set(reply.json)
        and reply.json["status"] == status
    )


def test_the_table_has_all_twelve_routes() -> None:
    assert len({route.name for route in ALL}) == 12


@every_route
def test_every_route_asks_for_a_good_key(target: Target, finished: str, route: Route) -> None:
    for what, key in target.bad_keys.items():
        caller = type(target.owner)(target.owner.url, key)
        assert is_problem(send(caller, route, finished), 401), what


@every_item_route
def test_an_unknown_backtest_is_not_found(target: Target, route: Route) -> None:
    assert is_problem(send(target.owner, route, UNKNOWN_ID), 404)


@every_item_route
@pytest.mark.parametrize("trick", ["%2e%2e", "..%2f..%2fbacktests.sqlite3", "%00", "x" * 3000])
def test_tricks_with_the_path_find_nothing(target: Target, route: Route, trick: str) -> None:
    reply = send(target.owner, route, trick)
    # With an encoded slash no route fits at all, or another one that has no such method.
    assert is_problem(reply, 404) or is_problem(reply, 405)


@every_item_route
def test_somebody_elses_private_backtest(target: Target, finished: str, route: Route) -> None:
    assert is_problem(send(target.stranger, route, finished), route.private)


@every_item_route
def test_somebody_elses_shared_backtest(target: Target, finished: str, route: Route) -> None:
    path = f"/backtest/{finished}/sharing"
    assert target.owner("POST", path, sharingEnabled="true").status == 200
    try:
        assert send(target.stranger, route, finished).status == route.shared
        listed = target.stranger.list()
        assert (finished, True) in {(item["Id"], item["Shared"]) for item in listed}
    finally:
        assert target.owner("POST", path, sharingEnabled="false").status == 200


@pytest.mark.parametrize(
    "route",
    [route for route in ALL if route.method not in ("DELETE", "PUT")],
    ids=lambda route: route.name,
)
def test_what_the_owner_gets(target: Target, finished: str, route: Route) -> None:
    assert send(target.owner, route, finished).status == route.ok


def test_analytics_are_the_fields_of_the_catalogue(target: Target, finished: str) -> None:
    from xlmeso.model.analytics import METRICS

    reply = target.owner("GET", f"/backtest/{finished}/analytics").json
    assert list(reply) == [metric.name for metric in METRICS]
    assert reply["StratTradeCnt"] > 0
    (item,) = [
        item for item in target.owner.list(includeAnalytics="true") if item["Id"] == finished
    ]
    assert {name: item[name] for name in reply} == reply


def test_the_definition_comes_back_unchanged(target: Target, finished: str) -> None:
    reply = target.owner("GET", f"/backtest/{finished}/strategy-definition")
    assert reply.json == submission()["StrategyDefinition"]


def test_events_begin_and_end(target: Target, finished: str) -> None:
    path = f"/backtest/{finished}/events"
    events = target.owner("GET", path).json
    assert (events[0]["EventType"], events[-1]["EventType"]) == ("Start", "Finish")
    entries = [event for event in events if event["EventType"] == "EntryTrade"]
    assert target.owner("GET", path, eventType="EntryTrade").json == entries
    assert entries
    start, end = entries[0]["SimTime"], entries[-1]["SimTime"]
    inside = [event for event in events if start <= (event["SimTime"] or "") <= end]
    assert target.owner("GET", path, start=start, end=end).json == inside


@pytest.mark.parametrize("query", [{}, {"view": "analytics"}])
def test_navs_are_csv_with_a_header(target: Target, finished: str, query: dict[str, str]) -> None:
    reply = target.owner("GET", f"/backtest/{finished}/navs", **query)
    assert reply.headers["content-type"].startswith("text/csv")
    header, *rows = csv.reader(io.StringIO(reply.content.decode()))
    # 61 sessions of the first quarter of 2018, 79 bars each.
    assert len(rows) == 61 * 79
    assert {len(row) for row in rows} == {len(header)}
    assert rows[0][0].startswith("2018-01-02T09:30")


def test_the_status_of_a_finished_run(target: Target, finished: str) -> None:
    status = target.owner("GET", f"/backtest/{finished}/status").json
    assert status["State"] == "Finished"
    times = [status[name] for name in ("CreatedAt", "StartedAt", "FinishedAt")]
    assert times == sorted(times)
    assert all(time.endswith("Z") for time in times)


def test_cancelling_an_ended_run_says_so(target: Target, finished: str) -> None:
    assert target.owner("POST", f"/backtest/{finished}/cancel").status == 200


def test_a_key_used_again(target: Target, finished: str) -> None:
    again = target.owner("PUT", "/backtest/new", submission(IdempotencyKey="finished"))
    assert (again.status, again.json["BacktestId"]) == (201, finished)
    other = target.owner("PUT", "/backtest/new", submission(IdempotencyKey="finished", Shared=True))
    assert is_problem(other, 409)


def test_a_cancelled_run_from_its_submission_to_its_deletion(target: Target) -> None:
    made = submission(IdempotencyKey="to-cancel")
    made["StrategyDefinition"]["Backtest"]["End"] = "2021-12-31T23:59:59"
    owner = target.owner
    backtest_id = owner.submit(made)
    path = f"/backtest/{backtest_id}"
    assert is_problem(owner("GET", f"{path}/analytics"), 425)
    assert is_problem(owner("GET", f"{path}/events"), 404)
    assert owner("POST", f"{path}/cancel").status == 202
    assert owner.until(backtest_id) == "Cancelled"
    assert owner("POST", f"{path}/cancel").status == 200
    assert is_problem(owner("GET", f"{path}/analytics"), 409)
    assert [item["Id"] for item in owner.list(status="Cancelled")] == [backtest_id]
    assert owner("DELETE", path, deleteMode="Details").status == 200
    assert owner("GET", f"{path}/status").status == 200
    assert is_problem(owner("GET", f"{path}/navs"), 404)
    assert owner("DELETE", path, deleteMode="Full").status == 200
    assert is_problem(owner("GET", f"{path}/status"), 404)
    assert is_problem(owner("PUT", "/backtest/new", made), 410)


def test_a_failed_run(target: Target) -> None:
    made = submission()
    made["StrategyDefinition"]["Entry"]["Conditions"] = ["nil + 1 > 0"]
    backtest_id = target.owner.submit(made)
    assert target.owner.until(backtest_id) == "Failed"
    reason = target.owner("GET", f"/backtest/{backtest_id}/status").json["FailureReason"]
    assert "Entry.Conditions[0]" in reason
    reply = target.owner("GET", f"/backtest/{backtest_id}/analytics")
    assert is_problem(reply, 405)
    assert reason in reply.json["detail"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[" * 100 + b"]" * 100, 400),
        (b'"' + b"x" * 3 * 1024 * 1024 + b'"', 413),
        ({"StrategyDefinition": {}}, 400),
        ({"Shared": True}, 400),
    ],
    ids=["bad JSON", "depth 100", "3 MiB", "empty definition", "no definition"],
)
def test_bodies_that_are_refused(target: Target, content: Any, status: int) -> None:
    assert is_problem(target.owner("PUT", "/backtest/new", content), status)


def test_mistakes_are_listed_with_path_message_and_suggestion(target: Target) -> None:
    made = submission()
    made["StrategyDefinition"]["StrategyName"] = ""
    made["StrategyDefinition"]["Structure"]["Legs"][0]["OptionType"] = "Putt"
    reply = target.owner("PUT", "/backtest/new", made)
    assert is_problem(reply, 400)
    paths = {entry["path"] for entry in reply.json["errors"]}
    assert {"StrategyName", "Structure.Legs[0].OptionType"} <= paths
    assert {"path", "message", "suggestion"} == set(reply.json["errors"][0])


def test_what_is_not_simulated_yet_is_refused_by_name(target: Target) -> None:
    made = submission()
    made["StrategyDefinition"]["Symbol"] = "ETHUSD"  # no price history of it ships
    reply = target.owner("PUT", "/backtest/new", made)
    assert is_problem(reply, 400)
    assert "Symbol" in reply.json["detail"]
