"""How much margin the positions and the account needed, where the run records it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from xlmeso.measures.returns import FloatArray, Times, as_times
from xlmeso.measures.round_trips import POSITION_MARGIN
from xlmeso.model.events import BlotterEvent

ACCOUNT_MARGIN: Final = "acc_margin"
"""Script variable: margin of all positions in money (reference section 4.5)."""


@dataclass(frozen=True, slots=True)
class MarginUse:
    """Margin of one position or of the account over what was seen of it, money."""

    lowest: float
    average: float
    median: float
    highest: float


def position_margins(events: Iterable[BlotterEvent]) -> dict[int, MarginUse]:
    """Return position -> its margin over the blotter's events; empty where none is recorded.

    A margin of 0 is left out: the position was not open yet, or not any more.
    """
    found: dict[int, list[float]] = {}
    for event in events:
        value = event.variables.get(POSITION_MARGIN)
        if event.position_id is not None and value:
            found.setdefault(event.position_id, []).append(float(value))
    return {position: margin_use(np.array(values)) for position, values in found.items()}


def account_margin(events: Iterable[BlotterEvent]) -> tuple[Times, FloatArray]:
    """Return times and margin of the account at the events that tell it, both of shape (n,)."""
    pairs = [
        (event.sim_time, float(value))
        for event in events
        if event.sim_time is not None and (value := event.variables.get(ACCOUNT_MARGIN)) is not None
    ]
    times = as_times(time for time, _ in pairs)
    return times, np.array([value for _, value in pairs], dtype=np.float64)


def daily_peaks(times: Times, values: FloatArray) -> tuple[Times, FloatArray]:
    """Return the days that occur (datetime64[D]) and the largest value of each; skips ``nan``."""
    known = ~np.isnan(values)
    days, amounts = times[known].astype("datetime64[D]"), values[known]
    order = np.argsort(days, kind="stable")
    days, amounts = days[order], amounts[order]
    if not days.size:
        return days, amounts
    starts = np.flatnonzero(np.append(True, days[1:] != days[:-1]))
    return days[starts], np.maximum.reduceat(amounts, starts)


def margin_use(values: FloatArray) -> MarginUse:
    """Return lowest, mean, median and highest of some margins, money; needs one at least."""
    return MarginUse(
        float(values.min()), float(values.mean()), float(np.median(values)), float(values.max())
    )
