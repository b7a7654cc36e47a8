"""One leg as the margin rules see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MarginLeg:
    """A held option.

    Attributes
    ----------
    is_call
        Call or put.
    strike
        Points.
    expires
        Instant of settlement, in minutes; only the order matters.
    qty
        Signed contracts, negative when sold.
    multiplier
        Money per point of one contract.
    paid
        Price in points of the opening trade.
    value
        Mark in points at each of n bars, shape (n,).
    """

    is_call: bool
    strike: float
    expires: int
    qty: float
    multiplier: float
    paid: float
    value: Floats

    @property
    def is_short(self) -> bool:
        """Whether the option was sold."""
        return self.qty < 0

    @property
    def contracts(self) -> float:
        """Number of contracts without the sign."""
        return abs(self.qty)

    @property
    def premium(self) -> float:
        """Money of the opening trade, not negative."""
        return self.contracts * self.multiplier * self.paid

    def intrinsic(self, price: float) -> float:
        """Money that one long contract pays when it settles with the underlying at ``price``."""
        sign = 1.0 if self.is_call else -1.0
        return max(sign * (price - self.strike), 0.0) * self.multiplier
