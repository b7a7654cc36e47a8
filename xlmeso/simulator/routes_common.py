"""What all routes share: the service's parts, who calls, which backtest, how to reply."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import Depends, Request, Response

from xlmeso.simulator.artifacts import Artifacts
from xlmeso.simulator.auth import KeyIssuer
from xlmeso.simulator.external.source import ExternalSource
from xlmeso.simulator.limits import RateGate, ServiceLimits
from xlmeso.simulator.problem_details import RefusedError, forbidden, not_found
from xlmeso.simulator.records import BacktestRecord
from xlmeso.simulator.store import BacktestStore
from xlmeso.simulator.submissions import Checker

if TYPE_CHECKING:
    from xlmeso.simulator.workers import Supervisor

ServiceContract = Literal["newer", "seed"]
"""``seed`` leaves out what the older API page does not know (reference section 7.7)."""

_LONGEST_ID: Final = 128


@dataclass
class ServiceContext:
    """The parts that the routes work with; ``paused`` and ``stopping`` may change.

    Attributes
    ----------
    validate, unsupported
        Checks of a submission: mistakes, and what this version cannot simulate.
    paused
        New submissions are refused with 503; everything else goes on.
    stopping
        The service is about to end: submissions and cancellations are refused with 503.
    external
        Reads the external data that submissions name.
    """

    store: BacktestStore
    artifacts: Artifacts
    keys: KeyIssuer
    supervisor: Supervisor
    validate: Checker
    unsupported: Checker
    limits: ServiceLimits = field(default_factory=ServiceLimits)
    contract: ServiceContract = "newer"
    paused: bool = False
    stopping: bool = False
    external: ExternalSource = field(default_factory=ExternalSource)
    rate: RateGate = field(init=False)

    def __post_init__(self) -> None:
        self.rate = RateGate(self.limits)


def context_of(request: Request) -> ServiceContext:
    """Return the parts of the service that got this request."""
    context: ServiceContext = request.app.state.context
    return context


async def calling_user(request: Request) -> str:
    """Return the user behind the request's key, and count the request against the rate limit."""
    context = context_of(request)
    user = context.keys.user_of(request.headers.get("authorization"))
    context.rate.check(user)
    return user


Context = Annotated[ServiceContext, Depends(context_of)]
User = Annotated[str, Depends(calling_user)]


def existing(context: ServiceContext, backtest_id: str) -> BacktestRecord:
    """Return a backtest by the id of a request, which never meets the file system.

    Raises
    ------
    RefusedError
        404 for an id that is unknown, deleted or no id at all.
    """
    record = context.store.get(backtest_id) if len(backtest_id) <= _LONGEST_ID else None
    if record is None:
        raise not_found()
    return record


def readable(context: ServiceContext, backtest_id: str, user: str) -> BacktestRecord:
    """Return a backtest that the user owns or that is shared; else 404 or 403.

    Assumption: analytics and definition follow the rule of events and NAV (reference 7.5).
    """
    record = existing(context, backtest_id)
    if record.user != user and not record.shared:
        raise forbidden()
    return record


def owned(context: ServiceContext, backtest_id: str, user: str) -> BacktestRecord:
    """Return a backtest of the user's own; 404 for an unknown, 403 for somebody else's."""
    record = existing(context, backtest_id)
    if record.user != user:
        raise forbidden()
    return record


def owned_or_unknown(context: ServiceContext, backtest_id: str, user: str) -> BacktestRecord:
    """Return a backtest of the user's own; 404 also for somebody else's.

    The status route says so (reference 7.1); Assumption: the cancel route does the same.
    """
    record = existing(context, backtest_id)
    if record.user != user:
        raise not_found()
    return record


def refuse_when_stopping(context: ServiceContext) -> None:
    """Raise 503 when the service is about to end."""
    if context.stopping:
        raise RefusedError(
            503,
            "unavailable",
            "The service is about to stop.",
            retry_after=context.limits.paused_retry_after,
        )


def json_reply(value: Any, status: int = 200) -> Response:
    """Reply with JSON."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return json_text_reply(text, status)


def json_text_reply(text: str, status: int = 200) -> Response:
    """Reply with JSON that is text already, so that numbers keep their spelling."""
    return Response(text.encode(), status_code=status, media_type="application/json")
