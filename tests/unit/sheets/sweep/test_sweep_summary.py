"""The sheet of a sweep's results; figures are chosen so that they can be checked by eye."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from xlmeso.model.sweep.paths import resolve
from xlmeso.model.sweep.request import SweepRequest, expand
from xlmeso.model.sweep.space import Axis
from xlmeso.model.sweep.values import parse_values
from xlmeso.model.sweep.variants import Variant, make_variants
from xlmeso.model.templates import load_template
from xlmeso.sheets.plan import SheetPlan
from xlmeso.sheets.sweep import layout
from xlmeso.sheets.sweep.heat import stops
from xlmeso.sheets.sweep.summary import SweepOutcome, plan_summary
from xlmeso.sheets.sweep.write import VariantResult

PUT = load_template("short-put")
DELTA = "Legs[short_put].StrikeSelector.Delta"
TARGET = "Exit.ProfitTarget"
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)


def outcome(
    figure: Callable[..., float | None],
    *lines: tuple[str, str],
    metric: str = "StratSharpe",
    walk: str | None = None,
    modelled: bool = False,
) -> SweepOutcome:
    axes = tuple(Axis(resolve(path, PUT), parse_values(values), path) for path, values in lines)
    rows, problems = expand(SweepRequest(axes, walk_forward=(walk, "") if walk else None), PUT)
    assert problems == []
    made = make_variants(PUT, rows).variants
    results = [result(variant, figure, metric) for variant in made]
    return SweepOutcome(
        "Short put", made, results, metric, (metric, "StratTradeCnt"), "a service", NOON, modelled
    )


def result(variant: Variant, figure: Callable[..., float | None], metric: str) -> VariantResult:
    arguments = [float(text) for text in variant.texts]
    value = figure(*arguments, variant.window) if variant.window else figure(*arguments)
    if value is None:
        return VariantResult("Failed", "f", "no quotes")
    return VariantResult(
        "Finished", f"id-{variant.number}", None, {metric: Decimal(str(value)), "StratTradeCnt": 10}
    )


def rows(plan: SheetPlan, name: str) -> list[dict[str, object]]:
    table = plan.table(name)
    return [
        {column.title: table.value_at(offset, column) for column in table.columns}
        for offset in range(table.length)
    ]


def names(plan: SheetPlan) -> list[str]:
    return [table.name for table in plan.tables]


def test_the_best_choices_come_first_with_what_their_neighbours_say() -> None:
    peak = {(14.0, 200.0): 9.0}
    plan = plan_summary(
        outcome(
            lambda d, t: peak.get((d, t), 1.0), (DELTA, "12, 14, 16"), (TARGET, "100, 200, 300")
        )
    )
    best = rows(plan, layout.BEST)[0]
    assert best["Best choices"] == "Delta=14, ProfitTarget=200"
    assert best["Sharpe ratio"] == 9.0
    assert best["Neighbours' mean"] == 1.0
    assert best["Stability"] == 0.0
    assert best["Verdict"] == "lone peak"
    assert best["Edge"] is None
    assert best["Trades"] == 10.0
    assert best["Backtest id"] == "id-5"
    assert any("is a lone peak" in str(note.text) for note in plan.notes)


def test_the_heat_map_has_every_pair_of_values_and_the_format_of_its_figure() -> None:
    plan = plan_summary(
        outcome(
            lambda d, t: None if d == 14 and t == 100 else d + t / 100,
            (DELTA, "12, 14"),
            (TARGET, "300, 100, 200"),
            metric="StratCagrPct",
        )
    )
    heat = plan.table(layout.MAP)
    assert [column.title for column in heat.columns] == [
        "Delta \\ ProfitTarget",
        "100",
        "200",
        "300",
    ]
    assert rows(plan, layout.MAP) == [
        {"Delta \\ ProfitTarget": 12.0, "100": 13.0, "200": 14.0, "300": 15.0},
        {"Delta \\ ProfitTarget": 14.0, "100": None, "200": 16.0, "300": 17.0},
    ]
    assert heat.columns[1].number_format == '0.00"%"'
    (scale,) = plan.scales
    assert scale.table == layout.MAP
    assert scale.columns == ("100", "200", "300")
    assert scale.ends == (13.0, 15.0, 17.0)
    assert not scale.falling
    (chart,) = plan.charts
    assert [series.column for series in chart.series] == ["100", "200", "300"]
    assert "5 of 6 finished, 1 failed" in [note.text for note in plan.notes]


def test_a_figure_that_should_be_small_is_blue_where_it_is_small() -> None:
    plan = plan_summary(
        outcome(
            lambda d, t: d + t, (DELTA, "12, 14"), (TARGET, "1, 2"), metric="StratAnnVolatility"
        )
    )
    assert plan.scales[0].falling
    assert rows(plan, layout.BEST)[0]["Best choices"] == "Delta=12, ProfitTarget=1"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([-2.0, 1.0, 3.0], (-3.0, 0.0, 3.0)),
        ([1.0, 2.0, 9.0], (1.0, 2.0, 9.0)),
        ([1.0, 1.0, 9.0], (1.0, 5.0, 9.0)),
        ([4.0, 4.0], (3.0, 4.0, 5.0)),
        ([], (-1.0, 0.0, 1.0)),
    ],
)
def test_colours_keep_zero_white_where_gains_and_losses_meet(
    values: list[float], expected: tuple[float, float, float]
) -> None:
    assert stops(values) == expected


def test_three_parameters_are_averaged_in_the_map_and_drawn_as_parallel_coordinates() -> None:
    plan = plan_summary(
        outcome(
            lambda d, t, s: d + t + s,
            (DELTA, "12, 14"),
            (TARGET, "1, 2"),
            ("Exit.StopLoss", "10, 20"),
        )
    )
    assert rows(plan, layout.MAP)[0]["1"] == pytest.approx(12 + 1 + 15)
    lines = plan.table(layout.PARALLEL)
    assert list(lines.columns[0].values) == [
        "Delta",
        "ProfitTarget",
        "StopLoss",
        "Sharpe ratio",
    ]
    first = next(column for column in lines.columns if column.title == "Rank 1")
    assert list(first.values) == [1.0, 1.0, 1.0, 1.0]
    last = next(column for column in lines.columns if column.title == "Rank 8")
    assert list(last.values) == [0.0, 0.0, 0.0, 0.0]
    assert [chart.name for chart in plan.charts] == ["meso_sweep_profiles", "meso_sweep_parallel"]
    assert plan.charts[1].row > plan.charts[0].row + 10


def test_walk_forward_tells_how_the_best_of_each_training_window_tested() -> None:
    def figure(delta: float, window) -> float:  # type: ignore[no-untyped-def]
        best = {1: 14.0, 2: 12.0}[window.number]
        if window.part == "train":
            return 2.0 if delta == best else 1.0
        return delta  # in test the largest delta is the best

    plan = plan_summary(outcome(figure, (DELTA, "12, 14, 16"), walk="24m:12m"))
    assert rows(plan, layout.WALK) == [
        {
            "Best in training": "Delta=14",
            "Window": 1,
            "In training": 2.0,
            "In test": 14.0,
            "Place in test": "2 of 3",
        },
        {
            "Best in training": "Delta=12",
            "Window": 2,
            "In training": 2.0,
            "In test": 12.0,
            "Place in test": "3 of 3",
        },
    ]
    best = rows(plan, layout.BEST)[0]
    assert (best["Sharpe ratio"], best["In test"]) in ((1.5, 12.0), (1.5, 14.0))
    assert "Backtest id" not in best
    assert layout.MAP not in names(plan)


def test_a_sample_of_a_large_space_has_no_map() -> None:
    points = ", ".join(f"{number}" for number in range(10, 40))
    one = outcome(lambda d: d, (DELTA, points))
    assert names(plan_summary(one)) == [layout.BEST]
    assert plan_summary(one).charts == ()


def test_a_sweep_that_has_just_begun_has_a_sheet_already() -> None:
    begun = outcome(lambda d, t: None, (DELTA, "12, 14"), (TARGET, "1, 2"), modelled=True)
    waiting = SweepOutcome(
        begun.title,
        begun.variants,
        [VariantResult("Waiting")] * 4,
        begun.metric,
        begun.columns,
        begun.service,
        NOON,
        modelled=True,
    )
    plan = plan_summary(waiting)
    assert "0 of 4 finished, 4 waiting" in [note.text for note in plan.notes]
    assert rows(plan, layout.BEST)[0]["Best choices"] is None
    assert any(str(note.text).startswith("MODELLED") for note in plan.notes)
