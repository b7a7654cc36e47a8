"""A backtest as the service knows it: state, list item, receipt (reference sections 7.2-7.5)."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


class BacktestState(enum.StrEnum):
    """Life of a backtest; the last three are terminal (reference section 7.3)."""

    CREATED = "Created"
    STARTED = "Started"
    FINISHED = "Finished"
    FAILED = "Failed"
    CANCELLED = "Cancelled"

    @property
    def is_terminal(self) -> bool:
        """Whether the state never changes again."""
        return self in (BacktestState.FINISHED, BacktestState.FAILED, BacktestState.CANCELLED)


class DeleteMode(enum.StrEnum):
    """What a deletion removes; the client always sends one (reference section 7.5)."""

    SOFT = "Soft"
    """The record is marked deleted."""
    DETAILS = "Details"
    """Artifacts go (events, NAV), the summary and the analytics stay."""
    FULL = "Full"
    """Artifacts and record go."""


@dataclass(frozen=True, slots=True)
class SubmittedBacktest:
    """The service's receipt: 201 means accepted, not finished."""

    backtest_id: str
    name: str


@dataclass(frozen=True, slots=True)
class BacktestStatus:
    """Reply of the status route; times are UTC, None before they happen."""

    state: BacktestState
    created_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    failure_reason: str | None = None
    progress: float | None = None
    """Share done, 0..1, where the service tells it (the local service does)."""


AnalyticsValue = Decimal | int | str | None
"""One analytics figure as it came: number, ISO date text or None."""


@dataclass(frozen=True, slots=True)
class BacktestSummary:
    """One item of the list route; ``analytics`` is filled when they were asked for."""

    backtest_id: str
    name: str
    strategy_name: str
    shared: bool
    state: BacktestState
    created_at: dt.datetime | None
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    analytics: Mapping[str, AnalyticsValue] = field(default_factory=dict)
