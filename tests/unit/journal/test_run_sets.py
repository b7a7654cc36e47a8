"""Sets of runs: written down at once, found again by what they were made from."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from xlmeso.journal import IntendedRun, JournalError, Submissions, SubmissionState
from xlmeso.journal.database import Database
from xlmeso.journal.schema import STEPS, VERSION
from xlmeso.model.backtest import BacktestState

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Submissions:
    return Submissions(tmp_path / "journal.sqlite", clock=lambda: NOON)


def runs(count: int = 3, prefix: str = "k") -> list[IntendedRun]:
    return [
        IntendedRun(f"Delta={n}", f"run {n}", f"{prefix}{n}", f"body {n}".encode(), True, 1.0 + n)
        for n in range(count)
    ]


def test_a_set_is_written_whole_and_in_order(journal: Submissions) -> None:
    made = journal.sets.add("Deltas", "abc", runs(), notes={"axes": ["Delta"]})
    assert (made.title, made.digest, made.notes) == ("Deltas", "abc", {"axes": ["Delta"]})
    assert (made.total, made.done, made.ended, made.is_done) == (3, 0, 0, False)
    assert made.created_at == NOON
    members = journal.sets.members(made.set_id)
    assert [(item.position, item.label, item.run.key) for item in members] == [
        (0, "Delta=0", "k0"),
        (1, "Delta=1", "k1"),
        (2, "Delta=2", "k2"),
    ]
    assert [item.run.body for item in members] == [b"body 0", b"body 1", b"body 2"]
    assert [item.run.effort for item in members] == [1.0, 2.0, 3.0]
    assert {item.run.state for item in members} == {SubmissionState.INTENDED}


def test_the_same_digest_again_is_the_same_set_with_the_first_keys(journal: Submissions) -> None:
    first = journal.sets.add("Deltas", "abc", runs())
    again = journal.sets.add("Deltas", "abc", runs(prefix="other"))
    assert again == first
    assert len(journal.recent()) == 3
    anew = journal.sets.add("Deltas", "abc", runs(prefix="other"), anew=True)
    assert anew.set_id != first.set_id
    assert journal.sets.find("abc") == [anew, first]
    assert journal.sets.recent(1) == [anew]
    assert journal.sets.find("abd") == []
    assert journal.sets.get(99) is None


def test_impossible_sets_are_refused_and_leave_nothing(journal: Submissions) -> None:
    journal.sets.add("Deltas", "abc", runs())
    with pytest.raises(JournalError, match="has other runs"):
        journal.sets.add("Deltas", "abc", runs(4, "x"))
    with pytest.raises(JournalError, match="has no runs"):
        journal.sets.add("Nothing", "d", [])
    with pytest.raises(JournalError, match="called 'Delta=0'"):
        journal.sets.add("Twice", "e", [*runs(1, "y"), *runs(1, "z")])
    # A key that stands for another body: the whole set is taken back.
    clash = [IntendedRun("a", "a", "new", b"1"), IntendedRun("b", "b", "k0", b"other")]
    with pytest.raises(JournalError, match="stands for another submission"):
        journal.sets.add("Clash", "f", clash)
    assert len(journal.recent()) == 3
    assert len(journal.sets.recent()) == 1


def test_a_set_counts_how_far_its_runs_have_come(journal: Submissions) -> None:
    made = journal.sets.add("Deltas", "abc", runs(6))
    with journal.writing() as moves:
        for number in range(1, 5):
            moves.sent(f"k{number}")
            moves.accepted(f"k{number}", f"id-{number}")
        moves.ended("k2", BacktestState.FAILED, "no data")
        moves.ended("k3", BacktestState.FINISHED)
        moves.ended("k4", BacktestState.FINISHED)
        moves.stored("k4", b'{"StratSharpe": 1.50, "StratTradeCnt": 7}')
        moves.refused("k5", "400: Symbol")
    found = journal.sets.get(made.set_id)
    assert found is not None
    assert found.counts == {"intended": 1, "accepted": 1, "ended": 2, "stored": 1, "refused": 1}
    # Done are the failed one, the stored one and the refused one; k3 waits for its results.
    assert (found.total, found.done, found.ended) == (6, 3, 3)
    stored = journal.sets.members(made.set_id, keys=["k4"])[0]
    assert stored.analytics == {"StratSharpe": Decimal("1.50"), "StratTradeCnt": 7}
    assert [item.run.is_done for item in journal.sets.members(made.set_id)] == [
        False, False, True, False, True, True,
    ]  # fmt: skip
    assert journal.sets.labels()["k4"] == (made.set_id, "Delta=4")


def test_moves_that_would_lose_or_double_a_run_do_nothing(journal: Submissions) -> None:
    journal.record("run", b"1", "k")
    with journal.writing() as moves:
        assert moves.put_back("k").state is SubmissionState.INTENDED
        assert moves.ended("k", BacktestState.FINISHED).state is SubmissionState.INTENDED
        assert moves.stored("k", b"{}").state is SubmissionState.INTENDED
        assert moves.sent("k", "me").owner == "me"
        back = moves.put_back("k")
        assert (back.state, back.owner) == (SubmissionState.INTENDED, None)
        moves.sent("k", "me")
        moves.accepted("k", "id")
        assert moves.put_back("k").state is SubmissionState.ACCEPTED
        assert moves.sent("k").state is SubmissionState.ACCEPTED
        ended = moves.ended("k", BacktestState.CANCELLED)
        assert (ended.state, ended.outcome) == (SubmissionState.ENDED, BacktestState.CANCELLED)
        assert moves.ended("k", BacktestState.FINISHED).outcome is BacktestState.CANCELLED
        assert moves.gone("k", "deleted").outcome is BacktestState.CANCELLED
        assert moves.knows("id")
        assert not moves.knows("other")


def test_a_run_that_the_service_took_and_deleted_is_over(journal: Submissions) -> None:
    journal.record("run", b"1", "k")
    with journal.writing() as moves:
        moves.sent("k")
        gone = moves.gone("k", "deleted at the service")
    assert (gone.state, gone.outcome, gone.is_done) == (SubmissionState.ENDED, None, True)


def test_a_journal_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as file:
        file.executescript(STEPS[0])
        for number, (state, body) in enumerate(
            [("accepted", b'{"IdempotencyKey":"a"}'), ("sent", b"{}"), ("intended", b"{}")]
        ):
            file.execute(
                "INSERT INTO submissions (key, name, body, state, backtest_id, recorded_at,"
                " changed_at) VALUES (?, 'old', ?, ?, ?, ?, ?)",
                (
                    f"k{number}", body, state, "id" if number == 0 else None,
                    "2026-11-01T10:00:00.000+00:00", "2026-11-01T10:00:01.000+00:00",
                ),
            )  # fmt: skip
        file.execute("PRAGMA user_version = 1")
    file.close()
    journal = Submissions(path)
    newest_first = journal.recent()
    assert [row.state for row in newest_first] == ["intended", "sent", "accepted"]
    assert [row.keyed for row in newest_first] == [False, False, True]
    assert newest_first[2].accepted_at == dt.datetime(2026, 11, 1, 10, 0, 1, tzinfo=dt.UTC)
    assert newest_first[1].sent_at == newest_first[2].accepted_at
    assert journal.sets.add("Deltas", "abc", runs(prefix="new")).total == 3
    with Database(path).transaction(writes=False) as file:
        assert file.execute("PRAGMA user_version").fetchone()[0] == VERSION == 3
