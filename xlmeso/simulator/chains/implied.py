"""What quotes imply: forward, volatility, greeks.

The forward follows from put-call parity at the strikes where put and call are worth about the
same; the volatility is that of the option out of the money, which both options of a strike share;
the greeks are Black's (`xlmeso.simulator.market.black`).  The root of Black's formula is found for
all strikes at once by SciPy's bracketing solver (Chandrupatla's method).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import elementwise
from scipy.special import ndtr

from xlmeso.simulator.market.arrays import Floats
from xlmeso.simulator.market.black import Priced, black

PARITY_STRIKES: Final = 5
"""The forward is the median over so many strikes."""

_LEAST_DEVIATION: Final = 1e-4
_MOST_DEVIATION: Final = 12.0
"""Volatility x sqrt(years) that is searched: from next to nothing to far beyond any market."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one expiration at one moment: prices in points, rate continuous, years act/365."""

    spot: float
    forward: float
    rate: float
    years: float

    @property
    def discount(self) -> float:
        """Present value of 1."""
        return float(np.exp(-self.rate * self.years))


def implied_terms(
    spot: float, rate: float, years: float, strike: Floats, call: Floats, put: Floats
) -> Terms:
    """Return the terms that the mids of calls and puts imply.

    Parameters
    ----------
    strike, call, put
        Strikes and mids in points, NaN where there is no quote; shape (strikes,).
    """
    growth = float(np.exp(rate * years))
    gap = call - put
    known = np.flatnonzero(~np.isnan(gap))
    if known.size == 0:
        return Terms(spot, spot * growth, rate, years)
    nearest = known[np.argsort(np.abs(gap[known]), kind="stable")[:PARITY_STRIKES]]
    forward = float(np.median(strike[nearest] + growth * gap[nearest]))
    return Terms(spot, forward if forward > 0 else spot * growth, rate, years)


def implied_deviation(terms: Terms, strike: Floats, price: Floats, sign: Floats) -> Floats:
    """Return volatility x sqrt(years) per option; NaN where the price allows none."""
    moneyness = np.log(strike / terms.forward)
    value = price / (terms.discount * terms.forward)
    intrinsic = np.maximum(sign * (1.0 - np.exp(moneyness)), 0.0)
    most = np.where(sign > 0, 1.0, np.exp(moneyness))
    found = np.full(strike.size, np.nan)
    usable = (value > intrinsic + 1e-12) & (value < most)
    if not usable.any():
        return found
    x, target, side = moneyness[usable], value[usable], sign[usable]
    low = np.full(x.size, _LEAST_DEVIATION)
    solved = elementwise.find_root(
        _excess, (low, np.full(x.size, _MOST_DEVIATION)), args=(x, target, side)
    )
    found[usable] = np.where(solved.success, solved.x, np.nan)
    return found


def _excess(deviation: Floats, moneyness: Floats, value: Floats, sign: Floats) -> Floats:
    """Black's value on a forward of 1, less the value that is asked for."""
    d1 = 0.5 * deviation - moneyness / deviation
    total: Floats = sign * (ndtr(sign * d1) - np.exp(moneyness) * ndtr(sign * (d1 - deviation)))
    return total - value


def shared_deviation(terms: Terms, strike: Floats, call: Floats, put: Floats) -> Floats:
    """Return the deviation of each strike: from the option out of the money, else from the other.

    Strikes without a usable quote take the value between their neighbours.
    """
    above = strike >= terms.forward
    ones = np.ones(strike.size)
    outer = implied_deviation(
        terms, strike, np.where(above, call, put), np.where(above, ones, -ones)
    )
    if np.isnan(outer).any():
        inner = implied_deviation(
            terms, strike, np.where(above, put, call), np.where(above, -ones, ones)
        )
        outer = np.where(np.isnan(outer), inner, outer)
    known = ~np.isnan(outer)
    return np.interp(strike, strike[known], outer[known]) if known.any() else outer


def greeks(terms: Terms, strike: Floats, sign: Floats, deviation: Floats) -> Priced:
    """Return Black's price and greeks with the yield that the forward implies."""
    carry = np.log(terms.forward / terms.spot) / terms.years
    return black(
        spot=np.array(terms.spot),
        forward=np.array(terms.forward),
        discount=np.array(terms.discount),
        years=np.array(terms.years),
        rate=np.array(terms.rate),
        dividend_yield=np.array(terms.rate - carry),
        strike=strike,
        sign=sign,
        log_moneyness=np.log(strike / terms.forward),
        deviation=deviation,
    )
