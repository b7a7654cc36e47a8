"""When a position is entered, and how large; fake market, short 95 put of 30 days at 3.00."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from fake_market import FakeMarket, Listed, Run, definition, leg, run, weekdays

MONDAY = dt.date(2020, 1, 6)
DATES = weekdays(MONDAY, 15)
FAR = Listed("SPXW", dt.date(2020, 2, 5))
SHORT_PUT = leg("put", -1, "Put", StrikePrice=95)


def go(spot: Any = 100.0, **parts: Any) -> Run:
    parts.setdefault("legs", [SHORT_PUT])
    return run(definition(**parts), FakeMarket(DATES, spot, [FAR]))


def days(got: Run, kind: str = "EntryTrade") -> list[str]:
    return [f"{dt.datetime.fromisoformat(event['SimTime']):%d}" for event in got.of(kind)]


def test_one_position_at_a_time_without_concurrency() -> None:
    assert days(go()) == ["06"]


def test_concurrency_caps_positions_and_spaces_entries_in_calendar_days() -> None:
    got = go(entry={"Concurrency": {"MaxPositionsInFlight": "3", "EntryShiftDays": "3"}})
    # Monday 6th; +3 days Thursday 9th; +3 is Sunday 12th, so Monday 13th; then full.
    assert days(got) == ["06", "09", "13"]
    assert [event["PositionId"] for event in got.of("EntryTrade")] == [0, 1, 2]


@pytest.mark.parametrize(
    ("reentry", "expected"),
    [
        # In on Monday 6th, out after a day; exits come before entries on the same tick.
        (0, ["06", "07", "08", "09", "10", "13", "14", "15"]),
        ("1", ["06", "08", "10", "14"]),
        # Out on Tuesday 7th, 4 days later is Saturday: Monday 13th.
        ("2 * 2 -- days", ["06", "13"]),
        (None, ["06", "07", "08", "09", "10", "13", "14", "15"]),
    ],
)
def test_reentry_days_count_from_the_last_exit(reentry: Any, expected: list[str]) -> None:
    got = go(entry={"ReentryDays": reentry}, exit={"MaxDaysInTrade": 1}, end="2020-01-15T23:59:59")
    assert days(got) == expected


def test_any_true_condition_lets_the_entry_through_and_is_named() -> None:
    got = go(
        spot=[100.0, 101.0, *[102.0] * 13],
        entry={"Conditions": ["underlying_price > 500", "underlying_price >= 102 -- up"]},
    )
    assert days(got) == ["08"]
    signal = got.of("EntrySignal")[0]
    assert signal["Message"] == "Condition met: 'underlying_price >= 102 -- up'"
    assert (signal["PositionId"], signal["OpenLegCnt"]) == (0, 0)


def test_conditions_see_no_legs_but_zero_greeks_and_the_account() -> None:
    zero = "pos_delta == 0 and leg_put_delta == 0 and leg_put_qty == 0 and leg_put_price == nil"
    got = go(entry={"Conditions": [f"{zero} and nav == initial_cash and pos_in_flight == 0"]})
    assert days(got) == ["06"]


def test_random_gate_rejects_zero_and_allows_one() -> None:
    # The documented use of random(0,1): plain Lua would take 0 for true.
    entry = {
        "Conditions": ["random(0, 1)"],
        "ReentryDays": 0,
    }
    got = go(entry=entry, exit={"MaxDaysInTrade": 1})
    assert 2 < len(days(got)) < 15


def test_abort_condition_cancels_after_the_legs_are_known() -> None:
    got = go(entry={"AbortConditions": ["leg_put_price > 100", "pos_theta < 20"]})
    assert "EntryTrade" not in got.kinds()
    assert got.kinds()[1:4] == ["ExpirationSelected", "LegSelected", "EntryAborted"]
    assert got.of("EntryAborted")[0]["Message"] == "Abort condition met: 'pos_theta < 20'"
    assert len(got.of("EntryAborted")) == 15


def test_dropped_drafts_use_up_no_position_number() -> None:
    got = go(
        entry={"AbortConditions": ["underlying_price == 100"]}, spot=[100.0] * 3 + [101.0] * 12
    )
    assert [event["PositionId"] for event in got.of("EntryAborted")] == [0, 0, 0]
    assert [event["PositionId"] for event in got.of("EntryTrade")] == [0]


def test_qty_may_use_the_own_price_per_contract_and_the_account() -> None:
    # 10,000 / (3.00 * 100 * 4) = 8.33
    got = go(legs=[leg("put", "-floor(nav / (leg_put_price * 400))", "Put", StrikePrice=95)])
    assert got.of("EntryTrade")[0]["TradeEvent"]["Qty"] == -8


def test_qty_multiplier_scales_every_leg_before_the_abort_conditions() -> None:
    legs = [SHORT_PUT, leg("wing", 2, "Put", StrikePrice=90)]
    got = go(
        legs=legs,
        entry={"QtyMultiplier": "pos_theta / -10 * 3", "AbortConditions": ["leg_put_qty ~= -3"]},
        end="2020-01-06T23:59:59",
    )
    assert [event["TradeEvent"]["Qty"] for event in got.of("EntryTrade")] == [-3, 6]
    assert got.of("EndOfDay")[0]["PnL"] == -9 * 1.5


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"legs": [leg("put", "-1.5", "Put", StrikePrice=95)]}, "Structure.Legs[0].Qty"),
        ({"entry": {"QtyMultiplier": "0.5"}}, "Entry.QtyMultiplier"),
    ],
)
def test_fractions_of_contracts_fail_the_run_with_the_path(parts: Any, path: str) -> None:
    got = go(**parts)
    assert got.result.failure is not None
    assert got.result.failure.startswith(f"{path}: ")
    assert "whole number" in got.result.failure
    assert got.kinds()[-1] == "Failed"


@pytest.mark.parametrize(
    "parts",
    [
        {"legs": [leg("put", "pos_in_flight", "Put", StrikePrice=95)]},
        {"entry": {"QtyMultiplier": "pos_in_flight"}},
    ],
)
def test_a_quantity_that_comes_out_as_zero_aborts(parts: Any) -> None:
    got = go(**parts, end="2020-01-06T23:59:59")
    assert got.of("EntryAborted")[0]["Message"] == "Qty of leg 'put' is 0"
    assert "EntryTrade" not in got.kinds()


def test_later_leg_may_use_earlier_ones() -> None:
    legs = [
        leg("put", -2, "Put", StrikePrice=95),  # delta 0.4875 x 100 x 2 = 97.5
        leg("call", "-leg_put_qty - 1", "Call", Delta="pos_delta / 2"),
    ]
    got = go(legs=legs, end="2020-01-06T23:59:59")
    trades = [event["TradeEvent"] for event in got.of("EntryTrade")]
    assert [trade["Qty"] for trade in trades] == [-2, 1]
    assert trades[1]["Contract"]["Strike"] == 105


def test_variables_are_defined_in_order_then_target_then_stop() -> None:
    got = go(
        entry={"VarDefines": {"credit": "leg_put_price * 100", "half": "credit / 2"}},
        exit={"ProfitTarget": "half", "StopLoss": "profit_target * 4 + credit"},
        end="2020-01-06T23:59:59",
    )
    assert [event["Message"] for event in got.of("VariableSet")] == [
        "Variable 'credit' set to '300.00' by statement: 'leg_put_price * 100'",
        "Variable 'half' set to '150.00' by statement: 'credit / 2'",
        "Variable 'profit_target' set to '150.00' by statement: 'half'",
        "Variable 'stop_loss' set to '900.00' by statement: 'profit_target * 4 + credit'",
    ]
    assert got.of("EndOfDay")[0]["Vars"]["half"] == 150


def test_fill_at_zero_is_pointed_at() -> None:
    # 30 days x 0.10 = 3.00 less slippage 3.50: nobody pays to give an option away.
    got = go(sim={"SlippageAmt": 3.5}, end="2020-01-06T23:59:59")
    assert got.of("PriceZero")[0]["Message"] == (
        "Leg='put' Contract='SPX.SPXW.2020-02-05.95.Put.100' Price is 0"
    )
    assert got.of("EntryTrade")[0]["TradeEvent"]["Price"] == 0


def test_five_minute_entry_schedule_takes_the_first_bar_that_allows() -> None:
    schedule = {"AfterMarketOpenMinutes": 30, "Every": "5min"}
    entry = {"Schedule": schedule, "Conditions": ["minutes_before_close <= 100"]}
    got = go(entry=entry)
    assert got.of("EntryTrade")[0]["SimTime"] == "2020-01-06T14:20:00"


def test_chains_are_built_only_when_a_leg_asks() -> None:
    market = FakeMarket(DATES, 100.0, [FAR])
    run(definition(legs=[SHORT_PUT]), market)
    assert market.chain_calls == 1


def test_no_session_in_the_period_fails_with_a_sentence() -> None:
    got = go(start="2021-01-01T00:00:00", end="2021-02-01T00:00:00")
    assert got.result.failure == "Backtest: there is no trading session in the period"
    assert got.kinds() == ["Start", "Failed"]
    assert got.result.nav.size == 0
