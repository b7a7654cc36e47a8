"""Walk-forward: what was best in each training window, and how it did in the test after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xlmeso.model.analytics import BY_NAME
from xlmeso.model.sweep.variants import Variant
from xlmeso.sheets.plan import ColumnPlan, TablePlan
from xlmeso.sheets.sweep import layout
from xlmeso.sheets.sweep.candidates import Ranking, figure_of
from xlmeso.sheets.sweep.write import VariantResult

TRAIN: Final = "train"
TEST: Final = "test"


@dataclass(frozen=True, slots=True)
class _Window:
    number: int
    best: str
    trained: float
    tested: float | None
    place: int | None
    of: int


def walk_table(
    variants: Sequence[Variant],
    ranking: Ranking,
    results: Sequence[VariantResult],
    metric: str,
    row: int,
) -> TablePlan | None:
    """Plan the table of the windows, None where no window has a test."""
    figures: dict[tuple[int, str], dict[int, float]] = {}
    for place, candidate in enumerate(ranking.candidates):
        for index in candidate.members:
            window = variants[index].window
            value = figure_of(results[index], metric)
            if window is not None and window.part and value is not None:
                figures.setdefault((window.number, window.part), {})[place] = value
    numbers = sorted({number for number, part in figures if part == TRAIN})
    if not numbers:
        return None
    falling = BY_NAME[metric].better == "lower"
    rows = [_row(number, figures, ranking, falling=falling) for number in numbers]
    number_format = BY_NAME[metric].number_format
    return TablePlan(
        layout.WALK,
        (
            ColumnPlan("Best in training", [item.best for item in rows]),
            ColumnPlan(layout.WINDOW, [item.number for item in rows], "0", align="right"),
            ColumnPlan(
                "In training", [item.trained for item in rows], number_format, align="right"
            ),
            ColumnPlan("In test", [item.tested for item in rows], number_format, align="right"),
            ColumnPlan("Place in test", [_place(item) for item in rows], align="right"),
        ),
        row,
    )


def _row(
    number: int,
    figures: dict[tuple[int, str], dict[int, float]],
    ranking: Ranking,
    *,
    falling: bool,
) -> _Window:
    trained = figures[number, TRAIN]
    best = (min if falling else max)(trained, key=lambda place: trained[place])
    tested = figures.get((number, TEST), {})
    order = sorted(tested, key=lambda place: tested[place], reverse=not falling)
    return _Window(
        number,
        ranking.text(ranking.candidates[best]),
        trained[best],
        tested.get(best),
        order.index(best) + 1 if best in tested else None,
        len(tested),
    )


def _place(item: _Window) -> str | None:
    return f"{item.place} of {item.of}" if item.place is not None else None
