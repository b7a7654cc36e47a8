from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.errors import DecodingError
from xlmeso.wire.navs import NavTable, read_nav_rows, read_navs

CSV = (
    "Time,NAV,Delta,Note\n"
    "2021-01-04T09:30:00,100000.25,-12.5,open\n"
    "2021-01-04T09:35:00,,nan,\n"
    "2021-01-04T09:40:00,99999.75,1e-3,x\n"
)
TIMES = [dt.datetime(2021, 1, 4, 9, minute) for minute in (30, 35, 40)]


def check(table: NavTable) -> None:
    assert table.time_name == "Time"
    assert table.times == TIMES
    assert dict(table.columns) == {
        "NAV": [100000.25, None, 99999.75],
        "Delta": [-12.5, None, 0.001],
        "Note": ["open", "", "x"],
    }
    assert len(table) == 3


def test_columns_by_header() -> None:
    check(read_navs(CSV.encode()))


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + CSV.encode(),
        CSV.replace("\n", "\r\n").encode(),
        CSV.rstrip("\n").encode(),
        (CSV + "\n\n").encode(),
    ],
)
def test_line_ends_byte_order_mark_and_blank_lines_make_no_difference(body: bytes) -> None:
    check(read_navs(body))


def test_lines_of_a_file_read_the_same() -> None:
    check(read_nav_rows(CSV.splitlines(keepends=True)))


@pytest.mark.parametrize(
    ("header", "time_name"),
    [
        ("NAV,At,Delta", "At"),
        ("NAV,Sim_Time,Delta", "Sim_Time"),
        ("Date,Time,NAV", "Time"),
        ("When,NAV,Delta", "When"),
    ],
)
def test_the_time_column_is_found_by_name_or_is_the_first(header: str, time_name: str) -> None:
    place = header.split(",").index(time_name)
    row = ["1.5"] * 3
    row[place] = "2021-01-04 09:30:00+00:00"
    table = read_navs(f"{header}\n{','.join(row)}\n".encode())
    assert table.time_name == time_name
    assert table.times == [dt.datetime(2021, 1, 4, 9, 30)]
    assert time_name not in table.columns


def test_a_header_alone_is_an_empty_series() -> None:
    table = read_navs(b"Time,NAV\n")
    assert (len(table), dict(table.columns)) == (0, {"NAV": []})


def test_repeated_and_empty_headings_get_their_number() -> None:
    table = read_navs(b"Time,NAV,NAV,\n2021-01-04,1,2,3\n")
    assert dict(table.columns) == {"NAV": [1.0], "NAV (3)": [2.0], "Column 4": [3.0]}


def test_quoted_cells_may_hold_commas_and_line_ends() -> None:
    table = read_navs(b'Time,"A, b"\n2021-01-04,"x\ny"\n')
    assert dict(table.columns) == {"A, b": ["x\ny"]}


def test_numbers_by_name_in_any_case() -> None:
    assert read_navs(CSV.encode()).numbers("nav") == [100000.25, None, 99999.75]


def test_an_unknown_column_names_the_nearest() -> None:
    with pytest.raises(DecodingError, match="Did you mean Delta"):
        read_navs(CSV.encode()).numbers("Deltas")
    with pytest.raises(DecodingError, match="There are NAV, Delta, Note"):
        read_navs(CSV.encode()).numbers("zzzz")


def test_a_text_column_has_no_numbers() -> None:
    with pytest.raises(DecodingError, match="texts"):
        read_navs(CSV.encode()).numbers("Note")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no header"),
        (b"\n", "no header"),
        (b",,\n", "no header"),
        (b"<html></html>", "not CSV"),
        (b'{"title":"x"}', "not CSV"),
        (b"Time,NAV\n2021-01-04,1,2\n", "line 2.*3 cells in a row under 2 headings"),
        (b"Time,NAV\n2021-01-04,1\n2021-01-05\n", "line 3"),
        (b"Time,NAV\nyesterday,1\n", "'yesterday' is not an ISO 8601 time"),
        (b"\xff\xfe", "UTF-8"),
        (b'Time,NAV\n"' + b"x" * 200_000, "not CSV"),
    ],
)
def test_what_is_no_nav_is_refused_with_the_line(body: bytes, message: str) -> None:
    with pytest.raises(DecodingError, match=message):
        read_navs(body)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20))
def test_numbers_survive_exactly(numbers: list[float]) -> None:
    start = dt.datetime(2021, 1, 4, 9, 30)
    times = [start + dt.timedelta(minutes=5 * i) for i in range(len(numbers))]
    lines = [f"{time.isoformat()},{number!r}" for time, number in zip(times, numbers, strict=True)]
    table = read_navs("\n".join(["At,NAV", *lines]).encode())
    assert table.times == times
    assert table.numbers("NAV") == numbers
