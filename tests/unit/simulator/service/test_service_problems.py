"""ProblemDetails bodies and Retry-After in both forms; the limits that lead to them."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime

import pytest

from xlmeso.model.problems import error
from xlmeso.simulator.limits import RateGate, ServiceLimits
from xlmeso.simulator.problem_details import (
    RefusedError,
    entries,
    retry_after_text,
    title_of,
)

NOW = dt.datetime(2026, 1, 31, 23, 59, 58, 250_000, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "1"), (0.2, "1"), (1.0, "1"), (1.01, "2"), (30, "30")]
)
def test_retry_after_in_seconds_is_rounded_up(seconds: float, text: str) -> None:
    assert retry_after_text(seconds, "seconds", NOW) == text


def test_retry_after_as_a_date_is_rounded_up() -> None:
    text = retry_after_text(30, "date", NOW)
    assert text == "Sun, 01 Feb 2026 00:00:29 GMT"
    assert parsedate_to_datetime(text) >= NOW + dt.timedelta(seconds=30)


def test_retry_after_as_a_date_takes_any_zone() -> None:
    east = NOW.astimezone(dt.timezone(dt.timedelta(hours=9)))
    assert retry_after_text(30, "date", east) == retry_after_text(30, "date", NOW)


@pytest.mark.parametrize(
    ("status", "title"),
    [(400, "Bad Request"), (413, "Content Too Large"), (425, "Too Early"), (410, "Gone")],
)
def test_titles(status: int, title: str) -> None:
    assert title_of(status) == title


def test_a_body_has_all_members() -> None:
    found = error(("Structure", "Legs", 0, "Qty"), "is blank", "Write -1.")
    refused = RefusedError(400, "invalid-definition", "Mistakes: 1.", errors=entries([found]))
    assert refused.body(instance="/x", trace_id="t") == {
        "type": "urn:xlmeso:problem:invalid-definition",
        "title": "Bad Request",
        "status": 400,
        "detail": "Mistakes: 1.",
        "code": "invalid-definition",
        "instance": "/x",
        "traceId": "t",
        "errors": [
            {"path": "Structure.Legs[0].Qty", "message": "is blank", "suggestion": "Write -1."}
        ],
    }


def test_a_long_instance_is_cut() -> None:
    body = RefusedError(404, "not-found", "No.").body(instance="/" * 9000, trace_id="t")
    assert len(body["instance"]) == 200
    assert "errors" not in body


def test_the_rate_gate_counts_each_user_alone() -> None:
    gate = RateGate(ServiceLimits(requests=2, window_seconds=60))
    gate.check("ann")
    gate.check("ann")
    gate.check("bob")
    with pytest.raises(RefusedError) as caught:
        gate.check("ann")
    assert caught.value.status == 429
    assert caught.value.retry_after == pytest.approx(60, abs=2)
