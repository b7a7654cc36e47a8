from __future__ import annotations

import itertools
import subprocess
import sys
from types import ModuleType

import pytest

from xlmeso.errors import WorkbookError
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.sheets.plan import CellHint, SheetPlan
from xlmeso.sheets.strategy import plan_strategy

TABLES = {
    "meso_backtest", "meso_expirations", "meso_legs", "meso_entry", "meso_entry_conditions",
    "meso_variables", "meso_abort_conditions", "meso_adjustments", "meso_exit",
    "meso_exit_conditions", "meso_external_data", "meso_settings", "meso_other_fields",
    "meso_adjustment_schedule",
}  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> SheetPlan:
    return plan_strategy(load_template("iron-condor"))


def hint_of(plan: SheetPlan, table: str, heading: str) -> CellHint:
    found = next(c for c in plan.table(table).columns if c.title == heading)
    assert found.hint is not None
    return found.hint


def field_hint_of(plan: SheetPlan, table: str, field: str) -> CellHint:
    columns = plan.table(table).columns
    hints = columns[1].hints
    assert hints is not None
    found = hints[list(columns[0].values).index(field)]
    assert found is not None
    return found


def test_sheet_has_every_table_and_none_touches_another(plan: SheetPlan) -> None:
    assert {table.name for table in plan.tables} == TABLES
    ends = [(table.row, table.last_row) for table in plan.tables]
    assert all(next_[0] >= end[1] + 3 for end, next_ in itertools.pairwise(ends))


def test_every_table_has_a_problem_column(plan: SheetPlan) -> None:
    assert all("Problem" in [c.title for c in table.columns] for table in plan.tables)


def test_second_sheet_has_names_of_its_own() -> None:
    plan = plan_strategy(load_template("calendar"), sheet_name="Strategy 2", suffix="_2")
    assert {table.name for table in plan.tables} == {f"{name}_2" for name in TABLES}
    assert hint_of(plan, "meso_legs_2", "Expiration").choices_from == (
        "meso_expirations_2", "Name",
    )  # fmt: skip


def test_choices_are_those_of_the_reference(plan: SheetPlan) -> None:
    assert hint_of(plan, "meso_legs", "Type").choices == ("Put", "Call")
    assert set(hint_of(plan, "meso_legs", "Selector").choices) == {
        "BidPrice", "AskPrice", "MidPrice", "Delta", "StrikePrice", "Complex",
    }  # fmt: skip
    assert field_hint_of(plan, "meso_settings", "Sim.FillModel").choices == (
        "AtMidPrice", "AtBidAsk",
    )  # fmt: skip
    assert "5min" in field_hint_of(plan, "meso_entry", "Schedule.Every").choices


def test_every_input_of_a_table_of_fields_has_help_within_excels_limit(plan: SheetPlan) -> None:
    for name in ("meso_backtest", "meso_entry", "meso_exit", "meso_settings"):
        for hint in plan.table(name).columns[1].hints or ():
            assert hint is not None
            assert 0 < len(hint.help) <= 255
            assert len(hint.title) <= 32


def test_key_that_no_cell_can_hold_is_refused() -> None:
    with pytest.raises(WorkbookError, match="does not fit"):
        plan_strategy(StrategyDefinition({"x" * 40_000: 1}))


def test_awkward_strategy_name_does_not_break_the_title(documents: ModuleType) -> None:
    plan = plan_strategy(StrategyDefinition({"StrategyName": "\x00" + "y" * 500}))
    assert str(plan.notes[0].text).startswith("Strategy: ␀yyy")


@pytest.mark.parametrize("module", ["xlmeso.sheets", "xlmeso.sheets.strategy", "xlmeso.excel",
                                    "xlmeso.excel.books", "xlmeso.excel.headless",
                                    "xlmeso.report", "xlmeso.report.books"])  # fmt: skip
def test_import_loads_no_excel_library(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not {"openpyxl", "xlwings", "pandas", "numpy"} & set(result.stdout.split())
