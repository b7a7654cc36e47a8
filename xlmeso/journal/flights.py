"""What the dispatchers of all processes share: runs in flight, their owners, the window."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from xlmeso.journal.database import Database
from xlmeso.journal.moves import Moves
from xlmeso.journal.owners import is_alive
from xlmeso.journal.rows import Submission, submission_of, time_text

STALE: Final = dt.timedelta(days=7)
"""An old run that was sent without a reply, or never sent, is not sent by itself any more."""

_WINDOW: Final = "window"
_AT_ONCE: Final = 50

# Bodies may be large and are needed for sending only.
_LIGHT: Final = (
    "key, name, x'' AS body, state, backtest_id, reason, recorded_at, changed_at, keyed, outcome,"
    " sent_at, accepted_at, ended_at, owner, effort"
)
# A run without a reply for longer than STALE, which nobody asks for, holds no slot.
_HOLDS_SLOT: Final = "(state = 'accepted' OR (state = 'sent' AND changed_at >= :fresh))"
_TO_FETCH: Final = (
    "state = 'ended' AND EXISTS (SELECT 1 FROM set_members WHERE submission = submissions.id)"
    " AND (outcome = 'Finished' OR (outcome = 'Failed' AND reason IS NULL))"
)
_UNDER_WAY: Final = (
    "state IN ('sent', 'accepted') OR (state = 'ended' AND outcome = 'Finished'"
    " AND EXISTS (SELECT 1 FROM set_members WHERE submission = submissions.id))"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which runs a dispatcher is to bring to their end.

    Attributes
    ----------
    set_id
        Those of one set.
    key
        One run.
    since
        With neither: all that were written down at or after this time.
    """

    set_id: int | None = None
    key: str | None = None
    since: dt.datetime | None = None

    @property
    def condition(self) -> str:
        """The scope as a condition in SQL with named parameters."""
        if self.set_id is not None:
            return "id IN (SELECT submission FROM set_members WHERE set_id = :set_id)"
        return "key = :key" if self.key is not None else "recorded_at >= :since"

    def values(self, now: dt.datetime) -> dict[str, str | int | None]:
        """Return the parameters of `condition` and of the queries around it."""
        return {
            "set_id": self.set_id,
            "key": self.key,
            "since": None if self.since is None else time_text(self.since),
            "fresh": time_text(now - STALE),
        }


@dataclass(frozen=True, slots=True)
class View:
    """What a dispatcher sees of the journal at one moment.

    Attributes
    ----------
    in_flight
        Runs of everybody that hold, or may hold, a slot; without their bodies.
    to_fetch
        Runs of the scope whose results, or whose reason to fail, are not in the journal.
    waiting
        Number of runs of the scope that are to be sent; not counted beyond a few.
    open_keys
        Runs of the scope that were sent and with which something is left to do.
    ahead
        Owners, other than this one, of single runs that wait for a slot and go first.
    window
        The window of the account, as its dispatchers write it; None before the first.
    """

    in_flight: tuple[Submission, ...]
    to_fetch: tuple[Submission, ...]
    waiting: int
    open_keys: frozenset[str]
    ahead: tuple[str, ...]
    window: str | None


class Flights:
    """The dispatchers' side of one journal.

    Parameters
    ----------
    database, writing
        Of the journal: for reading, and for several changes at once.
    """

    def __init__(
        self, database: Database, writing: Callable[[], AbstractContextManager[Moves]]
    ) -> None:
        self._database = database
        self.writing = writing

    @property
    def folder(self) -> Path:
        """Where the owners keep their locks."""
        return self._database.path.parent

    def view(self, scope: Scope, owner: str, now: dt.datetime) -> View:
        """Look at everything that a dispatcher decides upon, as of one moment."""
        values = scope.values(now) | {"most": _AT_ONCE, "owner": owner}
        mine = scope.condition
        with self._database.transaction(writes=False) as file:
            held = file.execute(
                f"SELECT {_LIGHT} FROM submissions WHERE {_HOLDS_SLOT}"  # noqa: S608
                f" OR (state = 'sent' AND {mine}) ORDER BY id",
                values,
            ).fetchall()
            ended = file.execute(
                f"SELECT {_LIGHT} FROM submissions"  # noqa: S608
                f" WHERE {_TO_FETCH} AND {mine} LIMIT :most",
                values,
            ).fetchall()
            left = file.execute(
                f"SELECT key FROM submissions WHERE ({_UNDER_WAY}) AND {mine}",  # noqa: S608
                values,
            ).fetchall()
            waiting = file.execute(
                "SELECT count(*) FROM (SELECT 1 FROM submissions"  # noqa: S608
                f" WHERE state = 'intended' AND {mine} LIMIT :most)",
                values,
            ).fetchone()[0]
            return View(
                in_flight=tuple(map(submission_of, held)),
                to_fetch=tuple(map(submission_of, ended)),
                waiting=waiting,
                open_keys=frozenset(row["key"] for row in left),
                ahead=ahead_of(file, owner),
                window=window_of(file),
            )

    def with_body(self, run: Submission) -> Submission:
        """Return a run of a view with the bytes to send."""
        with self._database.transaction(writes=False) as file:
            row = file.execute("SELECT body FROM submissions WHERE key = ?", (run.key,)).fetchone()
        return replace(run, body=row["body"])

    def states(self, scope: Scope, now: dt.datetime) -> dict[str, tuple[str, str | None]]:
        """Return state and reason of every run of a scope, by key."""
        with self._database.transaction(writes=False) as file:
            rows = file.execute(
                f"SELECT key, state, reason FROM submissions WHERE {scope.condition}",  # noqa: S608
                scope.values(now),
            ).fetchall()
        return {row["key"]: (row["state"], row["reason"]) for row in rows}

    def adopt(self, scope: Scope, owner: str, now: dt.datetime) -> int:
        """Take over what was sent by owners that no longer live; return how many runs.

        A set also takes over what is not its own, since that holds slots; a single run does not.
        """
        mine = scope.condition if scope.key is not None else f"({_HOLDS_SLOT} OR {scope.condition})"
        condition = f"state = 'sent' AND {mine}"
        with self.writing() as moves:
            values = scope.values(now) | {"owner": owner}
            rows = moves.file.execute(
                f"SELECT DISTINCT owner FROM submissions WHERE {condition}"  # noqa: S608
                " AND owner IS NOT :owner",
                values,
            ).fetchall()
            dead = [row["owner"] for row in rows if not self.is_alive(row["owner"])]
            return sum(
                moves.file.execute(
                    f"UPDATE submissions SET owner = :owner WHERE {condition}"  # noqa: S608
                    " AND owner IS :dead",
                    values | {"dead": name},
                ).rowcount
                for name in dead
            )

    def forget(self, owner: str) -> None:
        """Let nobody wait any longer for the single runs of an owner that no longer lives."""
        with self.writing() as moves:
            moves.file.execute(
                "UPDATE submissions SET owner = NULL, urgent = 0"
                " WHERE owner = ? AND state = 'intended'",
                (owner,),
            )

    def is_alive(self, owner: str | None) -> bool:
        """Whether somebody who lives looks after runs under that name."""
        return owner is not None and is_alive(self.folder, owner)

    def claim(
        self, moves: Moves, scope: Scope, owner: str, count: int, now: dt.datetime
    ) -> list[Submission]:
        """Take up to ``count`` runs to send: single ones first, then the longest.

        They are marked as sent; whoever claims them must send them or put them back.
        """
        rows = moves.file.execute(
            f"SELECT key FROM submissions WHERE state = 'intended' AND {scope.condition}"  # noqa: S608
            " AND (owner IS NULL OR owner = :owner)"
            " ORDER BY urgent DESC, effort DESC, id LIMIT :count",
            scope.values(now) | {"count": count, "owner": owner},
        ).fetchall()
        return [moves.sent(row["key"], owner) for row in rows]

    def queue_up(self, moves: Moves, key: str, owner: str | None) -> None:
        """Note that a single run waits for a slot before all runs of sets; None: no longer."""
        moves.file.execute(
            "UPDATE submissions SET owner = ?, urgent = ? WHERE key = ? AND state = 'intended'",
            (owner, owner is not None, key),
        )


def held_slots(file: sqlite3.Connection, now: dt.datetime) -> tuple[int, int]:
    """Count the runs that hold a slot for certain (accepted), and those that may (sent)."""
    row = file.execute(
        "SELECT count(*) FILTER (WHERE state = 'accepted') AS certain,"  # noqa: S608
        f" count(*) FILTER (WHERE state = 'sent') AS open FROM submissions WHERE {_HOLDS_SLOT}",
        {"fresh": time_text(now - STALE)},
    ).fetchone()
    return row["certain"], row["open"]


def window_of(file: sqlite3.Connection) -> str | None:
    """Return the window of the account as it was last written."""
    row = file.execute("SELECT value FROM account WHERE name = ?", (_WINDOW,)).fetchone()
    return None if row is None else row["value"]


def set_window(file: sqlite3.Connection, text: str) -> None:
    """Write the window of the account."""
    file.execute("INSERT OR REPLACE INTO account VALUES (?, ?)", (_WINDOW, text))


def ahead_of(file: sqlite3.Connection, owner: str) -> tuple[str, ...]:
    """Return the other owners of single runs that wait for a slot."""
    rows: Iterable[sqlite3.Row] = file.execute(
        "SELECT owner FROM submissions WHERE urgent = 1 AND state = 'intended'"
        " AND owner IS NOT NULL AND owner != ?",
        (owner,),
    )
    return tuple(row["owner"] for row in rows)
