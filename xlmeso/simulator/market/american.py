"""American options by the binomial tree of Cox, Ross and Rubinstein (1979), many at once.

The tree gives the value of early exercise, by which an American option is dearer than a European
one on the same tree; that is added to Black's exact price, so that the tree's coarseness, which
both share, cancels (a control variate; Hull and White 1988).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats
from xlmeso.simulator.market.black import DAYS_PER_YEAR, Priced

STEPS: Final = 80
"""Assumption: enough for errors within half a price step, butterflies included."""

_BUMP: Final = 1e-3


@dataclass(frozen=True, eq=False)
class Terms:
    """What a tree needs; arrays that broadcast against each other.

    ``spot`` and ``strike`` in points, ``years`` above zero, ``rate``, ``dividend_yield`` and
    ``volatility`` as fractions, ``sign`` 1 for calls and -1 for puts.
    """

    spot: Floats
    strike: Floats
    years: Floats
    rate: Floats
    dividend_yield: Floats
    volatility: Floats
    sign: Floats


@dataclass(frozen=True, eq=False)
class Tree:
    """Values at the root and what follows from the first two steps."""

    value: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    """Per year."""


def binomial(terms: Terms, *, american: bool, steps: int = STEPS) -> Tree:
    """Value options on a tree of their own.

    Parameters
    ----------
    terms
        The options.
    american
        Whether they may be exercised at every node.
    steps
        Steps of the tree, at least 2.
    """
    step = terms.years / steps
    up = np.exp(terms.volatility * np.sqrt(step))
    discount = np.exp(-terms.rate * step)
    growth = np.exp((terms.rate - terms.dividend_yield) * step)
    chance = np.clip((growth - 1.0 / up) / (up - 1.0 / up), 0.0, 1.0)
    rise, fall = discount * chance, discount * (1.0 - chance)
    payoff = _payoff(terms, up, steps)
    value = np.maximum(payoff[::2], 0.0)
    kept: dict[int, Floats] = {}
    for level in range(steps - 1, -1, -1):
        value = rise * value[:-1] + fall * value[1:]
        if american:
            edge = steps - level
            np.maximum(value, payoff[edge : payoff.shape[0] - edge : 2], out=value)
        if level <= 2:
            kept[level] = value
    return _first_steps(terms, kept, up, step)


def _payoff(terms: Terms, up: Floats, steps: int) -> Floats:
    """Return what exercise pays at all prices of the tree, highest first, down to a loss."""
    rank = max(np.ndim(terms.strike), np.ndim(up))
    powers = np.arange(steps, -steps - 1, -1, dtype=np.float64).reshape(-1, *([1] * rank))
    payoff: Floats = terms.sign * (terms.spot * np.exp(powers * np.log(up)) - terms.strike)
    return payoff


def _first_steps(terms: Terms, kept: dict[int, Floats], up: Floats, step: Floats) -> Tree:
    one, two = kept[1], kept[2]
    high, low = terms.spot * up, terms.spot / up
    highest, middle, lowest = terms.spot * up * up, terms.spot, terms.spot / (up * up)
    upper = (two[0] - two[1]) / (highest - middle)
    lower = (two[1] - two[2]) / (middle - lowest)
    return Tree(
        value=kept[0][0],
        delta=(one[0] - one[1]) / (high - low),
        gamma=(upper - lower) / (0.5 * (highest - lowest)),
        theta=(two[1] - kept[0][0]) / (2.0 * step),
    )


def with_early_exercise(european: Priced, terms: Terms) -> Priced:
    """Add the value of early exercise to European prices and greeks.

    Parameters
    ----------
    european
        Black's prices of the same options.
    terms
        The options; volatility that of the surface at their strikes.
    """
    premium = _premium(terms)
    dearer = _premium(replace(terms, volatility=terms.volatility + _BUMP))
    costlier = _premium(replace(terms, rate=terms.rate + _BUMP))
    intrinsic = np.maximum(terms.sign * (terms.spot - terms.strike), 0.0)
    price = european.price + np.maximum(premium.value, 0.0)
    return Priced(
        price=np.maximum(price, intrinsic),
        delta=np.clip(european.delta + premium.delta, -1.0, 1.0),
        gamma=np.maximum(european.gamma + premium.gamma, 0.0),
        theta=european.theta + premium.theta / DAYS_PER_YEAR,
        vega=european.vega + (dearer.value - premium.value) / _BUMP * 0.01,
        rho=european.rho + (costlier.value - premium.value) / _BUMP,
    )


def american_price(european: Floats, terms: Terms) -> Floats:
    """Add the value of early exercise to European prices alone; arguments as above."""
    extra = binomial(terms, american=True).value - binomial(terms, american=False).value
    intrinsic = np.maximum(terms.sign * (terms.spot - terms.strike), 0.0)
    price: Floats = np.maximum(european + np.maximum(extra, 0.0), intrinsic)
    return price


def _premium(terms: Terms) -> Tree:
    free = binomial(terms, american=True)
    bound = binomial(terms, american=False)
    return Tree(
        value=free.value - bound.value,
        delta=free.delta - bound.delta,
        gamma=free.gamma - bound.gamma,
        theta=free.theta - bound.theta,
    )
