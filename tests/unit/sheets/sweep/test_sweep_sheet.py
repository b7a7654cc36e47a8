"""The Sweep sheet as data: what is laid out is read back, mistakes name their cells."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.paths import known_paths, resolve
from xlmeso.model.sweep.request import expand
from xlmeso.model.sweep.variants import make_variants
from xlmeso.model.templates import load_template
from xlmeso.sheets.cells import CellError
from xlmeso.sheets.strategy.values import text_of
from xlmeso.sheets.sweep import layout
from xlmeso.sheets.sweep.read import SweepReading, read_sweep, strategy_sheet_of
from xlmeso.sheets.sweep.write import (
    SweepFill,
    VariantResult,
    plan_paths,
    plan_sweep,
    value_cell,
    variants_table,
)
from xlmeso.sheets.tables import SheetTables, TableCells, tables_of

PUT = load_template("short-put")
DELTA = "Legs[short_put].StrikeSelector.Delta"
TARGET = "Exit.ProfitTarget"
COLUMNS = ("StratSharpe", "StratTradeCnt")


def new_sheet(**filled: object) -> SheetTables:
    return tables_of(plan_sweep(PUT, SweepFill(**filled)))  # type: ignore[arg-type]


def table(tables: SheetTables, name: str) -> TableCells:
    return next(found for found in tables.tables if found.name == name)


def with_cells(tables: SheetTables, name: str, cells: dict[tuple[int, int], object]) -> SheetTables:
    """Type into a table: (data row from 0, column from 0) -> value."""
    old = table(tables, name)
    rows = [list(row) for row in old.rows]
    for (row, column), value in cells.items():
        rows[row][column] = value
    new = replace(old, rows=tuple(tuple(row) for row in rows))
    return replace(tables, tables=tuple(new if t is old else t for t in tables.tables))


def grid(*lines: tuple[str, str]) -> list[tuple[object, str]]:
    return [(resolve(path, PUT), values) for path, values in lines]


def problems(reading: SweepReading) -> list[str]:
    return [f"{problem.cell}: {problem.message}" for problem in reading.problems]


def test_a_new_sheet_offers_paths_and_asks_for_values() -> None:
    tables = new_sheet()
    offered = [row[0] for row in table(tables, layout.GRID).rows if row[0]]
    assert offered[0] == DELTA
    assert TARGET in offered
    assert problems(read_sweep(tables, PUT)) == [
        f"Sweep!A{table(tables, layout.VARIANTS).row}: there is nothing to vary."
    ]


def test_a_grid_is_read_with_the_cell_of_its_values() -> None:
    tables = new_sheet(grid=grid((DELTA, "12, 16"), (TARGET, "100..300 step 100")))
    reading = read_sweep(tables, PUT)
    assert reading.problems == ()
    assert reading.by_grid
    assert [(axis.path.text, axis.values.values, axis.place) for axis in reading.request.axes] == [
        (DELTA, ("12", "16"), "Sweep!B6"),
        (TARGET, ("100", "200", "300"), "Sweep!B7"),
    ]


def test_numbers_typed_into_cells_count_as_they_look() -> None:
    tables = with_cells(new_sheet(), layout.GRID, {(0, 1): 16.0, (2, 1): 0.25})
    reading = read_sweep(tables, PUT)
    assert [axis.values.values for axis in reading.request.axes] == [("16",), ("0.25",)]


def test_options_are_read_by_name_wherever_they_stand() -> None:
    tables = new_sheet(
        grid=grid((DELTA, "10..20")),
        options={
            layout.METRIC: "calmar",
            layout.SHOW: "cagr, StratTradeCnt",
            layout.SAMPLE: "LHS:5",
            layout.SEED: "3",
            layout.WALK_FORWARD: "2y",
            layout.STRATEGY: "My strategy",
        },
    )
    options = table(tables, layout.OPTIONS)
    turned = replace(options, rows=tuple(reversed(options.rows)), row=100)
    tables = replace(tables, tables=tuple(turned if t is options else t for t in tables.tables))
    reading = read_sweep(tables, PUT)
    assert reading.problems == ()
    assert reading.metric == "StratCalmar"
    assert reading.columns == ("StratCalmar", "StratCagrPct", "StratTradeCnt")
    assert reading.request.sampling is not None
    assert (reading.request.sampling.count, reading.request.sampling.seed) == (5, 3)
    assert reading.request.walk_forward == ("2y", "Sweep!B101")
    assert strategy_sheet_of(tables) == "My strategy"


def test_all_mistakes_come_together_each_with_its_cell() -> None:
    tables = new_sheet(
        options={layout.METRIC: "Sharp ratio", layout.SAMPLE: "often", layout.SEED: "x"}
    )
    tables = with_cells(tables, layout.GRID, {
        (0, 1): "5,,6", (1, 1): CellError("#REF!"), (2, 0): "Exit.ProfitTaget", (2, 1): "1, 2",
        (4, 1): "7",
    })  # fmt: skip
    options = table(tables, layout.OPTIONS).row
    assert problems(read_sweep(tables, PUT)) == [
        f"Sweep!B{options + 2}: there is no figure 'Sharp ratio'.",
        f"Sweep!B{options + 5}: the seed is a whole number from 0, not 'x'.",
        "Sweep!B6: '5,,6' has a gap between two commas.",
        "Sweep!B7: the cell holds the error #REF!",
        "Sweep!A8: there is no 'Exit.ProfitTaget': Exit has no ProfitTaget.",
        "Sweep!A10: these values have no path.",
    ]


def test_options_and_headings_that_are_none_of_ours_are_told() -> None:
    tables = new_sheet(grid=grid((DELTA, "12")))
    row = table(tables, layout.OPTIONS).row
    tables = with_cells(tables, layout.OPTIONS, {(4, 0): "Sead"})
    assert problems(read_sweep(tables, PUT)) == [f"Sweep!A{row + 5}: there is no option 'Sead'."]
    old = table(tables, layout.GRID)
    renamed = replace(old, header=("Way", *old.header[1:]))
    tables = replace(new_sheet(), tables=(renamed, *new_sheet().tables[1:]))
    assert problems(read_sweep(tables, PUT)) == [
        "Sweep!A5: the grid needs its columns Path and Values."
    ]


def test_a_sheet_without_grid_and_options_is_read_by_its_table_alone() -> None:
    tables = by_hand((TARGET,), (200.0,), (CellError("#N/A"),))
    alone = replace(tables, tables=(table(tables, layout.VARIANTS),))
    reading = read_sweep(alone, PUT)
    assert problems(reading) == ["Sweep!A32: the cell holds the error #N/A"]
    assert len(reading.request.rows) == 1
    assert strategy_sheet_of(alone) is None


def by_hand(header: tuple[str, ...], *rows: tuple[object, ...]) -> SheetTables:
    tables = new_sheet()
    old = table(tables, layout.VARIANTS)
    new = TableCells(old.name, 30, 1, header, tuple(rows))
    return replace(tables, tables=tuple(new if t is old else t for t in tables.tables))


def test_rows_are_written_by_hand_under_paths_as_headings() -> None:
    tables = by_hand(
        ("exit.profittarget", "Sharpe ratio", DELTA, "State", "Column5"),
        (200.0, 1.5, "12", "Finished", None),
        (None, None, None, None, None),
        ("null", None, None, None, None),
    )
    reading = read_sweep(tables, PUT)
    assert reading.problems == ()
    assert not reading.by_grid
    rows, _ = expand(reading.request, PUT)
    assert [[(c.path.text, c.text, c.place) for c in row.choices] for row in rows] == [
        [(TARGET, "200", "Sweep!A31"), (DELTA, "12", "Sweep!C31")],
        [(TARGET, "null", "Sweep!A33")],
    ]


def test_a_grid_never_replaces_rows_that_were_written_by_hand() -> None:
    tables = by_hand((TARGET, "State"), (200.0, None))
    tables = with_cells(tables, layout.GRID, {(0, 1): "12, 14"})
    (problem,) = problems(read_sweep(tables, PUT))
    assert problem == "Sweep!A31: the grid would replace this row, which was written by hand."
    ran = by_hand((TARGET, "State"), (200.0, "Finished"))
    assert read_sweep(with_cells(ran, layout.GRID, {(0, 1): "12, 14"}), PUT).problems == ()


def test_a_heading_that_is_no_path_is_a_mistake() -> None:
    (problem,) = problems(read_sweep(by_hand((TARGET, "My notes"), (200.0, "x")), PUT))
    assert problem.startswith("Sweep!B30: 'My notes' is no path")


def test_merged_cells_and_a_table_that_stands_twice_are_told() -> None:
    tables = new_sheet(grid=grid((DELTA, "12")))
    twice = replace(table(tables, layout.GRID), row=200)
    told = problems(
        read_sweep(replace(tables, tables=(*tables.tables, twice), merged=((6, 1, 7, 1),)), PUT)
    )
    assert told == [
        "Sweep!A6: merged cells lie over the table meso_sweep_grid.",
        "Sweep!A200: the table meso_sweep_grid stands here twice.",
    ]
    lost = replace(tables, tables=tables.tables[:2])
    assert problems(read_sweep(lost, PUT)) == ["Sweep!A1: the sheet has no table meso_sweep."]


def variants(*lines: tuple[str, str], walk: str | None = None) -> list:  # type: ignore[type-arg]
    options = {layout.WALK_FORWARD: walk} if walk else {}
    reading = read_sweep(new_sheet(grid=grid(*lines), options=options), PUT)
    rows, found = expand(reading.request, PUT)
    assert found == []
    return list(make_variants(PUT, rows).variants)


def test_the_variants_table_shows_values_states_and_figures() -> None:
    made = variants((DELTA, "12, 16.0"), (TARGET, "credit * 0.5"))
    results = [
        VariantResult(
            "Finished", "id-1", None, {"StratSharpe": Decimal("1.25"), "StratTradeCnt": 7}
        ),
        VariantResult("Failed", "id-2", "no quotes"),
    ]
    found = tables_of(plan_sweep(PUT, SweepFill((), {}, made, results, COLUMNS)))
    shown = table(found, layout.VARIANTS)
    assert shown.header == (
        DELTA, TARGET, "State", "Sharpe ratio", "Trades", "Problem", "Backtest id", "Run",
    )  # fmt: skip
    assert shown.rows[0][:7] == (12.0, "credit * 0.5", "Finished", 1.25, 7.0, None, "id-1")
    assert shown.rows[1][:7] == ("16.0", "credit * 0.5", "Failed", None, None, "no quotes", "id-2")
    assert shown.rows[0][7] == made[0].name


@pytest.mark.parametrize("walk", [None, "2y", "24m:12m"])
def test_rows_that_a_run_wrote_make_the_same_variants_again(walk: str | None) -> None:
    made = variants((DELTA, "12, 16.0"), (TARGET, "credit * 0.5, 200"), walk=walk)
    options = {layout.WALK_FORWARD: walk} if walk else {}
    results = [VariantResult("Finished", "x")] * len(made)
    tables = new_sheet(options=options, variants=made, results=results)
    tables = with_cells(tables, layout.GRID, {(row, 1): None for row in range(6)})
    rows, found = expand(read_sweep(tables, PUT).request, PUT)
    assert found == []
    assert [variant.name for variant in make_variants(PUT, rows).variants] == [v.name for v in made]


@given(
    st.sampled_from(["16", "16.0", "1e3", "-0", "007", "credit * 2", "null", "0.1", "1,5"])
    | st.decimals(-1000, 1000, places=3).map(str)
)
def test_a_value_in_a_cell_is_read_back_as_it_was_typed(text: str) -> None:
    assert text_of(value_cell(text)) == text


def test_table_names_of_copied_sheets_are_known() -> None:
    assert layout.kind_of("meso_sweep_2") == layout.VARIANTS
    assert layout.kind_of("meso_sweep_grid3") == layout.GRID
    assert layout.kind_of("meso_sweep_best") is None
    assert layout.kind_of("meso_legs") is None


def test_the_list_of_paths_says_what_each_is() -> None:
    shown = tables_of(plan_paths(PUT)).tables[0]
    rows = {row[0]: row for row in shown.rows}
    assert len(rows) == len(known_paths(PUT))
    assert rows[DELTA][1] == "16"
    assert rows[DELTA][2] == "delta points"


def test_a_strategy_without_the_usual_parameters_has_a_sheet_all_the_same() -> None:
    plan = plan_sweep(StrategyDefinition.from_python({}))
    assert len(plan.tables) == 3
    assert variants_table((), (), COLUMNS, 9).row == 9
