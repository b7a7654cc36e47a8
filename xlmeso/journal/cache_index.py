"""The SQLite index of the result cache: what is kept, how long it is fresh, what was refused.

The cache can be fetched again at any time, so a damaged or newer file is set aside and made anew.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

BUSY_SECONDS: Final = 10.0

SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE entries (
    scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    fetched_at REAL, fresh_until REAL, size INTEGER NOT NULL DEFAULT 0,
    inline BLOB, file TEXT, digest TEXT,
    refusal TEXT, refused_until REAL,
    used_at REAL NOT NULL,
    PRIMARY KEY (scope, kind, id)
) WITHOUT ROWID;
CREATE INDEX entries_by_use ON entries (used_at);
CREATE TABLE wanted (
    scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, since REAL NOT NULL,
    PRIMARY KEY (scope, kind, id)
) WITHOUT ROWID;
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counters VALUES ('generation', 0);
"""


class CacheIndex:
    """The file, with one connection for each thread; shared by processes.

    Parameters
    ----------
    path
        The SQLite file; made, with its folder, when it is first used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection within one transaction that writes."""
        connection = self.connection()
        # Threads queue here: SQLite lets a second writer sleep for far longer than a write takes.
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection; made anew in a forked process."""
        known = getattr(self._local, "connection", None)
        if known is not None and self._local.process == os.getpid():
            return known  # type: ignore[no-any-return]
        connection = self._open()
        self._local.connection, self._local.process = connection, os.getpid()
        with self._lock:
            self._all.append(connection)
        return connection

    def version_seen(self) -> int:
        """Return a number that changes when another connection has written (microseconds)."""
        value: int = self.connection().execute("PRAGMA data_version").fetchone()[0]
        return value

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._all:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
            self._all.clear()
        self._local = threading.local()

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600, exist_ok=True)
        try:
            return self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
                raise
        self._set_aside()
        return self._connect()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            # A power failure may cost the newest entries, never the file.
            connection.execute("PRAGMA synchronous = NORMAL")
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:
            return
        import filelock

        with filelock.FileLock(f"{self.path}.lock", timeout=BUSY_SECONDS):
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == SCHEMA_VERSION:
                return
            if version != 0:
                raise sqlite3.DatabaseError("made by another version")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )

    def _set_aside(self) -> None:
        """Move a file away that cannot be used; its bodies become orphans and are swept."""
        for suffix in ("", "-wal", "-shm"):
            old = Path(f"{self.path}{suffix}")
            with contextlib.suppress(OSError):
                old.replace(Path(f"{self.path}.damaged{suffix}"))
        self.path.touch(mode=0o600, exist_ok=True)
