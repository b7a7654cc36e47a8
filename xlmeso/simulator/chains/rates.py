"""Interest and time to settlement of recorded chains: quotes alone do not tell them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np

from xlmeso.simulator.chains.session import TermsOf
from xlmeso.simulator.market import bundled
from xlmeso.simulator.market.arrays import Floats
from xlmeso.simulator.market.black import DAYS_PER_YEAR
from xlmeso.simulator.market.expiration_table import ListedExpiration, settlement_of
from xlmeso.simulator.market.history import FLAT_DIVIDEND_YIELD, FLAT_RATE
from xlmeso.simulator.market.quotes import LEAST_YEARS
from xlmeso.simulator.market.sessions import (
    BAR_MINUTES,
    MINUTES_PER_DAY,
    OPEN_MINUTE,
    day_number,
    trading_calendar,
)
from xlmeso.simulator.market.symbols import bundled_exists


def rate_on(date: dt.date) -> float:
    """Return the continuous rate before a day: Fed funds, or a flat rate without the history."""
    table = _tables()
    return FLAT_RATE if table is None else float(table[0][_row(date)])


def yield_on(date: dt.date) -> float:
    """Return the S&P 500's dividend yield before a day, or a flat one without the history."""
    table = _tables()
    return FLAT_DIVIDEND_YIELD if table is None else float(table[1][_row(date)])


@lru_cache(maxsize=1)
def _tables() -> tuple[Floats, Floats] | None:
    """Rate and yield of every session of the calendar, read once per process."""
    if not bundled_exists():
        return None
    days = trading_calendar().session_days
    return bundled.load_rates(days), bundled.load_dividends(days)


def _row(date: dt.date) -> int:
    return int(np.searchsorted(trading_calendar().session_days, day_number(date)))


def terms_on(date: dt.date) -> TermsOf:
    """Return the function that gives rate and years of an expiration within a session."""
    opening = day_number(date) * MINUTES_PER_DAY + OPEN_MINUTE

    def terms(expiration: ListedExpiration, offset: int, _spot: float) -> tuple[float, float]:
        settlement = settlement_of(expiration.date, am_settled=expiration.am_settled)
        minutes = settlement.absolute_minute - (opening + BAR_MINUTES * offset)
        return rate_on(date), max(minutes / (MINUTES_PER_DAY * DAYS_PER_YEAR), LEAST_YEARS)

    return terms
