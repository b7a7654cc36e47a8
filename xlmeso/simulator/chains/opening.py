"""Open recorded chains as a market."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path

from xlmeso.errors import SimulationError
from xlmeso.simulator.chains.files import chain_symbols, session_files
from xlmeso.simulator.chains.index import ChainIndex, open_index
from xlmeso.simulator.chains.market import ChainMarket
from xlmeso.simulator.chains.settlements import Settlements


def open_chains(symbol: str, start: dt.date, end: dt.date, folder: Path) -> ChainMarket:
    """Return the market of a symbol between two dates.

    Raises
    ------
    SimulationError
        The folder has no chains of the symbol in the period, or a file cannot be read.
    """
    home = folder / symbol
    return ChainMarket(symbol, _index(home, symbol, _stamp(home)), start, end, home)


def check_chains(folder: Path) -> None:
    """Bring the index of every symbol up to date, so that mistakes show before a run.

    Raises
    ------
    SimulationError
        There are no chains, or a file cannot be read.
    """
    symbols = chain_symbols(folder)
    if not symbols:
        raise SimulationError(
            "the folder has no chains.",
            where=str(folder),
            cure="Lay sessions as SYMBOL/YYYY-MM-DD.csv, or use 'xlmeso chains import'.",
        )
    for symbol in symbols:
        open_index(folder / symbol, symbol)
        Settlements.read(folder / symbol)


@lru_cache(maxsize=8)
def _index(home: Path, symbol: str, stamp: tuple[tuple[str, int, int], ...]) -> ChainIndex:
    return open_index(home, symbol)


def _stamp(home: Path) -> tuple[tuple[str, int, int], ...]:
    stats = ((path.name, path.stat()) for path in session_files(home).values())
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)
