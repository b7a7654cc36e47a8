"""Chains written out of the modelled market give the trades that the market itself gives."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chain_files import recorded

from xlmeso.model.contracts import OptionType
from xlmeso.model.document import to_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.simulator.chains.opening import open_chains
from xlmeso.simulator.engine.simulate import SimulationResult, simulate
from xlmeso.simulator.market import HistorySource, open_market

pytestmark = pytest.mark.slow

FIRST, LAST = dt.date(2021, 1, 4), dt.date(2021, 1, 29)
HALF_HOUR, HOUR = -7, -13
"""Bars before the close at which the template exits and enters."""


@pytest.fixture(scope="module")
def model() -> Any:
    return open_market("SPX", FIRST, LAST, history=HistorySource("bundled"))


def strategy(**exits: Any) -> StrategyDefinition:
    document = to_python(load_template("short-put").document)
    document["Backtest"] |= {
        "Start": f"{FIRST}T00:00:00",
        "End": f"{LAST}T23:59:59",
    }
    document["Exit"] |= {"MaxDaysInTrade": 4, **exits}
    return StrategyDefinition.from_python(document)


def run(definition: StrategyDefinition, market: Any) -> tuple[SimulationResult, list[Any]]:
    pieces = bytearray()
    result = simulate(definition, market, pieces.extend)
    assert result.failure is None
    return result, json.loads(pieces)


def trades(events: list[Any]) -> list[Any]:
    kinds = ("EntryTrade", "ExitTrade", "Settlement")
    return [
        (event["SimTime"], event["EventType"], event["Message"], event["TradeEvent"])
        for event in events
        if event["EventType"] in kinds
    ]


def test_the_same_trades_to_the_cent(tmp_path: Path, model: Any) -> None:
    folder = recorded(model, tmp_path, (HOUR, HALF_HOUR))
    definition = strategy()
    expected, events = run(definition, model)
    found, own = run(definition, open_chains("SPX", FIRST, LAST, folder))
    assert len(trades(events)) > 4
    assert trades(own) == trades(events)
    # The NAV is the same wherever there is a snapshot.
    market = open_chains("SPX", FIRST, LAST, folder)
    bars = market.quoted_bars
    np.testing.assert_allclose(found.nav[bars], expected.nav[bars], atol=0.005)
    np.testing.assert_allclose(found.greek("delta")[bars], expected.greek("delta")[bars], atol=1e-6)


def test_greeks_that_are_absent_follow_from_the_quotes(tmp_path: Path, model: Any) -> None:
    folder = recorded(model, tmp_path, (HOUR, HALF_HOUR), with_greeks=False)
    market = open_chains("SPX", FIRST, LAST, folder)
    bar = int(market.quoted_bars[12])
    session = market.sessions.session_of(bar)
    compared = 0
    for expiration in market.expirations(session):
        if (expiration.date - market.sessions.dates[session]).days < 5:
            continue
        for kind in ("Put", "Call"):
            mine = market.chain(bar, expiration, OptionType(kind))
            theirs = model.chain(bar, expiration, OptionType(kind))
            rows = np.searchsorted(theirs.strike, mine.strike)
            liquid = (mine.bid > 0.5) & (np.abs(theirs.delta[rows]) < 0.6)
            compared += int(liquid.sum())
            np.testing.assert_allclose(mine.iv[liquid], theirs.iv[rows][liquid], rtol=0.03)
            np.testing.assert_allclose(mine.delta[liquid], theirs.delta[rows][liquid], atol=0.01)
            np.testing.assert_allclose(
                mine.vega[liquid], theirs.vega[rows][liquid], rtol=0.05, atol=0.02
            )
    assert compared > 200
    assert market.iv(bar) == pytest.approx(model.iv(bar), rel=0.03)
    _, events = run(strategy(), model)
    _, own = run(strategy(), market)
    assert [trade[0] for trade in trades(own)] == [trade[0] for trade in trades(events)]
    strikes = [[t[3]["Contract"]["Strike"] for t in trades(found)] for found in (own, events)]
    np.testing.assert_allclose(strikes[0], strikes[1], atol=15)


def test_one_snapshot_a_day_takes_all_ticks(tmp_path: Path, model: Any) -> None:
    folder = recorded(model, tmp_path, (-4,))
    _, events = run(strategy(), open_chains("SPX", FIRST, LAST, folder))
    times = {trade[0][11:] for trade in trades(events)}
    assert times == {"15:45:00"}


def test_nothing_later_is_seen(tmp_path: Path, model: Any) -> None:
    folder = recorded(model, tmp_path, (HOUR,))
    definition = strategy()
    _, before = run(definition, open_chains("SPX", FIRST, LAST, folder))
    half = sorted((folder / "SPX").glob("2021-*"))[12:]
    for path in half:
        path.unlink()
    last = dt.date.fromisoformat(half[0].name[:10]) - dt.timedelta(days=1)
    _, after = run(definition, open_chains("SPX", FIRST, last, folder))
    known = [event for event in trades(before) if event[0] < last.isoformat()]
    assert known == [event for event in trades(after) if event[0] < last.isoformat()]
    assert len(known) > 3
