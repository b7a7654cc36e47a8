"""The user's own daily history: one CSV file for each series, in one folder.

Price and volatility files have the columns date, open, high, low, close: ``spx.csv`` with
``vix.csv``, ``rut.csv`` with ``rvx.csv`` or else ``vix.csv``, ``gld.csv`` with or without
``gvz.csv``, ``btcusd.csv``, ``ethusd.csv`` and ``solusd.csv`` with or without a file such as
``btcusd_vol.csv``.  ``rates.csv`` has date, percent (an overnight rate such as Fed funds).  The
first line is the header, dates are written YYYY-MM-DD and ascend.  Indices and GLD have every
session of the New York Stock Exchange between their first and last date, coins every day.  Days
that a volatility file lacks take its close before them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.model.fields import CRYPTO_SYMBOLS
from xlmeso.simulator.market import bundled
from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.history import (
    FLAT_DIVIDEND_YIELD,
    FLAT_RATE,
    DailyHistory,
    carry_forward,
    continuous_rate,
    last_known,
    repaired_open,
)
from xlmeso.simulator.market.sessions import date_of, day_number, trading_calendar
from xlmeso.simulator.market.small_caps import RUT_DIVIDEND_YIELD, RUT_OVER_VIX
from xlmeso.simulator.market.symbols import bundled_exists

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
MAX_ROWS: Final = 50_000

_OHLC: Final = ("date", "open", "high", "low", "close")
_RATE: Final = ("date", "percent")
_MOST_PERCENT: Final = 100.0

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class _Table:
    path: Path
    columns: tuple[str, ...]
    days: Ints
    values: Floats
    lines: list[int]


def load_csv(folder: Path, symbol: str = "SPX") -> DailyHistory:
    """Read and check the user's series of one symbol.

    Raises
    ------
    SimulationError
        A file is missing, too large, or has a mistake; names file, line and column.
    """
    coin = symbol.lower()
    if symbol in CRYPTO_SYMBOLS:
        return _coin(folder / f"{coin}.csv", folder / f"{coin}_vol.csv")
    if symbol == "GLD":
        prices = _in_sessions(folder / "gld.csv")
        level, notes = _optional_level(folder / "gvz.csv", prices.days)
        return _at_the_exchange(folder, prices, level, 0.0, "the user's own gold history", notes)
    if symbol == "RUT":
        return _small_caps(folder)
    prices, vix = _in_sessions(folder / "spx.csv"), _ohlc(folder / "vix.csv")
    level, notes = _level(vix, prices.days)
    what = "the user's own daily index and volatility history"
    return _at_the_exchange(folder, prices, level, None, what, notes)


def _small_caps(folder: Path) -> DailyHistory:
    prices = _in_sessions(folder / "rut.csv")
    own = folder / "rvx.csv"
    level, notes = _level(_ohlc(own if own.is_file() else folder / "vix.csv"), prices.days)
    what = "the user's own daily index and volatility history"
    if own.is_file():
        return _at_the_exchange(folder, prices, level, RUT_DIVIDEND_YIELD, what, notes)
    note = f"There is no rvx.csv; VIX times {RUT_OVER_VIX} stands in for it."
    scaled = (level[0] * RUT_OVER_VIX, level[1] * RUT_OVER_VIX)
    history = _at_the_exchange(folder, prices, scaled, RUT_DIVIDEND_YIELD, what, (*notes, note))
    return replace(history, over_vix=np.full(prices.days.size, RUT_OVER_VIX))


def _at_the_exchange(
    folder: Path,
    prices: _Table,
    level: tuple[Floats, Floats],
    dividend_yield: float | None,
    what: str,
    notes: tuple[str, ...],
) -> DailyHistory:
    """History of something that trades in the sessions of the exchange."""
    rate, rate_words, rate_notes = _rates(folder, prices.days)
    days = prices.days
    return DailyHistory(
        kind="csv",
        description=f"{what}, {rate_words}",
        days=days,
        open=prices.values[0],
        high=prices.values[1],
        low=prices.values[2],
        close=prices.values[3],
        vix_open=level[0],
        vix_close=level[1],
        rate=rate,
        dividend_yield=(
            _dividends(days) if dividend_yield is None else np.full(days.size, dividend_yield)
        ),
        notes=(*rate_notes, *notes),
    )


def _coin(path: Path, volatility: Path) -> DailyHistory:
    """History of a coin, in dollars; no rate, as its options are worth their share of the coin."""
    prices = _ohlc(path)
    _check_consecutive(prices, np.arange(prices.days[0], prices.days[-1] + 1), "days")
    level, notes = _optional_level(volatility, prices.days)
    nothing = np.zeros(prices.days.size)
    return DailyHistory(
        kind="csv",
        description="the user's own daily coin history",
        days=prices.days,
        open=prices.values[0],
        high=prices.values[1],
        low=prices.values[2],
        close=prices.values[3],
        vix_open=level[0],
        vix_close=level[1],
        rate=nothing,
        dividend_yield=nothing,
        notes=notes,
    )


def _optional_level(path: Path, days: Ints) -> tuple[tuple[Floats, Floats], tuple[str, ...]]:
    """Open and close of a volatility index, NaN without its file, and notes."""
    if path.is_file():
        return _level(_ohlc(path), days)
    nothing = np.full(days.size, np.nan)
    note = f"There is no {path.name}; the level of implied volatility is modelled from past moves."
    return (nothing, nothing), (note,)


def _level(table: _Table, days: Ints) -> tuple[tuple[Floats, Floats], tuple[str, ...]]:
    """Open and close of a volatility index on some days, and notes."""
    if not table.days[0] <= days[0]:
        raise SimulationError(
            f"The volatility index starts on {date_of(table.days[0])}, "
            f"later than the index ({date_of(days[0])}).",
            where=str(table.path),
            cure="Add the earlier days, or start the file of the index later.",
        )
    opens = repaired_open(*table.values, wrong=np.zeros(table.days.size, dtype=np.bool_))
    closes = table.values[3]
    missing = int(np.setdiff1d(days, table.days).size)
    notes: tuple[str, ...] = ()
    if missing:
        name = table.path.name
        notes = (f"{name} lacks {missing} sessions; its close before them is used.",)
    opening = carry_forward(days, table.days, opens, closes)
    return (opening, carry_forward(days, table.days, closes, closes)), notes


def _rates(folder: Path, days: Ints) -> tuple[Floats, str, tuple[str, ...]]:
    if (folder / "rates.csv").is_file():
        table = _read(folder / "rates.csv", _RATE)
        _check_range(table, 0, -_MOST_PERCENT, _MOST_PERCENT)
        return last_known(days, table.days, continuous_rate(table.values[0])), "own rates", ()
    if bundled_exists():
        return bundled.load_rates(days), "bundled Fed funds rates", ()
    note = f"There is no rates.csv and no bundled rate; {FLAT_RATE:.1%} is used throughout."
    return np.full(days.size, FLAT_RATE), "a flat rate", (note,)


def _dividends(days: Ints) -> Floats:
    if bundled_exists():
        return bundled.load_dividends(days)
    return np.full(days.size, FLAT_DIVIDEND_YIELD)


def _ohlc(path: Path) -> _Table:
    table = _read(path, _OHLC)
    for column in range(4):
        _check_range(table, column, 0.0, math.inf)
    low, high = table.values[2], table.values[1]
    for column in (0, 3):
        wrong = np.flatnonzero((table.values[column] < low) | (table.values[column] > high))
        if wrong.size:
            raise _mistake(table, int(wrong[0]), column, "is not between low and high")
    return table


def _check_range(table: _Table, column: int, low: float, high: float) -> None:
    values = table.values[column]
    wrong = np.flatnonzero(~((values > low) & (values < high)))
    if wrong.size:
        meaning = "must be above zero" if low == 0.0 else f"must be between {low:g} and {high:g}"
        raise _mistake(table, int(wrong[0]), column, meaning)


def _in_sessions(path: Path) -> _Table:
    """Read prices; refuse rows on closed days and gaps, which would move every later bar."""
    table = _ohlc(path)
    sessions = trading_calendar().session_days
    strange = np.flatnonzero(~np.isin(table.days, sessions))
    if strange.size:
        row = int(strange[0])
        raise SimulationError(
            f"line {table.lines[row]}, column date: {date_of(table.days[row])} was no session of "
            "the New York Stock Exchange (1990 to 2036).",
            where=str(table.path),
        )
    asked = sessions[(sessions >= table.days[0]) & (sessions <= table.days[-1])]
    _check_consecutive(table, asked, "sessions")
    return table


def _check_consecutive(table: _Table, asked: Ints, what: str) -> None:
    missing = np.setdiff1d(asked, table.days)
    if missing.size:
        raise SimulationError(
            f"{missing.size} {what} are missing, the first is {date_of(missing[0])}.",
            where=str(table.path),
            cure="Add the missing days.",
        )


def _read(path: Path, columns: tuple[str, ...]) -> _Table:
    lines = [(number, line) for number, line in _lines(path, ",".join(columns)) if line]
    if not lines:
        raise SimulationError("The file is empty.", where=str(path))
    header = [name.strip().lower() for name in lines[0][1].split(",")]
    absent = [name for name in columns if name not in header]
    if absent:
        raise SimulationError(
            f"line {lines[0][0]}: the column {absent[0]!r} is missing.",
            where=str(path),
            cure=f"Write the header {','.join(columns)}.",
        )
    places = [header.index(name) for name in columns]
    rows = [_row(path, number, line, columns, places) for number, line in lines[1:]]
    if not rows:
        raise SimulationError("The file has a header and no rows.", where=str(path))
    numbers = [number for number, _ in lines[1:]]
    days = np.array([row[0] for row in rows], dtype=np.int64)
    _check_ascending(path, numbers, days)
    values = np.array([row[1] for row in rows], dtype=np.float64).T.copy()
    return _Table(path, columns, days, values, numbers)


def _lines(path: Path, columns: str) -> list[tuple[int, str]]:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise SimulationError(
                f"The file has {size:,} bytes; at most {MAX_FILE_BYTES:,} are read.",
                where=str(path),
            )
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SimulationError(
            "The file is missing.",
            where=str(path),
            cure=f"Put {path.name} into the folder; its columns are {columns}.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SimulationError(f"The file cannot be read: {error}.", where=str(path)) from error
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    if len(lines) > MAX_ROWS:
        raise SimulationError(
            f"The file has {len(lines):,} lines; at most {MAX_ROWS:,} are read.", where=str(path)
        )
    return lines


def _row(
    path: Path, number: int, line: str, columns: tuple[str, ...], places: list[int]
) -> tuple[int, list[float]]:
    cells = line.split(",")
    if len(cells) <= max(places):
        raise SimulationError(
            f"line {number}: {len(cells)} values where {max(places) + 1} are needed.",
            where=str(path),
        )
    texts = dict(zip(columns, (cells[place].strip() for place in places), strict=True))
    day = _parsed(path, number, "date", texts.pop("date"), _to_day)
    return day, [_parsed(path, number, column, text, float) for column, text in texts.items()]


def _parsed(
    path: Path, number: int, column: str, text: str, convert: Callable[[str], _Value]
) -> _Value:
    try:
        return convert(text)
    except ValueError:
        kind = "a date such as 2024-01-31" if column == "date" else "a number"
        raise SimulationError(
            f"line {number}, column {column}: {text!r} is not {kind}.", where=str(path)
        ) from None


def _to_day(text: str) -> int:
    return day_number(dt.date.fromisoformat(text))


def _check_ascending(path: Path, numbers: list[int], days: Ints) -> None:
    wrong = np.flatnonzero(np.diff(days) <= 0)
    if wrong.size:
        row = int(wrong[0]) + 1
        raise SimulationError(
            f"line {numbers[row]}, column date: {date_of(days[row])} does not come after the "
            "date before it.",
            where=str(path),
            cure="Sort the rows by date and keep one row per date.",
        )


def _mistake(table: _Table, row: int, column: int, meaning: str) -> SimulationError:
    value = table.values[column][row]
    return SimulationError(
        f"line {table.lines[row]}, column {table.columns[column + 1]}: {value:g} {meaning}.",
        where=str(table.path),
    )
