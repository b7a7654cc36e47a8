"""Level of the volatility surface: the VIX family at a bar and the total variance it implies.

Only VIX is a series of the history; VIX9D, VIX3M and VIX6M come from VIX's own past by a linear
regression of ln(VIX_T / VIX) (local-engine.md section 3.1).  The regression was fitted on daily
closes.  Within a session it takes the index levels of the bar as if they were the day's close, and
daily closes only up to the session before, so that a bar never sees later values and the last bar
agrees with the fit exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats, Ints
from xlmeso.simulator.market.averages import split_mean
from xlmeso.simulator.market.clock import business_clock
from xlmeso.simulator.market.history import DailyHistory
from xlmeso.simulator.market.parameters import surface_parameters

ANCHOR_DAYS: Final = (9, 30, 93, 184)
"""Calendar days at which the level is tied to VIX9D, VIX, VIX3M and VIX6M."""

REFERENCE_VIX: Final = 18.0
DAYS_PER_YEAR: Final = 365.0
LEAST_FORWARD_SHARE: Final = 0.05
"""Assumption: forward variance never falls under this share of the 30-day variance rate, which
keeps total variance rising (no calendar arbitrage at the money) in steeply inverted markets."""

_SPANS: Final = (5, 22, 66, 252, 756)
_WINDOWS: Final = (5, 22)
_TRADING_DAYS: Final = 252.0
_LEAST_VARIANCE: Final = 1e-10


@dataclass(frozen=True, eq=False)
class TermFeatures:
    """What the term regression needs of the sessions before each session.

    ``constant`` and ``slope`` have the shape (3, sessions) for VIX9D, VIX3M, VIX6M; they collect
    all terms that are linear in the current ln VIX.  ``window_sum`` and ``window_oldest`` have the
    shape (2, sessions): squared returns of the last 4 and 21 days, and of the day that leaves the
    window of 5 and 22 days when the current one is complete.
    """

    constant: Floats
    slope: Floats
    window_sum: Floats
    window_oldest: Floats


@dataclass(frozen=True, eq=False)
class VarianceTerm:
    """At-the-money total variance as a function of business time, at each of n points.

    Attributes
    ----------
    ahead
        Business time from the point to the four anchors, shape (4, n).
    forward
        Variance per unit of business time up to each anchor, shape (4, n); the last one also
        holds beyond the last anchor.
    """

    ahead: Floats
    forward: Floats

    def part(self, start: int, stop: int) -> VarianceTerm:
        """Return the points start..stop only (views, no copies)."""
        return VarianceTerm(self.ahead[:, start:stop], self.forward[:, start:stop])

    def total_variance(self, ahead: Floats) -> Floats:
        """ATM total variance at business times ahead; the last axis runs over the points."""
        total: Floats = np.minimum(ahead, self.ahead[0]) * self.forward[0]
        for row in (1, 2):
            past = np.minimum(ahead, self.ahead[row]) - np.minimum(ahead, self.ahead[row - 1])
            total += past * self.forward[row]
        total += (ahead - np.minimum(ahead, self.ahead[2])) * self.forward[3]
        return total


def term_features(history: DailyHistory) -> TermFeatures:
    """Prepare the term regression for all sessions of a history (some ten milliseconds).

    Before the first session realised volatility is taken to equal VIX and the averages to equal
    the current VIX, so that early sessions have neutral features instead of gaps.
    """
    rows = [surface_parameters().term[name] for name in ("v9", "v3", "v6")]
    log_vix = np.log(history.vix_close)
    constant = np.repeat([[row["c"]] for row in rows], log_vix.size, axis=1)
    slope = np.repeat(
        [[1.0 + row["lv"] - row["rv5"] - row["rv22"]] for row in rows], log_vix.size, axis=1
    )
    for span in _SPANS:
        past, weight = split_mean(log_vix, span)
        weights = np.array([[row[f"e{span}"]] for row in rows])
        constant -= weights * past
        slope += weights * (1.0 - weight)
    squares = np.log(history.close / history.previous_close) ** 2
    sums, oldest = zip(
        *(_window(squares, history.vix_close[0], size) for size in _WINDOWS), strict=True
    )
    return TermFeatures(constant, slope, np.stack(sums), np.stack(oldest))


def _window(squares: Floats, first_vix: float, size: int) -> tuple[Floats, Floats]:
    """Sum of the size-1 squared returns before each session, and the one before these."""
    neutral = np.full(size, (first_vix / 100.0) ** 2 / _TRADING_DAYS)
    padded = np.concatenate((neutral, squares))
    totals = np.concatenate(([0.0], np.cumsum(padded)))
    days = np.arange(squares.size)
    return totals[days + size] - totals[days + 1], padded[days]


def vix_family(
    features: TermFeatures, session: Ints, vix: Floats, log_return: Floats, share: Floats
) -> Floats:
    """VIX9D, VIX, VIX3M and VIX6M at n points, shape (4, n), in index points.

    Parameters
    ----------
    features
        Of the history that ``session`` counts in.
    session
        Session of each point.
    vix
        VIX at the point.
    log_return
        ln of the index at the point over the close before.
    share
        Share of the day's business time that has passed, 1 at the close.
    """
    rows = [surface_parameters().term[name] for name in ("v9", "v3", "v6")]
    log_vix = np.log(vix)
    levels = features.constant[:, session] + features.slope[:, session] * log_vix
    today = log_return * log_return
    for number, size in enumerate(_WINDOWS):
        squares = features.window_sum[number][session] + today
        squares += (1.0 - share) * features.window_oldest[number][session]
        squares = np.maximum(squares / size, _LEAST_VARIANCE)
        realised = 0.5 * np.log(squares * _TRADING_DAYS * 1e4)
        levels += np.array([[row[f"rv{size}"]] for row in rows]) * realised
    levels += np.array([[row["r1"]] for row in rows]) * (10.0 * log_return)
    family = np.exp(levels)
    return np.stack((family[0], vix, family[1], family[2]))


def variance_term(family: Floats, day: Ints, share: Floats) -> VarianceTerm:
    """Total-variance curve of the at-the-money option at n points.

    sigma_ATM(T) = VIX_T exp(-(c0 + c1 ln(T / 30 days) + c2 ln(VIX / 18))) at the anchors, total
    variance linear in business time between them and flat forward variance beyond.

    Parameters
    ----------
    family
        VIX9D, VIX, VIX3M, VIX6M at the points, shape (4, n).
    day
        Day number of each point.
    share
        Share of the day's business time that has passed.
    """
    level = surface_parameters().level
    clock = business_clock()
    now = clock.at(day, share)
    ahead = np.stack([clock.at(day + days, share) - now for days in ANCHOR_DAYS])
    days = np.array(ANCHOR_DAYS, dtype=np.float64)[:, None]
    log_level = np.log(family[1] / REFERENCE_VIX)
    ratio = level["const"] + level["ln_T_30d"] * np.log(days / 30.0)
    sigma = family / 100.0 * np.exp(-(ratio + level["ln_vix_18"] * log_level))
    total = sigma * sigma * (days / DAYS_PER_YEAR)
    least = LEAST_FORWARD_SHARE * total[1] / ahead[1]
    forward = np.empty_like(total)
    forward[0] = total[0] / ahead[0]
    for row in (1, 2, 3):
        step = ahead[row] - ahead[row - 1]
        forward[row] = np.maximum((total[row] - total[row - 1]) / step, least)
    return VarianceTerm(ahead, forward)
