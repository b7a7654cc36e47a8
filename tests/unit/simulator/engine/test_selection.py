"""Expirations and strikes on the fake market; expected choices by eye."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from fake_market import FakeMarket, Listed, definition, leg, run, weekdays
from hypothesis import given, settings
from hypothesis import strategies as st

MONDAY = dt.date(2020, 1, 6)
ONE_DAY = weekdays(MONDAY, 1)
END = "2020-01-06T23:59:59"


def on(day: int, root: str = "SPXW", *, am: bool = False) -> Listed:
    return Listed(root, MONDAY + dt.timedelta(days=day), am)


LISTED = [on(1), on(7), on(11, "SPX", am=True), on(11), on(20), on(30)]


def chosen(expiration: dict[str, Any], listed: list[Listed] = LISTED, **more: Any) -> str | None:
    strategy = definition(
        legs=[leg("put", -1, "Put", StrikePrice=95)],
        expirations=[{"Name": "exp", **expiration}],
        end=END,
        **more,
    )
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, listed))
    selected = got.of("ExpirationSelected")
    return selected[0]["Message"].split("'")[3] if selected else None


@pytest.mark.parametrize(
    ("expiration", "expected"),
    [
        ({"DTE": 8}, "2020-01-13-SPXW"),
        ({"DTE": "20"}, "2020-01-26-SPXW"),
        ({"DTE": 100}, "2020-02-05-SPXW"),
        # 9 days lie as near to 7 as to 11: the earlier one.
        ({"DTE": 9}, "2020-01-13-SPXW"),
        # Same date: SPXW goes before SPX unless Include says otherwise.
        ({"DTE": 11}, "2020-01-17-SPXW"),
        ({"DTE": 11, "Roots": {"Include": ["SPX", "SPXW"]}}, "2020-01-17-SPX"),
        ({"DTE": 30, "Roots": {"Include": ["SPX"]}}, "2020-01-17-SPX"),
        ({"DTE": 11, "Roots": {"Exclude": ["SPXW"]}}, "2020-01-17-SPX"),
        ({"DTE": 11, "Roots": {"Include": None, "Exclude": None}}, "2020-01-17-SPXW"),
        # Both ends of Min..Max belong to it.
        ({"DTE": 30, "Min": 7, "Max": 7}, "2020-01-13-SPXW"),
        ({"DTE": 1, "Min": "10"}, "2020-01-17-SPXW"),
        ({"DTE": 30, "Max": 19}, "2020-01-17-SPXW"),
        ({"DTE": 15, "Min": 12, "Max": 19}, None),
        ({"DTE": 5, "Roots": {"Include": ["QQQ"]}}, None),
    ],
)
def test_expiration_nearest_to_the_target_wins(
    expiration: dict[str, Any], expected: str | None
) -> None:
    assert chosen(expiration) == expected


def test_roots_without_a_priority_follow_alphabetically() -> None:
    listed = [on(11, "SPXZ"), on(11, "SPXA"), on(11, "SPX")]
    assert chosen({"DTE": 11}, listed) == "2020-01-17-SPX"
    assert chosen({"DTE": 11}, listed[:2]) == "2020-01-17-SPXA"


def test_expirations_that_trade_no_more_are_no_candidates() -> None:
    today_am = on(0, "SPX", am=True)
    assert chosen({"DTE": 0}, [today_am, on(7)]) == "2020-01-13-SPXW"
    assert chosen({"DTE": 0}, [on(0), on(7)]) == "2020-01-06-SPXW"


def test_missing_expiration_aborts_the_entry_and_says_why() -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", StrikePrice=95)],
        expirations=[{"Name": "exp", "DTE": 15, "Min": 12, "Max": 19}],
        end=END,
    )
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, LISTED))
    assert got.kinds() == ["Start", "EntryAborted", "Finish"]
    assert got.events[1]["Message"] == "No expiration for 'exp' with DTE 15 within 12..19"


def test_second_expiration_may_build_on_the_first() -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", "back", StrikePrice=95)],
        expirations=[
            {"Name": "front", "DTE": 8, "Min": 5, "Max": 9},
            {"Name": "back", "DTE": "expiration_front_dte + 20 + expiration_front_min"},
        ],
        end=END,
    )
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, LISTED))
    # 7 + 20 + 5 = 32: the one of 30 days.
    assert got.of("ExpirationSelected")[1]["Message"].endswith("with DTE=30 is selected by DTE 32")


@pytest.mark.parametrize(
    ("rule", "kind"), [("AbortOnReuse", "EntryAborted"), ("AllowReuse", "EntryTrade")]
)
def test_reuse_of_an_expiration(rule: str, kind: str) -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", "a", StrikePrice=95)],
        expirations=[{"Name": "a", "DTE": 8}, {"Name": "b", "DTE": 6}],
        core={"ExpirationSelectionConstraint": rule},
        end=END,
    )
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, LISTED))
    assert kind in got.kinds()
    assert ("EntryTrade" in got.kinds()) == (kind == "EntryTrade")


def strike(selector: dict[str, Any], kind: str = "Put", **market: Any) -> float | None:
    """Strike for an option of 30 days: mid = intrinsic + 3.00; spot 100."""
    strategy = definition(legs=[leg("x", -1, kind, **selector)], end=END)
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, LISTED, **market))
    assert got.result.failure is None
    trades = got.of("EntryTrade")
    return trades[0]["TradeEvent"]["Contract"]["Strike"] if trades else None


@pytest.mark.parametrize(
    ("selector", "kind", "expected"),
    [
        ({"StrikePrice": "underlying_price - 12"}, "Put", 90),  # 88: 90 is 2 away, 85 is 3
        ({"StrikePrice": 92.5}, "Put", 90),  # as near to 95: the lower
        ({"StrikePrice": 500}, "Call", 120),
        ({"StrikePrice": 100, "Min": 103}, "Call", 105),
        ({"StrikePrice": 100, "Min": 101, "Max": 104}, "Call", None),
        # Put mids: 8.00 at 105, 13.00 at 110, 3.00 up to 100.
        ({"MidPrice": 9}, "Put", 105),
        ({"MidPrice": 12}, "Put", 110),
        ({"BidPrice": 7.9}, "Put", 105),
        ({"AskPrice": 8.1}, "Put", 105),
        ({"MidPrice": 3, "Min": 8, "Max": 8}, "Put", 105),
        ({"MidPrice": 3}, "Put", 80),  # nine strikes tie at 3.00: the lowest
        # Call delta points: 50 at 100, 48.75 at 105, 51.25 at 95.
        ({"Delta": 48}, "Call", 105 + 5),  # 47.5 at 110 is nearer than 48.75
        ({"Delta": "49"}, "Call", 105),
        # Put delta points, compared without sign: 50 at 100, 48.75 at 95, 51.25 at 105.
        ({"Delta": "49"}, "Put", 95),
        ({"Delta": "-49"}, "Put", 95),
        ({"Delta": -49, "Min": -48, "Max": -47}, "Put", 90),
        ({"Delta": 49, "Min": 47, "Max": 48}, "Put", 90),
        ({"Delta": 10, "Min": 5, "Max": 15}, "Put", None),
    ],
)
def test_simple_selectors(selector: dict[str, Any], kind: str, expected: float | None) -> None:
    assert strike(selector, kind) == expected


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ({"Statement": "leg_x_strike", "Target": "underlying_price + 20"}, 120),
        ({"Statement": "leg_x_strike", "Target": 120, "Constraints": ["leg_x_strike < 110"]}, 105),
        # Short call at 30 days: price 3.00 + intrinsic; delta scaled by -1 x 100.
        ({"Statement": "leg_x_delta", "Target": "-49"}, 105),
        ({"Statement": "pos_theta", "Target": 10}, 80),
        ({"Statement": "leg_x_price", "Target": 8, "Constraints": ["leg_x_qty == -1"]}, 95),
        # 1 // (strike - 100) cannot be evaluated at 100: that contract is skipped.
        ({"Statement": "1 // int(leg_x_strike - 100) + leg_x_strike", "Target": 100}, 105),
        ({"Statement": "leg_x_strike + nothing", "Target": 100}, None),
        ({"Statement": "leg_x_strike", "Target": 100, "Constraints": ["false"]}, None),
        ({"Statement": "0/0", "Target": 100}, None),
    ],
)
def test_complex_selector(inner: dict[str, Any], expected: float | None) -> None:
    assert strike({"Complex": inner}, "Call") == expected


def test_complex_selector_within_min_and_max_of_its_statement() -> None:
    inner = {"Statement": "leg_x_strike", "Target": 120}
    assert strike({"Complex": inner, "Max": 107}, "Call") == 105


def test_complex_selector_skips_contracts_that_are_taken() -> None:
    inner = {"Complex": {"Statement": "leg_b_strike", "Target": 95}}
    strategy = definition(
        legs=[leg("a", -1, "Put", StrikePrice=95), leg("b", 1, "Put", **inner)],
        core={"LegSelectionConstraint": "UniqueInPosition"},
        end=END,
    )
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, LISTED))
    strikes = [event["TradeEvent"]["Contract"]["Strike"] for event in got.of("EntryTrade")]
    assert strikes == [95, 90]


def test_complex_selector_counts_one_contract_where_qty_needs_the_leg() -> None:
    # Theta of one long contract is -10 whatever the strike; afterwards Qty looks at the price.
    inner = {"Complex": {"Statement": "leg_x_theta + leg_x_strike", "Target": 95}}
    strategy = definition(legs=[leg("x", "-floor(leg_x_price)", "Call", **inner)], end=END)
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, LISTED))
    trade = got.of("EntryTrade")[0]["TradeEvent"]
    assert (trade["Contract"]["Strike"], trade["Qty"]) == (105, -3)


def test_qty_sees_the_sums_of_the_earlier_legs_only() -> None:
    # Theta of one long contract is -10 whatever the strike: five short ones make +50.
    legs = [leg("a", -5, "Put", StrikePrice=95), leg("h", "pos_theta", "Put", StrikePrice=90)]
    got = run(definition(legs=legs, end=END), FakeMarket(ONE_DAY, 100.0, LISTED))
    assert [event["TradeEvent"]["Qty"] for event in got.of("EntryTrade")] == [-5, 50]


def test_complex_selector_trades_the_quantity_that_it_tried() -> None:
    qty = "random(1, 1000000)"
    plain = leg("x", qty, "Put", StrikePrice=95)
    tried = leg("x", qty, "Put", Complex={"Statement": "leg_x_strike", "Target": 95})
    traded = []
    for one in (plain, tried):
        got = run(definition(legs=[one], end=END), FakeMarket(ONE_DAY, 100.0, LISTED), seed=7)
        traded.append(got.of("EntryTrade")[0]["TradeEvent"]["Qty"])
    assert traded[0] == traded[1]


def test_complex_selector_does_not_take_a_longer_name_for_its_own() -> None:
    # Tried with its 20 contracts, strike 95 meets the target; with 1 it would be 115.
    inner = {"Complex": {"Statement": "leg_h_strike + leg_h_qty", "Target": 115}}
    legs = [leg("h_x", -10, "Put", StrikePrice=95), leg("h", "-2 * leg_h_x_qty", "Put", **inner)]
    got = run(definition(legs=legs, end=END), FakeMarket(ONE_DAY, 100.0, LISTED))
    trade = got.of("EntryTrade")[1]["TradeEvent"]
    assert (trade["Contract"]["Strike"], trade["Qty"]) == (95, 20)


def test_complex_selector_that_does_not_end_fails_the_run() -> None:
    endless = "(function() while true do end end)()"
    inner = {"Complex": {"Statement": endless, "Target": 95}}
    strategy = definition(legs=[leg("x", -1, "Call", **inner)], end=END)
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, LISTED))
    path = "Structure.Legs[0].StrikeSelector.Complex.Statement"
    assert got.result.failure is not None
    assert got.result.failure.startswith(f"{path}: does not come to an end")


def test_strike_not_found_names_leg_and_selector() -> None:
    strategy = definition(legs=[leg("put", -1, "Put", Delta="5 + 5", Min=5, Max=15)], end=END)
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, LISTED))
    assert got.of("StrikeNotFound")[0]["Message"] == (
        "Leg 'put' with expiration 'exp': no strike found for Delta '5 + 5'"
    )
    assert "EntryTrade" not in got.kinds()


TWINS = [leg("a", -1, "Put", StrikePrice=95), leg("b", 1, "Put", StrikePrice=95)]


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        # Two entries of two legs on two days; 95 is taken, then 90 (the lower of 90 and 100), ...
        ("None", [95, 95, 95, 95]),
        ("UniqueInPosition", [95, 90, 95, 90]),
        ("FullyUnique", [95, 90, 100, 85]),
    ],
)
def test_leg_selection_constraint(constraint: str, expected: list[float]) -> None:
    strategy = definition(
        legs=TWINS,
        entry={"Concurrency": {"MaxPositionsInFlight": 2, "EntryShiftDays": 1}},
        core={"LegSelectionConstraint": constraint},
        end="2020-01-07T23:59:59",
    )
    got = run(strategy, FakeMarket(weekdays(MONDAY, 2), 100.0, [on(30)]))
    strikes = [event["TradeEvent"]["Contract"]["Strike"] for event in got.of("EntryTrade")]
    assert strikes == expected


def test_legs_of_other_type_or_expiration_do_not_clash() -> None:
    legs = [
        leg("a", -1, "Put", "near", StrikePrice=95),
        leg("b", -1, "Call", "near", StrikePrice=95),
        leg("c", -1, "Put", "far", StrikePrice=95),
    ]
    strategy = definition(
        legs=legs,
        expirations=[{"Name": "near", "DTE": 7}, {"Name": "far", "DTE": 30}],
        core={"LegSelectionConstraint": "FullyUnique"},
        end=END,
    )
    got = run(strategy, FakeMarket(ONE_DAY, 100.0, LISTED))
    strikes = [event["TradeEvent"]["Contract"]["Strike"] for event in got.of("EntryTrade")]
    assert strikes == [95, 95, 95]


@settings(max_examples=40, deadline=None)
@given(
    target=st.floats(0, 60),
    low=st.none() | st.floats(0, 60),
    high=st.none() | st.floats(0, 60),
    kind=st.sampled_from(["Put", "Call"]),
)
def test_delta_selector_agrees_with_a_search_by_brute_force(
    target: float, low: float | None, high: float | None, kind: str
) -> None:
    if low is not None and high is not None:
        low, high = sorted((low, high))
    points = {k: 100 * abs(0.5 + (100 - k) / 400 - (kind == "Put")) for k in range(80, 125, 5)}
    allowed = [
        k
        for k, value in points.items()
        if (low is None or value >= low - 1e-9) and (high is None or value <= high + 1e-9)
    ]
    expected = min(allowed, key=lambda k: (round(abs(points[k] - target), 9), k), default=None)
    assert strike({"Delta": target, "Min": low, "Max": high}, kind) == expected
