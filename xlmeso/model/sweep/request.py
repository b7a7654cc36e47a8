"""What a sweep is asked to do, and the rows that come out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from xlmeso.errors import XlmesoError
from xlmeso.model.document import JsonPath
from xlmeso.model.problems import Problem, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.space import MOST_VARIANTS, Axis, Choice, Row, Sampling, grid, sample
from xlmeso.model.sweep.windows import Window, windows

DEFAULT_METRIC: Final = "StratSharpe"
"""Figure by which runs are ranked unless another one is named."""

DEFAULT_COLUMNS: Final = ("StratSharpe", "StratCagrPct", "StratMaxDd", "StratTradeCnt")
"""Figures that a sweep shows unless others are named."""


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """Where the rows of a sweep come from.

    Attributes
    ----------
    axes
        Parameters with their values: a grid, or the space of a sample.
    rows
        Variants written one by one; with ``axes`` beside them each is combined with each.
    sampling
        Draw from the axes instead of taking every combination.
    walk_forward
        Windows that every variant runs in (`xlmeso.model.sweep.windows`), with the cell or option
        that says so.
    """

    axes: tuple[Axis, ...] = ()
    rows: tuple[Row, ...] = ()
    sampling: Sampling | None = None
    walk_forward: tuple[str, str] | None = None


def expand(
    request: SweepRequest, definition: StrategyDefinition
) -> tuple[list[Row], list[Problem]]:
    """Return the rows of a request, or why there are none."""
    problems = list(_clashes(request))
    if problems:
        return [], problems
    try:
        rows = _combined(request.rows, _drawn(request))
        return _in_windows(rows, _windows(request, definition)), []
    except XlmesoError as fault:
        return [], [error((), fault.message, fault.cure or "").at(fault.where)]


def _drawn(request: SweepRequest) -> list[Row]:
    if request.sampling is not None and request.axes:
        return sample(request.axes, request.sampling)
    return grid(request.axes)


def _combined(rows: Sequence[Row], drawn: Sequence[Row]) -> list[Row]:
    if not rows or not drawn:
        return [*rows, *drawn]
    _check_count(len(rows) * len(drawn))
    return [replace(row, choices=(*row.choices, *more.choices)) for row in rows for more in drawn]


def _windows(request: SweepRequest, definition: StrategyDefinition) -> list[Window]:
    if request.walk_forward is None:
        return []
    spec, place = request.walk_forward
    try:
        return windows(spec, definition)
    except XlmesoError as fault:
        fault.where = place
        raise


def _in_windows(rows: list[Row], found: Sequence[Window]) -> list[Row]:
    if not found:
        return rows
    rows = rows or [Row((), "the strategy as it is")]
    _check_count(len(rows) * len(found))
    return [replace(row, window=window) for row in rows for window in found]


def _check_count(count: int) -> None:
    if count > MOST_VARIANTS:
        raise XlmesoError(
            f"these are {count:,} variants; at most {MOST_VARIANTS:,} are run.",
            cure="Take fewer values, or draw a sample such as lhs:200.",
        )


def _clashes(request: SweepRequest) -> Iterable[Problem]:
    """Refuse a parameter that is set twice."""
    seen: dict[JsonPath, str] = {}
    written = {choice.path.path: choice for row in request.rows for choice in row.choices}
    varied: list[Choice | Axis] = [*written.values(), *request.axes]
    for item in varied:
        first = seen.setdefault(item.path.path, item.place)
        if first is not item.place:
            text = f"{item.path.text} is varied twice, by {first} too."
            yield error(item.path.path, text, "Keep one.").at(item.place)
        if request.walk_forward and item.path.text in ("Backtest.Start", "Backtest.End"):
            text = f"{item.path.text} is set by the walk-forward windows already."
            yield error(item.path.path, text, "Remove one of the two.").at(item.place)
