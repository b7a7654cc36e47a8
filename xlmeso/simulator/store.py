"""The service's memory: one SQLite file that survives a kill at any moment.

All changes of a backtest's state happen here, each in one short transaction whose WHERE clause
names the state that is left, so that a run reaches a terminal state once and only once.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from xlmeso.errors import ConfigurationError
from xlmeso.model.backtest import BacktestState, DeleteMode
from xlmeso.simulator.records import BacktestRecord, NewBacktest, utc_now, utc_text
from xlmeso.simulator.schema import FILE_NAME, open_database

# The only texts that are put into statements; values always go as parameters.
_COLUMNS: Final = (
    "id, user, name, strategy_name, shared, state, created_at, started_at, finished_at, "
    "failure_reason, folder, attempt, crashes, cancel_requested, delete_mode"
)
_VISIBLE: Final = "(delete_mode IS NULL OR delete_mode = 'Details')"


class IdempotencyKeyReusedError(Exception):
    """The key came with another payload before: 409."""


class IdempotencyKeyGoneError(Exception):
    """The key's backtest was deleted; the key stays reserved: 410."""


class TooManyInFlightError(Exception):
    """The user's runs fill the queue: 429."""


class BacktestStore:
    """The backtests of one data folder.

    One connection serves all threads behind a lock; every use is a matter of milliseconds.

    Raises
    ------
    ConfigurationError
        The file is damaged, not ours, or was made by a newer version.
    """

    def __init__(self, data: Path) -> None:
        self._lock = threading.RLock()
        self._path = data / FILE_NAME
        self._connection = open_database(self._path)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    # -- submissions ---------------------------------------------------------------------------

    def replay(self, user: str, key: str, digest: str) -> BacktestRecord | None:
        """Return the backtest that this key and payload made before, None for a new key.

        Raises
        ------
        IdempotencyKeyReusedError
            The key came with another payload.
        IdempotencyKeyGoneError
            The backtest was deleted.
        """
        with self._lock:
            found = self._one(
                "SELECT payload_digest, backtest_id FROM idempotency_keys"
                " WHERE user = ? AND key = ?",
                (user, key),
            )
            if found is None:
                return None
            if found["payload_digest"] != digest:
                raise IdempotencyKeyReusedError
            record = self.get(found["backtest_id"])
        if record is None:
            raise IdempotencyKeyGoneError
        return record

    def create(self, new: NewBacktest, *, in_flight_limit: int) -> BacktestRecord:
        """Keep a submission, or return the one that its key made before.

        Raises
        ------
        IdempotencyKeyReusedError, IdempotencyKeyGoneError
            As for `replay`.
        TooManyInFlightError
            The user has so many runs waiting or running already.
        """
        with self._transaction():
            if new.idempotency_key is not None:
                earlier = self.replay(new.user, new.idempotency_key, new.payload_digest)
                if earlier is not None:
                    return earlier
            if self.in_flight(new.user) >= in_flight_limit:
                raise TooManyInFlightError
            self._insert(new)
            record = self.get(new.backtest_id)
        assert record is not None
        return record

    def in_flight(self, user: str) -> int:
        """Count the user's runs that wait or run, deleted ones that still run included."""
        row = self._one(
            "SELECT count(*) AS n FROM backtests"
            " WHERE user = ? AND state IN ('Created', 'Started')",
            (user,),
        )
        return int(row["n"]) if row else 0

    def _insert(self, new: NewBacktest) -> None:
        self._connection.execute(
            "INSERT INTO backtests (id, user, name, strategy_name, shared, state, created_at,"
            " definition, folder) VALUES (?, ?, ?, ?, ?, 'Created', ?, ?, ?)",
            (
                new.backtest_id,
                new.user,
                new.name,
                new.strategy_name,
                new.shared,
                utc_now(),
                new.definition_json,
                new.folder,
            ),
        )
        if new.idempotency_key is not None:
            self._connection.execute(
                "INSERT INTO idempotency_keys VALUES (?, ?, ?, ?)",
                (new.user, new.idempotency_key, new.payload_digest, new.backtest_id),
            )

    # -- reading -------------------------------------------------------------------------------

    def get(self, backtest_id: str) -> BacktestRecord | None:
        """Return a backtest that is not deleted for its callers."""
        record = self.get_any(backtest_id)
        return None if record is None or record.is_hidden else record

    def get_any(self, backtest_id: str) -> BacktestRecord | None:
        """Return a backtest, hidden ones included."""
        row = self._one(
            f"SELECT {_COLUMNS} FROM backtests WHERE id = ?",  # noqa: S608
            (backtest_id,),
        )
        return None if row is None else _record(row)

    def definition(self, backtest_id: str) -> str | None:
        """Return the strategy definition as it was submitted."""
        row = self._one("SELECT definition FROM backtests WHERE id = ?", (backtest_id,))
        return None if row is None else str(row["definition"])

    def analytics(self, backtest_id: str) -> str | None:
        """Return the analytics as JSON text, None where there are none."""
        row = self._one("SELECT analytics FROM backtests WHERE id = ?", (backtest_id,))
        return None if row is None else row["analytics"]

    def page(
        self,
        user: str,
        *,
        start: dt.datetime,
        end: dt.datetime,
        state: BacktestState | None,
        shared_too: bool,
        limit: int,
        offset: int,
    ) -> list[tuple[BacktestRecord, str | None]]:
        """Return one page of the list, newest first, each with its analytics as JSON text.

        ``start`` and ``end`` are compared with the creation time, both inclusive (reference 7.4).
        """
        rows = self._all(
            f"SELECT {_COLUMNS}, analytics FROM backtests"  # noqa: S608
            f" WHERE created_at BETWEEN ? AND ? AND {_VISIBLE}"
            " AND (user = ? OR (shared AND ?)) AND (? IS NULL OR state = ?)"
            " ORDER BY created_at DESC, seq DESC LIMIT ? OFFSET ?",
            (utc_text(start), utc_text(end), user, shared_too, state, state, limit, offset),
        )
        return [(_record(row), row["analytics"]) for row in rows]

    def folders(self) -> set[str]:
        """Return the folders of all backtests that may still have artifacts."""
        rows = self._all("SELECT folder, state, delete_mode FROM backtests", ())
        return {
            str(row["folder"])
            for row in rows
            if row["delete_mode"] in (None, "Soft") or not BacktestState(row["state"]).is_terminal
        }

    # -- changes asked for by callers ----------------------------------------------------------

    def set_shared(self, backtest_id: str, shared: bool) -> None:
        """Change who may read a backtest."""
        self._change("UPDATE backtests SET shared = ? WHERE id = ?", (shared, backtest_id))

    def request_cancel(self, backtest_id: str) -> BacktestRecord | None:
        """Cancel a waiting backtest at once, or note the wish on a running one."""
        with self._transaction():
            self._change(
                "UPDATE backtests SET state = 'Cancelled', cancel_requested = 1, finished_at = ?"
                " WHERE id = ? AND state = 'Created'",
                (utc_now(), backtest_id),
            )
            self._change(
                "UPDATE backtests SET cancel_requested = 1 WHERE id = ? AND state = 'Started'",
                (backtest_id,),
            )
            return self.get_any(backtest_id)

    def mark_deleted(self, backtest_id: str, mode: DeleteMode) -> None:
        """Hide a backtest (Soft, Full) or note that its artifacts go (Details)."""
        self._change(
            "UPDATE backtests SET delete_mode = ?, deleted_at = ? WHERE id = ?",
            (mode, utc_now(), backtest_id),
        )

    def purge(self, backtest_id: str) -> None:
        """Remove the record; its idempotency key stays reserved (reference 7.2)."""
        self._change("DELETE FROM backtests WHERE id = ?", (backtest_id,))

    # -- the life of a run ---------------------------------------------------------------------

    def claim_next(self) -> BacktestRecord | None:
        """Start the backtest that has waited longest: Created becomes Started."""
        with self._transaction():
            row = self._one("SELECT id FROM backtests WHERE state = 'Created' ORDER BY seq LIMIT 1")
            if row is None:
                return None
            self._change(
                "UPDATE backtests SET state = 'Started', started_at = ?, attempt = attempt + 1"
                " WHERE id = ?",
                (utc_now(), row["id"]),
            )
            return self.get_any(row["id"])

    def put_back(self, record: BacktestRecord, *, crashed: bool) -> None:
        """Let a started run wait again; it will run from the beginning."""
        self._change(
            "UPDATE backtests SET state = 'Created', started_at = NULL, crashes = crashes + ?"
            " WHERE id = ? AND state = 'Started' AND attempt = ?",
            (int(crashed), record.backtest_id, record.attempt),
        )

    def finish(
        self,
        record: BacktestRecord,
        state: BacktestState,
        *,
        failure_reason: str | None = None,
        analytics_json: str | None = None,
    ) -> None:
        """Bring a started run to a terminal state; a second call changes nothing."""
        self._change(
            "UPDATE backtests SET state = ?, finished_at = ?, failure_reason = ?, analytics = ?"
            " WHERE id = ? AND state = 'Started' AND attempt = ?",
            (state, utc_now(), failure_reason, analytics_json, record.backtest_id, record.attempt),
        )

    def recover(self) -> None:
        """Bring order after a stop or a kill: nothing is running any more.

        Runs that were to be cancelled are, the others wait again, and what was deleted while it
        ran is removed.
        """
        with self._transaction():
            self._change(
                "UPDATE backtests SET state = 'Cancelled', finished_at = ?"
                " WHERE state IN ('Created', 'Started') AND cancel_requested",
                (utc_now(),),
            )
            self._change(
                "UPDATE backtests SET state = 'Created', started_at = NULL WHERE state = 'Started'",
                (),
            )
            self._change("DELETE FROM backtests WHERE delete_mode = 'Full'", ())

    # -- SQLite --------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _change(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        with self._lock:
            self._connection.execute(statement, values)

    def _one(self, statement: str, values: tuple[Any, ...] = ()) -> sqlite3.Row | None:
        rows = self._all(statement, values)
        return rows[0] if rows else None

    def _all(self, statement: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        with self._lock:
            try:
                return self._connection.execute(statement, values).fetchall()
            except sqlite3.ProgrammingError as error:
                raise ConfigurationError("the store is closed.", where=str(self._path)) from error


def _record(row: sqlite3.Row) -> BacktestRecord:
    return BacktestRecord(
        backtest_id=row["id"],
        user=row["user"],
        name=row["name"],
        strategy_name=row["strategy_name"],
        shared=bool(row["shared"]),
        state=BacktestState(row["state"]),
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        failure_reason=row["failure_reason"],
        folder=row["folder"],
        attempt=row["attempt"],
        crashes=row["crashes"],
        cancel_requested=bool(row["cancel_requested"]),
        delete_mode=DeleteMode(row["delete_mode"]) if row["delete_mode"] else None,
    )
