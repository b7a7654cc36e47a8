"""How much one user may ask of the service: requests in a time, runs in flight, size of a body."""

from __future__ import annotations

import time
from dataclasses import dataclass

from xlmeso.model.document import MAX_BYTES, MAX_DEPTH
from xlmeso.simulator.problem_details import RefusedError, RetryAfterForm


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """Limits of one service.

    Assumption: the real service does not publish its rates (reference section 7.6).  In flight
    follows the rule of thumb of 50 per node; the request rate is one that polling never meets.

    Attributes
    ----------
    requests, window_seconds
        At most so many requests of one user in any window of that length.
    in_flight
        At most so many runs of one user in the states Created and Started.
    in_flight_retry_after, paused_retry_after
        Seconds of Retry-After for a full queue (429) and for paused submissions (503).
    retry_after
        Whether Retry-After is written as seconds or as a date.
    max_body_bytes, max_depth
        Largest body and deepest nesting of a submission (reference section 7.2).
    body_seconds
        Longest time that sending a body may take.
    """

    requests: int = 6000
    window_seconds: int = 60
    in_flight: int = 50
    in_flight_retry_after: float = 5.0
    paused_retry_after: float = 30.0
    retry_after: RetryAfterForm = "seconds"
    max_body_bytes: int = MAX_BYTES
    max_depth: int = MAX_DEPTH
    body_seconds: float = 60.0


class RateGate:
    """Counts requests per user in a moving window."""

    def __init__(self, limits: ServiceLimits) -> None:
        from limits import RateLimitItemPerSecond
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        self._item = RateLimitItemPerSecond(limits.requests, limits.window_seconds)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, user: str) -> None:
        """Count one request.

        Raises
        ------
        RefusedError
            429 with Retry-After when the user's window is full.
        """
        if self._limiter.hit(self._item, user):
            return
        reset_time = self._limiter.get_window_stats(self._item, user).reset_time
        raise RefusedError(
            429,
            "rate-limited",
            f"More than {self._item.amount} requests in {self._item.get_expiry()} seconds.",
            retry_after=max(0.0, reset_time - time.time()),
        )


def too_many_in_flight(limits: ServiceLimits) -> RefusedError:
    """429 for a submission when the user's runs fill the queue."""
    return RefusedError(
        429,
        "too-many-in-flight",
        f"{limits.in_flight} of your backtests wait or run already; no more are accepted.",
        retry_after=limits.in_flight_retry_after,
    )
