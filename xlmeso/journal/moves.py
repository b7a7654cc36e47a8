"""How a run moves from state to state, within one transaction of the caller's."""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

from xlmeso.journal.errors import JournalError
from xlmeso.journal.rows import TAKEN, Submission, SubmissionState, submission_of
from xlmeso.model.backtest import BacktestState


class Moves:
    """Changes of state; nothing is kept unless the transaction is committed.

    A run that the service has taken never goes back: sending it again yields the same backtest.

    Parameters
    ----------
    file
        Connection within a transaction that writes.
    now
        The present, as `xlmeso.journal.rows.time_text` writes it.
    path
        The journal's file, for messages.
    """

    def __init__(self, file: sqlite3.Connection, now: str, path: Path) -> None:
        self.file = file
        self.now = now
        self._path = path

    def record(
        self,
        name: str,
        body: bytes,
        key: str,
        *,
        keyed: bool = True,
        effort: float = 1.0,
        urgent: bool = False,
    ) -> Submission:
        """Write down an intended run, or return the row of that key, whatever its state.

        Raises
        ------
        JournalError
            The key stands for another body.
        """
        self.file.execute(
            "INSERT INTO submissions (key, name, body, state, recorded_at, changed_at, keyed,"
            " effort, urgent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            (
                key, name, body, SubmissionState.INTENDED.value, self.now, self.now, keyed, effort,
                urgent,
            ),
        )  # fmt: skip
        row = self.get(key)
        if row.body != body:
            raise JournalError(
                f"the idempotency key {key!r} stands for another submission, "
                f"{row.name!r} of {row.recorded_at:%Y-%m-%d %H:%M} UTC",
                where=str(self._path),
                cure="Use a new key for a changed strategy.",
            )
        return row

    def get(self, key: str) -> Submission:
        """Return the row of a key.

        Raises
        ------
        JournalError
            There is none.
        """
        row = self.file.execute("SELECT * FROM submissions WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise JournalError(
                f"the journal has no submission with the idempotency key {key!r}",
                where=str(self._path),
                cure="Record a submission before sending it.",
            )
        return submission_of(row)

    def intended_again(self, key: str) -> Submission:
        """Let a run that was refused be sent once more; others stay as they are."""
        if (row := self.get(key)).state is not SubmissionState.REFUSED:
            return row
        return self._change(key, SubmissionState.INTENDED, reason=None)

    def sent(self, key: str, owner: str | None = None) -> Submission:
        """Note that the request is about to go out; one that is taken stays as it is."""
        if (row := self.get(key)).state in TAKEN:
            return row
        return self._change(key, SubmissionState.SENT, owner=owner, sent_at=self.now, reason=None)

    def put_back(self, key: str) -> Submission:
        """Note that the service has certainly not got what was sent."""
        if (row := self.get(key)).state is not SubmissionState.SENT:
            return row
        return self._change(key, SubmissionState.INTENDED, owner=None)

    def accepted(self, key: str, backtest_id: str) -> Submission:
        """Note the id that the service gave; the same id again changes nothing.

        Raises
        ------
        JournalError
            Another id is noted already, or the key is unknown.
        """
        row = self.get(key)
        if row.state in TAKEN:
            if row.backtest_id != backtest_id:
                raise self._contradiction(row, f"backtest {backtest_id}")
            return row
        return self._change(
            key,
            SubmissionState.ACCEPTED,
            backtest_id=backtest_id,
            accepted_at=self.now,
            reason=None,
        )

    def refused(self, key: str, reason: str) -> Submission:
        """Note that the service refused it, with what it said (no secrets).

        Raises
        ------
        JournalError
            It was accepted before, or the key is unknown.
        """
        if (row := self.get(key)).state in TAKEN:
            raise self._contradiction(row, SubmissionState.REFUSED.value)
        return self._change(
            key, SubmissionState.REFUSED, backtest_id=None, reason=reason, owner=None
        )

    def ended(
        self, key: str, outcome: BacktestState | None, reason: str | None = None
    ) -> Submission:
        """Note how an accepted run ended; None: the service no longer has it."""
        if (row := self.get(key)).state is not SubmissionState.ACCEPTED:
            return row
        return self._change(
            key,
            SubmissionState.ENDED,
            outcome=None if outcome is None else outcome.value,
            reason=reason,
            ended_at=self.now,
        )

    def gone(self, key: str, reason: str) -> Submission:
        """Note that the service took the run once and has deleted it since, id unknown."""
        if self.get(key).state in TAKEN:
            return self.ended(key, None, reason)
        return self._change(
            key, SubmissionState.ENDED, outcome=None, reason=reason, ended_at=self.now
        )

    def stored(self, key: str, analytics: bytes) -> Submission:
        """Keep the analytics of a finished run, as the service wrote them (JSON)."""
        row = self.get(key)
        if row.state is not SubmissionState.ENDED:
            return row
        self.file.execute(
            "INSERT OR REPLACE INTO results SELECT id, ? FROM submissions WHERE key = ?",
            (zlib.compress(analytics), key),
        )
        return self._change(key, SubmissionState.STORED)

    def lost(self, key: str, reason: str) -> Submission:
        """Note that the results of a run that has ended are no longer there."""
        return self._change(key, self.get(key).state, outcome=None, reason=reason)

    def knows(self, backtest_id: str) -> bool:
        """Whether a row stands for that backtest of the service."""
        row = self.file.execute(
            "SELECT 1 FROM submissions WHERE backtest_id = ?", (backtest_id,)
        ).fetchone()
        return row is not None

    def explained(self, key: str, reason: str) -> Submission:
        """Note why a run that has ended did so."""
        return self._change(key, self.get(key).state, reason=reason)

    def _change(self, key: str, state: SubmissionState, **columns: str | None) -> Submission:
        names = "".join(f", {name} = ?" for name in columns)
        self.file.execute(
            f"UPDATE submissions SET state = ?, changed_at = ?{names} WHERE key = ?",  # noqa: S608
            (state.value, self.now, *columns.values(), key),
        )
        return self.get(key)

    def _contradiction(self, row: Submission, other: str) -> JournalError:
        return JournalError(
            f"the submission {row.name!r} was accepted as backtest {row.backtest_id}"
            f" and cannot become {other}",
            where=str(self._path),
            cure="Look at the backtest with 'xlmeso status'.",
        )
