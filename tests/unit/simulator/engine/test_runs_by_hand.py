"""Whole runs on the fake market, every number worked out by hand."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from fake_market import FakeMarket, Listed, definition, leg, run, weekdays

MONDAY = dt.date(2020, 1, 6)
DATES = weekdays(MONDAY, 15)  # 6..10, 13..17, 20..24 January
FEB_5 = Listed("SPXW", dt.date(2020, 2, 5))  # 30 days after the first Monday, beyond the period
JAN_17 = Listed("SPXW", dt.date(2020, 1, 17))

SHORT_PUT = leg("put", -1, "Put", StrikePrice=95)


def row(event: dict[str, object]) -> tuple[object, ...]:
    keys = ("SimTime", "EventType", "NAV", "PnL", "TradeCnt", "OpenLegCnt", "Invested")
    return tuple(event[key] for key in keys)


def test_short_put_with_time_exit_gives_events_in_the_documented_order() -> None:
    # Sold on Monday at 30 days x 0.10 = 3.00, bought back on Wednesday at 28 x 0.10 = 2.80.
    strategy = definition(
        legs=[SHORT_PUT],
        entry={"VarDefines": {"credit": "leg_put_price * 100"}},
        exit={"MaxDaysInTrade": 2, "ProfitTarget": "credit", "StopLoss": "profit_target * 2"},
        end="2020-01-08T23:59:59",
    )
    got = run(strategy, FakeMarket(DATES, 100.0, [FEB_5]))
    assert [row(event) for event in got.events] == [
        ("2020-01-01T00:00:00", "Start", 10000, None, 0, 0, False),
        ("2020-01-06T15:30:00", "ExpirationSelected", 10000, 0, 0, 0, False),
        ("2020-01-06T15:30:00", "LegSelected", 10000, 0, 0, 0, False),
        ("2020-01-06T15:30:00", "EntryTrade", 9998.5, -1.5, 0, 1, True),
        ("2020-01-06T15:30:00", "VariableSet", 9998.5, -1.5, 1, 1, True),
        ("2020-01-06T15:30:00", "VariableSet", 9998.5, -1.5, 1, 1, True),
        ("2020-01-06T15:30:00", "VariableSet", 9998.5, -1.5, 1, 1, True),
        ("2020-01-06T15:30:00", "EndOfDay", 9998.5, -1.5, 1, 1, True),
        ("2020-01-07T16:00:00", "EndOfDay", 10008.5, 8.5, 1, 1, True),
        ("2020-01-08T15:30:00", "ExitSignal", 10018.5, 18.5, 1, 1, True),
        ("2020-01-08T15:30:00", "ExitTrade", 10017, 17, 1, 0, False),
        ("2020-01-08T16:00:00", "Finish", 10017, 17, 1, 0, False),
    ]


def test_messages_follow_the_observed_patterns() -> None:
    strategy = definition(
        legs=[SHORT_PUT],
        entry={"VarDefines": {"theta": "pos_theta"}},
        exit={"MaxDaysInTrade": 2},
        end="2020-01-08T23:59:59",
    )
    got = run(strategy, FakeMarket(DATES, 100.0, [FEB_5]))
    contract = "SPX.SPXW.2020-02-05.95.Put.100"
    assert [event["Message"] for event in got.events] == [
        "Oh hi! Prices are invented.",
        "Expiration 'exp'='2020-02-05-SPXW' with DTE=30 is selected by DTE 30",
        f"Leg 'put' with expiration 'exp' set to '{contract}' with Qty=-1",
        f"Leg='put' Contract='{contract}' Qty=-1 FillPrice=3.0000",
        "Variable 'theta' set to '10.00' by statement: 'pos_theta'",
        "DIT=0",
        "DIT=1",
        "MaxDaysInTrade: DIT=2.00 reached 2",
        f"Leg='put' Contract='{contract}' Qty=1 FillPrice=2.8000",
        "Bye! Trades=1 NAV=10017.00",
    ]


def test_trade_event_carries_contract_price_and_signed_quantity() -> None:
    strategy = definition(legs=[SHORT_PUT], exit={"MaxDaysInTrade": 1}, end="2020-01-07T23:59:59")
    got = run(strategy, FakeMarket(DATES, 100.0, [FEB_5]))
    entry, out = got.of("EntryTrade")[0]["TradeEvent"], got.of("ExitTrade")[0]["TradeEvent"]
    contract = {
        "Underlying": "SPX",
        "Root": "SPXW",
        "Type": "Put",
        "Expiration": "2020-02-05T00:00:00",
        "Strike": 95,
        "Multiplier": 100,
    }
    assert entry == {"TradeId": 0, "Contract": contract, "Price": 3, "Qty": -1}
    assert out == {"TradeId": 1, "Contract": contract, "Price": 2.9, "Qty": 1}
    assert {event["PositionId"] for event in got.events[1:-1]} == {0}


def test_bid_ask_fills_pay_the_spread_and_mark_at_the_closing_side() -> None:
    # Spread: sell the 95 put at its bid 2.90, buy the 90 put at its ask 3.10.  Marks: the short
    # one at its ask 3.10 (-20), the long one at its bid 2.90 (-20), two fees: -43.
    legs = [SHORT_PUT, leg("wing", 1, "Put", StrikePrice=90)]
    strategy = definition(legs=legs, sim={"FillModel": "AtBidAsk"}, end="2020-01-06T23:59:59")
    got = run(strategy, FakeMarket(DATES, 100.0, [FEB_5]))
    prices = [event["TradeEvent"]["Price"] for event in got.of("EntryTrade")]
    assert prices == [2.9, 3.1]
    end = got.of("EndOfDay")[0]
    assert end["PnL"] == -43
    assert (end["Vars"]["leg_put_price"], end["Vars"]["leg_wing_price"]) == (3.1, 2.9)


def test_slippage_goes_against_the_trader_both_ways_and_stays_out_of_marks() -> None:
    # Reference 4.2: mid 1.00 with slippage 0.10 -> 1.10 long, 0.90 short.
    legs = [SHORT_PUT, leg("wing", 2, "Put", StrikePrice=90)]
    strategy = definition(
        legs=legs,
        sim={"SlippageAmt": "0.10"},
        exit={"MaxDaysInTrade": 1},
        end="2020-01-07T23:59:59",
    )
    got = run(strategy, FakeMarket(DATES, 100.0, [FEB_5]))
    assert [event["TradeEvent"]["Price"] for event in got.of("EntryTrade")] == [2.9, 3.1]
    assert [event["TradeEvent"]["Price"] for event in got.of("ExitTrade")] == [3.0, 2.8]
    # Entry: 3 contracts x 0.10 x 100 + 3 fees of 1.50.
    assert got.of("EndOfDay")[0]["PnL"] == pytest.approx(-30 - 4.5)
    # Net long one contract loses a day's 0.10 points: -10, and as much again on the way out.
    assert got.of("Finish")[0]["PnL"] == pytest.approx(-10 - 60 - 9)


def test_nav_series_holds_every_bar_from_entry_to_exit() -> None:
    strategy = definition(legs=[SHORT_PUT], exit={"MaxDaysInTrade": 2}, end="2020-01-09T00:00:00")
    market = FakeMarket(DATES, [100.0, 90.0, 100.0, *[100.0] * 12], [FEB_5])
    got = run(strategy, market)
    nav = got.result.nav
    # End at 00:00:00 leaves Thursday out: three sessions of 79 bars.
    assert nav.size == 3 * 79
    entry = 72  # 15:30 is bar 72 of a session
    expected = np.full(3 * 79, 10000.0)
    expected[entry:79] = 10000 - 1.5
    # Tuesday: spot 90, the 95 put is worth 5 + 2.90; Wednesday 2.80 again.
    expected[79:158] = 10000 - 1.5 - (7.90 - 3.00) * 100
    expected[158 : 158 + entry] = 10000 - 1.5 + 20
    expected[158 + entry :] = 10000 - 3 + 20
    np.testing.assert_allclose(nav, expected, atol=1e-9)
    assert got.result.times[0] == np.datetime64("2020-01-06T09:30")
    assert got.result.times[-1] == np.datetime64("2020-01-08T16:00")
    np.testing.assert_array_equal(np.flatnonzero(got.result.open_legs), np.arange(72, 158 + 72))


def test_account_greeks_are_quantity_scaled_sums() -> None:
    legs = [leg("put", -2, "Put", StrikePrice=95), leg("call", -1, "Call", StrikePrice=105)]
    got = run(definition(legs=legs, end="2020-01-06T23:59:59"), FakeMarket(DATES, 100.0, [FEB_5]))
    # Put delta: 0.5 + 5/400 - 1 = -0.4875; call: 0.5 - 5/400 = 0.4875; per 100 and contract.
    result = got.result
    assert result.greek("delta")[-1] == pytest.approx(2 * 48.75 - 48.75)
    assert result.greek("gamma")[-1] == pytest.approx(-3.0)
    assert result.greek("theta")[-1] == pytest.approx(30.0)
    assert result.greek("vega")[-1] == pytest.approx(-60.0)
    assert result.greek("rho")[-1] == pytest.approx(-90.0)
    # 30 days to 2020-02-05 16:00 exactly, at the last bar.
    assert result.greek("wvega")[-1] == pytest.approx(-60.0 * (30 / 30.0) ** 0.5)
    assert result.greek("delta")[71] == 0


def test_pm_settlement_pays_intrinsic_of_the_close_without_a_fee() -> None:
    # Entered on Monday 6th, 11 days: 1.10; spot 92 on the 17th: the 95 put pays 3.00.
    spot = [100.0] * 9 + [92.0] + [100.0] * 5
    strategy = definition(
        legs=[SHORT_PUT], expirations=[{"Name": "exp", "DTE": 11}], end="2020-01-17T23:59:59"
    )
    got = run(strategy, FakeMarket(DATES, spot, [JAN_17, FEB_5]))
    settled = got.of("Settlement")[0]
    assert settled["SimTime"] == "2020-01-17T16:00:00"
    assert settled["TradeEvent"]["Price"] == 3
    assert settled["TradeEvent"]["Qty"] == 1
    assert row(settled)[2:] == (10000 + 110 - 300 - 1.5, -191.5, 1, 0, False)
    assert settled["SettlementCnt"] == 1
    # On its last day it still trades: 3.00 + 0 days of time value until 16:00.
    assert got.result.pnl[-2] == pytest.approx(-191.5)
    assert got.kinds()[-2:] == ["Settlement", "Finish"]


def test_am_settlement_pays_intrinsic_of_the_open_before_anything_else() -> None:
    third_friday = Listed("SPX", dt.date(2020, 1, 17), am_settled=True)
    spot = np.full(15 * 79, 100.0)
    spot[9 * 79] = 94.0  # the opening bar of Friday 17th; 100 again afterwards
    strategy = definition(
        legs=[SHORT_PUT],
        expirations=[{"Name": "exp", "DTE": 11, "Max": 15}],
        entry={"ReentryDays": 0},
        end="2020-01-17T23:59:59",
    )
    got = run(strategy, FakeMarket(DATES, spot, [third_friday, FEB_5]))
    settled = got.of("Settlement")[0]
    assert settled["SimTime"] == "2020-01-17T09:30:00"
    assert settled["TradeEvent"]["Price"] == 1
    assert settled["PnL"] == pytest.approx(110 - 100 - 1.5)
    # The last mark is Thursday's close, one day of time value.
    assert got.result.pnl[9 * 79 - 1] == pytest.approx(100 - 1.5)
    # On Friday nothing with at most 15 days is left to trade.
    assert got.of("EntryAborted")[-1]["SimTime"] == "2020-01-17T15:30:00"


def test_front_leg_settles_and_the_rest_of_the_position_stays() -> None:
    legs = [
        leg("front", -1, "Call", "front", StrikePrice=100),
        leg("back", 1, "Call", "back", StrikePrice=100),
    ]
    strategy = definition(
        legs=legs,
        expirations=[{"Name": "front", "DTE": 11}, {"Name": "back", "DTE": "30"}],
        exit={"MaxDaysInTrade": 14, "Conditions": ["leg_front_qty ~= 0 and leg_back_dte < 1"]},
        end="2020-01-20T23:59:59",
    )
    got = run(strategy, FakeMarket(DATES, 100.0, [JAN_17, FEB_5]))
    # Front sold at 1.10 expires worthless: +108.50 for good; back bought at 3.00.
    settled = got.of("Settlement")[0]
    assert (settled["OpenLegCnt"], settled["Invested"], settled["SettlementCnt"]) == (1, True, 1)
    assert settled["Vars"]["leg_front_pnl"] == 108.5
    assert settled["Vars"]["pos_pnl"] == pytest.approx(108.5 - 1.5 - (3.0 - 1.9) * 100)
    out = got.of("ExitSignal")[0]
    assert out["SimTime"] == "2020-01-20T15:30:00"
    # Back leg sold at 16 days x 0.10 = 1.60.
    assert got.of("Finish")[0]["PnL"] == pytest.approx(108.5 - 3.0 - (3.0 - 1.6) * 100)
    assert got.result.account.tally.reasons["MaxDaysInTrade"] == 1


def test_exits_are_tested_on_the_bar_of_a_morning_settlement() -> None:
    front = Listed("SPX", dt.date(2020, 1, 17), am_settled=True)
    strategy = definition(
        legs=[
            leg("front", -1, "Call", "front", StrikePrice=100),
            leg("back", 1, "Call", "back", StrikePrice=100),
        ],
        expirations=[{"Name": "front", "DTE": 11}, {"Name": "back", "DTE": "30"}],
        exit={
            "Schedule": {"AfterMarketOpenMinutes": 0, "Every": "day"},
            "Conditions": ["open_trades_cnt < 2"],
        },
        end="2020-01-20T23:59:59",
    )
    got = run(strategy, FakeMarket(DATES, 100.0, [front, FEB_5]))
    assert got.of("Settlement")[0]["SimTime"] == "2020-01-17T09:30:00"
    assert got.of("ExitSignal")[0]["SimTime"] == "2020-01-17T09:30:00"


def test_position_open_at_the_end_stays_open_and_marked() -> None:
    got = run(
        definition(legs=[SHORT_PUT], end="2020-01-10T23:59:59"), FakeMarket(DATES, 100.0, [FEB_5])
    )
    finish = got.of("Finish")[0]
    assert (finish["OpenLegCnt"], finish["Invested"], finish["PnL"]) == (1, True, 38.5)
    assert got.result.nav[-1] == 10038.5
    tally = got.result.account.tally
    assert (got.result.account.trade_count, tally.closed) == (1, 0)


def test_zero_dte_entered_on_the_closing_bar_settles_on_it() -> None:
    strategy = definition(
        legs=[SHORT_PUT],
        expirations=[{"Name": "exp", "DTE": 0, "Max": 0}],
        entry={"Schedule": {"BeforeMarketCloseMinutes": 0, "Every": "day"}},
        start="2020-01-17T00:00:00",
        end="2020-01-17T23:59:59",
    )
    got = run(strategy, FakeMarket(DATES, 94.0, [JAN_17]))
    assert [kind for kind in got.kinds() if kind in ("EntryTrade", "Settlement")] == [
        "EntryTrade",
        "Settlement",
    ]
    assert got.result.nav[-1] == 10000 - 1.5
    assert got.result.open_legs[-1] == 0
