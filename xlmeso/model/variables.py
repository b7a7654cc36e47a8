"""The variables and functions of expressions, and which of them exist when (reference 1.10, 3)."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from xlmeso.model.document import JsonPath, JsonValue, get_at
from xlmeso.model.strategy import StrategyDefinition

FUNCTIONS: Final = (
    "abs", "min", "max", "random", "sqrt", "pow", "log", "ceil", "floor", "int",
)  # fmt: skip
"""Functions that the reference names (3.1); the rest of the service's table is not public."""

TIMING_VALUES: Final = (
    "timing.day_of_week", "timing.year", "timing.month", "timing.day",
    "timing.minutes_after_open", "timing.minutes_before_close", "timing.days_in_trade",
)  # fmt: skip
"""Values of the timing module (reference 3.3)."""

TIMING_FUNCTIONS: Final = (
    "timing.trading_days_until", "timing.trading_days_after", "timing.trading_days_in",
    "timing.calendar_days_until", "timing.calendar_days_after", "timing.calendar_days_in",
)  # fmt: skip
"""Functions of the timing module; their arguments are bare words such as monthly_opex."""

OPTIONS_FUNCTIONS: Final = ("options.model", "options.model_solver")
"""Functions of the options module (reference 3.4)."""

GREEKS: Final = ("delta", "gamma", "theta", "vega", "wvega", "rho")
"""Greek letters that legs, positions and the account have as variables."""


class Family(enum.StrEnum):
    """What a variable belongs to; decides when it exists."""

    EXPIRATION = "expiration"
    LEG = "leg"
    POSITION = "position"
    FROZEN = "set at entry"
    USER = "own variable"
    ALWAYS = "account, underlying and time"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable.

    Attributes
    ----------
    name
        Its name; ``{}`` stands for the name of a leg or an expiration.
    unit
        Unit of its value.
    description
        One sentence with the sign convention where there is a sign.
    """

    name: str
    family: Family
    unit: str
    description: str


class Point(enum.StrEnum):
    """When an expression is evaluated: the rows of the table that ends reference 1.10."""

    ENTRY_CONDITIONS = "the entry conditions"
    EXPIRATION = "an expiration"
    LEG = "a leg's strike selector"
    OWN_LEG = "a leg's Complex selector or Qty"
    CHOSEN = "QtyMultiplier and AbortConditions"
    AT_ENTRY = "VarDefines, ProfitTarget and MaxDaysInTrade"
    STOP_LOSS = "StopLoss"
    OPEN = "adjustment and exit"


_GREEK_UNITS: Final = {
    "delta": ("delta points", "Delta x 100 x quantity; a long put is negative."),
    "gamma": ("delta points per point", "Gamma x 100 x quantity."),
    "theta": ("money per calendar day", "Gain per day from time alone; positive when short."),
    "vega": ("money per vol point", "Gain if implied volatility rises by one percentage point."),
    "wvega": ("money per vol point", "Vega x sqrt(30 / days to expiration)."),
    "rho": ("money per 1.00 of rate", "Gain if the interest rate rises by 100 points."),
}


def _greeks(prefix: str, family: Family, whose: str) -> list[Variable]:
    return [
        Variable(prefix + greek, family, unit, f"{whose}: {text}")
        for greek, (unit, text) in _GREEK_UNITS.items()
    ]


def _rows(family: Family, rows: Iterable[tuple[str, str, str]]) -> list[Variable]:
    return [Variable(name, family, unit, text) for name, unit, text in rows]


CATALOGUE: Final[tuple[Variable, ...]] = (
    *_rows(
        Family.EXPIRATION,
        (
            ("expiration_{}_dte", "days", "Calendar days to the chosen expiration."),
            ("expiration_{}_min", "days", "Lower bound of the search; only while selecting."),
            ("expiration_{}_max", "days", "Upper bound of the search; only while selecting."),
        ),
    ),
    *_rows(
        Family.LEG,
        (
            ("leg_{}_price", "points", "Price by the fill model; positive for either side."),
            ("leg_{}_bid", "points", "Bid of the leg's contract."),
            ("leg_{}_ask", "points", "Ask of the leg's contract."),
            ("leg_{}_qty", "contracts", "Signed quantity: positive is long."),
            ("leg_{}_strike", "points", "Strike of the leg's contract."),
            ("leg_{}_iv", "percent", "Implied volatility: 15.58 means 15.58 %."),
            ("leg_{}_dte", "days", "Days to the expiration of the leg's contract."),
            ("leg_{}_dit", "days", "Days since the leg was opened."),
            ("leg_{}_pnl", "money", "Profit and loss of the leg, commission included."),
        ),
    ),
    *_greeks("leg_{}_", Family.LEG, "Leg"),
    *_rows(
        Family.POSITION,
        (
            ("pos_pnl", "money", "Profit and loss of the position, commission included."),
            ("pos_margin", "money", "Margin of the position; only with a margin model."),
            ("open_trades_cnt", "count", "Open legs of the position."),
        ),
    ),
    *_greeks("pos_", Family.POSITION, "Sum of the position's legs"),
    *_rows(
        Family.FROZEN,
        (
            ("profit_target", "money", "Profit target as it was worked out at entry."),
            ("stop_loss", "money", "Stop loss as it was worked out at entry."),
        ),
    ),
    # UNKNOWN whether the bare names survive in version 3, which documents timing.* instead.
    # Assumption: they do; the local service fills both forms.
    *_rows(
        Family.ALWAYS,
        (
            ("days_in_trade", "days", "Days since the position's entry."),
            ("minutes_after_open", "minutes", "Minutes since the session's open."),
            ("minutes_before_close", "minutes", "Minutes to the session's close."),
            ("nav", "money", "Net asset value: cash plus open positions."),
            ("initial_cash", "money", "Starting cash of the backtest."),
            ("pos_in_flight", "count", "Open positions."),
            ("acc_pnl", "money", "Profit and loss of all positions."),
            ("acc_margin", "money", "Margin of the account; only with a margin model."),
            ("underlying_price", "points", "Price of the underlying."),
            ("underlying_today_open", "points", "Today's opening price of the underlying."),
            ("underlying_prevday_close", "points", "Close of the session before."),
            ("underlying_iv", "fraction", "At-the-money implied volatility; 0.11 is 11 %."),
            ("underlying_hv", "fraction", "Historical volatility of 30 days; 0.08 is 8 %."),
            ("underlying_iv_rank", "0..100", "Place of today's volatility in its year's range."),
            ("underlying_iv_pct", "0..100", "Share of days of the year with lower volatility."),
        ),
    ),
    *_greeks("acc_", Family.ALWAYS, "Sum of all positions"),
)
"""Every built-in variable (reference 3.2); names with ``{}`` exist once per leg or expiration."""

MARGIN_NAMES: Final = frozenset(("pos_margin", "acc_margin"))
"""Variables that exist only while a margin model is on."""


def _of(family: Family) -> tuple[str, ...]:
    return tuple(variable.name for variable in CATALOGUE if variable.family is family)


ALWAYS_NAMES: Final = frozenset(_of(Family.ALWAYS))
"""Variables that exist at every point."""

POSITION_NAMES: Final = frozenset(_of(Family.POSITION))
"""Sums over the legs of one position."""

FIXED_NAMES: Final = ALWAYS_NAMES | POSITION_NAMES | frozenset(_of(Family.FROZEN))
"""Built-in variables whose name does not depend on the definition."""

_LEG_PATTERN: Final = re.compile(
    "leg_(.+)_(?:" + "|".join(name.removeprefix("leg_{}_") for name in _of(Family.LEG)) + ")"
)
_PART: Final = re.compile(r"[A-Za-z0-9_]+")
_EXPIRATION_PATTERN: Final = re.compile("expiration_(.+)_(?:dte|min|max)")


def is_part(name: str) -> bool:
    """Tell whether the name of a leg or an expiration can be a part of a variable's name."""
    return _PART.fullmatch(name) is not None


def leg_names(legs: Iterable[str]) -> frozenset[str]:
    """Return the variables of some legs; a name that cannot be a part of a variable has none."""
    usable = [leg for leg in legs if is_part(leg)]
    return frozenset(name.format(leg) for leg in usable for name in _of(Family.LEG))


def expiration_names(expirations: Iterable[str]) -> frozenset[str]:
    """Return the variables of some expirations, as `leg_names` does."""
    usable = [expiration for expiration in expirations if is_part(expiration)]
    return frozenset(
        name.format(expiration) for expiration in usable for name in _of(Family.EXPIRATION)
    )


def leg_of(name: str) -> str | None:
    """Return the leg that a variable belongs to by its form, else None."""
    match = _LEG_PATTERN.fullmatch(name)
    return match[1] if match else None


def expiration_of(name: str) -> str | None:
    """Return the expiration that a variable belongs to by its form, else None."""
    match = _EXPIRATION_PATTERN.fullmatch(name)
    return match[1] if match else None


def is_built_in(name: str) -> bool:
    """Tell whether a name is taken by the service, whatever the definition's legs are called."""
    taken = name in FIXED_NAMES or name in FUNCTIONS or name in ("timing", "options")
    return taken or leg_of(name) is not None or expiration_of(name) is not None


class Vocabulary:
    """The names that one definition gives to its expressions.

    Attributes
    ----------
    expirations, legs
        Names of the structure's expirations and legs, in the order in which they are chosen.
    entry_variables
        Names that Entry.VarDefines sets, in the order written.
    """

    def __init__(self, definition: StrategyDefinition) -> None:
        self.expirations = tuple(item.name for item in definition.expirations)
        self.legs = tuple(leg.name for leg in definition.legs)
        self.entry_variables = tuple(definition.entry.var_defines)
        self._exit_variables = tuple(definition.exit.var_defines)
        self._actions = tuple(_actions(definition))

    @cached_property
    def all_legs(self) -> tuple[str, ...]:
        """Legs of the structure, then those that adjustments may add."""
        added = (name for action in self._actions for name in _names(action, "Legs"))
        return tuple(dict.fromkeys((*self.legs, *added)))

    @cached_property
    def all_expirations(self) -> tuple[str, ...]:
        """Expirations of the structure, then those that adjustments may add."""
        added = (name for action in self._actions for name in _names(action, "Expirations"))
        return tuple(dict.fromkeys((*self.expirations, *added)))

    @cached_property
    def user_variables(self) -> frozenset[str]:
        """Names that any VarDefines sets."""
        found = {*self.entry_variables, *self._exit_variables}
        for action in self._actions:
            defines = action.get("VarDefines")
            found.update(defines if isinstance(defines, dict) else ())
        return frozenset(found)

    @cached_property
    def everything(self) -> frozenset[str]:
        """Every variable that exists at one point or another."""
        structure = leg_names(self.all_legs) | expiration_names(self.all_expirations)
        return FIXED_NAMES | structure | self.user_variables

    def at(self, point: Point, index: int | None = None) -> frozenset[str]:
        """Return the variables that have a value at a point.

        Parameters
        ----------
        point
            When the expression is evaluated.
        index
            Place of the expiration, leg or entry variable in its list, where the point has one;
            None means after the last.
        """
        match point:
            case Point.ENTRY_CONDITIONS:
                return ALWAYS_NAMES
            case Point.EXPIRATION:
                return ALWAYS_NAMES | expiration_names(self.expirations[:index])
            case Point.LEG | Point.OWN_LEG:
                own = int(point is Point.OWN_LEG)
                end = None if index is None else index + own
                return self._chosen_names | POSITION_NAMES | leg_names(self.legs[:end])
            case Point.CHOSEN:
                return self._chosen_names | POSITION_NAMES | leg_names(self.legs)
            case Point.AT_ENTRY:
                set_so_far = frozenset(self.entry_variables[:index])
                return self.at(Point.CHOSEN) | set_so_far
            case Point.STOP_LOSS:
                return self.at(Point.AT_ENTRY) | {"profit_target"}
        return self.everything

    @cached_property
    def _chosen_names(self) -> frozenset[str]:
        return ALWAYS_NAMES | expiration_names(self.expirations)


def names_at(
    definition: StrategyDefinition, point: Point, index: int | None = None
) -> frozenset[str]:
    """Return the variables that have a value when a definition's expression is evaluated.

    ``index`` is the place of the expiration, leg or entry variable concerned; see `Vocabulary.at`.
    Greeks and prices of legs are missing from the entry conditions, where they are zero or nil
    because nothing has been chosen yet.
    """
    return Vocabulary(definition).at(point, index)


def _actions(definition: StrategyDefinition) -> list[dict[str, JsonValue]]:
    """Return every action of every adjustment."""
    found: list[dict[str, JsonValue]] = []
    for actions in definition.conditional_adjustments.values():
        if isinstance(actions, dict):
            found.extend(action for action in actions.values() if isinstance(action, dict))
    return found


def _names(action: dict[str, JsonValue], key: str) -> list[str]:
    items = get_at(action, (key,))
    path: JsonPath = ("Name",)
    names = [get_at(item, path) for item in items] if isinstance(items, list) else []
    return [name for name in names if isinstance(name, str)]
