"""Schedules against times read off a clock: sessions open 09:30, close 16:00 or 13:00."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
from fake_market import FakeMarket, weekdays
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.errors import SimulationError
from xlmeso.model.strategy import Schedule
from xlmeso.simulator.engine.clock import BarClock
from xlmeso.simulator.engine.schedules import scheduled_bars

MONDAY = dt.date(2019, 11, 25)
FRIDAY = dt.date(2019, 11, 29)  # the day after Thanksgiving closes at 13:00
WEEK = (MONDAY, *(MONDAY + dt.timedelta(days=n) for n in (1, 2)), FRIDAY)  # Thursday: holiday


def clock(start: str = "2019-11-25T00:00:00", end: str = "2019-11-29T23:59:59") -> BarClock:
    market = FakeMarket(WEEK, 100.0, [], early_closes=[FRIDAY])
    return BarClock(
        market.sessions, dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)
    )


def schedule(every: str, *, after: int | None = None, before: int | None = None) -> Schedule:
    return Schedule(
        None if after is None else Decimal(after),
        None if before is None else Decimal(before),
        every,
        ("Entry", "Schedule"),
    )


def times(wanted: Schedule, at: BarClock) -> list[str]:
    return [f"{at.time(bar):%a %H:%M}" for bar in scheduled_bars(wanted, at).tolist()]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (schedule("day", before=30), ["Mon 15:30", "Tue 15:30", "Wed 15:30", "Fri 12:30"]),
        (schedule("day", after=30), ["Mon 10:00", "Tue 10:00", "Wed 10:00", "Fri 10:00"]),
        (schedule("day", after=0), ["Mon 09:30", "Tue 09:30", "Wed 09:30", "Fri 09:30"]),
        (schedule("day", before=0), ["Mon 16:00", "Tue 16:00", "Wed 16:00", "Fri 13:00"]),
        (schedule("tue,thu,fri", before=15), ["Tue 15:45", "Fri 12:45"]),
        (schedule("Mon, Wed", after=5), ["Mon 09:35", "Wed 09:35"]),
        # 240 minutes after the open the early day is over; 240 before its close it is not open.
        (schedule("day", after=240), ["Mon 13:30", "Tue 13:30", "Wed 13:30"]),
        (schedule("day", before=240), ["Mon 12:00", "Tue 12:00", "Wed 12:00"]),
        # Rounded to 5 minutes, halves up.
        (schedule("mon", after=32), ["Mon 10:00"]),
        (schedule("mon", after=33), ["Mon 10:05"]),
        (schedule("mon", before=2), ["Mon 16:00"]),
    ],
)
def test_daily_schedules(wanted: Schedule, expected: list[str]) -> None:
    assert times(wanted, clock()) == expected


def test_every_five_minutes_from_an_offset_to_the_close() -> None:
    got = times(schedule("5min", after=30), clock())
    assert got[:2] == ["Mon 10:00", "Mon 10:05"]
    # (16:00 - 10:00) / 5 + 1 = 73 bars, on the early day (13:00 - 10:00) / 5 + 1 = 37.
    assert len(got) == 3 * 73 + 37
    assert got[-1] == "Fri 13:00"


def test_every_five_minutes_until_an_offset_before_the_close() -> None:
    got = times(schedule("5min", before=60), clock())
    assert got[0] == "Mon 09:30"
    assert got[66] == "Mon 15:00"
    assert len(got) == 3 * 67 + 31
    assert got[-1] == "Fri 12:00"


def test_only_instants_between_start_and_end_count() -> None:
    limited = clock("2019-11-25T15:35:00", "2019-11-27T15:30:00")
    assert times(schedule("day", before=30), limited) == ["Tue 15:30", "Wed 15:30"]


def test_end_at_midnight_leaves_the_day_out() -> None:
    limited = clock(end="2019-11-27T00:00:00")
    assert times(schedule("day", after=0), limited) == ["Mon 09:30", "Tue 09:30"]


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        (schedule("hourly", after=0), "Entry.Schedule.Every"),
        (schedule("", after=0), "Entry.Schedule.Every"),
        (schedule("day"), "Entry.Schedule"),
        (schedule("day", after=0, before=0), "Entry.Schedule"),
    ],
)
def test_what_is_no_schedule_is_refused_with_its_path(wanted: Schedule, path: str) -> None:
    with pytest.raises(SimulationError) as caught:
        scheduled_bars(wanted, clock())
    assert caught.value.where == path


def test_bar_times_over_a_year_with_a_leap_day() -> None:
    dates = weekdays(dt.date(2020, 2, 27), 3)
    market = FakeMarket(dates, 100.0, [])
    at = BarClock(market.sessions, dt.datetime(2020, 1, 1), dt.datetime(2020, 12, 31))
    assert at.time(0) == dt.datetime(2020, 2, 27, 9, 30)
    assert at.time(79 + 78) == dt.datetime(2020, 2, 28, 16, 0)
    assert at.time(158) == dt.datetime(2020, 3, 2, 9, 30)


@given(
    quoted=st.sets(st.integers(0, 4 * 79 - 1), min_size=1, max_size=20).map(sorted),
    ticks=st.sets(st.integers(0, 4 * 79 - 1), max_size=20).map(sorted),
)
def test_ticks_wait_for_the_next_quotes_of_their_session(
    quoted: list[int], ticks: list[int]
) -> None:
    dates = weekdays(dt.date(2020, 1, 6), 4)
    sessions = FakeMarket(dates, 100.0, []).sessions
    start, end = dt.datetime(2020, 1, 1), dt.datetime(2020, 12, 31)
    recorded = BarClock(sessions, start, end, np.array(quoted))
    expected = set()
    for tick in ticks:
        own = [bar for bar in quoted if bar // 79 == tick // 79]
        if own:
            expected.add(next((bar for bar in own if bar >= tick), own[-1]))
    assert recorded.where_quoted(np.array(ticks, dtype=np.int64)).tolist() == sorted(expected)
    empty = [day for day in range(4) if not any(bar // 79 == day for bar in quoted)]
    assert recorded.gap_bars() == [79 * day + 78 for day in empty]
    everywhere = BarClock(sessions, start, end)
    assert everywhere.where_quoted(np.array(ticks)).tolist() == ticks
    assert everywhere.gap_bars() == []
