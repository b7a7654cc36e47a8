"""Value lists as people type them, and the JSON values they become."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.model.document import JsonNumber
from xlmeso.model.sweep.paths import SweepPath, resolve
from xlmeso.model.sweep.values import SweepValueError, ValueSet, parse_values, typed
from xlmeso.model.templates import load_template

PUT = load_template("short-put")


def at(text: str) -> SweepPath:
    return resolve(text, PUT)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10, 15,20", ("10", "15", "20")),
        ("7", ("7",)),
        ("5..30 step 5", ("5", "10", "15", "20", "25", "30")),
        ("0.5..1.2 step 0.25", ("0.50", "0.75", "1.00")),
        ("-10 .. -4 STEP 3", ("-10", "-7", "-4")),
        ("credit * 0.5, max(1, 2), null", ("credit * 0.5", "max(1, 2)", "null")),
        ('day, "mon,wed,fri"', ("day", '"mon,wed,fri"')),
        ("mon,wed; tue,thu", ("mon,wed", "tue,thu")),
        ("10.0, 10", ("10.0", "10")),
    ],
)
def test_lists_and_ranges(text: str, values: tuple[str, ...]) -> None:
    assert parse_values(text) == ValueSet(values)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no values"),
        ("1,,2", "gap"),
        ("1, 2, 1", "the value 1 stands twice"),
        ("30..5 step 5", "does not rise"),
        ("5..30 step 0", "more than 0"),
        ("0..1 step 0.00001", "at most 10,000"),
    ],
)
def test_lists_that_cannot_be_meant(text: str, says: str) -> None:
    with pytest.raises(SweepValueError, match=says):
        parse_values(text)


def test_a_range_without_a_step_is_drawn_from_with_the_decimals_of_its_ends() -> None:
    found = parse_values("0.50..2")
    assert found.is_open_range
    assert [found.at(share) for share in (0.0, 0.5, 0.999)] == ["0.50", "1.25", "2.00"]
    assert parse_values("100..500").at(0.2512) == "200"


@given(st.integers(-50, 50), st.integers(1, 60), st.integers(1, 9), st.integers(0, 3))
def test_a_range_holds_what_decimal_arithmetic_says(
    low: int, width: int, step: int, decimals: int
) -> None:
    unit = Decimal(1).scaleb(-decimals)
    first, last, by = low * unit, (low + width) * unit, step * unit
    expected, value = [], first
    while value <= last:
        expected.append(value)
        value += by
    assert [Decimal(v) for v in parse_values(f"{first:f}..{last:f} step {by:f}").values] == expected


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("Legs[short_put].StrikeSelector.Delta", "15.0", "15.0"),
        ("Backtest.Cash", "10000.0000", JsonNumber("10000.0000")),
        ("Backtest.Cash", '"10000"', "10000"),
        ("Exit.MaxDaysInTrade", "floor(30.5)", "floor(30.5)"),
        ("Exit.StopLoss", "null", None),
        ("Backtest.Start", "2020-02-01", "2020-02-01T00:00:00"),
        ("Backtest.End", "2020-02-01", "2020-02-01T23:59:59"),
        ("Backtest.End", "2020-02-01T16:00:00", "2020-02-01T16:00:00"),
        (
            "Entry.Concurrency",
            '{"MaxPositionsInFlight": 2.0}',
            {"MaxPositionsInFlight": JsonNumber("2.0")},
        ),
        ("Legs[short_put].LegGroupId", "1", JsonNumber("1")),
        ("Entry.Schedule.Every", '"mon,wed"', "mon,wed"),
    ],
)
def test_a_value_takes_the_type_of_the_one_that_stands_there(
    path: str, text: str, value: object
) -> None:
    assert typed(text, at(path)) == value


def test_true_and_false_are_words() -> None:
    waive = "Settings.Sim.Commission.DeribitCommissionSettings.WaiveBuySellComboOneSide"
    assert typed("TRUE", at(waive)) is True
    assert typed("false", at(waive)) is False
    with pytest.raises(SweepValueError, match="is true or false, not 'yes'"):
        typed("yes", at(waive))


def test_too_long_a_list_is_refused() -> None:
    with pytest.raises(SweepValueError, match="10,001 values"):
        parse_values(",".join(map(str, range(10_001))))


def test_a_part_that_is_no_json_says_so() -> None:
    with pytest.raises(SweepValueError, match="no JSON"):
        typed("{MaxPositions}", at("Entry.Concurrency"))
    with pytest.raises(SweepValueError, match="no text in double quotes"):
        typed('"a', at("Exit.StopLoss"))
