"""The tables of a journal, and the steps from each version of them to the next."""

from __future__ import annotations

from typing import Final

_FIRST: Final = """
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    backtest_id TEXT,
    reason TEXT,
    recorded_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE INDEX submissions_by_backtest ON submissions (backtest_id);
CREATE INDEX submissions_by_state ON submissions (state);
"""

# Version 2: sets of runs, ends and results, and who looks after what.
_SETS: Final = """
ALTER TABLE submissions ADD COLUMN keyed INTEGER NOT NULL DEFAULT 1;
ALTER TABLE submissions ADD COLUMN outcome TEXT;
ALTER TABLE submissions ADD COLUMN sent_at TEXT;
ALTER TABLE submissions ADD COLUMN accepted_at TEXT;
ALTER TABLE submissions ADD COLUMN ended_at TEXT;
ALTER TABLE submissions ADD COLUMN owner TEXT;
ALTER TABLE submissions ADD COLUMN effort REAL NOT NULL DEFAULT 1.0;
ALTER TABLE submissions ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
UPDATE submissions SET
    keyed = instr(body, CAST('"IdempotencyKey"' AS BLOB)) > 0,
    sent_at = CASE WHEN state IN ('sent', 'accepted') THEN changed_at END,
    accepted_at = CASE WHEN state = 'accepted' THEN changed_at END;
CREATE TABLE run_sets (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    digest TEXT NOT NULL,
    notes TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX run_sets_by_digest ON run_sets (digest);
CREATE TABLE set_members (
    set_id INTEGER NOT NULL REFERENCES run_sets (id),
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    submission INTEGER NOT NULL UNIQUE REFERENCES submissions (id),
    PRIMARY KEY (set_id, position),
    UNIQUE (set_id, label)
) WITHOUT ROWID;
CREATE TABLE results (
    submission INTEGER PRIMARY KEY REFERENCES submissions (id),
    analytics BLOB NOT NULL
);
CREATE TABLE account (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

# Version 3: sets of ten thousand runs.
_INDEXES: Final = """
CREATE INDEX submissions_by_order ON submissions (state, urgent DESC, effort DESC, id);
CREATE INDEX submissions_urgent ON submissions (owner) WHERE urgent = 1;
"""

STEPS: Final = (_FIRST, _SETS, _INDEXES)
"""What leads from version n to version n + 1, for each n from 0."""

VERSION: Final = len(STEPS)
"""Version of the tables that this program knows."""


def upgrade(version: int) -> str:
    """Return the statements that lead from an older version to `VERSION`, as one transaction."""
    steps = "".join(STEPS[version:])
    return f"BEGIN IMMEDIATE; {steps} PRAGMA user_version = {VERSION}; COMMIT;"
