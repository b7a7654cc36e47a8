"""The shipped examples, calculated by a real spreadsheet program, show what they were built with.

The books bring every value along; here LibreOffice works all of them out anew, formulas of ours
and its own, against a local service that knows nothing of the books.
"""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from office import Calc, running_calc

from xlmeso.addin.libreoffice import install_libreoffice

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "workbooks"
SETTLE_SECONDS = 150

sys.path.insert(0, str(ROOT / "tests" / "tools"))

from workbooks.live import live  # noqa: E402

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"as of [-0-9]+ [:0-9]+ UTC")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def calc(profile: Path) -> Iterator[Calc]:
    install_libreoffice(profile, interpreter=Path(sys.executable))
    with live() as service, running_calc(profile, service.env) as running:
        yield running


def areas(path: Path) -> Iterator[tuple[str, str, list[list[Any]]]]:
    """Yield sheet, area and stored values of every formula of a book."""
    values = openpyxl.load_workbook(path, data_only=True)
    for sheet in openpyxl.load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    area = str(getattr(cell.value, "ref", cell.coordinate))
                    first = area if ":" in area else f"{area}:{area}"
                    block = values[sheet.title][first]
                    yield (
                        sheet.title,
                        first,
                        [[plain(item.value) for item in line] for line in block],
                    )


def plain(value: Any) -> Any:
    """Return a value as LibreOffice hands it out: dates are numbers, nothing is an empty text."""
    if value is None:
        return ""
    if hasattr(value, "year"):
        return float(openpyxl.utils.datetime.to_excel(value))
    if isinstance(value, str):
        return _TIME.sub("as of", _ID.sub("id", value))
    return float(value)


def short(value: Any) -> Any:
    """Return a number with the digits that two programs agree on."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


def settled(calc: Calc, found: list[tuple[str, str, list[list[Any]]]]) -> list[list[list[Any]]]:
    """Calculate as a person does until every cell has its answer."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        calc.recalculate()
        shown = [calc.values(sheet, area) for sheet, area, _ in found]
        texts = [cell for block in shown for row in block for cell in row if isinstance(cell, str)]
        waiting = [text for text in texts if text.startswith("#MESO!")]
        if not waiting:
            return shown
        assert time.monotonic() < deadline, set(waiting)
        time.sleep(1)


def calculated(calc: Calc, path: Path) -> list[tuple[str, str, list[list[Any]], list[list[Any]]]]:
    """Return sheet, area, stored values and the values of now of every formula of a book."""
    found = list(areas(path))
    calc.open(str(path))
    shown = settled(calc, found)
    calc.close()
    return [
        (sheet, area, stored, [[plain(cell) for cell in row] for row in block])
        for (sheet, area, stored), block in zip(found, shown, strict=True)
    ]


def test_recalculated_examples_show_what_they_were_built_with(calc: Calc, tmp_path: Path) -> None:
    formulas = {"example-one-run.xlsx": 13, "example-compare.xlsx": 10}  # counted in the books
    for name, count in formulas.items():
        book = Path(shutil.copy(FOLDER / name, tmp_path))  # LibreOffice leaves a lock beside it
        found = calculated(calc, book)
        # Growth takes a column out of an answer by INDEX(...,0,1), which LibreOffice does not do.
        found = [one for one in found if one[0] != "Growth"]
        assert len(found) == count
        for sheet, area, stored, now in found:
            for expected, row in zip(stored, now, strict=True):
                assert list(map(short, row)) == list(map(short, expected)), (name, sheet, area)


def test_report_of_the_risk_desk_follows_the_newest_run(calc: Calc, tmp_path: Path) -> None:
    book = Path(shutil.copy(FOLDER / "example-risk-desk.xlsx", tmp_path))
    found = {(sheet, area): now for sheet, area, _, now in calculated(calc, book)}
    assert found["Report", "B5:B5"] == [["id"]]
    trades = next(now for (sheet, _), now in found.items() if sheet == "Trades" and len(now) > 1)
    reasons = [row[12] for row in trades if row[12]]
    counts = [found["Report", f"B{row}:B{row}"][0][0] for row in range(32, 37)]
    assert counts == [
        reasons.count(name)
        for name in ("ProfitTarget", "StopLoss", "MaxDaysInTrade", "Condition", "Settlement")
    ]
