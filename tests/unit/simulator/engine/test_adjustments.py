"""Adjustments on the fake market: reference section 1.6, every number worked out by hand.

Entries are on Monday 2020-01-06 at 15:30, an option of 30 days then; adjustments are looked at
from Tuesday on, where its time value is 2.90.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from account_checks import check_identities
from fake_market import FakeMarket, Listed, Run, definition, leg, run, weekdays

MONDAY = dt.date(2020, 1, 6)
DATES = weekdays(MONDAY, 5)
FEB_5 = Listed("SPXW", dt.date(2020, 2, 5))
FEB_12 = Listed("SPXW", dt.date(2020, 2, 12))
JAN_8 = Listed("SPXW", dt.date(2020, 1, 8))
SHORT = leg("put", -1, "Put", StrikePrice=95)
WING = leg("wing", 1, "Put", StrikePrice=85)
ONCE = "days_in_trade == 1"


def move(name: str = "put", **more: Any) -> dict[str, Any]:
    selector = more.pop("selector", {"StrikePrice": 90})
    return {"MoveLegAdjustment": {"LegName": name, "StrikeSelector": selector, **more}}


def remove(*names: str, **more: Any) -> dict[str, Any]:
    return {"RemoveLegsAdjustment": {"LegNames": list(names), **more}}


def add(*legs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"AddLegsAdjustment": {"Legs": list(legs), **more}}


def update(**defines: Any) -> dict[str, Any]:
    return {"UpdateVarsAdjustment": {"VarDefines": defines}}


def go(adjust: dict[str, Any], **more: Any) -> Run:
    listed = more.pop("listed", [FEB_5, FEB_12])
    spot = more.pop("spot", 100.0)
    parts = {"legs": [SHORT], "end": "2020-01-08T23:59:59", "entry": {"ReentryDays": 9}, **more}
    got = run(definition(adjust=adjust, **parts), FakeMarket(DATES, spot, listed))
    assert got.result.failure is None, got.result.failure
    check_identities(got, 10000, 1.5)
    return got


def messages(got: Run, kind: str) -> list[str]:
    return [event["Message"] for event in got.of(kind)]


def traded(got: Run) -> list[tuple[str, float, float, float]]:
    return [
        (event["EventType"], trade["Contract"]["Strike"], trade["Qty"], trade["Price"])
        for event in got.events
        if (trade := event["TradeEvent"]) is not None
    ]


CONTRACT = "SPX.SPXW.2020-02-05.{}.Put.100"


def test_move_leg_closes_and_reopens_under_the_same_name_and_quantity() -> None:
    # Sold at 3.00, on Tuesday bought back at 2.90 and the 90 put sold at 2.90.
    got = go({ONCE: move()})
    tuesday = [event for event in got.events if event["SimTime"] == "2020-01-07T15:30:00"]
    assert [event["EventType"] for event in tuesday] == [
        "AdjustmentSignal",
        "LegSelected",
        "AdjustmentDetail",
        "ExitTrade",
        "EntryTrade",
    ]
    assert tuesday[0]["Message"] == f"Condition met: '{ONCE}'. Adjustment count: '0'"
    assert tuesday[1]["Message"] == (
        f"Leg 'put' with expiration 'exp' set to '{CONTRACT.format(90)}' with Qty=-1"
    )
    assert tuesday[2]["Message"] == (
        f"Move leg 'put' from '{CONTRACT.format(95)}' to '{CONTRACT.format(90)}'"
    )
    assert traded(got)[1:] == [("ExitTrade", 95, 1, 2.9), ("EntryTrade", 90, -1, 2.9)]
    # 10.00 of time value less two fees so far, then the third fee.
    assert [event["PnL"] for event in tuesday[3:]] == [7, 5.5]
    assert [event["OpenLegCnt"] for event in tuesday[3:]] == [0, 1]
    end = got.of("EndOfDay")[1]["Vars"]
    assert (end["leg_put_strike"], end["leg_put_qty"], end["leg_put_pnl"]) == (90, -1, -1.5)
    assert end["pos_pnl"] == 5.5
    assert end["leg_put_dit"] == pytest.approx(30 / 1440, abs=1e-6)
    assert got.result.account.tally.adjustments == 1
    assert (got.result.account.trade_count, got.result.account.tally.closed) == (1, 0)


def test_move_leg_sees_the_current_values_of_the_leg() -> None:
    # Short 95 put: delta -0.4875 x -100 = +48.75; one strike below it lies at 90.
    got = go({"leg_put_strike == 95": move(selector={"StrikePrice": "leg_put_strike - 5"})})
    assert traded(got)[2][1] == 90


def test_move_leg_targets_a_flat_position() -> None:
    # The library's way: abs(pos_delta - own) / abs(qty).  Call: -47.5 at 110; put +48.75 at 95.
    legs = [leg("call", -1, "Call", StrikePrice=110), SHORT]
    flat = "abs(pos_delta - leg_put_delta) / abs(leg_put_qty)"
    got = go({ONCE: move(selector={"Delta": flat})}, legs=legs)
    # 47.5 delta points: the put at 90.
    assert traded(got)[-1][1] == 90


def test_move_leg_with_a_complex_selector_tries_contracts_in_place_of_the_old_one() -> None:
    # pos_delta with the candidate alone: +47.5 at 90; the old leg's 48.75 must not be in it.
    inner = {"Statement": "pos_delta", "Target": 47.5, "Constraints": ["leg_put_qty == -1"]}
    got = go({ONCE: move(selector={"Complex": inner})})
    assert traded(got)[2][:3] == ("EntryTrade", 90, -1)


def test_complex_target_of_a_move_sees_the_old_leg() -> None:
    inner = {"Statement": "leg_put_strike", "Target": "leg_put_strike + 10"}
    got = go({ONCE: move(selector={"Complex": inner})})
    assert traded(got)[2][1] == 105


def test_move_in_time_to_a_new_expiration() -> None:
    later = [{"Name": "later", "DTE": "expiration_exp_dte + 7"}]
    got = go({ONCE: move(ExpirationName="later", Expirations=later)})
    assert messages(got, "ExpirationSelected")[1] == (
        "Expiration 'later'='2020-02-12-SPXW' with DTE=36 is selected by DTE 36"
    )
    assert traded(got)[2] == ("EntryTrade", 90, -1, pytest.approx(3.6))
    end = got.of("EndOfDay")[1]["Vars"]
    assert (end["expiration_later_dte"], end["expiration_exp_dte"]) == (36, 29)


def test_move_in_time_by_looking_for_the_own_expiration_again() -> None:
    again = [{"Name": "exp", "DTE": 36}]
    got = go({ONCE: move(Expirations=again, selector={"StrikePrice": 95})})
    assert traded(got)[2] == ("EntryTrade", 95, -1, pytest.approx(3.6))
    assert got.of("EndOfDay")[1]["Vars"]["expiration_exp_dte"] == 36


def test_move_that_finds_its_own_contract_trades_nothing() -> None:
    got = go({ONCE: move(selector={"StrikePrice": 95}, VarDefines={"seen": 1})})
    assert len(traded(got)) == 1
    assert messages(got, "AdjustmentDetail") == [f"Leg 'put' stays at '{CONTRACT.format(95)}'"]
    assert got.of("VariableSet")
    assert got.result.account.tally.adjustments == 0


def test_move_without_a_contract_is_aborted_and_nothing_follows_it() -> None:
    actions = {**move(selector={"Delta": 10, "Max": 15}), **add(WING), **update(done=1)}
    got = go({ONCE: actions})
    assert messages(got, "StrikeNotFound") == [
        "Leg 'put' with expiration 'exp': no strike found for Delta '10'"
    ]
    assert messages(got, "AdjustmentAborted") == ["No strike found for leg 'put'"]
    assert len(traded(got)) == 1
    assert not got.of("VariableSet")
    assert got.result.account.tally.adjustments == 0


def test_move_of_a_leg_that_is_not_open_is_aborted() -> None:
    got = go({"days_in_trade >= 1": {**remove("wing"), **move("wing")}}, legs=[SHORT, WING])
    assert messages(got, "AdjustmentAborted") == ["'wing': no such leg is open"] * 2


def test_remove_legs_closes_them_and_keeps_the_rest() -> None:
    other = leg("far", 1, "Put", StrikePrice=80)
    got = go({ONCE: remove("wing", "far", VarDefines={"left": "open_trades_cnt"})},
             legs=[SHORT, WING, other])  # fmt: skip
    assert [row[:3] for row in traded(got)[3:]] == [("ExitTrade", 85, -1), ("ExitTrade", 80, -1)]
    assert messages(got, "AdjustmentDetail")[0] == (
        f"Remove leg 'wing': '{CONTRACT.format(85)}' with Qty=1"
    )
    end = got.of("EndOfDay")[1]["Vars"]
    assert (end["leg_wing_qty"], end["open_trades_cnt"], end["left"]) == (0, 1, 1)
    assert end["leg_wing_pnl"] == -13  # a day's 10.00 and two fees
    assert got.result.account.tally.adjustments == 1


def test_removal_of_the_last_leg_ends_the_position() -> None:
    got = go({ONCE: {**remove("put"), **update(never=1)}}, entry={"ReentryDays": 0},
             end="2020-01-07T23:59:59")  # fmt: skip
    assert got.result.account.tally.reasons["Adjustment"] == 1
    assert not got.of("VariableSet")
    # A new entry may be considered on the very same bar.
    entries = [event["SimTime"] for event in got.of("EntryTrade")]
    assert entries == ["2020-01-06T15:30:00", "2020-01-07T15:30:00"]
    assert got.of("ExitTrade")[0]["Invested"] is False


def test_add_legs_opens_further_legs_on_an_expiration_of_the_position() -> None:
    hedge = leg("hedge", 3, "Put", StrikePrice=85)
    got = go({"open_trades_cnt == 1": add(hedge, VarDefines={"paid": "leg_hedge_price"})})
    assert traded(got)[1:] == [("EntryTrade", 85, 3, pytest.approx(2.9))]
    assert len(got.of("ExpirationSelected")) == 1
    assert messages(got, "AdjustmentDetail") == [
        f"Add leg 'hedge': '{CONTRACT.format(85)}' with Qty=3"
    ]
    assert messages(got, "VariableSet") == ["Variable 'paid' set to '2.90' by statement: "
                                            "'leg_hedge_price'"]  # fmt: skip
    # One short less three long contracts, a day each: -1.5 - 4.5 + 10 + (10 - 30) on Wednesday.
    assert got.of("Finish")[0]["PnL"] == pytest.approx(-6 + 10 - 20)
    assert (got.result.account.trade_count, got.result.account.tally.adjustments) == (1, 1)


def test_added_legs_may_bring_their_own_expirations() -> None:
    hedge = leg("hedge", 1, "Put", "late", StrikePrice=85)
    got = go({ONCE: add(hedge, Expirations=[{"Name": "late", "DTE": 36}])})
    assert traded(got)[1] == ("EntryTrade", 85, 1, pytest.approx(3.6))


def test_add_legs_is_called_off_by_an_abort_condition() -> None:
    hedge = leg("hedge", 1, "Put", "late", StrikePrice=85)
    late = [{"Name": "late", "DTE": 36}]
    got = go({ONCE: add(hedge, Expirations=late, AbortConditions=["pos_theta == 0"])})
    # Short theta +10, the hedge -10: 0 with the chosen legs.
    assert messages(got, "AdjustmentAborted") == ["Abort condition met: 'pos_theta == 0'"]
    assert len(traded(got)) == 1
    end = got.of("EndOfDay")[1]["Vars"]
    assert "leg_hedge_price" not in end
    assert "expiration_late_dte" not in end
    assert (end["pos_theta"], end["open_trades_cnt"]) == (10, 1)
    assert got.result.account.tally.adjustments == 0


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (add(leg("put", 1, "Put", StrikePrice=85)), "Leg 'put' is open already"),
        (add(leg("x", 1, "Put", StrikePrice=85, Min=200)), "No strike found for leg 'x'"),
        (
            add(WING, Expirations=[{"Name": "e", "DTE": 9, "Max": 9}]),
            "No expiration for 'e' with DTE 9 within ..9",
        ),
        (
            add(leg("x", 1, "Put", "unseen", StrikePrice=85)),
            "Expiration 'unseen' has not been chosen for this position",
        ),
    ],
)  # fmt: skip
def test_add_legs_that_cannot_be_carried_out_is_aborted(actions: Any, expected: str) -> None:
    got = go({ONCE: actions})
    assert messages(got, "AdjustmentAborted") == [expected]
    assert len(traded(got)) == 1


def test_legs_can_be_added_again_after_they_were_removed() -> None:
    got = go(
        {"open_trades_cnt == 1": add(WING), "open_trades_cnt == 2 -- then": remove("wing")},
        end="2020-01-09T23:59:59",
    )
    # Both conditions are tested on each tick, one after the other: add and remove at once.
    assert [row[0] for row in traded(got)] == ["EntryTrade", *["EntryTrade", "ExitTrade"] * 3]


def test_conditions_are_tested_in_alphabetical_order_and_see_earlier_actions() -> None:
    # Written the other way round; without the first move the second has nothing to do.
    adjust = {
        "leg_put_strike == 90 -- Step 2": move(selector={"StrikePrice": 85}),
        "days_in_trade == 1 -- Step 1": move(selector={"StrikePrice": 90}),
    }
    got = go(adjust)
    assert [row[1] for row in traded(got)] == [95, 95, 90, 90, 85]
    assert [text[-1 - len("Adjustment count: '0'") :] for text in
            messages(got, "AdjustmentSignal")] == [
        " Adjustment count: '0'", " Adjustment count: '1'",
    ]  # fmt: skip


def test_lua_comments_keep_equal_conditions_apart_and_in_order() -> None:
    adjust = {
        f"-- Step 2\n{ONCE}": move(selector={"StrikePrice": 85}),
        f"-- Step 1\n{ONCE}": move(selector={"StrikePrice": 105}),
    }
    assert [row[1] for row in traded(go(adjust))] == [95, 95, 105, 105, 85]


def test_actions_of_one_condition_go_remove_move_add_update() -> None:
    actions = {
        **update(count="open_trades_cnt"),
        **add(leg("new", 1, "Put", StrikePrice="leg_put_strike - 5")),
        **move(selector={"StrikePrice": "100 - 5 * open_trades_cnt"}),
        **remove("wing"),
    }
    got = go({ONCE: actions}, legs=[SHORT, WING])
    # After the removal one leg is left: the move goes to 95 (where it is), so no trade there.
    assert [row[:2] for row in traded(got)[2:]] == [("ExitTrade", 85), ("EntryTrade", 90)]
    assert messages(got, "VariableSet")[-1].startswith("Variable 'count' set to '2.00'")
    assert got.result.account.tally.adjustments == 1


def test_update_vars_makes_a_trailing_stop() -> None:
    # Spot 100, 100, 90, 100 ...: the 95 put costs 2.90 on Tuesday, 7.80 on Wednesday.
    got = go(
        {"pos_pnl > high": update(high="pos_pnl")},
        entry={"ReentryDays": 9, "VarDefines": {"high": 0}},
        exit={"Conditions": ["pos_pnl < 0.75 * high"]},
        spot=[100.0, 100.0, 90.0, 100.0, 100.0],
        end="2020-01-09T23:59:59",
    )
    assert messages(got, "VariableSet")[1:] == [
        "Variable 'high' set to '8.50' by statement: 'pos_pnl'"
    ]
    assert got.of("ExitSignal")[0]["SimTime"] == "2020-01-08T15:30:00"
    assert got.result.account.tally.adjustments == 0


def test_max_adjustment_count_closes_the_position_with_the_next_one() -> None:
    walk = {"leg_put_strike > 80": move(selector={"StrikePrice": "leg_put_strike - 5"})}
    got = go(walk, adjustment={"MaxAdjustmentCount": "2"}, end="2020-01-10T23:59:59")
    assert [row[1] for row in traded(got)] == [95, 95, 90, 90, 85, 85]
    assert messages(got, "AdjustmentSignal")[-1].endswith("Adjustment count: '2'")
    assert messages(got, "ExitSignal") == ["MaxAdjustmentCount: 2 adjustments are the most"]
    assert got.result.account.tally.reasons["MaxAdjustmentCount"] == 1
    assert got.result.account.tally.adjustments == 2


def test_update_vars_does_not_count_towards_the_most_adjustments() -> None:
    got = go({"true": update(n="days_in_trade")}, adjustment={"MaxAdjustmentCount": 0})
    assert not got.of("ExitSignal")
    assert len(got.of("AdjustmentSignal")) == 2


def test_exit_goes_before_adjustments_on_the_same_bar() -> None:
    got = go({"true": move()}, exit={"MaxDaysInTrade": 1})
    assert not got.of("AdjustmentSignal")


def test_nothing_is_adjusted_on_the_bar_of_entry() -> None:
    got = go({"true": update(n=1)}, end="2020-01-06T23:59:59")
    assert not got.of("AdjustmentSignal")


@pytest.mark.parametrize(
    ("constraint", "expected"), [("None", 85), ("UniqueInPosition", 80), ("FullyUnique", 80)]
)
def test_leg_selection_constraint_holds_for_moves_and_additions(
    constraint: str, expected: float
) -> None:
    legs, core = [SHORT, WING], {"LegSelectionConstraint": constraint}
    moved = go({ONCE: move(selector={"StrikePrice": 84})}, legs=legs, core=core)
    assert traded(moved)[-1][1] == expected
    added = go({ONCE: add(leg("x", 1, "Put", StrikePrice=84))}, legs=legs, core=core)
    assert traded(added)[-1][1] == expected


@pytest.mark.parametrize(("rule", "aborts"), [("AbortOnReuse", True), ("AllowReuse", False)])
def test_expiration_selection_constraint_holds_for_adjustments(rule: str, aborts: bool) -> None:
    hedge = add(leg("x", 1, "Put", "more", StrikePrice=85),
                Expirations=[{"Name": "more", "DTE": 29}])  # fmt: skip
    got = go({ONCE: hedge}, core={"ExpirationSelectionConstraint": rule})
    assert bool(got.of("AdjustmentAborted")) is aborts
    # Looking for the same alias again is no reuse.
    again = move(Expirations=[{"Name": "exp", "DTE": 29}])
    assert not go({ONCE: again}, core={"ExpirationSelectionConstraint": rule}).of(
        "AdjustmentAborted"
    )


def test_expired_expirations_take_no_more_legs() -> None:
    # The front leg settles on Wednesday's close; on Thursday its expiration is gone.
    legs = [leg("front", -1, "Put", "front", StrikePrice=95), leg("back", 1, "Put", StrikePrice=95)]
    got = go(
        {"days_in_trade == 3": add(leg("x", 1, "Put", "front", StrikePrice=85))},
        legs=legs,
        expirations=[{"Name": "front", "DTE": 2}, {"Name": "exp", "DTE": 30}],
        listed=[JAN_8, FEB_5],
        end="2020-01-10T23:59:59",
    )
    assert messages(got, "AdjustmentAborted") == ["Expiration 'front' does not trade any more"]


def test_moved_and_added_legs_settle() -> None:
    near = [{"Name": "near", "DTE": 1}]
    got = go(
        {ONCE: {**move(ExpirationName="near", Expirations=near, selector={"StrikePrice": 105}),
                **add(leg("x", 2, "Put", "near", StrikePrice=110))}},
        listed=[JAN_8, FEB_5],
    )  # fmt: skip
    settled = got.of("Settlement")
    assert [event["TradeEvent"]["Price"] for event in settled] == [5, 10]
    assert got.result.account.positions == []


def test_failing_condition_fails_the_run_and_names_the_key() -> None:
    strategy = definition(legs=[SHORT], adjust={"pos_pnl > nothing": update(n=1)})
    got = run(strategy, FakeMarket(DATES, 100.0, [FEB_5]))
    assert got.result.failure is not None
    assert got.result.failure.startswith('Adjustment.ConditionalAdjustments["pos_pnl > nothing"]:')
