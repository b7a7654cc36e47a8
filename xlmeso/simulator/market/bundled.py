"""The daily series that ship in the removable folder ``history`` (its README names the sources)."""

from __future__ import annotations

import datetime as dt
import gzip
from typing import Final

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.simulator.market import symbols
from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.history import (
    DailyHistory,
    carry_forward,
    continuous_rate,
    last_known,
    repaired_open,
)
from xlmeso.simulator.market.sessions import day_number

_SPX, _VIX, _RATES, _DIVIDENDS = symbols.INDEX_FILES
_WRONG_VIX_OPENS: Final = (day_number(dt.date(2004, 1, 21)),)
"""36.55 between a close of 15.21 and one of 14.34, with the index unchanged: a misprint."""

_IWM_SPLIT: Final = day_number(dt.date(2005, 6, 9))
_IWM_PER_RUT: Final = 10.0
"""IWM was made as a tenth of the index; in 2012 to 2021 ten of it are within 1 % of the index."""

_BTC_FIRST: Final = day_number(dt.date(2015, 1, 19))
"""From here on no day is missing."""

_WRONG_BTC_LOWS: Final = (day_number(dt.date(2017, 4, 15)),)
"""A print of 0.06 dollars between an open of 1173 and a close of 1179: options settle on an index
of several exchanges, so the day gets as far below its open as it came above its close."""


def load_bundled() -> DailyHistory:
    """Read the bundled S&P 500, VIX, Fed funds and dividend series.

    Raises
    ------
    SimulationError
        A file is missing or damaged.
    """
    spx_days, spx = _table(_SPX, (1, 2, 3, 4))
    vix_days, vix = _table(_VIX, (1, 2, 3, 4))
    vix_open = repaired_open(*vix, wrong=np.isin(vix_days, _WRONG_VIX_OPENS))
    rate, dividend_yield = load_rates(spx_days), load_dividends(spx_days)
    # Four VIX sessions are missing (1991-03-01, 1997-01-31, 1997-11-26, 1999-12-31): the close of
    # the session before stands in for open and close.
    return DailyHistory(
        kind="bundled",
        description="the bundled S&P 500 and VIX daily history, Fed funds and dividend yields",
        days=spx_days,
        open=spx[0],
        high=spx[1],
        low=spx[2],
        close=spx[3],
        vix_open=carry_forward(spx_days, vix_days, vix_open, vix[3]),
        vix_close=carry_forward(spx_days, vix_days, vix[3], vix[3]),
        rate=rate,
        dividend_yield=dividend_yield,
    )


def load_iwm() -> tuple[Ints, Floats]:
    """Days and open, high, low, close of ten shares of IWM, adjusted for the split of 2005."""
    days, prices = _table(symbols.IWM_FILE, (1, 2, 3, 4))
    factor = np.where(days < _IWM_SPLIT, 0.5, 1.0) * _IWM_PER_RUT
    return days, np.round(prices * factor, 2)


def load_btc() -> tuple[Ints, Floats]:
    """Days and open, high, low, close of the bitcoin in dollars."""
    days, prices = _table(symbols.BTC_FILE, (1, 2, 3, 4))
    opened, high, low, close = prices
    reach = np.minimum(opened, close) - (high - np.maximum(opened, close))
    prices[2] = np.where(np.isin(days, _WRONG_BTC_LOWS), reach, low)
    kept = days >= _BTC_FIRST
    return days[kept], prices[:, kept]


def load_rates(days: Ints) -> Floats:
    """Continuous rate before each day: Fed funds of an earlier date, published next morning."""
    value_days, values = _table(_RATES, (1,))
    return last_known(days, value_days, continuous_rate(values[0]))


def load_dividends(days: Ints) -> Floats:
    """Trailing dividend yield of the last complete month; the last known one is carried on."""
    value_days, values = _table(_DIVIDENDS, (3,))
    # A row is dated on the first of its month and uses the month's average price: known a month on.
    months = value_days.view("datetime64[D]").astype("datetime64[M]") + np.timedelta64(1, "M")
    known_from = months.astype("datetime64[D]").astype(np.int64)
    return last_known(days + 1, known_from, values[0])


def _table(name: str, columns: tuple[int, ...]) -> tuple[Ints, Floats]:
    """Dates of the first column and the asked columns as rows of one array."""
    path = symbols.BUNDLED_FOLDER / name
    try:
        text = gzip.decompress(path.read_bytes()).decode("ascii")
        cells = list(zip(*(line.split(",") for line in text.splitlines()[1:]), strict=True))
        days = np.array(cells[0], dtype="datetime64[D]").astype(np.int64)
        values = np.array([cells[column] for column in columns], dtype=np.float64)
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise SimulationError(
            "The bundled history cannot be read.",
            where=str(path),
            cure="Install the package again, or remove the folder to use simulated history.",
        ) from error
    return days, values
