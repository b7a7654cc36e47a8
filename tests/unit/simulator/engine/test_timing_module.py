"""timing.* on the real exchange calendar (reference section 3.3); dates looked up by hand.

January 2020: New Year on a Wednesday, Martin Luther King on Monday 20th, monthly expiration on
Friday 17th.  Sessions of the month: 21.  April 2019: Good Friday on the 19th, the third Friday.
"""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from fake_market import FakeMarket, Listed, definition, leg, run, weekdays

from xlmeso.model.modules import ANCHORS
from xlmeso.simulator.engine.calendar import AnchorCalendar
from xlmeso.simulator.engine.clock import minute_of
from xlmeso.simulator.engine.timing import timing_function
from xlmeso.simulator.market.sessions import exchange_days

CALENDAR = AnchorCalendar(exchange_days())


class At:
    """A moment with nothing but time and calendar."""

    def __init__(self, text: str) -> None:
        self.minute = minute_of(dt.datetime.fromisoformat(text))
        self.calendar = CALENDAR


def value(name: str, at: str, anchor: str, boundary: str | None = None) -> float | None:
    return timing_function(f"timing.{name}", anchor, boundary)(At(at))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        # Last session of January 2020 is Friday 31st: all day long, and not the day before.
        ("2020-01-31T09:30", True),
        ("2020-01-31T15:30", True),
        ("2020-01-30T15:30", False),
        ("2020-02-28T10:00", True),  # Friday; the month ends on Saturday 29th
        ("2020-02-27T15:55", False),
    ],
)
def test_documented_example_is_true_on_the_last_trading_day_of_a_month(
    at: str, holds: bool
) -> None:
    days = value("trading_days_until", at, "next_month", "first")
    assert days is not None
    assert (days <= 1) is holds


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2020-01-16T15:30", True),  # Thursday before the third Friday
        ("2020-01-15T15:30", False),
        ("2019-04-17T15:30", True),  # Good Friday moves the expiration to Thursday 18th
        ("2019-04-16T15:30", False),
    ],
)
def test_documented_example_exits_a_day_before_opex(at: str, holds: bool) -> None:
    days = value("trading_days_until", at, "monthly_opex")
    assert days is not None
    assert (days < 2) is holds


@pytest.mark.parametrize(
    ("name", "at", "anchor", "boundary", "expected"),
    [
        # Wednesday 15 January 2020, 12:45: half of the session.
        ("trading_days_until", "2020-01-15T12:45", "this_week", None, 2.5),
        ("trading_days_until", "2020-01-15T12:45", "this_week", "last", 2.5),
        ("trading_days_until", "2020-01-15T12:45", "this_week", "first", -2.5),
        ("trading_days_until", "2020-01-15T12:45", "next_week", None, 2.5),  # open of Tuesday
        ("trading_days_until", "2020-01-15T12:45", "next_week", "last", 6.5),  # Monday is closed
        ("trading_days_until", "2020-01-15T12:45", "weekly_opex", None, 2.5),
        ("trading_days_until", "2020-01-15T12:45", "monthly_opex", "first", 1.5),
        ("trading_days_after", "2020-01-15T12:45", "this_week", None, 2.5),
        # The 15th is the tenth session of the month and of the year.
        ("trading_days_after", "2020-01-15T12:45", "this_month", None, 9.5),
        ("trading_days_after", "2020-01-15T12:45", "this_year", None, 9.5),
        ("trading_days_after", "2020-01-15T12:45", "weekly_opex", None, 2.5),
        # The December expiration was Friday 20th: 6 sessions to the year's end, then 9.5.
        ("trading_days_after", "2020-01-15T12:45", "monthly_opex", None, 15.5),
        ("trading_days_until", "2020-01-15T12:45", "this_month", None, 21 - 9.5),
        ("trading_days_until", "2020-01-15T12:45", "next_month", None, 21 - 9.5),
        ("calendar_days_until", "2020-01-15T09:30", "next_month", "first", 19.0),  # Monday 3rd
        ("calendar_days_until", "2020-01-15T16:00", "this_week", "last", 2.0),
        ("calendar_days_until", "2020-01-15T16:00", "monthly_opex", None, 2.0),
        ("calendar_days_until", "2020-01-15T09:30", "next_quarter", None, 77.0),  # 1 April
        ("calendar_days_until", "2020-01-15T09:30", "next_year", None, 355.0),  # 4 January 2021
        ("calendar_days_after", "2020-01-15T09:30", "this_quarter", None, 13.0),
        ("calendar_days_after", "2020-01-15T09:30", "this_month", "last", -16.0 - 6.5 / 24),
        ("trading_days_in", "2020-01-15T12:45", "this_month", None, 21.0),
        ("trading_days_in", "2020-01-15T12:45", "this_week", None, 5.0),
        ("trading_days_in", "2020-01-15T12:45", "next_week", None, 4.0),
        ("trading_days_in", "2020-01-15T12:45", "this_year", None, 253.0),
        ("trading_days_in", "2020-01-15T12:45", "monthly_opex", None, 18.0),
        ("calendar_days_in", "2020-01-15T12:45", "this_month", None, 31.0),
        ("calendar_days_in", "2020-01-15T12:45", "next_month", None, 29.0),
        ("calendar_days_in", "2020-01-15T12:45", "this_quarter", None, 91.0),
        ("calendar_days_in", "2020-01-15T12:45", "this_year", None, 366.0),
        ("calendar_days_in", "2020-01-15T12:45", "next_week", None, 7.0),
        ("calendar_days_in", "2020-01-15T12:45", "monthly_opex", None, 28.0),
        # An early close, 24 December 2020 at 13:00: 11:15 is half of it.
        ("trading_days_until", "2020-12-24T11:15", "this_week", None, 0.5),
        # On the very close of an expiration it is over and still there.
        ("trading_days_until", "2020-01-17T16:00", "monthly_opex", None, 0.0),
        ("trading_days_after", "2020-01-17T16:00", "monthly_opex", None, 0.0),
        ("calendar_days_until", "2020-12-15T09:30", "next_month", "first", 20.0),
    ],
)  # fmt: skip
def test_timing_functions(
    name: str, at: str, anchor: str, boundary: str | None, expected: float
) -> None:
    assert value(name, at, anchor, boundary) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("anchor", ANCHORS)
def test_every_anchor_runs_down_evenly_and_jumps_only_when_it_is_reached(anchor: str) -> None:
    moments = [
        dt.datetime(2020, 3, 2) + dt.timedelta(minutes=570 + 30 * step, days=day)
        for day in range(60)
        for step in range(14)
    ]
    counts = [value("trading_days_until", time.isoformat(), anchor) for time in moments]
    assert None not in counts
    steps = [b - a for a, b in pairwise(counts)]  # type: ignore[operator]
    # Within sessions it falls by 1/13 each half hour, at night it stays, and it jumps upwards.
    assert all(step > 0.5 or -1 / 13 - 1e-9 <= step <= 1e-9 for step in steps)


def test_anchors_beyond_the_calendar_have_no_value() -> None:
    assert value("trading_days_until", "2036-12-30T10:00", "next_month") is None
    assert value("trading_days_in", "2036-12-30T10:00", "next_year") is None
    assert value("trading_days_in", "2036-12-30T10:00", "monthly_opex") is None


MONDAY = dt.date(2020, 1, 6)
VALUES = {
    "dow": "timing.day_of_week",
    "year": "timing.year",
    "month": "timing.month",
    "day": "timing.day",
    "after": "timing.minutes_after_open",
    "before": "timing . minutes_before_close",
    "dit": "timing.days_in_trade",
    "left": "timing.trading_days_until(this_week, last) -- of the week",
    "both": "timing.day * 100 + timing.calendar_days_in(this_month)",
}


def test_timing_values_in_a_run() -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", StrikePrice=95)],
        exit={"MaxDaysInTrade": 1, "VarDefines": VALUES},
        end="2020-01-07T23:59:59",
    )
    market = FakeMarket(weekdays(MONDAY, 3), 100.0, [Listed("SPXW", dt.date(2020, 2, 5))])
    seen = run(strategy, market).of("ExitTrade")[0]["Vars"]
    # Tuesday, 15:30.
    assert {name: seen[name] for name in VALUES} == {
        "dow": 2, "year": 2020, "month": 1, "day": 7, "after": 360, "before": 30, "dit": 1,
        "left": pytest.approx(3 + 30 / 390, abs=1e-6), "both": 731,
    }  # fmt: skip


def test_timing_gates_the_entry() -> None:
    strategy = definition(
        legs=[leg("put", -1, "Put", StrikePrice=95)],
        entry={"Conditions": ["timing.day_of_week == 3"]},
        end="2020-01-10T23:59:59",
    )
    market = FakeMarket(weekdays(MONDAY, 5), 100.0, [Listed("SPXW", dt.date(2020, 2, 5))])
    assert run(strategy, market).of("EntryTrade")[0]["SimTime"] == "2020-01-08T15:30:00"
