"""Stability among neighbours; the expected numbers are worked out by hand."""

from __future__ import annotations

import itertools

import pytest

from xlmeso.measures.neighbourhood import Verdict, levels, standings

THREE = ["10", "20", "30"]


def grid(rows: list[list[float]]) -> tuple[list[tuple[str, str]], list[float | None]]:
    points = list(itertools.product([str(n) for n in range(len(rows))], THREE))
    return points, [value for row in rows for value in row]


def test_a_lone_peak_keeps_nothing_of_its_lead() -> None:
    points, values = grid([[1, 1, 1], [1, 9, 1], [1, 1, 1]])
    best = standings(points, values, "higher")[0]
    assert (best.index, best.value, best.neighbours, best.neighbour_mean) == (4, 9, 8, 1.0)
    assert best.stability == 0.0
    assert best.verdict is Verdict.LONE_PEAK
    assert not best.at_edge


def test_a_plateau_keeps_its_lead() -> None:

    points, values = grid([[0, 0, 0], [0, 4, 4], [0, 4, 5]])
    best = standings(points, values, "higher")[0]
    # median 0; neighbours of the corner are 4, 4, 4
    assert best.value == 5
    assert best.neighbour_mean == 4.0
    assert best.stability == pytest.approx(0.8)
    assert best.verdict is Verdict.PLATEAU
    assert best.at_edge


def test_lower_figures_can_be_the_better_ones() -> None:
    points, values = grid([[10, 10, 10], [10, 2, 6], [10, 6, 6]])
    best = standings(points, values, "lower")[0]
    # median 10; neighbours of 2: five 10s and three 6s = 8.5; lead 8, kept 1.5
    assert best.value == 2
    assert best.stability == pytest.approx(1.5 / 8)


def test_numbers_are_put_in_order_and_words_stay_as_they_come() -> None:
    assert levels(["100", "20", "3"]) == ["3", "20", "100"]
    assert levels(["day", "5min", "day"]) == ["day", "5min"]
    points = [("100",), ("20",), ("3",)]
    assert [item.neighbours for item in standings(points, [3, 2, 1], "higher")] == [1, 2, 1]


def test_open_runs_are_left_out() -> None:
    points, values = grid([[1, None, 2], [3, 4, 5], [None, 0, 0]])  # type: ignore[list-item]
    found = standings(points, values, "higher")
    assert [item.value for item in found] == [5, 4, 3, 2, 1, 0, 0]
    assert standings(points, [None] * 9, "higher") == []


def test_without_neighbours_there_is_no_verdict() -> None:
    (only,) = standings([("a",)], [1.0], None)
    assert only.verdict is Verdict.UNKNOWN
    points, values = grid([[1, 1, 1], [1, 1, 1], [1, 1, 1]])
    assert {item.verdict for item in standings(points, values, "higher")} == {Verdict.NO_LEAD}


def test_in_a_sample_the_nearest_runs_are_the_neighbours() -> None:
    points = [(f"{x}", f"{(x * 7) % 23}") for x in range(23)]
    found = standings(points, [float(x) for x in range(23)], "higher")
    assert {item.neighbours for item in found} == {4}, "two for each parameter"
    assert not any(item.at_edge for item in found), "the ends of a sample are drawn by chance"
    few = standings(points[:11], [float(x) for x in range(11)], "higher")
    assert {item.neighbours for item in few} == {3}, "a third of the others"
    (best, *_) = standings(points[:3], [1.0, 2.0, 3.0], "higher")
    assert best.verdict is Verdict.UNKNOWN


def test_beyond_four_parameters_only_straight_steps_count() -> None:
    points = list(itertools.product("12", repeat=5))
    found = standings([tuple(p) for p in points], [1.0] * 32, "higher")
    assert {item.neighbours for item in found} == {5}
