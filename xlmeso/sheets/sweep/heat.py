"""The heat map of a sweep: two parameters, the mean figure of all runs with each pair of values."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xlmeso.measures.neighbourhood import levels
from xlmeso.model.analytics import BY_NAME
from xlmeso.sheets.plan import ColumnPlan, TablePlan
from xlmeso.sheets.sweep import layout
from xlmeso.sheets.sweep.candidates import Ranking
from xlmeso.sheets.sweep.write import value_cell

MOST_ROWS: Final = 200
MOST_COLUMNS: Final = 60
LEAST_FILLED: Final = 1 / 3
"""Share of the map's cells that must have a figure; a sample of a large space has hardly any."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The pairs of values with their figures.

    Attributes
    ----------
    rows, columns
        Values of the first and the second parameter in order.
    figures
        (row value, column value) -> mean figure.
    is_mean
        Whether some cell stands for several runs.
    """

    labels: tuple[str, str]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    figures: Mapping[tuple[str, str], float]
    is_mean: bool


def heat_map(ranking: Ranking, metric: str) -> HeatMap | None:
    """Return the map of the first two parameters, None where there is no sensible one."""
    if len(ranking.paths) < 2:
        return None
    found: dict[tuple[str, str], list[float]] = {}
    for candidate in ranking.candidates:
        if metric in candidate.figures:
            pair = (candidate.values[0], candidate.values[1])
            found.setdefault(pair, []).append(candidate.figures[metric])
    rows = levels([candidate.values[0] for candidate in ranking.candidates])
    columns = levels([candidate.values[1] for candidate in ranking.candidates])
    if len(rows) > MOST_ROWS or len(columns) > MOST_COLUMNS or min(len(rows), len(columns)) < 2:
        return None
    if len({(c.values[0], c.values[1]) for c in ranking.candidates}) < LEAST_FILLED * (
        len(rows) * len(columns)
    ):
        return None
    means = {pair: statistics.fmean(figures) for pair, figures in found.items()}
    repeated = any(len(candidate.members) > 1 for candidate in ranking.candidates)
    return HeatMap(
        (ranking.labels[0], ranking.labels[1]), tuple(rows), tuple(columns), means,
        repeated or any(len(figures) > 1 for figures in found.values()),
    )  # fmt: skip


def map_table(found: HeatMap, metric: str, row: int) -> TablePlan:
    """Plan the map as a table: the first parameter down, the second across."""
    first = ColumnPlan(
        f"{found.labels[0]} \\ {found.labels[1]}",
        [value_cell(value) for value in found.rows],
        style="MesoHead",
        align="left",
    )
    columns = (
        ColumnPlan(
            column,
            [found.figures.get((value, column)) for value in found.rows],
            BY_NAME[metric].number_format,
            align="center",
        )
        for column in found.columns
    )
    return TablePlan(layout.MAP, (first, *columns), row)


def stops(values: Sequence[float]) -> tuple[float, float, float]:
    """Return low end, middle and high end of a colour scale.

    Figures on both sides of zero keep zero in the middle, so that the hue tells gain from loss;
    others have their median there, so that one outlier does not wash out the rest.
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return -1.0, 0.0, 1.0
    low, high = min(finite), max(finite)
    if low == high:
        return low - 1.0, low, low + 1.0
    if low < 0 < high:
        limit = max(-low, high)
        return -limit, 0.0, limit
    middle = statistics.median(finite)
    return low, middle if low < middle < high else (low + high) / 2, high
