"""What cells bring as arguments of worksheet functions."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.excel import arguments
from xlmeso.excel.arguments import Arguments
from xlmeso.excel.boundary import ErrorForm, Failure, from_serial, serial, to_cells, use_error_form


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5.0, "5"),
        ([[5.0]], "5"),
        ([["  x "]], "x"),
        ([[None, ""], ["y", None]], "y"),
        (True, "TRUE"),
        (dt.datetime(2020, 3, 1), "2020-03-01T00:00:00"),
    ],
)
def test_text_of_one_cell(value: Any, expected: str) -> None:
    assert arguments.text(value, "name") == expected


@pytest.mark.parametrize("value", [[[1.0, 2.0]], [[1.0], [2.0]], [[None]], [["  "]]])
def test_one_value_is_neither_several_nor_none(value: Any) -> None:
    with pytest.raises(ArgumentError, match="name"):
        arguments.one(value, "name")


@pytest.mark.parametrize("error", ["#N/A", "#SPILL!", -2146826246, "#MESO! Sign in first"])
def test_error_value_in_an_argument_is_told_by_the_argument(error: Any) -> None:
    with pytest.raises(ArgumentError, match="argument metric holds"):
        arguments.texts([[error]], "metric")


@pytest.mark.parametrize("value", ["a,b; c", [["a", "b", "c"]], [["a"], ["b"], ["c"]]])
def test_list_is_a_text_a_row_or_a_column(value: Any) -> None:
    assert arguments.texts(value, "metrics") == ["a", "b", "c"]


# Serial numbers from Excel itself: 43831 is 2020-01-01, 1 is (by its leap-year fault) 1900-01-01.
@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (43831.0, dt.datetime(2020, 1, 1)),
        (43831.75, dt.datetime(2020, 1, 1, 18)),
        (dt.datetime(2020, 1, 1, 9, 30), dt.datetime(2020, 1, 1, 9, 30)),
        ("2020-01-01", dt.datetime(2020, 1, 1)),
        ("2020-01-01T09:30", dt.datetime(2020, 1, 1, 9, 30)),
    ],
)
def test_moment_is_a_serial_number_a_date_or_a_text(cell: Any, expected: dt.datetime) -> None:
    assert arguments.moment(cell, "since") == expected


def test_last_day_counts_to_its_end_and_a_time_stays_a_time() -> None:
    assert arguments.moment(43831.0, "up_to", end_of_day=True) == dt.datetime(
        2020, 1, 1, 23, 59, 59
    )
    assert arguments.moment(43831.5, "up_to", end_of_day=True) == dt.datetime(2020, 1, 1, 12)


@pytest.mark.parametrize("cell", ["soon", -5.0, 1e9, True])
def test_what_is_no_date_is_told_with_examples(cell: Any) -> None:
    with pytest.raises(ArgumentError, match="DATE"):
        arguments.moment(cell, "since")


@given(some.datetimes(dt.datetime(1901, 1, 1), dt.datetime(9998, 1, 1)))
def test_serial_number_comes_back_to_the_second(moment: dt.datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert from_serial(serial(whole)) == whole


@pytest.mark.parametrize(("cell", "expected"), [(5.0, 5), ("7", 7), (1, 1)])
def test_whole_number(cell: Any, expected: int) -> None:
    assert arguments.whole_number(cell, "top", least=1) == expected


@pytest.mark.parametrize("cell", [2.5, "many", 0.0, True])
def test_what_is_no_whole_number_is_refused(cell: Any) -> None:
    with pytest.raises(ArgumentError, match="whole number from 1"):
        arguments.whole_number(cell, "top", least=1)


@pytest.mark.parametrize("cell", [True, 1.0, "yes", "TRUE"])
def test_true(cell: Any) -> None:
    assert arguments.yes_or_no(cell, "headers")


def test_option_as_text_in_any_optional_place() -> None:
    found = Arguments({"event_type": "Headers=no", "headers": None}, None)
    assert not found.flag("headers", default=True)
    assert not found.has("event_type")


def test_options_as_text_and_as_a_range_of_two_columns_mean_the_same() -> None:
    names = {"event_type": None, "headers": None}
    for options in (
        "EventType=EntryTrade; headers = no",
        [["Event Type", "EntryTrade"], ["HEADERS", False], [None, None]],
    ):
        found = Arguments(names, options)
        assert found.text("event_type") == "EntryTrade"
        assert not found.flag("headers", default=True)


def test_unknown_option_lists_those_that_there_are() -> None:
    with pytest.raises(ArgumentError) as caught:
        Arguments({"event_type": None}, "Typ=x")
    assert "'Typ'" in str(caught.value)
    assert "EventType, Service, AsOf, RawNames" in str(caught.value)


def test_argument_given_twice_is_a_mistake() -> None:
    with pytest.raises(ArgumentError, match="twice"):
        Arguments({"headers": True}, "Headers=no")


def test_path_may_hold_an_equals_sign() -> None:
    path = 'Adjustment.ConditionalAdjustments["a == 1"]'
    assert Arguments({"path": path}).text("path") == path


def test_cells_out_are_plain_and_tables_have_no_gaps() -> None:
    use_error_form(ErrorForm.TEXT)
    rows = to_cells(
        [
            [Decimal("1.5"), None, math.nan, 2**40],
            [dt.date(2020, 1, 1), dt.datetime(2020, 1, 1, 12, tzinfo=dt.UTC)],
            [Failure(ArgumentError("no")), "=1+1"],
        ]
    )
    use_error_form(None)
    assert rows[0] == [1.5, "", "", float(2**40)]
    assert rows[1] == [43831.0, 43831.5, "", ""]
    assert rows[2] == ["#MESO! Check the arguments", "=1+1", "", ""]
