"""Runs on bitcoin: every day, fractions, cash and payoffs in coins, the books to the satoshi."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from fake_market import Run, definition, leg, run

from xlmeso.model.document import from_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.market import HistorySource, Market, open_market

DERIBIT = {"Commission": {"CommissionModel": "Deribit"}}


@pytest.fixture(scope="module")
def market() -> Market:
    return open_market("BTCUSD", dt.date(2017, 2, 1), dt.date(2017, 4, 30), history=HistorySource())


def coin_definition(legs: list[dict[str, Any]], **parts: Any) -> StrategyDefinition:
    parts = {"sim": DERIBIT, "start": "2017-02-01T00:00:00", "end": "2017-04-30T23:59:59", **parts}
    document = dict(definition(legs=legs, cash="1.0000", **parts).document)
    return StrategyDefinition({**document, "Symbol": from_python("BTCUSD")})


def two_weeks(**parts: Any) -> dict[str, Any]:
    return {"expirations": [{"Name": "exp", "DTE": 14, "Min": 10, "Max": 20}], **parts}


def test_a_held_call_pays_its_share_of_the_coin(market: Market) -> None:
    """(S - K) / S coins for each contract at the mean of 07:30 to 08:00, delivery fee deducted."""
    strategy = coin_definition(
        [leg("call", 0.3, "Call", Delta=60)], **two_weeks(entry={"ReentryDays": 60})
    )
    got = run(strategy, market)
    entry, settled = got.of("EntryTrade")[0], got.of("Settlement")[0]
    assert settled["SimTime"].endswith("T08:00:00")
    contract = settled["TradeEvent"]["Contract"]
    assert contract["Multiplier"] == 1
    date = dt.date.fromisoformat(contract["Expiration"][:10])
    bar = market.sessions.bars_of(market.sessions.index_of(date))[96]
    path = market.underlying[bar - 6 : bar + 1]
    mean = (path[0] / 2 + path[1:6].sum() + path[6] / 2) / 6
    payoff = round(max(mean - contract["Strike"], 0) / mean, 8)
    assert settled["TradeEvent"]["Price"] == pytest.approx(payoff, abs=1e-8)
    price = entry["TradeEvent"]["Price"]
    fee = min(0.0003, 0.125 * price) + min(0.00015, 0.125 * payoff)
    profit = 0.3 * (payoff - price - fee)
    assert settled["PnL"] == pytest.approx(profit, abs=2e-8)
    assert settled["NAV"] == pytest.approx(1 + profit, abs=2e-8)


def test_greeks_are_those_of_the_reference(market: Market) -> None:
    """Delta in points of a contract x quantity; theta in dollars; prices in coins."""
    got = run(coin_definition([leg("put", -0.9, "Put", Delta=20)], **two_weeks()), market)
    values = next(e for e in got.events if e["Message"] == "DIT=0")["Vars"]
    assert values["pos_delta"] == pytest.approx(0.9 * 20, rel=0.15)
    assert values["leg_put_delta"] == values["pos_delta"]
    assert 0 < values["leg_put_price"] < 0.1
    # a day's decay in dollars is a small share of the premium in dollars
    premium = values["leg_put_price"] * values["underlying_price"] * 0.9
    assert 0.02 < values["pos_theta"] / premium < 0.3
    assert got.result.greek("delta")[got.result.open_legs > 0].max() <= 90


def test_the_day_ends_at_midnight(market: Market) -> None:
    before = {"Schedule": {"BeforeMarketCloseMinutes": 60, "Every": "sat"}, "ReentryDays": 1}
    got = run(coin_definition([leg("put", -1, "Put", Delta=20)], **two_weeks(entry=before)), market)
    entered = [dt.datetime.fromisoformat(e["SimTime"]) for e in got.of("EntryTrade")]
    assert entered
    assert {(time.weekday(), time.hour, time.minute) for time in entered} == {(5, 23, 0)}
    values = got.of("EntryTrade")[0]["Vars"]
    assert (values["minutes_before_close"], values["minutes_after_open"]) == (60, 23 * 60)


@pytest.mark.parametrize("offset", ["AfterMarketOpenMinutes", "BeforeMarketCloseMinutes"])
def test_midnight_is_open_and_close(market: Market, offset: str) -> None:
    entry = {"Schedule": {offset: 0, "Every": "day"}, "ReentryDays": 1}
    got = run(coin_definition([leg("put", -1, "Put", Delta=20)], **two_weeks(entry=entry)), market)
    assert all(e["SimTime"].endswith("T00:00:00") for e in got.of("EntryTrade"))


def test_events_keep_satoshis(market: Market) -> None:
    got = run(coin_definition([leg("put", -0.37, "Put", Delta=20)], **two_weeks()), market)
    digits = {len(repr(e["NAV"]).partition(".")[2]) for e in got.of("EndOfDay")}
    assert max(digits) > 6
    check_books(got)


def test_a_spread_pays_one_side(market: Market) -> None:
    legs = [leg("short", -1, "Put", Delta=30), leg("long", 1, "Put", Delta=10)]
    got = run(coin_definition(legs, **two_weeks(exit={"MaxDaysInTrade": 3})), market)
    check_books(got)


def check_books(got: Run) -> None:
    """Whenever nothing is open, PnL is what the trades so far have brought, Deribit's fees off."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    flat = 0
    for event in got.events:
        if event["TradeEvent"] is not None:
            key = (event["PositionId"], event["SimTime"], event["EventType"])
            groups.setdefault(key, []).append(event["TradeEvent"])
            if event["OpenLegCnt"] == 0:
                flat += 1
                flows = sum(brought(trades, key[2]) for key, trades in groups.items())
                assert event["PnL"] == pytest.approx(flows, abs=2e-8)
    assert flat


def brought(trades: list[dict[str, Any]], kind: str) -> float:
    """Coins that trades at one moment bring in, fees deducted."""
    is_settled = kind == "Settlement"
    fees = {True: 0.0, False: 0.0}
    for trade in trades:
        fee = min(0.00015 if is_settled else 0.0003, 0.125 * trade["Price"])
        is_free = is_settled and trade["Contract"]["Root"].endswith("D")
        fees[trade["Qty"] > 0] += 0.0 if is_free else fee * abs(trade["Qty"])
    both = len({trade["Qty"] > 0 for trade in trades}) == 2 and not is_settled
    fee = max(fees.values()) if both else sum(fees.values())
    return -sum(trade["Qty"] * trade["Price"] for trade in trades) - fee


def test_the_roots_follow_the_services_order(market: Market) -> None:
    entry = {"ReentryDays": 1}
    got = run(
        coin_definition(
            [leg("put", -1, "Put", Delta=20)],
            expirations=[{"Name": "exp", "DTE": 1, "Min": 1, "Max": 2}],
            entry=entry,
        ),
        market,
    )
    roots = {e["TradeEvent"]["Contract"]["Root"] for e in got.of("EntryTrade")}
    assert "BTCD" in roots
    assert roots <= {"BTCD", "BTCW", "BTCM", "BTCQ"}


def test_margin_by_shocks_in_coins(market: Market) -> None:
    """A short call's loss in coins when the coin gains 20 %: between intrinsic and all of it."""
    core = {"Margin": {"Model": "PMLike", "PMConfig": {"LowerBoundPct": 20, "UpperBoundPct": 20}}}
    got = run(coin_definition([leg("call", -1, "Call", Delta=50)], **two_weeks(core=core)), market)
    values = next(e for e in got.events if e["Message"] == "DIT=0")["Vars"]
    spot = values["underlying_price"]
    least = (1.2 * spot - values["leg_call_strike"]) / (1.2 * spot) - values["leg_call_price"]
    assert least * 0.9 < values["pos_margin"] < 1.0
    assert got.result.margin is not None
    assert np.isfinite(got.result.margin).all()
