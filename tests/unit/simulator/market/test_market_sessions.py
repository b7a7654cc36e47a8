from __future__ import annotations

import datetime as dt
import warnings

import exchange_calendars
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.simulator.market.clock import business_clock
from xlmeso.simulator.market.sessions import (
    Sessions,
    date_of,
    day_number,
    trading_calendar,
)


@pytest.fixture(scope="module")
def schedule():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own use of pandas
        calendar = exchange_calendars.get_calendar("XNYS", start="1990-01-01", end="2036-12-31")
        return calendar.schedule


@pytest.fixture(scope="module")
def year_2024() -> Sessions:
    days = trading_calendar().session_days
    first, last = day_number(dt.date(2024, 1, 1)), day_number(dt.date(2024, 12, 31))
    return Sessions.from_days(days[(days >= first) & (days <= last)])


def test_the_shipped_table_has_the_sessions_of_exchange_calendars(schedule) -> None:
    dates = [date_of(day) for day in trading_calendar().session_days.tolist()]
    assert dates == [day.date() for day in schedule.index]


def test_the_shipped_table_has_the_closes_of_exchange_calendars(schedule) -> None:
    closes = schedule["close"].dt.tz_convert("America/New_York")
    expected = (closes.dt.hour * 60 + closes.dt.minute).tolist()
    calendar = trading_calendar()
    assert [calendar.closes_at(day) for day in calendar.session_days.tolist()] == expected


@pytest.mark.parametrize(
    ("date", "is_session"),
    [
        (dt.date(2001, 9, 10), True),
        (dt.date(2001, 9, 11), False),
        (dt.date(2001, 9, 14), False),
        (dt.date(2001, 9, 17), True),
        (dt.date(2012, 10, 29), False),
        (dt.date(2018, 12, 5), False),
        (dt.date(2025, 1, 9), False),
        (dt.date(2024, 3, 29), False),
        (dt.date(2024, 6, 22), False),
    ],
)
def test_days_known_from_the_news(date: dt.date, is_session: bool) -> None:
    calendar = trading_calendar()
    assert bool(calendar.is_session[day_number(date) - calendar.first_day]) is is_session


def test_a_normal_session_has_79_bars_and_an_early_close_43(year_2024: Sessions) -> None:
    short = [dt.date(2024, 7, 3), dt.date(2024, 11, 29), dt.date(2024, 12, 24)]
    for session, date in enumerate(year_2024.dates):
        expected = 43 if date in short else 79
        assert len(year_2024.bars_of(session)) == expected
        assert year_2024.bar_count[session] == expected
    assert len(year_2024.dates) == 252
    assert year_2024.total_bars == 249 * 79 + 3 * 43


def test_bars_run_from_open_to_close(year_2024: Sessions) -> None:
    session = year_2024.index_of(dt.date(2024, 7, 3))
    assert session is not None
    bars = year_2024.bars_of(session)
    assert year_2024.time_of(bars[0]) == dt.datetime(2024, 7, 3, 9, 30)
    assert year_2024.time_of(bars[1]) == dt.datetime(2024, 7, 3, 9, 35)
    assert year_2024.time_of(bars[-1]) == dt.datetime(2024, 7, 3, 13, 0)
    assert year_2024.time_of(bars[-1] + 1) == dt.datetime(2024, 7, 5, 9, 30)


def test_a_date_without_session_has_no_index(year_2024: Sessions) -> None:
    assert year_2024.index_of(dt.date(2024, 7, 4)) is None
    assert year_2024.index_of(dt.date(2023, 7, 3)) is None


@given(st.data())
def test_every_bar_belongs_to_the_session_that_lists_it(year_2024, data) -> None:
    bar = data.draw(st.integers(0, year_2024.total_bars - 1))
    session = year_2024.session_of(bar)
    assert bar in year_2024.bars_of(session)
    assert year_2024.time_of(bar).date() == year_2024.dates[session]


@pytest.mark.parametrize("bar", [-1, 249 * 79 + 3 * 43])
def test_a_bar_outside_the_period_is_refused(year_2024: Sessions, bar: int) -> None:
    with pytest.raises(IndexError, match="outside"):
        year_2024.session_of(bar)


@given(st.integers(day_number(dt.date(1990, 1, 1)), day_number(dt.date(2036, 12, 31))))
def test_day_numbers_are_those_of_numpy(day: int) -> None:
    date = date_of(day)
    assert day_number(date) == day
    assert np.datetime64(date).astype(np.int64) == day


def test_business_time_of_a_week_by_hand() -> None:
    """Wednesday close to Wednesday close: five sessions less one for the 4th of July 2024."""
    clock = business_clock()
    days = np.array([day_number(dt.date(2024, 7, 2)), day_number(dt.date(2024, 7, 9))])
    start, end = clock.at(days, np.ones(2))
    assert end - start == pytest.approx(4 * 1.0 + 3 * 0.2)


def test_business_time_overnight_and_over_a_weekend() -> None:
    clock = business_clock()
    friday, monday = day_number(dt.date(2024, 6, 7)), day_number(dt.date(2024, 6, 10))
    close, open_ = clock.at(np.array([friday, monday]), np.array([1.0, 0.25]))
    assert open_ - close == pytest.approx(2 * 0.2 + 0.25)
