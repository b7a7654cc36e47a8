"""Groups of positions, by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from xlmeso.measures.round_trips import RoundTrip
from xlmeso.measures.trade_groups import (
    by_days,
    by_exit_reason,
    by_exit_rule,
    by_iv_rank,
    by_month,
    by_weekday,
    by_year,
    group_trades,
)
from xlmeso.measures.trade_log import COLUMNS, trade_log
from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.model.events import TradeEvent

PUT = OptionContract("SPX", "SPXW", dt.date(2020, 2, 28), Decimal(3000), OptionType.PUT)
CALL = OptionContract("SPX", "SPXW", dt.date(2020, 2, 28), Decimal(3400), OptionType.CALL)


def trip(
    day: int, hours: float | None, pnl: str | None, reason: str = "", rank: str | None = None
) -> RoundTrip:
    opened = dt.datetime(2020, 1, day, 12)
    closed = None if hours is None else opened + dt.timedelta(hours=hours)
    return RoundTrip(
        day, opened, closed, 1, 2, Decimal(200), Decimal(50), None if pnl is None else Decimal(pnl),
        Decimal(-30), Decimal(60), 0, reason, "",
        entry_iv_rank=None if rank is None else Decimal(rank),
    )  # fmt: skip


TRIPS = [
    trip(6, 12, "100", "ProfitTarget", "5"),  # Monday
    trip(7, 24, "-40", "StopLoss", "10"),  # Tuesday
    trip(13, 72, "0", "ProfitTarget", "99"),  # Monday
    trip(14, None, "500", "", "50"),  # still open
    trip(15, 24, None, "Settlement"),  # P&L not known
    trip(16, 24 * 60, "-10", ""),  # Thursday, closed on 16 March
]


def test_exit_reasons_come_by_their_pnl() -> None:
    target, unknown, stop = group_trades(TRIPS, by_exit_reason)
    assert (target.label, target.count, target.wins, target.pnl) == ("ProfitTarget", 2, 1, 100)
    assert (target.average, target.best, target.worst) == (50, 100, 0)
    assert target.win_rate == 0.5
    assert target.profit_factor is None  # nothing was lost
    assert target.average_days == 1.75  # half a day and three
    assert (stop.label, stop.profit_factor) == ("StopLoss", 0)
    assert unknown.label == "(not told)"


def test_exit_rules_tell_conditions_apart() -> None:
    trips = [
        replace(trip(6, 12, "1", "Condition"), exit_message="Condition: 'abs(pos_delta) > 30'"),
        replace(trip(7, 12, "2", "Condition"), exit_message="Condition: 'x: y'"),
        replace(trip(8, 12, "4", "Condition"), exit_message="Condition"),
        replace(trip(9, 12, "8", "StopLoss"), exit_message="StopLoss: PnL=-5.00 reached -4.00"),
    ]
    found = {group.label: group.pnl for group in group_trades(trips, by_exit_rule)}
    assert found == {"abs(pos_delta) > 30": 1, "x: y": 2, "Condition": 4, "StopLoss": 8}


def test_open_positions_and_those_without_a_result_do_not_count() -> None:
    assert sum(group.count for group in group_trades(TRIPS, by_weekday)) == 4


def test_weekdays_months_and_buckets_keep_their_order() -> None:
    assert [group.label for group in group_trades(TRIPS, by_weekday)] == [
        "Monday", "Tuesday", "Thursday"
    ]  # fmt: skip
    assert [group.label for group in group_trades(TRIPS, by_month)] == ["January"]
    assert [group.label for group in group_trades(TRIPS, by_year)] == ["2020"]
    assert [(group.label, group.count) for group in group_trades(TRIPS, by_days)] == [
        ("below 1 day", 1), ("1 to 3 days", 1), ("3 to 7 days", 1), ("60 days and more", 1)
    ]  # fmt: skip
    assert [group.label for group in group_trades(TRIPS, by_iv_rank)] == [
        "0 to 10", "10 to 25", "75 to 100", "(not told)"
    ]  # fmt: skip


def test_no_position_makes_no_group() -> None:
    assert group_trades([], by_exit_reason) == []


def test_trade_log_has_option_omega_s_columns_and_units() -> None:
    closed = RoundTrip(
        3, dt.datetime(2020, 1, 6, 9, 35), dt.datetime(2020, 1, 7, 15, 45), 2, 4,
        credit=Decimal("370.00"), cash_flow=Decimal("110.00"), pnl=Decimal("104.00"),
        lowest=Decimal("-50"), highest=Decimal("120"), adjustments=0, exit_reason="ProfitTarget",
        exit_message="", sets=Decimal(2), contracts=Decimal(4), traded=Decimal(8),
        entry_underlying=Decimal("3246.28"), exit_underlying=Decimal("3237.18"),
        nav_after=Decimal("10104"), opening=(
            TradeEvent(0, PUT, Decimal("2.5"), Decimal(-4)),
            TradeEvent(1, CALL, Decimal(1), Decimal(2)),
        ),
    )  # fmt: skip
    (row,) = trade_log([closed, trip(14, None, None)], "My strategy")
    told = dict(zip(COLUMNS, row, strict=True))
    assert len(COLUMNS) == 26
    assert told["Date Opened"] == dt.date(2020, 1, 6)
    assert told["Time Closed"] == dt.time(15, 45)
    assert told["Legs"] == "2 Feb 28 3000 P STO 2.50 | 1 Feb 28 3400 C BTO 1.00"
    assert told["Premium"] == 185  # 370 for two sets
    assert told["Avg. Closing Cost"] == -130  # 110 - 370 for two sets
    assert (told["P/L"], told["P/L %"]) == (104, pytest.approx(Decimal("28.11")))  # 104 / 370
    assert (told["No. of Contracts"], told["Strategy"]) == (2, "My strategy")
    assert told["Opening Commissions + Fees"] == 6
    assert (told["Max Profit"], told["Max Loss"]) == (Decimal("32.43"), Decimal("-13.51"))
    assert told["Opening VIX"] is None
    (row,) = trade_log([closed], "x", {dt.datetime(2020, 1, 6, 9, 35): 13.85}.get)
    told = dict(zip(COLUMNS, row, strict=True))
    assert (told["Opening VIX"], told["Closing VIX"]) == (13.85, None)
