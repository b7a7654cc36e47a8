"""Which strikes are listed: spacing by distance from the market, days to expiration and era.

The spacings and ranges are the modes of the chains of 2022-2025 and January 2011
(local-engine.md section 3.3).  A listing depends on the close of the session before, so it is the
same for all bars of a session.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from xlmeso.simulator.market.arrays import Floats, frozen
from xlmeso.simulator.market.sessions import day_number

MODERN_FROM: Final = day_number(dt.date(2014, 1, 1))
"""Assumption: the spacings of 2011 hold until then, those of 2022 from then on."""


class _Band(NamedTuple):
    """Strikes up to a share of the reference price, in steps of so many points."""

    up_to: float
    step: float


class _Listing(NamedTuple):
    """From the lowest strike, as a share of the reference price, through the bands."""

    lowest: float
    bands: tuple[_Band, ...]


_NEAR_DAYS: Final = 65
_MEDIUM_DAYS: Final = 125
_FAR_DAYS: Final = 260

_WEEKLY: Final = _Listing(
    0.26, (_Band(0.60, 50), _Band(0.75, 25), _Band(0.85, 10), _Band(1.08, 5), _Band(1.30, 25))
)
_MONTHLY: Final = _Listing(
    0.04,
    (
        _Band(0.40, 100), _Band(0.60, 50), _Band(0.75, 25), _Band(0.85, 10), _Band(1.08, 5),
        _Band(1.30, 25), _Band(1.60, 100),
    ),
)  # fmt: skip
_HALF_YEAR: Final = _Listing(
    0.04, (_Band(0.40, 100), _Band(0.80, 25), _Band(1.15, 10), _Band(1.30, 25), _Band(1.60, 100))
)
_LONG: Final = _Listing(
    0.04, (_Band(0.40, 200), _Band(0.70, 100), _Band(1.30, 25), _Band(1.60, 100))
)
_OLD: Final = _Listing(0.04, (_Band(0.92, 25), _Band(1.08, 5), _Band(1.60, 25)))
_OLD_LONG: Final = _Listing(0.04, (_Band(1.60, 25),))


def listed_strikes(reference: float, *, day: int, days_to_expiration: int, weekly: bool) -> Floats:
    """Strikes of one expiration, ascending, read-only.

    Parameters
    ----------
    reference
        Close of the session before, in points.
    day
        Day number of the session: decides the era.
    days_to_expiration
        Calendar days.
    weekly
        Whether the root is the one of the PM-settled series.
    """
    return _strikes(reference, _listing(day, days_to_expiration, weekly))


def _listing(day: int, days: int, weekly: bool) -> _Listing:
    if day < MODERN_FROM:
        return _OLD if days <= _MEDIUM_DAYS else _OLD_LONG
    if days <= _MEDIUM_DAYS:
        return _WEEKLY if weekly and days <= _NEAR_DAYS else _MONTHLY
    return _HALF_YEAR if days <= _FAR_DAYS else _LONG


@lru_cache(maxsize=64)
def _strikes(reference: float, listing: _Listing) -> Floats:
    parts = []
    edge = listing.lowest * reference
    for band in listing.bands:
        upper = band.up_to * reference
        first, last = np.ceil(edge / band.step), np.ceil(upper / band.step)
        parts.append(np.arange(max(first, 1.0), last) * band.step)
        edge = upper
    return frozen(np.concatenate(parts))
