"""Returns and growth: small series worked out by hand, and identities that must always hold."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xlmeso.measures import returns as measure

RETURNS = arrays(np.float64, st.integers(1, 60), elements=st.floats(-0.2, 0.2))


@given(st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)), max_size=9))
def test_times_are_those_of_numpy(moments: list[dt.datetime]) -> None:
    expected = np.array(moments, dtype="datetime64[us]").astype("datetime64[s]")
    found = measure.as_times(moments)
    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()


def test_simple_returns_of_a_series_start_at_zero_without_a_base() -> None:
    result = measure.simple_returns(np.array([100.0, 110.0, 99.0]))
    assert result.tolist() == pytest.approx([0.0, 0.10, -0.10])


def test_simple_returns_relate_the_first_value_to_the_base() -> None:
    result = measure.simple_returns(np.array([100.0, 110.0]), base=80.0)
    assert result.tolist() == pytest.approx([0.25, 0.10])


def test_simple_returns_are_zero_where_no_return_exists() -> None:
    result = measure.simple_returns(np.array([100.0, 0.0, 50.0, math.nan, 60.0, 66.0]))
    assert result.tolist() == pytest.approx([0.0, -1.0, 0.0, 0.0, 0.0, 0.10])


def test_simple_returns_leave_the_values_as_they_are() -> None:
    values = np.array([100.0, 0.0, 50.0])
    measure.simple_returns(values)
    assert values.tolist() == [100.0, 0.0, 50.0]
    assert measure.simple_returns(np.array([])).size == 0


@given(RETURNS)
def test_returns_of_a_compounded_series_are_the_returns(returns: np.ndarray) -> None:
    values = 1000.0 * np.cumprod(1.0 + returns)
    assert measure.simple_returns(values, base=1000.0) == pytest.approx(returns, abs=1e-12)
    assert measure.cumulative_return(returns) == pytest.approx(values[-1] / 1000.0 - 1.0)


def test_cumulative_return_compounds() -> None:
    assert measure.cumulative_return(np.array([0.10, -0.10])) == pytest.approx(-0.01)
    assert math.isnan(measure.cumulative_return(np.array([])))


@pytest.mark.parametrize(
    ("total", "days", "expected"),
    [
        (0.21, 730, 0.10),
        (0.10, 365, 0.10),
        (-1.0, 365, -1.0),
        (0.0, 90, 0.0),
        # The seed's sample: 403.22 % and 53.55 % over 2021-01-04 .. 2025-03-24 (1,540 days).
        (4.0322, 1540, 0.4666),
        (0.5355, 1540, 0.1070),
    ],
)
def test_cagr_counts_calendar_days_over_365(total: float, days: int, expected: float) -> None:
    assert measure.cagr(total, days) == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize(("total", "days"), [(0.1, 0), (0.1, -3), (-1.5, 365), (math.nan, 9)])
def test_cagr_is_undefined_without_time_or_wealth(total: float, days: int) -> None:
    assert math.isnan(measure.cagr(total, days))


def test_cagr_of_an_absurd_gain_in_one_day_is_infinite() -> None:
    assert measure.cagr(1e6, 1) == math.inf


def test_annual_volatility_scales_the_sample_deviation() -> None:
    # Deviations from the mean 0.02 are -0.01, 0, 0.01: variance 0.0002 / 2.
    result = measure.annual_volatility(np.array([0.01, 0.02, 0.03]), 4)
    assert result == pytest.approx(0.01 * 2)
    assert math.isnan(measure.annual_volatility(np.array([0.01]), 4))


def test_monthly_returns_compound_within_year_and_month() -> None:
    times = np.array(
        ["2020-01-30T16:00", "2020-01-31T16:00", "2020-02-03T09:30", "2021-01-04T09:30"],
        dtype="datetime64[m]",
    )
    months, values = measure.monthly_returns(times, np.array([0.10, 0.10, -0.05, 0.01]))
    assert months.astype(str).tolist() == ["2020-01", "2020-02", "2021-01"]
    assert values.tolist() == pytest.approx([0.21, -0.05, 0.01])


def test_monthly_returns_of_nothing_are_nothing() -> None:
    months, values = measure.monthly_returns(np.array([], dtype="datetime64[m]"), np.array([]))
    assert months.size == values.size == 0


def test_average_months_of_one_column_take_every_gain_or_loss() -> None:
    monthly = np.array([0.04, -0.02, 0.02, 0.0, -0.06])
    assert measure.average_up_month(monthly) == pytest.approx(0.03)
    assert measure.average_down_month(monthly) == pytest.approx(-0.04)


def test_average_months_alongside_a_benchmark_take_rows_where_both_agree() -> None:
    # The quirk of reference section 8.1.5: a row counts only when both columns have its sign.
    monthly = np.array([0.04, -0.02, 0.02, 0.0, -0.06])
    other = np.array([0.01, 0.03, -0.01, 0.02, -0.03])
    assert measure.average_up_month(monthly, other) == pytest.approx(0.04)
    assert measure.average_down_month(monthly, other) == pytest.approx(-0.06)
    assert measure.average_up_month(other, monthly) == pytest.approx(0.01)


def test_average_month_is_undefined_when_there_is_none() -> None:
    assert math.isnan(measure.average_up_month(np.array([-0.01])))
    assert math.isnan(measure.average_down_month(np.array([-0.01]), np.array([0.01])))
