"""Groups of fields that occur in more than one place of the definition (reference 1.3-1.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xlmeso.model.field_types import ITEM, VALUE, Field, Kind, Pattern
from xlmeso.model.variables import Point

_WEEKDAYS = "weekdays such as mon,wed,fri"


def under(prefix: Pattern, fields: Iterable[Field]) -> Iterator[Field]:
    """Return fields below a prefix."""
    return (item.below(prefix) for item in fields)


def schedule(what: str, *, required: bool = True) -> tuple[Field, ...]:
    """Return the fields of a schedule; ``what`` says what is considered then (``entries``)."""
    return (
        Field(
            ("Schedule",),
            Kind.OBJECT,
            "Schedule",
            f"When {what} are considered: one of the two offsets, and the days.",
            required=required,
        ),
        Field(
            ("Schedule", "AfterMarketOpenMinutes"),
            Kind.NUMBER,
            "Minutes after open",
            f"Minutes after the market opens at which {what} are considered, in steps of 5. "
            "Leave it out if minutes before close are set.",
            "30",
            unit="minutes",
        ),
        Field(
            ("Schedule", "BeforeMarketCloseMinutes"),
            Kind.NUMBER,
            "Minutes before close",
            f"Minutes before the market closes at which {what} are considered, in steps of 5; "
            "follows early closes. Leave it out if minutes after open are set.",
            "30",
            unit="minutes",
        ),
        Field(
            ("Schedule", "Every"),
            Kind.DAYS,
            "Days",
            f"Days on which {what} are considered: day, {_WEEKDAYS}, or 5min for every 5 minutes "
            "from or up to the offset.",
            "day",
            required=True,
        ),
    )


def expirations(point: Point, *, required: bool) -> tuple[Field, ...]:
    """Return the fields of a list of expirations."""
    item = ("Expirations", ITEM)
    return (
        Field(
            ("Expirations",),
            Kind.LIST,
            "Expirations",
            "Expirations that the legs use, searched in the order of the list.",
            required=required,
            min_items=1 if required else 0,
        ),
        Field(item, Kind.OBJECT, "Expiration", "One expiration to look for.", required=True),
        Field(
            (*item, "Name"),
            Kind.NAME,
            "Name",
            "Your name for this expiration, used by the legs and in variables such as "
            "expiration_NAME_dte; letters, digits and _.",
            "front",
            required=True,
        ),
        Field(
            (*item, "DTE"),
            Kind.EXPRESSION,
            "Days to expiration",
            "Wanted calendar days to expiration; the nearest listed expiration is taken. May use "
            "an earlier one, such as expiration_front_dte + 30.",
            "45",
            required=True,
            unit="calendar days",
            point=point,
        ),
        Field(
            (*item, "Min"),
            Kind.EXPRESSION,
            "Fewest days",
            "Fewest calendar days to expiration, this number included. With nothing listed from "
            "fewest to most days there is no entry.",
            "35",
            unit="calendar days",
            point=point,
        ),
        Field(
            (*item, "Max"),
            Kind.EXPRESSION,
            "Most days",
            "Most calendar days to expiration, this number included.",
            "55",
            unit="calendar days",
            point=point,
        ),
        Field(
            (*item, "Roots"),
            Kind.OBJECT,
            "Roots",
            "Which option roots may be used, such as SPX (morning) or SPXW (afternoon).",
        ),
        Field(
            (*item, "Roots", "Include"),
            Kind.LIST,
            "Roots allowed",
            "Only these roots, the first one preferred where both have the same date.",
        ),
        Field(
            (*item, "Roots", "Include", ITEM),
            Kind.TEXT,
            "Root",
            "An option root, such as SPXW.",
            "SPXW",
            required=True,
        ),
        Field(
            (*item, "Roots", "Exclude"),
            Kind.LIST,
            "Roots refused",
            "Never these roots.",
        ),
        Field(
            (*item, "Roots", "Exclude", ITEM),
            Kind.TEXT,
            "Root",
            "An option root, such as SPX.",
            "SPX",
            required=True,
        ),
    )


def legs(point: Point, own: Point) -> tuple[Field, ...]:
    """Return the fields of a list of legs.

    ``own`` is the point of those expressions that may use the leg's own values.
    """
    item = ("Legs", ITEM)
    return (
        Field(
            ("Legs",),
            Kind.LIST,
            "Legs",
            "The options of the position, chosen one after another in the order of the list.",
            required=True,
            min_items=1,
        ),
        Field(item, Kind.OBJECT, "Leg", "One option of the position.", required=True),
        Field(
            (*item, "Name"),
            Kind.NAME,
            "Name",
            "Your name for this leg, used in variables such as leg_NAME_delta; letters, digits "
            "and _.",
            "short_put",
            required=True,
        ),
        Field(
            (*item, "Qty"),
            Kind.EXPRESSION,
            "Quantity",
            "Contracts: positive buys, negative sells, whole numbers for an index. 0 makes a "
            "marker leg that is followed but not traded.",
            "-1",
            required=True,
            unit="contracts",
            point=own,
        ),
        Field(
            (*item, "OptionType"),
            Kind.CHOICE,
            "Type",
            "Put or Call.",
            "Put",
            required=True,
            choices=("Put", "Call"),
        ),
        Field(
            (*item, "ExpirationName"),
            Kind.EXPIRATION_NAME,
            "Expiration",
            "Name of the expiration that the leg is in, from the table of expirations.",
            "front",
            required=True,
        ),
        *under(item, strike_selector(point, own)),
        Field(
            (*item, "LegGroupId"),
            Kind.EXPRESSION,
            "Group",
            "Number of the combination order that the leg belongs to in live trading; a backtest "
            "does not need it.",
            "1",
            point=own,
        ),
    )


def strike_selector(point: Point, own: Point) -> tuple[Field, ...]:
    """Return the fields of a strike selector; exactly one of the six selectors is to be set."""

    def value(name: str, label: str, text: str, example: str, unit: str) -> Field:
        return Field(
            ("StrikeSelector", name),
            Kind.EXPRESSION,
            label,
            text,
            example,
            unit=unit,
            point=point,
        )

    inner = ("StrikeSelector", "Complex")
    return (
        Field(
            ("StrikeSelector",),
            Kind.OBJECT,
            "Strike selector",
            "How the strike is found: exactly one of delta, price, strike or Complex.",
            required=True,
        ),
        value(
            "Min",
            "Lowest",
            "Keeps only options whose delta, price or strike (as you select by) is at least this.",
            "10",
            "as the selector",
        ),
        value(
            "Max",
            "Highest",
            "Keeps only options whose delta, price or strike (as you select by) is at most this.",
            "20",
            "as the selector",
        ),
        value(
            "BidPrice",
            "Bid price",
            "Takes the option whose bid is nearest to this price, in points per share.",
            "5.50",
            "points",
        ),
        value(
            "AskPrice",
            "Ask price",
            "Takes the option whose ask is nearest to this price, in points per share.",
            "5.50",
            "points",
        ),
        value(
            "MidPrice",
            "Mid price",
            "Takes the option whose mid price is nearest to this price, in points per share.",
            "5.50",
            "points",
        ),
        value(
            "Delta",
            "Delta",
            "Takes the option whose delta is nearest: 0 to 100 points, the sign does not matter. "
            "16 means a delta of 0.16.",
            "16",
            "delta points",
        ),
        value(
            "StrikePrice",
            "Strike",
            "Takes the option whose strike is nearest, such as leg_short_put_strike - 50.",
            "leg_short_put_strike - 50",
            "points",
        ),
        Field(
            inner,
            Kind.OBJECT,
            "Complex",
            "Tries every option: takes the one whose Statement comes nearest to Target among "
            "those that meet all Constraints.",
        ),
        Field(
            (*inner, "Statement"),
            Kind.EXPRESSION,
            "Statement",
            "What is worked out for every option; may use the leg's own values.",
            "abs(leg_hedge_delta)",
            required=True,
            point=own,
        ),
        Field(
            (*inner, "Target"),
            Kind.EXPRESSION,
            "Target",
            "The value that Statement should come nearest to.",
            "10",
            required=True,
            point=own,
        ),
        Field(
            (*inner, "Constraints"),
            Kind.LIST,
            "Constraints",
            "Conditions that an option must meet, all of them.",
        ),
        Field(
            (*inner, "Constraints", ITEM),
            Kind.EXPRESSION,
            "Constraint",
            "A condition that an option must meet; may use the leg's own values.",
            "leg_hedge_price > 1",
            required=True,
            point=own,
        ),
    )


def var_defines(point: Point, when: str) -> tuple[Field, ...]:
    """Return the fields of a map of own variables; ``when`` says when they are set."""
    return (
        Field(
            ("VarDefines",),
            Kind.MAP,
            "Variables",
            f"Your own variables: name and value, worked out {when}.",
            default="{}",
        ),
        Field(
            ("VarDefines", VALUE),
            Kind.EXPRESSION,
            "Value",
            f"Value of your variable, worked out {when} and kept.",
            "leg_short_put_price * 100",
            required=True,
            point=point,
        ),
    )


def conditions(name: str, label: str, text: str, example: str, point: Point) -> tuple[Field, ...]:
    """Return the fields of a list of conditions, any of which is enough."""
    return (
        Field((name,), Kind.LIST, label, text, default="[]"),
        Field((name, ITEM), Kind.EXPRESSION, label, text, example, required=True, point=point),
    )
