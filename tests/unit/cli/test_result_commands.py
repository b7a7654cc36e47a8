"""strategy, events, navs and external-data against laid-out replies."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
import responses
from responses.matchers import query_param_matcher

from .conftest import API, Run

NAVS = "At,NAV,UnderlyingPrice\n2020-03-16T09:30:00,100000.0000,2508.59\n"
EVENT = {
    "EventTime": "2026-01-05T10:00:00.1234567Z",
    "SimTime": "2020-03-16T15:45:00",
    "EventType": "EntrySignal",
    "Message": "Condition met",
    "Invested": False,
    "NAV": 100000.0,
    "PnL": 0.0,
    "TradeCnt": 0,
    "SettlementCnt": 0,
    "OpenLegCnt": 0,
    "Trade": None,
    "Vars": {"underlying_price": 2508.59},
    "PositionId": 0,
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def events_body(count: int = 1) -> str:
    return json.dumps([EVENT | {"PositionId": number} for number in range(count)])


def test_events_as_json_are_the_services_bytes(service: responses.RequestsMock, run: Run) -> None:
    body = f" {events_body()}\n"
    service.get(f"{API}/backtest/x/events", body=body, content_type="application/json")
    assert run("events", "x", "--json").stdout == body


def test_events_pass_type_and_range(service: responses.RequestsMock, run: Run) -> None:
    service.get(
        f"{API}/backtest/x/events",
        json=[],
        match=[
            query_param_matcher(
                {
                    "start": "2020-03-16T00:00:00",
                    "end": "2020-03-16T15:45:00",
                    "eventType": "EntrySignal",
                }
            )
        ],
    )
    result = run(
        "events", "x", "--type", "entrysignal", "--start", "2020-03-16", "--end",
        "2020-03-16T15:45",
    )  # fmt: skip
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "The run has no events in that time.\n"),
        (
            ("--type", "Settlement"),
            "The run has no events of the type 'Settlement' in that time.\n",
        ),
        (("--type", "Entry"), "Types that we know: Start, Finish, Failed, EntrySignal, "),
    ],
)
def test_people_are_told_that_there_are_no_events(
    service: responses.RequestsMock, run: Run, options: tuple[str, ...], said: str
) -> None:
    service.get(f"{API}/backtest/x/events", json=[])
    result = run("events", "x", *options)
    assert result.exit_code == 0
    assert said in result.stderr


def test_events_as_csv_are_flattened(service: responses.RequestsMock, run: Run) -> None:
    service.get(f"{API}/backtest/x/events", body=events_body(), content_type="application/json")
    (row,) = csv.DictReader(io.StringIO(run("events", "x", "--csv").stdout))
    assert (row["SimTime"], row["EventType"]) == ("2020-03-16T15:45:00", "EntrySignal")
    assert (row["underlying_price"], row["Strike"]) == ("2508.59", "")


def test_people_see_the_last_events_and_are_told_so(
    service: responses.RequestsMock, run: Run
) -> None:
    service.get(f"{API}/backtest/x/events", body=events_body(60), content_type="application/json")
    result = run("events", "x")
    lines = result.stdout.splitlines()
    assert len(lines) == 51
    assert lines[-1].split()[3] == "59"
    assert "The last 50 of 60 events" in result.stderr


@pytest.mark.parametrize("name", ["e.json", "e.csv"])
def test_events_go_to_a_file_by_its_ending(
    service: responses.RequestsMock, run: Run, here: Path, name: str
) -> None:
    service.get(f"{API}/backtest/x/events", body=events_body(), content_type="application/json")
    result = run("events", "x", "-o", name)
    assert (result.exit_code, result.stdout) == (0, "")
    text = (here / name).read_text(encoding="utf-8")
    assert text == events_body() if name == "e.json" else text.startswith("SimTime,EventType")


def test_the_ending_of_the_file_goes_before_json(
    service: responses.RequestsMock, run: Run, here: Path
) -> None:
    service.get(f"{API}/backtest/x/events", body=events_body(), content_type="application/json")
    assert run("events", "x", "-o", "e.csv", "--json").exit_code == 0
    assert (here / "e.csv").read_text(encoding="utf-8").startswith("SimTime,EventType")


def test_events_go_to_no_other_kind_of_file(run: Run) -> None:
    assert run("events", "x", "-o", "e.xlsx").exit_code == 2


def test_navs_as_csv_are_the_services_bytes(service: responses.RequestsMock, run: Run) -> None:
    service.get(f"{API}/backtest/x/navs", body=NAVS, content_type="text/csv")
    assert run("navs", "x", "--csv").stdout == NAVS


def test_navs_pass_the_view_and_write_a_file(
    service: responses.RequestsMock, run: Run, here: Path
) -> None:
    service.get(
        f"{API}/backtest/x/navs",
        body=NAVS,
        content_type="text/csv",
        match=[query_param_matcher({"view": "analytics"})],
    )
    assert run("navs", "x", "--view", "analytics", "-o", "n.csv").exit_code == 0
    assert (here / "n.csv").read_text(encoding="utf-8") == NAVS


def test_navs_as_json_are_rows_by_heading(service: responses.RequestsMock, run: Run) -> None:
    service.get(f"{API}/backtest/x/navs", body=NAVS, content_type="text/csv")
    assert json.loads(run("navs", "x", "--json").stdout) == [
        {"At": "2020-03-16T09:30:00", "NAV": 100000, "UnderlyingPrice": 2508.59}
    ]


def test_navs_for_people_are_a_table(service: responses.RequestsMock, run: Run) -> None:
    service.get(f"{API}/backtest/x/navs", body=NAVS, content_type="text/csv")
    header, row = run("navs", "x").stdout.splitlines()
    assert header.split() == ["At", "NAV", "UnderlyingPrice"]
    assert row.split() == ["2020-03-16", "09:30:00", "100000.0", "2508.59"]


def test_a_strategy_is_printed_to_the_letter(service: responses.RequestsMock, run: Run) -> None:
    body = '{"Backtest": {"Cash": 10000.0000}, "Newer": null}'
    service.get(f"{API}/backtest/x/strategy-definition", body=body, content_type="application/json")
    text = run("strategy", "x").stdout
    assert json.loads(text) == json.loads(body)
    assert "10000.0000" in text


def test_a_strategy_goes_to_a_file_that_is_not_replaced_by_accident(
    service: responses.RequestsMock, run: Run, here: Path
) -> None:
    service.get(f"{API}/backtest/x/strategy-definition", json={"Symbol": "SPX"})
    assert run("strategy", "x", "-o", "s.json").exit_code == 0
    assert run("strategy", "x", "-o", "s.json").exit_code == 12
    assert run("strategy", "x", "-o", "s.json", "--force").exit_code == 0
    assert json.loads((here / "s.json").read_text(encoding="utf-8")) == {"Symbol": "SPX"}


def test_external_data_go_to_a_file(service: responses.RequestsMock, run: Run, here: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.csv", "a,b\n")
    service.get(
        f"{API}/backtest/x/external-data", body=packed.getvalue(), content_type="application/zip"
    )
    result = run("external-data", "x", "-o", "x.zip", "--json")
    assert json.loads(result.stdout) == {"BacktestId": "x", "File": "x.zip"}
    assert (here / "x.zip").read_bytes() == packed.getvalue()


def test_a_missing_result_leaves_no_file(
    service: responses.RequestsMock, run: Run, here: Path
) -> None:
    service.get(f"{API}/backtest/x/external-data", status=404)
    assert run("external-data", "x", "-o", "x.zip").exit_code == 6
    assert list(here.iterdir()) == []
