"""The underlyings that the service knows (reference section 4.9): listing, model, history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from xlmeso.model.contracts import INDEX_MULTIPLIER
from xlmeso.simulator.market import listings
from xlmeso.simulator.market.bundled import load_btc, load_bundled
from xlmeso.simulator.market.csv_history import load_csv
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.listings import Listing
from xlmeso.simulator.market.models import (
    IndexModel,
    InverseModel,
    Model,
    TrustModel,
    VixModel,
)
from xlmeso.simulator.market.small_caps import load_small_caps
from xlmeso.simulator.market.synthetic import simulate_history

RUT_SPREAD_FACTOR: Final = 2.0
"""Assumption: spreads of RUT, as shares of the index, are twice those of SPX."""

COIN_MULTIPLIER: Final = 1
"""Assumption: a contract is one coin (inferred in the reference, section 4.9)."""


def _not_bundled() -> DailyHistory:
    raise AssertionError("symbols.source_for knows what is bundled")


@dataclass(frozen=True)
class Instrument:
    """One underlying.

    Attributes
    ----------
    symbol
        The service's name.
    listing
        Series and strikes.
    model
        Pricing.
    multiplier
        Units of the price per contract: money per point, or coins.
    bundled
        Loads the bundled history.
    is_inverse
        Whether premium, profit and cash are coins and quantities may be fractions.
    """

    symbol: str
    listing: Listing
    model: Model
    multiplier: int = INDEX_MULTIPLIER
    bundled: Callable[[], DailyHistory] = _not_bundled
    is_inverse: bool = False

    def history(self, kind: str, folder: Path | None, seed: int) -> DailyHistory:
        """Load the daily history of a kind that `symbols.source_for` has allowed.

        Raises
        ------
        SimulationError
            It cannot be read.
        """
        if kind == "csv" and folder is not None:
            history = load_csv(folder, self.symbol)
        elif kind == "bundled":
            history = self.bundled()
        else:
            history = simulate_history(seed)
        return volatility_as_price(history) if self.symbol == "VIX" else history


def volatility_as_price(history: DailyHistory) -> DailyHistory:
    """Return the history of VIX as an underlying."""
    first, last = history.vix_open, history.vix_close
    return replace(
        history,
        open=first,
        high=np.maximum(first, last),
        low=np.minimum(first, last),
        close=last,
        parent=history,
    )


def _bitcoin() -> DailyHistory:
    days, prices = load_btc()
    nothing, unknown = np.zeros(days.size), np.full(days.size, np.nan)
    return DailyHistory(
        kind="bundled",
        description=(
            "the bundled daily history of the bitcoin at Coinbase; implied volatility is modelled "
            "from past moves"
        ),
        days=days,
        open=prices[0],
        high=prices[1],
        low=prices[2],
        close=prices[3],
        vix_open=unknown,
        vix_close=unknown,
        rate=nothing,
        dividend_yield=nothing,
        notes=("The history is older than MesoSim's (2019) and than most of Deribit's listings.",),
    )


def _coin(symbol: str, bundled: Callable[[], DailyHistory] = _not_bundled) -> Instrument:
    return Instrument(
        symbol,
        listings.crypto(symbol.removesuffix("USD")),
        InverseModel(),
        multiplier=COIN_MULTIPLIER,
        bundled=bundled,
        is_inverse=True,
    )


INSTRUMENTS: Final = {
    item.symbol: item
    for item in (
        Instrument("SPX", listings.SPX, IndexModel(), bundled=load_bundled),
        Instrument("RUT", listings.RUT, IndexModel(RUT_SPREAD_FACTOR), bundled=load_small_caps),
        Instrument("VIX", listings.VIX, VixModel(), bundled=load_bundled),
        Instrument("GLD", listings.GLD, TrustModel()),
        _coin("BTCUSD", _bitcoin),
        _coin("ETHUSD"),
        _coin("SOLUSD"),
    )
}
"""By symbol."""
