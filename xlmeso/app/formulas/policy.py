"""How long an answer counts as fresh, and how long a refusal stands: pure decisions, in seconds.

A finished run never changes, so its results are kept for ever.  Everything else is asked for again
politely: rarely enough for 1,000 cells and often enough for a person who waits.
"""

from __future__ import annotations

import enum
from typing import Final

from xlmeso.errors import (
    AuthenticationError,
    BacktestCancelledError,
    BacktestFailedError,
    BacktestRunningError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
    XlmesoError,
)


class Kind(enum.StrEnum):
    """A kind of resource."""

    ANALYTICS = "analytics"
    DEFINITION = "definition"
    EVENTS = "events"
    NAVS = "navs"
    STATUS = "status"
    LIST = "list"
    BRAKE = "brake"
    """Not a resource: a refusal that concerns the whole service (limit, no network, no key)."""


FOREVER: Final = float("inf")

RUNNING_SECONDS: Final = 5.0
"""Between two questions about a run that has not ended."""

LIST_SECONDS: Final = 15.0
"""Between two questions for the list of runs."""

PROVISIONAL_SECONDS: Final = 60.0
"""Events and NAV of a run that is not known to have ended."""

REFUSED_SECONDS: Final = 600.0
"""No right, not found."""

MISSING_SECONDS: Final = 30.0
"""No events or NAV (yet): a run that has not ended answers so, too (reference section 7.3)."""

BRAKE_SECONDS: Final = 15.0
"""No service, no network, a fault of the service."""

KEY_SECONDS: Final = 30.0
"""No key or a wrong one; signing in lifts it at once."""

LONGEST_BRAKE: Final = 300.0
"""A longer Retry-After is looked at again after this."""


def fresh_seconds(kind: Kind, *, ended: bool) -> float:
    """Return how long a good reply is fresh.

    Parameters
    ----------
    ended
        Whether the run is known to be Finished, Failed or Cancelled.
    """
    if kind is Kind.LIST:
        return LIST_SECONDS
    if kind in (Kind.ANALYTICS, Kind.DEFINITION) or ended:
        return FOREVER
    return RUNNING_SECONDS if kind is Kind.STATUS else PROVISIONAL_SECONDS


def refused_seconds(kind: Kind, error: XlmesoError) -> float:
    """Return how long a refusal of one resource stands."""
    if isinstance(error, BacktestFailedError | BacktestCancelledError):
        return FOREVER
    if isinstance(error, BacktestRunningError):
        return RUNNING_SECONDS
    if isinstance(error, NotFoundError) and kind in (Kind.EVENTS, Kind.NAVS):
        return MISSING_SECONDS
    if isinstance(error, PermissionDeniedError | NotFoundError):
        return REFUSED_SECONDS
    return KEY_SECONDS


def brake_seconds(error: XlmesoError) -> float | None:
    """Return how long nothing at all is asked after an error, None for one of a single run."""
    if isinstance(error, RateLimitError | ServerError):
        asked = error.retry_after
        return min(max(asked or BRAKE_SECONDS, 1.0), LONGEST_BRAKE)
    if isinstance(error, TransportError):
        return BRAKE_SECONDS
    if isinstance(error, AuthenticationError | ConfigurationError):
        return KEY_SECONDS
    return None
