"""When an underlying trades: its sessions, and how business time runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.clock import BusinessClock, business_clock, share_passed
from xlmeso.simulator.market.sessions import (
    MINUTES_PER_DAY,
    ExchangeDays,
    Sessions,
    exchange_days,
    trading_calendar,
)


@dataclass(frozen=True)
class Hours:
    """Trading hours of an underlying.

    Attributes
    ----------
    sessions
        Sessions and bars of some days.
    trading_days
        All days of trading, before and behind the period too.
    business
        Clock of business time.
    close_minute
        Minute of the close of some days.
    share
        Share of a session's business time that has passed at a minute, given its open and close.
    days_per_year
        Business time of a year.
    bars_per_year
        5-minute steps of a year, for yearly figures.
    """

    sessions: Callable[[Ints], Sessions]
    trading_days: Callable[[], ExchangeDays]
    business: Callable[[], BusinessClock]
    close_minute: Callable[[Ints], Ints]
    share: Callable[[Ints, Ints, Ints], Floats]
    days_per_year: float
    bars_per_year: int


def _exchange_close(days: Ints) -> Ints:
    calendar = trading_calendar()
    return calendar.close_minute[days - calendar.first_day]


def _midnight(days: Ints) -> Ints:
    return np.full(days.shape, MINUTES_PER_DAY, dtype=np.int64)


@lru_cache(maxsize=1)
def _plain_clock() -> BusinessClock:
    """Every day weighs 1."""
    calendar = trading_calendar()
    days = np.arange(calendar.is_session.size, dtype=np.float64)
    return BusinessClock(calendar.first_day, days, np.ones_like(days))


def _every_day() -> ExchangeDays:
    calendar = trading_calendar()
    days = calendar.first_day + np.arange(calendar.is_session.size, dtype=np.int64)
    return ExchangeDays(days, np.zeros(days.size, dtype=np.int64), _midnight(days))


def _plain_share(minute: Ints, open_minute: Ints, close_minute: Ints) -> Floats:
    share: Floats = (minute - open_minute) / (close_minute - open_minute)
    return share


EXCHANGE: Final = Hours(
    sessions=Sessions.from_days,
    trading_days=exchange_days,
    business=business_clock,
    close_minute=_exchange_close,
    share=share_passed,
    days_per_year=252.0 + 0.2 * 113.0,
    bars_per_year=252 * 78,
)
"""New York Stock Exchange."""

ROUND_THE_CLOCK: Final = Hours(
    sessions=Sessions.round_the_clock,
    trading_days=_every_day,
    business=_plain_clock,
    close_minute=_midnight,
    share=_plain_share,
    days_per_year=365.0,
    bars_per_year=365 * 288,
)
"""Every day from 00:00 to 24:00 UTC."""
