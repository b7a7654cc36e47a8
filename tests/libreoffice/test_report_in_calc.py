"""Reports in LibreOffice: it opens them, and its results of our formulas equal ours."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from office import soffice
from python_calamine import CalamineWorkbook

from xlmeso.report.book import render_book, stored_results
from xlmeso.report.splice import Streams
from xlmeso.sheets.book_plan import BookPlan
from xlmeso.sheets.report import plan_report

HAND = Path(__file__).parents[1] / "golden" / "hand_made_run.py"


@pytest.fixture(scope="module")
def hand() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hand_made_run", HAND)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def calculated(plan: BookPlan, folder: Path, profile: Path) -> Any:
    """Let LibreOffice work a book out that holds formulas without results."""
    source, target = folder / "in.xlsx", folder / "out"
    render_book(plan, Streams()).save(source)
    options = ["--headless", f"-env:UserInstallation={profile.as_uri()}"]
    convert = ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(target)]
    done = subprocess.run(
        [str(soffice()), *options, *convert, str(source)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return CalamineWorkbook.from_path(target / "in.xlsx")


def number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


@pytest.mark.parametrize("count", [1, 2])
def test_results_of_all_formulas_equal_ours(
    hand: ModuleType, count: int, tmp_path: Path, profile: Path
) -> None:
    runs = [hand.long_run(f"Run {number}", phase=2.0 * number) for number in range(count)]
    plan = plan_report(runs, "9.9")
    book = calculated(plan, tmp_path, profile)
    assert book.sheet_names == [sheet.name for sheet in plan.sheets]
    compared = 0
    for name, results in stored_results(plan).items():
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for cell, ours in results.items():
            match = re.fullmatch(r"([A-Z]+)(\d+)", cell)
            assert match is not None
            theirs = rows[int(match[2]) - 1][number_of(match[1]) - 1]
            assert theirs == pytest.approx(ours, rel=1e-9, abs=1e-12), f"{name}!{cell}"
            compared += 1
    assert compared > (10 if count == 1 else 600)
