"""demo and run within this process, so that what they print can be looked at closely."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from xlmeso.cli.main import cli

QUARTER = ("--start", "2021-01-04", "--end", "2021-03-31")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_demo_tells_its_steps_and_its_figures() -> None:
    result = run("demo", "--out", "x", *QUARTER)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Short put 2018-2021: 2021-01-04 to 2021-03-31\n")
    assert f"Results: {Path('x') / 'demo.xlsx'}" in result.stdout
    steps = result.stderr.splitlines()
    assert [step.split()[0] for step in steps] == ["Making", "Reading", "Submitting", "Next:"]


def test_a_run_written_elsewhere_leaves_the_book_and_tells_json(here: Path) -> None:
    run("new", "b.xlsx", "--template", "strangle")
    book = load_workbook(here / "b.xlsx")
    book["Strategy"]["B10"], book["Strategy"]["B11"] = "2021-01-04T00:00:00", "2021-02-26T23:59:59"
    book.save(here / "b.xlsx")
    before = (here / "b.xlsx").read_bytes()
    result = run("run", "b.xlsx", "-o", "results.xlsx", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert (told["State"], told["File"], told["Notice"]) == ("Finished", "results.xlsx", None)
    assert told["Analytics"]["StartPeriod"] == "2021-01-04T00:00:00"
    assert (here / "b.xlsx").read_bytes() == before
    assert load_workbook(here / "results.xlsx")["Runs"]["D10"].value == told["BacktestId"]


def test_results_go_to_a_workbook_only() -> None:
    run("new", "s.json")
    result = run("run", "s.json", "-o", "results.csv")
    assert result.exit_code == 12
    assert ".xlsx" in result.stderr


def test_results_that_cannot_be_written_are_not_lost(here: Path) -> None:
    run("new", "s.json", "--template", "strangle")
    document = json.loads((here / "s.json").read_text(encoding="utf-8"))
    document["Backtest"] |= {"Start": "2021-01-04T00:00:00", "End": "2021-01-29T23:59:59"}
    (here / "s.json").write_text(json.dumps(document), encoding="utf-8")
    result = run("run", "s.json", "-o", str(Path("s.json") / "x.xlsx"))
    assert result.exit_code == 12
    backtest_id = result.stderr.split("xlmeso analytics ")[1].strip()
    assert run("analytics", backtest_id).exit_code == 0
