"""The tables of the service's store and the steps from each version to the next."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from xlmeso.errors import ConfigurationError

FILE_NAME: Final = "backtests.sqlite3"
"""File in the data folder."""

BUSY_MILLISECONDS: Final = 5000
"""How long a statement waits for another program that reads the file."""

_VERSION_1 = """
CREATE TABLE backtests (
  seq              INTEGER PRIMARY KEY AUTOINCREMENT,
  id               TEXT NOT NULL UNIQUE,
  user             TEXT NOT NULL,
  name             TEXT NOT NULL,
  strategy_name    TEXT NOT NULL,
  shared           INTEGER NOT NULL,
  state            TEXT NOT NULL
                   CHECK (state IN ('Created', 'Started', 'Finished', 'Failed', 'Cancelled')),
  created_at       TEXT NOT NULL,
  started_at       TEXT,
  finished_at      TEXT,
  failure_reason   TEXT,
  definition       TEXT NOT NULL,
  analytics        TEXT,
  folder           TEXT NOT NULL UNIQUE,
  attempt          INTEGER NOT NULL DEFAULT 0,
  crashes          INTEGER NOT NULL DEFAULT 0,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  delete_mode      TEXT CHECK (delete_mode IN ('Soft', 'Details', 'Full')),
  deleted_at       TEXT
);
CREATE INDEX backtests_by_creation ON backtests (created_at, seq);
CREATE INDEX backtests_active ON backtests (state, seq) WHERE state IN ('Created', 'Started');
CREATE TABLE idempotency_keys (
  user           TEXT NOT NULL,
  key            TEXT NOT NULL,
  payload_digest TEXT NOT NULL,
  backtest_id    TEXT NOT NULL,
  PRIMARY KEY (user, key)
) WITHOUT ROWID;
"""

MIGRATIONS: Final = (_VERSION_1,)
"""The script at index n leads from version n to n + 1; a published one is never changed."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open or make the file and bring its tables to the newest version.

    Raises
    ------
    ConfigurationError
        The file is damaged, not ours, cannot be written, or was made by a newer version.
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = WAL")
        _migrate(connection, path)
    except sqlite3.Error as error:
        _close(connection)
        raise ConfigurationError(
            f"the service's store cannot be opened ({error}).",
            where=str(path),
            cure="Move the data folder away, or choose another one with --data.",
        ) from None
    except ConfigurationError:
        _close(connection)
        raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise ConfigurationError(
            f"the store has version {version}; this xlmeso knows up to {len(MIGRATIONS)}.",
            where=str(path),
            cure="Update xlmeso, or choose another folder with --data.",
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN; {script} PRAGMA user_version = {number}; COMMIT;")


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()
