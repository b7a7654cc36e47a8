"""The way from a cell of LibreOffice Calc to Python and back, with functions made for the test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from office import Calc, running_calc, start_once

from xlmeso.addin.libreoffice import install_libreoffice, uninstall_libreoffice

HERE = Path(__file__).parent
SHEET = "Sheet1"


def install_tiny(profile: Path) -> None:
    """Install functions of the test's own, found by an interpreter that knows their folder."""
    folder = profile.parent / "an interpreter's folder"
    folder.mkdir()
    interpreter = folder / "python"
    interpreter.write_text(
        f'#!/bin/sh\nPYTHONPATH="{HERE / "declared"}" exec "{sys.executable}" "$@"\n',
        encoding="utf-8",
    )
    interpreter.chmod(0o700)
    install_libreoffice(profile, interpreter=interpreter, module="tiny_declarations")


@pytest.fixture(autouse=True, scope="module")
def declared() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE / "declared")
        yield


@pytest.fixture(scope="module")
def calc(profile: Path) -> Iterator[Calc]:
    install_tiny(profile)
    with running_calc(profile, {}) as running:
        running.open("")
        yield running
        running.close()


def text_of(calc: Calc, formula: str) -> str:
    calc.set(SHEET, "H1", formula)
    return str(calc.texts(SHEET, "H1")[0][0])


@pytest.mark.parametrize(
    ("formula", "received"),
    [
        ("=MESO_SEE(1.5)", "[[[1.5]], 'default', None]"),
        ('=MESO_SEE("ä";A9)', "[[['ä']], [[None]], None]"),
        ("=MESO_SEE(A1:B2)", "[[[1.0, 'x'], [2.0, None]], 'default', None]"),
        ("=MESO_SEE(A1:A2)", "[[[1.0], [2.0]], 'default', None]"),
        ("=MESO_SEE(A1:B1)", "[[[1.0, 'x']], 'default', None]"),
        ("=MESO_SEE(A1;;0)", "[[[1.0]], 'default', [[False]]]"),
        ("=MESO_SEE(DATE(2026;1;31))", "[[[46053.0]], 'default', None]"),
        ("=meso_see(2)", "[[[2.0]], 'default', None]"),
    ],
)
def test_what_a_function_receives(calc: Calc, formula: str, received: str) -> None:
    calc.set(SHEET, "A1", "1")
    calc.set(SHEET, "A2", "2")
    calc.set(SHEET, "B1", "x")
    assert text_of(calc, formula) == received


def test_a_table_fills_an_area_and_follows_its_parameter(calc: Calc) -> None:
    calc.set(SHEET, "A20", "2")
    calc.set_array(SHEET, "C20:D22", "=MESO_TABLE(A20)")
    assert calc.values(SHEET, "C20:D22") == [["Größe", "Tag"], [0.0, ""], [1.0, ""]]
    calc.set(SHEET, "A20", "1")
    assert calc.texts(SHEET, "C20:D22") == [["Größe", "Tag"], ["0", ""], ["#N/A", "#N/A"]]


def test_a_broken_function_shows_a_fixed_text_and_the_next_one_works(calc: Calc) -> None:
    assert text_of(calc, "=MESO_FAIL(1)") == "#MESO! Failed: run xlmeso doctor"
    assert text_of(calc, "=MESO_SEE(3)") == "[[[3.0]], 'default', None]"


def test_a_book_from_disk_calculates_with_the_macro_security_of_a_new_profile(
    calc: Calc, tmp_path: Path
) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active["A1"] = 20
    book.active["A2"] = "=SUM(A1,MESO_TABLE(1))"
    book.active["A3"] = "=MESO_SEE(A1)"
    book.save(tmp_path / "book.xlsx")
    calc.open(str(tmp_path / "book.xlsx"))
    calc.recalculate()
    assert calc.texts("Sheet", "A3") == [["[[[20.0]], 'default', None]"]]
    assert calc.values("Sheet", "A2") == [[20.0]]
    calc.close()
    calc.open("")


def test_the_helper_ends_with_libreoffice_and_nothing_is_left_after_removal(
    tmp_path: Path,
) -> None:
    profile = tmp_path / "profile"
    start_once(profile)
    install_tiny(profile)
    with running_calc(profile, {}) as calc:
        calc.open("")
        helper = psutil.Process(int(text_of(calc, "=MESO_PROCESS()")))
        assert helper.is_running()
        calc.close()
    helper.wait(10)
    uninstall_libreoffice(profile)
    with running_calc(profile, {}) as calc:
        calc.open("")
        assert text_of(calc, "=MESO_SEE(1)") == "#NAME?"
        calc.close()
