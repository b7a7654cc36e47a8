"""Profit and greeks of legs at another time and price (reference section 3.4).

Black, Scholes and Merton with a dividend yield (Merton 1973) and each leg's own implied
volatility, which stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from scipy.special import ndtr

from xlmeso.model.contracts import OptionType
from xlmeso.simulator.engine.assumptions import SHORTEST_DTE_DAYS
from xlmeso.simulator.engine.clock import MINUTES_PER_DAY
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.marks import WVEGA_DAYS
from xlmeso.simulator.engine.ports import Floats

DAYS_PER_YEAR: Final = 365.0
VOLATILITY_POINT: Final = 0.01

_LEAST_YEARS: Final = 1e-10
"""Time left to an option that has expired by then: it is worth its intrinsic value."""

_LEAST_VOLATILITY: Final = 1e-4
_DENSITY: Final = 0.3989422804014327


@dataclass(frozen=True, slots=True)
class Scene:
    """When and under which rates legs are looked at.

    Attributes
    ----------
    bar
        Bar whose quotes give the implied volatilities and what a draft would cost.
    minute
        Minute of the evaluation, since the epoch.
    rate, dividend_yield
        Continuous, fractions.
    in_coins
        Whether options are priced in the underlying coin.
    """

    bar: int
    minute: float
    rate: float
    dividend_yield: float
    in_coins: bool = False


def project(legs: Sequence[Leg], scene: Scene, price: Floats, metric: str) -> Floats:
    """Return pnl (money) or a greek (the service's units) of legs at prices of the underlying."""
    total = np.zeros_like(price)
    for leg in legs:
        total += _pnl(leg, scene, price) if metric == "pnl" else _greek(leg, scene, price, metric)
    return total


def _pnl(leg: Leg, scene: Scene, price: Floats) -> Floats:
    paid = leg.fill if leg.is_filled else leg.price(scene.bar)
    value = _values(leg, scene, price)["price"]
    worth = value / price if scene.in_coins else value
    pnl: Floats = leg.scale * (worth - paid) - leg.fee
    return pnl


def _greek(leg: Leg, scene: Scene, price: Floats, greek: str) -> Floats:
    values = _values(leg, scene, price)
    if greek != "wvega":
        return leg.scale_of(greek) * values[greek]
    days = (leg.settlement_minute - scene.minute) / MINUTES_PER_DAY
    weight = sqrt(WVEGA_DAYS / max(days, SHORTEST_DTE_DAYS))
    return leg.greek_scale * values["vega"] * weight


def _values(leg: Leg, scene: Scene, price: Floats) -> dict[str, Floats]:
    """Return price and greeks per share, units as in the quotes."""
    left = (leg.settlement_minute - scene.minute) / (MINUTES_PER_DAY * DAYS_PER_YEAR)
    years = max(left, _LEAST_YEARS)
    volatility = max(leg.quote("iv", scene.bar), _LEAST_VOLATILITY)
    return black_scholes_merton(
        price,
        strike=leg.strike,
        years=years,
        volatility=volatility,
        rate=scene.rate,
        dividend_yield=scene.dividend_yield,
        sign=1.0 if leg.option_type is OptionType.CALL else -1.0,
    )


def black_scholes_merton(
    spot: Floats,
    *,
    strike: float,
    years: float,
    volatility: float,
    rate: float,
    dividend_yield: float,
    sign: float,
) -> dict[str, Floats]:
    """Return price and greeks of a European option per share.

    Delta -1..1, gamma per point, theta per calendar day, vega per volatility point, rho per 1.00
    of rate; ``sign`` is 1 for calls, -1 for puts.
    """
    deviation = volatility * sqrt(years)
    carried, discount = np.exp(-dividend_yield * years), np.exp(-rate * years)
    up = (np.log(spot / strike) + (rate - dividend_yield) * years) / deviation + deviation / 2
    down = up - deviation
    in_stock, in_cash = ndtr(sign * up), ndtr(sign * down)
    density = _DENSITY * np.exp(-up * up / 2)
    decay = -spot * carried * density * volatility / (2 * sqrt(years))
    interest = sign * (
        dividend_yield * spot * carried * in_stock - rate * strike * discount * in_cash
    )
    return {
        "price": sign * (spot * carried * in_stock - strike * discount * in_cash),
        "delta": sign * carried * in_stock,
        "gamma": carried * density / (spot * deviation),
        "theta": (decay + interest) / DAYS_PER_YEAR,
        "vega": spot * carried * density * sqrt(years) * VOLATILITY_POINT,
        "rho": sign * strike * years * discount * in_cash,
    }
