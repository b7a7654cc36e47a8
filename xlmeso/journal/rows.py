"""The rows of a journal as values: one intended run each, and how far it has come."""

from __future__ import annotations

import datetime as dt
import enum
import sqlite3
from dataclasses import dataclass, field

from xlmeso.model.backtest import BacktestState


class SubmissionState(enum.StrEnum):
    """How far a run has come: intended, sent, accepted, ended, stored; or refused.

    A refused one may be sent again (the service was busy, the API key wrong); an accepted one
    stays accepted, because sending it again yields the same backtest.
    """

    INTENDED = "intended"
    """Written down; the service does not have it."""
    SENT = "sent"
    """The request went out and its reply is not known; sending it again needs the same key."""
    ACCEPTED = "accepted"
    """The service replied with an id."""
    ENDED = "ended"
    """The run is over at the service; its outcome is known."""
    STORED = "stored"
    """The run has finished and its analytics are in the journal."""
    REFUSED = "refused"
    """The service replied that it will not run it, or it was withdrawn before it was sent."""


PENDING = (SubmissionState.INTENDED, SubmissionState.SENT)
"""States in which it is open whether the service has the run."""

IN_FLIGHT = (SubmissionState.SENT, SubmissionState.ACCEPTED)
"""States that occupy, or may occupy, one of the service's slots."""

TAKEN = (SubmissionState.ACCEPTED, SubmissionState.ENDED, SubmissionState.STORED)
"""States in which the service has given an id."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One row of the journal."""

    key: str
    """Idempotency key; the same key with the same body is the same submission."""
    name: str
    """Name of the run at the service."""
    body: bytes = field(repr=False)
    """The request body, byte for byte, so that it can be sent again unchanged."""
    state: SubmissionState
    backtest_id: str | None
    """Id that the service gave, once accepted."""
    reason: str | None
    """What the service said: why it refused, why the run failed, that it was deleted."""
    recorded_at: dt.datetime
    changed_at: dt.datetime
    keyed: bool = True
    """Whether the body holds the key, so that sending it again is safe."""
    outcome: BacktestState | None = None
    """How the run ended, from ENDED on; None there means that the service no longer has it."""
    sent_at: dt.datetime | None = None
    """When it was last sent."""
    accepted_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    """When the journal learned of the end."""
    owner: str | None = None
    """Which dispatcher looks after it; see `xlmeso.journal.owners`."""
    effort: float = 1.0
    """Expected length, in any unit that is the same for all rows: the longest go first."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do: stored, refused, or ended without results."""
        if self.state is SubmissionState.ENDED:
            return self.outcome is not BacktestState.FINISHED
        return self.state in (SubmissionState.STORED, SubmissionState.REFUSED)


def submission_of(row: sqlite3.Row) -> Submission:
    """Read a row of the table ``submissions``."""
    outcome = row["outcome"]
    return Submission(
        key=row["key"],
        name=row["name"],
        body=row["body"],
        state=SubmissionState(row["state"]),
        backtest_id=row["backtest_id"],
        reason=row["reason"],
        recorded_at=dt.datetime.fromisoformat(row["recorded_at"]),
        changed_at=dt.datetime.fromisoformat(row["changed_at"]),
        keyed=bool(row["keyed"]),
        outcome=None if outcome is None else BacktestState(outcome),
        sent_at=_moment(row["sent_at"]),
        accepted_at=_moment(row["accepted_at"]),
        ended_at=_moment(row["ended_at"]),
        owner=row["owner"],
        effort=row["effort"],
    )


def time_text(moment: dt.datetime) -> str:
    """Write a time as the journal keeps it: UTC, to the millisecond, in an order that sorts."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
