"""Drawdowns: how far and for how long a series stays below its own peak."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xlmeso.measures.returns import FloatArray, Times

Indices = npt.NDArray[np.intp]


def drawdown_series(values: FloatArray, base: float | None = None) -> FloatArray:
    """Return the distance of each value to the running peak: value / peak - 1.

    Parameters
    ----------
    values
        NAV or prices, shape (n,); the peak must be above 0, which starting cash ensures.
    base
        Value before the first one (starting cash); it counts as a peak.  None: none.

    Returns
    -------
    FloatArray
        Shape (n,), fractions, 0 at a peak and negative below it.

    Notes
    -----
    QuantStats rebuilds prices from returns first; the values themselves hold the same numbers
    without its rounding noise, so that a NAV which comes back to its peak exactly is back.
    """
    values = np.asarray(values, dtype=np.float64)
    peaks = np.maximum.accumulate(values)
    if base is not None:
        peaks = np.maximum(peaks, base)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(values / peaks - 1.0)


def max_drawdown(drawdowns: FloatArray) -> float:
    """Return the deepest point of a drawdown series, negative or 0; ``nan`` without data."""
    return float(drawdowns.min()) if drawdowns.size else math.nan


@dataclass(frozen=True, slots=True)
class DrawdownEpisodes:
    """Drawdowns one by one, in order of time; all arrays have shape (episodes,).

    Positions refer to the drawdown series they were found in.
    """

    start: Indices
    """First position below the peak."""
    valley: Indices
    """First position of the deepest value."""
    end: Indices
    """Position that is back at the peak, or the last position when it never came back."""
    depth: FloatArray
    """Deepest value, a negative fraction."""

    def __len__(self) -> int:
        return len(self.depth)


def drawdown_episodes(drawdowns: FloatArray) -> DrawdownEpisodes:
    """Split a drawdown series into its episodes.

    Source: `quantstats.stats.drawdown_details` up to 0.0.59, where an episode ends on the first
    period back at the peak (reference section 8.1, finding 1).  From 0.0.60 it ends one period
    earlier and one day is added: the same length for daily data, except for a last episode
    that is still open, which is one day longer there.
    """
    below = drawdowns < 0
    edges = np.diff(np.concatenate(([False], below, [False])).astype(np.int8))
    start = np.flatnonzero(edges == 1)
    recovered = np.flatnonzero(edges == -1)
    if start.size == 0:
        return DrawdownEpisodes(start, start.copy(), recovered, np.empty(0))
    depth = np.minimum.reduceat(np.where(below, drawdowns, 0.0), start)
    end = np.minimum(recovered, drawdowns.size - 1)
    return DrawdownEpisodes(start, _valleys(drawdowns, start, recovered, depth), end, depth)


def _valleys(
    drawdowns: FloatArray, start: Indices, recovered: Indices, depth: FloatArray
) -> Indices:
    """Find the first position of each episode's depth without a loop over episodes."""
    lengths = recovered - start
    episode = np.repeat(np.arange(start.size), lengths)
    position = np.arange(episode.size) + np.repeat(start - np.cumsum(lengths) + lengths, lengths)
    deepest = np.flatnonzero(drawdowns[position] == depth[episode])
    _, first = np.unique(episode[deepest], return_index=True)
    return np.asarray(position[deepest[first]])


def average_drawdown(episodes: DrawdownEpisodes) -> float:
    """Return the mean depth of the episodes, a negative fraction; 0 when there is none."""
    return float(episodes.depth.mean()) if len(episodes) else 0.0


def drawdown_days(times: Times, episodes: DrawdownEpisodes) -> npt.NDArray[np.int64]:
    """Return each episode's whole calendar days, floor(end - start), shape (episodes,)."""
    minutes = times.astype("datetime64[m]")
    lengths = minutes[episodes.end] - minutes[episodes.start]
    return np.asarray(lengths // np.timedelta64(1, "D"), dtype=np.int64)


def average_drawdown_days(times: Times, episodes: DrawdownEpisodes) -> float:
    """Return the mean length of the episodes in calendar days; 0 when there is none."""
    return float(drawdown_days(times, episodes).mean()) if len(episodes) else 0.0


def longest_drawdown_days(times: Times, episodes: DrawdownEpisodes) -> int:
    """Return the length of the longest episode in calendar days; 0 when there is none."""
    return int(drawdown_days(times, episodes).max()) if len(episodes) else 0
