"""Finds the price at which a projected figure is zero, highest or lowest (reference 3.4)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import numpy as np

from xlmeso.simulator.engine.ports import Floats

STEPS: Final = 500
"""Steps of the scan (the service's step width is UNKNOWN)."""

_ROUNDS: Final = 4
_FINE_STEPS: Final = 32
"""Each round of refinement divides the step by 32, or by 16 around an extreme."""

Function = Callable[[Floats], Floats]


def solve(
    function: Function, start: float, stop: float, goal: str, kinks: Collection[float] = ()
) -> tuple[float, float] | None:
    """Scan from ``start`` to ``stop`` and return price and value of what is found first.

    Parameters
    ----------
    function
        Values at an array of prices.
    start, stop
        Positive prices; ``start`` may be the higher one, so that the upper root is found first.
    goal
        zero, maximize or minimize.
    kinks
        Prices that the scan must not step over, such as strikes.

    Returns
    -------
    tuple
        None where the function has no zero on the way.
    """
    grid = _grid(start, stop, STEPS, kinks)
    if goal == "zero":
        return _first_zero(function, grid)
    sign = 1.0 if goal == "maximize" else -1.0
    return _best(function, grid, sign)


def _grid(start: float, stop: float, steps: int, kinks: Collection[float] = ()) -> Floats:
    low, high = min(start, stop), max(start, stop)
    inside = [kink for kink in kinks if low < kink < high]
    ascending: Floats = np.unique(np.concatenate((np.linspace(low, high, steps + 1), inside)))
    return ascending if start <= stop else ascending[::-1]


def _first_zero(function: Function, grid: Floats) -> tuple[float, float] | None:
    for _ in range(_ROUNDS):
        values = function(grid)
        at = _first_crossing(values)
        if at is None:
            return None
        if values[at] == 0:
            return grid.item(at), 0.0
        grid = _grid(grid.item(at), grid.item(at + 1), _FINE_STEPS)
    values = function(grid)
    at = _first_crossing(values)
    if at is None:
        return None
    if at + 1 == grid.size or values[at] == values[at + 1]:
        return grid.item(at), values.item(at)
    share = values[at] / (values[at] - values[at + 1])
    price = grid[at] + share * (grid[at + 1] - grid[at])
    return float(price), function(np.array([price])).item(0)


def _first_crossing(values: Floats) -> int | None:
    """Return the first place that is zero or has the other sign behind it."""
    crossing = values == 0
    crossing[:-1] |= values[:-1] * values[1:] < 0
    at = int(np.argmax(crossing))
    return at if crossing[at] else None


def _best(function: Function, grid: Floats, sign: float) -> tuple[float, float] | None:
    for rounds in range(_ROUNDS + 1):
        values = function(grid)
        if not np.isfinite(values).all():
            return None
        at = int(np.argmax(sign * values))
        if rounds < _ROUNDS:
            near = grid[max(at - 1, 0)], grid[at], grid[min(at + 1, grid.size - 1)]
            grid = _grid(float(near[0]), float(near[2]), _FINE_STEPS, (float(near[1]),))
    return grid.item(at), values.item(at)
