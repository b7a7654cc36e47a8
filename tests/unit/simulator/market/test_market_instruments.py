"""Every underlying: listings against the calendar, no arbitrage in its quotes, its history."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from gold_series import HEADER, gold_folder
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from xlmeso.errors import SimulationError
from xlmeso.model.contracts import OptionType
from xlmeso.simulator.market import HistorySource, Market, check_history, open_market
from xlmeso.simulator.market.bundled import load_btc, load_bundled
from xlmeso.simulator.market.instruments import INSTRUMENTS
from xlmeso.simulator.market.sessions import day_number
from xlmeso.simulator.market.small_caps import load_small_caps
from xlmeso.simulator.market.symbols import source_for, symbols_of


@pytest.fixture(scope="module")
def markets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Market]:
    gold = HistorySource("csv", gold_folder(tmp_path_factory.mktemp("gold")))
    periods = {"SPX": 2019, "RUT": 2019, "VIX": 2019, "GLD": 2019, "BTCUSD": 2017}
    return {
        symbol: open_market(
            symbol,
            dt.date(year, 1, 1),
            dt.date(year, 6, 30),
            history=gold if symbol == "GLD" else HistorySource(),
        )
        for symbol, year in periods.items()
    }


SYMBOLS = ("SPX", "RUT", "VIX", "GLD", "BTCUSD")


# --- no arbitrage -----------------------------------------------------------------------------


def drawn_chains(market: Market, data: st.DataObject):
    bar = data.draw(st.integers(0, market.sessions.total_bars - 1))
    expirations = market.expirations(market.sessions.session_of(bar))
    tradable = [item for item in expirations if market.last_trading_bar(item) >= bar]
    expiration = data.draw(st.sampled_from(tradable))
    return bar, expiration, *(market.chain(bar, expiration, kind) for kind in OptionType)


def exact(market: Market, bar: int, expiration, strike: np.ndarray, sign: float) -> np.ndarray:
    """Model prices before price steps."""
    state = market._state.part(bar, bar + 1)
    terms = market._terms(state, [expiration])
    column = strike[:, None]
    signs = np.full(column.shape, sign)
    return market._model.shifted(state, terms, column, signs, np.ones(1))[0, :, 0]


def butterflies(strike: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Price of every neighbouring butterfly: one contract short, its wings long."""
    low, high = np.diff(strike)[:-1], np.diff(strike)[1:]
    return (high * price[:-2] + low * price[2:]) / (low + high) - price[1:-1]


@pytest.mark.parametrize("symbol", SYMBOLS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_chains_are_free_of_arbitrage(
    markets: dict[str, Market], symbol: str, data: st.DataObject
) -> None:
    """Bid below ask; prices monotone and convex in strike; parity; all within half a step."""
    market = markets[symbol]
    bar, expiration, puts, calls = drawn_chains(market, data)
    for chain in (puts, calls):
        assert (chain.bid >= 0).all()
        assert (chain.bid < chain.ask).all()
        np.testing.assert_allclose(chain.mid, (chain.bid + chain.ask) / 2, rtol=1e-12)
        assert (np.diff(chain.strike) > 0).all()
        assert (chain.iv > 0).all()
    strike = puts.strike
    put, call = (exact(market, bar, expiration, strike, sign) for sign in (-1.0, 1.0))
    assert (np.diff(put) >= -1e-9).all()
    assert (np.diff(call) <= 1e-9).all()
    half_step = 0.0001 / 2 if market.is_inverse else 0.05 / 2
    for price in (put, call):
        assert butterflies(strike, price).min() >= -half_step
    for kind in ("bid", "ask"):
        assert (np.diff(getattr(puts, kind)) >= -1e-12).all()
        assert (np.diff(getattr(calls, kind)) <= 1e-12).all()
    state = market._state.part(bar, bar + 1)
    terms = market._terms(state, [expiration])
    forward, discount = terms.forward.item(), terms.discount.item()
    unit = 1.0 / state.spot.item() if market.is_inverse else 1.0
    gap = call - put - (forward - strike) * discount * unit
    if symbol == "GLD":  # American: S e^(-qT) - K <= C - P <= S - K e^(-rT)
        spot = state.spot.item()
        assert (call - put <= spot - strike * discount + half_step).all()
        assert (call - put >= spot - strike - half_step).all()
    else:
        assert np.abs(gap).max() <= half_step


@pytest.mark.parametrize("symbol", ["SPX", "RUT", "GLD", "BTCUSD"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_longer_options_are_never_cheaper_at_the_same_moneyness(
    markets: dict[str, Market], symbol: str, data: st.DataObject
) -> None:
    """No calendar arbitrage over the whole smile (VIX: every expiration has its own future).

    Out-of-the-money prices over the forward, by Black's formula from the surface's deviation.
    """
    market = markets[symbol]
    bar = data.draw(st.integers(0, market.sessions.total_bars - 1))
    state = market._state.part(bar, bar + 1)
    listed = market.expirations(market.sessions.session_of(bar))
    tradable = [item for item in listed if market.last_trading_bar(item) >= bar]
    terms = market._terms(state, sorted(tradable, key=market.settlement_time))
    moneyness = np.linspace(-0.5, 0.35, 35)
    rows = range(terms.forward.shape[0])
    deviation = np.array(
        [terms.rows(np.array([row])).deviation(moneyness[:, None])[:, 0] for row in rows]
    )
    upper = -moneyness / deviation + deviation / 2
    call = ndtr(upper) - np.exp(moneyness) * ndtr(upper - deviation)
    out_of_money = call - np.maximum(1.0 - np.exp(moneyness), 0.0)
    assert (np.diff(out_of_money, axis=0) >= -1e-9).all()
    assert (np.diff(terms.root_total[:, 0]) >= -1e-12).all()


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_chain_and_a_block_agree_to_the_bit(markets: dict[str, Market], symbol: str) -> None:
    market = markets[symbol]
    bar = market.sessions.bars_of(40)[30]
    listed = [e for e in market.expirations(40) if market.last_trading_bar(e) > bar + 20]
    from decimal import Decimal

    from xlmeso.model.contracts import OptionContract

    contracts, rows = [], []
    for item, kind in zip(listed[:4], [*OptionType] * 2, strict=False):
        chain = market.chain(bar, item, kind)
        row = chain.strike.size // 2
        rows.append((chain, row))
        strike = Decimal(repr(float(chain.strike[row])))
        contracts.append(
            OptionContract(symbol, item.root, item.date, strike, kind, market.multiplier)
        )
    block = market.quotes(contracts, range(bar - 3, bar + 5))
    for number, (chain, row) in enumerate(rows):
        for name in ("bid", "ask", "mid", "iv", "delta", "vega", "theta"):
            assert getattr(block, name)[number, 3] == getattr(chain, name)[row], name


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_revaluation_at_todays_price_is_the_models_price(
    markets: dict[str, Market], symbol: str
) -> None:
    market = markets[symbol]
    bar = market.sessions.bars_of(20)[10]
    expiration = market.expirations(20)[4]
    chain = market.chain(bar, expiration, OptionType.PUT)
    price = exact(market, bar, expiration, chain.strike, -1.0)
    widest = (chain.ask - chain.bid).max()
    assert np.abs(price - chain.mid).max() <= widest


# --- listings ---------------------------------------------------------------------------------


def test_vix_expires_thirty_days_before_the_next_third_friday() -> None:
    """Dates of the exchange's calendar for 2019 and one moved by a holiday (Good Friday 2019)."""
    table = INSTRUMENTS["VIX"].listing.table()
    monthly = [e.date for e in table.entries if e.root == "VIX" and e.date.year == 2019]
    assert [f"{day:%m-%d}" for day in monthly] == [
        "01-16", "02-13", "03-19", "04-17", "05-22", "06-19", "07-17", "08-21", "09-18", "10-16",
        "11-20", "12-18",
    ]  # fmt: skip
    assert all(e.am_settled for e in table.entries)


def test_vix_settles_on_its_own_open(markets: dict[str, Market]) -> None:
    market = markets["VIX"]
    april = next(e for e in market.expirations(60) if e.date == dt.date(2019, 4, 17))
    history = load_bundled()
    row = int(np.searchsorted(history.days, day_number(april.date)))
    assert market.settlement_value(april) == pytest.approx(history.vix_open[row])
    assert market.last_trading_bar(april) == market.settlement_bar(april) - 1


def test_vix_is_the_vix_of_a_run_on_spx(markets: dict[str, Market]) -> None:
    np.testing.assert_array_equal(markets["VIX"].underlying, markets["SPX"].vix)
    np.testing.assert_array_equal(markets["VIX"].vix, markets["SPX"].vix)


def test_vix_futures_start_at_vix_and_lie_between_today_and_the_mean() -> None:
    calm = open_market("VIX", dt.date(2017, 11, 1), dt.date(2017, 11, 30), history=HistorySource())
    state = calm._state.part(100, 101)
    term = state.term
    near = term.forward(np.array([[1e-6]])).item()
    assert near == pytest.approx(state.spot.item(), rel=1e-3)
    far = term.forward(np.array([[0.5]])).item()
    assert near < far < 20
    storm = open_market("VIX", dt.date(2020, 3, 16), dt.date(2020, 3, 20), history=HistorySource())
    state = storm._state.part(100, 101)
    assert state.term.forward(np.array([[0.4]])).item() < 0.75 * state.spot.item()


def test_coins_settle_at_eight_on_the_mean_of_half_an_hour(markets: dict[str, Market]) -> None:
    market = markets["BTCUSD"]
    item = market.expirations(30)[3]
    bar = market.settlement_bar(item)
    assert bar is not None
    assert market.sessions.time_of(bar) == dt.datetime.combine(item.date, dt.time(8))
    assert market.last_trading_bar(item) == bar - 1
    path = market.underlying[bar - 6 : bar + 1]
    # time average of the straight lines between the seven points of 07:30 to 08:00
    by_hand = (path[0] / 2 + path[1:6].sum() + path[6] / 2) / 6
    assert market.settlement_value(item) == pytest.approx(by_hand)
    assert market.settlement_time(item).time() == dt.time(8)


def test_the_root_of_a_coins_series_says_how_often_it_comes() -> None:
    table = INSTRUMENTS["BTCUSD"].listing.table()
    roots = {e.date: e.root for e in table.entries if e.date.year == 2017}
    assert len(roots) == 365
    assert roots[dt.date(2017, 6, 30)] == "BTCQ"
    assert roots[dt.date(2017, 4, 28)] == "BTCM"
    assert roots[dt.date(2017, 4, 21)] == "BTCW"
    assert roots[dt.date(2017, 4, 20)] == "BTCD"
    assert sum(root == "BTCQ" for root in roots.values()) == 4
    assert sum(root == "BTCM" for root in roots.values()) == 8


def test_coins_trade_every_five_minutes_of_every_day(markets: dict[str, Market]) -> None:
    market = markets["BTCUSD"]
    assert market.sessions.total_bars == 288 * 181
    assert market.sessions.dates[6].weekday() == 5  # 2017-01-07, a Saturday
    assert market.sessions.time_of(288) == dt.datetime(2017, 1, 2)
    assert market.sessions.time_of(287) == dt.datetime(2017, 1, 1, 23, 55)


@pytest.mark.parametrize("price", [233.0, 1222.0, 9875.0, 64_000.0, 0.9])
@pytest.mark.parametrize("days", [1, 30, 200])
def test_strikes_of_coins_surround_any_price(price: float, days: int) -> None:
    listing = INSTRUMENTS["BTCUSD"].listing
    item = listing.expiration("BTCM", dt.date(2017, 4, 28))
    strikes = listing.strikes(price, 0, days, item)
    assert (np.diff(strikes) > 0).all()
    assert 10 < strikes.size < 400
    assert strikes[0] < 0.75 * price
    assert strikes[-1] > 1.35 * price
    near = strikes[(strikes > 0.9 * price) & (strikes < 1.1 * price)]
    assert near.size >= 3


# --- histories --------------------------------------------------------------------------------


def test_rut_follows_the_levels_of_the_index() -> None:
    """Closes of the Russell 2000 as published: 2012-12-31 849.35, 2018-08-31 1740.75."""
    history = load_small_caps()
    for date, level in ((dt.date(2012, 12, 31), 849.35), (dt.date(2018, 8, 31), 1740.75)):
        row = int(np.searchsorted(history.days, day_number(date)))
        assert history.close[row] == pytest.approx(level, rel=0.015)
    returns = np.diff(np.log(history.close))
    assert np.abs(returns).max() < 0.16  # no leap at the split of June 2005


def test_the_volatility_ratio_of_rut_knows_no_future() -> None:
    history = load_small_caps()
    ratio = history.over_vix
    assert ratio is not None
    assert 1.0 <= ratio.min() <= ratio.max() <= 1.6
    close = history.close
    big = load_bundled()
    row = 3000
    at = np.searchsorted(big.days, history.days[row - 127 : row])
    small, large = np.diff(np.log(close[row - 127 : row])), np.diff(np.log(big.close[at]))
    expected = 0.5 * 1.25 + 0.5 * np.sqrt((small**2).sum() / (large**2).sum())
    assert ratio[row] == pytest.approx(np.clip(expected, 1.0, 1.6))


def test_rut_shows_vix_itself(markets: dict[str, Market]) -> None:
    """First and last bar of each session: the published VIX, whatever the path between."""
    rut, spx = markets["RUT"], markets["SPX"]
    bars = [rut.sessions.bars_of(session) for session in range(50)]
    ends = [bar for day in bars for bar in (day[0], day[-1])]
    np.testing.assert_allclose(rut.vix[ends], spx.vix[ends], rtol=1e-12)


def test_gold_needs_the_users_own_prices(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"no price history of GLD.*gld\.csv"):
        open_market("GLD", dt.date(2019, 1, 1), dt.date(2019, 2, 1), history=HistorySource())
    assert source_for("GLD", HistorySource()) is None
    folder = gold_folder(tmp_path / "gold")
    source = HistorySource("csv", folder)
    assert source_for("GLD", source) == "csv"
    assert source_for("SPX", source) == "bundled"  # the folder leaves it alone
    assert symbols_of(folder) == ("GLD",)
    check_history(source)


def test_a_volatility_index_sets_the_level(tmp_path: Path) -> None:
    """GVZ at 15 and 15.5: the 30-day volatility is that, whatever the prices did."""
    folder = gold_folder(tmp_path / "gold", with_index=True)
    market = open_market(
        "GLD", dt.date(2019, 3, 1), dt.date(2019, 4, 30), history=HistorySource("csv", folder)
    )
    last = market.sessions.bars_of(10)[-1]
    assert np.exp(market._state.log_level[last]) * 18.0 == pytest.approx(15.5, rel=0.01)
    without = gold_folder(tmp_path / "bare")
    moved = open_market(
        "GLD", dt.date(2019, 3, 1), dt.date(2019, 4, 30), history=HistorySource("csv", without)
    )
    # closes alternate by 1 %: realised 15.8 % a year, times the root of the premium 1.15
    assert np.exp(moved._state.log_level[last]) * 0.18 == pytest.approx(0.17, abs=0.015)
    assert any("gvz.csv" in note for note in moved.notes)


def test_coins_want_every_day(tmp_path: Path) -> None:
    rows = [f"2021-01-{day:02d},100,140,90,{100 + day}" for day in range(1, 31) if day != 9]
    (tmp_path / "ethusd.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(SimulationError, match=r"1 days are missing.*2021-01-09"):
        check_history(HistorySource("csv", tmp_path))


def test_no_later_price_changes_the_level_of_a_coin() -> None:
    """The level of volatility at a bar knows closes before its day and the move so far only."""
    import dataclasses

    instrument = INSTRUMENTS["BTCUSD"]
    history = instrument.bundled()
    cut = 700
    crashed = dataclasses.replace(
        history, **{n: np.where(np.arange(history.days.size) > cut, getattr(history, n) * 0.5,
                                getattr(history, n)) for n in ("open", "high", "low", "close")}
    )  # fmt: skip
    pair = [
        Market(instrument, h, instrument.model.features(h), first=cut - 50, last=cut + 5, seed=0)
        for h in (history, crashed)
    ]
    known = 51 * 288
    for name in ("spot", "log_level"):
        np.testing.assert_array_equal(
            getattr(pair[0]._state, name)[:known], getattr(pair[1]._state, name)[:known]
        )
    assert pair[1]._state.log_level[known] > pair[0]._state.log_level[known]


def test_one_exchanges_flash_crash_is_no_price_of_the_bitcoin() -> None:
    days, (opened, high, low, close) = load_btc()
    row = int(np.searchsorted(days, day_number(dt.date(2017, 4, 15))))
    # 1173.13 less what the high of 1190.99 is above the close of 1178.85
    assert low[row] == pytest.approx(1160.99)
    assert (low <= np.minimum(opened, close)).all()
    assert (high >= np.maximum(opened, close)).all()
    assert (low > 0.6 * np.minimum(opened, close)).all()
    assert (np.diff(days) == 1).all()
