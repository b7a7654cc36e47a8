from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.errors import SimulationError
from xlmeso.model.contracts import OptionContract, OptionType
from xlmeso.simulator.market import HistorySource, ListedExpiration, Market, open_market, opening
from xlmeso.simulator.market.bundled import load_bundled
from xlmeso.simulator.market.instruments import INSTRUMENTS
from xlmeso.simulator.market.quotes import QUOTE_FIELDS, model_prices
from xlmeso.simulator.market.term import term_features

BUNDLED = HistorySource("bundled")
START, END = dt.date(2018, 1, 1), dt.date(2018, 12, 31)
AM_JUNE = ListedExpiration("SPX", dt.date(2018, 6, 15), am_settled=True)
PM_JUNE = ListedExpiration("SPXW", dt.date(2018, 6, 15), am_settled=False)


def contract(
    expiration: ListedExpiration, strike: object, option_type: OptionType = OptionType.PUT
) -> OptionContract:
    number = Decimal(str(strike))
    return OptionContract("SPX", expiration.root, expiration.date, number, option_type)


# --- opening --------------------------------------------------------------------------------


def test_another_symbol_is_refused_by_name() -> None:
    with pytest.raises(SimulationError, match=r"'NDX'.*SPX, RUT, VIX, GLD"):
        open_market("NDX", START, END, history=BUNDLED)


def test_a_period_without_data_is_refused_with_the_available_range() -> None:
    with pytest.raises(SimulationError, match="1990-01-02 to 2026-02-11"):
        open_market("SPX", dt.date(2027, 1, 1), dt.date(2027, 12, 31), history=BUNDLED)
    with pytest.raises(SimulationError, match="no session between 2018-06-16 and 2018-06-17"):
        open_market("SPX", dt.date(2018, 6, 16), dt.date(2018, 6, 17), history=BUNDLED)


def test_a_period_partly_outside_is_clipped_and_noted() -> None:
    market = open_market("SPX", dt.date(2025, 12, 1), dt.date(2026, 12, 31), history=BUNDLED)
    assert market.last_date == dt.date(2026, 2, 11)
    assert market.notes == ("The history ends on 2026-02-11; the period asked for on 2026-12-31.",)


def test_a_market_is_kept_and_rebuilt_alike(market_2018: Market) -> None:
    assert open_market("SPX", START, END, history=BUNDLED) is market_2018
    opening._open.cache_clear()
    again = open_market("SPX", START, END, history=BUNDLED)
    assert again is not market_2018
    assert again.fingerprint == market_2018.fingerprint
    assert again.underlying.tobytes() == market_2018.underlying.tobytes()
    assert again.vix.tobytes() == market_2018.vix.tobytes()


def test_a_market_describes_itself(market_2018: Market) -> None:
    assert (market_2018.symbol, market_2018.multiplier) == ("SPX", 100)
    assert market_2018.source == (
        "Option quotes are modelled, not recorded, from the bundled S&P 500 and VIX daily "
        "history, Fed funds and dividend yields."
    )
    assert (market_2018.first_date, market_2018.last_date) == (dt.date(2018, 1, 2), END)
    assert len(market_2018.underlying) == len(market_2018.vix) == market_2018.sessions.total_bars
    with pytest.raises(ValueError, match="read-only"):
        market_2018.underlying[0] = 1.0


def test_prices_of_the_day_before_and_of_the_open(market_2018: Market) -> None:
    """2017-12-29 closed at 2673.61; 2018-02-05 opened at 2741.06 after 2762.13."""
    assert market_2018.previous_close(0) == 2673.61
    session = market_2018.sessions.index_of(dt.date(2018, 2, 5))
    assert session is not None
    assert market_2018.open_price(session) == 2741.06
    assert market_2018.previous_close(session) == 2762.13


# --- settlement -----------------------------------------------------------------------------


def test_an_am_series_trades_to_the_day_before_and_settles_on_the_open(
    market_2018: Market,
) -> None:
    sessions = market_2018.sessions
    assert sessions.time_of(market_2018.last_trading_bar(AM_JUNE)) == dt.datetime(
        2018, 6, 14, 16, 0
    )
    bar = market_2018.settlement_bar(AM_JUNE)
    assert bar is not None
    assert sessions.time_of(bar) == market_2018.settlement_time(AM_JUNE)
    assert market_2018.settlement_time(AM_JUNE) == dt.datetime(2018, 6, 15, 9, 30)
    assert market_2018.settlement_value(AM_JUNE) == market_2018.underlying[bar]


def test_a_pm_series_trades_and_settles_at_the_close(market_2018: Market) -> None:
    bar = market_2018.settlement_bar(PM_JUNE)
    assert bar == market_2018.last_trading_bar(PM_JUNE)
    assert bar is not None
    assert market_2018.sessions.time_of(bar) == dt.datetime(2018, 6, 15, 16, 0)
    assert market_2018.settlement_time(PM_JUNE) == dt.datetime(2018, 6, 15, 16, 0)
    assert market_2018.settlement_value(PM_JUNE) == 2779.66


def test_an_early_close_settles_early(market_2018: Market) -> None:
    early = ListedExpiration("SPXW", dt.date(2018, 7, 3), am_settled=False)
    assert market_2018.settlement_time(early) == dt.datetime(2018, 7, 3, 13, 0)
    bar = market_2018.settlement_bar(early)
    assert bar is not None
    assert market_2018.sessions.time_of(bar) == dt.datetime(2018, 7, 3, 13, 0)


def test_settlements_outside_the_period(market_2018: Market) -> None:
    later = ListedExpiration("SPX", dt.date(2019, 6, 21), am_settled=True)
    earlier = ListedExpiration("SPXW", dt.date(2017, 12, 29), am_settled=False)
    assert market_2018.settlement_bar(later) is None
    assert market_2018.settlement_bar(earlier) is None
    assert market_2018.last_trading_bar(later) == market_2018.sessions.total_bars - 1
    assert market_2018.last_trading_bar(earlier) == -1
    with pytest.raises(SimulationError, match="outside the period"):
        market_2018.settlement_value(later)


# --- quotes ---------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_chain_and_a_block_of_quotes_agree_to_the_last_bit(
    market_2020: Market, data: st.DataObject
) -> None:
    bar = data.draw(st.integers(0, market_2020.sessions.total_bars - 1))
    expirations = market_2020.expirations(market_2020.sessions.session_of(bar))
    chosen = data.draw(st.lists(st.sampled_from(expirations), min_size=1, max_size=4))
    start = data.draw(st.integers(max(0, bar - 90), bar))
    stop = data.draw(st.integers(bar + 1, min(bar + 90, market_2020.sessions.total_bars)))
    option_type = data.draw(st.sampled_from(list(OptionType)))
    chains = [market_2020.chain(bar, expiration, option_type) for expiration in chosen]
    rows = [data.draw(st.integers(0, chain.strike.size - 1)) for chain in chains]
    contracts = [
        contract(chain.expiration, chain.strike[row], option_type)
        for chain, row in zip(chains, rows, strict=True)
    ]
    quotes = market_2020.quotes(contracts, range(start, stop))
    for name in QUOTE_FIELDS:
        block = getattr(quotes, name)
        assert block.shape == (len(contracts), stop - start)
        for number, (chain, row) in enumerate(zip(chains, rows, strict=True)):
            assert block[number, bar - start] == getattr(chain, name)[row], name


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_prices_keep_parity_and_order(market_2020: Market, data: st.DataObject) -> None:
    """C - P = S exp(-qT) - K exp(-rT) within half a step, and monotone prices by strike."""
    bar = data.draw(st.integers(0, market_2020.sessions.total_bars - 1))
    session = market_2020.sessions.session_of(bar)
    expiration = data.draw(st.sampled_from(market_2020.expirations(session)))
    strike = market_2020.chain(bar, expiration, OptionType.PUT).strike
    state = market_2020._state.part(bar, bar + 1)
    terms = market_2020._terms(state, [expiration])
    ones = np.ones((strike.size, 1))
    call = model_prices(state, terms, strike[:, None], ones)[0].price[:, 0]
    put = model_prices(state, terms, strike[:, None], -ones)[0].price[:, 0]
    wait = market_2020.settlement_time(expiration) - market_2020.sessions.time_of(bar)
    years = max(wait.total_seconds(), 1.0) / (365 * 86400)
    rate, dividend_yield = float(state.rate[0]), float(state.dividend_yield[0])
    spot = market_2020.underlying[bar]
    parity = spot * np.exp(-dividend_yield * years) - strike * np.exp(-rate * years)
    assert np.abs(call - put - parity).max() < 0.025
    rounding = 1e-9 * spot
    assert (np.diff(call) <= rounding).all()
    assert (np.diff(put) >= -rounding).all()
    slope = np.diff(call) / np.diff(strike)
    assert (slope >= -1.0).all()
    assert (np.diff(slope) >= -2e-3).all()
    for option_type, order in ((OptionType.CALL, -1), (OptionType.PUT, 1)):
        chain = market_2020.chain(bar, expiration, option_type)
        assert (order * np.diff(chain.bid) >= 0).all()
        assert (order * np.diff(chain.ask) >= 0).all()
        assert (chain.bid <= chain.mid).all()
        assert (chain.mid <= chain.ask).all()


def test_quotes_end_with_the_last_tradable_bar(market_2018: Market) -> None:
    last = market_2018.last_trading_bar(AM_JUNE)
    contracts = [contract(AM_JUNE, 2750), contract(PM_JUNE, 2750)]
    quotes = market_2018.quotes(contracts, range(last - 2, last + 82))
    for name in QUOTE_FIELDS:
        block = getattr(quotes, name)
        assert np.isfinite(block[0, :3]).all()
        assert np.isnan(block[0, 3:]).all()
        assert np.isfinite(block[1, :82]).all()
        assert np.isnan(block[1, 82:]).all()
    assert np.isnan(market_2018.chain(last + 1, AM_JUNE, OptionType.PUT).mid).all()


def test_at_the_settlement_only_the_intrinsic_value_is_left(market_2018: Market) -> None:
    bar = market_2018.settlement_bar(PM_JUNE)
    assert bar is not None
    chain = market_2018.chain(bar, PM_JUNE, OptionType.PUT)
    intrinsic = np.maximum(chain.strike - market_2018.underlying[bar], 0.0)
    model = model_prices(
        market_2018._state.part(bar, bar + 1),
        market_2018._terms(market_2018._state.part(bar, bar + 1), [PM_JUNE]),
        chain.strike[:, None],
        -np.ones((chain.strike.size, 1)),
    )[0].price[:, 0]
    assert np.abs(model - intrinsic).max() < 0.2
    for name in QUOTE_FIELDS:
        assert np.isfinite(getattr(chain, name)).all()


def test_any_strike_can_be_quoted(market_2018: Market) -> None:
    quotes = market_2018.quotes([contract(PM_JUNE, "2712.5")], range(100, 101))
    listed = market_2018.quotes([contract(PM_JUNE, 2710), contract(PM_JUNE, 2715)], range(100, 101))
    assert listed.delta[1, 0] < quotes.delta[0, 0] < listed.delta[0, 0]


def test_no_contracts_give_empty_quotes(market_2018: Market) -> None:
    assert market_2018.quotes([], range(5, 12)).mid.shape == (0, 7)


@pytest.mark.parametrize("root", ["RUTW", "SPXPM"])
def test_a_foreign_contract_is_refused(market_2018: Market, root: str) -> None:
    foreign = OptionContract("SPX", root, dt.date(2018, 6, 15), Decimal(2700), OptionType.PUT)
    with pytest.raises(SimulationError, match=f"{root}.*no option on SPX"):
        market_2018.quotes([foreign], range(3))


@pytest.mark.parametrize("bars", [range(-1, 3), range(0, 10, 2), range(0, 10**7)])
def test_bars_outside_the_period_are_refused(market_2018: Market, bars: range) -> None:
    with pytest.raises(IndexError, match="no run of bars"):
        market_2018.quotes([contract(PM_JUNE, 2700)], bars)


def test_signs_and_sizes_of_greeks(market_2018: Market) -> None:
    chain = market_2018.chain(100, PM_JUNE, OptionType.PUT)
    near = np.abs(chain.strike - market_2018.underlying[100]) < 200
    assert ((chain.delta[near] > -1) & (chain.delta[near] < 0)).all()
    assert (chain.gamma[near] > 0).all()
    assert (chain.theta[near] < 0).all()
    assert (chain.vega[near] > 0).all()
    assert (chain.rho[near] < 0).all()
    assert ((chain.iv[near] > 0.05) & (chain.iv[near] < 0.4)).all()


def test_chains_are_kept_for_a_while(market_2018: Market) -> None:
    chain = market_2018.chain(100, PM_JUNE, OptionType.PUT)
    assert market_2018.chain(100, PM_JUNE, OptionType.PUT) is chain
    for bar in range(101, 180):
        market_2018.chain(bar, PM_JUNE, OptionType.PUT)
    assert market_2018.chain(100, PM_JUNE, OptionType.PUT) is not chain


def test_the_listing_is_the_same_all_day(market_2020: Market) -> None:
    session = market_2020.sessions.index_of(dt.date(2020, 3, 16))
    assert session is not None
    bars = market_2020.sessions.bars_of(session)
    expiration = market_2020.expirations(session)[5]
    first = market_2020.chain(bars[0], expiration, OptionType.CALL).strike
    for bar in bars[::13]:
        assert market_2020.chain(bar, expiration, OptionType.CALL).strike.tolist() == first.tolist()


def test_quotes_of_a_session_ignore_everything_after_it() -> None:
    """Change all daily prices after a session: nothing at its bars may move."""
    history = load_bundled()
    first, last, cut = 7060, 7070, 7066
    changed = {
        name: np.concatenate((getattr(history, name)[:cut], getattr(history, name)[cut:] * 1.5))
        for name in ("open", "high", "low", "close", "vix_open", "vix_close", "rate")
    }
    markets = []
    for variant in (history, dataclasses.replace(history, **changed)):
        features = term_features(variant)
        markets.append(
            Market(INSTRUMENTS["SPX"], variant, features, first=first, last=last, seed=0)
        )
    bars = range(markets[0].sessions.bars_of(cut - first)[0])
    expiration = markets[0].expirations(cut - first)[12]
    blocks = [
        market.quotes([contract(expiration, 2700), contract(expiration, 2500)], bars)
        for market in markets
    ]
    for name in QUOTE_FIELDS:
        assert getattr(blocks[0], name).tobytes() == getattr(blocks[1], name).tobytes()
    for bar in (bars[0], bars[-1]):
        for question in ("iv", "iv_rank", "iv_percentile"):
            assert getattr(markets[0], question)(bar) == getattr(markets[1], question)(bar)
    assert markets[0].hv(cut - first) == markets[1].hv(cut - first)
