"""Five-minute paths of the index and its volatility index inside each session.

A session's path starts at the open, touches high and low, ends at the close: Brownian bridges
between these four points, folded back into the day's range (local-engine.md section 3.4).  Its
random numbers come from ``crc32("SPX|yyyymmdd")`` and the run's seed, so that a bar is the same in
every backtest.  The path of a day needs that day's high, low and close; nothing else of the market
model does, and none of them is visible to a strategy before its bar.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import betaincinv, ndtri

from xlmeso.simulator.market.arrays import Bools, Floats, Ints
from xlmeso.simulator.market.randomness import Keys, uniforms

VIX_BETA: Final = -4.675
"""ln VIX per unit of ln S, around the bridge from VIX open to close (daily regression)."""

_EXTREME_SHAPE: Final = 0.6
_ORDER_SLOPE: Final = 3.0
_RANGE_PER_VOLATILITY: Final = 1.6
_EXTRA_DRAWS: Final = 3


def session_paths(
    open_: Floats, high: Floats, low: Floats, close: Floats, *, keys: Keys, steps: int
) -> Floats:
    """Prices at ``steps + 1`` equally spaced bars of each session, shape (sessions, steps + 1).

    Parameters
    ----------
    open_, high, low, close
        Points, one value per session.
    keys
        Random stream of each session.
    steps
        Number of 5-minute steps.

    Returns
    -------
    Prices rounded to cents, except where the given prices are finer; within low and high, touching
    both; first bar = open, last bar = close.
    """
    draws = uniforms(keys, steps + _EXTRA_DRAWS)
    levels = np.log(np.stack((open_, high, low, close)))
    span = np.maximum(levels[1] - levels[2], 1e-9)
    low_first = _low_first(open_, high, low, close, draws[:, 0])
    first_level = np.where(low_first, levels[2], levels[1])
    second_level = np.where(low_first, levels[1], levels[2])
    at_open = np.where(low_first, open_ == low, open_ == high)
    at_close = np.where(low_first, close == high, close == low)
    first, second = _extreme_bars(draws[:, 1:3], steps, at_open, at_close)
    walk = _random_walk(draws[:, 3:], span)
    knots = np.stack((np.zeros_like(first), first, second, np.full_like(first, steps)))
    log_path = _bridge(walk, knots, np.stack((levels[0], first_level, second_level, levels[3])))
    folded = np.mod(log_path - levels[2][:, None], 2.0 * span[:, None])
    folded = np.minimum(folded, 2.0 * span[:, None] - folded)
    prices: Floats = np.round(np.exp(levels[2][:, None] + folded), 2)
    prices = np.clip(prices, low[:, None], high[:, None])
    rows = np.arange(open_.size)
    prices[rows, first] = np.where(low_first, low, high)
    prices[rows, second] = np.where(low_first, high, low)
    prices[:, 0] = open_
    prices[:, -1] = close
    return prices


def volatility_paths(
    prices: Floats, vix_open: Floats, vix_close: Floats, beta: float = VIX_BETA
) -> Floats:
    """Volatility index at the bars of ``prices`` (sessions, bars): bridge plus reaction to S.

    ln VIX runs straight from open to close and moves by ``beta`` per unit of ln S around the
    straight line of ln S, so that both ends are met.
    """
    share = np.linspace(0.0, 1.0, prices.shape[1])
    log_price = np.log(prices)
    first, last = log_price[:, :1], log_price[:, -1:]
    deviation = log_price - (first + (last - first) * share)
    start, end = np.log(vix_open)[:, None], np.log(vix_close)[:, None]
    path: Floats = np.exp(start + (end - start) * share + beta * deviation)
    path[:, 0] = vix_open
    path[:, -1] = vix_close
    return path


def _low_first(open_: Floats, high: Floats, low: Floats, close: Floats, draw: Floats) -> Bools:
    """Whether the low comes before the high: likelier on a rising day, sure at the open."""
    rise = (close - open_) / np.maximum(high - low, 1e-9)
    chance = 1.0 / (1.0 + np.exp(-_ORDER_SLOPE * rise))
    chance = np.where(open_ == low, 1.0, np.where(open_ == high, 0.0, chance))
    decided: Bools = draw < chance
    return decided


def _extreme_bars(draws: Floats, steps: int, at_open: Bools, at_close: Bools) -> tuple[Ints, Ints]:
    """Bars of the first and second extreme: Beta(0.6, 0.6) shares of the day, sorted."""
    shares = np.sort(betaincinv(_EXTREME_SHAPE, _EXTREME_SHAPE, draws), axis=1)
    bars = (shares * steps).astype(np.int64)
    first = np.where(at_open, 0, np.clip(bars[:, 0], 1, steps - 2))
    latest = np.where(at_close, steps, steps - 1)
    second = np.clip(np.maximum(bars[:, 1], first + 1), first + 1, latest)
    return first, np.where(at_close & (bars[:, 1] >= steps - 1), steps, second)


def _random_walk(draws: Floats, span: Floats) -> Floats:
    """Brownian path from 0 with the volatility that the day's range suggests."""
    steps = draws.shape[1]
    moves = ndtri(draws) * (span / _RANGE_PER_VOLATILITY * np.sqrt(1.0 / steps))[:, None]
    walk = np.zeros((draws.shape[0], steps + 1))
    np.cumsum(moves, axis=1, out=walk[:, 1:])
    return walk


def _bridge(walk: Floats, knots: Ints, levels: Floats) -> Floats:
    """Bend the walk so that it passes through the levels at the knots (rows: the four knots)."""
    rows = np.arange(walk.shape[0])
    bars = np.arange(walk.shape[1])
    shift = levels - walk[rows[None, :], knots]
    bend = np.empty_like(walk)
    for left in range(knots.shape[0] - 1):
        start, end = knots[left][:, None], knots[left + 1][:, None]
        slope = (shift[left + 1] - shift[left])[:, None] / np.maximum(end - start, 1)
        np.copyto(bend, shift[left][:, None] + slope * (bars - start), where=bars >= start)
    return walk + bend
