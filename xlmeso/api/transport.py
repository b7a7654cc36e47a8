"""Send requests and receive replies: time-outs, retries, and no secret in any error."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from tenacity import RetryCallState, Retrying

from xlmeso.api.downloads import MAX_DOWNLOAD, Check, save, writable_target
from xlmeso.api.faults import SENDING_FAULTS, fault_of, leave_no_locals
from xlmeso.api.replies import Reply
from xlmeso.api.sessions import Sessions
from xlmeso.errors import XlmesoError
from xlmeso.wire import retry
from xlmeso.wire.inbound import error_for, is_success
from xlmeso.wire.outbound import JSON, HttpRequest
from xlmeso.wire.redaction import RedactingFilter
from xlmeso.wire.retry import RetryPolicy

_log = logging.getLogger(__name__)
_log.addFilter(RedactingFilter())

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long one attempt may take, in seconds.

    Attributes
    ----------
    connect
        Until the connection stands.
    read
        Between two pieces of the reply.
    total
        For one attempt as a whole; it is looked at before every piece of the body, so an attempt
        ends at most one ``read`` later.
    download
        As ``total``, for downloads to a file.
    """

    connect: float = 10.0
    read: float = 60.0
    total: float = 120.0
    download: float = 3600.0


class Transport:
    """Carries `HttpRequest` values to one service; may be used by several threads.

    Parameters
    ----------
    origin
        Of the service, already checked.
    sessions
        Where the sessions come from.
    sleep, clock
        Waiting and a monotonic clock, both in seconds; tests pass their own.
    """

    def __init__(
        self,
        origin: str,
        sessions: Sessions,
        *,
        timeouts: Timeouts,
        policy: RetryPolicy,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.origin = origin
        self.sleep = sleep
        self.clock = clock
        self.policy = policy
        self._sessions = sessions
        self._timeouts = timeouts

    def with_policy(self, policy: RetryPolicy) -> Transport:
        """Return a transport over the same connections that retries otherwise."""
        return Transport(
            self.origin,
            self._sessions,
            timeouts=self._timeouts,
            policy=policy,
            sleep=self.sleep,
            clock=self.clock,
        )

    def fetch(self, request: HttpRequest) -> bytes:
        """Return the body of a successful reply.

        Raises
        ------
        TransportError
            No reply, or only a part of it.
        ApiError, BacktestStateError
            The service refused; see `xlmeso.wire.inbound`.
        DecodingError
            The body is too large or its compression damaged.
        """
        total = self._timeouts.total
        return self._call(request, lambda reply: reply.body(request.max_reply), total)

    def order(self, request: HttpRequest) -> None:
        """Send a request whose successful reply says nothing more; errors as `fetch`."""
        attempts = self._attempts(request, Reply.beginning, self._timeouts.total)
        try:
            attempts.run()
        except BaseException as error:
            leave_no_locals(error)
            if not retry.done_before(request, error, attempts.earlier_faults):
                raise

    def download(self, request: HttpRequest, path: str | Path, check: Check) -> Path:
        """Write the body of a successful reply to a file, whole or not at all.

        Raises
        ------
        WorkbookError
            The file cannot be written.
        XlmesoError
            As `fetch`.
        """
        target = writable_target(path)

        def receive(reply: Reply) -> Path:
            return save(reply.chunks(MAX_DOWNLOAD), target, check)

        return self._call(request, receive, self._timeouts.download)

    def close(self) -> None:
        """Close all connections."""
        self._sessions.close()

    def _call(
        self, request: HttpRequest, receive: Callable[[Reply], Result], total: float
    ) -> Result:
        attempts = self._attempts(request, receive, total)
        try:
            return attempts.run()
        except BaseException as error:
            leave_no_locals(error)
            still_open = retry.open_fate(request, error, attempts.earlier_faults)
            if still_open is None:
                raise
        leave_no_locals(still_open)
        raise still_open

    def _attempts(
        self, request: HttpRequest, receive: Callable[[Reply], Result], total: float
    ) -> _Attempts[Result]:
        return _Attempts(self, request, lambda: self._attempt(request, receive, total))

    def _attempt(
        self, request: HttpRequest, receive: Callable[[Reply], Result], total: float
    ) -> Result:
        started = self.clock()
        with contextlib.closing(self._send(request, started + total)) as reply:
            _log.debug("%s -> %s in %.3f s", request.label, reply.status, self.clock() - started)
            if is_success(reply.status):
                return receive(reply)
            now = dt.datetime.now(dt.UTC)
            raise error_for(request, reply.status, reply.headers, reply.beginning(), now)

    def _send(self, request: HttpRequest, deadline: float) -> Reply:
        headers = {"Accept": f"{request.accept}, application/problem+json;q=0.9"}
        if request.body is not None:
            headers["Content-Type"] = JSON
        session = self._sessions.current()
        try:
            response = session.request(
                request.method,
                self.origin + request.target,
                data=request.body,
                headers=headers,
                timeout=(self._timeouts.connect, self._timeouts.read),
                allow_redirects=False,
                stream=True,
            )
        except SENDING_FAULTS as error:
            fault = fault_of(error, request, self.origin)
        else:
            return Reply(response, request, self.origin, deadline, self.clock)
        _log.debug("%s -> %s", request.label, fault.message)
        raise fault


class _Attempts(Generic[Result]):
    """One call with its retries; tenacity turns the wheel, `xlmeso.wire.retry` decides."""

    def __init__(
        self, transport: Transport, request: HttpRequest, attempt: Callable[[], Result]
    ) -> None:
        self._transport = transport
        self._request = request
        self._attempt = attempt
        self._started = transport.clock()
        self._faults: list[XlmesoError] = []

    @property
    def earlier_faults(self) -> list[XlmesoError]:
        """What ended the attempts before the last, in order."""
        return self._faults[:-1]

    def run(self) -> Result:
        """Make the attempts and return the first result; raise what ended the last of them."""
        return Retrying(
            sleep=self._transport.sleep,
            retry=self._again,
            wait=self._wait,
            stop=self._too_late,
            reraise=True,
        )(self._once)

    def _once(self) -> Result:
        try:
            return self._attempt()
        except XlmesoError as error:
            self._faults.append(error)
            raise

    def _again(self, state: RetryCallState) -> bool:
        error = _error_of(state)
        if error is None:
            return False
        policy = self._transport.policy
        return retry.may_retry(policy, self._request, error, state.attempt_number)

    def _wait(self, state: RetryCallState) -> float:
        error = _error_of(state)
        chance = random.random()  # noqa: S311 -- spreads clients, guards nothing
        return (
            retry.wait_seconds(self._transport.policy, error, state.attempt_number, chance)
            if error is not None
            else 0.0
        )

    def _too_late(self, state: RetryCallState) -> bool:
        elapsed = self._transport.clock() - self._started
        return not retry.in_time(self._transport.policy, elapsed, state.upcoming_sleep)


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None
