"""Native charts of a sweep: profiles of the heat map, and parallel coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from xlmeso.measures.neighbourhood import levels
from xlmeso.model.analytics import MetricDefinition
from xlmeso.sheets.plan import ChartPlan, ColumnPlan, SeriesPlan, TablePlan
from xlmeso.sheets.sweep import layout
from xlmeso.sheets.sweep.candidates import Ranking
from xlmeso.sheets.sweep.heat import HeatMap

MOST_LINES: Final = 8
"""Lines of the profiles' chart; with more, evenly chosen ones are drawn."""

MOST_PARALLEL: Final = 15
"""Choices that the parallel coordinates draw: the best five, the others evenly by rank."""

_HIGHLIGHTED: Final = 5
_RAMP: Final = ("9ECAE1", "6BAED6", "4292C6", "2171B5", "08519C", "08306B", "041F42", "000000")
_BEST: Final = ("D55E00", "E69F00", "009E73", "0072B2", "CC79A7")
_GREY: Final = "D0D5DB"
_Item = TypeVar("_Item")
_HEIGHT_CM: Final = 7.5
_ROWS_PER_CM: Final = 2.0


@dataclass(frozen=True, slots=True)
class SweepChart:
    """A chart with the helper table it draws from, None where the table is there already."""

    chart: ChartPlan
    table: TablePlan | None = None

    @property
    def last_row(self) -> int:
        """Last row that the chart covers, or that its table fills."""
        end = self.chart.row + int(self.chart.height * _ROWS_PER_CM)
        return max(end, self.table.last_row if self.table else 0)


def profiles(
    heat: HeatMap | None, metric: MetricDefinition, row: int, tables: Sequence[TablePlan]
) -> SweepChart | None:
    """Draw the rows of the heat map along the first parameter, a line per value of the second."""
    if heat is None:
        return None
    table = next(table for table in tables if table.name == layout.MAP)
    chosen = _evenly(heat.columns, MOST_LINES)
    colours = _evenly(_RAMP, len(chosen))
    chart = ChartPlan(
        "line",
        "meso_sweep_profiles",
        f"{metric.label} along {heat.labels[0]}, one line per {heat.labels[1]}",
        table.name,
        table.columns[0].title,
        tuple(SeriesPlan(title, colour) for title, colour in zip(chosen, colours, strict=True)),
        row,
        1,
        height=_HEIGHT_CM,
        category_title=heat.labels[0],
        value_title=metric.label,
        alt_text=f"{metric.label} for each {heat.labels[0]}; lighter lines have smaller "
        f"{heat.labels[1]}.",
        value_format=metric.number_format,
        low_labels=True,
        text_categories=True,
    )
    return SweepChart(chart)


def parallel(ranking: Ranking, metric: MetricDefinition, row: int) -> SweepChart | None:
    """Draw parallel coordinates: a line per choice through its values, the best in colour.

    Every axis goes from the first to the last of its values, the last axis from the worst to the
    best figure.  Two parameters have a heat map instead, one needs none.
    """
    if len(ranking.paths) < 3 or len(ranking.standings) < 2:
        return None
    best = list(ranking.standings[:_HIGHLIGHTED])
    others = _evenly(ranking.standings[_HIGHLIGHTED:], MOST_PARALLEL - len(best))
    drawn = [*others, *reversed(best)]  # later lines lie on top
    orders = [
        levels(column) for column in zip(*(c.values for c in ranking.candidates), strict=True)
    ]
    worst = len(ranking.standings) - 1
    places = {standing.index: place for place, standing in enumerate(ranking.standings)}
    columns = [ColumnPlan("Axis", [*ranking.labels, metric.label])]
    series: list[SeriesPlan] = []
    for standing in drawn:
        candidate = ranking.candidates[standing.index]
        place = places[standing.index]
        heights = [
            _share(order, value) for order, value in zip(orders, candidate.values, strict=True)
        ]
        title = f"Rank {place + 1}"
        columns.append(ColumnPlan(title, [*heights, 1 - place / worst], "0.00"))
        colour = _BEST[place] if place < _HIGHLIGHTED else _GREY
        series.append(SeriesPlan(title, colour))
    table = TablePlan(layout.PARALLEL, tuple(columns), row + int(_HEIGHT_CM * _ROWS_PER_CM) + 2)
    chart = ChartPlan(
        "line",
        "meso_sweep_parallel",
        f"{len(drawn)} of {len(ranking.standings)} choices by rank, the best in colour",
        table.name,
        "Axis",
        tuple(series),
        row,
        1,
        height=_HEIGHT_CM,
        value_title="first to last value",
        alt_text="Each line is one choice of values; every axis from its first to its last value.",
        value_format="0%",
        text_categories=True,
    )
    return SweepChart(chart, table)


def _share(order: Sequence[str], value: str) -> float:
    return order.index(value) / (len(order) - 1) if len(order) > 1 else 0.5


def _evenly(items: Sequence[_Item], count: int) -> list[_Item]:
    if len(items) <= count:
        return list(items)
    if count < 2:
        return list(items[:count])
    step = (len(items) - 1) / (count - 1)
    return [items[round(number * step)] for number in range(count)]
