"""Daily history of one underlying: what the market model starts from, whatever its source."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Bools, Floats, Ints
from xlmeso.simulator.market.sessions import date_of

FLAT_RATE: Final = 0.03
"""Assumption: continuous rate where no series of rates exists (wholly synthetic mode)."""

FLAT_DIVIDEND_YIELD: Final = 0.016
"""Assumption: dividend yield where no series exists; about the S&P 500's of 2015-2023."""

_MONEY_MARKET_YEAR: Final = 360.0


@dataclass(frozen=True, eq=False)
class DailyHistory:
    """Consecutive sessions of the underlying, its volatility index, rate and dividend yield.

    Attributes
    ----------
    kind
        ``bundled``, ``csv`` or ``synthetic``.
    description
        Half a sentence for results: which data.
    days
        Day numbers of the sessions, ascending, without gaps.
    open, high, low, close
        Price of the underlying.
    vix_open, vix_close
        Volatility index of the underlying in points (18.0 = 18 %); NaN where there is none.
    rate
        Continuous interest rate known before the open of each session, fraction.
    dividend_yield
        Continuous dividend yield known before the open of each session, fraction.
    notes
        Sentences about repairs of the data, for the run's Start message.
    parent
        For an underlying that is itself a volatility index: the history that it belongs to.
    over_vix
        Volatility index of the underlying over VIX, one per session; None where it is VIX.
    """

    kind: str
    description: str
    days: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    vix_open: Floats
    vix_close: Floats
    rate: Floats
    dividend_yield: Floats
    notes: tuple[str, ...] = field(default=())
    parent: DailyHistory | None = None
    over_vix: Floats | None = None

    @property
    def first_date(self) -> dt.date:
        """Date of the first session."""
        return date_of(self.days[0])

    @property
    def last_date(self) -> dt.date:
        """Date of the last session."""
        return date_of(self.days[-1])

    @cached_property
    def previous_close(self) -> Floats:
        """Close of the session before; for the very first session its own open."""
        return np.concatenate((self.open[:1], self.close[:-1]))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all numbers, as hexadecimal text."""
        total = hashlib.sha256()
        for array in (
            self.days, self.open, self.high, self.low, self.close,
            self.vix_open, self.vix_close, self.rate, self.dividend_yield,
        ):  # fmt: skip
            total.update(np.ascontiguousarray(array).tobytes())
        return total.hexdigest()


def continuous_rate(percent: Floats) -> Floats:
    """Continuous act/365 rate of an overnight rate in percent (simple, act/360, rolled daily)."""
    rate: Floats = 365.0 * np.log1p(percent / (100.0 * _MONEY_MARKET_YEAR))
    return rate


def last_known(days: Ints, value_days: Ints, values: Floats) -> Floats:
    """For each day the last value that is dated before it; the first value before that."""
    row = np.searchsorted(value_days, days, side="left") - 1
    return values[np.maximum(row, 0)]


def carry_forward(days: Ints, value_days: Ints, values: Floats, fallback: Floats) -> Floats:
    """Values on the very days; where a day has none, the last earlier ``fallback`` value."""
    row = np.searchsorted(value_days, days, side="right") - 1
    exact = value_days[np.maximum(row, 0)] == days
    return np.where(exact, values[np.maximum(row, 0)], fallback[np.maximum(row, 0)])


def repaired_open(
    open_: Floats, high: Floats, low: Floats, close: Floats, *, wrong: Bools
) -> Floats:
    """Replace opens of a volatility index that tell nothing by the close before.

    A row with four equal prices carries a close only (all of 1990 and 1991): its "open" would show
    the day's close in the morning.

    Parameters
    ----------
    open_, high, low, close
        Points, one row per date.
    wrong
        Rows whose open is known to be a misprint.
    """
    flat = (open_ == high) & (high == low) & (low == close)
    before = np.concatenate((open_[:1], close[:-1]))
    return np.where(flat | wrong, before, open_)
