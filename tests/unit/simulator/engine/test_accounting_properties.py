"""Identities that hold for every run, over random small definitions on the fake market."""

from __future__ import annotations

import datetime as dt
from typing import Any

from account_checks import check_identities
from fake_market import FakeMarket, Listed, Run, definition, leg, run, weekdays
from hypothesis import given, settings
from hypothesis import strategies as st

DATES = weekdays(dt.date(2020, 1, 6), 25)
LISTED = [
    Listed("SPXW", dt.date(2020, 1, 10)),
    Listed("SPX", dt.date(2020, 1, 17), am_settled=True),
    Listed("SPXW", dt.date(2020, 1, 17)),
    Listed("SPXW", dt.date(2020, 1, 24)),
    Listed("SPXW", dt.date(2020, 2, 5)),
    Listed("SPX", dt.date(2020, 2, 21), am_settled=True),
]


schedules = st.builds(
    lambda side, minutes, every: {side: minutes, "Every": every},
    st.sampled_from(["AfterMarketOpenMinutes", "BeforeMarketCloseMinutes"]),
    st.integers(0, 390),
    st.sampled_from(["day", "mon,wed", "fri", "5min"]),
)
legs = st.lists(
    st.tuples(
        st.sampled_from([-2, -1, 0, 1, 3]),
        st.sampled_from(["Put", "Call"]),
        st.sampled_from(["near", "far"]),
        st.sampled_from(
            [{"StrikePrice": "underlying_price"}, {"Delta": 48, "Min": 40}, {"MidPrice": 4}]
        ),
    ),
    min_size=1,
    max_size=3,
)
exits = st.fixed_dictionaries(
    {},
    optional={
        "MaxDaysInTrade": st.integers(0, 10),
        "ProfitTarget": st.integers(0, 400),
        "StopLoss": st.integers(-400, 400),
        "Conditions": st.just(["abs(pos_delta) > 200", "random() > 0.9"]),
    },
)


selectors = st.sampled_from(
    [
        {"StrikePrice": "leg_leg0_strike - 5"},
        {"Delta": "abs(leg_leg0_delta) / max(abs(leg_leg0_qty), 1)"},
        {"MidPrice": 3, "Min": 1},
        {"Complex": {"Statement": "pos_delta", "Target": 0, "Constraints": ["leg_leg0_qty < 2"]}},
    ]
)
moves = st.builds(
    lambda selector, more: {
        "MoveLegAdjustment": {"LegName": "leg0", "StrikeSelector": selector, **more}
    },
    selectors,
    st.sampled_from(
        [
            {},
            {"ExpirationName": "far"},
            {"ExpirationName": "next", "Expirations": [{"Name": "next", "DTE": 20}]},
            {"Expirations": [{"Name": "near", "DTE": 9}]},
        ]
    ),
)
removals = st.builds(
    lambda names: {"RemoveLegsAdjustment": {"LegNames": names}},
    st.lists(st.sampled_from(["leg0", "leg1", "added"]), min_size=1, max_size=3),
)
additions = st.builds(
    lambda qty, expiration, abort: {
        "AddLegsAdjustment": {
            "Legs": [leg("added", qty, "Put", expiration, StrikePrice="underlying_price")],
            "AbortConditions": abort,
        }
    },
    st.sampled_from([-1, 0, 2]),
    st.sampled_from(["near", "far", "next"]),
    st.sampled_from([[], ["pos_delta > 40"]]),
)
updates = st.just({"UpdateVarsAdjustment": {"VarDefines": {"high": "max(high, pos_pnl)"}}})
adjustments = st.dictionaries(
    st.sampled_from(
        ["true", "random() > 0.5", "pos_pnl > high", "abs(pos_delta) > 60 -- lean",
         "days_in_trade > 2", "open_trades_cnt < 2"]
    ),
    st.lists(st.one_of(moves, removals, additions, updates), min_size=1, max_size=4).map(
        lambda actions: {key: value for action in actions for key, value in action.items()}
    ),
    max_size=3,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    spot=st.lists(st.floats(85, 115).map(lambda x: round(x, 2)), min_size=25, max_size=25),
    chosen=legs,
    entry_schedule=schedules,
    exit_schedule=schedules,
    exit=exits,
    at_once=st.integers(1, 4),
    shift=st.integers(0, 3),
    fill=st.sampled_from(["AtMidPrice", "AtBidAsk"]),
    slippage=st.sampled_from([0, "0.05"]),
    early=st.booleans(),
    adjust=adjustments,
    adjust_schedule=schedules.filter(lambda schedule: schedule["Every"] != "5min"),
    most=st.sampled_from([None, 0, "2"]),
)
def test_books_balance(
    spot: list[float],
    chosen: list[tuple[int, str, str, dict[str, Any]]],
    entry_schedule: dict[str, Any],
    exit_schedule: dict[str, Any],
    exit: dict[str, Any],
    at_once: int,
    shift: int,
    fill: str,
    slippage: Any,
    early: bool,
    adjust: dict[str, Any],
    adjust_schedule: dict[str, Any],
    most: Any,
) -> None:
    strategy = definition(
        legs=[
            leg(f"leg{n}", qty, kind, expiration, **selector)
            for n, (qty, kind, expiration, selector) in enumerate(chosen)
        ],
        expirations=[
            {"Name": "near", "DTE": 5},
            {"Name": "far", "DTE": "expiration_near_dte + 12"},
        ],
        entry={
            "Schedule": entry_schedule,
            "ReentryDays": 0,
            "VarDefines": {"high": 0},
            "Concurrency": {"MaxPositionsInFlight": at_once, "EntryShiftDays": shift},
        },
        adjust=adjust,
        adjustment={"Schedule": adjust_schedule, "MaxAdjustmentCount": most},
        exit={"Schedule": exit_schedule, **exit},
        sim={
            "FillModel": fill,
            "SlippageAmt": slippage,
            "Commission": {"CommissionModel": "FixedFee", "OptionFee": 1.5},
        },
    )
    closes = [DATES[3]] if early else []
    market = FakeMarket(DATES, spot, LISTED, early_closes=closes)
    got = run(strategy, market)
    assert got.result.failure is None
    check_identities(got, 10000, 1.5)


def test_same_input_gives_the_same_bytes_and_another_seed_does_not() -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", StrikePrice="random(85, 99)")],
        exit={"Conditions": ["random() > 0.5"]},
        entry={"ReentryDays": 0},
    )

    def go(seed: int) -> Run:
        return run(strategy, FakeMarket(DATES, 100.0, LISTED), seed=seed)

    first, again, other = go(7), go(7), go(8)
    assert first.raw == again.raw
    assert first.result.nav.tobytes() == again.result.nav.tobytes()
    assert first.raw != other.raw


def test_only_event_time_depends_on_the_clock() -> None:
    strategy = definition(legs=[leg("put", -1, "Put", StrikePrice=95)])
    one = run(strategy, FakeMarket(DATES, 100.0, LISTED))
    two = run(strategy, FakeMarket(DATES, 100.0, LISTED), now=lambda: dt.datetime(2030, 5, 5))
    assert one.raw != two.raw
    for event in (*one.events, *two.events):
        del event["EventTime"]
    assert one.events == two.events
