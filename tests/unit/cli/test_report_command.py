from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from xlmeso.app import report_nightly
from xlmeso.app.report_nightly import Outcome
from xlmeso.cli import report as command
from xlmeso.cli.main import cli
from xlmeso.errors import NotFoundError, TransportError


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the looks give, one after the other; an exception is raised."""
    outcomes: list[Any] = []

    def look(_connection: Any, _folder: Path, _form: Any, **_: Any) -> Outcome:
        found = outcomes.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(report_nightly, "report_new_runs", look)
    monkeypatch.setattr(command, "connected", lambda _terminal: contextlib.nullcontext())
    return outcomes


def test_watching_goes_on_after_a_fault_of_the_network(
    looks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if not looks:
            raise KeyboardInterrupt

    monkeypatch.setattr(command.time, "sleep", wait)
    looks += [TransportError("no reply."), Outcome(), Outcome({"a": Path("reports/a.xlsx")})]
    result = CliRunner().invoke(cli, ["report", "--watch", "30"])
    assert waits == [30, 30, 30]
    assert "no reply. Trying again in 30 seconds." in result.stderr
    assert result.stderr.count("new reports") == 1, "a look without news says nothing"
    assert result.exit_code == 130


def test_a_single_look_ends_with_the_first_failure(looks: list[Any]) -> None:
    gone = NotFoundError("its artifacts were deleted", status=404)
    looks.append(Outcome({"a": Path("r/a.xlsx")}, {"b": gone}))
    result = CliRunner().invoke(cli, ["report", "--since", "last", "-o", "r", "--json"])
    assert result.exit_code == NotFoundError.exit_code == 6
    assert json.loads(result.stdout) == {
        "Reports": {"a": "r/a.xlsx"}, "Failed": {"b": "its artifacts were deleted"},
    }  # fmt: skip


def test_a_single_look_fails_with_the_network(looks: list[Any]) -> None:
    looks.append(TransportError("no reply."))
    assert CliRunner().invoke(cli, ["report", "--since", "2026-01-01"]).exit_code == 9
