"""Sharing and deletion."""

from __future__ import annotations

import json

import pytest
import responses
from responses.matchers import query_param_matcher

from .conftest import API, Run

ID = "7d3c1a52-0000-4000-8000-000000000001"


def test_share_sets_sharing_on(service: responses.RequestsMock, run: Run) -> None:
    service.post(
        f"{API}/backtest/{ID}/sharing", match=[query_param_matcher({"sharingEnabled": "true"})]
    )
    result = run("share", ID)
    assert (result.exit_code, result.stdout) == (0, f"{ID} is shared.\n")


def test_share_off_takes_it_back(service: responses.RequestsMock, run: Run) -> None:
    service.post(
        f"{API}/backtest/{ID}/sharing",
        status=204,
        match=[query_param_matcher({"sharingEnabled": "false"})],
    )
    result = run("share", ID, "--off", "--json")
    assert json.loads(result.stdout) == {"BacktestId": ID, "SharingEnabled": False}


def test_share_show_only_asks(service: responses.RequestsMock, run: Run) -> None:
    service.get(f"{API}/backtest/{ID}/sharing", json={"SharingEnabled": True})
    assert run("share", ID, "--show").stdout == f"{ID} is shared.\n"


def test_share_off_and_show_exclude_each_other(run: Run) -> None:
    assert run("share", ID, "--off", "--show").exit_code == 2


def test_delete_sends_the_mode_that_was_named(service: responses.RequestsMock, run: Run) -> None:
    service.delete(f"{API}/backtest/{ID}", match=[query_param_matcher({"deleteMode": "Details"})])
    result = run("delete", ID, "--mode", "Details", "--yes")
    assert result.exit_code == 0
    assert f"Deleted {ID} (Details)" in result.stderr


def test_delete_without_a_mode_is_refused(run: Run) -> None:
    result = run("delete", ID, "--yes")
    assert result.exit_code == 2
    assert "--mode" in result.stderr


def test_delete_in_a_script_needs_yes(service: responses.RequestsMock, run: Run) -> None:
    result = run("delete", ID, "--mode", "Full", stdin="y\n")
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert len(service.calls) == 0


@pytest.mark.parametrize(("answer", "code"), [("n\n", 1), ("\n", 1)])
def test_delete_on_a_terminal_asks_and_takes_no_for_an_answer(
    service: responses.RequestsMock,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
) -> None:
    monkeypatch.setattr("xlmeso.cli.manage.somebody_is_there", lambda: True)
    result = run("delete", ID, "--mode", "Full", stdin=answer)
    assert result.exit_code == code
    assert "everything goes for good" in result.stderr
    assert ID in result.stderr
    assert "Nothing was deleted" in result.stderr
    assert len(service.calls) == 0


def test_delete_on_a_terminal_goes_on_after_yes(
    service: responses.RequestsMock, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlmeso.cli.manage.somebody_is_there", lambda: True)
    service.delete(f"{API}/backtest/{ID}", match=[query_param_matcher({"deleteMode": "Soft"})])
    assert run("delete", ID, "--mode", "Soft", stdin="y\n").exit_code == 0


def test_delete_of_a_run_that_is_not_there_is_6(service: responses.RequestsMock, run: Run) -> None:
    service.delete(f"{API}/backtest/{ID}", status=404)
    result = run("delete", ID, "--mode", "Full", "--yes")
    assert result.exit_code == 6
    assert "Deleted" not in result.stderr
