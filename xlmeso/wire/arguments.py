"""Check what callers give before anything is sent."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from urllib.parse import quote

from xlmeso.model.backtest import BacktestState
from xlmeso.model.events import BlotterEventType
from xlmeso.wire.faults import BadArgumentError
from xlmeso.wire.paging import MAX_PAGE_SIZE

_KEY = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_ID: Final = 200
_ALL: Final = "All"


def path_segment(backtest_id: str) -> str:
    """Percent-encode an id as one path segment: ``../x`` cannot leave its place.

    Raises
    ------
    BadArgumentError
        Empty, too long, control characters, or ``.`` and ``..``, which have a meaning of their
        own in a path however they are encoded.
    """
    bad = not backtest_id or len(backtest_id) > _LONGEST_ID or backtest_id.strip(". ") == ""
    if bad or _CONTROL.search(backtest_id):
        raise BadArgumentError(f"{backtest_id[:_LONGEST_ID]!r} is not the id of a backtest")
    try:
        return quote(backtest_id, safe="")
    except UnicodeEncodeError:
        raise BadArgumentError(f"{backtest_id!r} is not the id of a backtest") from None


def idempotency_key(text: str) -> str:
    """Return the key if it is 1..128 of ``A-Z a-z 0-9 . _ : -`` (reference section 7.2).

    Raises
    ------
    BadArgumentError
        Another text.
    """
    if not _KEY.fullmatch(text):
        raise BadArgumentError(
            f"{text[:_LONGEST_ID]!r} is no idempotency key: 1 to 128 letters, digits and . _ : -"
        )
    return text


def utc_text(moment: dt.datetime) -> str:
    """Write an instant in ISO 8601 with Z; a naive datetime counts as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"


def created_range(start: dt.datetime, end: dt.datetime) -> tuple[str, str]:
    """Write both ends of a filter on CreatedAt.

    Raises
    ------
    BadArgumentError
        ``start`` is not before ``end``.
    """
    first, last = utc_text(start), utc_text(end)
    if not _instant(start) < _instant(end):
        raise BadArgumentError(f"the start {first} is not before the end {last}")
    return first, last


def simulation_time(moment: dt.datetime) -> str:
    """Write a simulation time, which is exchange-local and has no zone.

    Raises
    ------
    BadArgumentError
        The datetime has a zone.
    """
    if moment.tzinfo:
        raise BadArgumentError(
            f"{moment.isoformat()} has a time zone; simulation times are exchange-local without one"
        )
    return moment.isoformat()


def state_filter(status: str | None) -> str | None:
    """Return the service's spelling of a state, None for all of them.

    Raises
    ------
    BadArgumentError
        No such state.
    """
    wanted = (status or _ALL).casefold()
    if wanted == _ALL.casefold():
        return None
    for state in BacktestState:
        if state.casefold() == wanted:
            return state.value
    choices = ", ".join((_ALL, *BacktestState))
    raise BadArgumentError(f"{status!r} is no state of a backtest: {choices}")


def event_type_filter(event_type: str) -> str:
    """Return the service's spelling of a known event type, another text as it is.

    Assumption: the filter may be case-sensitive (reference section 5 leaves it open).
    """
    for known in BlotterEventType:
        if known.casefold() == event_type.casefold():
            return known.value
    return event_type


def page_size(size: int) -> str:
    """Write a page size.

    Raises
    ------
    BadArgumentError
        Not within 1..1000.
    """
    if not 1 <= size <= MAX_PAGE_SIZE:
        raise BadArgumentError(f"a page has 1 to {MAX_PAGE_SIZE} items, not {size}")
    return str(size)


def _instant(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
