"""Read the JSON replies about backtests: receipts, list items, status, analytics, sharing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from xlmeso.errors import DecodingError
from xlmeso.model import document
from xlmeso.model.analytics import parse_analytics
from xlmeso.model.backtest import (
    AnalyticsValue,
    BacktestState,
    BacktestStatus,
    BacktestSummary,
    SubmittedBacktest,
)
from xlmeso.model.document import DocumentError, JsonNumber, JsonValue
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.wire import values
from xlmeso.wire.outbound import HttpRequest
from xlmeso.wire.problem_details import clean_text

_ANALYTICS_NAME: Final = re.compile(r"(?:Strat|Bm)[A-Z]|StartPeriod$|EndPeriod$")
"""Names of figures; StrategyName and StartedAt are none."""


def read_json(request: HttpRequest, body: bytes) -> JsonValue:
    """Read a reply as a lossless document.

    Raises
    ------
    DecodingError
        Not JSON; the message says so if it is a web page, the usual sign of a wrong address.
    """
    try:
        return document.loads(body, max_bytes=request.max_reply)
    except DocumentError as error:
        raise not_json(request, body, clean_text(str(error))) from None


def read_object(request: HttpRequest, body: bytes) -> dict[str, JsonValue]:
    """Read a reply that must be a JSON object.

    Raises
    ------
    DecodingError
        Something else.
    """
    value = read_json(request, body)
    if not isinstance(value, dict):
        raise wrong_shape(request, "an object", value)
    return value


def read_objects(request: HttpRequest, body: bytes) -> list[dict[str, JsonValue]]:
    """Read a reply that must be a JSON array of objects.

    Raises
    ------
    DecodingError
        Something else.
    """
    value = read_json(request, body)
    if not isinstance(value, list):
        raise wrong_shape(request, "a list", value)
    for item in value:
        if not isinstance(item, dict):
            raise wrong_shape(request, "a list of objects", item)
    return value


def not_json(request: HttpRequest, body: bytes, reason: str) -> DecodingError:
    """Return the error for a reply that is no JSON."""
    if body.lstrip()[:1] == b"<":
        return DecodingError(
            "the reply is a web page, not data of the API",
            where=request.label,
            cure="Check the address of the service.",
        )
    return DecodingError(
        f"the reply is {reason}" if body else "the reply is empty", where=request.label
    )


def wrong_shape(request: HttpRequest, wanted: str, value: Any) -> DecodingError:
    """Return the error for a reply of another JSON type than the contract says."""
    kind = document.type_names.get(type(value), "something else")
    return DecodingError(f"the reply holds {kind} where {wanted} belongs", where=request.label)


def decode_receipt(fields: Mapping[str, JsonValue]) -> SubmittedBacktest:
    """Read the reply to a submission.

    Raises
    ------
    DecodingError
        No id: the backtest may have been accepted, but cannot be followed.
    """
    backtest_id = values.text(values.member(fields, "BacktestId", "Id"))
    if not backtest_id:
        raise DecodingError(
            "the service accepted the submission but named no backtest",
            cure="Look for it in the list of backtests.",
        )
    return SubmittedBacktest(backtest_id, values.text(values.member(fields, "Name")))


def decode_state(value: JsonValue) -> BacktestState:
    """Read a state, in any case.

    Raises
    ------
    DecodingError
        A state that the contract does not know.
    """
    wanted = values.text(value).casefold()
    for state in BacktestState:
        if state.casefold() == wanted:
            return state
    raise DecodingError(f"{clean_text(str(value), 80)!r} is no known state of a backtest")


def decode_status(fields: Mapping[str, JsonValue]) -> BacktestStatus:
    """Read the reply of the status route.

    Assumption: the members are named as in the list (State, CreatedAt, ...) plus FailureReason;
    the reference names only the last.  Progress, 0..1, is the local service's own.

    Raises
    ------
    DecodingError
        Unknown state, or a time that is none.
    """
    progress = values.number(values.member(fields, "Progress"))
    return BacktestStatus(
        state=decode_state(values.member(fields, "State", "Status")),
        created_at=values.instant(values.member(fields, "CreatedAt")),
        started_at=values.instant(values.member(fields, "StartedAt")),
        finished_at=values.instant(values.member(fields, "FinishedAt")),
        failure_reason=values.text(values.member(fields, "FailureReason")) or None,
        progress=None if progress is None else min(max(float(progress), 0.0), 1.0),
    )


def decode_summary(fields: Mapping[str, JsonValue]) -> BacktestSummary:
    """Read one item of the list.

    Raises
    ------
    DecodingError
        No id, unknown state, or a time that is none.
    """
    backtest_id = summary_id(fields)
    return BacktestSummary(
        backtest_id=backtest_id,
        name=values.text(values.member(fields, "Name")),
        strategy_name=values.text(values.member(fields, "StrategyName")),
        shared=values.flag(values.member(fields, "Shared")) or False,
        state=decode_state(values.member(fields, "State")),
        created_at=values.instant(values.member(fields, "CreatedAt")),
        started_at=values.instant(values.member(fields, "StartedAt")),
        finished_at=values.instant(values.member(fields, "FinishedAt")),
        analytics=_analytics_of_item(fields),
    )


def summary_id(fields: Mapping[str, JsonValue]) -> str:
    """Return the id of a list item.

    Raises
    ------
    DecodingError
        It has none.
    """
    backtest_id = values.text(values.member(fields, "Id", "BacktestId"))
    if not backtest_id:
        raise DecodingError("an item of the list of backtests has no id")
    return backtest_id


def decode_analytics(fields: Mapping[str, JsonValue]) -> dict[str, AnalyticsValue]:
    """Read analytics figures under the service's own names, in the order of the reply.

    As `xlmeso.model.analytics.parse_analytics`, but numeric texts count as numbers, and the texts
    by which JSON writers avoid NaN and Infinity as None.

    Raises
    ------
    DecodingError
        A known figure is neither number, text nor null, or a number is too large to hold.
    """
    return parse_analytics({name: _without_text_numbers(value) for name, value in fields.items()})


def decode_sharing(fields: Mapping[str, JsonValue]) -> bool:
    """Read the reply of the sharing route.

    Raises
    ------
    DecodingError
        SharingEnabled is missing or neither true nor false.
    """
    enabled = values.flag(values.member(fields, "SharingEnabled"))
    if enabled is None:
        raise DecodingError("the reply does not say whether the backtest is shared")
    return enabled


def decode_strategy_definition(fields: dict[str, JsonValue]) -> StrategyDefinition:
    """Wrap a definition; every spelling in it is kept."""
    return StrategyDefinition(fields)


def _analytics_of_item(fields: Mapping[str, JsonValue]) -> dict[str, AnalyticsValue]:
    """Pick the figures out of a list item.

    Assumption: they stand flat among the item's own members (reference section 7.4); an object
    ``Analytics`` is understood too.
    """
    nested = values.member(fields, "Analytics")
    if isinstance(nested, dict):
        return decode_analytics(nested)
    return decode_analytics(
        {name: value for name, value in fields.items() if _ANALYTICS_NAME.match(name)}
    )


def _without_text_numbers(value: JsonValue) -> JsonValue:
    """Return the number that a text spells, None for a text that means "no number"."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.casefold().lstrip("+-") in _NO_FIGURES:
        return None
    try:
        return JsonNumber(text)
    except ValueError:
        return value


_NO_FIGURES: Final = ("", "nan", "infinity", "inf")
