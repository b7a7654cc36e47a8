"""Blotter events as the service delivers them (reference section 5)."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from xlmeso.model.contracts import OptionContract


class BlotterEventType(enum.StrEnum):
    """Event types that the reference knows; a reader must accept others too."""

    START = "Start"
    FINISH = "Finish"
    FAILED = "Failed"
    ENTRY_SIGNAL = "EntrySignal"
    ENTRY_ABORTED = "EntryAborted"
    EXIT_SIGNAL = "ExitSignal"
    ADJUSTMENT_SIGNAL = "AdjustmentSignal"
    ADJUSTMENT_DETAIL = "AdjustmentDetail"
    ADJUSTMENT_ABORTED = "AdjustmentAborted"
    EXPIRATION_SELECTED = "ExpirationSelected"
    LEG_SELECTED = "LegSelected"
    VARIABLE_SET = "VariableSet"
    INDICATOR_INITIALIZED = "IndicatorInitialized"
    INDICATOR_FAILED = "IndicatorFailed"
    ENTRY_TRADE = "EntryTrade"
    EXIT_TRADE = "ExitTrade"
    SETTLEMENT = "Settlement"
    PRICE_ZERO = "PriceZero"
    STRIKE_NOT_FOUND = "StrikeNotFound"
    MISSING_DATA = "MissingData"
    END_OF_DAY = "EndOfDay"


@dataclass(frozen=True, slots=True)
class TradeEvent:
    """The fill of one leg: price in points (never negative), quantity signed (+ buys)."""

    trade_id: int
    contract: OptionContract
    price: Decimal
    qty: Decimal


@dataclass(frozen=True, slots=True)
class BlotterEvent:
    """One row of the blotter.

    Attributes
    ----------
    event_time
        Wall clock of the simulating machine.
    sim_time
        Simulated exchange-local time without a zone, or None.
    event_type
        One of `BlotterEventType`'s texts, or a newer one that we do not know.
    message
        The service's sentence.
    invested
        Whether a position is open.
    nav, pnl
        Net asset value and running profit and loss in money, or None.
    trade_cnt, settlement_cnt, open_leg_cnt
        Counts so far.
    trade
        The fill, for trade and settlement events.
    variables
        All script variables at that moment.
    position_id
        Position, counted from 0, or None.
    """

    event_time: dt.datetime
    sim_time: dt.datetime | None
    event_type: str
    message: str
    invested: bool
    nav: Decimal | None
    pnl: Decimal | None
    trade_cnt: int
    settlement_cnt: int
    open_leg_cnt: int
    trade: TradeEvent | None = None
    variables: Mapping[str, Decimal | None] = field(default_factory=dict)
    position_id: int | None = None
