"""Index, volatility index and market state at every 5-minute bar of a period."""

from __future__ import annotations

import numpy as np

from xlmeso.simulator.market.arrays import Floats, frozen
from xlmeso.simulator.market.clock import share_passed
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.path import session_paths, volatility_paths
from xlmeso.simulator.market.randomness import stream_keys
from xlmeso.simulator.market.sessions import BAR_MINUTES, Sessions
from xlmeso.simulator.market.state import MarketState, market_state
from xlmeso.simulator.market.term import TermFeatures


def bar_paths(
    symbol: str, history: DailyHistory, sessions: Sessions, first: int, seed: int
) -> tuple[Floats, Floats]:
    """Index and volatility index per bar, read-only; sessions of one length are made together.

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
    keys = stream_keys([f"{symbol}|{date:%Y%m%d}" for date in sessions.dates], seed)
    underlying = np.empty(sessions.total_bars)
    vix = np.empty(sessions.total_bars)
    for count in np.unique(sessions.bar_count).tolist():
        chosen = np.flatnonzero(sessions.bar_count == count)
        row = chosen + first
        prices = session_paths(
            history.open[row],
            history.high[row],
            history.low[row],
            history.close[row],
            keys=keys[chosen],
            steps=count - 1,
        )
        bars = sessions.first_bar[chosen][:, None] + np.arange(count)
        underlying[bars] = prices
        vix[bars] = volatility_paths(prices, history.vix_open[row], history.vix_close[row])
    return frozen(underlying), frozen(vix)


def bar_state(
    history: DailyHistory,
    features: TermFeatures,
    sessions: Sessions,
    first: int,
    *,
    underlying: Floats,
    vix: Floats,
) -> MarketState:
    """State of the market at every bar; arguments as in :func:`bar_paths`."""
    count = sessions.bar_count
    open_minute = np.repeat(sessions.open_minute, count)
    place = np.arange(sessions.total_bars) - np.repeat(sessions.first_bar, count)
    minute = open_minute + BAR_MINUTES * place
    return market_state(
        history,
        features,
        session=np.repeat(np.arange(count.size) + first, count),
        minute=minute,
        share=share_passed(minute, open_minute, np.repeat(sessions.close_minute, count)),
        spot=underlying,
        vix=vix,
    )
