"""The two published contracts of the Backtest API (reference section 7.7)."""

from __future__ import annotations

import enum


class Contract(enum.StrEnum):
    """Which routes and fields a service has."""

    NEWER = "newer"
    """Status and cancel routes, idempotency keys, NAV views, the state Cancelled."""
    SEED = "seed"
    """The first published page: none of these; the analytics route tells the state."""

    @property
    def has_status(self) -> bool:
        """Whether the status and cancel routes exist and runs can be Cancelled."""
        return self is Contract.NEWER

    @property
    def has_idempotency(self) -> bool:
        """Whether a submission may carry a key that makes sending it again safe."""
        return self is Contract.NEWER

    @property
    def has_nav_views(self) -> bool:
        """Whether the NAV route takes ``view``."""
        return self is Contract.NEWER
