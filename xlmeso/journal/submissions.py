"""Submissions: intended, sent, accepted or refused; the record comes before the request."""

from __future__ import annotations

import datetime as dt
import enum
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from xlmeso.journal.database import Database
from xlmeso.journal.errors import JournalError


class SubmissionState(enum.StrEnum):
    """How far a submission has come.

    A refused one may be sent again (the service was busy, the API key wrong); an accepted one
    stays accepted, because sending it again yields the same backtest.
    """

    INTENDED = "intended"
    """Written down; the request has not gone out."""
    SENT = "sent"
    """The request went out and its reply is not known; sending it again needs the same key."""
    ACCEPTED = "accepted"
    """The service replied with an id."""
    REFUSED = "refused"
    """The service replied that it will not run it."""


PENDING = (SubmissionState.INTENDED, SubmissionState.SENT)
"""States in which the outcome is open."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One row of the journal."""

    key: str
    """Idempotency key; the same key with the same body is the same submission."""
    name: str
    """Name of the run, for people."""
    body: bytes = field(repr=False)
    """The request body, byte for byte, so that it can be sent again unchanged."""
    state: SubmissionState
    backtest_id: str | None
    """Id that the service gave, once accepted."""
    reason: str | None
    """What the service said, when refused."""
    recorded_at: dt.datetime
    changed_at: dt.datetime


class Submissions:
    """The journal of one service; safe with several threads and processes.

    Parameters
    ----------
    path
        The SQLite file; made, with its folder, when it is first used.
    clock
        Returns the current time with its zone.
    """

    def __init__(
        self, path: Path, *, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    ) -> None:
        self._database = Database(path)
        self._clock = clock

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self._database.path

    def record(self, name: str, body: bytes, key: str) -> Submission:
        """Write down a submission before it is sent; it is on the disk when this returns.

        Recording the same key and body again returns the row that exists, whatever its state.

        Raises
        ------
        JournalError
            The key stands for another body.
        """
        now = self._now()
        with self._database.transaction() as file:
            file.execute(
                "INSERT INTO submissions (key, name, body, state, recorded_at, changed_at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                (key, name, body, SubmissionState.INTENDED.value, now, now),
            )
            row = self._row(file, key)
        if row.body != body:
            raise JournalError(
                f"the idempotency key {key!r} stands for another submission, "
                f"{row.name!r} of {row.recorded_at:%Y-%m-%d %H:%M} UTC",
                where=str(self.path),
                cure="Use a new key for a changed strategy.",
            )
        return row

    def mark_sent(self, key: str) -> Submission:
        """Note that the request is about to go out; an accepted one stays accepted."""
        return self._move(key, SubmissionState.SENT)

    def mark_accepted(self, key: str, backtest_id: str) -> Submission:
        """Note the id that the service gave; the same id again changes nothing.

        Raises
        ------
        JournalError
            Another id is noted already, or the key is unknown.
        """
        return self._move(key, SubmissionState.ACCEPTED, backtest_id=backtest_id)

    def mark_refused(self, key: str, reason: str) -> Submission:
        """Note that the service refused it, with what it said (no secrets).

        Raises
        ------
        JournalError
            The submission was accepted before, or the key is unknown.
        """
        return self._move(key, SubmissionState.REFUSED, reason=reason)

    def find(self, key: str) -> Submission | None:
        """Return the submission with an idempotency key, or None."""
        return _first(self._select("WHERE key = ?", key))

    def find_backtest(self, backtest_id: str) -> Submission | None:
        """Return the latest submission that the service gave this id, or None."""
        return _first(self._select("WHERE backtest_id = ? ORDER BY id DESC LIMIT 1", backtest_id))

    def pending(self) -> list[Submission]:
        """Return the submissions whose outcome is open, oldest first."""
        return self._select("WHERE state IN (?, ?) ORDER BY id", *PENDING)

    def recent(self, count: int = 100) -> list[Submission]:
        """Return the latest submissions in any state, newest first."""
        return self._select("ORDER BY id DESC LIMIT ?", count)

    def _select(self, rest: str, *values: str | int) -> list[Submission]:
        with self._database.transaction(writes=False) as file:
            rows = file.execute(f"SELECT * FROM submissions {rest}", values).fetchall()  # noqa: S608
        return [_submission(row) for row in rows]

    def _move(
        self,
        key: str,
        state: SubmissionState,
        *,
        backtest_id: str | None = None,
        reason: str | None = None,
    ) -> Submission:
        with self._database.transaction() as file:
            row = self._row(file, key)
            if row.state is SubmissionState.ACCEPTED:
                if state is SubmissionState.SENT or row.backtest_id == backtest_id:
                    return row
                raise self._contradiction(row, state)
            file.execute(
                "UPDATE submissions SET state = ?, backtest_id = ?, reason = ?, changed_at = ?"
                " WHERE key = ?",
                (state.value, backtest_id, reason, self._now(), key),
            )
            return self._row(file, key)

    def _row(self, file: sqlite3.Connection, key: str) -> Submission:
        row = file.execute("SELECT * FROM submissions WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise JournalError(
                f"the journal has no submission with the idempotency key {key!r}",
                where=str(self.path),
                cure="Record a submission before sending it.",
            )
        return _submission(row)

    def _contradiction(self, row: Submission, state: SubmissionState) -> JournalError:
        return JournalError(
            f"the submission {row.name!r} was accepted as backtest {row.backtest_id}"
            f" and cannot become {state.value}",
            where=str(self.path),
            cure="Look at the backtest with 'xlmeso status'.",
        )

    def _now(self) -> str:
        return self._clock().astimezone(dt.UTC).isoformat(timespec="milliseconds")


def _first(rows: Iterable[Submission]) -> Submission | None:
    return next(iter(rows), None)


def _submission(row: sqlite3.Row) -> Submission:
    return Submission(
        key=row["key"],
        name=row["name"],
        body=row["body"],
        state=SubmissionState(row["state"]),
        backtest_id=row["backtest_id"],
        reason=row["reason"],
        recorded_at=dt.datetime.fromisoformat(row["recorded_at"]),
        changed_at=dt.datetime.fromisoformat(row["changed_at"]),
    )
