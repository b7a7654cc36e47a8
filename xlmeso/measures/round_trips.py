"""Positions rebuilt from the blotter: from the first fill to the last, with what came of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from xlmeso.model.contracts import OptionContract
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
        Adjustments that were carried out: those whose signal was followed by a fill.
    exit_reason
        Word before the colon in the exit signal (``ProfitTarget``), ``Settlement`` for a position
        that ended by settlement alone, ``Adjustment`` where one removed the last leg, or an empty
        text.
    exit_message
        The whole exit signal, or that of the adjustment.
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
    filled is none.  The events are gone through once and not kept, but for the first and the last
    fills of each position.
    """
    found: dict[int, _Position] = {}
    for event in events:
        if event.position_id is not None:
            position = found.get(event.position_id)
            if position is None:
                position = found[event.position_id] = _Position(event.position_id)
            position.add(event)
    trips = (found[number].round_trip() for number in sorted(found))
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


@dataclass(slots=True)
class _Position:
    """What is known of a position after some of its events."""

    number: int
    opening: list[BlotterEvent] = field(default_factory=list)
    """Fills at the time of the first one."""
    last_fill: BlotterEvent | None = None
    held: dict[OptionContract, Decimal] = field(default_factory=dict)
    fills: int = 0
    credit: Decimal = _NONE
    cash_flow: Decimal = _NONE
    traded: Decimal = _NONE
    pnl: Decimal | None = None
    lowest: Decimal | None = None
    highest: Decimal | None = None
    max_margin: Decimal | None = None
    adjustments: int = 0
    adjusting: str | None = None
    """Signal of the adjustment that the fills belong to."""
    has_adjusted: bool = False
    """Whether that adjustment has traded; one that only updates variables never does."""
    signal: str | None = None
    nav_after: Decimal | None = None

    def add(self, event: BlotterEvent) -> None:
        """Take the next event of the position."""
        self.nav_after = event.nav
        margin = event.variables.get(POSITION_MARGIN)
        if margin is not None and (self.max_margin is None or margin > self.max_margin):
            self.max_margin = margin
        if event.event_type in FILLS and event.trade is not None:
            self._add_fill(event, event.trade)
        elif event.event_type == BlotterEventType.EXIT_SIGNAL:
            self.signal, self.adjusting = event.message, None
        elif event.event_type == BlotterEventType.ADJUSTMENT_SIGNAL:
            self.adjusting, self.has_adjusted = event.message, False
        if self.fills:
            self._add_value(event.variables.get(POSITION_PNL))

    def _add_fill(self, event: BlotterEvent, trade: TradeEvent) -> None:
        flow = cash_flow(event)
        if not self.opening or event.sim_time == self.opening[0].sim_time:
            self.opening.append(event)
            self.credit += flow
        self.last_fill = event
        if event.event_type == BlotterEventType.SETTLEMENT:
            self.adjusting = None
        elif self.adjusting is not None and not self.has_adjusted:
            self.has_adjusted = True
            self.adjustments += 1
        self.held[trade.contract] = self.held.get(trade.contract, _NONE) + trade.qty
        self.fills += 1
        self.cash_flow += flow
        self.traded += _traded(event)

    def _add_value(self, value: Decimal | None) -> None:
        if value is not None:
            self.pnl = value
            self.lowest = value if self.lowest is None else min(self.lowest, value)
            self.highest = value if self.highest is None else max(self.highest, value)

    def round_trip(self) -> RoundTrip | None:
        """Return the position as a whole, None if it was never filled."""
        opened = self.opening[0].sim_time if self.opening else None
        if opened is None or self.last_fill is None:
            return None
        closed = None if any(self.held.values()) else self.last_fill.sim_time
        flow = None if closed is None else self.cash_flow
        reason, message = self._exit(closed)
        return RoundTrip(
            position_id=self.number,
            opened=opened,
            closed=closed,
            legs=len(self.held),
            fills=self.fills,
            credit=self.credit,
            cash_flow=self.cash_flow,
            pnl=flow if self.pnl is None else self.pnl,
            lowest=self.lowest,
            highest=self.highest,
            adjustments=self.adjustments,
            exit_reason=reason,
            exit_message=message,
            traded=self.traded,
            max_margin=self.max_margin,
            nav_after=self.nav_after,
            **self._circumstances(self.last_fill, opened, closed),
        )

    def _circumstances(
        self, last_fill: BlotterEvent, opened: dt.datetime, closed: dt.datetime | None
    ) -> dict[str, Any]:
        """Say what position and market looked like at the opening and at the close."""
        first = self.opening
        trades = [event.trade for event in first if event.trade is not None]
        entry, last = first[-1].variables, last_fill.variables
        before = first[0].variables.get(POSITION_PNL)
        return {
            "contracts": sum((abs(trade.qty) for trade in trades), _NONE),
            "sets": min((abs(trade.qty) for trade in trades if trade.qty), default=Decimal(1)),
            "dte": min((trade.contract.expiration - opened.date()).days for trade in trades),
            "entry_delta": entry.get(POSITION_DELTA),
            "entry_iv_rank": entry.get(IV_RANK),
            "entry_underlying": entry.get(UNDERLYING),
            "exit_underlying": None if closed is None else last.get(UNDERLYING),
            "nav_before": None if before is None or first[0].nav is None else first[0].nav - before,
            "opening": tuple(trades),
        }

    def _exit(self, closed: dt.datetime | None) -> tuple[str, str]:
        if self.signal is not None:
            return self.signal.partition(":")[0].strip(), self.signal
        last = self.last_fill
        if closed is not None and last and last.event_type == BlotterEventType.SETTLEMENT:
            return "Settlement", last.message
        if closed is not None and self.adjusting is not None and self.has_adjusted:
            return "Adjustment", self.adjusting
        return "", ""


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
