"""Positions rebuilt from the blotter: from the first fill to the last, with what came of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from xlmeso.model.events import BlotterEvent, BlotterEventType

FILLS: Final = frozenset(
    {BlotterEventType.ENTRY_TRADE, BlotterEventType.EXIT_TRADE, BlotterEventType.SETTLEMENT}
)
"""Event types that carry a fill."""

POSITION_PNL: Final = "pos_pnl"
"""Script variable: profit and loss of the position in money (reference section 3.2)."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One position.

    Attributes
    ----------
    position_id
        The service's number, counted from 0.
    opened, closed
        Simulated time of the first fill and of the one that closed the last contract; ``closed``
        is None for a position that is still open.
    legs
        Contracts that were traded.
    fills
        Fills, settlements included.
    credit
        Money that the fills at the opening brought (+) or cost (-), before commission.
    cash_flow
        Money that all fills brought, before commission; of a closed position its gross profit.
    pnl
        Profit and loss in money as the service counts it, after costs (`POSITION_PNL` of the
        position's last event); where it does not tell, the gross profit of a closed position.
    lowest, highest
        Extremes of `POSITION_PNL` over the position's events (adverse and favourable excursion as
        far as the blotter tells: signals, fills and ends of days), or None.
    adjustments
        Adjustments that were carried out.
    exit_reason
        Word before the colon in the exit signal (``ProfitTarget``), ``Settlement`` for a position
        that ended by settlement alone, or an empty text.
    exit_message
        The whole exit signal.
    """

    position_id: int
    opened: dt.datetime
    closed: dt.datetime | None
    legs: int
    fills: int
    credit: Decimal
    cash_flow: Decimal
    pnl: Decimal | None
    lowest: Decimal | None
    highest: Decimal | None
    adjustments: int
    exit_reason: str
    exit_message: str

    @property
    def days(self) -> float | None:
        """Calendar days from the opening to the close, with fractions."""
        if self.closed is None:
            return None
        return (self.closed - self.opened).total_seconds() / 86_400


def round_trips(events: Iterable[BlotterEvent]) -> list[RoundTrip]:
    """Rebuild the positions of a run from its blotter, in the order of their numbers.

    Events without a position or before its first fill tell nothing; a position that was never
    filled is none.
    """
    found: dict[int, list[BlotterEvent]] = {}
    for event in events:
        if event.position_id is not None:
            found.setdefault(event.position_id, []).append(event)
    trips = (_round_trip(number, found[number]) for number in sorted(found))
    return [trip for trip in trips if trip is not None]


def cash_flow(event: BlotterEvent) -> Decimal:
    """Money that a fill brings (+) or costs (-), before commission: -price x qty x multiplier.

    Assumption: a settlement carries the quantity of the closing trade (-1 for a long contract), as
    exits do; the service's convention is not documented.
    """
    trade = event.trade
    if trade is None or event.event_type not in FILLS:
        return Decimal(0)
    return -trade.price * trade.qty * trade.contract.multiplier


def _round_trip(number: int, events: Sequence[BlotterEvent]) -> RoundTrip | None:
    fills = [event for event in events if event.event_type in FILLS and event.trade is not None]
    opened = fills[0].sim_time if fills else None
    if opened is None:
        return None
    closed = fills[-1].sim_time if _is_flat(fills) else None
    values = _values(events, fills[0])
    flow = sum((cash_flow(event) for event in fills), Decimal(0))
    reason, message = _exit(events, fills, closed)
    return RoundTrip(
        position_id=number,
        opened=opened,
        closed=closed,
        legs=len({event.trade.contract for event in fills if event.trade is not None}),
        fills=len(fills),
        credit=sum((cash_flow(event) for event in fills if event.sim_time == opened), Decimal(0)),
        cash_flow=flow,
        pnl=values[-1] if values else (flow if closed is not None else None),
        lowest=min(values, default=None),
        highest=max(values, default=None),
        adjustments=_count(events, BlotterEventType.ADJUSTMENT_SIGNAL),
        exit_reason=reason,
        exit_message=message,
    )


def _values(events: Sequence[BlotterEvent], first: BlotterEvent) -> list[Decimal]:
    """Return the position's P&L from its first fill on, where events tell it."""
    after = events[events.index(first) :]
    values = (event.variables.get(POSITION_PNL) for event in after)
    return [value for value in values if value is not None]


def _is_flat(fills: Sequence[BlotterEvent]) -> bool:
    """Whether the quantities of every contract add up to nothing."""
    held: dict[object, Decimal] = {}
    for event in fills:
        if event.trade is not None:
            contract = event.trade.contract
            held[contract] = held.get(contract, Decimal(0)) + event.trade.qty
    return not any(held.values())


def _exit(
    events: Sequence[BlotterEvent], fills: Sequence[BlotterEvent], closed: dt.datetime | None
) -> tuple[str, str]:
    signals = [event for event in events if event.event_type == BlotterEventType.EXIT_SIGNAL]
    if signals:
        message = signals[-1].message
        return message.partition(":")[0].strip(), message
    if closed is not None and fills[-1].event_type == BlotterEventType.SETTLEMENT:
        return "Settlement", fills[-1].message
    return "", ""


def _count(events: Sequence[BlotterEvent], kind: BlotterEventType) -> int:
    return sum(event.event_type == kind for event in events)
