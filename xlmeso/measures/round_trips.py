"""Positions rebuilt from the blotter: from the first fill to the last, with what came of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from xlmeso.model.events import BlotterEvent, BlotterEventType, TradeEvent

FILLS: Final = frozenset(
    {BlotterEventType.ENTRY_TRADE, BlotterEventType.EXIT_TRADE, BlotterEventType.SETTLEMENT}
)
"""Event types that carry a fill."""

POSITION_PNL: Final = "pos_pnl"
"""Script variable: profit and loss of the position in money (reference section 3.2)."""

POSITION_DELTA: Final = "pos_delta"
POSITION_MARGIN: Final = "pos_margin"
IV_RANK: Final = "underlying_iv_rank"
UNDERLYING: Final = "underlying_price"
"""Further script variables that say what a position looked like (reference section 3.2)."""

VARIABLES: Final = (POSITION_PNL, POSITION_DELTA, POSITION_MARGIN, IV_RANK, UNDERLYING)
"""All script variables that round trips are made of."""

_NONE: Final = Decimal(0)


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
    contracts
        Contracts that the fills at the opening traded, all legs together, without sign.
    sets
        Smallest quantity among the fills at the opening, without sign: how many times the
        position's smallest unit was opened.
    traded
        Contracts of all fills without sign; settlements are none.
    dte
        Whole days from the opening to the nearest expiration of the contracts opened then.
    entry_delta
        `POSITION_DELTA` after the last fill at the opening: contract delta x 100 x quantity.
    entry_iv_rank
        `IV_RANK` then, 0 to 100.
    entry_underlying, exit_underlying
        `UNDERLYING` at the opening and at the close.
    max_margin
        Largest `POSITION_MARGIN` while it was open, money; None where margin is not recorded.
    nav_before
        NAV just before the position was opened: that of its first fill less its P&L then.
    nav_after
        NAV at the position's last event, money.
    opening
        The fills at the opening, in their order.
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
    contracts: Decimal = _NONE
    sets: Decimal = Decimal(1)
    traded: Decimal = _NONE
    dte: int | None = None
    entry_delta: Decimal | None = None
    entry_iv_rank: Decimal | None = None
    entry_underlying: Decimal | None = None
    exit_underlying: Decimal | None = None
    max_margin: Decimal | None = None
    nav_before: Decimal | None = None
    nav_after: Decimal | None = None
    opening: tuple[TradeEvent, ...] = ()

    @property
    def legs_text(self) -> str:
        """The contracts opened, in words: ``-1 SPXW 2020-02-28 3000 Put``, `` | `` between."""
        return " | ".join(map(_in_words, self.opening))

    @property
    def costs(self) -> Decimal | None:
        """Commission and fees of a closed position in money: gross profit less P&L."""
        if self.closed is None or self.pnl is None:
            return None
        return self.cash_flow - self.pnl

    @property
    def return_on_margin(self) -> Decimal | None:
        """P&L as a fraction of the largest margin (reference section 4.5)."""
        if self.pnl is None or not self.max_margin:
            return None
        return self.pnl / self.max_margin

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
        return _NONE
    return -trade.price * trade.qty * trade.contract.multiplier


def _round_trip(number: int, events: Sequence[BlotterEvent]) -> RoundTrip | None:
    fills = [event for event in events if event.event_type in FILLS and event.trade is not None]
    opened = fills[0].sim_time if fills else None
    if opened is None:
        return None
    closed = fills[-1].sim_time if _is_flat(fills) else None
    values = _values(events, fills[0])
    flow = sum((cash_flow(event) for event in fills), _NONE)
    reason, message = _exit(events, fills, closed)
    return RoundTrip(
        position_id=number,
        opened=opened,
        closed=closed,
        legs=len({event.trade.contract for event in fills if event.trade is not None}),
        fills=len(fills),
        credit=sum((cash_flow(event) for event in fills if event.sim_time == opened), _NONE),
        cash_flow=flow,
        pnl=values[-1] if values else (flow if closed is not None else None),
        lowest=min(values, default=None),
        highest=max(values, default=None),
        adjustments=_count(events, BlotterEventType.ADJUSTMENT_SIGNAL),
        exit_reason=reason,
        exit_message=message,
        **_circumstances(events, fills, opened, closed),
    )


def _circumstances(
    events: Sequence[BlotterEvent],
    fills: Sequence[BlotterEvent],
    opened: dt.datetime,
    closed: dt.datetime | None,
) -> dict[str, Any]:
    """Say what the position and the market looked like at the opening and at the close."""
    first = [event for event in fills if event.sim_time == opened]
    trades = [event.trade for event in first if event.trade is not None]
    entry, last = first[-1].variables, fills[-1].variables
    margins = (event.variables.get(POSITION_MARGIN) for event in events)
    before = first[0].variables.get(POSITION_PNL)
    return {
        "contracts": sum((abs(trade.qty) for trade in trades), _NONE),
        "sets": min((abs(trade.qty) for trade in trades if trade.qty), default=Decimal(1)),
        "traded": sum((_traded(event) for event in fills), _NONE),
        "dte": min((trade.contract.expiration - opened.date()).days for trade in trades),
        "entry_delta": entry.get(POSITION_DELTA),
        "entry_iv_rank": entry.get(IV_RANK),
        "entry_underlying": entry.get(UNDERLYING),
        "exit_underlying": None if closed is None else last.get(UNDERLYING),
        "max_margin": max((value for value in margins if value is not None), default=None),
        "nav_before": None if before is None or first[0].nav is None else first[0].nav - before,
        "nav_after": events[-1].nav,
        "opening": tuple(trades),
    }


def _traded(event: BlotterEvent) -> Decimal:
    if event.trade is None or event.event_type == BlotterEventType.SETTLEMENT:
        return _NONE
    return abs(event.trade.qty)


def _in_words(trade: TradeEvent) -> str:
    contract = trade.contract
    return (
        f"{trade.qty:+f} {contract.root} {contract.expiration:%Y-%m-%d} "
        f"{contract.strike:f} {contract.type.value}"
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
            held[contract] = held.get(contract, _NONE) + event.trade.qty
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
