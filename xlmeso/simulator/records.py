"""What the service keeps about one backtest, and how it writes times."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from xlmeso.model.backtest import BacktestState, DeleteMode


@dataclass(frozen=True, slots=True)
class NewBacktest:
    """A submission that has passed all checks.

    Attributes
    ----------
    idempotency_key, payload_digest
        The caller's key, or None, and the digest of the canonical body.
    """

    backtest_id: str
    user: str
    name: str
    strategy_name: str
    shared: bool
    definition_json: str
    folder: str
    idempotency_key: str | None
    payload_digest: str


@dataclass(frozen=True, slots=True)
class BacktestRecord:
    """One row of the store, without its definition and analytics.

    Attributes
    ----------
    created_at, started_at, finished_at
        UTC as ISO 8601 text with microseconds and Z; None before it happened.
    folder
        Name of its folder below ``artifacts``; never taken from a request.
    attempt
        How often a worker has begun it; names the attempt's folder.
    crashes
        How often a worker process died while it ran.
    delete_mode
        What a deletion asked for; Soft and Full hide the backtest from every route.
    """

    backtest_id: str
    user: str
    name: str
    strategy_name: str
    shared: bool
    state: BacktestState
    created_at: str
    started_at: str | None
    finished_at: str | None
    failure_reason: str | None
    folder: str
    attempt: int
    crashes: int
    cancel_requested: bool
    delete_mode: DeleteMode | None

    @property
    def is_hidden(self) -> bool:
        """Whether it was deleted for the callers."""
        return self.delete_mode in (DeleteMode.SOFT, DeleteMode.FULL)


def utc_text(moment: dt.datetime) -> str:
    """Write a time as UTC; a time without a zone is taken as UTC.

    The texts have a fixed width, so that they sort as the times do.
    """
    moment = moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def utc_now() -> str:
    """Return the present as `utc_text` writes it."""
    return utc_text(dt.datetime.now(dt.UTC))
