"""Event messages: the observed patterns of reference section 5, and the same style where unknown.

UNKNOWN in the reference and worded here (Assumption): ExitSignal, ExitTrade, Settlement, Finish,
EntryAborted, StrikeNotFound, PriceZero, AdjustmentDetail, AdjustmentAborted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from xlmeso.model.contracts import OptionContract
from xlmeso.simulator.engine.ledger import ExitReason

_COIN_DECIMALS: Final = 8


def fixed(value: float, least: int) -> str:
    """Write a number with at least so many decimals, amounts below one with up to eight."""
    if abs(value) >= 1 or round(value, least) == round(value, _COIN_DECIMALS):
        return f"{value:.{least}f}"
    text = f"{value:.{_COIN_DECIMALS}f}".rstrip("0")
    return text.ljust(len(text.split(".")[0]) + 1 + least, "0")


def start(*about_the_market: str) -> str:
    """Greet at the start of a run and say where the prices come from."""
    return " ".join(("Oh hi!", *about_the_market))


def finish(nav: float, trades: int) -> str:
    """Sum the run up at its end."""
    return f"Bye! Trades={trades} NAV={fixed(nav, 2)}"


def expiration_selected(alias: str, expiration: str, days: int, target: float) -> str:
    """Say which expiration an alias found."""
    return f"Expiration '{alias}'='{expiration}' with DTE={days} is selected by DTE {target:g}"


def leg_selected(leg: str, alias: str, contract: OptionContract, qty: float) -> str:
    """Say which contract a leg found."""
    return f"Leg '{leg}' with expiration '{alias}' set to '{contract}' with Qty={qty:g}"


def trade(leg: str, contract: OptionContract, qty: float, price: float) -> str:
    """Describe a fill; observed for EntryTrade."""
    return f"Leg='{leg}' Contract='{contract}' Qty={qty:g} FillPrice={fixed(price, 4)}"


def settlement(
    leg: str, contract: OptionContract, qty: float, price: float, underlying: float
) -> str:
    """Describe the settlement of a leg at its intrinsic value."""
    return (
        f"Leg='{leg}' Contract='{contract}' Qty={qty:g} SettlementPrice={fixed(price, 4)} "
        f"Underlying={underlying:.2f}"
    )


def variable_set(name: str, value: float, statement: str) -> str:
    """Say what a variable was set to."""
    return f"Variable '{name}' set to '{fixed(value, 2)}' by statement: '{statement}'"


def days_in_trade(days: int) -> str:
    """Count the whole days in trade at the end of a day."""
    return f"DIT={days}"


def condition_met(condition: str) -> str:
    """Name the entry condition that holds, in the wording of AdjustmentSignal."""
    return f"Condition met: '{condition}'"


def aborted(condition: str) -> str:
    """Name the abort condition that holds."""
    return f"Abort condition met: '{condition}'"


def no_expiration(alias: str, target: float, low: float | None, high: float | None) -> str:
    """Say that no expiration is left for an alias."""
    return f"No expiration for '{alias}' with DTE {target:g}{_between(low, high)}"


def expiration_reused(alias: str, other: str, expiration: str) -> str:
    """Say that two aliases mean one expiration although the definition forbids it."""
    return f"Expiration '{alias}'='{expiration}' is already used by '{other}'"


def zero_quantity(leg: str) -> str:
    """Say that a quantity came out as zero."""
    return f"Qty of leg '{leg}' is 0"


def strike_not_found(leg: str, alias: str, selector: str, statement: str) -> str:
    """Say that no contract is left for a leg."""
    return f"Leg '{leg}' with expiration '{alias}': no strike found for {selector} '{statement}'"


def price_zero(leg: str, contract: OptionContract) -> str:
    """Point at a fill whose price is zero."""
    return f"Leg='{leg}' Contract='{contract}' Price is 0"


def adjustment_signal(condition: str, count: int) -> str:
    """Name the condition of an adjustment that holds; observed."""
    return f"Condition met: '{condition}'. Adjustment count: '{count}'"


def leg_removed(leg: str, contract: OptionContract, qty: float) -> str:
    """Say that an adjustment closes a leg."""
    return f"Remove leg '{leg}': '{contract}' with Qty={qty:g}"


def leg_moved(leg: str, old: OptionContract, new: OptionContract) -> str:
    """Say where an adjustment moves a leg."""
    return f"Move leg '{leg}' from '{old}' to '{new}'"


def leg_stays(leg: str, contract: OptionContract) -> str:
    """Say that a leg is where it should be moved to."""
    return f"Leg '{leg}' stays at '{contract}'"


def leg_added(leg: str, contract: OptionContract, qty: float) -> str:
    """Say that an adjustment opens a leg."""
    return f"Add leg '{leg}': '{contract}' with Qty={qty:g}"


def no_open_leg(legs: Sequence[str]) -> str:
    """Say that there is nothing to remove or move."""
    return f"{', '.join(map(repr, legs))}: no such leg is open"


def leg_is_open(leg: str) -> str:
    """Say that a leg cannot be added, because it is there."""
    return f"Leg '{leg}' is open already"


def no_contract(leg: str) -> str:
    """Say that an adjustment found no contract for a leg."""
    return f"No strike found for leg '{leg}'"


def no_expiration_yet(alias: str) -> str:
    """Say that an alias stands for nothing yet."""
    return f"Expiration '{alias}' has not been chosen for this position"


def expiration_is_over(alias: str) -> str:
    """Say that the expiration of an alias does not trade any more."""
    return f"Expiration '{alias}' does not trade any more"


def no_session(symbol: str, date: dt.date) -> str:
    """Say that a session has no quotes at all."""
    return f"No quotes of {symbol} on {date.isoformat()}"


def no_quotes(leg: str, contract: OptionContract, sessions: int) -> str:
    """Say for how long a leg has had no quote."""
    return f"Leg='{leg}' Contract='{contract}' has no quotes, sessions={sessions}"


def exit_signal(reason: ExitReason, detail: str) -> str:
    """Say why a position is about to be closed; begins with the reason's word."""
    return f"{reason.value}: {detail}"


def _between(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    return f" within {'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"
