"""Quotes of many options at many bars in one go: surface, Black's formula, spread, price steps.

A single chain and a block of held contracts go through the same element-wise operations, so they
agree to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from xlmeso.model.contracts import OptionType
from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.black import DAYS_PER_YEAR, Priced, black
from xlmeso.simulator.market.expirations import ListedExpiration
from xlmeso.simulator.market.sessions import MINUTES_PER_DAY
from xlmeso.simulator.market.spreads import INDEX_STEPS, PriceSteps, quote, spread_scale
from xlmeso.simulator.market.state import MarketState
from xlmeso.simulator.market.surface import Smile, smile

LEAST_YEARS: Final = 1.0 / (DAYS_PER_YEAR * MINUTES_PER_DAY * 60.0)
"""One second: time to settlement at and after the settlement itself."""

LEAST_BUSINESS: Final = 0.75 / (390.0 * 60.0)
"""One second of a session, as business time."""


@dataclass(frozen=True, eq=False)
class Quotes:
    """Quotes per share of one long contract; every array has the shape (contracts, bars).

    Bid, ask, mid in points; iv as a fraction; delta -1..1; gamma per point; theta per calendar
    day; vega per volatility point; rho per 1.00 of rate.  NaN after the last tradable bar.
    """

    bid: Floats
    ask: Floats
    mid: Floats
    iv: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats

    def blank(self, row: int, start: int) -> None:
        """Put NaN into one contract's values from a column on."""
        for name in QUOTE_FIELDS:
            getattr(self, name)[row, start:] = np.nan


@dataclass(frozen=True, eq=False)
class Chain:
    """Quotes of all listed strikes of one expiration and type at one bar, ascending strike.

    Units as in :class:`Quotes`; one-dimensional arrays.
    """

    expiration: ListedExpiration
    option_type: OptionType
    strike: Floats
    bid: Floats
    ask: Floats
    mid: Floats
    iv: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats


QUOTE_FIELDS: Final = tuple(field.name for field in fields(Quotes))


@dataclass(frozen=True, eq=False)
class ExpirationTerms:
    """What all strikes of an expiration share; arrays of shape (expirations, points)."""

    years: Floats
    forward: Floats
    discount: Floats
    root_total: Floats
    """Square root of the at-the-money total variance."""
    smile: Smile
    spread_scale: Floats

    def rows(self, index: Ints) -> ExpirationTerms:
        """Repeat the expirations' rows for the contracts that belong to them."""
        return ExpirationTerms(
            self.years[index],
            self.forward[index],
            self.discount[index],
            self.root_total[index],
            self.smile.rows(index),
            self.spread_scale[index],
        )

    def deviation(self, log_moneyness: Floats) -> Floats:
        """Volatility x sqrt(years) at ln(strike / forward)."""
        share = self.smile.relative_variance(log_moneyness / self.root_total)
        return self.root_total * np.sqrt(share)


def expiration_terms(
    state: MarketState,
    settlement_minute: Floats,
    settlement_business: Floats,
    shape: Callable[[Floats, Floats], Smile] = smile,
) -> ExpirationTerms:
    """Forward, discount, level and smile of expirations at the points of a state.

    Parameters
    ----------
    state
        Market at n points.
    settlement_minute, settlement_business
        Instant of settlement in absolute minutes and in business time; shape (expirations, 1), or
        (1, n) for an expiration that differs by point.
    shape
        Smile by days to expiration and ln(volatility / 18).
    """
    years = (settlement_minute - state.minute) / (MINUTES_PER_DAY * DAYS_PER_YEAR)
    years = np.maximum(years, LEAST_YEARS)
    ahead = np.maximum(settlement_business - state.business, LEAST_BUSINESS)
    days = years * DAYS_PER_YEAR
    forward = state.spot * np.exp((state.rate - state.dividend_yield) * years)
    return ExpirationTerms(
        years=years,
        forward=forward,
        discount=np.exp(-state.rate * years),
        root_total=np.sqrt(state.term.total_variance(ahead)),
        smile=shape(days, state.log_level),
        spread_scale=spread_scale(forward, days, state.log_level),
    )


def model_prices(
    state: MarketState, terms: ExpirationTerms, strike: Floats, sign: Floats
) -> tuple[Priced, Floats]:
    """Prices and greeks before spread and price steps, and the implied volatility.

    Arguments as in :func:`price_options`.
    """
    log_moneyness = np.log(strike / terms.forward)
    deviation = terms.deviation(log_moneyness)
    priced = black(
        spot=state.spot,
        forward=terms.forward,
        discount=terms.discount,
        years=terms.years,
        rate=state.rate,
        dividend_yield=state.dividend_yield,
        strike=strike,
        sign=sign,
        log_moneyness=log_moneyness,
        deviation=deviation,
    )
    return priced, deviation / np.sqrt(terms.years)


def price_options(
    state: MarketState,
    terms: ExpirationTerms,
    strike: Floats,
    sign: Floats,
    steps: PriceSteps = INDEX_STEPS,
) -> Quotes:
    """Quote options at the points of a state.

    Parameters
    ----------
    state
        Market at n points.
    terms
        Of the options' expirations; one row per option, or one row for all of them.
    strike
        Points, shape (options, 1).
    sign
        1 for calls, -1 for puts, shape (options, 1).
    steps
        Price steps of the exchange.
    """
    priced, volatility = model_prices(state, terms, strike, sign)
    return quoted(priced, volatility, *quote(priced.price, terms.spread_scale, steps))


def quoted(priced: Priced, volatility: Floats, bid: Floats, ask: Floats, mid: Floats) -> Quotes:
    """Put quotes and greeks together."""
    return Quotes(
        bid=bid,
        ask=ask,
        mid=mid,
        iv=volatility,
        delta=priced.delta,
        gamma=priced.gamma,
        theta=priced.theta,
        vega=priced.vega,
        rho=priced.rho,
    )


def shifted_prices(
    state: MarketState, terms: ExpirationTerms, strike: Floats, sign: Floats, factors: Floats
) -> Floats:
    """Model prices with the spot moved and everything else kept, volatility of each strike too.

    Arguments as in :func:`price_options`; ``factors`` multiply the spot.  Shape (factors, options,
    points).
    """
    log_moneyness = np.log(strike / terms.forward)
    deviation = terms.deviation(log_moneyness)
    moved = factors[:, None, None]
    priced = black(
        spot=state.spot * moved,
        forward=terms.forward * moved,
        discount=terms.discount,
        years=terms.years,
        rate=state.rate,
        dividend_yield=state.dividend_yield,
        strike=strike,
        sign=sign,
        log_moneyness=log_moneyness - np.log(moved),
        deviation=deviation,
    )
    return priced.price
