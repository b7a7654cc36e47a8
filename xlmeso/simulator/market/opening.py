"""Open a market: choose the history, load it once per process, cut out the period."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.simulator.market import bundled, csv_history
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.market import Market
from xlmeso.simulator.market.sessions import day_number
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.market.synthetic import simulate_history
from xlmeso.simulator.market.term import TermFeatures, term_features

SYMBOLS: Final = ("SPX",)

_Stamp = tuple[tuple[str, int, int], ...]


def open_market(
    symbol: str, start: dt.date, end: dt.date, *, history: HistorySource, seed: int = 0
) -> Market:
    """Market of an underlying between two dates; the last few are kept per process.

    Parameters
    ----------
    symbol
        Only ``SPX`` in this version.
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
    kind, folder = _resolve(history)
    return _open(symbol, start, end, kind, folder, _stamp(kind, folder), seed)


def check_history(source: HistorySource, seed: int = 0) -> None:
    """Load a history now, so that its mistakes show before a run needs it.

    Raises
    ------
    SimulationError
        It cannot be read; the message names file, line and column.
    """
    kind, folder = _resolve(source)
    _history(kind, folder, _stamp(kind, folder), seed if kind == "synthetic" else 0)


def _resolve(source: HistorySource) -> tuple[str, Path | None]:
    """Turn ``auto`` into the first source that exists."""
    if source.kind != "auto":
        return source.kind, source.folder
    if source.folder is not None:
        return "csv", source.folder
    return ("bundled", None) if bundled.bundled_exists() else ("synthetic", None)


def _stamp(kind: str, folder: Path | None) -> _Stamp:
    """Sizes and times of the files, so that a changed file is read again."""
    paths = [bundled.BUNDLED_FOLDER / name for name in bundled.FILES]
    if kind == "csv" and folder is not None:
        paths = [folder / name for name in csv_history.FILES]
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
    history, features = _history(kind, folder, stamp, seed if kind == "synthetic" else 0)
    first = int(np.searchsorted(history.days, day_number(start), side="left"))
    last = int(np.searchsorted(history.days, day_number(end), side="right")) - 1
    if first > last:
        raise SimulationError(
            f"There is no session between {start} and {end}.",
            cure=f"The history reaches from {history.first_date} to {history.last_date}.",
        )
    notes = history.notes + _clipping(history, start, end)
    return Market(symbol, history, features, first=first, last=last, seed=seed, notes=notes)


@lru_cache(maxsize=4)
def _history(
    kind: str, folder: Path | None, stamp: _Stamp, seed: int
) -> tuple[DailyHistory, TermFeatures]:
    if kind == "csv" and folder is not None:
        history = csv_history.load_csv(folder)
    elif kind == "bundled":
        history = bundled.load_bundled()
    else:
        history = simulate_history(seed)
    return history, term_features(history)


def _clipping(history: DailyHistory, start: dt.date, end: dt.date) -> tuple[str, ...]:
    notes: tuple[str, ...] = ()
    if start < history.first_date:
        notes += (f"The history starts on {history.first_date}; the period asked for on {start}.",)
    if end > history.last_date:
        notes += (f"The history ends on {history.last_date}; the period asked for on {end}.",)
    return notes
