"""Days, times, ids and links as arguments."""

from __future__ import annotations

import datetime as dt

import click
import pytest

from xlmeso.cli.parameters import BACKTEST_ID, DATE, END_TIME, START_TIME


def read(kind: click.ParamType, text: object) -> object:  # type: ignore[type-arg]
    return kind.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2020-03-16", (2020, 3, 16, 0, 0, 0), (2020, 3, 16, 23, 59, 59)),
        ("2020-03-16T09:35", (2020, 3, 16, 9, 35, 0), (2020, 3, 16, 9, 35, 0)),
        ("2020-03-16 00:00:00", (2020, 3, 16, 0, 0, 0), (2020, 3, 16, 0, 0, 0)),
    ],
)
def test_a_day_means_all_of_it(text: str, start: tuple[int, ...], end: tuple[int, ...]) -> None:
    assert read(START_TIME, text) == dt.datetime(*start)
    assert read(END_TIME, text) == dt.datetime(*end)


def test_values_that_are_read_already_stay() -> None:
    moment = dt.datetime(2020, 3, 16, 9, 35)
    assert read(END_TIME, moment) is moment
    assert read(DATE, moment.date()) == moment.date()


@pytest.mark.parametrize("kind", [START_TIME, DATE])
@pytest.mark.parametrize("text", ["yesterday", "2020-02-30", "16.3.2020", ""])
def test_what_is_no_day_is_refused(kind: click.ParamType, text: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(click.BadParameter, match="such as 2020-03-16"):
        read(kind, text)


@pytest.mark.parametrize(
    ("text", "backtest_id"),
    [
        ("abc-1", "abc-1"),
        (" abc-1\n", "abc-1"),
        ("https://portal.example/backtest/abc-1", "abc-1"),
        ("https://portal.example/backtest/a%20b/?tab=nav#x", "a b"),
    ],
)
def test_an_id_may_come_as_a_link(text: str, backtest_id: str) -> None:
    assert read(BACKTEST_ID, text) == backtest_id


@pytest.mark.parametrize("text", ["", "  ", "https://portal.example/"])
def test_no_id_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        read(BACKTEST_ID, text)
