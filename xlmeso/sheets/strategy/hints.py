"""Help sentences and drop-downs of the input cells, taken from the model's table of fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from xlmeso.model.document import JsonPath
from xlmeso.model.fields import ITEM, Field, Kind, field_at, field_of
from xlmeso.model.strategy import SELECTORS
from xlmeso.sheets.plan import CellHint
from xlmeso.sheets.strategy.layout import ABORT_IF, ACTIONS, LOOK_FOR, Section

_LIMIT: Final = 255
"""Characters of an input message."""

_DAYS: Final = ("day", "5min", "mon", "tue", "wed", "thu", "fri")

_EXPIRATION: Final = ("Structure", "Expirations", ITEM)
_LEG: Final = ("Structure", "Legs", ITEM)
_SELECTOR: Final = (*_LEG, "StrikeSelector")

_COLUMN_FIELDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "expirations": {
        "Name": (*_EXPIRATION, "Name"),
        "DTE": (*_EXPIRATION, "DTE"),
        "Min": (*_EXPIRATION, "Min"),
        "Max": (*_EXPIRATION, "Max"),
        "Roots include": (*_EXPIRATION, "Roots", "Include"),
        "Roots exclude": (*_EXPIRATION, "Roots", "Exclude"),
    },
    "legs": {
        "Name": (*_LEG, "Name"),
        "Qty": (*_LEG, "Qty"),
        "Type": (*_LEG, "OptionType"),
        "Expiration": (*_LEG, "ExpirationName"),
        "Min": (*_SELECTOR, "Min"),
        "Max": (*_SELECTOR, "Max"),
        "Complex statement": (*_SELECTOR, "Complex", "Statement"),
        "Complex target": (*_SELECTOR, "Complex", "Target"),
        "Complex constraints": (*_SELECTOR, "Complex", "Constraints"),
        "Group": (*_LEG, "LegGroupId"),
    },
    "adjustments": {
        "Complex statement": (*_SELECTOR, "Complex", "Statement"),
        "Complex target": (*_SELECTOR, "Complex", "Target"),
        "Complex constraints": (*_SELECTOR, "Complex", "Constraints"),
        "Group": (*_LEG, "LegGroupId"),
    },
    "entry_conditions": {"Condition": ("Entry", "Conditions")},
    "abort_conditions": {"Condition": ("Entry", "AbortConditions")},
    "exit_conditions": {"Condition": ("Exit", "Conditions")},
    "variables": {"Expression": ("Entry", "VarDefines")},
}
"""Table -> heading -> field whose help the column shows."""

_OWN: Final[Mapping[tuple[str, str], CellHint]] = {
    ("legs", "Selector"): CellHint(
        "Selector",
        "How the strike is found: the contract whose delta, price or strike is nearest to Value. "
        "Delta in points 0 to 100; Complex uses the three Complex columns instead of Value.",
        choices=SELECTORS,
    ),
    ("legs", "Value"): CellHint(
        "Value",
        "What the selector aims at: a number or an expression, such as 10 or "
        "-leg_short_call_delta.",
    ),
    ("variables", "Name"): CellHint(
        "Name", "Name of the variable: letters, digits and underscores, no digit first."
    ),
    ("variables", "When"): CellHint(
        "When", "Entry: worked out when the entry has been filled. Exit: at the exit.",
        choices=("Entry", "Exit"),
    ),
    ("adjustments", "Condition"): CellHint(
        "Condition",
        "The adjustment is made while this is true. Rows with the same condition belong together; "
        "conditions are tested in alphabetical order.",
    ),
    ("adjustments", "Action"): CellHint("Action", "What is done.", choices=tuple(ACTIONS)),
    ("adjustments", "Type"): CellHint("Type", "For AddLegs.", choices=("Put", "Call")),
    ("adjustments", "Selector"): CellHint(
        "Selector",
        "For MoveLeg and AddLegs: how the new strike is found. DTE: the row names an expiration to "
        "look for, its days stand in Value, Min, Max. Abort if: Value is a condition that calls "
        "AddLegs off.",
        choices=(*SELECTORS, LOOK_FOR, ABORT_IF),
    ),
    ("other_fields", "Path"): CellHint(
        "Path", "Place in the definition, such as Settings.Sim.NewField."
    ),
    ("other_fields", "Kind"): CellHint(
        "Kind", "value sets the JSON value, absent removes the field, order sorts its parts.",
        choices=("value", "absent", "order"),
    ),
}  # fmt: skip


def field_hint(path: JsonPath, label: str) -> CellHint:
    """Return the hint of a field's Value cell."""
    field = field_at(path)
    return _hint(field) if field is not None else CellHint(label)


def column_hint(section: Section, title: str) -> CellHint | None:
    """Return the hint of a column's cells, None for columns that explain themselves."""
    own = _OWN.get((section.key, title))
    if own is not None:
        return own
    if title == "Expiration":
        text = "Name of one of the expirations above."
        return CellHint("Expiration", text, choices_from=("meso_expirations", "Name"))
    pattern = _COLUMN_FIELDS.get(section.key, {}).get(title)
    return _hint(field_of(pattern)) if pattern else None


def _hint(field: Field) -> CellHint:
    return CellHint(field.label, _message(field), _choices(field))


def _message(field: Field) -> str:
    """Join help, unit and default; whole sentences only, so the least important goes first."""
    parts = [field.help]
    if field.unit and field.unit not in field.help.lower():
        parts.append(f"Unit: {field.unit}.")
    if field.default not in (None, '""'):
        parts.append(f"Default: {field.default}.")
    if field.example and not field.choices:
        parts.append(f"Example: {field.example}")
    while len(" ".join(parts)) > _LIMIT and len(parts) > 1:
        parts.pop()
    return " ".join(parts)[:_LIMIT]


def _choices(field: Field) -> tuple[str, ...]:
    if field.choices:
        return field.choices
    if field.kind is Kind.DAYS:
        return _DAYS
    return ("TRUE", "FALSE") if field.kind is Kind.BOOLEAN else ()
