"""Every exit code of the documentation, seen from outside; secrets and books stay safe."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from xlmeso.simulator.limits import ServiceLimits
from xlmeso.simulator.server import LocalService

from .conftest import Served, Xlmeso, environment

MISSING = "00000000-0000-4000-8000-000000000000"


def strategy(xlmeso: Xlmeso, change: Callable[[dict], None] = lambda _: None) -> str:  # type: ignore[type-arg]
    document = json.loads(xlmeso("new", "-", "--json").stdout)
    change(document)
    return json.dumps(document)


def test_0_is_done(xlmeso: Xlmeso) -> None:
    result = xlmeso("--version")
    assert (result.returncode, result.stdout.split()[0]) == (0, "xlmeso,")


def test_2_is_wrong_arguments(xlmeso: Xlmeso) -> None:
    assert xlmeso("submit").returncode == 2
    assert xlmeso("nonsense").returncode == 2


def test_3_is_mistakes_in_the_strategy(xlmeso: Xlmeso) -> None:
    text = strategy(xlmeso, lambda document: document["Backtest"].pop("Cash"))
    result = xlmeso("submit", "-", stdin=text)
    assert result.returncode == 3
    assert "Backtest.Cash" in result.stderr
    assert xlmeso("validate", "-", stdin=text).returncode == 3


def test_4_is_settings_and_missing_keys(xlmeso: Xlmeso) -> None:
    assert xlmeso("list", "--profile", "unknown").returncode == 4
    assert xlmeso("list", XLMESO_URL="https://service.invalid").returncode == 4
    assert xlmeso("login", "--profile", "fund", stdin="key\n").returncode == 4


def test_5_is_a_wrong_key_which_is_shown_nowhere(xlmeso: Xlmeso, service: Served) -> None:
    wrong = "wrong-key-that-must-not-show-4711"
    for arguments in (["list"], ["list", "-v"], ["list", "--json"]):
        result = xlmeso(*arguments, XLMESO_URL=service.url, XLMESO_API_KEY=wrong)
        assert result.returncode == 5
        assert wrong not in result.stdout + result.stderr


def test_6_is_an_unknown_run(xlmeso: Xlmeso, service: Served) -> None:
    for command in ("status", "analytics", "events", "navs", "strategy"):
        assert xlmeso(command, MISSING, **service.env).returncode == 6, command
    result = xlmeso("external-data", MISSING, "-o", "x.zip", **service.env)
    assert result.returncode == 6


def test_7_is_a_refusal_that_names_the_field(xlmeso: Xlmeso, service: Served) -> None:
    def use_external_data(document: dict) -> None:  # type: ignore[type-arg]
        document["ExternalData"] = {"CsvUrl": "https://data.example/x.csv"}

    text = strategy(xlmeso, use_external_data)
    result = xlmeso("submit", "-", stdin=text, **service.env)
    assert result.returncode == 7, result.stderr
    assert "ExternalData" in result.stderr


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[LocalService]:
    """Run a service that allows one request in ten minutes."""
    limits = ServiceLimits(requests=1, window_seconds=600)
    with LocalService(tmp_path / "busy", workers=1, limits=limits) as running:
        yield running


def test_8_is_a_limit(xlmeso: Xlmeso, busy: LocalService) -> None:
    env = {"XLMESO_URL": busy.url, "XLMESO_API_KEY": busy.api_key}
    assert xlmeso("list", **env).returncode == 0
    assert xlmeso("list", **env).returncode == 8


def test_9_is_a_service_that_is_not_there(xlmeso: Xlmeso, tmp_path: Path) -> None:
    with LocalService(tmp_path / "gone", workers=1) as gone:
        env = {"XLMESO_URL": gone.url, "XLMESO_API_KEY": gone.api_key}
    assert xlmeso("list", **env).returncode == 9


def test_10_is_a_run_that_failed_with_the_services_reason(
    xlmeso: Xlmeso, service: Served, tmp_path: Path
) -> None:
    def fail(document: dict) -> None:  # type: ignore[type-arg]
        document["Entry"]["Conditions"] = ['("a" .. underlying_price) + 1 > 0']

    text = strategy(xlmeso, fail)
    result = xlmeso("submit", "-", "--wait", "--json", stdin=text, **service.env)
    assert result.returncode == 10, result.stderr
    told = json.loads(result.stdout)
    assert told["State"] == "Failed"
    assert told["FailureReason"] in result.stderr
    (tmp_path / "s.json").write_text(text, encoding="utf-8")
    xlmeso("new", "b.xlsx", "--from", "s.json")
    assert xlmeso("run", "b.xlsx", **service.env).returncode == 10
    runs = load_workbook(tmp_path / "b.xlsx")["Runs"]
    assert runs["B10"].value == "Failed"
    assert xlmeso("analytics", told["BacktestId"], **service.env).returncode == 10


def test_11_is_a_wait_that_was_too_short(xlmeso: Xlmeso, service: Served) -> None:
    result = xlmeso(
        "submit",
        "-",
        "--wait",
        "--timeout",
        "0.01",
        "--json",
        stdin=strategy(xlmeso),
        **service.env,
    )
    assert result.returncode == 11
    backtest_id = json.loads(result.stdout)["BacktestId"]
    followed = xlmeso("status", backtest_id, "--wait", "--json", **service.env)
    assert json.loads(followed.stdout)["State"] == "Finished"


def test_12_is_a_file_that_is_no_workbook(xlmeso: Xlmeso, tmp_path: Path) -> None:
    (tmp_path / "b.xlsx").write_text("not a workbook", encoding="utf-8")
    result = xlmeso("run", "b.xlsx")
    assert result.returncode == 12
    assert "b.xlsx" in result.stderr
    assert "Traceback" not in result.stderr
    xlmeso("new", "c.xlsx")
    assert xlmeso("new", "c.xlsx").returncode == 12


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_130_is_ctrl_c_and_the_run_goes_on_until_it_is_cancelled(
    xlmeso: Xlmeso, service: Served, tmp_path: Path
) -> None:
    # A strategy that looks at the market every five minutes: it runs for some seconds.
    text = xlmeso("new", "-", "--template", "0dte-iron-condor").stdout
    env = environment(tmp_path / "home", **service.env)
    process = subprocess.Popen(
        [sys.executable, "-m", "xlmeso", "submit", "-", "--wait"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    process.stdin = None
    deadline = time.monotonic() + 30
    while not _unfinished(xlmeso, service) and time.monotonic() < deadline:
        pass
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    backtest_id = told.split("Run ")[1].split()[0]
    assert f"xlmeso status {backtest_id}" in told
    assert backtest_id in _unfinished(xlmeso, service)
    assert xlmeso("cancel", backtest_id, **service.env).returncode == 0
    followed = xlmeso("status", backtest_id, "--wait", "--json", **service.env)
    assert json.loads(followed.stdout)["State"] == "Cancelled"
    assert followed.returncode == 10


def _unfinished(xlmeso: Xlmeso, service: Served) -> list[str]:
    items = json.loads(xlmeso("list", "--json", **service.env).stdout)
    return [item["Id"] for item in items if item["State"] in ("Created", "Started")]


@pytest.mark.skipif(os.name == "nt", reason="a Unix habit")
def test_141_is_a_reader_that_has_gone(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [sys.executable, "-m", "xlmeso", "new", "-"],
        stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        env=environment(tmp_path / "home"),
    )  # fmt: skip
    os.close(writer)
    assert (result.returncode, result.stderr) == (141, "")
