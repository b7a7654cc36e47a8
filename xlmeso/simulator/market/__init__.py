"""The modelled market: calendar, daily history, 5-minute paths, volatility surface, quotes.

Owns everything between a daily history and the bid and ask of an option.  May import ``model`` and
``errors``, numpy and ``scipy.special``; nothing else of the package.  Names load on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlmeso.simulator.market.expirations import ListedExpiration as ListedExpiration
    from xlmeso.simulator.market.market import Market as Market
    from xlmeso.simulator.market.opening import SYMBOLS as SYMBOLS
    from xlmeso.simulator.market.opening import check_history as check_history
    from xlmeso.simulator.market.opening import open_market as open_market
    from xlmeso.simulator.market.quotes import Chain as Chain
    from xlmeso.simulator.market.quotes import Quotes as Quotes
    from xlmeso.simulator.market.sessions import Sessions as Sessions
    from xlmeso.simulator.market.source import HistorySource as HistorySource

_HOMES = {
    "Chain": "quotes",
    "HistorySource": "source",
    "ListedExpiration": "expirations",
    "Market": "market",
    "Quotes": "quotes",
    "SYMBOLS": "opening",
    "check_history": "opening",
    "Sessions": "sessions",
    "open_market": "opening",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
