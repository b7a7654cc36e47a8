"""The shipped books: current, safe to open, readable, and good for a run without Excel."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from xlmeso.excel.books import opened, read_strategy_book, write_results
from xlmeso.excel.declarations import declarations
from xlmeso.excel.formula_cells import BlockKind, our_blocks
from xlmeso.model.problems import errors_of
from xlmeso.model.sweep.request import expand
from xlmeso.model.templates import load_template
from xlmeso.model.validation import validate
from xlmeso.report.inspect import inspect_book
from xlmeso.sheets.results import plan_runs

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "workbooks"
PRODUCT = FOLDER / "xlmeso.xlsx"
NAMES = ("xlmeso.xlsx", "example-one-run.xlsx", "example-compare.xlsx", "example-risk-desk.xlsx")

EMPTY = {
    "example-one-run.xlsx": ("B24", "B25"),
    "example-risk-desk.xlsx": ("D35", "E35", "D36", "E36"),
}
"""Cells that show nothing: the sentence of an error, the mean of no trades."""

every_book = pytest.mark.parametrize("name", NAMES)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {item.filename: package.read(item) for item in package.infolist()}


def formulas(path: Path) -> list[str]:
    texts = []
    for name, data in parts(path).items():
        if name.startswith("xl/worksheets/sheet"):
            texts += re.findall(r"<f\b[^>]*>([^<]+)</f>", data.decode("utf-8"))
    return texts


@pytest.mark.slow
def test_books_are_what_the_sources_make() -> None:
    """Every value in them comes from a run of the local service during this test."""
    sys.path.insert(0, str(ROOT / "tests" / "tools"))
    made = importlib.import_module("make_workbooks").books()
    assert sorted(made) == sorted(NAMES)
    for name, fresh in made.items():
        shipped = parts(FOLDER / name)
        stale = {part for part in fresh | shipped if fresh.get(part) != shipped.get(part)}
        assert not stale, f"{name} is stale: run python tests/tools/make_workbooks.py"


@every_book
def test_opening_a_book_calculates_nothing_and_so_submits_nothing(name: str) -> None:
    workbook = parts(FOLDER / name)["xl/workbook.xml"].decode("utf-8")
    assert "fullCalcOnLoad" not in workbook
    number = re.search(r'<calcPr calcId="(\d+)"', workbook)
    assert number is not None
    assert int(number[1]) >= 191029, "an older number makes Excel 2019 and later calculate all"


@every_book
def test_every_formula_has_its_value_and_calls_what_there_is(name: str) -> None:
    known = {item.name for item in declarations()}
    used = {word for text in formulas(FOLDER / name) for word in re.findall(r"MESO_\w+", text)}
    assert used <= known
    values = openpyxl.load_workbook(FOLDER / name, data_only=True)
    for sheet in openpyxl.load_workbook(FOLDER / name):
        for cell in texts(sheet):
            value = values[sheet.title][cell].value
            assert not str(value).startswith("#"), (sheet.title, cell)
            assert value is not None or cell in EMPTY.get(name, ()), (sheet.title, cell)
    with opened(FOLDER / name) as book:
        blocks = [block for sheet in book.sheets for block in our_blocks(sheet)]
        assert blocks
        assert {block.kind for block in blocks} == {BlockKind.SPILL}, "no @ before our functions"


def test_the_books_together_show_the_functions_at_work() -> None:
    used = {
        word
        for name in NAMES
        for text in formulas(FOLDER / name)
        for word in re.findall(r"MESO_\w+", text)
    }
    unused = {item.name for item in declarations()} - used
    assert unused == {"MESO_METRICS", "MESO_USAGE", "MESO_VERSION"}


@every_book
def test_no_book_holds_macros_links_or_this_machine(name: str) -> None:
    content = parts(FOLDER / name)
    assert not [part for part in content if "vba" in part.lower() or "externalLink" in part]
    for part, data in content.items():
        assert b"Bearer" not in data, part
        assert b"eyJ" not in data, part  # how a token begins
        assert b"127.0.0.1" not in data, part
        assert str(Path.home()).encode() not in data, part
    assert inspect_book(FOLDER / name).is_ours


@pytest.mark.slow
@every_book
def test_openxml_audit_finds_no_error(name: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "openxml_audit", "-f", "microsoft365", str(FOLDER / name)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert re.search(r"^Errors: 0$", result.stdout, re.MULTILINE), result.stdout
    findings = re.findall(r"^W?\d+\. (.*)", result.stdout, re.MULTILINE)
    assert not [text for text in findings if "inline-string" not in text]


def test_product_book_starts_with_start_and_teaches_every_sheet() -> None:
    book = openpyxl.load_workbook(PRODUCT)
    assert book.active.title == book.sheetnames[0] == "Start"
    assert {"Strategy", "Sweep", "Runs", "Results", "Help"} <= set(book.sheetnames)
    links = {
        cell.hyperlink.location.split("!")[0].strip("'")
        for row in book["Start"].iter_rows()
        for cell in row
        if cell.hyperlink
    }
    assert links == set(book.sheetnames) - {"Start"}
    shown = " ".join(str(cell.value) for row in book["Help"].iter_rows() for cell in row)
    assert all(item.syntax in shown for item in declarations())


def test_strategy_of_the_product_book_is_the_template_to_the_letter() -> None:
    reading = read_strategy_book(PRODUCT)
    assert reading.definition.document == load_template("short-put").document
    assert not errors_of([*reading.problems, *validate(reading.definition)])


def test_sweep_of_the_product_book_has_nine_variants_and_no_mistake() -> None:
    from xlmeso.excel.sweep_books import read_sweep_book

    found = read_sweep_book(PRODUCT)
    assert found is not None
    assert not errors_of(found.reading.problems)
    variants, problems = expand(found.reading.request, found.strategy.definition)
    assert (len(variants), errors_of(problems)) == (3 * 3, [])


def test_product_book_takes_results_in_place_and_stays_whole(tmp_path: Path) -> None:
    copy = tmp_path / "book.xlsx"
    shutil.copy(PRODUCT, copy)
    written = write_results(copy, [plan_runs([run_info("b3a7")])])
    assert (written.path, written.notice) == (copy, None)
    before, after = openpyxl.load_workbook(PRODUCT), openpyxl.load_workbook(copy)
    assert after.sheetnames == before.sheetnames
    assert after["Runs"]["D10"].value == "b3a7"
    assert texts(after["Results"]) == texts(before["Results"])
    assert len(after["Results"]._charts) == len(before["Results"]._charts) == 1
    assert inspect_book(copy).findings == ()


def test_results_of_the_sample_do_not_stand_beside_a_new_run(tmp_path: Path) -> None:
    copy = tmp_path / "book.xlsx"
    shutil.copy(PRODUCT, copy)
    write_results(copy, [plan_runs([run_info("b3a7")])])
    results = openpyxl.load_workbook(copy, data_only=True)["Results"]
    assert results["B20"].value is None
    assert "fullCalcOnLoad" in parts(copy)["xl/workbook.xml"].decode()


def texts(sheet: Any) -> dict[str, str]:
    """Return the formulas of a sheet by cell."""
    found = {}
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                found[cell.coordinate] = str(getattr(cell.value, "text", cell.value))
    return found


def run_info(backtest_id: str) -> Any:
    import datetime as dt

    from xlmeso.model.backtest import BacktestState
    from xlmeso.sheets.results import RunInfo

    now = dt.datetime(2026, 2, 3, tzinfo=dt.UTC)
    return RunInfo(backtest_id, "mine", BacktestState.FINISHED, "local service", now)
