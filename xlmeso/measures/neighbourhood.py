"""How a figure stands among the runs beside it: does a good result rest on a plateau or on luck.

A parameter that was tuned to noise gives a lone peak: one value is good, those beside it are not.
"""

from __future__ import annotations

import enum
import itertools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from xlmeso.model.analytics import Better

PLATEAU: Final = 0.75
"""Stability from which the neighbours count as nearly as good."""

LONE_PEAK: Final = 0.4
"""Stability below which a result counts as a lone peak."""

FEWEST: Final = 2
"""Neighbours with a figure that a verdict needs."""

_ALL_AROUND: Final = 4
"""Parameters up to which diagonal neighbours count too; beyond, 3 ** n would be too many."""


class Verdict(enum.StrEnum):
    """What the neighbours say about a result."""

    PLATEAU = "plateau"
    SLOPE = "slope"
    LONE_PEAK = "lone peak"
    NO_LEAD = "no lead"
    """Not better than the median of all runs."""
    UNKNOWN = "few neighbours"


@dataclass(frozen=True, slots=True)
class Standing:
    """A run's figure beside those of its neighbours.

    Attributes
    ----------
    index
        Place of the run among the points.
    value
        Its figure.
    neighbours
        How many runs beside it have a figure.
    neighbour_mean
        Their mean, None without any.
    stability
        Share of its lead over the median of all runs that its neighbours keep: 1 they are as
        good, 0 they are no better than the median.  None without a lead or with fewer than
        `FEWEST` neighbours.
    at_edge
        Whether it has the smallest or largest of at least three numbers of some parameter of a
        grid: the best value may lie beyond what was tried.
    """

    index: int
    value: float
    neighbours: int
    neighbour_mean: float | None
    stability: float | None
    at_edge: bool

    @property
    def verdict(self) -> Verdict:
        """The stability as a word."""
        if self.stability is None:
            return Verdict.NO_LEAD if self.neighbours >= FEWEST else Verdict.UNKNOWN
        if self.stability >= PLATEAU:
            return Verdict.PLATEAU
        return Verdict.SLOPE if self.stability >= LONE_PEAK else Verdict.LONE_PEAK


def standings(
    points: Sequence[Sequence[str]], values: Sequence[float | None], better: Better | None
) -> list[Standing]:
    """Rank runs by a figure, the best first, each with the figures of its neighbours.

    Parameters
    ----------
    points
        Per run the value of each parameter as text; numbers are put in order, anything else
        stands in the order in which it appears.
    values
        Per run the figure, None where there is none (open, failed); such runs are left out.
    better
        Which direction is better; None counts as higher.

    Notes
    -----
    Neighbours in a grid are the runs at most one step away in every parameter (diagonals count
    up to four parameters).  In a sample, where hardly any run has such a neighbour, they are the
    nearest ones, two for each parameter but no more than a third of the others, with every
    parameter's range scaled to 1.
    """
    found = {index: value for index, value in enumerate(values) if value is not None}
    if not found:
        return []
    places = _places(points)
    grid = _one_step_away(places, found)
    is_grid = sum(not others for others in grid.values()) * 2 <= len(found)
    beside = grid if is_grid else _nearest(places, found)
    median = statistics.median(found.values())
    last = [max(column) for column in zip(*places, strict=True)]
    numeric = [_are_numbers(column) for column in zip(*points, strict=True)]
    edges = {index: is_grid and _at_edge(places[index], last, numeric) for index in found}
    made = [_standing(index, found, beside[index], median, better, edges[index]) for index in found]
    return sorted(made, key=lambda item: item.value if better == "lower" else -item.value)


def levels(values: Sequence[str]) -> list[str]:
    """Return the distinct values of a parameter in order: numbers by size, others as they come."""
    distinct = list(dict.fromkeys(values))
    return sorted(distinct, key=Decimal) if _are_numbers(distinct) else distinct


def _standing(
    index: int,
    found: dict[int, float],
    beside: Sequence[int],
    median: float,
    better: Better | None,
    at_edge: bool,
) -> Standing:
    own = found[index]
    mean = statistics.fmean(found[other] for other in beside) if beside else None
    lead = median - own if better == "lower" else own - median
    stability = None
    if mean is not None and len(beside) >= FEWEST and lead > 0:
        stability = (mean - median) / (own - median)
    return Standing(index, own, len(beside), mean, stability, at_edge)


def _are_numbers(values: Sequence[str]) -> bool:
    try:
        return all(Decimal(value).is_finite() for value in values)
    except InvalidOperation:
        return False


def _places(points: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
    """Return each run's place on the ordered values of each parameter, from 0."""
    orders = [
        {value: number for number, value in enumerate(levels(column))}
        for column in zip(*points, strict=True)
    ]
    return [
        tuple(order[value] for order, value in zip(orders, point, strict=True)) for point in points
    ]


def _at_edge(place: Sequence[int], last: Sequence[int], numeric: Sequence[bool]) -> bool:
    return any(
        is_number and top >= 2 and at in (0, top)
        for at, top, is_number in zip(place, last, numeric, strict=True)
    )


def _one_step_away(
    places: Sequence[tuple[int, ...]], found: dict[int, float]
) -> dict[int, list[int]]:
    at: dict[tuple[int, ...], list[int]] = {}
    for index in found:
        at.setdefault(places[index], []).append(index)
    steps = _steps(len(places[0]))
    return {
        index: [
            other
            for step in steps
            for other in at.get(tuple(a + b for a, b in zip(places[index], step, strict=True)), ())
        ]
        for index in found
    }


def _steps(dimensions: int) -> list[tuple[int, ...]]:
    every = itertools.product((-1, 0, 1), repeat=dimensions)
    if dimensions <= _ALL_AROUND:
        return [step for step in every if any(step)]
    return [
        tuple(sign if axis == moved else 0 for axis in range(dimensions))
        for moved in range(dimensions)
        for sign in (-1, 1)
    ]


def _nearest(places: Sequence[tuple[int, ...]], found: dict[int, float]) -> dict[int, list[int]]:
    import numpy as np
    from scipy.spatial import KDTree

    indices = list(found)
    count = min(2 * len(places[0]), (len(indices) - 1) // 3)
    if not count:
        return {index: [] for index in indices}
    raw = np.asarray([places[index] for index in indices], dtype=np.float64)
    spans = np.where(np.ptp(raw, axis=0) > 0, np.ptp(raw, axis=0), 1.0)
    scaled = raw / spans
    _, near = KDTree(scaled).query(scaled, k=count + 1)
    return {
        index: [indices[other] for other in row if indices[other] != index][:count]
        for index, row in zip(indices, np.atleast_2d(near), strict=True)
    }
