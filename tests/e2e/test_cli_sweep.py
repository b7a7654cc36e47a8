"""``xlmeso sweep`` as a process of its own against a real service."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from xlmeso.model.document import from_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template

pytestmark = pytest.mark.slow

VARY = (
    "--vary",
    "Legs[short_put].StrikeSelector.Delta=12,16",
    "--vary",
    "Exit.ProfitTarget=200,400",
)


@pytest.fixture
def put(tmp_path: Path) -> Path:
    document = load_template("short-put").document
    document["Backtest"].update(
        from_python({"Start": "2018-01-02T00:00:00", "End": "2018-02-15T23:59:59"})
    )
    path = tmp_path / "put.json"
    path.write_text(StrategyDefinition(document).to_json(), encoding="utf-8")
    return path


def lines(result: subprocess.CompletedProcess[str], code: int = 0) -> list[dict[str, Any]]:
    assert result.returncode == code, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def count_of_runs(xlmeso: Any, **env: str) -> int:
    return len(json.loads(xlmeso("list", "--json", **env).stdout))


def test_one_object_per_variant_and_the_same_command_sends_nothing_twice(
    xlmeso: Any, service: Any, put: Path
) -> None:
    before = count_of_runs(xlmeso, **service.env)
    first = lines(xlmeso("sweep", put, *VARY, "--resume", "--json", **service.env))
    assert [item["Parameters"] for item in first] == [
        {"Legs[short_put].StrikeSelector.Delta": delta, "Exit.ProfitTarget": target}
        for delta in ("12", "16")
        for target in ("200", "400")
    ]
    for item in first:
        assert item["State"] == "Finished"
        assert item["FailureReason"] is None
        analytics = json.loads(
            xlmeso("analytics", item["BacktestId"], "--json", **service.env).stdout
        )
        assert item["Analytics"] == analytics
    again = xlmeso("sweep", put, *VARY, "--json", **service.env)
    assert lines(again) == first
    assert "4 of 4 variants were written down before" in again.stderr
    more = lines(
        xlmeso("sweep", put, *VARY[:3], "Exit.ProfitTarget=200,300,400", "--json", **service.env)
    )
    assert len(more) == 6
    assert {item["BacktestId"] for item in first} < {item["BacktestId"] for item in more}
    assert count_of_runs(xlmeso, **service.env) - before == 6


def test_without_a_service_the_local_one_is_started_and_a_book_is_made(
    xlmeso: Any, put: Path, tmp_path: Path
) -> None:
    result = xlmeso("sweep", put, *VARY, "-o", "out.xlsx", "--metric", "cagr")
    assert result.returncode == 0, result.stderr
    assert "4 of 4 finished, local service" in result.stdout
    assert "Stability" in result.stdout
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == ["Strategy", "Sweep", "Sweep results", "Sweep paths"]
    assert "meso_sweep_map" in book["Sweep results"].tables
    states = [row[2].value for row in book["Sweep"].iter_rows() if row[2].value == "Finished"]
    assert len(states) == 4
    # the book that was made can be run again, and fills in its own sheet
    filled = xlmeso("sweep", "out.xlsx", "--json")
    assert {item["State"] for item in lines(filled)} == {"Finished"}
    assert "out.xlsx" in filled.stderr


def test_a_time_out_leaves_the_set_open_and_resume_ends_it(
    xlmeso: Any, service: Any, put: Path
) -> None:
    vary = ("--vary", "Exit.ProfitTarget=210,220,230,240")
    early = xlmeso("sweep", put, *vary, "--timeout", "0.05", "--json", **service.env)
    assert early.returncode == 11
    assert "--resume" in early.stderr
    everything = xlmeso("sweep", "--resume", "--json", **service.env)
    assert {item["Outcome"] for item in lines(everything)} == {"Finished"}
    found = lines(xlmeso("sweep", put, *vary, "--resume", "--json", **service.env))
    assert {item["State"] for item in found} == {"Finished"}


def test_a_variant_that_fails_is_an_end_and_runs_again_only_when_asked(
    xlmeso: Any, service: Any, put: Path
) -> None:
    before = count_of_runs(xlmeso, **service.env)
    vary = ("--vary", "Exit.StopLoss=1500; (nil) + 1")
    good, bad = lines(xlmeso("sweep", put, *vary, "--json", **service.env))
    assert (good["State"], bad["State"]) == ("Finished", "Failed")
    assert "nil value" in bad["FailureReason"]
    assert bad["Analytics"] is None
    again = xlmeso("sweep", put, *vary, "--resume", **service.env)
    assert again.returncode == 0
    assert "1 of 2 finished, 1 failed" in again.stdout
    assert "--retry runs these again" in again.stderr
    assert count_of_runs(xlmeso, **service.env) - before == 2
    retried = lines(xlmeso("sweep", put, *vary, "--retry", "--json", **service.env))
    assert retried[0]["BacktestId"] == good["BacktestId"]
    assert retried[1]["BacktestId"] != bad["BacktestId"]
    assert count_of_runs(xlmeso, **service.env) - before == 3


def test_a_foreign_book_is_left_alone_and_the_results_go_beside_it(
    xlmeso: Any, service: Any, put: Path, tmp_path: Path
) -> None:
    made = xlmeso(
        "sweep", put, "--vary", "Exit.ProfitTarget=250,350", "-o", "mine.xlsx", **service.env
    )
    assert made.returncode == 0, made.stderr
    book = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    del book.custom_doc_props["xlmeso"]
    book.save(tmp_path / "mine.xlsx")
    before = (tmp_path / "mine.xlsx").read_bytes()
    result = xlmeso("sweep", "mine.xlsx", **service.env)
    assert result.returncode == 0, result.stderr
    assert "was left untouched" in result.stderr
    assert (tmp_path / "mine.xlsx").read_bytes() == before
    assert "Sweep results" in openpyxl.load_workbook(tmp_path / "mine results.xlsx").sheetnames
