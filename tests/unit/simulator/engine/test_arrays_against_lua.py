"""What is worked out over arrays equals what Lua gives one by one: contracts, bars, whole runs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from fake_market import FakeMarket, Listed, Run, definition, leg, run, weekdays
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.simulator.engine import expressions, lookout, strikes
from xlmeso.simulator.engine.bar_values import Span, bar_value
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.variables import VariableNames

MONDAY = dt.date(2020, 1, 6)
DATES = weekdays(MONDAY, 15)
LISTED = [
    Listed("SPXW", dt.date(2020, 1, 8)),
    Listed("SPX", dt.date(2020, 1, 17), am_settled=True),
    Listed("SPXW", dt.date(2020, 2, 5)),
]
WAVES = 100 + 12 * np.sin(np.arange(15 * 79) / 97) + 2 * np.cos(np.arange(15 * 79) / 7)
EVERY_BAR = {"Schedule": {"AfterMarketOpenMinutes": 0, "Every": "5min"}}


def without_arithmetic(strategy: Any, market: Any) -> Run:
    """Run with every expression left to Lua."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expressions, "compile_arithmetic", lambda _text: None)
        return run(strategy, market)


own = st.sampled_from(
    ["leg_x_strike", "leg_x_delta", "leg_x_price", "leg_x_bid", "leg_x_ask", "leg_x_iv",
     "leg_x_theta", "leg_x_wvega", "leg_x_rho", "leg_x_gamma", "leg_x_vega", "leg_x_qty",
     "leg_x_dte", "leg_x_pnl"]
)  # fmt: skip
others = st.sampled_from(
    ["pos_delta", "pos_theta", "pos_wvega", "acc_delta", "acc_vega", "underlying_price",
     "leg_a_delta", "leg_a_strike", "nav", "days_in_trade", "open_trades_cnt", "timing.day", "3"]
)  # fmt: skip
statements = st.one_of(
    st.builds("{} {} {}".format, own, st.sampled_from("+-*/"), others),
    st.builds("abs({} - {}) / {}".format, own, others, own),
    st.builds("max({}, {}) % {}".format, own, others, others),
    st.builds("{0} > {1} and {0} or {1}".format, own, others),
    own,
)
constraints = st.lists(
    st.builds("{} {} {}".format, own, st.sampled_from(["<", ">=", "~="]), others), max_size=2
)


@settings(max_examples=60, deadline=None)
@given(
    statement=statements,
    target=st.one_of(others, st.integers(-60, 120).map(str)),
    rules=constraints,
    qty=st.sampled_from([-2, 0, 1, "-leg_a_qty", "floor(leg_x_price)"]),
    kind=st.sampled_from(["Put", "Call"]),
    fill=st.sampled_from(["AtMidPrice", "AtBidAsk"]),
    moved=st.booleans(),
    spot=st.floats(85, 115),
)
def test_complex_selector_chooses_the_same_contract_as_lua(
    statement: str,
    target: str,
    rules: list[str],
    qty: Any,
    kind: str,
    fill: str,
    moved: bool,
    spot: float,
) -> None:
    selector = {"Complex": {"Statement": statement, "Target": target, "Constraints": rules}}
    first = {"StrikePrice": 100} if moved else selector
    move = {"MoveLegAdjustment": {"LegName": "x", "StrikeSelector": selector}}
    strategy = definition(
        legs=[leg("a", -1, "Put", StrikePrice=95), leg("x", qty, kind, **first)],
        adjust={"days_in_trade == 1": move} if moved else None,
        sim={"FillModel": fill},
        end="2020-01-07T23:59:59",
    )
    market = FakeMarket(DATES, spot, LISTED, strikes=tuple(range(60, 140, 2)))
    assert run(strategy, market).raw == without_arithmetic(strategy, market).raw


@pytest.mark.parametrize(
    ("statement", "lua"),
    [
        ("leg_x_delta + pos_delta", False),
        ("leg_x_delta", False),
        ("timing.day + leg_x_strike", False),
        ("log(leg_x_price)", True),
        ("random(1, 5) + leg_x_strike", True),
        ("options.model(position, 0, underlying_price, pnl)", True),
        ("pos_margin", True),
    ],
)
def test_lua_is_asked_only_where_arithmetic_is_not_enough(
    monkeypatch: pytest.MonkeyPatch, statement: str, lua: bool
) -> None:
    asked = []
    one_by_one = strikes._statement

    def counted(*args: Any) -> float:
        asked.append(1)
        return one_by_one(*args)

    monkeypatch.setattr(strikes, "_statement", counted)
    inner = {"Complex": {"Statement": statement, "Target": 1}}
    core = {"Margin": {"Model": "RegT", "RegTMode": "CBOEVanilla"}}
    strategy = definition(
        legs=[leg("x", -1, "Call", **inner)], core=core, end="2020-01-06T23:59:59"
    )
    got = run(strategy, FakeMarket(DATES, 100.0, LISTED))
    assert got.result.failure is None
    assert got.of("EntryTrade")
    assert bool(asked) is lua


def test_every_array_over_bars_equals_the_getter_of_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: dict[str, int] = {}
    any_met = lookout._any_met

    def compare(sim: Any, position: Any, block: Any, bars: Any, conditions: Any) -> Any:
        span = Span(sim.market, sim.clock, position, block, bars)
        for name, getter in sim.blotter.names._getters.items():
            found = bar_value(name, span)
            if found is None:
                continue
            found = np.broadcast_to(found, bars.shape).tolist()
            for place, bar in enumerate(bars.tolist()):
                moment = Moment.at(sim.market, sim.clock, sim.account, bar)
                moment.position = position
                assert getter(moment) == found[place], (name, bar)
            compared[name] = compared.get(name, 0) + len(found)
        return any_met(sim, position, block, bars, conditions)

    monkeypatch.setattr(lookout, "_any_met", compare)
    legs = [
        leg("short", -2, "Put", "far", StrikePrice=95),
        leg("long_call", 1, "Call", "near", StrikePrice=100),
        leg("mark", 0, "Put", "mid", StrikePrice=90),
    ]
    strategy = definition(
        legs=legs,
        expirations=[{"Name": "near", "DTE": 2}, {"Name": "mid", "DTE": 11},
                     {"Name": "far", "DTE": 30}],
        exit={"Schedule": {"AfterMarketOpenMinutes": 35, "Every": "5min"},
              "Conditions": ["pos_pnl > 1e9"]},
        sim={"FillModel": "AtBidAsk"},
    )  # fmt: skip
    got = run(strategy, FakeMarket(DATES, WAVES, LISTED))
    assert got.result.failure is None
    names = set(VariableNames(["short", "long_call", "mark"], ["near", "mid", "far"])._getters)
    account = {name for name in names if name.startswith("acc_")}
    dear = {"underlying_iv", "underlying_iv_rank", "underlying_iv_pct"}
    limits = {name for name in names if name.endswith(("_min", "_max"))}
    left_out = account | dear | limits | {"nav", "initial_cash", "pos_in_flight"}
    assert set(compared) == names - left_out
    assert min(compared.values()) > 100


conditions = st.sampled_from(
    ["pos_pnl > 150", "abs(pos_delta) > 60 and pos_pnl < 0",
     "leg_put_price < 2.5 or leg_put_dte < 3",
     "underlying_price < underlying_today_open * 0.97", "high > 0 and pos_pnl < 0.75 * high",
     "minutes_before_close < 60 and leg_put_delta > 55",
     "timing.day_of_week == 4 and pos_theta > 0",
     "leg_call_qty ~= 0 and leg_call_iv > 19", "leg_hedge_price ~= nil and leg_hedge_price > 2",
     "acc_pnl > 100", "random() > 0.995", "expiration_exp_dte // 7 == 3 and leg_put_gamma < 0",
     "log(underlying_price) > 4.65"]
)  # fmt: skip
hedge = leg("hedge", 1, "Put", StrikePrice="underlying_price - 10")
actions = st.sampled_from(
    [
        {"UpdateVarsAdjustment": {"VarDefines": {"high": "max(high, pos_pnl)"}}},
        {"MoveLegAdjustment": {"LegName": "put", "StrikeSelector": {
            "Complex": {"Statement": "pos_delta", "Target": 0}}}},
        {"AddLegsAdjustment": {"Legs": [hedge]}},
        {"RemoveLegsAdjustment": {"LegNames": ["call"]}},
    ]
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    exits=st.lists(conditions, max_size=2),
    adjust=st.dictionaries(conditions, actions, max_size=3),
    at_once=st.integers(1, 2),
    target=st.none() | st.integers(100, 600),
)
def test_runs_have_the_same_events_as_with_lua_alone(
    exits: list[str], adjust: dict[str, Any], at_once: int, target: int | None
) -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", StrikePrice=95), leg("call", -1, "Call", StrikePrice=105)],
        entry={
            "ReentryDays": 0,
            "VarDefines": {"high": 0},
            "Concurrency": {"MaxPositionsInFlight": at_once, "EntryShiftDays": 2},
        },
        exit={**EVERY_BAR, "Conditions": exits, "ProfitTarget": target},
        adjust=adjust,
        adjustment={"Schedule": {"AfterMarketOpenMinutes": 60, "Every": "day"}},
        end="2020-01-15T23:59:59",
    )
    fast = run(strategy, FakeMarket(DATES, WAVES, LISTED))
    slow = without_arithmetic(strategy, FakeMarket(DATES, WAVES, LISTED))
    assert fast.raw == slow.raw
    assert fast.result.nav.tobytes() == slow.result.nav.tobytes()
    assert fast.result.failure is None or "hedge" in fast.result.failure
