"""Drawdowns: a curve drawn by hand, and a slow loop as the second opinion."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.measures import drawdowns as measure

# Peak 120 on day 2; valley 90 on day 4, back on day 6; new peak 150, open fall to 135.
CURVE = np.array([100.0, 120.0, 108.0, 90.0, 96.0, 120.0, 150.0, 144.0, 135.0])
DAYS = np.array(
    [f"2024-03-{day:02}T12:00" for day in (1, 4, 5, 6, 7, 18, 19, 20, 22)], dtype="datetime64[m]"
)


def by_loop(values: list[float]) -> list[tuple[int, int, int, float]]:
    """Find the episodes with a plain walk along the curve."""
    found: list[tuple[int, int, int, float]] = []
    peak, start, valley = values[0], -1, -1
    for at, value in enumerate(values):
        if value < peak:
            if start < 0:
                start, valley = at, at
            elif value < values[valley]:
                valley = at
        else:
            if start >= 0:
                found.append((start, valley, at, values[valley] / peak - 1))
            peak, start = value, -1
    if start >= 0:
        found.append((start, valley, len(values) - 1, values[valley] / peak - 1))
    return found


def test_drawdown_series_measures_from_the_running_peak() -> None:
    series = measure.drawdown_series(CURVE)
    assert series.tolist() == pytest.approx([0, 0, -0.10, -0.25, -0.20, 0, 0, -0.04, -0.10])
    assert measure.max_drawdown(series) == pytest.approx(-0.25)


def test_drawdown_series_counts_the_base_as_a_peak() -> None:
    series = measure.drawdown_series(np.array([90.0, 100.0, 110.0, 99.0]), base=100.0)
    assert series.tolist() == pytest.approx([-0.10, 0.0, 0.0, -0.10])


def test_max_drawdown_of_nothing_is_undefined_and_of_a_rise_is_zero() -> None:
    assert math.isnan(measure.max_drawdown(np.array([])))
    assert measure.max_drawdown(measure.drawdown_series(np.array([1.0, 2.0]))) == 0.0


def test_episodes_end_when_the_peak_is_reached_or_at_the_last_value() -> None:
    episodes = measure.drawdown_episodes(measure.drawdown_series(CURVE))
    assert episodes.start.tolist() == [2, 7]
    assert episodes.valley.tolist() == [3, 8]
    assert episodes.end.tolist() == [5, 8]
    assert episodes.depth.tolist() == pytest.approx([-0.25, -0.10])
    assert len(episodes) == 2


def test_days_are_calendar_days_from_first_below_to_recovery() -> None:
    episodes = measure.drawdown_episodes(measure.drawdown_series(CURVE))
    assert measure.drawdown_days(DAYS, episodes).tolist() == [13, 2]
    assert measure.average_drawdown(episodes) == pytest.approx(-0.175)
    assert measure.average_drawdown_days(DAYS, episodes) == pytest.approx(7.5)
    assert measure.longest_drawdown_days(DAYS, episodes) == 13


def test_days_of_an_episode_within_a_day_are_zero_and_part_days_are_dropped() -> None:
    times = np.array(
        ["2024-03-01T09:30", "2024-03-01T09:35", "2024-03-01T15:55", "2024-03-02T09:30",
         "2024-03-04T09:25"],
        dtype="datetime64[m]",
    )  # fmt: skip
    series = measure.drawdown_series(np.array([10.0, 9.0, 10.0, 8.0, 9.0]))
    episodes = measure.drawdown_episodes(series)
    assert measure.drawdown_days(times, episodes).tolist() == [0, 1]


def test_a_series_without_a_fall_has_no_episodes_and_zero_averages() -> None:
    episodes = measure.drawdown_episodes(np.zeros(4))
    assert len(episodes) == 0
    assert measure.average_drawdown(episodes) == 0.0
    assert measure.average_drawdown_days(DAYS, episodes) == 0.0
    assert measure.longest_drawdown_days(DAYS, episodes) == 0
    assert len(measure.drawdown_episodes(np.array([]))) == 0


def test_an_episode_from_the_first_to_the_last_value_is_found() -> None:
    episodes = measure.drawdown_episodes(measure.drawdown_series(np.array([9.0, 8.0]), base=10.0))
    assert (episodes.start.tolist(), episodes.end.tolist()) == ([0], [1])
    assert episodes.depth.tolist() == pytest.approx([-0.2])


@given(st.lists(st.integers(1, 12).map(float), min_size=1, max_size=40))
def test_episodes_agree_with_a_walk_along_the_curve(values: list[float]) -> None:
    episodes = measure.drawdown_episodes(measure.drawdown_series(np.array(values)))
    expected = by_loop(values)
    assert episodes.start.tolist() == [row[0] for row in expected]
    assert episodes.valley.tolist() == [row[1] for row in expected]
    assert episodes.end.tolist() == [row[2] for row in expected]
    assert episodes.depth.tolist() == pytest.approx([row[3] for row in expected])
