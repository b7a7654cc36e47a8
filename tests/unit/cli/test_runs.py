"""submit, list, status and cancel against laid-out replies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import responses
from responses.matchers import query_param_matcher

from xlmeso.model.templates import load_template

from .conftest import API, KEY, Run

ID = "7d3c1a52-0000-4000-8000-000000000001"
RECEIPT = {"BacktestId": ID, "Name": "My run"}
STARTED = {
    "State": "Started",
    "CreatedAt": "2026-01-05T10:00:00Z",
    "StartedAt": "2026-01-05T10:00:01Z",
    "FinishedAt": None,
}
FINISHED = STARTED | {"State": "Finished", "FinishedAt": "2026-01-05T10:00:09Z"}
FAILED = FINISHED | {"State": "Failed", "FailureReason": "no such symbol"}


@pytest.fixture
def strategy(tmp_path: Path) -> str:
    path = tmp_path / "s.json"
    path.write_text(load_template("short-put").to_json(), encoding="utf-8")
    return str(path)


def test_submit_prints_the_id_alone_on_stdout(
    service: responses.RequestsMock, run: Run, strategy: str
) -> None:
    service.put(f"{API}/backtest/new", json=RECEIPT, status=201)
    result = run("submit", strategy)
    assert (result.exit_code, result.stdout) == (0, f"{ID}\n")


def test_submit_reads_stdin(service: responses.RequestsMock, run: Run) -> None:
    service.put(f"{API}/backtest/new", json=RECEIPT, status=201)
    text = load_template("short-put").to_json()
    result = run("submit", "-", "--json", stdin=text)
    assert json.loads(result.stdout) == RECEIPT
    sent = json.loads(service.calls[0].request.body)  # type: ignore[arg-type]
    assert sent["StrategyDefinition"] == json.loads(text)
    assert sent["Shared"] is False


def test_submit_and_wait_prints_the_services_own_status(
    service: responses.RequestsMock, run: Run, strategy: str
) -> None:
    service.put(f"{API}/backtest/new", json=RECEIPT, status=201)
    service.get(f"{API}/backtest/{ID}/status", json=FINISHED)
    result = run("submit", strategy, "--wait", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == RECEIPT | FINISHED


def test_submit_and_wait_for_people(
    service: responses.RequestsMock, run: Run, strategy: str
) -> None:
    service.put(f"{API}/backtest/new", json=RECEIPT, status=201)
    service.get(f"{API}/backtest/{ID}/status", json=FINISHED)
    assert run("submit", strategy, "--wait").stdout == f"{ID} Finished\n"


def test_a_run_that_fails_is_printed_and_ends_with_10(
    service: responses.RequestsMock, run: Run, strategy: str
) -> None:
    service.put(f"{API}/backtest/new", json=RECEIPT, status=201)
    service.get(f"{API}/backtest/{ID}/status", json=FAILED)
    result = run("submit", strategy, "--wait", "--json")
    assert result.exit_code == 10
    assert json.loads(result.stdout)["State"] == "Failed"
    assert "no such symbol" in result.stderr


def test_a_wait_that_is_too_short_still_prints_the_id_and_ends_with_11(
    service: responses.RequestsMock, run: Run, strategy: str
) -> None:
    service.put(f"{API}/backtest/new", json=RECEIPT, status=201)
    service.get(f"{API}/backtest/{ID}/status", json=STARTED)
    result = run("submit", strategy, "--wait", "--timeout", "0.01", "--json")
    assert result.exit_code == 11
    assert json.loads(result.stdout) == RECEIPT


def test_a_definition_with_mistakes_is_not_sent(service: responses.RequestsMock, run: Run) -> None:
    document = json.loads(load_template("short-put").to_json())
    del document["Backtest"]["Cash"]
    document["Colour"] = "red"
    result = run("submit", "-", stdin=json.dumps(document))
    assert result.exit_code == 3
    assert "Backtest.Cash" in result.stderr
    assert "Colour" in result.stderr
    assert result.stdout == ""
    assert len(service.calls) == 0


def test_an_unknown_field_is_let_through_on_request(
    service: responses.RequestsMock, run: Run
) -> None:
    service.put(f"{API}/backtest/new", json=RECEIPT, status=201)
    document = json.loads(load_template("short-put").to_json()) | {"Colour": "red"}
    assert run("submit", "-", "--allow-unknown", stdin=json.dumps(document)).exit_code == 0


@pytest.mark.parametrize(("status", "code"), [(400, 7), (401, 5), (409, 7), (410, 6), (413, 7)])
def test_a_refusal_ends_with_the_code_of_its_class(
    service: responses.RequestsMock, run: Run, strategy: str, status: int, code: int
) -> None:
    service.put(f"{API}/backtest/new", json={"title": "No", "detail": "not so"}, status=status)
    result = run("submit", strategy)
    assert result.exit_code == code
    assert "not so" in result.stderr
    assert KEY not in result.output


def test_text_that_is_no_json_is_3_and_names_the_place(run: Run) -> None:
    result = run("submit", "-", stdin="{nonsense")
    assert result.exit_code == 3
    assert "stdin, line 1" in result.stderr


def test_a_file_that_is_not_there_is_2(run: Run) -> None:
    assert run("submit", "nothing.json").exit_code == 2


ITEM = (
    '{"Id": "a", "Name": "n", "StrategyName": "s", "Shared": false, "State": "Finished",'
    ' "CreatedAt": "2026-01-05T10:00:00Z", "StartedAt": null, "FinishedAt": null,'
    ' "StratSharpe": 2.560, "Newer": {"x": 1e3}}'
)


def test_list_as_json_is_the_services_own_to_the_letter_of_numbers(
    service: responses.RequestsMock, run: Run
) -> None:
    service.get(f"{API}/backtests", body=f"[{ITEM}]", content_type="application/json")
    result = run("list", "--json", "--analytics")
    assert json.loads(result.stdout) == [json.loads(ITEM)]
    assert "2.560" in result.stdout
    assert "1e3" in result.stdout
    assert service.calls[0].request.params["includeAnalytics"] == "true"  # type: ignore[attr-defined]


def test_list_passes_range_and_state(service: responses.RequestsMock, run: Run) -> None:
    service.get(
        f"{API}/backtests",
        json=[],
        match=[
            query_param_matcher(
                {
                    "start": "2026-01-01T00:00:00Z",
                    "end": "2026-02-01T12:30:00Z",
                    "page": "0",
                    "pageSize": "1000",
                    "status": "Finished",
                }
            )
        ],
    )
    arguments = ["--start", "2026-01-01", "--end", "2026-02-01T12:30", "--status", "finished"]
    assert run("list", *arguments).exit_code == 0


def test_list_for_people_in_a_pipe_is_aligned(service: responses.RequestsMock, run: Run) -> None:
    service.get(f"{API}/backtests", body=f"[{ITEM}]", content_type="application/json")
    assert run("list").stdout.splitlines() == [
        "Id  State     Name  Created (UTC)",
        "a   Finished  n     2026-01-05 10:00",
    ]


def test_list_as_csv_has_every_field(service: responses.RequestsMock, run: Run) -> None:
    item = json.loads(ITEM) | {"Newer": 1}
    service.get(f"{API}/backtests", json=[item])
    header = run("list", "--csv").stdout.splitlines()[0].split(",")
    assert set(header) == set(item)


def test_list_stops_at_the_limit(service: responses.RequestsMock, run: Run) -> None:
    service.get(f"{API}/backtests", json=[json.loads(ITEM) | {"Id": str(i)} for i in range(9)])
    assert [item["Id"] for item in json.loads(run("list", "--limit", "2", "--json").stdout)] == [
        "0", "1",
    ]  # fmt: skip


def test_status_as_json_is_the_services_own(service: responses.RequestsMock, run: Run) -> None:
    service.get(f"{API}/backtest/{ID}/status", json=STARTED)
    assert json.loads(run("status", ID, "--json").stdout) == {"BacktestId": ID} | STARTED


def test_status_takes_a_link(service: responses.RequestsMock, run: Run) -> None:
    service.get(f"{API}/backtest/{ID}/status", json=STARTED)
    result = run("status", f"https://portal.example/backtests/{ID}/")
    assert result.exit_code == 0
    assert "Started" in result.stdout


def test_status_of_a_failed_run_is_an_answer_but_waiting_for_it_is_a_failure(
    service: responses.RequestsMock, run: Run
) -> None:
    service.get(f"{API}/backtest/{ID}/status", json=FAILED)
    assert run("status", ID).exit_code == 0
    waited = run("status", ID, "--wait", "--json")
    assert waited.exit_code == 10
    assert json.loads(waited.stdout)["FailureReason"] == "no such symbol"


def test_cancel_asks_for_each(service: responses.RequestsMock, run: Run) -> None:
    service.post(f"{API}/backtest/{ID}/cancel", status=202)
    service.post(f"{API}/backtest/b/cancel", status=200)
    result = run("cancel", ID, "b", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [{"BacktestId": ID}, {"BacktestId": "b"}]


def test_quiet_leaves_only_errors(service: responses.RequestsMock, run: Run) -> None:
    service.post(f"{API}/backtest/{ID}/cancel", status=202)
    assert run("cancel", ID, "-q").stderr == ""


def test_ctrl_c_while_waiting_says_how_to_go_on(
    service: responses.RequestsMock, run: Run, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.put(f"{API}/backtest/new", json=RECEIPT, status=201)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("xlmeso.api.backtests.Backtests.wait", interrupted)
    result = run("submit", strategy, "--wait")
    assert result.exit_code == 130
    assert f"xlmeso status {ID}" in result.stderr
