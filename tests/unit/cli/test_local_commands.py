"""serve: what it is started with and what it prints when it is ready."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xlmeso.simulator.market.source import HistorySource

from .conftest import Run


class Ready:
    """A service that is ready."""

    url = "http://127.0.0.1:8765"
    api_key = "key-of-local"

    def issue_key(self, user: str) -> str:
        return f"key-of-{user}"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Note what the service would be started with, and say at once that it is ready."""
    noted: dict[str, Any] = {}

    def serve(data: Path | None, **options: Any) -> None:
        noted.update(options, data=data)
        options["on_ready"](Ready())

    monkeypatch.setattr("xlmeso.app.local_service.serve_until_stopped", serve)
    return noted


def test_json_is_one_line_with_address_and_key(run: Run, started: dict[str, Any]) -> None:
    text = run("serve", "--port", "8080", "--data", "runs", "--json").stdout
    assert text.count("\n") == 1
    assert json.loads(text) == {"url": Ready.url, "api_key": Ready.api_key}
    assert (started["port"], started["data"]) == (8080, Path("runs"))


def test_without_options_the_usual_folder_and_port_are_taken(
    run: Run, started: dict[str, Any]
) -> None:
    run("serve")
    assert (started["port"], started["data"], started["workers"]) == (None, None, None)
    assert (started["default_port"], started["seed"]) == (8765, 0)
    assert started["history"] == HistorySource("auto")


@pytest.mark.usefixtures("started")
def test_further_users_get_keys(run: Run) -> None:
    text = run("serve", "--json", "--user", "ann", "--user", "bob").stdout
    assert json.loads(text)["keys"] == {"ann": "key-of-ann", "bob": "key-of-bob"}
    assert "API key of ann: key-of-ann" in run("serve", "--user", "ann").stdout


@pytest.mark.usefixtures("started")
def test_people_get_a_line_for_curl(run: Run) -> None:
    text = run("serve").stdout
    assert 'curl -H "Authorization: Bearer key-of-local"' in text
    assert f'"{Ready.url}/api/v1/backtests?' in text


def test_the_history_is_a_word_or_a_folder(
    run: Run, started: dict[str, Any], tmp_path: Path
) -> None:
    run("serve", "--history", "synthetic", "--seed", "7", "--workers", "3")
    assert started["history"] == HistorySource("synthetic")
    assert (started["seed"], started["workers"]) == (7, 3)
    run("serve", "--history", str(tmp_path))
    assert started["history"] == HistorySource("csv", tmp_path)


def test_a_history_that_is_not_there_is_2(run: Run) -> None:
    assert run("serve", "--history", "nowhere").exit_code == 2


def test_a_port_in_use_is_4_and_says_so(run: Run) -> None:
    import contextlib

    from xlmeso.simulator.listening import bind

    with contextlib.closing(bind("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.exit_code == 4
    assert str(port) in result.stderr
