"""The index of a symbol's folder: when there are quotes, and what the underlying was then.

A run needs the underlying of the whole period at once but the chains of one session at a time, so
the index holds one row per snapshot.  It is made when the folder is opened first and again for
the sessions that have changed since; the file `INDEX` beside the sessions keeps it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.model.contracts import OptionType
from xlmeso.simulator.chains.columns import normalised
from xlmeso.simulator.chains.files import read_session, session_files
from xlmeso.simulator.chains.rates import terms_on
from xlmeso.simulator.chains.session import SessionChains
from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.sessions import day_number, trading_calendar

INDEX: Final = "index.csv"
TARGET_DAYS: Final = 30
"""The underlying's implied volatility is that of the expiration nearest to it (reference 4.8)."""

_HEADER: Final = ("file", "size", "modified", "date", "bar", "underlying", "iv")
_VERSION: Final = "2"
"""Changes whenever the same sessions give other rows."""

_Row = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ChainIndex:
    """Snapshots of one symbol in the order of time; all arrays have one item per snapshot.

    Attributes
    ----------
    files
        Session file by date.
    day
        Day number of the session.
    offset
        Bar of the session from which on the quotes are known.
    underlying
        Price in points.
    iv
        Implied volatility of the at-the-money put nearest to 30 days, fraction; NaN without one.
    """

    files: dict[dt.date, Path]
    day: Ints
    offset: Ints
    underlying: Floats
    iv: Floats


def load_session(path: Path, date: dt.date, symbol: str) -> SessionChains:
    """Read a session file.

    Raises
    ------
    SimulationError
        It cannot be read, is no session of the exchange, or holds another day's quotes.
    """
    calendar = trading_calendar()
    row = day_number(date) - calendar.first_day
    if not (0 <= row < calendar.is_session.size and calendar.is_session[row]):
        raise SimulationError(f"{date} was no session of the exchange.", where=str(path))
    table = normalised(read_session(path), symbol, str(path))
    if not len(table):
        raise SimulationError("the session has no rows.", where=str(path))
    other = table["time"].dt.date[table["time"].dt.date != date]
    if len(other):
        raise SimulationError(f"the session holds quotes of {other.iloc[0]}.", where=str(path))
    return SessionChains(table, date, terms_on(date))


def open_index(
    home: Path, symbol: str, *, on_session: Callable[[dt.date], object] = lambda date: None
) -> ChainIndex:
    """Return the index of a symbol's folder, brought up to date.

    Raises
    ------
    SimulationError
        There is no session, or one cannot be read.
    """
    files = session_files(home)
    if not files:
        raise SimulationError(
            f"there are no chains of {symbol}.",
            where=str(home),
            cure="Name the files YYYY-MM-DD.csv or .parquet; see 'xlmeso chains import'.",
        )
    known = _read(home / INDEX)
    rows: list[_Row] = []
    has_changed = False
    for date, path in files.items():
        stamp = _stamp(path)
        found = known.get(stamp)
        if found is None:
            found = [(*stamp, *row) for row in _rows(path, date, symbol)]
            has_changed = True
            on_session(date)
        rows += found
    if has_changed or len(known) != len(files):
        _write(home / INDEX, rows)
    return _index(files, rows)


def _stamp(path: Path) -> tuple[str, str, str]:
    stat = path.stat()
    return path.name, str(stat.st_size), f"{stat.st_mtime_ns}/{_VERSION}"


def _rows(path: Path, date: dt.date, symbol: str) -> list[_Row]:
    chains = load_session(path, date, symbol)
    rows: list[_Row] = []
    for offset, spot in zip(chains.offsets.tolist(), chains.spots.tolist(), strict=True):
        iv = at_the_money_iv(chains, offset, spot)
        rows.append((date.isoformat(), str(offset), repr(spot), repr(iv)))
    return rows


def at_the_money_iv(chains: SessionChains, offset: int, spot: float) -> float:
    """Return the implied volatility of the put nearest to 30 days and to the money, a fraction."""
    ahead = [item for item in chains.expirations if item.date > chains.date]
    ranked = sorted(ahead, key=lambda item: abs((item.date - chains.date).days - TARGET_DAYS))
    for expiration in ranked:
        table = chains.table(offset, expiration, OptionType.PUT)
        if table is None:
            continue
        known = np.flatnonzero(~np.isnan(table.fields["iv"]))
        if known.size:
            nearest = known[np.argmin(np.abs(table.strike[known] - spot))]
            return float(table.fields["iv"][nearest])
    return float("nan")


def _read(path: Path) -> dict[_Row, list[_Row]]:
    """Return the kept rows by the stamp of their file; none where the file is of no use."""
    found: dict[_Row, list[_Row]] = {}
    try:
        lines = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    except (OSError, UnicodeDecodeError, csv.Error):
        return found
    if not lines or tuple(lines[0]) != _HEADER:
        return found
    for line in lines[1:]:
        if len(line) == len(_HEADER):
            found.setdefault(tuple(line[:3]), []).append(tuple(line))
    return found


def _write(path: Path, rows: list[_Row]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_HEADER, *rows])
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text.getvalue(), encoding="utf-8", newline="")
        part.replace(path)
    except OSError as problem:
        raise SimulationError(
            f"the index of the chains cannot be written: {problem.strerror}.",
            where=str(path),
            cure="Let the folder be writable for the first 'xlmeso serve --chains'.",
        ) from None


def _index(files: dict[dt.date, Path], rows: list[_Row]) -> ChainIndex:
    return ChainIndex(
        files,
        np.array([day_number(dt.date.fromisoformat(row[3])) for row in rows], dtype=np.int64),
        np.array([row[4] for row in rows]).astype(np.int64),
        np.array([row[5] for row in rows]).astype(np.float64),
        np.array([row[6] for row in rows]).astype(np.float64),
    )
