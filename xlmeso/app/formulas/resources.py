"""The kinds of resources: how each is fetched, what of it is stored, and how it is read back."""

from __future__ import annotations

import datetime as dt
import itertools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xlmeso.app.formulas.policy import Kind
from xlmeso.model.backtest import AnalyticsValue, BacktestSummary

if TYPE_CHECKING:
    from xlmeso.api import Client
    from xlmeso.model.document import JsonValue

RECENT: Final = "recent"
"""Id of the list of the newest runs."""

RECENT_RUNS: Final = 1000
"""Runs in that list: one page of the service."""

PERIOD_RUNS: Final = 20_000
"""Most runs of the list of a period."""

_FIRST_DAY: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def fetch(client: Client, kind: Kind, backtest_id: str) -> bytes:
    """Ask the service for a resource of one run; the bytes are what `read` reads."""
    match kind:
        case Kind.ANALYTICS:
            return _packed(client.analytics.get_raw(backtest_id))
        case Kind.DEFINITION:
            return _packed(client.strategy_definition.get_raw(backtest_id))
        case Kind.STATUS:
            return _packed(client.backtests.status_raw(backtest_id))
        case Kind.NAVS:
            return client.navs.get_raw(backtest_id)
        case Kind.EVENTS:
            return _downloaded_events(client, backtest_id)
    raise ValueError(kind)


def read(kind: Kind, body: bytes) -> Any:
    """Turn stored bytes into a model object.

    Raises
    ------
    DecodingError, DocumentError
        They are not what the contract says.
    """
    from xlmeso.model import document
    from xlmeso.wire import decoding, events, navs, outbound

    if kind is Kind.NAVS:
        return navs.read_navs(body)
    if kind is Kind.EVENTS:
        return events.read_events(outbound.events("run"), body)
    value: Any = document.loads(body)
    match kind:
        case Kind.ANALYTICS:
            return decoding.decode_analytics(value)
        case Kind.DEFINITION:
            return decoding.decode_strategy_definition(value)
        case Kind.STATUS:
            return decoding.decode_status(value)
        case Kind.LIST:
            return tuple(decoding.decode_summary(item) for item in value)
    raise ValueError(kind)


def period_id(start: dt.datetime, end: dt.datetime) -> str:
    """Return the id under which the list of the runs created within a time is cached."""
    return f"{start.isoformat()}|{end.isoformat()}"


def size_in_memory(body: bytes) -> int:
    """Estimate the bytes of the model objects that a body becomes."""
    return 8 * len(body) + 1000


def fetch_period(client: Client, period: str) -> tuple[bytes, dict[str, bytes]]:
    """Ask for the runs of a period, newest first, with the figures of the finished ones.

    Parameters
    ----------
    period
        `RECENT`: the newest runs, in one request; or what `period_id` makes.

    Returns
    -------
    tuple
        The list without figures, and the figures of every finished run by its id.
    """
    if period == RECENT:
        start, end, limit = _FIRST_DAY, dt.datetime.now(dt.UTC) + dt.timedelta(days=1), RECENT_RUNS
    else:
        start, end = (dt.datetime.fromisoformat(text) for text in period.split("|"))
        limit = PERIOD_RUNS
    from xlmeso.wire.decoding import decode_summary

    raw = client.backtests.list_raw(start, end, include_analytics=True)
    items = list(itertools.islice(raw, limit))
    summaries = [decode_summary(item) for item in items]
    figures = {
        summary.backtest_id: _packed(_figures(summary.analytics))
        for summary in summaries
        if summary.analytics and summary.state.value == "Finished"
    }
    return _packed([_without_figures(item, summary) for item, summary in
                    zip(items, summaries, strict=True)]), figures  # fmt: skip


def ends_the_run(events: Sequence[Any]) -> bool:
    """Whether a blotter is complete: its last event says that the run has ended."""
    return bool(events) and events[-1].event_type in ("Finish", "Failed")


def _without_figures(item: Mapping[str, Any], summary: BacktestSummary) -> dict[str, Any]:
    dropped = {*summary.analytics, "Analytics", "analytics"}
    return {name: value for name, value in item.items() if name not in dropped}


def _figures(figures: Mapping[str, AnalyticsValue]) -> JsonValue:
    from xlmeso.model.document import from_python

    return from_python(dict(figures))


def _downloaded_events(client: Client, backtest_id: str) -> bytes:
    """Stream the blotter to a file first: it may be larger than a reply in memory may be."""
    with tempfile.TemporaryDirectory(prefix="xlmeso-") as folder:
        return client.events.download(backtest_id, Path(folder) / "events.json").read_bytes()


def _packed(value: JsonValue) -> bytes:
    from xlmeso.model.document import dumps

    return dumps(value).encode()
