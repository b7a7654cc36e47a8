"""The rules of a CSV: names, dates, numbers; and when a row becomes known."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.external.table import ReadTable, read_table

DEFINITION = StrategyDefinition.from_python(
    {
        "Structure": {"Expirations": [{"Name": "main"}], "Legs": [{"Name": "put"}]},
        "Entry": {"VarDefines": {"credit": "1"}},
    }
)


def read(text: str) -> ReadTable:
    return read_table(text.encode(), DEFINITION)


def messages(text: str) -> list[str]:
    found = read(text).problems
    assert {problem.path_text for problem in found} == {"ExternalData.CsvUrl"}
    return [problem.message for problem in found]


def minute(text: str) -> int:
    return int((dt.datetime.fromisoformat(text) - dt.datetime(1970, 1, 1)).total_seconds() // 60)


def test_the_documented_message_of_the_first_column() -> None:
    problem = read("Day,pcr\n2021-01-04,1\n").problems[0]
    assert str(problem).endswith(
        'ExternalData.CsvUrl: First column should be named "Date" or "DateTime", '
        'but is named "Day".'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The CSV is empty."),
        ("\n \n", "The CSV is empty."),
        ("<!doctype html><html>", "A web page came instead of a CSV; publish the sheet as CSV."),
        ("date\n2021-01-04\n", "There is no column beside the dates."),
        ("date,a\n", "There is no row below the header."),
        ("date,a,a\n2021-01-04,1,2\n", 'Column 3: there are two columns named "a".'),
        ("date,nav\n2021-01-04,1\n", 'Column 2: "nav" is a name of the service\'s own'),
        ("date,leg_put_delta\n2021-01-04,1\n", 'Column 2: "leg_put_delta" is a name of the'),
        ("date,floor\n2021-01-04,1\n", 'Column 2: "floor" is a name of the service\'s own'),
        ("date,credit\n2021-01-04,1\n", 'Column 2: "credit" is a variable of the strategy'),
        ("date,put-call\n2021-01-04,1\n", 'Column 2: "put-call" can name no variable'),
        ("date,1a\n2021-01-04,1\n", 'Column 2: "1a" can name no variable'),
        ("date,\n2021-01-04,1\n", 'Column 2: "" can name no variable'),
        ("date,end\n2021-01-04,1\n", 'Column 2: "end" can name no variable'),
        ("date,a\n04.01.2021,1\n", 'Line 2: "04.01.2021" is no YYYY-MM-DD'),
        ("date,a\n2021-02-30,1\n", 'Line 2: "2021-02-30" is no YYYY-MM-DD'),
        ("date,a\n2021-01-04T10:00:00,1\n", 'Line 2: "2021-01-04T10:00:00" is no'),
        ("date,a\n2021-01-04,x\n", 'Line 2: column a: "x" is no number.'),
        ("date,a\n2021-01-04,\n", "Line 2: column a: the cell is empty."),
        ("date,a\n2021-01-04,nan\n", 'Line 2: column a: "nan" is no number.'),
        ("date,a\n2021-01-04,1_0\n", 'Line 2: column a: "1_0" is no number.'),
        ("date,a\n2021-01-04,1e999\n", 'Line 2: column a: "1e999" is no number.'),
        ("date,a\n2021-01-04,0x10\n", 'Line 2: column a: "0x10" is no number.'),
        ("date,a\n2021-01-04,1,2\n", "Line 2: 3 values stand where 2 belong."),
        ("date,a\n\n2021-01-04,1\n2021-01-04,2\n", "Line 4: 2021-01-04 stands there twice."),
        ('date,a\n"2021-01-04,1\n', "Line 2: "),
        ("date,a\n2021-01-04,1\x00\n", "The CSV has a NUL character."),
    ],
)
def test_mistakes(text: str, message: str) -> None:
    found = messages(text)
    assert len(found) == 1
    assert found[0].startswith(message)


def test_no_text_at_all() -> None:
    assert [problem.message for problem in read_table(b"date,\xff", DEFINITION).problems] == [
        "The CSV is not UTF-8 (byte 5)."
    ]


def test_all_mistakes_at_once() -> None:
    text = "day,a,a,b c\n2021-13-01,1,2,3\n2021-01-05,x,,3\n"
    assert [message.split(":")[0] for message in messages(text)] == [
        'First column should be named "Date" or "DateTime", but is named "day".',
        "Column 3",
        "Column 4",
        "Line 2",
        "Line 3",
        "Line 3",
    ]


def test_many_mistakes_are_counted() -> None:
    found = messages("date,a\n" + "x,1\n" * 500)
    assert (len(found), found[-1]) == (21, "There are 480 further mistakes.")


@given(st.binary(max_size=200) | st.text("date,a\"\n\r 0-9:'x", max_size=200).map(str.encode))
def test_whatever_comes_gives_values_or_mistakes(content: bytes) -> None:
    table = read_table(content, DEFINITION)
    assert (table.values is None) == bool(table.problems)
    assert len(table.problems) <= 41


def test_too_many_columns() -> None:
    names = ",".join(f"a{n}" for n in range(201))
    assert messages(f"date,{names}\n2021-01-04,{',1' * 200}1\n")[0] == (
        "There are 201 columns; at most 200 are read."
    )


def test_a_date_is_known_the_next_day_and_a_time_after_its_instant() -> None:
    values = read(
        "\ufeffDATE,a,b\r\n2021-01-04,1,10\r\n2021-01-05 10:00:00,2,20\r\n2021-01-05,3,30\r\n"
    ).values
    assert values is not None
    assert values.columns == ("a", "b")
    at = {
        "2021-01-04T16:00": math.nan,
        "2021-01-04T23:59": math.nan,
        "2021-01-05T00:00": 1.0,
        "2021-01-05T10:00": 1.0,
        "2021-01-05T10:05": 2.0,
        "2021-01-05T16:00": 2.0,
        "2021-01-06T09:30": 3.0,
        "2031-01-06T09:30": 3.0,
    }
    for time, value in at.items():
        assert values.at(0, minute(time)) == pytest.approx(value, nan_ok=True), time
    minutes = np.array([minute(time) for time in at], dtype=np.int64)
    np.testing.assert_array_equal(values.over("b", minutes), np.array(list(at.values())) * 10)


def test_rows_in_any_order_with_quotes_and_blanks() -> None:
    values = read('DateTime, a \n"2021-01-06", " -1.5e2 "\n\n2021-01-04,.5\n').values
    assert values is not None
    assert values.columns == ("a",)
    assert values.values.ravel().tolist() == [0.5, -150.0]


@given(
    st.dictionaries(
        st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2035, 1, 1)).map(
            lambda moment: moment.replace(microsecond=0)
        ),
        st.floats(-1e12, 1e12),
        min_size=1,
        max_size=30,
    ),
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2035, 1, 1)),
)
def test_no_value_is_seen_at_or_before_its_instant(
    rows: dict[dt.datetime, float], now: dt.datetime
) -> None:
    text = "datetime,a\n" + "".join(
        f"{at:%Y-%m-%d %H:%M:%S},{value!r}\n" for at, value in rows.items()
    )
    values = read(text).values
    assert values is not None
    bar = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    past = [at for at in rows if at < bar]
    expected = rows[max(past)] if past else math.nan
    assert values.at(0, minute(bar.isoformat())) == pytest.approx(expected, nan_ok=True)
