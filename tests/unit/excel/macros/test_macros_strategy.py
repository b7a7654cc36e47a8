"""New from template, import, export, validate."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xlmeso.excel.actions_strategy import copy_from_file
from xlmeso.excel.strategy_book import read_strategy_sheet
from xlmeso.model.document import from_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template, template_names
from xlmeso.sheets.strategy import plan_strategy


def strategy_on(desk: Any, sheet: str) -> str:
    return read_strategy_sheet(desk.book, sheet).definition.to_json()


@pytest.mark.parametrize("name", template_names())
def test_every_template_makes_a_second_strategy_sheet(desk: Any, name: str) -> None:
    before = strategy_on(desk, "Strategy")
    text = desk.press("new_from_template", name)
    assert "'Strategy 2'" in text
    assert strategy_on(desk, "Strategy 2") == load_template(name).to_json()
    assert strategy_on(desk, "Strategy") == before
    assert desk.book.sheets.active.name == "Strategy 2"
    tables = [table.name for sheet in desk.book.sheets for table in sheet.tables]
    assert len(tables) == len(set(tables))


def test_template_by_number_and_the_active_sheet_is_the_one_that_counts(desk: Any) -> None:
    desk.press("new_from_template", "2")
    desk.press("new_from_template", "1")
    assert [sheet.name for sheet in desk.book.sheets] == ["Strategy", "Strategy 2", "Strategy 3"]
    desk.book.sheets["Strategy 2"].impl.activate()
    desk.cell_of("meso_legs_2", 0, "Type", "Strategy 2").value = "Pot"
    assert "'Strategy 2'!C" in desk.press("validate")
    desk.book.sheets["Strategy 3"].impl.activate()
    assert desk.press("validate") == "The strategy has no mistakes."


def test_new_template_that_is_given_up(desk: Any) -> None:
    before = desk.contents()
    desk.press_quietly("new_from_template", None)
    assert "none of the choices" in desk.press("new_from_template", "nothing")
    assert desk.contents() == before


def test_json_file_in_and_out_again_is_the_same(desk: Any, tmp_path: Path) -> None:
    source, target = tmp_path / "in.json", tmp_path / "out.json"
    definition = load_template("calendar")
    document = definition.document | {"Unknown": from_python({"kept": [1, None]})}
    text = StrategyDefinition(document).to_json(indent=2) + "\n"
    source.write_text(text, encoding="utf-8", newline="")
    desk.person.files = [source, target]
    assert "in.json" in desk.press("import_strategy", "")
    assert f"Wrote {target}" in desk.press("export_strategy")
    assert target.read_bytes().decode() == text


def test_import_by_path_and_from_a_backtest(finished: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(load_template("strangle").to_json(), encoding="utf-8")
    finished.press("import_strategy", str(path))
    assert strategy_on(finished, "Strategy 2") == load_template("strangle").to_json()
    backtest_id = finished.runs()[0]["Id"]
    text = finished.press("import_strategy", f"https://portal.example/b/{backtest_id}?tab=1")
    assert backtest_id in text
    assert strategy_on(finished, "Strategy 3") == strategy_on(finished, "Strategy")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("what is this", "is neither the id of a backtest nor a .json file"),
        ("missing.json", "cannot be read"),
        (
            "01234567-89ab-cdef-0123-456789abcdef",
            "backtest 01234567-89ab-cdef-0123-456789abcdef: there is no such backtest",
        ),
    ],
)
def test_import_of_something_else_changes_nothing(
    desk: Any, answer: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = desk.contents()
    text = desk.press("import_strategy", answer)
    assert words in text.casefold()
    assert desk.contents() == before


def test_import_of_damaged_json_names_the_place(desk: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"Legs": [1,}', encoding="utf-8")
    before = desk.contents()
    assert "bad.json" in desk.press("import_strategy", str(path))
    assert desk.contents() == before


def test_export_asks_before_it_replaces(desk: Any, tmp_path: Path) -> None:
    target = tmp_path / "there.json"
    target.write_text("mine", encoding="utf-8")
    desk.person.files = [target, target, None]
    desk.press_quietly("export_strategy", False)
    assert target.read_text(encoding="utf-8") == "mine"
    desk.press("export_strategy", True)
    assert "Desk run" in target.read_text(encoding="utf-8")
    desk.press_quietly("export_strategy")


def test_export_of_a_sheet_that_cannot_be_read_whole_is_refused(desk: Any, tmp_path: Path) -> None:
    cell = desk.cell_of("meso_legs", 0, "Qty")
    cell.number_format = "General"
    cell.value = "#REF!"
    desk.person.files = [tmp_path / "out.json"]
    assert f"Strategy!B{cell.row}: the cell holds the error #REF!" in desk.press("export_strategy")
    assert not (tmp_path / "out.json").exists()


def test_in_excel_a_sheet_is_copied_with_its_drop_downs_from_a_file() -> None:
    """Excel stands aside here: what is asked of it is noted."""
    done: list[Any] = []

    def copy(**options: Any) -> str:
        done.append(("copy", options))
        return "new"

    def opened(path: str) -> Any:
        assert Path(path).is_file()
        sheets = [SimpleNamespace(copy=copy)]
        return SimpleNamespace(sheets=sheets, close=lambda: done.append("close"))

    book: Any = SimpleNamespace(
        app=SimpleNamespace(books=SimpleNamespace(open=opened)),
        activate=lambda: done.append("activate"),
    )
    plan = plan_strategy(load_template("short-put"), sheet_name="Strategy 2", suffix="_2")
    assert copy_from_file(book, plan, "last") == "new"
    assert done == [("copy", {"after": "last", "name": "Strategy 2"}), "close", "activate"]


def test_an_old_definition_becomes_a_sheet_and_its_notes_are_told(
    desk: Any, tmp_path: Path
) -> None:
    new = from_python({"kept": 1})
    old = dict(load_template("short-put").document)
    run, settings = old.pop("Backtest"), old.pop("Settings")
    old |= run | {"TemplateName": old.pop("StrategyName"), "Mine": new}
    old["SimSettings"] = settings["Sim"] | settings["Core"]
    path = tmp_path / "old.json"
    path.write_text(StrategyDefinition(old).to_json(), encoding="utf-8")
    desk.person.files = [path]
    text = desk.press("convert_old")
    assert text.startswith(
        "The sheet 'Strategy 2' holds old.json as version 3. Press Validate next."
    )
    assert "[AUTO] Backtest.Cash: Moved from Cash." in text
    expected = load_template("short-put").document | {"Mine": new}
    made = read_strategy_sheet(desk.book, "Strategy 2").definition.document
    assert made["Backtest"] == expected["Backtest"]
    assert made["Settings"]["Sim"] == expected["Settings"]["Sim"]
    assert made["Mine"] == new
    assert "Mine" in desk.press("validate")


def test_converting_can_be_given_up(desk: Any) -> None:
    before = desk.contents()
    desk.person.files = [None]
    desk.press_quietly("convert_old")
    assert desk.contents() == before


def test_many_notes_fit_into_the_box() -> None:
    from xlmeso.excel.actions_migrate import note_lines
    from xlmeso.migration.notes import Level, Note

    notes = [Note(Level.AUTO, ("a",), "x" * 300)] * 40 + [Note(Level.ERROR, (), "repair this")]
    lines = note_lines(notes)
    assert lines[0] == "[ERROR] repair this"
    assert len(lines) == 28
    assert lines[-1] == "... and 14 more; 'xlmeso migrate' shows all of them."
    assert max(map(len, lines)) == 240
