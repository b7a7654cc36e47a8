"""``xlmeso report`` and ``demo --report`` within this process, against the local service."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from xlmeso.cli.main import cli

MONTHS = ("--start", "2021-01-04", "--end", "2021-02-26")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def demo(template: str, *options: str) -> str:
    result = run("demo", "--out", template, "--template", template, *MONTHS, "--json", *options)
    assert result.exit_code == 0, result.stderr
    return str(json.loads(result.stdout)["BacktestId"])


@pytest.mark.slow
def test_the_demo_leaves_a_report_whose_figures_are_those_of_the_book(here: Path) -> None:
    backtest_id = demo("short-put", "--report")
    report = load_workbook(here / "short-put" / "report.xlsx", data_only=True)
    assert report.sheetnames == [
        "Summary", "Equity", "Monthly", "Trades", "Exits", "Events", "NAV", "Margin", "Strategy",
        "Glossary",
    ]  # fmt: skip
    assert backtest_id in report["Summary"]["B3"].value
    assert report["Summary"]["A2"].value.startswith("MODELLED")
    book = load_workbook(here / "short-put" / "demo.xlsx")
    figures = {row[0]: row[1] for row in book["Analytics"].iter_rows(min_row=10, values_only=True)}
    area = report["Summary"].tables["meso_summary"].ref
    shown = {row[0].value: row[1].value for row in report["Summary"][area]}
    assert {name: shown[name] for name in ("Trades", "CAGR", "Sharpe ratio", "Max drawdown")} == {
        name: figures[name] for name in ("Trades", "CAGR", "Sharpe ratio", "Max drawdown")
    }
    # the same events and the same days as in the demo's book
    assert report["Events"].max_row == book["Events"].max_row
    assert report["Equity"]["B10"].value == book["NAV"]["B10"].value


@pytest.mark.slow
def test_two_runs_are_compared_and_their_trades_logged(here: Path) -> None:
    ids = [demo("short-put"), demo("strangle")]
    link = f"https://user:secret@portal.example/backtests/{ids[1]}?token=abc"
    result = run("report", ids[0], link, "-o", "both.xlsx", "--trade-log", "t.csv", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {"BacktestIds": ids, "Files": ["both.xlsx", "t.csv"]}
    book = load_workbook(here / "both.xlsx")
    assert book.sheetnames[:3] == ["Summary", "Compare", "Portfolio"]
    area = book["Summary"].tables["meso_summary_runs"].ref
    *_, last = book["Summary"][area]
    assert last[-1].hyperlink.target == f"https://portal.example/backtests/{ids[1]}"
    with (here / "t.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(
        row[3].value is not None for row in book["Trades"].iter_rows(min_row=10, max_col=4)
    )
    assert list(rows[0])[:4] == ["Date Opened", "Time Opened", "Opening Price", "Legs"]


def test_a_file_that_exists_is_kept_unless_forced(here: Path) -> None:
    (here / "report.xlsx").write_bytes(b"mine")
    result = run("report", "some-id")
    assert result.exit_code == 12
    assert "--force" in result.stderr
    assert (here / "report.xlsx").read_bytes() == b"mine"


def test_an_unknown_run_and_another_kind_of_file_are_named(here: Path) -> None:
    assert run("report", "no-such-run").exit_code != 0
    assert list(here.glob("*.xlsx")) == []
    result = run("report", "no-such-run", "-o", "report.docx")
    assert "is no .xlsx file" in result.stderr
