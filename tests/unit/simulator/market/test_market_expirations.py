from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from xlmeso.simulator.market.expirations import (
    ListedExpiration,
    expiration_table,
    settlement_of,
)
from xlmeso.simulator.market.sessions import date_of, day_number

POINTS = Path(__file__).parents[3] / "data" / "iv_points_2011_2025.csv.gz"

FULL_CHAINS = (
    *(f"2011-01-0{day}" for day in range(3, 8)),
    "2022-02-04", "2022-06-10", "2022-07-12", "2023-02-07", "2023-08-18", "2023-09-14",
    "2024-01-05",
)  # fmt: skip
UNFORESEEN = {("2025-01-06", dt.date(2025, 1, 9))}
"""The day of mourning for President Carter was announced after these options were listed."""


def listed(day: str) -> tuple[ListedExpiration, ...]:
    return expiration_table().listed_on(day_number(dt.date.fromisoformat(day)))


def dates(day: str, root: str) -> list[str]:
    return [str(entry.date) for entry in listed(day) if entry.root == root]


@pytest.fixture(scope="module")
def real_chains() -> dict[str, set[tuple[bool, dt.date]]]:
    """Expirations of real chains: (AM-settled, date) by day."""
    chains = defaultdict(set)
    with gzip.open(POINTS, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            day, dte = row["ts"][:10], int(row["dte"])
            if dte > 0:
                date = dt.date.fromisoformat(day) + dt.timedelta(dte)
                chains[day].add((row["root"] == "SPX", date))
    return dict(chains)


def test_real_expirations_are_listed(real_chains) -> None:
    """At least 96 of 100 expirations of 15 real chains, and no full chain with many more."""
    found = total = 0
    for day, real in real_chains.items():
        ours = {(entry.am_settled, entry.date) for entry in listed(day) if str(entry.date) != day}
        expected = {key for key in real if (day, key[1]) not in UNFORESEEN}
        found, total = found + len(expected & ours), total + len(expected)
        if day in FULL_CHAINS:
            assert len(ours - real) <= 0.1 * len(real)
    assert total > 450
    assert found / total > 0.96


def test_january_2011_is_exact_but_for_the_weekly_of_next_week(real_chains) -> None:
    for day in ("2011-01-03", "2011-01-04", "2011-01-06"):
        ours = {(entry.am_settled, entry.date) for entry in listed(day)}
        assert ours == real_chains[day]


def test_only_third_fridays_before_weeklies_existed() -> None:
    assert dates("2004-03-01", "SPXW") == []
    assert dates("2004-03-01", "SPX")[:3] == ["2004-03-19", "2004-04-16", "2004-05-21"]


def test_the_first_weekly() -> None:
    """Weeklies began on 2005-10-28, listed for the Friday of the next week."""
    assert dates("2005-10-27", "SPXW") == []
    assert dates("2005-10-28", "SPXW") == ["2005-11-04"]


@pytest.mark.parametrize(
    ("before", "after", "weekday"),
    [
        ("2016-02-22", "2016-02-23", 2),
        ("2016-08-12", "2016-08-15", 0),
        ("2022-04-14", "2022-04-18", 1),
        ("2022-05-10", "2022-05-11", 3),
    ],
)
def test_each_weekday_starts_on_its_day(before: str, after: str, weekday: int) -> None:
    def has(day: str) -> bool:
        near = [entry for entry in listed(day) if entry.root == "SPXW"][:8]
        month_ends = {dt.date(2016, 2, 29), dt.date(2016, 8, 31), dt.date(2022, 5, 31)}
        return any(e.date.weekday() == weekday and e.date not in month_ends for e in near)

    assert not has(before)
    assert has(after)


def test_every_session_of_2023_expires_something() -> None:
    for day in ("2023-06-05", "2023-06-06", "2023-06-07", "2023-06-08", "2023-06-09"):
        assert dates(day, "SPXW")[0] == day


@pytest.mark.parametrize(
    ("day", "root", "holiday", "instead"),
    [
        ("2019-04-01", "SPX", "2019-04-19", "2019-04-18"),  # Good Friday on a third Friday
        ("2019-04-01", "SPXW", "2019-04-19", "2019-04-18"),
        ("2018-03-12", "SPXW", "2018-03-30", "2018-03-29"),  # Good Friday, weekly
        ("2018-12-03", "SPXW", "2018-12-05", "2018-12-04"),  # Wednesday: the day before
        ("2018-01-02", "SPXW", "2018-01-15", "2018-01-16"),  # Monday: the day after
        ("2023-11-06", "SPXW", "2023-11-23", "2023-11-22"),  # Thanksgiving: the day before
    ],
)
def test_holidays_move_expirations(day: str, root: str, holiday: str, instead: str) -> None:
    assert holiday not in dates(day, root)
    assert instead in dates(day, root)


def test_a_third_friday_has_an_am_and_a_pm_series_sorted_by_date_then_root() -> None:
    entries = listed("2018-06-04")
    assert list(entries) == sorted(entries, key=lambda entry: (entry.date, entry.root))
    both = [entry for entry in entries if entry.date == dt.date(2018, 6, 15)]
    assert [(entry.root, entry.am_settled) for entry in both] == [("SPX", True), ("SPXW", False)]
    assert len(set(entries)) == len(entries)


def test_an_am_series_is_gone_on_its_settlement_day() -> None:
    assert "2018-06-15" in dates("2018-06-14", "SPX")
    assert "2018-06-15" not in dates("2018-06-15", "SPX")
    assert dates("2018-06-15", "SPXW")[0] == "2018-06-15"
    assert "2018-06-15" not in dates("2018-06-18", "SPXW")


def test_the_series_of_a_known_screenshot() -> None:
    """On 2021-01-04 the service picked SPX 2021-06-18, 165 days ahead (mesosim.md section 3.2)."""
    assert "2021-06-18" in dates("2021-01-04", "SPX")


@pytest.mark.parametrize(
    ("date", "am_settled", "expected"),
    [
        (dt.date(2018, 6, 15), True, (dt.date(2018, 6, 15), 570, 0.25)),
        (dt.date(2018, 6, 15), False, (dt.date(2018, 6, 15), 960, 1.0)),
        (dt.date(2018, 7, 3), False, (dt.date(2018, 7, 3), 780, 1.0)),
        (dt.date(2018, 6, 16), False, (dt.date(2018, 6, 15), 960, 1.0)),
    ],
)
def test_settlement_instants(date: dt.date, am_settled: bool, expected) -> None:
    settlement = settlement_of(date, am_settled=am_settled)
    assert (date_of(settlement.day), settlement.minute, settlement.share) == expected


def test_the_expiration_nearest_to_30_days_is_found_among_the_listed_ones() -> None:
    table = expiration_table()
    days = np.array([day_number(dt.date(2003, 1, 2) + dt.timedelta(7 * n)) for n in range(1000)])
    rows = table.nearest(days, 30)
    for day, row in zip(days.tolist()[::10], rows.tolist()[::10], strict=True):
        ahead = [day_number(entry.date) - day for entry in table.listed_on(day)]
        best = min(abs(value - 30) for value in ahead if value > 0)
        assert abs(table.day[row] - day - 30) == best
        assert table.entries[row] in table.listed_on(day)
