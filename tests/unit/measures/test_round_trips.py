"""Positions rebuilt from a blotter that was written by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from xlmeso.measures.round_trips import round_trips
from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.model.events import BlotterEvent, TradeEvent

PUT = OptionContract("SPX", "SPXW", dt.date(2020, 2, 28), Decimal(3000), OptionType.PUT, 100)
CALL = OptionContract("SPX", "SPXW", dt.date(2020, 2, 28), Decimal(3400), OptionType.CALL, 100)


def event(
    kind: str,
    day: int,
    position: int | None = 0,
    fill: tuple[OptionContract, str, int] | None = None,
    pnl: str | None = None,
    message: str = "",
) -> BlotterEvent:
    time = dt.datetime(2020, 1, day, 12)
    trade = None if fill is None else TradeEvent(0, fill[0], Decimal(fill[1]), Decimal(fill[2]))
    variables = {} if pnl is None else {"pos_pnl": Decimal(pnl)}
    return BlotterEvent(
        time, time, kind, message, True, None, None, 0, 0, 0, trade, variables, position
    )


STRANGLE = [
    event("Start", 1, None, message="Oh hi!"),
    event("EntrySignal", 2),
    event("EntryTrade", 2, fill=(PUT, "10.50", -2), pnl="-5"),
    event("EntryTrade", 2, fill=(CALL, "8.00", -2), pnl="-10"),
    event("EndOfDay", 3, pnl="-400"),
    event("EndOfDay", 6, pnl="950"),
    event("ExitSignal", 8, pnl="900", message="ProfitTarget: PnL=900 reached 850"),
    event("ExitTrade", 8, fill=(PUT, "6.00", 2), pnl="895"),
    event("ExitTrade", 8, fill=(CALL, "7.95", 2), pnl="890"),
]


def test_closed_position_has_times_money_extremes_and_reason() -> None:
    (trip,) = round_trips(STRANGLE)
    assert (trip.position_id, trip.legs, trip.fills) == (0, 2, 4)
    assert (trip.opened.day, trip.closed and trip.closed.day, trip.days) == (2, 8, 6.0)
    assert trip.credit == 2 * 100 * (Decimal("10.50") + Decimal("8.00"))
    assert trip.cash_flow == 2 * 100 * (Decimal("10.50") - 6 + 8 - Decimal("7.95"))
    assert trip.pnl == 890  # after costs, as the service counts
    assert (trip.lowest, trip.highest) == (-400, 950)
    assert (trip.exit_reason, trip.exit_message) == (
        "ProfitTarget",
        "ProfitTarget: PnL=900 reached 850",
    )


def test_position_that_is_still_open_has_no_end() -> None:
    (trip,) = round_trips(STRANGLE[:5])
    assert trip.closed is None
    assert trip.days is None
    assert trip.pnl == -400
    assert trip.exit_reason == ""


def test_settlement_closes_a_position_and_profit_is_the_cash_without_variables() -> None:
    (trip,) = round_trips(
        [
            event("EntryTrade", 2, fill=(PUT, "5", 1)),
            event("Settlement", 9, fill=(PUT, "12", -1)),
        ]
    )
    assert trip.exit_reason == "Settlement"
    assert trip.pnl == trip.cash_flow == 700


def test_adjustments_are_counted_and_positions_come_in_order() -> None:
    events = [
        event("EntryTrade", 5, position=3, fill=(PUT, "1", 1)),
        event("EntryTrade", 2, position=1, fill=(CALL, "1", 1)),
        event("AdjustmentSignal", 6, position=3),
        event("ExitTrade", 6, position=3, fill=(PUT, "1", -1)),
        event("EntryTrade", 6, position=3, fill=(CALL, "1", 1)),
        # One that only updates variables is none (local service's rule, StratAdjustmentCnt).
        event("AdjustmentSignal", 7, position=3),
        event("VariableSet", 7, position=3),
    ]
    trips = round_trips(events)
    assert [trip.position_id for trip in trips] == [1, 3]
    assert [trip.adjustments for trip in trips] == [0, 1]


def test_signals_without_a_fill_are_no_position() -> None:
    assert round_trips([event("EntrySignal", 2), event("EntryAborted", 2)]) == []


def test_position_that_an_adjustment_removed_names_it() -> None:
    signal = "Condition met: 'pos_pnl > 5'. Adjustment count: '0'"
    (trip,) = round_trips(
        [
            event("EntryTrade", 2, fill=(PUT, "1", 1)),
            event("AdjustmentSignal", 3, message=signal),
            event("AdjustmentDetail", 3),
            event("ExitTrade", 3, fill=(PUT, "2", -1)),
        ]
    )
    assert (trip.exit_reason, trip.exit_message, trip.adjustments) == ("Adjustment", signal, 1)


def test_position_that_reached_its_most_adjustments_keeps_the_exit_signal() -> None:
    (trip,) = round_trips(
        [
            event("EntryTrade", 2, fill=(PUT, "1", 1)),
            event("AdjustmentSignal", 3),
            event("ExitSignal", 3, message="MaxAdjustmentCount: 0 adjustments are the most"),
            event("ExitTrade", 3, fill=(PUT, "2", -1)),
        ]
    )
    assert (trip.exit_reason, trip.adjustments) == ("MaxAdjustmentCount", 0)


def test_settlement_after_an_adjustment_is_a_settlement() -> None:
    (trip,) = round_trips(
        [
            event("EntryTrade", 2, fill=(PUT, "1", 1)),
            event("AdjustmentSignal", 3),
            event("EntryTrade", 3, fill=(CALL, "1", 1)),
            event("Settlement", 28, fill=(PUT, "0", -1)),
            event("Settlement", 28, fill=(CALL, "0", -1)),
        ]
    )
    assert (trip.exit_reason, trip.adjustments) == ("Settlement", 1)
