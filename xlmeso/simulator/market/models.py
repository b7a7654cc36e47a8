"""How the options of an underlying are priced: one model per style.

`IndexModel` European options on a forward with the fitted surface; `VixModel` European options on
VIX futures; `TrustModel` American options on a share; `InverseModel` crypto options whose price is
a share of the coin.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Final, Protocol

import numpy as np

from xlmeso.simulator.market.american import Terms, american_price, with_early_exercise
from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.black import Priced
from xlmeso.simulator.market.futures_term import FuturesTerm
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.hours import EXCHANGE, ROUND_THE_CLOCK, Hours
from xlmeso.simulator.market.quotes import (
    ExpirationTerms,
    Quotes,
    expiration_terms,
    model_prices,
    price_options,
    quoted,
    shifted_prices,
)
from xlmeso.simulator.market.reverting import reverting_features, reverting_state
from xlmeso.simulator.market.spreads import (
    INDEX_STEPS,
    PriceSteps,
    quote,
    quote_around,
)
from xlmeso.simulator.market.state import MarketState, market_state
from xlmeso.simulator.market.surface import surface_smile
from xlmeso.simulator.market.term import term_features, vix_family


class Model(Protocol):
    """What a market needs of a pricing model."""

    @property
    def hours(self) -> Hours:
        """Trading hours of the underlying."""

    def features(self, history: DailyHistory) -> Any:
        """Return what :meth:`state` needs of the sessions before each session."""

    def state(
        self,
        history: DailyHistory,
        features: Any,
        *,
        session: Ints,
        minute: Ints,
        share: Floats,
        spot: Floats,
        vix: Floats,
        index: Floats,
    ) -> MarketState:
        """State of the market at n points; ``index`` is the price that VIX belongs to."""

    def terms(self, state: MarketState, minute: Floats, business: Floats) -> ExpirationTerms:
        """Forward, level and smile of expirations that settle at instants."""

    def quotes(
        self, state: MarketState, terms: ExpirationTerms, strike: Floats, sign: Floats
    ) -> Quotes:
        """Quotes of options, shape (options, points)."""

    def shifted(
        self,
        state: MarketState,
        terms: ExpirationTerms,
        strike: Floats,
        sign: Floats,
        factors: Floats,
    ) -> Floats:
        """Model prices with the spot multiplied; shape (factors, options, points)."""

    def payoff(self, sign: float, strike: float, price: float) -> float:
        """Return what an expired option pays, in the unit of its price."""


class IndexModel:
    """European options on an index, the surface hung on a volatility index.

    Parameters
    ----------
    spread_factor
        Multiplies the fitted spreads of SPX.
    """

    hours: Hours = EXCHANGE

    def __init__(self, spread_factor: float = 1.0, steps: PriceSteps = INDEX_STEPS) -> None:
        self._spread_factor = spread_factor
        self._steps = steps

    def features(self, history: DailyHistory) -> Any:
        """Prepare the term regression."""
        return term_features(history)

    def state(
        self,
        history: DailyHistory,
        features: Any,
        *,
        session: Ints,
        minute: Ints,
        share: Floats,
        spot: Floats,
        vix: Floats,
        index: Floats,
    ) -> MarketState:
        """State with the term structure of the VIX family."""
        return market_state(
            history, features, session=session, minute=minute, share=share, spot=spot, vix=vix
        )

    def terms(self, state: MarketState, minute: Floats, business: Floats) -> ExpirationTerms:
        """Terms with the fitted smile."""
        return self._widened(expiration_terms(state, minute, business))

    def quotes(
        self, state: MarketState, terms: ExpirationTerms, strike: Floats, sign: Floats
    ) -> Quotes:
        """Quotes by Black's formula."""
        return price_options(state, terms, strike, sign, self._steps)

    def shifted(
        self,
        state: MarketState,
        terms: ExpirationTerms,
        strike: Floats,
        sign: Floats,
        factors: Floats,
    ) -> Floats:
        """Prices by Black's formula with forward and spot moved together."""
        return shifted_prices(state, terms, strike, sign, factors)

    def payoff(self, sign: float, strike: float, price: float) -> float:
        """Return the intrinsic value in points."""
        return max(sign * (price - strike), 0.0)

    def _widened(self, terms: ExpirationTerms) -> ExpirationTerms:
        if self._spread_factor == 1.0:
            return terms
        return replace(terms, spread_scale=terms.spread_scale * self._spread_factor)


VIX_SMILE: Final = surface_smile(slope=1.2, correlation=0.6)
"""Assumption: high strikes dearer, one deviation out about 1.36 times the at-the-money volatility
above and 0.8 times below."""


class VixModel(IndexModel):
    """European options on VIX: they settle on VIX but hang on its futures.

    Greeks are to the future of their own expiration, with which they are hedged.
    """

    def state(
        self,
        history: DailyHistory,
        features: Any,
        *,
        session: Ints,
        minute: Ints,
        share: Floats,
        spot: Floats,
        vix: Floats,
        index: Floats,
    ) -> MarketState:
        """State of the S&P 500's volatility, with VIX as the underlying."""
        parent = history.parent or history
        state = market_state(
            parent, features, session=session, minute=minute, share=share, spot=index, vix=vix
        )
        returns = np.log(index / parent.previous_close[session])
        family = vix_family(features, session, vix, returns, share)
        return replace(state, spot=spot, term=FuturesTerm(family))

    def features(self, history: DailyHistory) -> Any:
        """Prepare the term regression of the index behind VIX."""
        return term_features(history.parent or history)

    def terms(self, state: MarketState, minute: Floats, business: Floats) -> ExpirationTerms:
        """Terms on VIX futures; their volatility runs in calendar time."""
        plain = expiration_terms(state, minute, business, VIX_SMILE)
        assert isinstance(state.term, FuturesTerm)
        return self._widened(
            replace(
                plain,
                forward=state.term.forward(plain.years),
                root_total=np.sqrt(state.term.total_variance(plain.years)) + 0.0 * plain.forward,
            )
        )

    def quotes(
        self, state: MarketState, terms: ExpirationTerms, strike: Floats, sign: Floats
    ) -> Quotes:
        """Quotes by Black's formula on the future, whose carry is nil."""
        return super().quotes(_on_future(state, terms), terms, strike, sign)

    def shifted(
        self,
        state: MarketState,
        terms: ExpirationTerms,
        strike: Floats,
        sign: Floats,
        factors: Floats,
    ) -> Floats:
        """Prices with every future moved by the same share as VIX."""
        return super().shifted(_on_future(state, terms), terms, strike, sign, factors)


def _on_future(state: MarketState, terms: ExpirationTerms) -> MarketState:
    return replace(state, spot=terms.forward, dividend_yield=state.rate)


class RevertingModel:
    """Options on something without a fitted surface: mean-reverting level, one shape of smile."""

    hours: Hours = EXCHANGE
    smile = staticmethod(surface_smile(slope=0.9, correlation=-0.1))
    """Assumption: a mild smile that leans a little to low strikes."""

    def features(self, history: DailyHistory) -> Any:
        """Prepare the means of squared returns."""
        return reverting_features(history, self.hours)

    def state(
        self,
        history: DailyHistory,
        features: Any,
        *,
        session: Ints,
        minute: Ints,
        share: Floats,
        spot: Floats,
        vix: Floats,
        index: Floats,
    ) -> MarketState:
        """State with a level that reverts to its mean."""
        return reverting_state(
            history,
            features,
            self.hours,
            session=session,
            minute=minute,
            share=share,
            spot=spot,
            vix=vix,
        )

    def terms(self, state: MarketState, minute: Floats, business: Floats) -> ExpirationTerms:
        """Terms with the one smile."""
        return expiration_terms(state, minute, business, self.smile)


TRUST_STEPS: Final = PriceSteps(per_point=100.0, border=300.0, wide=5.0)
"""0.01 below 3.00, 0.05 from there on (penny program)."""

TRUST_SPREAD_FACTOR: Final = 3.0
"""Assumption: spreads of GLD, as shares of the underlying, are three times those of SPX."""


class TrustModel(RevertingModel):
    """American options on shares that pay no dividend, settled in cash at the close.

    Puts by the tree of Cox, Ross and Rubinstein; calls are not worth exercising early.
    """

    def quotes(
        self, state: MarketState, terms: ExpirationTerms, strike: Floats, sign: Floats
    ) -> Quotes:
        """Quotes of American options."""
        priced, volatility = model_prices(state, terms, strike, sign)
        puts = np.flatnonzero(sign[:, 0] < 0)
        if puts.size:
            european = Priced(*(getattr(priced, field.name)[puts] for field in fields(Priced)))
            tree = _tree(state, terms, strike, volatility, puts)
            american = with_early_exercise(european, tree)
            for field in fields(Priced):
                getattr(priced, field.name)[puts] = getattr(american, field.name)
        scale = terms.spread_scale * TRUST_SPREAD_FACTOR
        return quoted(priced, volatility, *quote(priced.price, scale, TRUST_STEPS))

    def shifted(
        self,
        state: MarketState,
        terms: ExpirationTerms,
        strike: Floats,
        sign: Floats,
        factors: Floats,
    ) -> Floats:
        """American prices, one spot after the other."""
        _, volatility = model_prices(state, terms, strike, sign)
        prices = shifted_prices(state, terms, strike, sign, factors)
        puts = np.flatnonzero(sign[:, 0] < 0)
        for place, factor in enumerate(factors.tolist() if puts.size else ()):
            moved = replace(state, spot=state.spot * factor)
            tree = _tree(moved, terms, strike, volatility, puts)
            prices[place, puts] = american_price(prices[place, puts], tree)
        return prices

    def payoff(self, sign: float, strike: float, price: float) -> float:
        """Return the intrinsic value in points."""
        return max(sign * (price - strike), 0.0)


def _tree(
    state: MarketState, terms: ExpirationTerms, strike: Floats, volatility: Floats, puts: Ints
) -> Terms:
    """Return the puts among some options as the tree wants them."""
    chosen = strike[puts]
    return Terms(
        spot=state.spot,
        strike=chosen,
        years=terms.years if terms.years.shape[0] == 1 else terms.years[puts],
        rate=state.rate,
        dividend_yield=state.dividend_yield,
        volatility=volatility[puts],
        sign=np.full_like(chosen, -1.0),
    )


COIN_STEPS: Final = PriceSteps(per_point=10_000.0, border=50.0, wide=5.0)
"""0.0001 coin below 0.005, 0.0005 from there on (Deribit's tick sizes for BTC and ETH)."""

COIN_HALF_SPREAD: Final = (0.00025, 0.015)
"""Assumption: half the spread is 0.00025 coin and 1.5 % of the price."""


class InverseModel(RevertingModel):
    """Crypto options in the manner of Deribit: strikes in dollars, prices and payoffs in coin.

    A price is Black's dollar price over the price of the coin.  Greeks are those of the dollar
    price (reference section 3.2: theta is in dollars); delta is Black's, without the premium's own
    exposure.
    """

    hours: Hours = ROUND_THE_CLOCK
    smile = staticmethod(surface_smile(slope=1.0, correlation=-0.15))
    """Assumption: the one shape of the smile."""

    def quotes(
        self, state: MarketState, terms: ExpirationTerms, strike: Floats, sign: Floats
    ) -> Quotes:
        """Quotes in coin."""
        priced, volatility = model_prices(state, terms, strike, sign)
        coin = priced.price / state.spot
        half = COIN_HALF_SPREAD[0] + COIN_HALF_SPREAD[1] * coin
        return quoted(priced, volatility, *quote_around(coin, half, COIN_STEPS))

    def shifted(
        self,
        state: MarketState,
        terms: ExpirationTerms,
        strike: Floats,
        sign: Floats,
        factors: Floats,
    ) -> Floats:
        """Prices in the coin of the moved market."""
        dollars = shifted_prices(state, terms, strike, sign, factors)
        coin: Floats = dollars / (state.spot * factors[:, None, None])
        return coin

    def payoff(self, sign: float, strike: float, price: float) -> float:
        """Return the intrinsic value in coin."""
        return max(sign * (price - strike), 0.0) / price
