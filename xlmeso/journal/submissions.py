"""Submissions: the record comes before the request, and follows the run to its end."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from xlmeso.journal.database import Database
from xlmeso.journal.flights import Flights
from xlmeso.journal.moves import Moves
from xlmeso.journal.rows import IN_FLIGHT, PENDING, Submission, submission_of, time_text
from xlmeso.journal.run_sets import RunSets
from xlmeso.model.backtest import BacktestState


class Submissions:
    """The journal of one service; safe with several threads and processes.

    Parameters
    ----------
    path
        The SQLite file; made, with its folder, when it is first used.
    clock
        Returns the current time with its zone.

    Attributes
    ----------
    sets
        Named sets of runs, such as sweeps.
    flights
        What dispatchers share: slots, owners, the window of the account.
    """

    def __init__(
        self, path: Path, *, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    ) -> None:
        self._database = Database(path)
        self._clock = clock
        self.sets = RunSets(self._database, self.writing)
        self.flights = Flights(self._database, self.writing)

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self._database.path

    @contextlib.contextmanager
    def writing(self) -> Iterator[Moves]:
        """Give several changes at once: all of them are on the disk at the end, or none."""
        with self._database.transaction() as file:
            yield Moves(file, time_text(self._clock()), self.path)

    def record(
        self, name: str, body: bytes, key: str, *, keyed: bool = True, effort: float = 1.0
    ) -> Submission:
        """Write down a submission before it is sent; it is on the disk when this returns.

        Recording the same key and body again returns the row that exists, whatever its state.

        Parameters
        ----------
        keyed
            Whether the body holds the key, so that sending it again is safe.
        effort
            The days that it simulates: what forecasts for other runs are scaled by.

        Raises
        ------
        JournalError
            The key stands for another body.
        """
        with self.writing() as moves:
            return moves.record(name, body, key, keyed=keyed, effort=effort)

    def mark_sent(self, key: str) -> Submission:
        """Note that the request is about to go out; an accepted one stays accepted."""
        with self.writing() as moves:
            return moves.sent(key)

    def mark_accepted(self, key: str, backtest_id: str) -> Submission:
        """Note the id that the service gave; the same id again changes nothing.

        Raises
        ------
        JournalError
            Another id is noted already, or the key is unknown.
        """
        with self.writing() as moves:
            return moves.accepted(key, backtest_id)

    def mark_refused(self, key: str, reason: str) -> Submission:
        """Note that the service refused it, with what it said (no secrets).

        Raises
        ------
        JournalError
            The submission was accepted before, or the key is unknown.
        """
        with self.writing() as moves:
            return moves.refused(key, reason)

    def mark_ended(
        self, key: str, outcome: BacktestState | None, reason: str | None = None
    ) -> Submission:
        """Note how a run ended; None: the service no longer has it."""
        with self.writing() as moves:
            return moves.ended(key, outcome, reason)

    def find(self, key: str) -> Submission | None:
        """Return the submission with an idempotency key, or None."""
        return _first(self._select("WHERE key = ?", key))

    def find_backtest(self, backtest_id: str) -> Submission | None:
        """Return the latest submission that the service gave this id, or None."""
        return _first(self._select("WHERE backtest_id = ? ORDER BY id DESC LIMIT 1", backtest_id))

    def pending(self) -> list[Submission]:
        """Return the submissions whose outcome is open, oldest first."""
        return self._select("WHERE state IN (?, ?) ORDER BY id", *PENDING)

    def in_flight(self) -> list[Submission]:
        """Return the runs that occupy, or may occupy, a slot of the service, oldest first."""
        return self._select("WHERE state IN (?, ?) ORDER BY id", *IN_FLIGHT)

    def recent(self, count: int = 100) -> list[Submission]:
        """Return the latest submissions in any state, newest first."""
        return self._select("ORDER BY id DESC LIMIT ?", count)

    def _select(self, rest: str, *values: str | int) -> list[Submission]:
        with self._database.transaction(writes=False) as file:
            rows = file.execute(f"SELECT * FROM submissions {rest}", values).fetchall()  # noqa: S608
        return [submission_of(row) for row in rows]


def _first(rows: Iterable[Submission]) -> Submission | None:
    return next(iter(rows), None)
