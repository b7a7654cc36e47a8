"""Definitions in files: read, checked, written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from xlmeso.app import definitions
from xlmeso.app.books import WrittenBook
from xlmeso.app.demo import with_period
from xlmeso.errors import StrategyDefinitionError, WorkbookError
from xlmeso.model.document import DocumentError
from xlmeso.model.problems import Severity, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.sheets.strategy import StrategyReading


class OneBook:
    """A port of workbooks that holds one reading."""

    def __init__(self, reading: StrategyReading) -> None:
        self.reading = reading
        self.asked: list[tuple[Path, str | None]] = []

    def read_strategy_book(self, path: Path, sheet: str | None = None) -> StrategyReading:
        self.asked.append((path, sheet))
        return self.reading

    def write_results(self, path: Path, plans: Sequence[Any]) -> WrittenBook:
        raise AssertionError


def test_json_survives_reading_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(b'{"Backtest":{"Cash":10000.0000,"Colour":null},"Qty":"160"}')
    loaded = definitions.read_json_file(path)
    assert loaded.definition.to_json() == path.read_text(encoding="utf-8")
    assert (loaded.where, loaded.book) == (str(path), None)


def test_a_mark_in_front_of_the_json_is_no_mistake() -> None:
    assert definitions.read_json(b"\xef\xbb\xbf{}", where="x").definition.document == {}


@pytest.mark.parametrize(
    ("text", "where"), [(b"[1]", "x.json"), (b'{"a": 1,\n "b" 2}', "x.json, line 2, column 6")]
)
def test_what_is_no_definition_is_told_with_its_place(text: bytes, where: str) -> None:
    with pytest.raises(DocumentError) as caught:
        definitions.read_json(text, where="x.json")
    assert caught.value.where == where


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError) as caught:
        definitions.read_json_file(tmp_path)
    assert caught.value.where == str(tmp_path)


@pytest.mark.parametrize(
    ("name", "is_book"), [("a.xlsx", True), ("A.XLSM", True), ("a.json", False), ("xlsx", False)]
)
def test_the_ending_tells_a_workbook(name: str, is_book: bool) -> None:
    assert definitions.is_book(Path(name)) is is_book


def test_problems_of_a_book_have_cells_and_join_those_of_the_sheet() -> None:
    document = json.loads(load_template("short-put").to_json())
    document["Backtest"]["Cash"] = -5
    reading = StrategyReading(
        StrategyDefinition.from_python(document),
        "Strategy",
        {(): "Strategy!A1", ("Backtest", "Cash"): "Strategy!B9"},
        (error(("Exit",), "not readable").at("Strategy!C30"),),
    )
    books = OneBook(reading)
    loaded = definitions.read_book(Path("b.xlsx"), books, "Strategy")
    assert books.asked == [(Path("b.xlsx"), "Strategy")]
    cells = {problem.cell for problem in definitions.problems_of(loaded)}
    assert {"Strategy!C30", "Strategy!B9"} <= cells


def test_a_template_passes_and_its_warnings_come_along() -> None:
    document = json.loads(load_template("short-put").to_json())
    loaded = definitions.read_json(json.dumps(document).encode(), where="x")
    passed = definitions.checked(loaded)
    assert passed.definition is loaded.definition
    assert all(item.severity is Severity.WARNING for item in passed.warnings)


def test_mistakes_stop_with_all_of_them_and_the_file() -> None:
    document = json.loads(load_template("short-put").to_json())
    del document["Backtest"]["Cash"], document["Symbol"]
    document["Colour"] = "red"
    loaded = definitions.read_json(json.dumps(document).encode(), where="x.json")
    with pytest.raises(StrategyDefinitionError) as caught:
        definitions.checked(loaded)
    assert caught.value.where == "x.json"
    paths = {problem.path_text for problem in caught.value.problems}
    assert {"Backtest.Cash", "Symbol", "Colour"} <= paths


def test_unknown_fields_pass_when_they_are_allowed() -> None:
    document = json.loads(load_template("short-put").to_json()) | {"Colour": "red"}
    loaded = definitions.read_json(json.dumps(document).encode(), where="x.json")
    assert definitions.checked(loaded, allow_unknown=True).definition.get("Colour") == "red"


def test_writing_json_keeps_the_spelling_and_makes_the_folder(tmp_path: Path) -> None:
    definition = StrategyDefinition.from_json('{"Cash": 10000.0000}')
    path = definitions.write(definition, tmp_path / "new" / "s.json")
    assert path.read_bytes() == b'{\n  "Cash": 10000.0000\n}\n'
    assert [item.name for item in path.parent.iterdir()] == ["s.json"]


def test_an_existing_file_is_left_alone_unless_it_may_go(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text("mine", encoding="utf-8")
    definition = load_template("short-put")
    with pytest.raises(WorkbookError, match="--force"):
        definitions.write(definition, path)
    assert path.read_text(encoding="utf-8") == "mine"
    definitions.write(definition, path, replace=True)
    assert StrategyDefinition.from_json(path.read_bytes()) == definition


@pytest.mark.parametrize("name", ["s.txt", "s", "s.xlsm"])
def test_an_ending_that_we_do_not_write_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkbookError, match=r"\.xlsx or \.json"):
        definitions.write(load_template("short-put"), tmp_path / name)


def test_the_demo_period_replaces_only_the_days_that_were_given() -> None:
    template = load_template("short-put")
    changed = with_period(template, dt.date(2019, 3, 1), None)
    assert changed.get("Backtest", "Start") == "2019-03-01T00:00:00"
    assert changed.get("Backtest", "End") == template.get("Backtest", "End")
    assert template == load_template("short-put")
