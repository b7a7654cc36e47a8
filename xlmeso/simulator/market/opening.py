"""Open a market: choose the history, load it once per process, cut out the period."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.simulator.market import symbols
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.instruments import INSTRUMENTS
from xlmeso.simulator.market.market import Market
from xlmeso.simulator.market.sessions import day_number
from xlmeso.simulator.market.source import HistorySource

SYMBOLS: Final = tuple(INSTRUMENTS)

_Stamp = tuple[tuple[str, int, int], ...]


def open_market(
    symbol: str, start: dt.date, end: dt.date, *, history: HistorySource, seed: int = 0
) -> Market:
    """Market of an underlying between two dates; the last few are kept per process.

    Parameters
    ----------
    symbol
        One of `SYMBOLS`.
    start, end
        First and last date; clipped to the history, which ``Market.notes`` then says.
    history
        Where the daily series come from.
    seed
        0 for the standard 5-minute paths; another one gives other paths, and in synthetic mode
        another history.

    Raises
    ------
    SimulationError
        The symbol is not simulated, the history has no session in the period, or it cannot be
        read.
    """
    if symbol not in SYMBOLS:
        raise SimulationError(
            f"The local service cannot simulate the symbol {symbol!r}.",
            cure=f"It can simulate {', '.join(SYMBOLS)}.",
        )
    kind = symbols.source_for(symbol, history)
    if kind is None:
        raise SimulationError(
            f"There is no price history of {symbol}.", cure=symbols.what_to_supply(symbol)
        )
    folder = history.folder if kind == "csv" else None
    return _open(symbol, start, end, kind, folder, _stamp(kind, folder), seed)


def check_history(source: HistorySource, seed: int = 0) -> None:
    """Load a history now, so that its mistakes show before a run needs it.

    Raises
    ------
    SimulationError
        It cannot be read; the message names file, line and column.
    """
    named = ("SPX",) if source.folder is None else symbols.symbols_of(source.folder)
    for symbol in named:
        kind = symbols.source_for(symbol, source) or "synthetic"
        folder = source.folder if kind == "csv" else None
        _history(symbol, kind, folder, _stamp(kind, folder), seed if kind == "synthetic" else 0)


def _stamp(kind: str, folder: Path | None) -> _Stamp:
    """Sizes and times of the files, so that a changed file is read again."""
    names = (*symbols.INDEX_FILES, symbols.IWM_FILE, symbols.BTC_FILE)
    paths = [symbols.BUNDLED_FOLDER / name for name in names]
    if kind == "csv" and folder is not None:
        paths += [folder / name for name in symbols.OWN_FILES]
    stats = [(str(path), path.stat()) for path in paths if path.is_file()]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


@lru_cache(maxsize=4)
def _open(
    symbol: str,
    start: dt.date,
    end: dt.date,
    kind: str,
    folder: Path | None,
    stamp: _Stamp,
    seed: int,
) -> Market:
    history, features = _history(symbol, kind, folder, stamp, seed if kind == "synthetic" else 0)
    first = int(np.searchsorted(history.days, day_number(start), side="left"))
    last = int(np.searchsorted(history.days, day_number(end), side="right")) - 1
    if first > last:
        raise SimulationError(
            f"There is no session between {start} and {end}.",
            cure=f"The history reaches from {history.first_date} to {history.last_date}.",
        )
    notes = history.notes + _clipping(history, start, end)
    return Market(
        INSTRUMENTS[symbol], history, features, first=first, last=last, seed=seed, notes=notes
    )


@lru_cache(maxsize=4)
def _history(
    symbol: str, kind: str, folder: Path | None, stamp: _Stamp, seed: int
) -> tuple[DailyHistory, Any]:
    instrument = INSTRUMENTS[symbol]
    history = instrument.history(kind, folder, seed)
    return history, instrument.model.features(history)


def _clipping(history: DailyHistory, start: dt.date, end: dt.date) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if start < history.first_date:
        notes += (f"The history starts on {history.first_date}; the period asked for on {start}.",)
    if end > history.last_date:
        notes += (f"The history ends on {history.last_date}; the period asked for on {end}.",)
    return notes
