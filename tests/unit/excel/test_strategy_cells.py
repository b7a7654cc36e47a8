"""Strategies as a function's argument sees them: values only."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.excel.strategy_cells import read_cells
from xlmeso.model.document import DocumentError
from xlmeso.model.templates import UnknownTemplateError, load_template, template_names
from xlmeso.model.validation import validate
from xlmeso.sheets.strategy import plan_strategy
from xlmeso.sheets.tables import tables_of


def cells_of_sheet(name: str) -> list[list[Any]]:
    plan = plan_strategy(load_template(name))
    cells: dict[tuple[int, int], Any] = {(note.row, note.column): note.text for note in plan.notes}
    for table in tables_of(plan).tables:
        for down, row in enumerate((table.header, *table.rows)):
            cells |= {(table.row + down, table.column + x): v for x, v in enumerate(row)}
    last = max(row for row, _ in cells)
    return [[cells.get((row, column)) for column in range(1, 20)] for row in range(1, last + 1)]


@pytest.mark.parametrize("name", template_names())
def test_sheet_in_cells_is_the_template_it_was_made_of(name: str) -> None:
    found = read_cells(cells_of_sheet(name))
    assert found.reading is not None
    assert found.reading.problems == ()
    assert found.definition == load_template(name)


def test_problem_of_a_sheet_names_its_cell() -> None:
    cells = cells_of_sheet("short-put")
    row = next(row for row, line in enumerate(cells) if line[0] == "Backtest.Cash")
    cells[row][1] = -5.0
    found = read_cells(cells)
    assert found.reading is not None
    located = found.reading.locate(validate(found.definition))
    assert f"Strategy!B{row + 1}" in [problem.cell for problem in located]


def test_json_may_stand_in_one_cell_or_in_pieces() -> None:
    model = load_template("strangle")
    text = model.to_json()
    assert read_cells(text).definition == model
    assert read_cells([[text[:300]], [text[300:900]], [None], [text[900:]]]).definition == model


def test_pairs_change_a_template() -> None:
    found = read_cells(
        [
            ["Template", "short-put"],
            ["Backtest.Cash", 75000.0],
            ["Backtest.Start", dt.datetime(2019, 1, 2)],
            ["Exit.ProfitTarget", "null"],
            ["Structure.Legs[0].Qty", "-2"],
            [None, None],
        ]
    ).definition
    assert found.backtest.cash == 75000
    assert found.get("Backtest", "Start") == "2019-01-02T00:00:00"
    assert found.get("Exit", "ProfitTarget") is None
    assert found.get("Structure", "Legs", 0, "Qty") == "-2"
    assert found.get("Structure", "Expirations") == load_template("short-put").get(
        "Structure", "Expirations"
    )


def test_name_of_a_template_is_the_template() -> None:
    assert read_cells("calendar").definition == load_template("calendar")


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ([[None]], ArgumentError),
        ("no-such-template", UnknownTemplateError),
        ("{not json", DocumentError),
        ([["a", "b", "c"], ["d", "e", "f"]], ArgumentError),
        ([["Backtest..Cash", 5.0], ["x", 1.0]], DocumentError),
        ([["Backtest.Cash", "#REF!"], ["x", 1.0]], ArgumentError),
        ([["Structure.Legs[9].Qty", 5.0], ["x", 1.0]], ArgumentError),
    ],
)
def test_what_is_no_strategy_is_told(cells: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_cells(cells)


def test_another_name_changes_nothing_else() -> None:
    model = load_template("calendar")
    renamed = model.with_name("new")
    assert renamed.backtest.name == "new"
    assert renamed.with_name(str(model.backtest.name)) == model
