"""Positions in the column layout of Option Omega's trade log, which other tools read.

A small family of tools (options-trading-analyzer, oo-analytics and others) reads that CSV file.
The columns are those of its export of 2024 with ``P/L %``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from xlmeso.measures.round_trips import RoundTrip
from xlmeso.measures.trade_groups import MONTHS
from xlmeso.model.events import TradeEvent

COLUMNS: Final = (
    "Date Opened", "Time Opened", "Opening Price", "Legs", "Premium", "Closing Price",
    "Date Closed", "Time Closed", "Avg. Closing Cost", "Reason For Close", "P/L", "P/L %",
    "No. of Contracts", "Funds at Close", "Margin Req.", "Strategy", "Opening Commissions + Fees",
    "Closing Commissions + Fees", "Opening Short/Long Ratio", "Closing Short/Long Ratio",
    "Opening VIX", "Closing VIX", "Gap", "Movement", "Max Profit", "Max Loss",
)  # fmt: skip
"""Headings, in order."""

Row = tuple[Any, ...]


def trade_log(
    trips: Sequence[RoundTrip], strategy: str, vix_at: Callable[[dt.datetime], Any] | None = None
) -> list[Row]:
    """Return a row per closed position, in the order of `COLUMNS`; None is a blank.

    Prices and premiums are money per contract set (the layout's unit: points x multiplier), where
    the set is the smallest quantity opened, and ``Legs`` are the fills at the opening of one set.
    ``Opening Price`` and ``Closing Price`` are the underlying's.  ``Max Profit`` and ``Max Loss``
    are the best and the worst P&L seen as per cent of the premium.  Our positions do not tell the
    costs of opening and closing apart: all of them stand under the opening.  Gap, movement
    and ratios are not known and stay blank.

    Parameters
    ----------
    strategy
        What the column ``Strategy`` says.
    vix_at
        Gives the VIX at an exchange-local time, None where it is not known.
    """
    closed = [trip for trip in trips if trip.closed is not None]
    return [_row(trip, strategy, vix_at or _unknown) for trip in closed]


def _unknown(_moment: dt.datetime) -> None:
    return None


def _row(trip: RoundTrip, strategy: str, vix_at: Callable[[dt.datetime], Any]) -> Row:
    sets = trip.sets
    closing = trip.cash_flow - trip.credit
    found = {
        "Date Opened": trip.opened.date(),
        "Time Opened": trip.opened.time(),
        "Opening Price": trip.entry_underlying,
        "Legs": " | ".join(_leg(trade, sets) for trade in trip.opening),
        "Premium": trip.credit / sets,
        "Closing Price": trip.exit_underlying,
        "Date Closed": trip.closed.date() if trip.closed else None,
        "Time Closed": trip.closed.time() if trip.closed else None,
        "Avg. Closing Cost": closing / sets,
        "Reason For Close": trip.exit_reason or None,
        "P/L": trip.pnl,
        "P/L %": _share(trip.pnl, trip.credit),
        "No. of Contracts": sets,
        "Funds at Close": trip.nav_after,
        "Margin Req.": trip.max_margin,
        "Strategy": strategy,
        "Opening Commissions + Fees": trip.costs,
        "Closing Commissions + Fees": None if trip.costs is None else Decimal(0),
        "Opening VIX": vix_at(trip.opened),
        "Closing VIX": vix_at(trip.closed) if trip.closed else None,
        "Max Profit": _share(trip.highest, trip.credit),
        "Max Loss": _share(trip.lowest, trip.credit),
    }
    return tuple(found.get(title) for title in COLUMNS)


def _leg(trade: TradeEvent, sets: Decimal) -> str:
    """Write an opening fill as the layout does: ``1 Feb 28 2900 P STO 10.00``, per set."""
    contract = trade.contract
    kind, side = contract.type.value[0], "BTO" if trade.qty > 0 else "STO"
    day = f"{MONTHS[contract.expiration.month - 1][:3]} {contract.expiration.day}"
    return f"{abs(trade.qty) / sets:f} {day} {contract.strike:f} {kind} {side} {trade.price:.2f}"


def _share(part: Decimal | None, premium: Decimal) -> Decimal | None:
    """Return a P&L in per cent of the premium's size, to two decimals."""
    if part is None or not premium:
        return None
    return round(part / abs(premium) * 100, 2)
