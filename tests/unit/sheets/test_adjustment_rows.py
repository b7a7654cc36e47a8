"""The Adjustments table: every field of every action (reference section 1.6), both ways."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from xlmeso.model.document import dumps, loads, path_text
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.strategy import StrategyReading, plan_strategy, read_strategy
from xlmeso.sheets.strategy.layout import ADJUSTMENT_COLUMNS
from xlmeso.sheets.tables import tables_of

CONDITION = "pos_delta > 10 -- lean"
KEY = f'Adjustment.ConditionalAdjustments["{CONDITION}"]'
EXPIRATIONS = [
    {"Name": "later", "DTE": "60", "Min": "45", "Max": "75"},
    {"Name": "last", "DTE": "expiration_later_dte + 30"},
]
COMPLEX = {"Statement": "pos_delta", "Target": "0", "Constraints": ["leg_x_price > 1", "true"]}
ACTIONS: dict[str, Any] = {
    "MoveLegAdjustment": {
        "LegName": "short_put",
        "StrikeSelector": {"Min": "5", "Max": "20", "Complex": COMPLEX},
        "ExpirationName": "later",
        "Expirations": EXPIRATIONS,
        "VarDefines": {"moved": "1", "at": "underlying_price"},
    },
    "RemoveLegsAdjustment": {"LegNames": ["wing", "short_call"], "VarDefines": {"left": "1"}},
    "AddLegsAdjustment": {
        "Legs": [
            {
                "Name": "x",
                "Qty": "-2",
                "OptionType": "Call",
                "ExpirationName": "last",
                "StrikeSelector": {"Complex": COMPLEX},
                "LegGroupId": "1",
            },
            {
                "Name": "y",
                "Qty": "0",
                "OptionType": "Put",
                "ExpirationName": "front",
                "StrikeSelector": {"Max": "9", "AskPrice": "leg_x_price"},
            },
        ],
        "Expirations": EXPIRATIONS,
        "AbortConditions": ["pos_theta < 0", "leg_x_price > 9"],
        "VarDefines": {"added": "leg_x_price"},
    },
    "UpdateVarsAdjustment": {"VarDefines": {"high": "max(high, pos_pnl)"}},
}


@pytest.fixture
def document(documents: ModuleType) -> dict[str, Any]:
    value: dict[str, Any] = loads(documents.VALID)
    value["Adjustment"]["ConditionalAdjustments"] = {CONDITION: ACTIONS}
    return value


def read_rows(document: dict[str, Any], rows: list[dict[str, Any]]) -> StrategyReading:
    """Read the sheet of a definition with other rows in its Adjustments table."""
    tables = tables_of(plan_strategy(StrategyDefinition(document)))
    made = tuple(tuple(row.get(title) for title in ADJUSTMENT_COLUMNS) for row in rows)
    kept = tuple(
        replace(table, rows=made, header=ADJUSTMENT_COLUMNS)
        if table.name == "meso_adjustments"
        else table
        for table in tables.tables
        if table.name != "meso_other_fields"
    )
    return read_strategy(replace(tables, tables=kept))


def test_every_field_of_every_action_has_a_place_in_the_table(document: dict[str, Any]) -> None:
    plan = plan_strategy(StrategyDefinition(document))
    reading = read_strategy(tables_of(plan))
    assert dumps(reading.definition.document) == dumps(document)
    assert reading.problems == ()
    paths = [str(path) for path in plan.table("meso_other_fields").columns[0].values if path]
    assert not [path for path in paths if path.startswith("Adjustment")]


@pytest.mark.parametrize(
    ("path", "heading", "row"),
    [
        ("MoveLegAdjustment.Expirations[1].DTE", "Value", 1),
        ("MoveLegAdjustment.StrikeSelector.Complex.Target", "Complex target", 2),
        ("AddLegsAdjustment.Legs[0].LegGroupId", "Group", 9),
        ("AddLegsAdjustment.AbortConditions[1]", "Value", 12),
    ],
)
def test_every_field_has_its_cell(
    document: dict[str, Any], path: str, heading: str, row: int
) -> None:
    tables = tables_of(plan_strategy(StrategyDefinition(document)))
    table = next(table for table in tables.tables if table.name == "meso_adjustments")
    found = {path_text(key): cell for key, cell in read_strategy(tables).cells.items()}
    place = tables.cell(table.row + 1 + row, table.column + table.header.index(heading))
    assert found[f"{KEY}.{path}"] == place


def test_rows_typed_by_hand_may_come_in_any_order(document: dict[str, Any]) -> None:
    base = {"Condition": CONDITION, "Action": "addlegs"}
    reading = read_rows(
        document,
        [
            {**base, "Selector": "abort if", "Value": "pos_theta < 0"},
            {**base, "Leg": "x", "Qty": 1.0, "Type": "Put", "Expiration": "later",
             "Selector": "Delta", "Value": 10.0},
            {**base, "Selector": "dte", "Expiration": "later", "Value": 60.0, "Max": 75.0},
        ],
    )  # fmt: skip
    assert reading.problems == ()
    path = ("Adjustment", "ConditionalAdjustments", CONDITION, "AddLegsAdjustment")
    assert dumps(reading.definition.get(*path)) == (
        '{"Legs":[{"Name":"x","Qty":1,"OptionType":"Put","ExpirationName":"later",'
        '"StrikeSelector":{"Delta":10}}],'
        '"Expirations":[{"Name":"later","DTE":60,"Max":75}],"AbortConditions":["pos_theta < 0"]}'
    )


@pytest.mark.parametrize(
    ("action", "selector", "message"),
    [
        ("RemoveLegs", "DTE", "only MoveLeg and AddLegs look for expirations"),
        ("UpdateVars", "DTE", "only MoveLeg and AddLegs look for expirations"),
        ("MoveLeg", "Abort if", "only AddLegs has abort conditions"),
    ],
)
def test_rows_that_an_action_cannot_have_are_reported(
    document: dict[str, Any], action: str, selector: str, message: str
) -> None:
    row = {"Condition": "true", "Action": action, "Selector": selector, "Value": "1"}
    assert [problem.message for problem in read_rows(document, [row]).problems] == [message]


def test_books_without_the_newer_columns_are_read(document: dict[str, Any]) -> None:
    actions = {"MoveLegAdjustment": {"LegName": "short_put", "StrikeSelector": {"Delta": "10"}}}
    document["Adjustment"]["ConditionalAdjustments"] = {CONDITION: actions}
    tables = tables_of(plan_strategy(StrategyDefinition(document)))
    newer = ("Complex statement", "Complex target", "Complex constraints", "Group")

    def older(table: Any) -> Any:
        keep = [at for at, title in enumerate(table.header) if title not in newer]
        rows = tuple(tuple(row[at] for at in keep) for row in table.rows)
        return replace(table, header=tuple(table.header[at] for at in keep), rows=rows)

    made = tuple(older(t) if t.name == "meso_adjustments" else t for t in tables.tables)
    reading = read_strategy(replace(tables, tables=made))
    assert reading.problems == ()
    assert dumps(reading.definition.document) == dumps(document)
