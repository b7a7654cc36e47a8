"""The SQLite file of a journal: opened for one transaction at a time, shared by processes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xlmeso.journal.errors import JournalError
from xlmeso.journal.schema import VERSION, upgrade

BUSY_SECONDS: Final = 30.0
"""How long a transaction waits for those of other threads and processes."""


class Database:
    """The file, made with its schema when it is first used.

    Each transaction has a connection of its own: nothing is shared between threads, nothing is
    inherited by a forked process, and no file stays open on Windows.

    Parameters
    ----------
    path
        The file; its folder is made when it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ready = False

    @contextlib.contextmanager
    def transaction(self, *, writes: bool = True) -> Iterator[sqlite3.Connection]:
        """Give a connection within one transaction, committed at the end.

        Parameters
        ----------
        writes
            Wait at once for the right to write, so that what is read stays true until the end.

        Raises
        ------
        JournalError
            The file is damaged, in use for too long, of a newer version, or not accessible.
        """
        try:
            self._prepare()
            with self._connect() as connection:
                connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    raise
                connection.commit()
        except (sqlite3.Error, OSError) as error:
            raise self._explained(error) from error

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            # FULL: a commit is on the disk before the request goes out, even if power fails.
            connection.execute("PRAGMA synchronous = FULL")
            yield connection
        finally:
            connection.close()

    def _prepare(self) -> None:
        """Make the file and its schema; one process at a time, once for this object."""
        if self._ready and self.path.exists():
            return
        import filelock

        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Strategies are their owner's business: SQLite's other files copy the mode of this one.
        self.path.touch(mode=0o600, exist_ok=True)
        # Going over to WAL does not wait for other connections, hence a lock of our own.
        with filelock.FileLock(f"{self.path}.lock", timeout=BUSY_SECONDS), self._connect() as file:
            version = file.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise self._newer(version)
            if version < VERSION:
                file.execute("PRAGMA journal_mode = WAL")
                file.executescript(upgrade(version))
        self._ready = True

    def _newer(self, version: int) -> JournalError:
        return JournalError(
            f"the journal has version {version}, this xlmeso knows {VERSION}",
            where=str(self.path),
            cure="Update xlmeso.",
        )

    def _explained(self, error: Exception) -> JournalError:
        if isinstance(error, sqlite3.OperationalError | OSError):
            return JournalError(
                f"the journal of submissions cannot be used: {error}",
                where=str(self.path),
                cure="Check the rights of its folder, the free space, and whether another xlmeso "
                "hangs.",
            )
        return JournalError(
            f"the journal of submissions is damaged: {error}",
            where=str(self.path),
            cure="Move the file away to start a new one; 'xlmeso list' shows what the service has.",
        )
