from __future__ import annotations

import datetime as dt
import math
import statistics
from itertools import pairwise

import numpy as np
import pytest

from xlmeso.model.contracts import OptionType
from xlmeso.simulator.market import HistorySource, Market, open_market
from xlmeso.simulator.market.volatility import TrailingYear


@pytest.fixture(scope="module")
def two_years() -> Market:
    bundled = HistorySource("bundled")
    return open_market("SPX", dt.date(2017, 1, 1), dt.date(2018, 12, 31), history=bundled)


def session(market: Market, date: dt.date) -> int:
    found = market.sessions.index_of(date)
    assert found is not None
    return found


def test_hv_by_hand(two_years: Market) -> None:
    """Closes of 2018-01-22..2018-02-20 for the session of 2018-02-21 (reference 4.8)."""
    today = session(two_years, dt.date(2018, 2, 21))
    window = [
        place
        for place, date in enumerate(two_years.sessions.dates)
        if dt.date(2018, 1, 22) <= date <= dt.date(2018, 2, 20)
    ]
    closes = [two_years.previous_close(place + 1) for place in window]
    returns = [math.log(b / a) for a, b in pairwise(closes)]
    expected = statistics.pstdev(returns) * math.sqrt(252)
    assert len(closes) == 21
    assert two_years.hv(today) == pytest.approx(expected, rel=1e-12)
    assert two_years.hv(today) == two_years.hv(today)


def test_hv_without_a_past_is_not_a_number() -> None:
    bundled = HistorySource("bundled")
    market = open_market("SPX", dt.date(1990, 1, 2), dt.date(1990, 1, 31), history=bundled)
    assert math.isnan(market.hv(0))
    assert math.isnan(market.hv(1))
    assert market.hv(5) > 0.0
    assert math.isnan(market.iv_rank(0))
    assert math.isnan(market.iv_percentile(0))


def test_iv_is_that_of_the_put_next_to_the_money_nearest_30_days(two_years: Market) -> None:
    for date in (dt.date(2018, 1, 18), dt.date(2018, 2, 6), dt.date(2018, 11, 23)):
        today = session(two_years, date)
        for bar in two_years.sessions.bars_of(today)[::20]:
            nearest = min(
                two_years.expirations(today), key=lambda e: abs((e.date - date).days - 30)
            )
            chain = two_years.chain(bar, nearest, OptionType.PUT)
            expected = np.interp(two_years.underlying[bar], chain.strike, chain.iv)
            assert two_years.iv(bar) == pytest.approx(expected, abs=2e-4)


def test_iv_moves_during_the_day(two_years: Market) -> None:
    today = session(two_years, dt.date(2018, 2, 5))
    bars = two_years.sessions.bars_of(today)
    assert two_years.iv(bars[-1]) > 1.4 * two_years.iv(bars[0])


@pytest.mark.parametrize("date", [dt.date(2018, 2, 5), dt.date(2018, 7, 3), dt.date(2018, 12, 24)])
def test_rank_and_percentile_by_brute_force(two_years: Market, date: dt.date) -> None:
    today = session(two_years, date)
    closes = [
        two_years.iv(two_years.sessions.bars_of(place)[-1])
        for place, day in enumerate(two_years.sessions.dates)
        if date - dt.timedelta(365) <= day < date
    ]
    assert len(closes) >= 250
    bar = two_years.sessions.bars_of(today)[20]
    current = two_years.iv(bar)
    low, high = min(*closes, current), max(*closes, current)
    below = sum(close < current for close in closes)
    assert two_years.iv_rank(bar) == pytest.approx(100 * (current - low) / (high - low))
    assert two_years.iv_percentile(bar) == pytest.approx(100 * below / len(closes))


def test_the_year_before_the_period_counts(two_years: Market) -> None:
    """A market that starts later sees the same trailing year."""
    bundled = HistorySource("bundled")
    later = open_market("SPX", dt.date(2018, 6, 1), dt.date(2018, 6, 29), history=bundled)
    date = dt.date(2018, 6, 5)
    mine = later.sessions.bars_of(session(later, date))[7]
    theirs = two_years.sessions.bars_of(session(two_years, date))[7]
    assert later.iv(mine) == two_years.iv(theirs)
    assert later.iv_rank(mine) == two_years.iv_rank(theirs)
    assert later.iv_percentile(mine) == two_years.iv_percentile(theirs)


def test_rank_and_percentile_of_a_small_year() -> None:
    year = TrailingYear(np.array([0.10, 0.30, 0.20, 0.20]))
    assert year.rank(0.20) == pytest.approx(50.0)
    assert year.percentile(0.20) == 25.0
    assert (year.rank(0.40), year.percentile(0.40)) == (100.0, 100.0)
    assert (year.rank(0.05), year.percentile(0.05)) == (0.0, 0.0)
    assert TrailingYear(np.array([0.2])).rank(0.2) == 0.0
    assert math.isnan(TrailingYear(np.array([])).rank(0.2))
    assert math.isnan(TrailingYear(np.array([])).percentile(0.2))
