"""The list, and what the owner does with a backtest: status, cancel, sharing, delete."""

from __future__ import annotations

import datetime as dt
import enum
import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from xlmeso.model.backtest import BacktestState, DeleteMode
from xlmeso.simulator.deletion import carry_out_deletion
from xlmeso.simulator.problem_details import invalid_parameter
from xlmeso.simulator.records import BacktestRecord
from xlmeso.simulator.routes_common import (
    Context,
    ServiceContext,
    User,
    json_reply,
    owned,
    owned_or_unknown,
    refuse_when_stopping,
)

LARGEST_PAGE: Final = 1000
_LAST_PAGE = 1_000_000_000

router = APIRouter()
newer_router = APIRouter()
"""Routes that the older API page does not know (reference section 7.7)."""


class StatusFilter(enum.StrEnum):
    """Values of the list's parameter ``status``."""

    ALL = "All"
    CREATED = "Created"
    STARTED = "Started"
    FINISHED = "Finished"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


@router.get("/backtests")
def list_backtests(
    context: Context,
    user: User,
    page: Annotated[int, Query(ge=0, le=_LAST_PAGE)],
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE,
    include_analytics: Annotated[bool, Query(alias="includeAnalytics")] = False,
    status: StatusFilter = StatusFilter.ALL,
) -> Response:
    """List own and shared backtests, newest first (reference section 7.4)."""
    if context.contract == "seed" and status is StatusFilter.CANCELLED:
        raise invalid_parameter("status", "Cancelled is not known")
    if start is None or end is None:
        return json_reply([])
    try:
        rows = context.store.page(
            user,
            start=start,
            end=end,
            state=None if status is StatusFilter.ALL else BacktestState(status.value),
            shared_too=context.contract == "newer",
            limit=page_size,
            offset=page * page_size,
        )
    except OverflowError:
        raise invalid_parameter("start", "start or end is outside the calendar") from None
    return json_reply([_item(row, text, include_analytics) for row, text in rows])


def _item(record: BacktestRecord, analytics: str | None, with_analytics: bool) -> dict[str, Any]:
    """Return one item; the analytics stand flat beside the other fields (reference 7.4)."""
    item: dict[str, Any] = {
        "Id": record.backtest_id,
        "Name": record.name,
        "StrategyName": record.strategy_name,
        "Shared": record.shared,
        "State": record.state,
        "CreatedAt": record.created_at,
        "StartedAt": record.started_at,
        "FinishedAt": record.finished_at,
    }
    if with_analytics and analytics is not None:
        item.update(json.loads(analytics))
    return item


@newer_router.get("/backtest/{backtest_id}/status")
def backtest_status(backtest_id: str, context: Context, user: User) -> Response:
    """Tell state and times.

    Assumption: times that have not come yet are null, and so is the reason of a run that has not
    failed.  Progress (share done, 0..1) is our own addition.
    """
    record = owned_or_unknown(context, backtest_id, user)
    return json_reply(
        {
            "Id": record.backtest_id,
            "State": record.state,
            "CreatedAt": record.created_at,
            "StartedAt": record.started_at,
            "FinishedAt": record.finished_at,
            "FailureReason": record.failure_reason,
            "Progress": _progress(context, record),
        }
    )


def _progress(context: ServiceContext, record: BacktestRecord) -> float | None:
    if record.state is BacktestState.STARTED:
        return context.artifacts.progress(record)
    return 1.0 if record.state is BacktestState.FINISHED else None


@newer_router.post("/backtest/{backtest_id}/cancel")
def cancel_backtest(backtest_id: str, context: Context, user: User) -> Response:
    """Ask for a cancellation: 202 accepted, 200 when the backtest has ended already.

    Assumption: 409 (job not active) cannot happen here, as the service knows each run's worker;
    the reply has no body.
    """
    refuse_when_stopping(context)
    record = owned_or_unknown(context, backtest_id, user)
    if record.state.is_terminal:
        return Response(status_code=200)
    context.store.request_cancel(record.backtest_id)
    context.supervisor.cancel(record.backtest_id)
    return Response(status_code=202)


@router.get("/backtest/{backtest_id}/sharing")
def sharing(backtest_id: str, context: Context, user: User) -> Response:
    """Tell the owner whether others may read the backtest."""
    return json_reply({"SharingEnabled": owned(context, backtest_id, user).shared})


@router.post("/backtest/{backtest_id}/sharing")
def change_sharing(
    backtest_id: str,
    context: Context,
    user: User,
    sharing_enabled: Annotated[bool, Query(alias="sharingEnabled")],
) -> Response:
    """Share a backtest with all users of the service, or make it private again."""
    context.store.set_shared(owned(context, backtest_id, user).backtest_id, sharing_enabled)
    return Response(status_code=200)


@router.delete("/backtest/{backtest_id}")
def delete_backtest(
    backtest_id: str,
    context: Context,
    user: User,
    delete_mode: Annotated[DeleteMode | None, Query(alias="deleteMode")] = None,
) -> Response:
    """Delete a backtest (reference section 7.5).

    Assumption: a backtest that waits or runs is cancelled first; it vanishes for its callers at
    once, and its files go when its worker has stopped.  Assumption: after Details the idempotency
    key still answers with the backtest, as its record is there.
    """
    record = owned(context, backtest_id, user)
    if delete_mode is None and context.contract == "seed":
        raise invalid_parameter("deleteMode", "it is required")
    context.store.mark_deleted(record.backtest_id, delete_mode or DeleteMode.FULL)
    context.store.request_cancel(record.backtest_id)
    context.supervisor.cancel(record.backtest_id)
    carry_out_deletion(context.store, context.artifacts, record.backtest_id)
    return Response(status_code=200)
