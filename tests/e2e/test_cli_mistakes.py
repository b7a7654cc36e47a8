"""A workbook with planted mistakes: all are told, each with its cell, and nothing is written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from .conftest import Xlmeso


def cell_of(sheet: Worksheet, table: str, column: str, row: int | str) -> str:
    """Find a cell by table, heading and row: its number from 1, or the text in the first column."""
    left, top, right, bottom = range_boundaries(sheet.tables[table].ref)
    titles = [sheet.cell(top, number).value for number in range(left, right + 1)]
    if isinstance(row, str):
        names = [sheet.cell(number, left).value for number in range(top + 1, bottom + 1)]
        row = names.index(row) + 1
    return str(sheet.cell(top + row, left + titles.index(column)).coordinate)


PLANTED = (
    (("meso_backtest", "Value", "Backtest.Cash"), -5),
    (("meso_backtest", "Value", "Backtest.End"), "2017-06-01T00:00:00"),
    (("meso_expirations", "DTE", 1), "45 +"),
    (("meso_legs", "Type", 1), "Putt"),
    (("meso_legs", "Expiration", 1), "mian"),
    (("meso_entry_conditions", "Condition", 1), "underlying_prise > 0"),
    (("meso_exit", "Value", "MaxDaysInTrade"), "days_in_trade >"),
    (("meso_settings", "Value", "Sim.FillModel"), "AtBest"),
)
"""Table, heading and row, and the wrong value that is put there."""


@pytest.fixture
def faulty(xlmeso: Xlmeso, tmp_path: Path) -> list[str]:
    """Make ``b.xlsx`` with the planted mistakes and return their cells."""
    assert xlmeso("new", "b.xlsx", "--template", "short-put").returncode == 0
    book = load_workbook(tmp_path / "b.xlsx")
    sheet = book["Strategy"]
    cells = []
    for place, value in PLANTED:
        cells.append(cell_of(sheet, *place))
        sheet[cells[-1]] = value
    book.save(tmp_path / "b.xlsx")
    return cells


def told_cells(text: str) -> list[str]:
    return re.findall(r"error: Strategy!([A-Z]+\d+) ", text)


def test_run_prints_all_of_them_and_leaves_the_book_to_the_byte(
    xlmeso: Xlmeso, tmp_path: Path, faulty: list[str]
) -> None:
    before = (tmp_path / "b.xlsx").read_bytes()
    result = xlmeso("run", "b.xlsx")
    assert result.returncode == 3
    assert result.stdout == ""
    assert sorted(told_cells(result.stderr)) == sorted(faulty)
    assert "8 mistakes" in result.stderr
    assert (tmp_path / "b.xlsx").read_bytes() == before
    assert sorted(item.name for item in tmp_path.iterdir()) == ["b.xlsx", "home"]
    # No service was started for it either.
    assert not (tmp_path / "home" / "data").exists()


def test_validate_prints_the_same_as_data(
    xlmeso: Xlmeso, tmp_path: Path, faulty: list[str]
) -> None:
    before = (tmp_path / "b.xlsx").read_bytes()
    result = xlmeso("validate", "b.xlsx")
    assert result.returncode == 3
    assert sorted(told_cells(result.stdout)) == sorted(faulty)
    problems = json.loads(xlmeso("validate", "b.xlsx", "--json").stdout)
    errors = [item["Cell"] for item in problems if item["Severity"] == "error"]
    assert sorted(errors) == sorted(f"Strategy!{cell}" for cell in faulty)
    assert (tmp_path / "b.xlsx").read_bytes() == before


def test_a_sheet_can_be_named(xlmeso: Xlmeso, tmp_path: Path, faulty: list[str]) -> None:
    assert xlmeso("validate", "b.xlsx", "--sheet", "strategy").returncode == 3
    other = xlmeso("validate", "b.xlsx", "--sheet", "Nothing")
    assert other.returncode == 12
    assert "Strategy" in other.stderr
