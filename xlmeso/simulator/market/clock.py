"""Business time: how much volatility the model lets pass by day and night.

A session day weighs 1, a closed day 0.2; a quarter of a session's weight passes overnight, before
its open (local-engine.md section 3.1; the weights were chosen on the implied volatilities of 15
days).  Within a session business time runs evenly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.sessions import trading_calendar

CLOSED_DAY_WEIGHT: Final = 0.2
OVERNIGHT_SHARE: Final = 0.25


@dataclass(frozen=True, eq=False)
class BusinessClock:
    """Business time in session days since 1990-01-01 00:00."""

    first_day: int
    _start: Floats
    _weight: Floats

    def at(self, day: Ints, share: Floats) -> Floats:
        """Return the business time at a point of a day.

        Parameters
        ----------
        day
            Day numbers.
        share
            Share of the day's weight that has passed: 0.25 at the open, 1 at the close; on a
            closed day the same share of its small weight.
        """
        row = day - self.first_day
        return self._start[row] + self._weight[row] * share


@lru_cache(maxsize=1)
def business_clock() -> BusinessClock:
    """Build the clock over the whole trading calendar (once per process)."""
    calendar = trading_calendar()
    weight = np.where(calendar.is_session, 1.0, CLOSED_DAY_WEIGHT)
    return BusinessClock(calendar.first_day, np.cumsum(weight) - weight, weight)


def share_passed(minute: Ints, open_minute: Ints, close_minute: Ints) -> Floats:
    """Share of a session day's weight that has passed at a minute between open and close."""
    elapsed = (minute - open_minute) / (close_minute - open_minute)
    return OVERNIGHT_SHARE + (1.0 - OVERNIGHT_SHARE) * elapsed
