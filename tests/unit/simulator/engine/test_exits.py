"""When and why a position ends; fake market, short 95 put sold on 6 January at 3.00 (fee 1.50)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from fake_market import FakeMarket, Listed, Run, definition, leg, run, weekdays

DATES = weekdays(dt.date(2020, 1, 6), 15)
FAR = Listed("SPXW", dt.date(2020, 2, 5))
SHORT_PUT = leg("put", -1, "Put", StrikePrice=95)
EVERY_BAR = {"AfterMarketOpenMinutes": 0, "Every": "5min"}


def go(exit: dict[str, Any], spot: Any = 100.0, **parts: Any) -> Run:
    parts.setdefault("legs", [SHORT_PUT])
    entry = {"ReentryDays": 99, **parts.pop("entry", {})}
    market = FakeMarket(DATES, spot, [FAR])
    return run(definition(exit=exit, entry=entry, **parts), market)


def signal(got: Run) -> tuple[str, str]:
    event = got.of("ExitSignal")[0]
    return event["SimTime"], event["Message"]


def test_profit_target_is_met_at_its_amount() -> None:
    # 10 a day less 1.50: 38.50 on Friday 10th.
    got = go({"ProfitTarget": 38.5})
    assert signal(got) == ("2020-01-10T15:30:00", "ProfitTarget: PnL=38.50 reached 38.50")
    assert got.result.account.tally.reasons["ProfitTarget"] == 1
    assert got.result.account.tally.wins == 1


@pytest.mark.parametrize("stop", ["400", "-400"])
def test_stop_loss_counts_without_its_sign(stop: str) -> None:
    # Thursday 9th: spot 92.50 -> 2.50 + 2.70 = 5.20: 220 + 1.50 lost; Friday 90: 5 + 2.60: 461.50.
    spot = [100.0, 100.0, 100.0, 92.5, *[90.0] * 11]
    got = go({"StopLoss": stop}, spot)
    assert signal(got) == ("2020-01-10T15:30:00", "StopLoss: PnL=-461.50 reached -400.00")
    assert got.of("VariableSet")[0]["Message"].startswith(
        f"Variable 'stop_loss' set to '{stop}.00'"
    )
    assert got.result.account.tally.losses == 1


def test_max_days_is_a_number_of_decimal_calendar_days() -> None:
    # Entered Monday 15:30: 4 days are over on Friday 15:30, 4.01 only on Monday 13th.
    assert signal(go({"MaxDaysInTrade": "4"}))[0] == "2020-01-10T15:30:00"
    assert signal(go({"MaxDaysInTrade": "4.01"}))[0] == "2020-01-13T15:30:00"
    assert signal(go({"MaxDaysInTrade": "2 + pos_in_flight"}))[0] == "2020-01-09T15:30:00"


def test_weekend_entry_on_friday_leaves_on_monday_morning() -> None:
    # The library's WeekendEffect: enter Friday, MaxDaysInTrade 1, exit tick on Monday's open.
    got = go(
        {"Schedule": {"AfterMarketOpenMinutes": 15, "Every": "day"}, "MaxDaysInTrade": 1},
        entry={"Schedule": {"BeforeMarketCloseMinutes": 15, "Every": "fri"}},
    )
    assert signal(got) == ("2020-01-13T09:45:00", "MaxDaysInTrade: DIT=2.75 reached 1")


def test_any_exit_condition_is_enough_and_is_named() -> None:
    got = go({"Conditions": ["leg_put_dte < 1", "days_in_trade >= 3 and pos_pnl > 0"]})
    assert signal(got) == (
        "2020-01-09T15:30:00",
        "Condition: 'days_in_trade >= 3 and pos_pnl > 0'",
    )
    assert got.result.account.tally.reasons["Condition"] == 1


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"ProfitTarget": 8, "StopLoss": -8, "MaxDaysInTrade": 1}, "ProfitTarget"),
        ({"StopLoss": 0, "MaxDaysInTrade": 1, "ProfitTarget": 9999}, "StopLoss"),
        ({"MaxDaysInTrade": 1, "Conditions": ["true"]}, "MaxDaysInTrade"),
    ],
)
def test_first_reason_in_order_counts(rules: dict[str, Any], reason: str) -> None:
    spot = [100.0, 94.0 if reason == "StopLoss" else 100.0, *[100.0] * 13]
    assert signal(go(rules, spot))[1].startswith(reason)


def test_exit_is_not_tested_on_the_bar_of_the_entry() -> None:
    got = go({"Conditions": ["true"]})
    assert signal(got)[0] == "2020-01-07T15:30:00"


def five_minute_spot() -> np.ndarray[Any, Any]:
    """100 until Tuesday 11:35 (bar 79 + 25), 90 for one bar, then 100."""
    spot = np.full(15 * 79, 100.0)
    spot[79 + 25] = 90.0
    return spot


@pytest.mark.parametrize("conditions", [[], ["pos_pnl < -1e6"]])
def test_every_bar_is_watched_on_a_five_minute_schedule(conditions: list[str]) -> None:
    # Spot 90 at 29 days: 5 + 2.90 = 7.90: 490 + 1.50 lost; with and without a script condition.
    got = go({"Schedule": EVERY_BAR, "StopLoss": 490, "Conditions": conditions}, five_minute_spot())
    assert signal(got) == ("2020-01-07T11:35:00", "StopLoss: PnL=-491.50 reached -490.00")


def test_daily_schedule_does_not_see_what_happens_in_between() -> None:
    assert "ExitSignal" not in go({"StopLoss": 490}, five_minute_spot()).kinds()


def test_exit_variables_are_set_when_the_exit_fires_and_before_its_trades() -> None:
    got = go({"MaxDaysInTrade": 1, "VarDefines": {"dit": "days_in_trade", "at": "dit + pos_pnl"}})
    place = got.kinds().index("ExitSignal")
    assert got.kinds()[place : place + 4] == [
        "ExitSignal",
        "VariableSet",
        "VariableSet",
        "ExitTrade",
    ]
    assert got.of("VariableSet")[1]["Message"].startswith("Variable 'at' set to '9.50'")


def test_two_legs_leave_one_by_one_with_running_figures() -> None:
    legs = [SHORT_PUT, leg("call", -1, "Call", StrikePrice=105)]
    got = go({"MaxDaysInTrade": 1}, legs=legs)
    trades = got.of("ExitTrade")
    assert [(event["OpenLegCnt"], event["PnL"], event["Invested"]) for event in trades] == [
        (1, 15.5, True),
        (0, 14, False),
    ]
    assert [event["TradeEvent"]["TradeId"] for event in trades] == [2, 3]
    assert trades[0]["Vars"]["leg_put_qty"] == 0
    assert trades[0]["Vars"]["leg_put_pnl"] == 7  # 10 less two fees


def test_days_in_trade_average_is_decimal() -> None:
    got = go(
        {"Schedule": {"AfterMarketOpenMinutes": 0, "Every": "day"}, "MaxDaysInTrade": 0},
        entry={"ReentryDays": 0},
        end="2020-01-08T12:00:00",
    )
    # Mon 15:30 -> Tue 9:30 and Tue 15:30 -> Wed 9:30: 18 hours each.
    assert got.result.account.tally.closed == 2
    assert got.result.account.tally.average_days == 0.75


def test_position_without_profit_counts_as_a_loss() -> None:
    # One day earns 10, exactly the two fees of 5.
    got = go(
        {"MaxDaysInTrade": 1},
        sim={"Commission": {"CommissionModel": "FixedFee", "OptionFee": "5"}},
    )
    assert (got.result.account.tally.wins, got.result.account.tally.losses) == (0, 1)


def test_marks_come_in_blocks_of_sessions() -> None:
    market = FakeMarket(DATES, 100.0, [FAR])
    run(definition(legs=[SHORT_PUT], exit={"Schedule": EVERY_BAR, "StopLoss": 9999}), market)
    # Ten sessions from the entry's bar on, then the rest.
    assert market.quote_calls == [range(72, 790), range(790, 1185)]
