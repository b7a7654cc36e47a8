"""Named sets of runs: a sweep is one, and the same sweep again is the same set."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from xlmeso.journal.database import Database
from xlmeso.journal.errors import JournalError
from xlmeso.journal.moves import Moves
from xlmeso.journal.rows import Submission, SubmissionState, submission_of
from xlmeso.model.analytics import parse_analytics
from xlmeso.model.backtest import AnalyticsValue, BacktestState
from xlmeso.model.document import loads

_MOST_ANALYTICS = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class IntendedRun:
    """A run of a set as it is written down: label, name at the service, key and exact body."""

    label: str
    name: str
    key: str
    body: bytes = field(repr=False)
    keyed: bool = True
    effort: float = 1.0


@dataclass(frozen=True, slots=True)
class RunSet:
    """A set of runs.

    Attributes
    ----------
    set_id
        Number within its journal.
    title
        For people.
    digest
        What it was made from; the same digest stands for the same set.
    notes
        What its maker wants to know again (JSON).
    counts
        Number of runs in each state; states without any are left out.
    done
        Number of runs with which nothing is left to do.
    ended
        Number of runs that are over at the service.
    """

    set_id: int
    title: str
    digest: str
    notes: Mapping[str, Any]
    created_at: dt.datetime
    counts: Mapping[SubmissionState, int]
    done: int
    ended: int

    @property
    def total(self) -> int:
        """Number of runs."""
        return sum(self.counts.values())

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do with any of the runs."""
        return self.done == self.total


@dataclass(frozen=True, slots=True)
class SetMember:
    """One run of a set; ``analytics`` from the state STORED on, in the service's order."""

    position: int
    label: str
    run: Submission
    analytics: Mapping[str, AnalyticsValue] | None = field(default=None, repr=False)


class RunSets:
    """The sets of one journal.

    Parameters
    ----------
    database, writing
        Of the journal: for reading, and for several changes at once.
    """

    def __init__(
        self, database: Database, writing: Callable[[], AbstractContextManager[Moves]]
    ) -> None:
        self._database = database
        self._writing = writing

    def add(
        self,
        title: str,
        digest: str,
        runs: Sequence[IntendedRun],
        *,
        notes: Mapping[str, Any] | None = None,
        anew: bool = False,
    ) -> RunSet:
        """Write down a set with all of its runs at once; on the disk when this returns.

        If there is a set of this digest already, it is returned and nothing is written, unless
        ``anew`` asks for the same runs a second time.

        Raises
        ------
        JournalError
            There are no runs, two have the same label, or the set of this digest has others.
        """
        self._check(title, runs)
        text = json.dumps(dict(notes or {}), ensure_ascii=False)
        with self._writing() as moves:
            known = None if anew else self._same(moves.file, digest, runs)
            set_id = self._insert(moves, title, digest, text, runs) if known is None else known
        found = self.get(set_id)
        assert found is not None
        return found

    def get(self, set_id: int) -> RunSet | None:
        """Return a set, or None."""
        return next(iter(self._select("WHERE run_sets.id = ?", set_id)), None)

    def find(self, digest: str) -> list[RunSet]:
        """Return the sets that were made from the same, newest first."""
        return self._select("WHERE digest = ?", digest)

    def recent(self, count: int = 100) -> list[RunSet]:
        """Return the latest sets, newest first."""
        return self._select("", count=count)

    def members(self, set_id: int, keys: Sequence[str] | None = None) -> list[SetMember]:
        """Return the runs of a set in the order in which they were given.

        Parameters
        ----------
        keys
            Only the runs with these idempotency keys.
        """
        wanted = "" if keys is None else f" AND key IN ({', '.join('?' * len(keys))})"
        with self._database.transaction(writes=False) as file:
            rows = file.execute(
                "SELECT submissions.*, position, label, analytics FROM set_members"  # noqa: S608
                " JOIN submissions ON submissions.id = set_members.submission"
                " LEFT JOIN results ON results.submission = submissions.id"
                f" WHERE set_id = ?{wanted} ORDER BY position",
                (set_id, *(keys or ())),
            ).fetchall()
        return [
            SetMember(row["position"], row["label"], submission_of(row), _figures(row))
            for row in rows
        ]

    def labels(self) -> dict[str, tuple[int, str]]:
        """Return for each key that belongs to a set the set's number and the run's label."""
        with self._database.transaction(writes=False) as file:
            rows = file.execute(
                "SELECT key, set_id, label FROM set_members"
                " JOIN submissions ON submissions.id = set_members.submission"
            ).fetchall()
        return {row["key"]: (row["set_id"], row["label"]) for row in rows}

    def _check(self, title: str, runs: Sequence[IntendedRun]) -> None:
        counted = Counter(run.label for run in runs)
        twice = [label for label, count in counted.items() if count > 1]
        if not runs:
            raise JournalError(f"the set {title!r} has no runs", where=str(self._database.path))
        if twice:
            raise JournalError(
                f"the set {title!r} has two runs that are called {twice[0]!r}",
                where=str(self._database.path),
                cure="Give each run a label of its own.",
            )

    def _same(
        self, file: sqlite3.Connection, digest: str, runs: Sequence[IntendedRun]
    ) -> int | None:
        row = file.execute(
            "SELECT id FROM run_sets WHERE digest = ? ORDER BY id DESC LIMIT 1", (digest,)
        ).fetchone()
        if row is None:
            return None
        rows = file.execute(
            "SELECT label FROM set_members WHERE set_id = ? ORDER BY position", (row["id"],)
        ).fetchall()
        if [item["label"] for item in rows] != [run.label for run in runs]:
            raise JournalError(
                "a set that was made from the same has other runs",
                where=str(self._database.path),
                cure="Start it anew instead of resuming it.",
            )
        return int(row["id"])

    def _insert(
        self, moves: Moves, title: str, digest: str, notes: str, runs: Sequence[IntendedRun]
    ) -> int:
        made = moves.file.execute(
            "INSERT INTO run_sets (title, digest, notes, created_at) VALUES (?, ?, ?, ?)",
            (title, digest, notes, moves.now),
        )
        for position, run in enumerate(runs):
            moves.record(run.name, run.body, run.key, keyed=run.keyed, effort=run.effort)
            moves.file.execute(
                "INSERT INTO set_members SELECT ?, ?, ?, id FROM submissions WHERE key = ?",
                (made.lastrowid, position, run.label, run.key),
            )
        return int(made.lastrowid or 0)

    def _select(self, where: str, *values: str | int, count: int = 1000) -> list[RunSet]:
        with self._database.transaction(writes=False) as file:
            rows = file.execute(
                f"SELECT * FROM run_sets {where} ORDER BY id DESC LIMIT ?",  # noqa: S608
                (*values, count),
            ).fetchall()
            return [_run_set(file, row) for row in rows]


def _run_set(file: sqlite3.Connection, row: sqlite3.Row) -> RunSet:
    counted = file.execute(
        "SELECT state, outcome, count(*) AS n FROM set_members"
        " JOIN submissions ON submissions.id = set_members.submission WHERE set_id = ?"
        " GROUP BY state, outcome",
        (row["id"],),
    ).fetchall()
    counts: dict[SubmissionState, int] = {}
    for item in counted:
        state = SubmissionState(item["state"])
        counts[state] = counts.get(state, 0) + item["n"]
    over = (SubmissionState.ENDED, SubmissionState.STORED)
    ended = sum(counts.get(state, 0) for state in over)
    waiting = sum(
        item["n"]
        for item in counted
        if item["state"] == SubmissionState.ENDED and item["outcome"] == BacktestState.FINISHED
    )
    return RunSet(
        set_id=row["id"],
        title=row["title"],
        digest=row["digest"],
        notes=json.loads(row["notes"]),
        created_at=dt.datetime.fromisoformat(row["created_at"]),
        counts=counts,
        done=ended - waiting + counts.get(SubmissionState.REFUSED, 0),
        ended=ended,
    )


def _figures(row: sqlite3.Row) -> Mapping[str, AnalyticsValue] | None:
    packed = row["analytics"]
    if packed is None:
        return None
    return parse_analytics(loads(zlib.decompress(packed), max_bytes=_MOST_ANALYTICS))
