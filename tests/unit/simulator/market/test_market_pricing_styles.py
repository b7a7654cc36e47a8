"""Prices and greeks of every style against QuantLib: forward, American trust, VIX future, coin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import QuantLib
from gold_series import gold_folder

from xlmeso.model.contracts import OptionType
from xlmeso.simulator.market import HistorySource, Market, open_market
from xlmeso.simulator.market.american import Terms, binomial
from xlmeso.simulator.market.surface import surface_smile

HISTORY = HistorySource()
ql: Any = QuantLib
TODAY = ql.Date(2, 1, 2020)
DAYS = ql.Actual365Fixed()


@pytest.fixture(autouse=True, scope="module")
def _fixed_day() -> None:
    ql.Settings.instance().evaluationDate = TODAY


class Oracle:
    """QuantLib's Black-Scholes-Merton process with quotes that can be bumped."""

    def __init__(self, spot: float, rate: float, dividend: float, volatility: float) -> None:
        self.spot = ql.SimpleQuote(spot)
        self.rate, self.dividend = ql.SimpleQuote(rate), ql.SimpleQuote(dividend)
        self.volatility = ql.SimpleQuote(volatility)
        flat = ql.BlackConstantVol(TODAY, ql.NullCalendar(), ql.QuoteHandle(self.volatility), DAYS)
        self.process = ql.BlackScholesMertonProcess(
            ql.QuoteHandle(self.spot),
            ql.YieldTermStructureHandle(self._curve(self.dividend)),
            ql.YieldTermStructureHandle(self._curve(self.rate)),
            ql.BlackVolTermStructureHandle(flat),
        )

    @staticmethod
    def _curve(quote: Any) -> Any:
        return ql.FlatForward(TODAY, ql.QuoteHandle(quote), DAYS)

    def option(self, sign: float, strike: float, days: int, engine: Any, american: bool) -> Any:
        kind = ql.Option.Call if sign > 0 else ql.Option.Put
        end = TODAY + days
        exercise = ql.AmericanExercise(TODAY, end) if american else ql.EuropeanExercise(end)
        option = ql.VanillaOption(ql.PlainVanillaPayoff(kind, strike), exercise)
        option.setPricingEngine(engine)
        return option

    def slope(self, quote: Any, value: Callable[[], float], bump: float) -> float:
        """Central difference of a value by one of the quotes."""
        middle = quote.value()
        quote.setValue(middle + bump)
        up = value()
        quote.setValue(middle - bump)
        down = value()
        quote.setValue(middle)
        return (up - down) / (2 * bump)


def whole_day_case(market: Market, session: int, place: int, days: int):
    """A bar from which an expiration is a whole number of days away, and its chain."""
    for expiration in market.expirations(session):
        settles = market.settlement_time(expiration)
        if (settles.date() - market.sessions.dates[session]).days == days:
            break
    bar = market.sessions.bars_of(session)[place]
    state = market._state.part(bar, bar + 1)
    assert (settles - market.sessions.time_of(bar)).total_seconds() == days * 86400
    return bar, expiration, state


def check_european(market: Market, bar: int, expiration, state, *, days: int, unit: float) -> None:
    terms = market._terms(state, [expiration])
    on_future = market.symbol == "VIX"
    spot = terms.forward.item() if on_future else state.spot.item()
    rate = state.rate.item()
    dividend = rate if on_future else state.dividend_yield.item()
    for kind, sign in ((OptionType.PUT, -1.0), (OptionType.CALL, 1.0)):
        chain = market.chain(bar, expiration, kind)
        near = np.flatnonzero((np.abs(chain.delta) > 0.03) & (np.abs(chain.delta) < 0.97))
        for row in near[:: max(near.size // 6, 1)]:
            oracle = Oracle(spot, rate, dividend, chain.iv[row])
            engine = ql.AnalyticEuropeanEngine(oracle.process)
            option = oracle.option(sign, float(chain.strike[row]), days, engine, american=False)
            half = (chain.ask[row] - chain.bid[row]) / 2 + 0.05 * unit
            assert chain.mid[row] == pytest.approx(option.NPV() * unit, abs=half)
            assert chain.delta[row] == pytest.approx(option.delta(), rel=1e-9)
            assert chain.gamma[row] == pytest.approx(option.gamma(), rel=1e-9)
            assert chain.theta[row] == pytest.approx(option.theta() / 365, rel=1e-9, abs=1e-12)
            assert chain.vega[row] == pytest.approx(option.vega() / 100, rel=1e-9)
            assert chain.rho[row] == pytest.approx(option.rho(), rel=1e-9, abs=1e-9)


def test_european_on_a_forward() -> None:
    market = open_market("RUT", dt.date(2019, 1, 2), dt.date(2019, 12, 31), history=HistorySource())
    # 2019-06-07 16:00 to 2019-06-14 16:00
    session = market.sessions.index_of(dt.date(2019, 6, 7))
    bar, expiration, state = whole_day_case(market, session, 78, 21)
    check_european(market, bar, expiration, state, days=21, unit=1.0)


def test_european_on_a_vix_future() -> None:
    market = open_market("VIX", dt.date(2019, 1, 2), dt.date(2019, 12, 31), history=HistorySource())
    # 2019-05-15 09:30 to the settlement on 2019-06-19 09:30
    session = market.sessions.index_of(dt.date(2019, 5, 15))
    bar, expiration, state = whole_day_case(market, session, 0, 35)
    check_european(market, bar, expiration, state, days=35, unit=1.0)


def test_inverse_coin_options() -> None:
    """Price in coin = QuantLib's dollar price over spot; greeks in dollars."""
    market = open_market(
        "BTCUSD", dt.date(2017, 1, 1), dt.date(2017, 6, 30), history=HistorySource()
    )
    session = market.sessions.index_of(dt.date(2017, 3, 31))
    bar, expiration, state = whole_day_case(market, session, 96, 28)
    check_european(market, bar, expiration, state, days=28, unit=1.0 / state.spot.item())


def test_the_tree_is_that_of_cox_ross_and_rubinstein() -> None:
    """The same tree in QuantLib, call and put, with and without early exercise."""
    for sign, strike, dividend in ((-1.0, 110.0, 0.0), (-1.0, 95.0, 0.02), (1.0, 90.0, 0.06)):
        oracle = Oracle(100.0, 0.05, dividend, 0.25)
        one = np.ones((1, 1))
        terms = Terms(
            100 * one, strike * one, one, 0.05 * one, dividend * one, 0.25 * one, sign * one
        )
        for american in (True, False):
            engine = ql.BinomialVanillaEngine(oracle.process, "crr", 200)
            expected = oracle.option(sign, strike, 365, engine, american)
            tree = binomial(terms, american=american, steps=200)
            assert tree.value.item() == pytest.approx(expected.NPV(), abs=2e-3)
            assert tree.delta.item() == pytest.approx(expected.delta(), abs=1e-3)
            assert tree.gamma.item() == pytest.approx(expected.gamma(), abs=1e-3)
            assert tree.theta.item() == pytest.approx(expected.theta(), abs=2e-2)


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Market:
    folder: Path = gold_folder(tmp_path_factory.mktemp("gold"))
    return open_market(
        "GLD", dt.date(2019, 1, 2), dt.date(2019, 12, 31), history=HistorySource("csv", folder)
    )


def test_american_prices_and_greeks_of_gold(gold: Market) -> None:
    """QuantLib's finite differences on a fine grid as the truth."""
    session = gold.sessions.index_of(dt.date(2019, 3, 15))
    bar, expiration, state = whole_day_case(gold, session, 78, 189)
    terms = gold._terms(state, [expiration])
    for kind, sign in ((OptionType.PUT, -1.0), (OptionType.CALL, 1.0)):
        chain = gold.chain(bar, expiration, kind)
        column = chain.strike[:, None]
        exact = gold._model.shifted(state, terms, column, np.full(column.shape, sign), np.ones(1))
        near = np.flatnonzero((np.abs(chain.delta) > 0.05) & (np.abs(chain.delta) < 0.9))
        for row in near[:: max(near.size // 6, 1)]:
            oracle = Oracle(state.spot.item(), state.rate.item(), 0.0, chain.iv[row])
            engine = ql.FdBlackScholesVanillaEngine(oracle.process, 400, 800)
            option = oracle.option(sign, float(chain.strike[row]), 189, engine, american=True)
            assert exact[0, row, 0] == pytest.approx(option.NPV(), abs=0.02)
            assert chain.delta[row] == pytest.approx(option.delta(), abs=0.01)
            assert chain.gamma[row] == pytest.approx(option.gamma(), rel=0.08, abs=5e-4)
            assert chain.theta[row] == pytest.approx(option.theta() / 365, rel=0.08, abs=5e-4)
            vega = oracle.slope(oracle.volatility, option.NPV, 1e-3) / 100
            assert chain.vega[row] == pytest.approx(vega, rel=0.05, abs=0.005)
            rho = oracle.slope(oracle.rate, option.NPV, 1e-3)
            assert chain.rho[row] == pytest.approx(rho, rel=0.08, abs=1.0)


def test_an_american_option_is_never_worth_less_than_exercise(gold: Market) -> None:
    for session in (0, 60, 200):
        bar = gold.sessions.bars_of(session)[20]
        state = gold._state.part(bar, bar + 1)
        for expiration in gold.expirations(session):
            terms = gold._terms(state, [expiration])
            strike = gold.chain(bar, expiration, OptionType.PUT).strike[:, None]
            sign = np.full(strike.shape, -1.0)
            price = gold._model.shifted(state, terms, strike, sign, np.ones(1))[0, :, 0]
            assert (price >= strike[:, 0] - state.spot.item() - 1e-9).all()


def test_shocks_of_gold_move_every_price(gold: Market) -> None:
    bar = gold.sessions.bars_of(60)[20]
    state = gold._state.part(bar, bar + 1)
    terms = gold._terms(state, [gold.expirations(60)[6]])
    strike = np.array([[110.0], [125.0]])
    sign = np.array([[-1.0], [1.0]])
    prices = gold._model.shifted(state, terms, strike, sign, np.array([0.9, 1.0, 1.1]))[:, :, 0]
    assert (np.diff(prices[:, 0]) < 0).all()
    assert (np.diff(prices[:, 1]) > 0).all()


def test_the_smile_of_one_shape_is_ssvi() -> None:
    """w / theta = (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)) / 2 with phi k = slope x."""
    slope, rho = 1.2, 0.6
    x = np.linspace(-3, 3, 13)
    smile = surface_smile(slope, rho)(np.array([30.0]), np.array([0.0]))
    expected = 0.5 * (1 + rho * slope * x + np.sqrt((slope * x + rho) ** 2 + 1 - rho**2))
    np.testing.assert_allclose(smile.relative_variance(x), expected, rtol=1e-12)
    assert slope**2 * (1 + rho) <= 4
