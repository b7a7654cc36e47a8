from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.simulator.market import HistorySource, Market, open_market
from xlmeso.simulator.market.path import session_paths, volatility_paths
from xlmeso.simulator.market.randomness import stream_keys

BUNDLED = HistorySource("bundled")

cents = st.integers(10_000, 700_000).map(lambda number: number / 100)


@st.composite
def candles(draw) -> tuple[float, float, float, float]:
    prices = [draw(cents)]
    for _ in range(3):
        prices.append(round(prices[0] * draw(st.floats(0.92, 1.08)), 2))
    ordered = sorted(prices)
    open_, close = draw(st.permutations(prices))[:2]
    return open_, ordered[-1], ordered[0], close


@settings(max_examples=150)
@given(candles(), st.integers(0, 1_000_000), st.sampled_from([42, 78]))
def test_a_path_runs_through_open_high_low_and_close(candle, number: int, steps: int) -> None:
    open_, high, low, close = candle
    columns = [np.array([value]) for value in candle]
    path = session_paths(*columns, keys=stream_keys([f"x|{number}"], 0), steps=steps)[0]
    assert path.size == steps + 1
    assert path[0] == open_
    assert path[-1] == close
    assert path.max() == high
    assert path.min() == low


def test_a_bar_is_the_same_in_every_period(market_2018: Market) -> None:
    short = open_market("SPX", dt.date(2018, 7, 2), dt.date(2018, 7, 5), history=BUNDLED)
    for session, date in enumerate(short.sessions.dates):
        there = market_2018.sessions.index_of(date)
        assert there is not None
        mine, theirs = short.sessions.bars_of(session), market_2018.sessions.bars_of(there)
        assert short.underlying[mine].tolist() == market_2018.underlying[theirs].tolist()
        assert short.vix[mine].tolist() == market_2018.vix[theirs].tolist()


def test_the_seed_changes_the_path_between_the_same_daily_prices(market_2018: Market) -> None:
    other = open_market("SPX", dt.date(2018, 1, 1), dt.date(2018, 12, 31), history=BUNDLED, seed=5)
    assert (other.underlying != market_2018.underlying).mean() > 0.9
    assert other.fingerprint != market_2018.fingerprint
    first = market_2018.sessions.first_bar
    last = first + market_2018.sessions.bar_count - 1
    assert other.underlying[first].tolist() == market_2018.underlying[first].tolist()
    assert other.underlying[last].tolist() == market_2018.underlying[last].tolist()


def test_five_minute_moves_have_the_size_and_independence_of_a_real_index() -> None:
    """Realised volatility 0.9 to 1.4 times Parkinson's, no marked correlation (section 3.4)."""
    market = open_market("SPX", dt.date(2012, 1, 1), dt.date(2016, 12, 31), history=BUNDLED)
    full = np.flatnonzero(market.sessions.bar_count == 79)
    bars = market.sessions.first_bar[full][:, None] + np.arange(79)
    prices = market.underlying[bars]
    moves = np.diff(np.log(prices), axis=1)
    realised = np.sqrt((moves**2).sum(axis=1)).mean()
    parkinson = (np.log(prices.max(axis=1) / prices.min(axis=1)) / np.sqrt(4 * np.log(2))).mean()
    assert 0.9 < realised / parkinson < 1.4
    lagged = np.corrcoef(moves[:, 1:].ravel(), moves[:, :-1].ravel())[0, 1]
    assert abs(lagged) < 0.16


def test_vix_meets_open_and_close_and_falls_when_the_index_rises() -> None:
    prices = np.array([[100.0, 101.0, 100.0], [100.0, 100.0, 100.0]])
    path = volatility_paths(prices, np.array([20.0, 20.0]), np.array([20.0, 24.2]))
    assert path[:, 0].tolist() == [20.0, 20.0]
    assert path[:, -1].tolist() == [20.0, 24.2]
    assert path[0, 1] == pytest.approx(20.0 * 1.01**-4.675)
    assert path[1, 1] == pytest.approx(22.0)


def test_the_days_of_known_turmoil(market_2018: Market) -> None:
    """2018-02-05: S&P 500 2741.06 to 2648.94, VIX from 18.44 to 37.32."""
    session = market_2018.sessions.index_of(dt.date(2018, 2, 5))
    assert session is not None
    bars = market_2018.sessions.bars_of(session)
    assert market_2018.underlying[bars[0]] == 2741.06
    assert market_2018.underlying[bars[-1]] == 2648.94
    assert market_2018.vix[bars[0]] == 18.44
    assert market_2018.vix[bars[-1]] == 37.32
