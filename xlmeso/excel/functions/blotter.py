"""The blotter and what is rebuilt from it: MESO_EVENTS and MESO_TRADES."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.app.formulas.policy import Kind
from xlmeso.excel.arguments import Arguments
from xlmeso.excel.functions.common import (
    Table,
    chosen_columns,
    one_run,
    results_for,
    table,
)
from xlmeso.measures.round_trips import FILLS, RoundTrip, cash_flow, round_trips
from xlmeso.model.events import BlotterEvent, BlotterEventType, TradeEvent
from xlmeso.model.nearest import did_you_mean
from xlmeso.sheets.cells import MAX_ROWS

_Read = Callable[[BlotterEvent], Any]


def _of_trade(read: Callable[[TradeEvent], Any]) -> _Read:
    return lambda event: None if event.trade is None else read(event.trade)


EVENT_COLUMNS: Final[dict[str, _Read]] = {
    "SimTime": lambda event: event.sim_time,
    "EventType": lambda event: event.event_type,
    "PositionId": lambda event: event.position_id,
    "Message": lambda event: event.message,
    "NAV": lambda event: event.nav,
    "PnL": lambda event: event.pnl,
    "TradeCnt": lambda event: event.trade_cnt,
    "SettlementCnt": lambda event: event.settlement_cnt,
    "OpenLegCnt": lambda event: event.open_leg_cnt,
    "TradeId": _of_trade(lambda trade: trade.trade_id),
    "Underlying": _of_trade(lambda trade: trade.contract.underlying),
    "Root": _of_trade(lambda trade: trade.contract.root),
    "Type": _of_trade(lambda trade: trade.contract.type.value),
    "Expiration": _of_trade(lambda trade: trade.contract.expiration),
    "Strike": _of_trade(lambda trade: trade.contract.strike),
    "Price": _of_trade(lambda trade: trade.price),
    "Qty": _of_trade(lambda trade: trade.qty),
    "Cash flow": lambda event: cash_flow(event) if event.event_type in FILLS else None,
}
"""Columns of MESO_EVENTS under the service's names; script variables can be named besides."""

TRADE_COLUMNS: Final[dict[str, Callable[[RoundTrip], Any]]] = {
    "Position": lambda trip: trip.position_id,
    "Opened": lambda trip: trip.opened,
    "Closed": lambda trip: trip.closed,
    "Days": lambda trip: trip.days,
    "Legs": lambda trip: trip.legs,
    "Fills": lambda trip: trip.fills,
    "Credit": lambda trip: trip.credit,
    "Cash flow": lambda trip: trip.cash_flow,
    "P&L": lambda trip: trip.pnl,
    "Lowest P&L": lambda trip: trip.lowest,
    "Highest P&L": lambda trip: trip.highest,
    "Adjustments": lambda trip: trip.adjustments,
    "Exit reason": lambda trip: trip.exit_reason,
    "Exit message": lambda trip: trip.exit_message,
}
"""Columns of MESO_TRADES; see `xlmeso.measures.round_trips.RoundTrip`."""


def events(
    backtest: Any,
    event_type: Any = None,
    since: Any = None,
    up_to: Any = None,
    columns: Any = None,
    headers: Any = None,
    options: Any = None,
) -> Table:
    """Return the blotter; filtered here, because the service reads all of it for any filter."""
    arguments = Arguments(
        {
            "event_type": event_type, "since": since, "up_to": up_to,
            "columns": columns, "headers": headers,
        },
        options,
    )  # fmt: skip
    results = results_for(arguments)
    run = one_run(results, backtest)
    answer = results.get(Kind.EVENTS, run)
    found = _kept(answer.value, arguments)
    names = {name for event in answer.value for name in event.variables}
    wanted = chosen_columns(
        tuple(EVENT_COLUMNS), arguments.texts("columns"), lambda name: _variable(name, names)
    )
    if len(found) > MAX_ROWS - 2:
        raise ArgumentError(
            f"{len(found):,} events do not fit on a sheet.",
            cure="Ask for a shorter time or one event type.",
        )
    readers = [EVENT_COLUMNS.get(title) or _reader(title) for title in wanted]
    rows = [[read(event) for read in readers] for event in found]
    return table(wanted, rows, arguments, answer, run)


def trades(backtest: Any, columns: Any = None, headers: Any = None, options: Any = None) -> Table:
    """Return a row for each position."""
    arguments = Arguments({"columns": columns, "headers": headers}, options)
    results = results_for(arguments)
    run = one_run(results, backtest)
    answer = results.derived(Kind.EVENTS, run, "round trips", round_trips)
    wanted = chosen_columns(tuple(TRADE_COLUMNS), arguments.texts("columns"))
    readers = [TRADE_COLUMNS[title] for title in wanted]
    rows = [[read(trip) for read in readers] for trip in answer.value]
    return table(wanted, rows, arguments, answer, run)


def _kept(found: Sequence[BlotterEvent], arguments: Arguments) -> list[BlotterEvent]:
    types = _types(arguments.texts("event_type"), found)
    start = arguments.moment("since")
    end = arguments.moment("up_to", end_of_day=True)
    return [
        event
        for event in found
        if (not types or event.event_type.casefold() in types) and _within(event, start, end)
    ]


def _types(names: Sequence[str], found: Sequence[BlotterEvent]) -> set[str]:
    """Return the types that are wanted; a newer type that the blotter has is known as well."""
    known = {kind.value.casefold(): kind.value for kind in BlotterEventType}
    known |= {event.event_type.casefold(): event.event_type for event in found}
    for name in names:
        if name.casefold() not in known:
            there = ", ".join(sorted(known.values()))
            hint = did_you_mean(name, known.values())
            raise ArgumentError(
                f"there is no event type {name!r}.",
                cure=f"{hint + ' ' if hint else ''}There are {there}.",
            )
    return {name.casefold() for name in names}


def _within(event: BlotterEvent, start: dt.datetime | None, end: dt.datetime | None) -> bool:
    if start is None and end is None:
        return True
    time = event.sim_time
    if time is None:
        return False
    return (start is None or start <= time) and (end is None or time <= end)


def _variable(name: str, names: set[str]) -> str | None:
    folded = {item.casefold(): item for item in names}
    return folded.get(name.casefold())


def _reader(name: str) -> _Read:
    return lambda event: event.variables.get(name)
