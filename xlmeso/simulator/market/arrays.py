"""Names for the array types of the market model."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]


def frozen(array: Floats) -> Floats:
    """Make an array read-only, because it is shared by all users of a market."""
    array.flags.writeable = False
    return array
