"""What is listed on each underlying: roots, expirations, strikes, and when a series settles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats, frozen
from xlmeso.simulator.market.expiration_table import (
    ExpirationTable,
    ListedExpiration,
    Settlement,
    make_table,
    settlement_of,
)
from xlmeso.simulator.market.expirations import AM_ROOT, ROOTS, expiration_table
from xlmeso.simulator.market.sessions import (
    MINUTES_PER_DAY,
    TradingCalendar,
    date_of,
    day_number,
    trading_calendar,
)
from xlmeso.simulator.market.strikes import listed_strikes

_FRIDAY: Final = 4
_FIRST_YEAR, _LAST_YEAR = 2000, 2036

Strikes = Callable[[float, int, int, ListedExpiration], Floats]
"""From the close of the session before, the day, the days to expiration and the expiration."""


@dataclass(frozen=True)
class Listing:
    """The listed series of one underlying.

    Attributes
    ----------
    roots, am_roots
        All roots, and those that settle in the morning.
    table
        Every expiration.
    settles
        Instant at which an expiration settles.
    strikes
        Listed strikes.
    averaged_bars
        Steps before the settlement over which the underlying is averaged; 0 for none.
    """

    roots: tuple[str, ...]
    am_roots: tuple[str, ...]
    table: Callable[[], ExpirationTable]
    settles: Callable[[ListedExpiration], Settlement]
    strikes: Strikes
    averaged_bars: int = 0

    def expiration(self, root: str, date: dt.date) -> ListedExpiration:
        """Return the series of a root on a date."""
        return ListedExpiration(root, date, root in self.am_roots)


def _at_the_exchange(expiration: ListedExpiration) -> Settlement:
    return settlement_of(expiration.date, am_settled=expiration.am_settled)


def _spx_strikes(reference: float, day: int, days: int, expiration: ListedExpiration) -> Floats:
    weekly = not expiration.am_settled
    return listed_strikes(reference, day=day, days_to_expiration=days, weekly=weekly)


SPX: Final = Listing(ROOTS, (AM_ROOT,), expiration_table, _at_the_exchange, _spx_strikes)


# RUT.  Assumption: third Fridays in the morning (RUT) for about 13 months, quarterly ones longer;
# RUTW on the other Fridays from 2012 and at month-ends from 2014-07, five weeks ahead.
_RUT_BANDS: Final = ((0.40, 0.60, 50.0), (0.60, 0.85, 10.0), (0.85, 1.12, 5.0), (1.12, 1.5, 25.0))


@lru_cache(maxsize=1)
def _rut_table() -> ExpirationTable:
    calendar = trading_calendar()
    rows: dict[tuple[int, str], int] = {}
    for year, month in _months():
        third = calendar.session_at_or_before(_weekday_of_month(year, month, _FRIDAY, 3))
        rows[third, "RUT"] = third - (465 if month % 3 == 0 else 105)
        if (year, month) >= (2014, 7):
            rows[_last_session(year, month, calendar), "RUTW"] = third - 35
    for friday in range(day_number(dt.date(2012, 1, 6)), calendar.last_day - 7, 7):
        if not 15 <= date_of(friday).day <= 21:
            day = calendar.session_at_or_before(friday)
            rows[day, "RUTW"] = min(day - 36, rows.get((day, "RUTW"), day))
    return make_table(rows, ("RUT",))


RUT: Final = Listing(
    ("RUT", "RUTW"),
    ("RUT",),
    _rut_table,
    _at_the_exchange,
    lambda reference, day, days, expiration: _banded(reference, _RUT_BANDS),
)


# VIX.  Expiration 30 days before the third Friday of the next month, a session earlier when either
# day is a holiday; VIXW on the other Wednesdays from 2015-10-08.  All settle in the morning.
_VIX_LEAD_DAYS: Final = 190
_VIX_WEEKLY_DAYS: Final = 42
_VIX_BANDS: Final = ((8.0, 20.0, 0.5), (20.0, 45.0, 1.0), (45.0, 100.0, 5.0), (100.0, 181.0, 10.0))


@lru_cache(maxsize=1)
def _vix_table() -> ExpirationTable:
    calendar = trading_calendar()
    rows: dict[tuple[int, str], int] = {}
    monthly = set()
    for (_, _), (year, month) in pairwise(_months()):
        third = calendar.session_at_or_before(_weekday_of_month(year, month, _FRIDAY, 3))
        day = calendar.session_at_or_before(third - 30)
        monthly.add(day)
        rows[day, "VIX"] = day - _VIX_LEAD_DAYS
    start = day_number(dt.date(2015, 10, 14))
    for wednesday in range(start, calendar.last_day - 7, 7):
        day = calendar.session_at_or_before(wednesday)
        if day not in monthly:
            rows[day, "VIXW"] = max(day - _VIX_WEEKLY_DAYS, start - 6)
    return make_table(rows, ("VIX", "VIXW"))


@lru_cache(maxsize=1)
def _vix_strikes() -> Floats:
    parts = [np.arange(low, high, step) for low, high, step in _VIX_BANDS]
    return frozen(np.concatenate(parts))


VIX: Final = Listing(
    ("VIX", "VIXW"),
    ("VIX", "VIXW"),
    _vix_table,
    _at_the_exchange,
    lambda reference, day, days, expiration: _vix_strikes(),
)


# GLD.  Assumption: third Fridays for a year, other Fridays five weeks ahead, all at the close.
_GLD_BANDS: Final = ((0.50, 0.80, 5.0), (0.80, 1.20, 1.0), (1.20, 1.60, 5.0))


@lru_cache(maxsize=1)
def _gld_table() -> ExpirationTable:
    calendar = trading_calendar()
    rows: dict[tuple[int, str], int] = {}
    first = _weekday_of_month(_FIRST_YEAR, 1, _FRIDAY, 1)
    for friday in range(first, calendar.last_day - 7, 7):
        is_third = 15 <= date_of(friday).day <= 21
        day = calendar.session_at_or_before(friday)
        rows[day, "GLD"] = day - (365 if is_third else 36)
    return make_table(rows, ())


GLD: Final = Listing(
    ("GLD",),
    (),
    _gld_table,
    _at_the_exchange,
    lambda reference, day, days, expiration: _banded(reference, _GLD_BANDS),
)


# Crypto, in the manner of Deribit: at 08:00 UTC every day; the last letter of the root says how
# often the series comes.  Assumption: dailies are listed 3 days ahead, weeklies 28, last Fridays of
# a month 100, those of a quarter 365; a date has one series, the rarest.
SETTLEMENT_MINUTE: Final = 8 * 60
AVERAGED_BARS: Final = 6
_CRYPTO_DAYS: Final = {"Q": 365, "M": 100, "W": 28, "D": 3}


@lru_cache(maxsize=4)
def _crypto_table(coin: str) -> ExpirationTable:
    first, last = day_number(dt.date(2012, 1, 1)), day_number(dt.date(_LAST_YEAR, 12, 1))
    rows: dict[tuple[int, str], int] = {}
    for day in range(first, last):
        kind = _crypto_kind(day)
        rows[day, coin + kind] = day - _CRYPTO_DAYS[kind]
    return make_table(rows, ())


def _crypto_kind(day: int) -> str:
    date = date_of(day)
    if date.weekday() != _FRIDAY:
        return "D"
    if date_of(day + 7).month == date.month:
        return "W"
    return "Q" if date.month % 3 == 0 else "M"


def _at_eight(expiration: ListedExpiration) -> Settlement:
    share = SETTLEMENT_MINUTE / MINUTES_PER_DAY
    return Settlement(day_number(expiration.date), SETTLEMENT_MINUTE, share)


def _coin_strikes(reference: float, day: int, days: int, expiration: ListedExpiration) -> Floats:
    """Round steps of about 2 % of the price up to a week, 5 % beyond, four times that far out."""
    step = _round_step(reference * (0.02 if days <= 8 else 0.05))
    near = np.arange(np.ceil(0.7 * reference / step), np.ceil(1.4 * reference / step)) * step
    wide = 4.0 * step
    reach = 1.6 if days <= 8 else 3.0
    low = np.arange(1.0, np.ceil(near[0] / wide)) * wide
    low = low[low >= 0.3 * reference]
    high = np.arange(np.floor(near[-1] / wide) + 1.0, np.ceil(reach * reference / wide)) * wide
    return frozen(np.concatenate((low, near, high)))


def _round_step(size: float) -> float:
    power = 10.0 ** np.floor(np.log10(size))
    return float(max(f for f in (1.0, 2.5, 5.0) if f * power <= size * (1 + 1e-12)) * power)


def crypto(coin: str) -> Listing:
    """Return the listing of a coin such as BTC."""
    return Listing(
        roots=tuple(coin + kind for kind in "DWMQ"),
        am_roots=(),
        table=lambda: _crypto_table(coin),
        settles=_at_eight,
        strikes=_coin_strikes,
        averaged_bars=AVERAGED_BARS,
    )


def _banded(reference: float, bands: tuple[tuple[float, float, float], ...]) -> Floats:
    """Strikes in bands of shares of a reference price, each with a step of its own."""
    parts = []
    for low, high, step in bands:
        first, last = np.ceil(low * reference / step), np.ceil(high * reference / step)
        parts.append(np.arange(max(first, 1.0), last) * step)
    return frozen(np.unique(np.concatenate(parts)))


def _months() -> list[tuple[int, int]]:
    years = range(_FIRST_YEAR, _LAST_YEAR + 1)
    return [(year, month) for year in years for month in range(1, 13)][:-1]


def _weekday_of_month(year: int, month: int, weekday: int, number: int) -> int:
    first = day_number(dt.date(year, month, 1))
    return first + (weekday - (first + 3)) % 7 + 7 * (number - 1)


def _last_session(year: int, month: int, calendar: TradingCalendar) -> int:
    return calendar.session_before(day_number(dt.date(year + month // 12, month % 12 + 1, 1)))
