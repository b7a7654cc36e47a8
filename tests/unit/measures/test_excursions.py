"""How far positions went, by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np

from xlmeso.measures.excursions import excursions
from xlmeso.measures.round_trips import RoundTrip

TIMES = np.array([f"2020-01-0{day}T16:00" for day in range(1, 8)], dtype="datetime64[s]")
NAV = np.array([1000.0, 990.0, 1040.0, np.nan, 1020.0, 1030.0, 900.0])


def trip(opened: int, closed: int | None, **parts: Any) -> RoundTrip:
    days = [None if day is None else dt.datetime(2020, 1, day, 16) for day in (opened, closed)]
    values: dict[str, Any] = {
        "lowest": Decimal(-1), "highest": Decimal(22), "pnl": Decimal(20),
        "nav_before": Decimal(1000), **parts,
    }  # fmt: skip
    assert days[0] is not None
    return RoundTrip(
        0, days[0], days[1], 1, 2, Decimal(0), Decimal(0), values["pnl"], values["lowest"],
        values["highest"], 0, "", "", nav_before=values["nav_before"],
    )  # fmt: skip


def test_every_bar_counts_while_no_other_position_is_open() -> None:
    (found,) = excursions([trip(1, 5)], TIMES, NAV)
    # bars of 2, 3 and (blank) 4 January: -10 and 40
    assert (found.adverse, found.favourable, found.every_bar) == (-10, 40, True)


def test_positions_that_overlap_are_told_by_the_blotter_alone() -> None:
    first, second = excursions([trip(1, 5), trip(4, 6)], TIMES, NAV)
    assert not first.every_bar
    assert not second.every_bar
    assert (first.adverse, first.favourable) == (-1, 22)


def test_a_position_that_begins_as_another_ends_stands_alone() -> None:
    found = excursions([trip(1, 3), trip(3, 6)], TIMES, NAV)
    assert [item.every_bar for item in found] == [True, True]


def test_an_early_long_position_overlaps_all_that_begin_before_its_end() -> None:
    found = excursions([trip(1, None), trip(2, 3), trip(5, 6)], TIMES, NAV)
    assert [item.every_bar for item in found] == [False, False, False]


def test_an_open_position_is_followed_to_the_end() -> None:
    (found,) = excursions([trip(5, None, pnl=None)], TIMES, NAV)
    assert (found.adverse, found.favourable) == (-100, 30)  # bars of 6 and 7 January


def test_nothing_known_is_told_as_nothing() -> None:
    unknown = {"lowest": None, "highest": None, "pnl": None, "nav_before": None}
    (found,) = excursions([trip(1, 5, **unknown)], TIMES, NAV)
    assert (found.adverse, found.favourable, found.every_bar) == (None, None, False)


def test_a_position_that_only_gained_had_no_adverse_move() -> None:
    (found,) = excursions([trip(2, 3, lowest=Decimal(5), nav_before=None)], TIMES, NAV)
    assert (found.adverse, found.favourable) == (0, 22)
