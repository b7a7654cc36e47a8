"""Whether to send a request again, and when: pure decisions (reference section 7.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xlmeso.errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
    XlmesoError,
)
from xlmeso.wire.faults import LastingTransportError
from xlmeso.wire.outbound import HttpRequest, Route

TRANSIENT_STATUSES: Final = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may succeed."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How stubborn the client is; all times are seconds.

    Attributes
    ----------
    attempts
        Most times that a request is sent, the first included.
    first_wait
        Wait before the second attempt; it doubles from then on.
    longest_wait
        Cap of one wait.  A Retry-After above it is not waited for: the error goes to the caller,
        who knows better what else there is to do.
    total
        No new attempt starts when so much time has passed since the first.
    jitter
        Share of a wait that is left to chance, 0..1, so that many clients do not come back at
        the same instant.  A Retry-After is never undercut.
    """

    attempts: int = 3
    first_wait: float = 0.5
    longest_wait: float = 30.0
    total: float = 120.0
    jitter: float = 0.5


NO_RETRY: Final = RetryPolicy(attempts=1)
"""One attempt, for callers with a dispatcher of their own."""


def is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed later: no reply, a limit, a pause of the service."""
    if isinstance(error, TransportError):
        return not isinstance(error, LastingTransportError)
    if isinstance(error, RateLimitError | ServerError):
        return error.status in TRANSIENT_STATUSES
    return False


def may_retry(
    policy: RetryPolicy, request: HttpRequest, error: BaseException, attempt: int
) -> bool:
    """Whether a request may be sent again after its ``attempt``-th sending ended in ``error``.

    A submission without an idempotency key is never sent again, whatever happened.
    """
    if not request.repeatable or attempt >= policy.attempts or not is_transient(error):
        return False
    return (asked_wait(error) or 0.0) <= policy.longest_wait


def wait_seconds(policy: RetryPolicy, error: BaseException, attempt: int, chance: float) -> float:
    """Return the seconds to wait after the ``attempt``-th sending (1, 2, ...).

    Parameters
    ----------
    chance
        A random number in 0..1; 0 gives the shortest wait, 1 the longest.
    """
    asked = asked_wait(error)
    full = min(policy.first_wait * 2.0 ** (attempt - 1), policy.longest_wait)
    if asked is not None:
        return asked + full * policy.jitter * chance
    return full * (1.0 - policy.jitter * (1.0 - chance))


def in_time(policy: RetryPolicy, elapsed: float, wait: float) -> bool:
    """Whether an attempt after ``wait`` more seconds still starts within the policy's total."""
    return elapsed + wait <= policy.total


def done_before(request: HttpRequest, error: BaseException, earlier: Sequence[XlmesoError]) -> bool:
    """Whether an error says only that an earlier attempt has done the work.

    A deletion whose reply was lost is not found when it is asked for again.
    """
    return (
        request.route is Route.DELETE
        and isinstance(error, NotFoundError)
        and any(isinstance(item, TransportError) for item in earlier)
    )


def open_fate(
    request: HttpRequest, error: BaseException, earlier: Sequence[XlmesoError]
) -> XlmesoError | None:
    """Return the earlier error that leaves it open whether a submission was accepted.

    If the first sending lost its reply and the second was refused for a limit or for the key, the
    refusal must not look like the end of the matter: the first may have been accepted.
    """
    says_nothing = isinstance(error, RateLimitError | AuthenticationError | PermissionDeniedError)
    if request.route is not Route.CREATE or not says_nothing:
        return None
    lost = (item for item in earlier if isinstance(item, TransportError | ServerError))
    return next(lost, None)


def asked_wait(error: BaseException) -> float | None:
    """Return the Retry-After that an error carries, in seconds."""
    return error.retry_after if isinstance(error, RateLimitError | ServerError) else None
