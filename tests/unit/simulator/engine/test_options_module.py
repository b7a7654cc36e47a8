"""options.model and options.model_solver (reference section 3.4), against QuantLib and by hand."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import QuantLib
from fake_market import FakeMarket, Listed, Run, definition, leg, run, weekdays
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.simulator.engine.projection import black_scholes_merton
from xlmeso.simulator.engine.solver import solve

MONDAY = dt.date(2020, 1, 6)
DATES = weekdays(MONDAY, 5)
FEB_5 = Listed("SPXW", dt.date(2020, 2, 5))
MAR_6 = Listed("SPXW", dt.date(2020, 3, 6))


def quantlib(
    spot: float, strike: float, years: float, vol: float, rate: float, q: float, sign: int
) -> dict[str, float]:
    kind = QuantLib.Option.Call if sign > 0 else QuantLib.Option.Put
    forward = spot * math.exp((rate - q) * years)
    discount = math.exp(-rate * years)
    found = QuantLib.BlackCalculator(QuantLib.PlainVanillaPayoff(kind, strike), forward,
                               vol * math.sqrt(years), discount)  # fmt: skip
    return {
        "price": found.value(),
        "delta": found.delta(spot),
        "gamma": found.gamma(spot),
        "theta": found.theta(spot, years) / 365,
        "vega": found.vega(years) / 100,
        "rho": found.rho(years),
    }


@settings(max_examples=100, deadline=None)
@given(
    spot=st.floats(50, 200),
    strike=st.floats(60, 160),
    years=st.floats(0.01, 2),
    vol=st.floats(0.05, 0.8),
    rate=st.floats(-0.01, 0.08),
    q=st.floats(0, 0.05),
    sign=st.sampled_from([1, -1]),
)
def test_projection_agrees_with_quantlib(
    spot: float, strike: float, years: float, vol: float, rate: float, q: float, sign: int
) -> None:
    got = black_scholes_merton(
        np.array([spot]), strike=strike, years=years, volatility=vol, rate=rate,
        dividend_yield=q, sign=float(sign),
    )  # fmt: skip
    expected = quantlib(spot, strike, years, vol, rate, q, sign)
    for name, value in expected.items():
        assert got[name].item(0) == pytest.approx(value, rel=1e-8, abs=1e-8), name


def parabola(x: Any) -> Any:
    return (x - 90) * (x - 110)


@pytest.mark.parametrize(
    ("start", "stop", "goal", "expected"),
    [
        (50, 200, "zero", (90, 0)),
        (200, 50, "zero", (110, 0)),  # swapping picks the other root
        (95, 105, "zero", None),
        (50, 200, "minimize", (100, -100)),
        (50, 120, "maximize", (50, 2400)),
        (120, 80, "maximize", (120, 300)),
        (120, 120, "zero", None),
        (110, 110, "zero", (110, 0)),
    ],
)
def test_solver_scans_from_the_first_price_to_the_second(
    start: float, stop: float, goal: str, expected: tuple[float, float] | None
) -> None:
    found = solve(parabola, start, stop, goal)
    if expected is None:
        assert found is None
    else:
        assert found == pytest.approx(expected, abs=1e-4)


def test_solver_does_not_step_over_a_narrow_peak_at_a_strike() -> None:
    def tent(x: Any) -> Any:
        return np.maximum(0.01 - np.abs(x - 100.0), 0.0) - 0.005

    assert solve(tent, 50, 200, "zero") is None
    found = solve(tent, 50, 200, "zero", {100.0})
    assert found == pytest.approx((99.995, 0), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    roots=st.lists(st.floats(60, 180), min_size=1, max_size=3).map(sorted),
    start=st.sampled_from([50.0, 200.0]),
)
def test_solver_finds_the_first_root_of_a_polynomial(roots: list[float], start: float) -> None:
    # Roots closer than a step of the scan may hide each other.
    if any(b - a < 1 for a, b in pairwise(roots)):
        return
    found = solve(lambda x: np.prod([x - r for r in roots], axis=0), start, 250.0 - start, "zero")
    assert found is not None
    assert found[0] == pytest.approx(roots[0] if start == 50 else roots[-1], abs=1e-4)


STRANGLE = [leg("put", -1, "Put", StrikePrice=90), leg("call", -1, "Call", StrikePrice=110)]


def variables(defines: dict[str, str], **more: Any) -> dict[str, float]:
    """User variables on the bar of entry, Monday 15:30; 30 days and half an hour to settlement."""
    got = go(entry={"VarDefines": defines}, **more)
    seen = got.of("EndOfDay")[0]["Vars"]
    return {name: seen[name] for name in defines if name in seen}


def go(**more: Any) -> Run:
    parts = {"legs": STRANGLE, "end": "2020-01-06T23:59:59", **more}
    return run(definition(**parts), FakeMarket(DATES, 100.0, [FEB_5, MAR_6]))


def test_model_at_expiration_pays_the_intrinsic_value() -> None:
    # Sold for 2 x 3.00 with 2 x 1.50 of fees: +597 between the strikes.
    at = variables({
        "middle": "options.model(position, leg_put_dte, underlying_price, pnl)",
        "low": "options.model(position, leg_put_dte, 85, pnl)",
        "put": "options.model(leg_put, leg_put_dte, 85, pnl)",
        "call": "options.model(leg_call, leg_call_dte, 85, pnl)",
    })  # fmt: skip
    assert at == pytest.approx({"middle": 597, "low": 97, "put": -201.5, "call": 298.5}, abs=1e-3)


def test_model_between_now_and_expiration_uses_the_legs_own_volatility() -> None:
    years = (30 - 10) / 365 + 30 / (365 * 1440)
    expected = {
        kind: quantlib(97.0, strike, years, 0.2, 0.0, 0.0, sign)
        for kind, strike, sign in (("put", 90, -1), ("call", 110, 1))
    }
    names = ("delta", "gamma", "theta", "vega", "rho")
    at = variables({
        **{name: f"options.model(position, 10, 97, {name})" for name in names},
        "pnl": "options.model(position, 10, 97, pnl)",
        "wvega": "options.model(leg_call, 10, 97, wvega)",
    })  # fmt: skip
    for name in names:
        total = -100 * (expected["put"][name] + expected["call"][name])
        assert at[name] == pytest.approx(total, rel=1e-5, abs=1e-5), name
    worth = -100 * (expected["put"]["price"] + expected["call"]["price"])
    assert at["pnl"] == pytest.approx(600 + worth - 3, abs=1e-4)
    weight = math.sqrt(30 / (20 + 30 / 1440))
    assert at["wvega"] == pytest.approx(-100 * expected["call"]["vega"] * weight, abs=1e-4)


def test_solver_finds_the_break_even_prices_of_a_strangle() -> None:
    # At expiration 597.00 are gone 5.97 points beyond either strike.
    scan = "options.model_solver(position, leg_put_dte, {}, pnl, {}, {})"
    half, double = "0.5 * underlying_price, 2 * underlying_price", "2 * underlying_price, 50"
    at = variables({
        "lower": scan.format(half, "zero", "return_price"),
        "upper": scan.format(double, "zero", "return_price"),
        "value": scan.format(half, "zero", "return_value"),
        "most": scan.format("80, 120", "maximize", "return_value"),
        "least": scan.format("80, 115", "minimize", "return_price"),
    })  # fmt: skip
    expected = {"lower": 84.03, "upper": 115.97, "value": 0, "most": 597, "least": 80}
    assert at == pytest.approx(expected, abs=1e-3)


def test_solver_without_a_root_gives_nil() -> None:
    condition = "options.model_solver(position, 0, 110, 118, pnl, zero, return_price) == nil"
    assert go(exit={"Conditions": [condition]}, end="2020-01-07T23:59:59",
              legs=[leg("put", 1, "Put", StrikePrice=120)]).of("ExitSignal")  # fmt: skip


@pytest.mark.parametrize(
    "call",
    [
        "options.model(position, 0, underlying_price, pnl)",
        "options.model_solver(leg_put, 0, 50, 200, pnl, zero, return_price)",
    ],
)
def test_without_a_position_there_is_no_value(call: str) -> None:
    got = go(entry={"Conditions": [f"{call} == nil"]})
    assert got.of("EntryTrade")


@pytest.mark.parametrize(
    "call",
    [
        "options.model(position, leg_hedge_dte, 100, pnl)",  # nothing of that name
        "options.model(leg_hedge, 1, 100, pnl)",
        "options.model(position, 1, -5, pnl)",
        "options.model(position, 1, 0/0, pnl)",
        "options.model_solver(position, 1, 0, 100, pnl, zero, return_price)",
    ],
)
def test_arguments_without_a_value_give_nil(call: str) -> None:
    assert go(entry={"AbortConditions": [f"{call} == nil"]}).of("EntryAborted")


def test_days_may_be_an_anchor() -> None:
    at = variables({
        "anchor": "options.model(position, monthly_opex, 97, pnl)",
        "days": "options.model(position, timing.calendar_days_until(monthly_opex), 97, pnl)",
        "number": "options.model(position, 11 + 30 / 1440, 97, pnl)",
    })  # fmt: skip
    assert at["anchor"] == at["days"] == pytest.approx(at["number"])


def test_calls_may_stand_inside_calls() -> None:
    inner = "options.model_solver(position, leg_put_dte, 50, 200, pnl, zero, return_price)"
    at = variables({"flat": f"options.model(position, leg_put_dte, {inner}, pnl)"})
    assert at["flat"] == pytest.approx(0, abs=1e-3)


def test_removed_and_moved_legs_keep_their_money_in_the_position() -> None:
    move = {"MoveLegAdjustment": {"LegName": "put", "StrikeSelector": {"StrikePrice": 85}}}
    remove = {"RemoveLegsAdjustment": {"LegNames": ["call"]}}
    defines = {"sum": "options.model(position, leg_put_dte, 100, pnl)",
               "gone": "options.model(leg_call, 1, 50, pnl)",
               "flat": "options.model(leg_call, 1, 50, delta)"}  # fmt: skip
    update = {"UpdateVarsAdjustment": {"VarDefines": defines}}
    got = go(adjust={"days_in_trade == 1": {**move, **remove, **update}},
             end="2020-01-07T23:59:59")  # fmt: skip
    seen = got.of("Finish")[0], got.of("EndOfDay")[-1]["Vars"]
    # Tuesday at 2.90: each of two short contracts made 10.00 less two fees; the new put was sold
    # for 2.90 and expires worthless at 100.
    assert seen[1]["sum"] == pytest.approx(2 * (10 - 3) + 290 - 1.5, abs=1e-3)
    assert (seen[1]["gone"], seen[1]["flat"]) == (7, 0)


def test_model_now_agrees_with_the_marks_of_the_market_model() -> None:
    from xlmeso.model.document import from_python
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.model.templates import load_template
    from xlmeso.simulator.market import open_market
    from xlmeso.simulator.market.source import HistorySource

    document = dict(load_template("iron-condor").document)
    period = {"Start": "2019-02-01T00:00:00", "End": "2019-03-29T23:59:59"}
    document["Backtest"] = {**document["Backtest"], **from_python(period)}  # type: ignore[dict-item]
    now = "options.model(position, 0, underlying_price, {})"
    names = ("pnl", "delta", "gamma", "vega", "wvega", "theta", "rho")
    defines = {"credit": "500", **{f"now_{name}": now.format(name) for name in names}}
    entry = from_python({"VarDefines": defines})
    document["Entry"] = {**document["Entry"], **entry}  # type: ignore[dict-item]
    strategy = StrategyDefinition(document)
    market = open_market("SPX", dt.date(2019, 2, 1), dt.date(2019, 3, 29), history=HistorySource())
    seen = run(strategy, market).of("EndOfDay")[0]["Vars"]
    # Marks stand on price steps of 0.05 and 0.10: half a step for each of four legs.
    assert seen["now_pnl"] == pytest.approx(seen["pos_pnl"], abs=4 * 5)
    for name in names[1:]:
        assert seen[f"now_{name}"] == pytest.approx(seen[f"pos_{name}"], rel=2e-3, abs=0.02), name
