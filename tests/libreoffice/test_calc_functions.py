"""Every worksheet function as a live formula of LibreOffice Calc, against the local service."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from host_formulas import NOT_FOUND_TEXT, UNKNOWN_ID, formulas
from host_service import HostedRuns
from host_workbook import ANSWERS, Placed, write_book
from office import Calc, running_calc
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.properties import PageSetupProperties

from xlmeso.addin.libreoffice import install_libreoffice
from xlmeso.addin.libreoffice.declarations import declared_functions

PENDING = "#MESO! On its way"
SETTLE_SECONDS = 30
SHEET = "Overview"


@pytest.fixture(scope="module")
def calc(profile: Path, runs: HostedRuns) -> Iterator[Calc]:
    install_libreoffice(profile, interpreter=Path(sys.executable))
    variables = {
        "XLMESO_URL": runs.url,
        "XLMESO_API_KEY": runs.api_key,
        "XLMESO_HOME": str(profile.parent / "home"),
    }
    with running_calc(profile, variables) as running:
        yield running


@pytest.fixture
def opened(calc: Calc) -> Iterator[Any]:
    """Open books and close them again."""
    count = 0

    def open_book(path: Path) -> Calc:
        nonlocal count
        calc.open(str(path))
        count += 1
        return calc

    yield open_book
    for _ in range(count):
        calc.close()


def settled(calc: Calc, sheet: str, area: str) -> list[list[str]]:
    """Recalculate as a person does until the answers are there."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        calc.recalculate()
        texts = calc.texts(sheet, area)
        if not any(cell.startswith(PENDING) for row in texts for cell in row):
            return list(texts)
        assert time.monotonic() < deadline, texts
        time.sleep(0.1)


def filled(rows: list[list[Any]]) -> list[list[Any]]:
    """Return the rows without what an answer leaves over of its area (None: an error value)."""
    kept = [row for row in rows if any(cell is not None for cell in row)]
    width = max(sum(cell is not None for cell in row) for row in kept)
    return [[None if cell == "" else cell for cell in row[:width]] for row in kept]


@pytest.fixture(scope="module")
def answered(
    calc: Calc, runs: HostedRuns, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Placed, list[list[Any]]]]:
    """Recalculate one book with every function and return what each shows."""
    path = tmp_path_factory.mktemp("book") / "functions.xlsx"
    placed = write_book(path, list(formulas(runs)))
    calc.open(str(path))
    settled(calc, ANSWERS, "B1:B600")
    values = {one.area: (one, filled(calc.values(ANSWERS, one.area))) for one in placed}
    calc.close()
    return values


def test_every_function_answers_as_the_service_does(
    answered: dict[str, tuple[Placed, list[list[Any]]]],
) -> None:
    wrong = []
    for placed, rows in answered.values():
        try:
            placed.formula.check(rows)
        except (AssertionError, ValueError, IndexError) as error:
            wrong.append(f"{placed.text[:80]}: {error!s:.300}\n{rows!s:.300}")
    assert not wrong, "\n".join(wrong)


def test_no_function_is_left_out(
    answered: dict[str, tuple[Placed, list[list[Any]]]],
) -> None:
    shown = {placed.formula.function for placed, _ in answered.values()}
    assert shown == set(declared_functions())


def overview(path: Path, runs: HostedRuns) -> None:
    """Write a small sheet as a trader has it: choose a backtest, read its figures."""
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    for row, (label, value) in enumerate(
        (("Backtest", runs.first), ("Figure", "StratSharpe"), ("State", "=MESO_STATUS(B1)"))
    ):
        sheet.cell(row + 1, 1, label)
        sheet.cell(row + 1, 2, value)
    sheet["A4"], sheet["B4"] = "Value", "=MESO_METRIC(B1,B2)"
    sheet["A5"], sheet["B5"] = "Twice", "=2*B4"
    sheet["A6"], sheet["B6"] = "Reason", "=MESO_ERROR(B4)"
    metrics = "StratSharpe,StratMaxDd,StratCagrPct"
    sheet["A8"] = ArrayFormula("A8:C11", f'=MESO_ANALYTICS(B1,"{metrics}")')
    sheet["A13"] = ArrayFormula("A13:N14", "=MESO_MONTHLY(B1)")
    for title in (
        *sheet["A8:C8"][0],
        *sheet["A13:N13"][0],
        *(sheet[f"A{row}"] for row in range(1, 7)),
    ):
        title.font = Font(bold=True)
    for month in sheet["B14:N14"][0]:
        month.number_format = "0.0%"
    sheet.column_dimensions["A"].width = 16
    sheet.column_dimensions["B"].width = 40
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    book.save(path)


def test_results_follow_an_edited_parameter(opened: Any, runs: HostedRuns, tmp_path: Path) -> None:
    overview(tmp_path / "overview.xlsx", runs)
    calc = opened(tmp_path / "overview.xlsx")
    settled(calc, SHEET, "A1:N14")
    first, second = runs.analytics(runs.first), runs.analytics(runs.second)
    assert first["StratSharpe"] != second["StratSharpe"]
    assert calc.values(SHEET, "B4:B5") == [[first["StratSharpe"]], [2 * first["StratSharpe"]]]
    calc.set(SHEET, "B2", "Trades")
    calc.set(SHEET, "B2", "StratTradeCnt")
    assert calc.values(SHEET, "B4") == [[first["StratTradeCnt"]]]
    calc.set(SHEET, "B2", "StratSharpe")
    calc.set(SHEET, "B1", runs.second)
    settled(calc, SHEET, "A1:N14")
    assert calc.values(SHEET, "B4:B5") == [[second["StratSharpe"]], [2 * second["StratSharpe"]]]
    assert second["StratMaxDd"] in [row[1] for row in calc.values(SHEET, "A8:C11")]


def test_errors_show_as_fixed_texts(opened: Any, runs: HostedRuns, tmp_path: Path) -> None:
    overview(tmp_path / "errors.xlsx", runs)
    calc = opened(tmp_path / "errors.xlsx")
    calc.set(SHEET, "B1", UNKNOWN_ID)
    settled(calc, SHEET, "A1:N14")
    assert calc.texts(SHEET, "B4") == [[NOT_FOUND_TEXT]]
    assert runs.refusal(f"/backtest/{UNKNOWN_ID}/analytics") in calc.texts(SHEET, "B6")[0][0]
    calc.set(SHEET, "B1", runs.first)
    calc.set(SHEET, "B2", "StratSharp")
    assert calc.texts(SHEET, "B4")[0][0].startswith("#MESO! ")


def test_the_saved_book_holds_the_values_and_the_sheet_can_be_looked_at(
    opened: Any, runs: HostedRuns, tmp_path: Path
) -> None:
    overview(tmp_path / "overview.xlsx", runs)
    calc = opened(tmp_path / "overview.xlsx")
    settled(calc, SHEET, "A1:N14")
    calc.save(str(tmp_path / "values.csv"), "Text - txt - csv (StarCalc)")
    text = (tmp_path / "values.csv").read_text(encoding="utf-8")
    assert str(runs.analytics(runs.first)["StratSharpe"]) in text
    assert runs.api_key not in text
    calc.save(str(tmp_path / "overview.pdf"), "calc_pdf_Export")
    render = shutil.which("pdftoppm")
    assert render, "needs poppler-utils"
    subprocess.run(
        [render, "-r", "60", "-png", "-singlefile", "overview.pdf", "overview"],
        cwd=tmp_path,
        check=True,
        timeout=30,
    )
    picture = (tmp_path / "overview.png").read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(picture) > 5_000  # an empty page is smaller
