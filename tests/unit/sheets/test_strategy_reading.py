"""A person edits the sheet: what counts, what is reported, and where."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from xlmeso.model.document import JsonNumber, loads, walk
from xlmeso.model.problems import Severity, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.cells import CellError, MissingResult
from xlmeso.sheets.strategy import StrategyReading, plan_strategy, read_strategy
from xlmeso.sheets.tables import SheetTables, TableCells, tables_of


class Editor:
    """A strategy sheet in a person's hands."""

    def __init__(self, definition: StrategyDefinition) -> None:
        self.tables = tables_of(plan_strategy(definition))

    def table(self, key: str) -> TableCells:
        return next(table for table in self.tables.tables if table.name == f"meso_{key}")

    def put(self, table: TableCells) -> None:
        others = (table if old.name == table.name else old for old in self.tables.tables)
        self.tables = replace(self.tables, tables=tuple(others))

    def set(self, key: str, row: int, heading: str, value: Any) -> str:
        """Type a value into a data row (from 0); return the name of the cell."""
        table = self.table(key)
        column = table.header.index(heading)
        rows = [list(cells) for cells in table.rows]
        rows[row][column] = value
        self.put(replace(table, rows=tuple(map(tuple, rows))))
        return self.tables.cell(table.row + 1 + row, table.column + column)

    def field(self, key: str, name: str, value: Any) -> str:
        names = [row[0] for row in self.table(key).rows]
        return self.set(key, names.index(name), "Value", value)

    def drop(self, *keys: str) -> None:
        gone = {f"meso_{key}" for key in keys}
        kept = tuple(table for table in self.tables.tables if table.name not in gone)
        self.tables = replace(self.tables, tables=kept)

    def read(self) -> StrategyReading:
        return read_strategy(self.tables)


@pytest.fixture
def document(documents: ModuleType) -> dict[str, Any]:
    value: dict[str, Any] = loads(documents.VALID)
    return value


@pytest.fixture
def editor(document: dict[str, Any]) -> Editor:
    return Editor(StrategyDefinition(document))


def test_edited_cell_wins_over_the_spelling_it_had(document: dict[str, Any]) -> None:
    document["Backtest"]["Cash"] = JsonNumber("10000.0000")
    editor = Editor(StrategyDefinition(document))
    assert editor.read().definition.get("Backtest", "Cash") == JsonNumber("10000.0000")
    editor.field("backtest", "Backtest.Cash", 20_000.0)
    assert editor.read().definition.get("Backtest", "Cash") == JsonNumber("20000")
    assert editor.read().problems == ()


def test_unknown_field_of_a_leg_follows_the_leg_when_a_row_is_put_above(
    document: dict[str, Any],
) -> None:
    document["Structure"]["Legs"][1]["Colour"] = "red"
    editor = Editor(StrategyDefinition(document))
    legs = editor.table("legs")
    new = ("hedge", "1", "Put", "front", "Delta", "5", *[None] * 7)
    editor.put(replace(legs, rows=(new, *legs.rows)))
    definition = editor.read().definition
    assert [leg.name for leg in definition.legs] == ["hedge", "short_put", "wing"]
    assert definition.get("Structure", "Legs", 2, "Colour") == "red"
    assert definition.get("Structure", "Legs", 1, "Colour") is None


def test_unknown_field_of_a_renamed_leg_is_reported_instead_of_lost_in_silence(
    document: dict[str, Any],
) -> None:
    document["Structure"]["Legs"][1]["Colour"] = "red"
    editor = Editor(StrategyDefinition(document))
    editor.set("legs", 1, "Name", "tail")
    problems = editor.read().problems
    assert [problem.severity for problem in problems] == [Severity.WARNING]
    assert problems[0].path_text.endswith("wing.Colour")
    assert "not used" in problems[0].message


def test_new_condition_row_replaces_an_override_of_the_whole_list(
    document: dict[str, Any],
) -> None:
    document["Exit"]["Conditions"] = None
    editor = Editor(StrategyDefinition(document))
    assert editor.read().definition.get("Exit", "Conditions") is None
    editor.set("exit_conditions", 0, "Condition", "pos_pnl > 10")
    assert editor.read().definition.get("Exit", "Conditions") == ["pos_pnl > 10"]


def test_blank_cell_is_absent_and_the_word_null_is_null(editor: Editor) -> None:
    editor.field("exit", "StopLoss", None)
    editor.field("exit", "ProfitTarget", " NULL ")
    definition = editor.read().definition
    assert "StopLoss" not in definition.get("Exit")
    assert definition.get("Exit")["ProfitTarget"] is None


def test_tables_are_found_by_name_wherever_they_stand(
    editor: Editor, document: dict[str, Any]
) -> None:
    moved = [
        replace(table, row=table.row + 100 * number, column=3)
        for number, table in enumerate(reversed(editor.tables.tables))
    ]
    editor.tables = SheetTables("My strategy", tuple(moved))
    reading = editor.read()
    assert reading.definition.document == document
    assert reading.cell_of(("Symbol",)).startswith("'My strategy'!D")


@pytest.mark.parametrize("name", ["meso_legs_2", "meso_legs3", "MESO_LEGS"])
def test_tables_of_copied_sheets_are_recognised(editor: Editor, name: str) -> None:
    legs = editor.table("legs")
    others = tuple(table for table in editor.tables.tables if table is not legs)
    editor.tables = replace(editor.tables, tables=(*others, replace(legs, name=name)))
    assert len(editor.read().definition.legs) == 2


def test_excel_dates_become_the_service_spelling(editor: Editor) -> None:
    editor.field("backtest", "Backtest.Start", dt.datetime(2020, 2, 29))
    editor.field("backtest", "Backtest.End", dt.datetime(2020, 12, 31, 23, 59, 58, 999_999))
    definition = editor.read().definition
    assert definition.get("Backtest", "Start") == "2020-02-29T00:00:00"
    assert definition.get("Backtest", "End") == "2020-12-31T23:59:59"


def test_user_adds_an_unknown_field_by_hand(editor: Editor) -> None:
    last = len(editor.table("other_fields").rows) - 1
    editor.set("other_fields", last, "Path", "Settings.Sim.NewOption")
    editor.set("other_fields", last, "JSON value", True)
    reading = editor.read()
    assert reading.definition.get("Settings", "Sim", "NewOption") is True
    assert reading.cell_of(("Settings", "Sim", "NewOption")).startswith("Strategy!D")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (CellError("#N/A"), "the error #N/A"),
        (MissingResult("=A1*2"), "=A1*2"),
        (dt.datetime(2024, 1, 5), "into a date (2024-01-05)"),
        (dt.time(10, 30), "time of day"),
    ],
)
def test_cells_that_cannot_be_read_are_reported_with_their_place(
    editor: Editor, value: object, words: str
) -> None:
    cell = editor.set("legs", 0, "Value", value)
    problems = editor.read().problems
    assert [(problem.cell, problem.path_text) for problem in problems] == [
        (cell, "Structure.Legs[0].StrikeSelector.Delta")
    ]
    assert words in problems[0].message


def test_all_mistakes_of_a_sheet_are_reported_at_once(editor: Editor) -> None:
    editor.drop("settings", "exit")
    cells = [
        editor.set("legs", 0, "Selector", "Dleta"),
        editor.set("legs", 1, "Complex target", CellError("#REF!")),
        editor.set("variables", 0, "Name", None),
        editor.set("variables", 2, "When", "Noon"),
        editor.set("entry", 0, "Field", "Schedule.AfterOpen"),
        editor.set("adjustments", 0, "Action", "Jump"),
        editor.set("other_fields", 0, "JSON value", "{"),
    ]
    problems = {problem.cell: problem.message for problem in editor.read().problems}
    assert set(cells) <= set(problems)
    assert "meso_exit" in problems["Strategy!A1"]
    assert len(problems) == len(cells) + 1


@pytest.mark.parametrize(
    ("value", "selector", "words"),
    [("10", None, "no selector"), (None, "Delta", "has no value"), ("3", "Complex", "of its own")],
)
def test_selector_and_value_belong_together(
    editor: Editor, value: object, selector: object, words: str
) -> None:
    row = 1 if selector == "Complex" else 0
    editor.set("legs", row, "Selector", selector)
    editor.set("legs", row, "Value", value)
    assert [words in problem.message for problem in editor.read().problems] == [True]


def test_field_that_stands_twice_is_reported_at_the_second_place(editor: Editor) -> None:
    table = editor.table("exit")
    editor.put(replace(table, rows=(*table.rows, ("exit.stoploss", "5", None, None))))
    (problem,) = editor.read().problems
    assert problem.cell == f"Strategy!A{table.row + 1 + len(table.rows)}"
    assert "already" in problem.message


def test_missing_and_unknown_columns_are_reported(editor: Editor) -> None:
    table = editor.table("expirations")
    editor.put(replace(table, header=("Name", "Days", *table.header[2:])))
    messages = sorted(problem.message for problem in editor.read().problems)
    assert messages == [
        "the table meso_expirations has no column 'Days'",
        "the table meso_expirations lacks its column 'DTE'",
    ]


def test_merged_cells_over_a_table_are_reported(editor: Editor) -> None:
    row = editor.table("legs").row
    editor.tables = replace(editor.tables, merged=((row, 2, row + 1, 3), (500, 1, 501, 1)))
    (problem,) = editor.read().problems
    assert problem.cell == f"Strategy!B{row}"


def test_two_tables_for_one_section_are_reported(editor: Editor) -> None:
    legs = editor.table("legs")
    second = replace(legs, name="meso_legs_2", row=400)
    editor.tables = replace(editor.tables, tables=(*editor.tables.tables, second))
    (problem,) = editor.read().problems
    assert problem.cell == "Strategy!A400"


def test_null_group_with_a_part_is_a_contradiction(document: dict[str, Any]) -> None:
    document["Entry"]["Concurrency"] = None
    editor = Editor(StrategyDefinition(document))
    cell = editor.field("entry", "Concurrency.EntryShiftDays", "7")
    (problem,) = editor.read().problems
    assert problem.cell == cell
    assert "null in another row" in problem.message


def test_every_path_of_the_definition_has_a_cell(editor: Editor, document: dict[str, Any]) -> None:
    reading = editor.read()
    found = reading.locate([error(path, "x") for path, _ in walk(document)])
    assert all(problem.cell for problem in found)
    cells = {problem.path_text: problem.cell for problem in found}
    legs = editor.table("legs")
    assert cells["Structure.Legs[0].StrikeSelector.Delta"] == f"Strategy!F{legs.row + 1}"
    assert cells["Structure.Legs[1].OptionType"] == f"Strategy!C{legs.row + 2}"


@pytest.mark.parametrize(
    ("path", "key", "row", "heading"),
    [
        (("Exit", "StopLoss"), "exit", 5, "Value"),
        (("Structure", "Legs", 0, "LegGroupId"), "legs", 0, "Group"),
        (("Structure", "Legs", 0, "StrikeSelector", "MidPrice"), "legs", 0, "Selector"),
        (("Structure", "Expirations", 1, "Roots", "Include", 0), "expirations", 1, "Roots include"),
    ],
)
def test_missing_fields_point_at_the_cell_that_would_hold_them(
    editor: Editor, path: tuple[str | int, ...], key: str, row: int, heading: str
) -> None:
    if path == ("Exit", "StopLoss"):
        editor.field("exit", "StopLoss", None)
    cell = editor.set(key, row, heading, editor.table(key).rows[row][
        editor.table(key).header.index(heading)
    ])  # fmt: skip
    (problem,) = editor.read().locate([error(path, "missing")])
    assert problem.cell == cell


def test_findings_without_any_table_still_have_a_cell() -> None:
    reading = read_strategy(SheetTables("Empty", ()))
    found = reading.locate([error(("Structure", "Legs", 3), "x"), error((), "y")])
    assert {problem.cell for problem in found} == {"Empty!A1"}


def test_validation_does_not_repeat_what_the_sheet_said_of_a_cell(editor: Editor) -> None:
    editor.set("legs", 0, "Qty", CellError("#N/A"))
    reading = editor.read()
    path = ("Structure", "Legs", 0, "Qty")
    found = reading.locate([error(path, "the quantity is missing"), error(("Symbol",), "other")])
    assert [problem.message for problem in found] == ["the cell holds the error #N/A", "other"]


def test_group_can_only_be_null(document: dict[str, Any]) -> None:
    document["Entry"]["Concurrency"] = None
    editor = Editor(StrategyDefinition(document))
    cell = editor.field("entry", "Concurrency", "3")
    (problem,) = editor.read().problems
    assert problem.cell == cell
    assert "only be null" in problem.message


def test_value_without_a_field_name(editor: Editor) -> None:
    cell = editor.set("exit", 5, "Field", None)
    (problem,) = editor.read().problems
    assert (problem.cell, problem.message) == (cell, "the row has a value but no field")


def test_column_that_stands_twice(editor: Editor) -> None:
    table = editor.table("expirations")
    editor.put(replace(table, header=(*table.header[:-1], "dte")))
    (problem,) = editor.read().problems
    assert problem.message == "the column 'dte' stands twice"


def test_complex_cells_need_the_complex_selector(editor: Editor) -> None:
    cell = editor.set("legs", 0, "Complex target", "1")
    (problem,) = editor.read().problems
    assert problem.cell == cell


def test_variable_defined_twice_and_without_an_expression(editor: Editor) -> None:
    editor.set("variables", 1, "Name", "entry_theta")
    cell = editor.set("variables", 2, "Expression", None)
    messages = {problem.cell: problem.message for problem in editor.read().problems}
    assert messages[cell] == "the variable 'dit' has no expression"
    assert "the variable 'entry_theta' is defined twice" in messages.values()


def test_condition_that_cannot_be_read_keeps_the_places_of_the_others(editor: Editor) -> None:
    editor.set("entry_conditions", 0, "Condition", CellError("#VALUE!"))
    reading = editor.read()
    assert reading.definition.get("Entry", "Conditions") == ["", "random(0, 1)"]
    assert len(reading.problems) == 1


def test_adjustment_rows_need_a_condition_and_stand_once(editor: Editor) -> None:
    table = editor.table("adjustments")
    first = table.rows[0]
    rows = (*table.rows[:-2], (None, *first[1:]), first)
    editor.put(replace(table, rows=rows))
    assert [problem.message for problem in editor.read().problems] == [
        "the adjustment has no condition",
        "this action stands in an earlier row already",
    ]


def test_adjustment_may_name_a_variable_in_the_row_of_its_move(editor: Editor) -> None:
    editor.set("adjustments", 0, "Variable", "spot")
    editor.set("adjustments", 0, "Expression", "underlying_price")
    path = ("Adjustment", "ConditionalAdjustments", "pos_delta > 10 -- Step 1", "MoveLegAdjustment")
    move = editor.read().definition.get(*path)
    assert move["LegName"] == "short_put"
    assert move["VarDefines"] == {"spot": "underlying_price", "moved": "1"}


@pytest.mark.parametrize(
    ("heading", "value", "words"),
    [
        ("Path", "a..b", "is not a path"),
        ("Kind", "maybe", "is no kind of row"),
        ("JSON value", "short put", "Texts stand in quotes"),
    ],
)
def test_other_fields_that_cannot_be_understood(
    editor: Editor, heading: str, value: str, words: str
) -> None:
    last = len(editor.table("other_fields").rows) - 1
    editor.set("other_fields", last, "Path", "Some.Field")
    editor.set("other_fields", last, "JSON value", "1")
    cell = editor.set("other_fields", last, heading, value)
    (problem,) = editor.read().problems
    assert problem.cell == cell
    assert words in f"{problem.message} {problem.suggestion}"


def test_other_fields_accept_numbers_that_excel_made(editor: Editor) -> None:
    last = len(editor.table("other_fields").rows) - 1
    editor.set("other_fields", last, "Path", "NewNumber")
    editor.set("other_fields", last, "JSON value", 5.0)
    assert editor.read().definition.get("NewNumber") == JsonNumber("5")


@pytest.mark.parametrize("path", ["Nowhere.Deep.Down", "Structure.Legs.nobody.X", "Symbol.X"])
def test_other_fields_without_a_place_are_reported(editor: Editor, path: str) -> None:
    last = len(editor.table("other_fields").rows) - 1
    editor.set("other_fields", last, "Path", path)
    editor.set("other_fields", last, "JSON value", "1")
    (problem,) = editor.read().problems
    assert problem.severity is Severity.WARNING
    assert "not used" in problem.message


def test_order_row_needs_a_list_of_keys(editor: Editor) -> None:
    last = len(editor.table("other_fields").rows) - 1
    for heading, value in (("Path", "ExternalData"), ("Kind", "order"), ("JSON value", "7"),
                           ("While the sheet says", '["CsvUrl"]')):  # fmt: skip
        editor.set("other_fields", last, heading, value)
    assert editor.read().definition.get("ExternalData", "CsvUrl") is not None


def test_tables_of_other_purposes_are_ignored(editor: Editor) -> None:
    foreign = TableCells("Prices", 600, 1, ("a",), ((1,),))
    editor.tables = replace(editor.tables, tables=(foreign, *editor.tables.tables))
    assert editor.read().problems == ()
