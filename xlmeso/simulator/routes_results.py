"""What a run leaves behind: analytics, definition, events, NAV, external data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from xlmeso.model.backtest import BacktestState
from xlmeso.simulator import artifacts as names
from xlmeso.simulator.artifact_streams import (
    EventFilter,
    accepts_gzip,
    filtered_events,
    raw_bytes,
    unpacked_bytes,
)
from xlmeso.simulator.problem_details import RefusedError, invalid_parameter, not_found
from xlmeso.simulator.records import BacktestRecord
from xlmeso.simulator.routes_common import (
    Context,
    ServiceContext,
    User,
    json_text_reply,
    readable,
)

router = APIRouter()


@router.get("/backtest/{backtest_id}/analytics")
def analytics(backtest_id: str, context: Context, user: User) -> Response:
    """Return the analytics of a finished run: 425 before, 405 failed, 409 cancelled."""
    record = readable(context, backtest_id, user)
    if record.state is BacktestState.FAILED:
        reason = record.failure_reason or "No reason was given."
        raise RefusedError(405, "backtest-failed", f"The backtest failed: {reason}")
    if record.state is BacktestState.CANCELLED:
        raise RefusedError(409, "backtest-cancelled", "The backtest was cancelled.")
    if record.state is not BacktestState.FINISHED:
        raise RefusedError(425, "backtest-running", "The backtest has not finished yet.")
    text = context.store.analytics(record.backtest_id)
    if text is None:
        raise not_found("The backtest has no analytics.")
    return json_text_reply(text)


@router.get("/backtest/{backtest_id}/strategy-definition")
def strategy_definition(backtest_id: str, context: Context, user: User) -> Response:
    """Return the definition exactly as it was submitted, the name ``generate`` included."""
    record = readable(context, backtest_id, user)
    text = context.store.definition(record.backtest_id)
    if text is None:
        raise not_found()
    return json_text_reply(text)


@router.get("/backtest/{backtest_id}/events")
def events(
    request: Request,
    backtest_id: str,
    context: Context,
    user: User,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    event_type: Annotated[str | None, Query(alias="eventType")] = None,
) -> Response:
    """Return the blotter, filtered by simulated time and event type."""
    record = readable(context, backtest_id, user)
    path = _artifact(context, record, names.EVENTS, "The backtest has no events.")
    wanted = EventFilter(start, end, event_type or None)
    if wanted.passes_all:
        return _packed(request, path, "application/json")
    return StreamingResponse(filtered_events(path, wanted), media_type="application/json")


@router.get("/backtest/{backtest_id}/navs")
def navs(
    request: Request,
    backtest_id: str,
    context: Context,
    user: User,
    view: str | None = None,
) -> Response:
    """Return the NAV series as CSV; ``view=analytics``, spelled so, gives the other projection."""
    record = readable(context, backtest_id, user)
    if context.contract == "seed":
        view = None
    if view not in (None, "analytics"):
        raise invalid_parameter("view", "the only view is analytics")
    name = names.NAVS if view is None else names.NAVS_ANALYTICS
    path = _artifact(context, record, name, "The backtest has no NAV series.")
    return _packed(request, path, "text/csv")


@router.get("/backtest/{backtest_id}/external-data")
def external_data(backtest_id: str, context: Context, user: User) -> Response:
    """Return the ZIP file of the external data that the run used."""
    record = readable(context, backtest_id, user)
    path = _artifact(context, record, names.EXTERNAL_DATA, "The backtest has no external data.")
    return _stream(raw_bytes(path), "application/zip", {"Content-Length": _size(path)})


def _artifact(context: ServiceContext, record: BacktestRecord, name: str, missing: str) -> Path:
    """Return an artifact's path; Assumption: none is served before the run has ended."""
    path = context.artifacts.file(record, name) if record.state.is_terminal else None
    if path is None:
        raise not_found(missing)
    return path


def _packed(request: Request, path: Path, media_type: str) -> Response:
    """Send a gzip file as it is to those who take gzip, unpacked to the others."""
    headers = {"Vary": "Accept-Encoding"}
    if not accepts_gzip(request.headers.get("accept-encoding")):
        return _stream(unpacked_bytes(path), media_type, headers)
    headers |= {"Content-Encoding": "gzip", "Content-Length": _size(path)}
    return _stream(raw_bytes(path), media_type, headers)


def _stream(pieces: Iterator[bytes], media_type: str, headers: dict[str, str]) -> Response:
    return StreamingResponse(pieces, media_type=media_type, headers=headers)


def _size(path: Path) -> str:
    return str(path.stat().st_size)
