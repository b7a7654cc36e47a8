from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from xlmeso.errors import DecodingError
from xlmeso.model import document
from xlmeso.model.backtest import BacktestState, BacktestStatus, SubmittedBacktest
from xlmeso.wire import decoding, outbound, values

REQUEST = outbound.status("abc")
# The reference's own sample (backtest-api.txt), a part of it.
SAMPLE = """{
"StartPeriod": "2021-01-04T00:00:00", "StratTradeCnt": 210, "StratAvgDaysInTrade": 3.5667,
"StratTreynor": -7269.28, "StratProbSharpe": 100, "BmTreynor": null, "BmRSquared": 0}"""


def parsed(value: Any) -> Any:
    """Turn plain data into a lossless document, as replies are."""
    return document.loads(json.dumps(value))


def test_receipt() -> None:
    assert decoding.decode_receipt(parsed({"BacktestId": "b1", "Name": "n", "New": 1})) == (
        SubmittedBacktest("b1", "n")
    )


def test_receipt_in_camel_case_and_without_a_name() -> None:
    assert decoding.decode_receipt({"backtestId": "b1"}) == SubmittedBacktest("b1", "")


@pytest.mark.parametrize("fields", [{}, {"BacktestId": ""}, {"BacktestId": None}])
def test_receipt_without_an_id_says_where_to_look(fields: dict[str, Any]) -> None:
    with pytest.raises(DecodingError, match="Look for it in the list"):
        decoding.decode_receipt(fields)


def test_status_with_everything() -> None:
    status = decoding.decode_status(
        parsed(
            {
                "Id": "b1",
                "State": "failed",
                "CreatedAt": "2026-01-01T10:00:00Z",
                "StartedAt": "2026-01-01T05:00:01.1234567-05:00",
                "FinishedAt": "2026-01-01T10:00:02",
                "FailureReason": "no quotes",
                "Progress": "0.25",
            }
        )
    )
    assert status == BacktestStatus(
        state=BacktestState.FAILED,
        created_at=dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC),
        started_at=dt.datetime(2026, 1, 1, 10, 0, 1, 123456, tzinfo=dt.UTC),
        finished_at=dt.datetime(2026, 1, 1, 10, 0, 2, tzinfo=dt.UTC),
        failure_reason="no quotes",
        progress=0.25,
    )
    assert status.started_at is not None
    assert status.started_at.tzinfo is dt.UTC


@pytest.mark.parametrize("absent", [{}, {"StartedAt": None}, {"StartedAt": ""}])
def test_status_before_the_start(absent: dict[str, Any]) -> None:
    status = decoding.decode_status({"State": "Created", **absent})
    assert status == BacktestStatus(BacktestState.CREATED)


@pytest.mark.parametrize(("progress", "expected"), [(-1, 0.0), (7, 1.0), ("x", None), (None, None)])
def test_progress_is_a_share(progress: Any, expected: float | None) -> None:
    status = decoding.decode_status(parsed({"State": "Started", "Progress": progress}))
    assert status.progress == expected


@pytest.mark.parametrize("fields", [{}, {"State": "Paused"}, {"State": 3}, {"State": None}])
def test_an_unknown_state_is_named(fields: dict[str, Any]) -> None:
    with pytest.raises(DecodingError, match="is no known state"):
        decoding.decode_status(parsed(fields))


def test_a_time_that_is_none_is_named() -> None:
    with pytest.raises(DecodingError, match="'yesterday' is not an ISO 8601 time"):
        decoding.decode_status({"State": "Created", "CreatedAt": "yesterday"})


ITEM = {
    "Id": "b1",
    "Name": "api-test",
    "StrategyName": "ShortPut",
    "Shared": True,
    "State": "Finished",
    "CreatedAt": "2026-01-01T10:00:00Z",
    "StartedAt": None,
    "FinishedAt": None,
}


def test_list_item() -> None:
    summary = decoding.decode_summary(parsed(ITEM | {"Owner": "somebody"}))
    assert (summary.backtest_id, summary.name, summary.strategy_name) == (
        "b1",
        "api-test",
        "ShortPut",
    )
    assert summary.shared is True
    assert summary.state is BacktestState.FINISHED
    assert summary.created_at == dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
    assert summary.started_at is None
    assert summary.analytics == {}


@pytest.mark.parametrize("shape", ["flat", "nested"])
def test_list_item_with_analytics(shape: str) -> None:
    figures = {"StartPeriod": "2021-01-04T00:00:00", "StratSharpe": 2.56, "BmTreynor": None}
    item = ITEM | (figures if shape == "flat" else {"Analytics": figures})
    assert decoding.decode_summary(parsed(item)).analytics == {
        "StartPeriod": "2021-01-04T00:00:00",
        "StratSharpe": Decimal("2.56"),
        "BmTreynor": None,
    }


def test_list_item_without_an_id_is_refused() -> None:
    with pytest.raises(DecodingError, match="no id"):
        decoding.decode_summary({"State": "Finished"})


def test_analytics_keep_names_order_and_exact_values() -> None:
    figures = decoding.decode_analytics(document.loads(SAMPLE))
    assert list(figures.items()) == [
        ("StartPeriod", "2021-01-04T00:00:00"),
        ("StratTradeCnt", 210),
        ("StratAvgDaysInTrade", Decimal("3.5667")),
        ("StratTreynor", Decimal("-7269.28")),
        ("StratProbSharpe", 100),
        ("BmTreynor", None),
        ("BmRSquared", 0),
    ]
    assert type(figures["StratTradeCnt"]) is int


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2.56", Decimal("2.56")),
        ("210", 210),
        ("-3", -3),
        ("NaN", None),
        ("-Infinity", None),
        ("", None),
        ("2021-01-04", "2021-01-04"),
        ("+5", "+5"),
    ],
)
def test_analytics_written_as_text(value: str, expected: Any) -> None:
    assert decoding.decode_analytics({"X": value}) == {"X": expected}


def test_analytics_leave_out_what_is_no_figure() -> None:
    assert decoding.decode_analytics({"A": {}, "B": [], "C": True, "D": "x"}) == {"D": "x"}


def test_analytics_too_large_to_hold_are_refused() -> None:
    with pytest.raises(DecodingError):
        decoding.decode_analytics(document.loads('{"StratSharpe": 1e99999999999999999999}'))


def test_a_figure_of_thousands_of_digits_is_no_crash() -> None:
    figures = decoding.decode_analytics(document.loads(f'{{"StratSharpe": {"1" * 5000}}}'))
    assert figures["StratSharpe"] == Decimal("1" * 5000)


@pytest.mark.parametrize(("value", "expected"), [(True, True), ("False", False)])
def test_sharing(value: Any, expected: bool) -> None:
    assert decoding.decode_sharing({"SharingEnabled": value}) is expected


@pytest.mark.parametrize("value", [None, 1, "yes"])
def test_sharing_that_says_nothing_is_refused(value: Any) -> None:
    with pytest.raises(DecodingError, match="does not say"):
        decoding.decode_sharing({"SharingEnabled": value})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the reply is empty"),
        (b"<html><body>Sign in</body></html>", "web page"),
        (b'{"State": ', "not JSON"),
        (b"[1]", "holds a list where an object belongs"),
        (b"null", "holds null where an object belongs"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100, "nested deeper"),
        (b'{"a":1,"a":2}', "twice"),
    ],
)
def test_replies_that_are_no_object(body: bytes, message: str) -> None:
    with pytest.raises(DecodingError, match=message) as caught:
        decoding.read_object(REQUEST, body)
    assert caught.value.where == "GET /api/v1/backtest/abc/status"


@pytest.mark.parametrize("body", [b"{}", b'[{"Id":"a"},3]', b"7"])
def test_replies_that_are_no_list_of_objects(body: bytes) -> None:
    with pytest.raises(DecodingError, match="belongs"):
        decoding.read_objects(REQUEST, body)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1.50"), Decimal("1.50")),
        (document.JsonNumber("1.50"), Decimal("1.50")),
        (7, Decimal(7)),
        (0.1, Decimal("0.1")),
        (" 2.5 ", Decimal("2.5")),
        ("1e3", Decimal(1000)),
        (True, None),
        (None, None),
        ("NaN", None),
        (float("inf"), None),
        ("x", None),
        ([], None),
        (document.JsonNumber("1e99999999999999999999"), None),
        pytest.param(10**5000, None, id="huge"),
        (Decimal("NaN"), None),
    ],
)
def test_numbers(value: Any, expected: Decimal | None) -> None:
    assert values.number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (document.JsonNumber("3"), 3),
        ("4", 4),
        (Decimal("5.0"), 5),
        (2.5, -1),
        (None, -1),
        ("1e999999999", -1),
    ],
)
def test_integers(value: Any, expected: int) -> None:
    assert values.integer(value, -1) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), (Decimal("3.10"), "3.10"), (document.JsonNumber("3.10"), "3.10"), (5, "5")],
)
def test_texts(value: Any, expected: str) -> None:
    assert values.text(value) == expected


@pytest.mark.parametrize("value", [None, True, [], {}])
def test_what_is_no_text_is_the_default(value: Any) -> None:
    assert values.text(value, "default") == "default"


def test_member_prefers_the_exact_spelling_and_the_first_name() -> None:
    assert values.member({"state": 1, "State": 2, "Status": 3}, "State", "Status") == 2
    assert values.member({"STATUS": 3}, "State", "Status") == 3
    assert values.member({}, "State") is None
