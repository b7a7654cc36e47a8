"""Strategies in real files: lossless, found, with the cells of all problems."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings

from xlmeso.errors import WorkbookError
from xlmeso.excel.books import new_strategy_book, read_strategy_book
from xlmeso.excel.headless import install
from xlmeso.excel.strategy_book import find_strategy_sheet, mark_problems, sheet_tables
from xlmeso.model.document import JsonNumber, dumps, loads
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.model.validation import validate
from xlmeso.report.books import write_workbook
from xlmeso.sheets.strategy import plan_strategy, read_strategy
from xlmeso.sheets.tables import tables_of


def _definitions() -> ModuleType:
    path = Path(__file__).parents[1] / "sheets" / "definitions.py"
    spec = importlib.util.spec_from_file_location("_definitions_for_files", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


definitions = _definitions()


def through_file(document: dict[str, Any], folder: Path) -> Any:
    path = folder / "strategy.xlsx"
    new_strategy_book(path, StrategyDefinition(document), overwrite=True)
    return read_strategy_book(path).definition.document


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return new_strategy_book(tmp_path / "book.xlsx", load_template("iron-condor"))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(definitions.mutations())
def test_definitions_survive_a_real_file(document: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert dumps(through_file(document, Path(folder))) == dumps(document)


def test_awkward_texts_and_numbers_survive_a_real_file(tmp_path: Path) -> None:
    document = loads(definitions.VALID)
    document["Exit"]["Conditions"] = list(definitions.AWKWARD)
    document["Entry"]["VarDefines"] = {
        f"v{number}": JsonNumber(literal) for number, literal in enumerate(definitions.LITERALS)
    }
    document["Unknown"] = {text: text for text in definitions.AWKWARD}
    document["Symbol"] = "=SPX"
    assert dumps(through_file(document, tmp_path)) == dumps(document)


def test_file_says_what_the_plan_says(path: Path) -> None:
    app = install().apps.add(add_book=False)
    try:
        sheet = app.books.open(str(path)).sheets["Strategy"]
        found = sheet_tables(sheet)
    finally:
        app.quit()
    planned = tables_of(plan_strategy(load_template("iron-condor")))
    assert {table.name: (table.row, table.header) for table in found.tables} == {
        table.name: (table.row, table.header) for table in planned.tables
    }


def test_reading_leaves_the_file_alone(path: Path) -> None:
    before = path.read_bytes()
    read_strategy_book(path)
    assert path.read_bytes() == before


@pytest.fixture
def two_sheets(tmp_path: Path) -> Path:
    plans = [
        plan_strategy(load_template("strangle"), sheet_name="First"),
        plan_strategy(load_template("calendar"), sheet_name="Second", suffix="_2"),
    ]
    return write_workbook(tmp_path / "two.xlsx", plans)


def test_active_strategy_sheet_is_read_unless_one_is_named(two_sheets: Path) -> None:
    assert read_strategy_book(two_sheets).sheet == "First"
    second = read_strategy_book(two_sheets, "second")
    assert second.definition.to_json() == load_template("calendar").to_json()
    assert second.cell_of(("Symbol",)).startswith("Second!")
    with pytest.raises(WorkbookError, match="First, Second"):
        read_strategy_book(two_sheets, "Third")


def test_several_strategy_sheets_and_none_active_is_a_question(two_sheets: Path) -> None:
    book = openpyxl.load_workbook(two_sheets)
    book.active = book.create_sheet("Notes")
    book.save(two_sheets)
    with pytest.raises(WorkbookError, match="several strategy sheets"):
        read_strategy_book(two_sheets)


def test_book_without_a_strategy(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "x.xlsx")
    with pytest.raises(WorkbookError, match="no strategy sheet"):
        read_strategy_book(tmp_path / "x.xlsx")


def test_mistakes_planted_in_the_file_come_back_with_their_cells(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["Strategy"]
    places = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value}
    sheet[places["Symbol"].offset(0, 1).coordinate] = "NOPE!"
    sheet[places["Exit"].coordinate].offset(2, 1).value = "=NOW()"
    legs_row = int(sheet.tables["meso_legs"].ref[1:].split(":")[0])
    sheet[f"E{legs_row + 1}"] = "Dleta"
    sheet[f"C{legs_row + 2}"] = "Pot"
    sheet[f"B{legs_row + 3}"] = "1 +"
    sheet.merge_cells(f"A{legs_row + 5}:B{legs_row + 6}")
    book.save(path)
    reading = read_strategy_book(path)
    found = reading.locate(validate(reading.definition))
    cells = {problem.cell for problem in found}
    assert None not in cells
    assert cells >= {
        "Strategy!B8", f"Strategy!E{legs_row + 1}", f"Strategy!C{legs_row + 2}",
        f"Strategy!B{legs_row + 3}", f"Strategy!A{legs_row + 5}",
    }  # fmt: skip
    assert any("=NOW()" in problem.message for problem in found)


def test_problems_are_written_into_their_rows_and_cleared_again(path: Path) -> None:
    app = install().apps.add(add_book=False)
    try:
        book = app.books.open(str(path))
        sheet = find_strategy_sheet(book)
        legs = sheet.tables["meso_legs"]
        legs.data_body_range[0, 4].value = "Dleta"
        mark_problems(sheet, read_strategy(sheet_tables(sheet)).problems)
        assert legs.data_body_range[0, 12].value == "'Dleta' is no strike selector"
        assert read_strategy(sheet_tables(sheet)).definition.legs[0].name == "short_put"
        mark_problems(sheet, [])
        assert legs.data_body_range[0, 12].value is None
    finally:
        app.quit()
