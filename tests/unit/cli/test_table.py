"""Tables for people and programs."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.cli.table import Column, Table, cell_text, csv_text, plain_lines, rich_table

TABLE = Table(
    (Column("Name"), Column("NAV", number=True)),
    [("short put", 10000), (None, -5.25), ("two\nlines", None)],
)


def test_plain_text_is_aligned_numbers_to_the_right_and_nothing_trails() -> None:
    assert list(plain_lines(TABLE)) == [
        "Name         NAV",
        "short put  10000",
        "           -5.25",
        "two lines",
    ]


def test_csv_keeps_line_breaks_and_leaves_missing_values_empty() -> None:
    assert csv_text(TABLE) == 'Name,NAV\nshort put,10000\n,-5.25\n"two\nlines",\n'


def test_csv_writes_times_in_iso_8601() -> None:
    table = Table((Column("At"),), [(dt.datetime(2020, 3, 16, 9, 35),), (dt.date(2020, 3, 16),)])
    assert csv_text(table) == "At\n2020-03-16T09:35:00\n2020-03-16\n"


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_csv_reads_back_as_it_was(rows: list[tuple[str, str]]) -> None:
    text = csv_text(Table((Column("a"), Column("b")), rows))
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [tuple(row) for row in read] == [("a", "b"), *rows]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (dt.datetime(2020, 3, 16, 9, 35, 1), "2020-03-16 09:35:01"),
        ("a\tb\n c", "a b c"),
        (0, "0"),
    ],
)
def test_cell_text_for_people(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_the_drawn_table_takes_brackets_as_text_not_as_markup() -> None:
    from rich.console import Console

    out = io.StringIO()
    table = Table((Column("Path"),), [("Legs[0]",), ("[bold]x[/bold]",)])
    Console(file=out, width=60).print(rich_table(table))
    assert "Legs[0]" in out.getvalue()
    assert "[bold]x[/bold]" in out.getvalue()


def test_a_narrow_terminal_wraps_names_but_never_cuts_an_id() -> None:
    from rich.console import Console

    out = io.StringIO()
    table = Table((Column("Id", whole=True), Column("Name")), [("i" * 36, "a rather long name")])
    Console(file=out, width=50).print(rich_table(table))
    assert "i" * 36 in out.getvalue()
    words = out.getvalue().replace("i" * 36, "").split()
    assert words[2:] == ["a", "rather", "long", "name"]
