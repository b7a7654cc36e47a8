"""Money without the noise of floating point, the same for one number and for an array."""

from __future__ import annotations

from typing import Final

import numpy as np

from xlmeso.simulator.engine.assumptions import MONEY_DIGITS
from xlmeso.simulator.engine.ports import Floats

_SCALE: Final = 10.0**MONEY_DIGITS


def money(amount: float) -> float:
    """Round to `MONEY_DIGITS`, by the same steps as `money_array`."""
    return round(amount * _SCALE) / _SCALE


def money_array(amounts: Floats) -> Floats:
    """Round every amount to `MONEY_DIGITS`."""
    rounded: Floats = np.rint(amounts * _SCALE) / _SCALE
    return rounded
