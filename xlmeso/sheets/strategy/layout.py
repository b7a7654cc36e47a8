"""The strategy sheet's tables: which field of the definition stands in which table and row.

Field names are the service's own (reference section 1); headings are the trade's words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from xlmeso.model.document import JsonPath, path_text
from xlmeso.model.strategy import SELECTORS


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One row of a table of fields.

    ``label`` is the text of its Field cell, ``always`` whether the row is shown when the field is
    absent, ``time`` whether Excel dates are read as ``YYYY-MM-DDThh:mm:ss``.
    """

    label: str
    path: JsonPath
    always: bool = True
    time: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the sheet.

    Attributes
    ----------
    key
        The table is named ``meso_<key>``.
    path
        The part of the definition that it shows.
    title, note
        Heading above the table and the sentence beside it.
    columns
        Headings in order.
    rows
        For a table of fields: its rows.
    spare
        Blank rows that a new sheet offers beyond those in use.
    required
        Whether a sheet without the table is no strategy sheet.
    optional
        Headings that a table may lack, as books of earlier versions do.
    """

    key: str
    path: JsonPath
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[FieldRow, ...] = ()
    spare: int = 0
    required: bool = False
    optional: frozenset[str] = frozenset()


FIELD_COLUMNS: Final = ("Field", "Value", "Problem", "Help")
LEG_COLUMNS: Final = (
    "Name", "Qty", "Type", "Expiration", "Selector", "Value", "Min", "Max",
    "Complex statement", "Complex target", "Complex constraints", "Group", "Problem",
)  # fmt: skip
EXPIRATION_COLUMNS: Final = (
    "Name", "DTE", "Min", "Max", "Roots include", "Roots exclude", "Problem",
)  # fmt: skip
ADJUSTMENT_COLUMNS: Final = (
    "Condition", "Action", "Leg", "Expiration", "Selector", "Value", "Min", "Max",
    "Variable", "Expression", "Qty", "Type",
    "Complex statement", "Complex target", "Complex constraints", "Group", "Problem",
)  # fmt: skip
OTHER_COLUMNS: Final = ("Path", "Kind", "While the sheet says", "JSON value", "Problem")


def _rows(base: JsonPath, *names: str, always: bool = True) -> tuple[FieldRow, ...]:
    return tuple(FieldRow(name, (*base, *name.split(".")), always) for name in names)


_SCHEDULE: Final = (
    "Schedule.AfterMarketOpenMinutes", "Schedule.BeforeMarketCloseMinutes", "Schedule.Every",
)  # fmt: skip

_BACKTEST: Final = (
    *_rows((), "StrategyName", "Description", "Symbol", "Backtest.Name"),
    FieldRow("Backtest.Start", ("Backtest", "Start"), time=True),
    FieldRow("Backtest.End", ("Backtest", "End"), time=True),
    *_rows((), "Backtest.Cash", "Structure.Name"),
    *_rows((), "MesoSimVersion", always=False),
)

_SETTINGS: Final = (
    *_rows(
        ("Settings",), "Sim.FillModel", "Sim.SlippageAmt", "Sim.Commission.CommissionModel",
        "Sim.Commission.OptionFee", "Sim.PositionMonitor.TraceCollectionInterval",
        "Core.LegSelectionConstraint", "Core.ExpirationSelectionConstraint", "Core.Margin.Model",
    ),
    *_rows(
        ("Settings",), "Core.Margin.HouseMultiplier", "Core.Margin.RegTMode",
        "Core.Margin.PMConfig.LowerBoundPct", "Core.Margin.PMConfig.UpperBoundPct",
        "Sim.Commission.DeribitCommissionSettings.MakerFeePctPerContract",
        "Sim.Commission.DeribitCommissionSettings.TakerFeePctPerContract",
        "Sim.Commission.DeribitCommissionSettings.MaxFeePctPerContract",
        "Sim.Commission.DeribitCommissionSettings.DeliveryFeePctPerContract",
        "Sim.Commission.DeribitCommissionSettings.WaiveBuySellComboOneSide",
        "Sim.Commission.DeribitCommissionSettings.WaiveDailyOptionsDeliveryFees",
        always=False,
    ),
)  # fmt: skip

SECTIONS: Final = (
    Section(
        "backtest", ("Backtest",), "Backtest",
        "What is tested, on which underlying, over which period, with how much cash.",
        FIELD_COLUMNS, _BACKTEST, required=True,
    ),
    Section(
        "expirations", ("Structure", "Expirations"), "Expirations",
        "Resolved in this order; the nearest listed expiration within Min..Max calendar days.",
        EXPIRATION_COLUMNS, spare=1, required=True,
    ),
    Section(
        "legs", ("Structure", "Legs"), "Legs",
        "Resolved in this order. Qty > 0 buys, Qty < 0 sells. One selector per leg.",
        LEG_COLUMNS, spare=2, required=True,
    ),
    Section(
        "entry", ("Entry",), "Entry",
        "When a position is opened. Set one of the two minute offsets.",
        FIELD_COLUMNS,
        _rows(
            ("Entry",), *_SCHEDULE, "QtyMultiplier", "ReentryDays",
            "Concurrency.MaxPositionsInFlight", "Concurrency.EntryShiftDays",
        ),
        required=True,
    ),
    Section(
        "entry_conditions", ("Entry", "Conditions"), "Entry conditions",
        "Any true condition lets the entry go on; none = no gate.",
        ("Condition", "Problem"), spare=2,
    ),
    Section(
        "variables", ("Entry", "VarDefines"), "Variables",
        "Stored on the position after the entry fills (When = Exit: at exit checks).",
        ("Name", "Expression", "When", "Problem"), spare=2,
    ),
    Section(
        "abort_conditions", ("Entry", "AbortConditions"), "Abort conditions",
        "Checked after all legs are chosen; any true condition cancels the entry.",
        ("Condition", "Problem"), spare=2,
    ),
    Section(
        "adjustment_schedule", ("Adjustment",), "Adjustment schedule",
        "When the adjustments below are considered.",
        FIELD_COLUMNS, _rows(("Adjustment",), *_SCHEDULE, "MaxAdjustmentCount"),
    ),
    Section(
        "adjustments", ("Adjustment", "ConditionalAdjustments"), "Adjustments",
        "Rows with the same condition and action belong together: a leg, an expiration to look "
        "for (selector DTE), an abort condition (Abort if), a variable.",
        ADJUSTMENT_COLUMNS, spare=2,
        optional=frozenset(
            ("Complex statement", "Complex target", "Complex constraints", "Group")
        ),
    ),
    Section(
        "exit", ("Exit",), "Exit",
        "When a position is closed. Target and stop are money, evaluated once at entry.",
        FIELD_COLUMNS,
        _rows(("Exit",), *_SCHEDULE, "MaxDaysInTrade", "ProfitTarget", "StopLoss"),
        required=True,
    ),
    Section(
        "exit_conditions", ("Exit", "Conditions"), "Exit conditions",
        "Any true condition closes the position.",
        ("Condition", "Problem"), spare=2,
    ),
    Section(
        "external_data", ("ExternalData",), "External data",
        "A public CSV whose columns become variables.",
        FIELD_COLUMNS, _rows(("ExternalData",), "CsvUrl"),
    ),
    Section(
        "settings", ("Settings",), "Settings",
        "Fills, costs and the rules for choosing contracts.",
        FIELD_COLUMNS, _SETTINGS,
    ),
    Section(
        "other_fields", (), "Other fields",
        "What the tables above cannot say. A row counts only while the sheet still says the same.",
        OTHER_COLUMNS, spare=1,
    ),
)  # fmt: skip
"""All tables from top to bottom."""

SECTION_BY_KEY: Final = {section.key: section for section in SECTIONS}

CONDITION_LISTS: Final = ("entry_conditions", "abort_conditions", "exit_conditions")

ACTIONS: Final = {
    "MoveLeg": "MoveLegAdjustment",
    "RemoveLegs": "RemoveLegsAdjustment",
    "AddLegs": "AddLegsAdjustment",
    "UpdateVars": "UpdateVarsAdjustment",
}
"""Word in the sheet -> the service's name (reference section 1.6)."""

LOOK_FOR: Final = "DTE"
"""Selector word of an adjustment's row that says which expiration to look for."""

ABORT_IF: Final = "Abort if"
"""Selector word of an adjustment's row whose Value is an abort condition."""

_TABLE_NAME = re.compile(
    r"meso_(?P<key>" + "|".join(sorted(SECTION_BY_KEY, key=len, reverse=True)) + r")(?:_?\d+)?\Z",
    re.IGNORECASE,
)


def section_of(table_name: str) -> Section | None:
    """Return the section that a table shows, None for a table that is none of ours.

    A number at the end is ignored: further strategy sheets of a book carry ``_2`` and so on, and
    Excel appends a digit when a sheet is copied.
    """
    match = _TABLE_NAME.match(table_name)
    return SECTION_BY_KEY[match["key"].lower()] if match else None


_SCHEDULE_SHAPE: Final[dict[str, Any]] = {
    "AfterMarketOpenMinutes": 0,
    "BeforeMarketCloseMinutes": 0,
    "Every": 0,
}
_SELECTOR_SHAPE: Final[dict[str, Any]] = {
    "Min": 0,
    "Max": 0,
    **dict.fromkeys(SELECTORS, 0),
    "Complex": {"Statement": 0, "Target": 0, "Constraints": 0},
}
_EXPIRATION_SHAPE: Final[dict[str, Any]] = {
    "Name": 0,
    "DTE": 0,
    "Min": 0,
    "Max": 0,
    "Roots": {"Include": 0, "Exclude": 0},
}
_LEG_SHAPE: Final[dict[str, Any]] = {
    "Name": 0,
    "Qty": 0,
    "OptionType": 0,
    "ExpirationName": 0,
    "StrikeSelector": _SELECTOR_SHAPE,
    "LegGroupId": 0,
}

SHAPE: Final[dict[str, Any]] = {
    "StrategyName": 0,
    "Description": 0,
    "Backtest": {"Name": 0, "Start": 0, "End": 0, "Cash": 0},
    "Symbol": 0,
    "Structure": {
        "Name": 0,
        "Expirations": [_EXPIRATION_SHAPE],
        "Legs": [_LEG_SHAPE],
    },
    "Entry": {
        "Schedule": _SCHEDULE_SHAPE,
        "Conditions": 0,
        "VarDefines": 0,
        "AbortConditions": 0,
        "QtyMultiplier": 0,
        "ReentryDays": 0,
        "Concurrency": {"MaxPositionsInFlight": 0, "EntryShiftDays": 0},
    },
    "Adjustment": {
        "Schedule": _SCHEDULE_SHAPE,
        "ConditionalAdjustments": {
            "*": {
                "*": {
                    "LegName": 0,
                    "LegNames": 0,
                    "Legs": [_LEG_SHAPE],
                    "StrikeSelector": _SELECTOR_SHAPE,
                    "ExpirationName": 0,
                    "Expirations": [_EXPIRATION_SHAPE],
                    "AbortConditions": 0,
                    "VarDefines": 0,
                }
            }
        },
        "MaxAdjustmentCount": 0,
    },
    "Exit": {
        "Schedule": _SCHEDULE_SHAPE,
        "MaxDaysInTrade": 0,
        "ProfitTarget": 0,
        "StopLoss": 0,
        "Conditions": 0,
        "VarDefines": 0,
    },
    "ExternalData": {"CsvUrl": 0},
    "Settings": {
        "Sim": {
            "FillModel": 0,
            "SlippageAmt": 0,
            "Commission": {
                "CommissionModel": 0,
                "OptionFee": 0,
                "DeribitCommissionSettings": 0,
            },
            "PositionMonitor": 0,
        },
        "Core": {
            "Margin": {"Model": 0, "HouseMultiplier": 0, "RegTMode": 0, "PMConfig": 0},
            "LegSelectionConstraint": 0,
            "ExpirationSelectionConstraint": 0,
        },
    },
    "MesoSimVersion": 0,
}
"""Order of keys in a definition that is made from a sheet (that of reference section 1)."""


def in_usual_order(value: Any, shape: Any = SHAPE) -> Any:
    """Return a document with the keys of every object in the order of `SHAPE`.

    Keys that the shape does not list follow in the order in which they were made.
    """
    if isinstance(value, dict) and isinstance(shape, dict):
        rest = shape.get("*", 0)
        known = [key for key in shape if key in value]
        keys = known + [key for key in value if key not in shape]
        return {key: in_usual_order(value[key], shape.get(key, rest)) for key in keys}
    if isinstance(value, list) and isinstance(shape, list):
        return [in_usual_order(item, shape[0]) for item in value]
    return value


def group_rows(section: Section) -> dict[str, JsonPath]:
    """Objects that a table of fields may declare as null: label -> path.

    For example ``Concurrency`` in the Entry table, ``ExternalData`` in the External data table.
    """
    found: dict[str, JsonPath] = {}
    base = section.path if section.key != "backtest" else ()
    for row in section.rows:
        for length in range(max(len(base), 1), len(row.path)):
            path = row.path[:length]
            label = path_text(path[len(base) :]) or path_text(path)
            found.setdefault(label, path)
    return found
