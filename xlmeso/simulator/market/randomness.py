"""Random numbers that are the same on every machine and with every version of numpy.

The generator is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) used as a counter: number ``i`` of
stream ``key`` is ``mix(key + (i + 1) * gamma)``, so that whole tables are made without a loop.
numpy's own generators do not promise the same stream in later versions.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from xlmeso.simulator.market.arrays import Floats

_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)
_MASK: Final = (1 << 64) - 1

Keys = npt.NDArray[np.uint64]


def _mix(state: Keys) -> Keys:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def stream_keys(names: Iterable[str], seed: int) -> Keys:
    """One stream per name: its CRC-32, mixed with the seed (0 leaves the CRC as it is)."""
    keys = np.array([zlib.crc32(name.encode("ascii")) for name in names], dtype=np.uint64)
    salt = _mix(np.array([seed & _MASK], dtype=np.uint64))
    return _mix(keys + salt)


def uniforms(keys: Keys, count: int) -> Floats:
    """Numbers strictly between 0 and 1, shape (streams, count)."""
    counters = np.arange(1, count + 1, dtype=np.uint64) * _GAMMA
    bits = _mix(keys[:, None] + counters[None, :]) >> np.uint64(11)
    return (bits.astype(np.float64) + 0.5) * 2.0**-53
