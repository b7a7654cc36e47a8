"""``xlmeso demo``: from nothing to a workbook with results."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from xlmeso.model.templates import load_template

from .conftest import Xlmeso

QUARTER = ("--start", "2021-01-04", "--end", "2021-03-31")


@pytest.mark.slow
def test_the_demo_leaves_a_book_with_strategy_and_results(xlmeso: Xlmeso, tmp_path: Path) -> None:
    result = xlmeso("demo", "--out", "out", *QUARTER)
    assert result.returncode == 0, result.stderr
    book = load_workbook(tmp_path / "out" / "demo.xlsx")
    assert book.sheetnames == ["Strategy", "Runs", "Analytics", "Events", "NAV"]
    figures = {row[0]: row[1] for row in book["Analytics"].iter_rows(min_row=10, values_only=True)}
    assert figures["Trades"] > 0
    assert "Sharpe ratio" in result.stdout
    assert str(Path("out") / "demo.xlsx") in result.stdout
    days = [row[0] for row in book["NAV"].iter_rows(min_row=10, max_col=1, values_only=True)]
    # 61 sessions: the first quarter of 2021 without New Year, M. L. King's and Presidents' Day.
    assert len(days) == 61
    with zipfile.ZipFile(tmp_path / "out" / "demo.xlsx") as package:
        assert sum("charts/chart" in name for name in package.namelist()) == 2


@pytest.mark.slow
def test_the_run_of_the_demo_can_be_looked_at_afterwards(xlmeso: Xlmeso, tmp_path: Path) -> None:
    demo = xlmeso("demo", "--out", tmp_path / "out", *QUARTER, "--json", "--template", "strangle")
    assert demo.returncode == 0, demo.stderr
    told = json.loads(demo.stdout)
    assert told["State"] == "Finished"
    (listed,) = json.loads(xlmeso("list", "--json").stdout)
    assert (listed["Id"], listed["State"]) == (told["BacktestId"], "Finished")
    kept = json.loads(xlmeso("strategy", told["BacktestId"], "--json").stdout)
    template = json.loads(load_template("strangle").to_json())
    assert kept["Backtest"].pop("Start") == "2021-01-04T00:00:00"
    assert kept["Backtest"].pop("End") == "2021-03-31T23:59:59"
    del template["Backtest"]["Start"], template["Backtest"]["End"]
    assert kept == template
