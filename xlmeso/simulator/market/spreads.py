"""From model prices to quotes: bid-ask spread and the exchange's minimum price steps.

ln(spread) is quadratic in ln(mid), linear in ln(T / 30 days) and ln(VIX / 18), fitted on 160,858
quotes of 2022-2025 at an index of about 4500 (local-engine.md section 3.3; R2 0.75).  Cboe's steps
are 0.05 below 3.00 and 0.10 from there on.  Quotes are counted in steps of 0.05, so that every
price is the nearest binary number to its decimal form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from xlmeso.simulator.market.arrays import Floats
from xlmeso.simulator.market.parameters import surface_parameters

REFERENCE_INDEX: Final = 4500.0
INTRADAY_FACTOR: Final = 1.0
"""Spreads inside the session were about a third tighter than at the close in the one intraday
snapshot; 1 keeps the spreads of the close all day (Assumption, the cautious choice)."""


@dataclass(frozen=True, slots=True)
class PriceSteps:
    """Price steps of an exchange: a small one below a border, a larger one from there on.

    Attributes
    ----------
    per_point
        Small steps per point.
    border
        Where the larger step begins, in small steps.
    wide
        The larger step, in small steps.
    """

    per_point: float
    border: float
    wide: float


INDEX_STEPS: Final = PriceSteps(per_point=20.0, border=60.0, wide=2.0)
"""0.05 below 3.00, 0.10 from there on."""

_LEAST_MID: Final = 0.05
_LEAST_DAYS: Final = 1.0


def spread_scale(forward: Floats, days: Floats, log_level: Floats) -> Floats:
    """Part of the spread that does not depend on the strike.

    Parameters
    ----------
    forward
        Points.
    days
        Calendar days to expiration.
    log_level
        ln(VIX / 18).
    """
    model = surface_parameters().spread
    log_term = np.log(np.maximum(days, _LEAST_DAYS) / 30.0)
    exponent = model["const"] + model["ln_T_30d"] * log_term + model["ln_vix_18"] * log_level
    scale: Floats = np.exp(exponent) * (INTRADAY_FACTOR / REFERENCE_INDEX) * forward
    return scale


def quote(
    price: Floats, scale: Floats, steps: PriceSteps = INDEX_STEPS
) -> tuple[Floats, Floats, Floats]:
    """Bid, ask and their mean for model prices, with the fitted spread.

    Parameters
    ----------
    price
        Model prices in points, not negative.
    scale
        From :func:`spread_scale`, broadcast against ``price``.
    steps
        Price steps of the exchange.
    """
    model = surface_parameters().spread
    log_mid = np.log(np.maximum(price, _LEAST_MID))
    log_spread = (model["ln_mid"] + model["ln_mid_sq"] * log_mid) * log_mid
    return quote_around(price, 0.5 * scale * np.exp(log_spread), steps)


def quote_around(price: Floats, half: Floats, steps: PriceSteps) -> tuple[Floats, Floats, Floats]:
    """Bid, ask and their mean at half a spread from the price, on the exchange's steps.

    The bid may be zero; the ask is at least one step above the bid.  Both rise with the price, so
    that quotes of one expiration are ordered by strike as prices are.
    """
    bid = np.maximum(_to_steps(price - half, steps), 0.0)
    least_ask = bid + np.where(bid < steps.border, 1.0, steps.wide)
    ask = np.maximum(_to_steps(price + half, steps), least_ask)
    return (
        bid / steps.per_point,
        ask / steps.per_point,
        (bid + ask) / (2.0 * steps.per_point),
    )


def _to_steps(price: Floats, allowed: PriceSteps) -> Floats:
    """Nearest allowed price, in small steps."""
    steps = price * allowed.per_point
    coarse = allowed.wide * np.rint(steps / allowed.wide)
    nearest: Floats = np.where(steps < allowed.border, np.rint(steps), coarse)
    return nearest
