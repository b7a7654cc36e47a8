"""Underlying, volatility index and market state at every 5-minute bar of a period."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from xlmeso.simulator.market.arrays import Floats, frozen
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.models import Model
from xlmeso.simulator.market.path import session_paths, volatility_paths
from xlmeso.simulator.market.randomness import stream_keys
from xlmeso.simulator.market.sessions import BAR_MINUTES, Sessions
from xlmeso.simulator.market.state import MarketState


class BarPaths(NamedTuple):
    """Series per bar, read-only."""

    underlying: Floats
    """Price of the underlying."""
    vix: Floats
    """Volatility index of the underlying, points; NaN where there is none."""
    driver: Floats
    """What the volatility index belongs to; the underlying, unless that is VIX itself."""


def bar_paths(
    symbol: str, history: DailyHistory, sessions: Sessions, first: int, seed: int
) -> BarPaths:
    """Series per bar; sessions of one length are made together.

    Parameters
    ----------
    symbol
        Names the random streams together with the date.
    history
        Daily series.
    sessions
        The period, whose first session is row ``first`` of the history.
    seed
        The run's seed; 0 for the standard paths.
    """
    if history.parent is not None:
        own = bar_paths(PARENT_SYMBOL, history.parent, sessions, first, seed)
        return BarPaths(own.vix, own.vix, own.underlying)
    keys = stream_keys([f"{symbol}|{date:%Y%m%d}" for date in sessions.dates], seed)
    underlying = np.empty(sessions.total_bars)
    vix = np.empty(sessions.total_bars)
    steps_of = (sessions.close_minute - sessions.open_minute) // BAR_MINUTES
    for count, steps in sorted(
        set(zip(sessions.bar_count.tolist(), steps_of.tolist(), strict=True))
    ):
        chosen = np.flatnonzero((sessions.bar_count == count) & (steps_of == steps))
        row = chosen + first
        prices = session_paths(
            history.open[row],
            history.high[row],
            history.low[row],
            history.close[row],
            keys=keys[chosen],
            steps=steps,
        )
        levels = volatility_paths(prices, history.vix_open[row], history.vix_close[row])
        bars = sessions.first_bar[chosen][:, None] + np.arange(count)
        underlying[bars] = prices[:, :count]
        vix[bars] = levels[:, :count]
    return BarPaths(frozen(underlying), frozen(vix), underlying)


PARENT_SYMBOL = "SPX"
"""Names the random streams of the index behind VIX, so that VIX is the same in runs on both."""


def bar_state(
    model: Model,
    history: DailyHistory,
    features: Any,
    sessions: Sessions,
    first: int,
    paths: BarPaths,
) -> MarketState:
    """State of the market at every bar; arguments as in :func:`bar_paths`."""
    count = sessions.bar_count
    open_minute = np.repeat(sessions.open_minute, count)
    place = np.arange(sessions.total_bars) - np.repeat(sessions.first_bar, count)
    minute = open_minute + BAR_MINUTES * place
    return model.state(
        history,
        features,
        session=np.repeat(np.arange(count.size) + first, count),
        minute=minute,
        share=model.hours.share(minute, open_minute, np.repeat(sessions.close_minute, count)),
        spot=paths.underlying,
        vix=paths.vix,
        index=paths.driver,
    )
