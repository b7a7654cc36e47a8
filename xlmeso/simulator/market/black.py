"""Black's formula for European options on a forward, with greeks to the spot.

Black, "The pricing of commodity contracts" (1976), which equals Black-Scholes-Merton with a
continuous dividend yield when F = S exp((r - q) T).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from xlmeso.simulator.market.arrays import Floats

DAYS_PER_YEAR: Final = 365.0
_DENSITY: Final = 0.3989422804014327


@dataclass(frozen=True, eq=False)
class Priced:
    """Prices and greeks per share of one long contract.

    Attributes
    ----------
    price
        Points.
    delta
        To the spot, -1..1.
    gamma
        Change of delta per point.
    theta
        Change of the price per calendar day (1/365 year).
    vega
        Change of the price per volatility point (0.01).
    rho
        Change of the price per 1.00 of rate.
    """

    price: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats


def black(
    *,
    spot: Floats,
    forward: Floats,
    discount: Floats,
    years: Floats,
    rate: Floats,
    dividend_yield: Floats,
    strike: Floats,
    sign: Floats,
    log_moneyness: Floats,
    deviation: Floats,
) -> Priced:
    """Price options; all arguments broadcast against each other.

    Parameters
    ----------
    spot, forward, strike
        Points.
    discount
        exp(-rate x years).
    years
        Time to settlement, act/365, above zero.
    rate, dividend_yield
        Continuous, fractions.
    sign
        1 for a call, -1 for a put.
    log_moneyness
        ln(strike / forward).
    deviation
        Volatility x sqrt(years), above zero.
    """
    d1 = 0.5 * deviation - log_moneyness / deviation
    in_money_1 = sign * ndtr(sign * d1)
    in_money_2 = sign * ndtr(sign * (d1 - deviation))
    present_strike = strike * discount
    present_spot = forward * discount
    carried = present_spot / spot
    spot_part, strike_part = present_spot * in_money_1, present_strike * in_money_2
    density = _DENSITY * np.exp(-0.5 * (d1 * d1)) * present_spot
    decay = density * deviation / (2.0 * years)
    return Priced(
        price=np.maximum(spot_part - strike_part, 0.0),
        delta=carried * in_money_1,
        gamma=density / (spot * spot * deviation),
        theta=(dividend_yield * spot_part - rate * strike_part - decay) / DAYS_PER_YEAR,
        vega=density * np.sqrt(years) * 0.01,
        rho=years * strike_part,
    )
