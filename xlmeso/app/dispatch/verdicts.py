"""What a reply to a submission means for the run; pure."""

from __future__ import annotations

import enum
from typing import Final

from xlmeso.errors import (
    ApiError,
    AuthenticationError,
    DecodingError,
    GoneError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
    XlmesoError,
)
from xlmeso.wire.faults import LastingTransportError, NotSentError

UNAVAILABLE: Final = 503


class Verdict(enum.Enum):
    """What became of a submission that was not accepted."""

    LIMITED = enum.auto()
    """429: not taken, there is no room."""
    PAUSED = enum.auto()
    """503: not taken, as far as the service says."""
    UNREACHED = enum.auto()
    """There was no connection: not taken."""
    UNCERTAIN = enum.auto()
    """It may have been taken."""
    GONE = enum.auto()
    """It was taken before, and deleted since."""
    REFUSED = enum.auto()
    """The service will not run it."""
    HOPELESS = enum.auto()
    """No submission at all can succeed: the key, the address, the certificate."""


def verdict(error: XlmesoError) -> Verdict:
    """Return what an error that ended a submission means."""
    if isinstance(error, RateLimitError):
        return Verdict.LIMITED
    if isinstance(error, ServerError):
        return Verdict.PAUSED if error.status == UNAVAILABLE else Verdict.UNCERTAIN
    if isinstance(error, GoneError):
        return Verdict.GONE
    if isinstance(
        error, AuthenticationError | PermissionDeniedError | NotFoundError | LastingTransportError
    ):
        return Verdict.HOPELESS
    if isinstance(error, ApiError):
        return Verdict.REFUSED
    if isinstance(error, NotSentError):
        return Verdict.UNREACHED
    if isinstance(error, TransportError | DecodingError):
        return Verdict.UNCERTAIN
    return Verdict.HOPELESS


def is_certain(found: Verdict, *, keyed: bool) -> bool:
    """Whether the service has certainly not taken this sending.

    Parameters
    ----------
    keyed
        Whether sending again is safe.  Without a key even a 503, which may come from something
        between us and the service, is not believed.
    """
    if found is Verdict.PAUSED:
        return keyed
    return found in (Verdict.LIMITED, Verdict.UNREACHED, Verdict.HOPELESS)
