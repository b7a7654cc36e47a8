"""Every field of the strategy definition, version 3: one table (reference section 1).

The table drives the structure checks of `xlmeso.model.validation` and the labels, drop-downs and
help of the Strategy sheet.  Its order is the order in which a new definition is written.
"""

from __future__ import annotations

from typing import Final

from xlmeso.model import field_groups as groups
from xlmeso.model.document import JsonPath
from xlmeso.model.field_groups import under
from xlmeso.model.field_settings import SETTINGS
from xlmeso.model.field_types import ITEM, VALUE, Field, Kind, Pattern
from xlmeso.model.variables import Point

__all__ = [
    "CRYPTO_SYMBOLS",
    "FIELDS",
    "INDEX_SYMBOLS",
    "ITEM",
    "ROOT",
    "VALUE",
    "Field",
    "Kind",
    "Node",
    "Pattern",
    "field_at",
    "field_of",
]

INDEX_SYMBOLS: Final = ("SPX", "RUT", "VIX", "GLD")
"""Underlyings with sessions of an exchange and whole contracts (reference 4.9)."""

CRYPTO_SYMBOLS: Final = ("BTCUSD", "ETHUSD", "SOLUSD")
"""Underlyings that trade every day and in fractions."""


_RUN: Final = (
    Field(
        ("StrategyName",), Kind.TEXT, "Strategy name", "Label of the strategy; free text.",
        "Short put", required=True, max_length=128,
    ),
    Field(
        ("Description",), Kind.TEXT, "Description", "What the strategy does, in your words.",
        "Sells one put a month.", default='""',
    ),
    Field(("Backtest",), Kind.OBJECT, "Backtest", "Name, period and cash.", required=True),
    Field(
        ("Backtest", "Name"), Kind.TEXT, "Run name",
        "Name of this run; the word generate asks the service for a random name.",
        "Short put 2021", required=True, max_length=250,
    ),
    Field(
        ("Backtest", "Start"), Kind.TIME, "Start", "First simulated moment, exchange time.",
        "2021-01-01T00:00:00", required=True,
    ),
    Field(
        ("Backtest", "End"), Kind.TIME, "End", "Last simulated moment, exchange time.",
        "2021-12-31T23:59:59", required=True,
    ),
    Field(
        ("Backtest", "Cash"), Kind.NUMBER, "Cash",
        "Starting cash, which is the planned capital: money, or coins for crypto.",
        "100000", required=True, unit="money",
    ),
    Field(
        ("Symbol",), Kind.SYMBOL, "Symbol", "The underlying; one per strategy.", "SPX",
        required=True, choices=(*INDEX_SYMBOLS, *CRYPTO_SYMBOLS),
    ),
)  # fmt: skip

_STRUCTURE: Final = (
    Field((), Kind.OBJECT, "Structure", "Expirations and legs of the position.", required=True),
    Field(("Name",), Kind.TEXT, "Structure name", "Label of the structure.", "Iron condor"),
    *groups.expirations(Point.EXPIRATION, required=True),
    *groups.legs(Point.LEG, Point.OWN_LEG),
)

_ENTRY: Final = (
    Field((), Kind.OBJECT, "Entry", "When and how a position is opened.", required=True),
    *groups.schedule("entries"),
    *groups.conditions(
        "Conditions", "Entry conditions",
        "Any one that is true allows an entry; none at all means no gate. Tested before the legs "
        "are chosen, so their values are still zero.",
        "underlying_iv_rank > 30", Point.ENTRY_CONDITIONS,
    ),
    *groups.var_defines(Point.AT_ENTRY, "when the entry has been filled"),
    *groups.conditions(
        "AbortConditions", "Abort conditions",
        "Any one that is true calls the entry off. Tested when all legs have been chosen.",
        "pos_theta < 10", Point.CHOSEN,
    ),
    Field(
        ("QtyMultiplier",), Kind.EXPRESSION, "Quantity multiplier",
        "Multiplies the quantity of every leg; worked out when all legs have been chosen.",
        "1", default="1", unit="times", point=Point.CHOSEN,
    ),
    Field(
        ("ReentryDays",), Kind.EXPRESSION, "Re-entry days",
        "Days to wait after an exit before the next entry; 0 allows it at once.",
        "1", required=True, unit="days", point=Point.ENTRY_CONDITIONS,
    ),
    Field(
        ("Concurrency",), Kind.OBJECT, "Concurrency",
        "Allows several positions at the same time; without it there is one at a time.",
    ),
    Field(
        ("Concurrency", "MaxPositionsInFlight"), Kind.NUMBER, "Most positions",
        "Most positions open at the same time; the service's retail plan allows 10.",
        "4", required=True, unit="positions",
    ),
    Field(
        ("Concurrency", "EntryShiftDays"), Kind.NUMBER, "Days between entries",
        "Days between two entries.", "7", unit="days",
    ),
)  # fmt: skip

_OPEN: Final = (Point.OPEN, Point.OPEN)

_ACTIONS: Final = (
    Field(
        ("MoveLegAdjustment",), Kind.OBJECT, "Move a leg",
        "Closes a leg and opens it again at another strike or expiration.",
    ),
    *under(
        ("MoveLegAdjustment",),
        (
            Field(
                ("LegName",), Kind.LEG_NAME, "Leg", "Name of the leg that is moved.",
                "short_put", required=True,
            ),
            *groups.strike_selector(*_OPEN),
            Field(
                ("ExpirationName",), Kind.EXPIRATION_NAME, "Expiration",
                "Expiration to move to; without it the leg stays in its own.", "back",
            ),
            *groups.expirations(Point.OPEN, required=False),
            *groups.var_defines(Point.OPEN, "at the adjustment"),
        ),
    ),
    Field(("RemoveLegsAdjustment",), Kind.OBJECT, "Remove legs", "Closes legs of the position."),
    *under(
        ("RemoveLegsAdjustment",),
        (
            Field(
                ("LegNames",), Kind.LIST, "Legs", "Names of the legs that are closed.",
                required=True, min_items=1,
            ),
            Field(
                ("LegNames", ITEM), Kind.LEG_NAME, "Leg", "Name of a leg that is closed.",
                "long_put", required=True,
            ),
            *groups.var_defines(Point.OPEN, "at the adjustment"),
        ),
    ),
    Field(("AddLegsAdjustment",), Kind.OBJECT, "Add legs", "Opens further legs."),
    *under(
        ("AddLegsAdjustment",),
        (
            *groups.legs(*_OPEN),
            *groups.expirations(Point.OPEN, required=False),
            *groups.conditions(
                "AbortConditions", "Abort conditions",
                "Any one that is true calls the adjustment off.", "pos_theta < 10", Point.OPEN,
            ),
            *groups.var_defines(Point.OPEN, "at the adjustment"),
        ),
    ),
    Field(
        ("UpdateVarsAdjustment",), Kind.OBJECT, "Update variables",
        "Sets variables without a trade, such as the highest profit so far.",
    ),
    *under(("UpdateVarsAdjustment",), groups.var_defines(Point.OPEN, "at the adjustment")),
)  # fmt: skip

_ADJUSTMENT: Final = (
    Field((), Kind.OBJECT, "Adjustment", "How an open position is adjusted; null means not."),
    *groups.schedule("adjustments"),
    Field(
        ("ConditionalAdjustments",), Kind.MAP, "Adjustments",
        "Condition and actions; the conditions are tested in alphabetical order of their text.",
        required=True,
    ),
    Field(
        ("ConditionalAdjustments", VALUE), Kind.OBJECT, "Actions",
        "What is done when the condition is true: remove, then move, then add legs.",
        required=True, point=Point.OPEN,
    ),
    *under(("ConditionalAdjustments", VALUE), _ACTIONS),
    Field(
        ("MaxAdjustmentCount",), Kind.NUMBER, "Most adjustments",
        "After so many adjustments the next one closes the position; null means no limit.",
        "5", unit="adjustments",
    ),
)  # fmt: skip

_EXIT: Final = (
    Field((), Kind.OBJECT, "Exit", "When the whole position is closed.", required=True),
    *groups.schedule("exits"),
    Field(
        ("MaxDaysInTrade",), Kind.EXPRESSION, "Most days in trade",
        "Days after the entry at which the position is closed; null holds it to settlement.",
        "30", unit="days", point=Point.AT_ENTRY,
    ),
    Field(
        ("ProfitTarget",), Kind.EXPRESSION, "Profit target",
        "Profit in money at which the position is closed; worked out once at entry.",
        "500", unit="money", point=Point.AT_ENTRY,
    ),
    Field(
        ("StopLoss",), Kind.EXPRESSION, "Stop loss",
        "Loss in money, as a positive number, at which the position is closed; worked out once "
        "at entry. May use profit_target.",
        "1000", unit="money", point=Point.STOP_LOSS,
    ),
    *groups.conditions(
        "Conditions", "Exit conditions", "Any one that is true closes the position.",
        "abs(pos_delta) > 20", Point.OPEN,
    ),
    *groups.var_defines(Point.OPEN, "at the exit"),
)  # fmt: skip

_EXTERNAL: Final = (
    Field((), Kind.OBJECT, "External data", "A CSV file whose columns become variables."),
    Field(
        ("CsvUrl",), Kind.URL, "CSV address",
        "Public address of a CSV at gist.githubusercontent.com or docs.google.com; first column "
        "date or datetime.",
        "https://gist.githubusercontent.com/me/1/raw/signal.csv",
    ),
)  # fmt: skip


FIELDS: Final[tuple[Field, ...]] = (
    *_RUN,
    *under(("Structure",), _STRUCTURE),
    *under(("Entry",), _ENTRY),
    *under(("Adjustment",), _ADJUSTMENT),
    *under(("Exit",), _EXIT),
    *under(("ExternalData",), _EXTERNAL),
    *SETTINGS,
    Field(
        ("MesoSimVersion",), Kind.TEXT, "Engine version",
        "Written by the service when it runs the backtest.", "3.0.0",
    ),
)  # fmt: skip
"""All fields, parents before children, in the order in which they are written."""


class Node:
    """A field with the fields below it; the root has none of its own."""

    __slots__ = ("children", "field")

    def __init__(self) -> None:
        self.field: Field | None = None
        self.children: dict[str, Node] = {}


def _tree() -> Node:
    root = Node()
    for item in FIELDS:
        node = root
        for step in item.path:
            node = node.children.setdefault(step, Node())
        node.field = item
    return root


ROOT: Final = _tree()
"""The same fields as a tree."""


def field_of(pattern: Pattern) -> Field:
    """Return the field with a pattern, such as ``("Exit", "StopLoss")``.

    Raises
    ------
    KeyError
        There is no such field.
    """
    node = ROOT
    for step in pattern:
        node = node.children[step]
    if node.field is None:
        raise KeyError(pattern)
    return node.field


def field_at(path: JsonPath) -> Field | None:
    """Return the field at a place of a definition, None where version 3 knows none."""
    node: Node | None = ROOT
    for step in path:
        children = node.children if node is not None else {}
        node = children.get(ITEM if isinstance(step, int) else step)
        if node is None and not isinstance(step, int):
            node = children.get(VALUE)
    return node.field if node is not None else None
