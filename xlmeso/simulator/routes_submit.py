"""PUT /backtest/new: read, check, keep (reference section 7.2)."""

from __future__ import annotations

import asyncio
import uuid

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from xlmeso.simulator.limits import ServiceLimits, too_many_in_flight
from xlmeso.simulator.names import random_name, wants_random_name
from xlmeso.simulator.problem_details import RefusedError
from xlmeso.simulator.records import BacktestRecord, NewBacktest
from xlmeso.simulator.routes_common import (
    Context,
    ServiceContext,
    User,
    json_reply,
    refuse_when_stopping,
)
from xlmeso.simulator.store import (
    IdempotencyKeyGoneError,
    IdempotencyKeyReusedError,
    TooManyInFlightError,
)
from xlmeso.simulator.submissions import Submission, check_definition, read_submission

_DRAIN_BYTES = 16 * 1024 * 1024
"""So much of a body that is too large is read and thrown away, for the caller to see the reply."""

router = APIRouter()


@router.put("/backtest/new")
async def create_backtest(request: Request, context: Context, user: User) -> Response:
    """Accept a backtest: 201 means accepted, not finished."""
    body = await read_body(request, context.limits)
    record = await run_in_threadpool(accept, context, user, body)
    return json_reply({"BacktestId": record.backtest_id, "Name": record.name}, 201)


async def read_body(request: Request, limits: ServiceLimits) -> bytes:
    """Read the body piece by piece, never more than allowed.

    Raises
    ------
    RefusedError
        413 for too many bytes, announced or not, 408 when they come too slowly.
    """
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _capped_body(request, limits.max_body_bytes)
    except TimeoutError:
        raise RefusedError(408, "body-too-slow", "The body did not come in time.") from None
    except ClientDisconnect:
        raise RefusedError(400, "body-cut-short", "The caller went away.") from None


async def _capped_body(request: Request, most: int) -> bytes:
    body = bytearray()
    received = 0
    async for piece in request.stream():
        received += len(piece)
        if received <= most:
            body += piece
        if received > _DRAIN_BYTES + most:
            break
    if received > most:
        raise RefusedError(413, "body-too-large", f"The body has more than {most:,} bytes.")
    return bytes(body)


def accept(context: ServiceContext, user: str, body: bytes) -> BacktestRecord:
    """Check a submission and keep it, or find the one that its key made before."""
    refuse_when_stopping(context)
    submission = read_submission(body, context.limits, with_key=context.contract == "newer")
    earlier = _replayed(context, user, submission)
    if earlier is not None:
        return earlier
    if context.paused:
        raise RefusedError(
            503,
            "paused",
            "New submissions are paused.",
            retry_after=context.limits.paused_retry_after,
        )
    external = context.external.read(submission.definition)
    check_definition(submission.definition, context.validate, context.unsupported, external)
    record = _kept(context, user, submission, external.content)
    context.supervisor.wake()
    return record


def _replayed(context: ServiceContext, user: str, submission: Submission) -> BacktestRecord | None:
    if submission.idempotency_key is None:
        return None
    try:
        return context.store.replay(user, submission.idempotency_key, submission.digest)
    except (IdempotencyKeyReusedError, IdempotencyKeyGoneError) as reason:
        raise _refused_key(reason) from None


def _refused_key(reason: Exception) -> RefusedError:
    if isinstance(reason, IdempotencyKeyGoneError):
        detail = "The backtest of this IdempotencyKey was deleted; the key stays reserved."
        return RefusedError(410, "idempotency-key-gone", detail)
    detail = "This IdempotencyKey was used with another payload."
    return RefusedError(409, "idempotency-key-reused", detail)


def _kept(
    context: ServiceContext, user: str, submission: Submission, external: bytes | None
) -> BacktestRecord:
    definition = submission.definition
    name = definition.backtest.name or ""
    new = NewBacktest(
        backtest_id=str(uuid.uuid4()),
        user=user,
        name=random_name() if wants_random_name(name) else name,
        strategy_name=definition.strategy_name or "",
        shared=submission.shared,
        definition_json=definition.to_json(),
        folder=uuid.uuid4().hex,
        idempotency_key=submission.idempotency_key,
        payload_digest=submission.digest,
    )
    if external is not None:
        context.artifacts.keep_external(new.folder, external)
    record: BacktestRecord | None = None
    try:
        record = context.store.create(new, in_flight_limit=context.limits.in_flight)
    except TooManyInFlightError:
        raise too_many_in_flight(context.limits) from None
    except (IdempotencyKeyReusedError, IdempotencyKeyGoneError) as reason:
        raise _refused_key(reason) from None
    finally:
        if external is not None and (record is None or record.folder != new.folder):
            context.artifacts.forget(new.folder)
    return record
