"""Marker legs on the fake market: followed, not traded (reference section 1.4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from account_checks import check_identities
from fake_market import FakeMarket, Listed, Run, definition, leg, run, weekdays

MONDAY = dt.date(2020, 1, 6)
DATES = weekdays(MONDAY, 5)
FEB_5 = Listed("SPXW", dt.date(2020, 2, 5))
JAN_8 = Listed("SPXW", dt.date(2020, 1, 8))
SHORT = leg("put", -1, "Put", StrikePrice=95)
MARK = leg("mark", 0, "Put", StrikePrice=105)


def go(**more: Any) -> Run:
    parts = {"legs": [SHORT, MARK], "end": "2020-01-08T23:59:59", "entry": {"ReentryDays": 9}}
    listed = more.pop("listed", [FEB_5])
    got = run(definition(**{**parts, **more}), FakeMarket(DATES, 100.0, listed))
    assert got.result.failure is None, got.result.failure
    check_identities(got, 10000, 1.5)
    return got


@pytest.mark.parametrize("qty", [0, "0", "0.0", "0 -- follows the skew", "pos_in_flight"])
def test_marker_leg_is_resolved_and_not_traded(qty: Any) -> None:
    got = go(legs=[SHORT, leg("mark", qty, "Put", StrikePrice=105)])
    assert got.of("LegSelected")[1]["Message"] == (
        "Leg 'mark' with expiration 'exp' set to 'SPX.SPXW.2020-02-05.105.Put.100' with Qty=0"
    )
    assert len(got.of("EntryTrade")) == 1
    assert got.of("Finish")[0]["OpenLegCnt"] == 1


def test_marker_leg_variables_are_filled_per_one_long_contract() -> None:
    seen = go().of("EndOfDay")[1]["Vars"]
    # 105 put on Tuesday's close: 5 + 29 x 0.10; delta 0.5 - 5/400 - 1.
    assert seen["leg_mark_price"] == pytest.approx(7.9)
    assert (seen["leg_mark_bid"], seen["leg_mark_ask"]) == (7.8, 8.0)
    assert (seen["leg_mark_qty"], seen["leg_mark_strike"], seen["leg_mark_iv"]) == (0, 105, 20)
    assert seen["leg_mark_delta"] == pytest.approx(-51.25)
    assert (seen["leg_mark_theta"], seen["leg_mark_vega"]) == (-10, 20)
    assert seen["leg_mark_wvega"] == pytest.approx(20 * (30 / 29) ** 0.5, abs=1e-6)
    assert (seen["leg_mark_pnl"], seen["leg_mark_dte"]) == (0, 29)
    assert seen["leg_mark_dit"] == pytest.approx(1 + 30 / 1440, abs=1e-6)


def test_sums_leave_marker_legs_out() -> None:
    got, alone = go(), go(legs=[SHORT])
    seen, plain = (one.of("EndOfDay")[-1]["Vars"] for one in (got, alone))
    sums = [name for name in plain if name.startswith(("pos_", "acc_", "open_trades", "nav"))]
    assert sums
    assert {name: seen[name] for name in sums} == {name: plain[name] for name in sums}
    assert got.result.nav.tolist() == alone.result.nav.tolist()
    assert got.result.greek("delta").tolist() == alone.result.greek("delta").tolist()


def test_later_legs_see_a_marker_but_not_its_greeks_in_the_sums() -> None:
    legs = [MARK, leg("put", "-1 + pos_delta", "Put", StrikePrice="leg_mark_strike - 15")]
    got = go(legs=legs)
    trade = got.of("EntryTrade")[0]["TradeEvent"]
    assert (trade["Contract"]["Strike"], trade["Qty"]) == (90, -1)


def test_marker_is_priced_at_mid_under_bid_ask_fills() -> None:
    got = go(sim={"FillModel": "AtBidAsk"}, entry={"VarDefines": {"at": "leg_mark_price"}})
    assert got.of("EndOfDay")[0]["Vars"]["at"] == 8  # 5 + 30 x 0.10
    assert got.of("EndOfDay")[1]["Vars"]["leg_mark_price"] == pytest.approx(7.9)


def test_marker_leg_gates_the_entry() -> None:
    gate = {"AbortConditions": ["leg_mark_price - leg_put_price > 4"]}
    assert go(entry=gate).of("EntryAborted")


def test_marker_holds_no_contract_for_the_selection_constraint() -> None:
    twin = leg("put", -1, "Put", StrikePrice=105)
    core = {"LegSelectionConstraint": "FullyUnique"}
    for legs in ([MARK, twin], [twin, MARK]):
        got = go(legs=legs, core=core)
        assert got.of("EntryTrade")[0]["TradeEvent"]["Contract"]["Strike"] == 105
        assert got.of("EndOfDay")[0]["Vars"]["leg_mark_strike"] == 105


def test_position_ends_with_its_last_traded_leg() -> None:
    got = go(exit={"MaxDaysInTrade": 1})
    assert got.result.account.positions == []
    assert len(got.of("ExitTrade")) == 1


def test_marker_that_expires_keeps_its_final_price_without_an_event() -> None:
    near = leg("mark", 0, "Put", "near", StrikePrice=105)
    got = go(
        legs=[near, SHORT],
        expirations=[{"Name": "near", "DTE": 2}, {"Name": "exp", "DTE": 30}],
        listed=[JAN_8, FEB_5],
        end="2020-01-09T23:59:59",
    )
    assert not got.of("Settlement")
    assert got.of("Finish")[0]["SettlementCnt"] == 0
    seen = got.of("EndOfDay")[-1]["Vars"]
    assert (seen["leg_mark_price"], seen["leg_mark_delta"], seen["leg_put_qty"]) == (5, 0, -1)


def test_markers_alone_are_held_and_a_leg_is_added_later() -> None:
    later = {"AddLegsAdjustment": {"Legs": [leg("put", -1, "Put", StrikePrice="leg_mark_strike")]}}
    got = go(
        legs=[MARK],
        adjust={"days_in_trade == 1 and open_trades_cnt == 0": later},
        exit={"MaxDaysInTrade": 2},
    )
    assert [event["SimTime"][:10] for event in got.of("EntryTrade")] == ["2020-01-07"]
    assert got.of("EntryTrade")[0]["TradeEvent"]["Contract"]["Strike"] == 105
    account = got.result.account
    assert (account.trade_count, account.tally.closed, account.positions) == (1, 1, [])


def test_markers_alone_are_no_trade() -> None:
    got = go(legs=[MARK], exit={"MaxDaysInTrade": 1})
    assert not [event for event in got.events if event["TradeEvent"]]
    assert got.of("ExitSignal")
    account = got.result.account
    assert (account.trade_count, account.tally.closed, account.positions) == (0, 0, [])
    assert set(got.result.nav.tolist()) == {10000.0}


def test_markers_alone_end_with_the_last_expiration() -> None:
    got = go(legs=[MARK], expirations=[{"Name": "exp", "DTE": 2}], listed=[JAN_8])
    assert got.result.account.positions == []


def test_marker_moves_without_a_trade() -> None:
    move = {"MoveLegAdjustment": {"LegName": "mark", "StrikeSelector": {"StrikePrice": 110}}}
    got = go(adjust={"days_in_trade == 1": move})
    assert len(got.of("EntryTrade")) + len(got.of("ExitTrade")) == 1
    assert got.of("EndOfDay")[1]["Vars"]["leg_mark_strike"] == 110


def test_leg_group_id_is_accepted_and_changes_nothing() -> None:
    grouped = [{**SHORT, "LegGroupId": "1"}, {**MARK, "LegGroupId": "leg_put_strike"}]
    assert go(legs=grouped).raw == go().raw


@pytest.mark.parametrize("names", [["put", "mark"], ["mark", "put"]])
def test_removing_the_trade_and_its_marker_ends_the_position_once(names: list[str]) -> None:
    rule = {"pos_pnl > -100": {"RemoveLegsAdjustment": {"LegNames": names}}}
    got = go(adjust=rule)
    assert len(got.of("ExitTrade")) == 1
    assert got.result.account.tally.closed == 1
