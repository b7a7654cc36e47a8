"""The journal: written before sending, one row for each key, safe with several processes."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlmeso.journal import JournalError, Submissions, SubmissionState

BODY = b'{"StrategyDefinition":{"Cash":10000.0000}}'
NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)

WRITER = """
import sys
from pathlib import Path
from xlmeso.journal import Submissions
journal, name, count = Submissions(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
for number in range(count):
    key = f"{name}-{number}"
    journal.record("run", key.encode(), key)
    print(key, flush=True)
    journal.mark_sent(key)
    journal.mark_accepted(key, f"id-{key}")
"""

DIES_WITHIN_A_TRANSACTION = """
import os, sys
from pathlib import Path
from xlmeso.journal.database import Database
with Database(Path(sys.argv[1])).transaction() as file:
    file.execute("UPDATE submissions SET state = 'accepted', backtest_id = 'half'")
    file.execute("INSERT INTO submissions (key, name, body, state, recorded_at, changed_at)"
                 " VALUES ('half', 'half', x'00', 'intended', '', '')")
    os._exit(9)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "fund.sqlite"


@pytest.fixture
def journal(path: Path) -> Submissions:
    return Submissions(path, clock=lambda: NOON)


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_submission_is_recorded_as_intended(journal: Submissions) -> None:
    row = journal.record("GrimCat", BODY, "key-1")
    assert (row.key, row.name, row.body) == ("key-1", "GrimCat", BODY)
    assert row.state is SubmissionState.INTENDED
    assert row.backtest_id is row.reason is None
    assert row.recorded_at == row.changed_at == NOON


def test_a_recorded_submission_is_there_for_another_process_at_once(path, journal) -> None:
    journal.record("GrimCat", BODY, "key-1")
    assert Submissions(path).find("key-1") == journal.find("key-1")


def test_the_way_to_acceptance(path: Path) -> None:
    moments = iter(NOON + dt.timedelta(minutes=minute) for minute in range(9))
    journal = Submissions(path, clock=lambda: next(moments))
    journal.record("GrimCat", BODY, "key-1")
    assert journal.mark_sent("key-1").state is SubmissionState.SENT
    row = journal.mark_accepted("key-1", "7f3")
    assert (row.state, row.backtest_id) == (SubmissionState.ACCEPTED, "7f3")
    assert row.recorded_at == NOON
    assert row.changed_at == NOON + dt.timedelta(minutes=2)
    assert journal.find_backtest("7f3") == row
    assert journal.pending() == []


def test_a_refusal_keeps_its_reason_and_may_be_sent_again(journal: Submissions) -> None:
    journal.record("GrimCat", BODY, "key-1")
    journal.mark_sent("key-1")
    row = journal.mark_refused("key-1", "400: Symbol: unknown")
    assert (row.state, row.reason) == (SubmissionState.REFUSED, "400: Symbol: unknown")
    assert journal.pending() == []
    assert journal.mark_sent("key-1").reason is None
    assert journal.mark_accepted("key-1", "7f3").state is SubmissionState.ACCEPTED


def test_pending_lists_intended_and_sent_oldest_first(journal: Submissions) -> None:
    for number in range(5):
        journal.record("run", BODY, f"key-{number}")
    journal.mark_sent("key-3")
    journal.mark_accepted("key-1", "a")
    journal.mark_refused("key-2", "no")
    assert [row.key for row in journal.pending()] == ["key-0", "key-3", "key-4"]
    assert [row.key for row in journal.recent(2)] == ["key-4", "key-3"]


def test_an_accepted_submission_stays_accepted(journal: Submissions) -> None:
    journal.record("GrimCat", BODY, "key-1")
    row = journal.mark_accepted("key-1", "7f3")
    assert journal.mark_accepted("key-1", "7f3") == row
    assert journal.mark_sent("key-1") == row
    with pytest.raises(JournalError, match="accepted as backtest 7f3"):
        journal.mark_accepted("key-1", "other")
    with pytest.raises(JournalError, match="cannot become refused"):
        journal.mark_refused("key-1", "late")
    assert journal.find("key-1") == row


def test_the_same_key_and_body_return_the_row_that_exists(journal: Submissions) -> None:
    journal.record("GrimCat", BODY, "key-1")
    accepted = journal.mark_accepted("key-1", "7f3")
    assert journal.record("another name", BODY, "key-1") == accepted
    assert len(journal.recent()) == 1


def test_the_same_key_with_another_body_is_an_error_that_changes_nothing(journal) -> None:
    before = journal.record("GrimCat", BODY, "key-1")
    with pytest.raises(JournalError, match="stands for another submission, 'GrimCat'") as caught:
        journal.record("GrimCat", BODY + b" ", "key-1")
    assert caught.value.cure == "Use a new key for a changed strategy."
    assert journal.find("key-1") == before


def test_keys_are_case_sensitive_as_the_service_sees_them(journal: Submissions) -> None:
    journal.record("a", b"1", "Key")
    assert journal.record("b", b"2", "kEY").name == "b"


def test_what_is_unknown_is_none_or_a_clear_error(journal: Submissions) -> None:
    assert journal.find("nothing") is None
    assert journal.find_backtest("nothing") is None
    with pytest.raises(JournalError, match="no submission with the idempotency key 'nothing'"):
        journal.mark_sent("nothing")


@settings(max_examples=25, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=60))
def test_bodies_and_names_come_back_byte_for_byte(tmp_path_factory, body, name) -> None:
    journal = Submissions(tmp_path_factory.mktemp("j") / "j.sqlite")
    journal.record(name, body, "k")
    row = journal.find("k")
    assert row is not None
    assert (row.body, row.name) == (body, name)


def test_threads_with_one_journal_lose_nothing(journal: Submissions) -> None:
    def write(name: str) -> None:
        for number in range(10):
            journal.record("run", BODY, f"{name}-{number}")
            journal.mark_sent(f"{name}-{number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.pending()) == 40
    assert {row.state for row in journal.pending()} == {SubmissionState.SENT}


def test_processes_that_start_together_make_one_journal_and_lose_nothing(path: Path) -> None:
    writers = [start(WRITER, path, name, 15) for name in ("a", "b", "c")]
    for writer in writers:
        _, problems = writer.communicate(timeout=60)
        assert (writer.returncode, problems) == (0, "")
    journal = Submissions(path)
    rows = journal.recent(1000)
    assert len(rows) == 45
    assert {row.backtest_id for row in rows} == {f"id-{row.key}" for row in rows}


def test_a_writer_that_is_killed_leaves_all_it_had_recorded(path: Path) -> None:
    writer = start(WRITER, path, "w", 100_000)
    assert writer.stdout is not None
    recorded = [writer.stdout.readline().strip() for _ in range(20)]
    writer.kill()
    rest, _ = writer.communicate(timeout=60)
    recorded += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    journal = Submissions(path)
    for line in recorded:
        row = journal.find(line.strip())
        assert row is not None
        assert row.body == line.strip().encode()
    assert journal.record("after", BODY, "after").state is SubmissionState.INTENDED
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    file.close()


def test_a_death_within_a_transaction_leaves_nothing_of_it(path: Path, journal) -> None:
    before = journal.record("GrimCat", BODY, "key-1")
    dead = start(DIES_WITHIN_A_TRANSACTION, path)
    assert (dead.communicate(timeout=60), dead.returncode) == (("", ""), 9)
    assert journal.recent() == [before]


@pytest.mark.parametrize(
    "content", [b"this is no database" * 99, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_damaged_file_is_named_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(JournalError) as caught:
        Submissions(path).record("GrimCat", BODY, "key-1")
    assert "damaged" in caught.value.message
    assert caught.value.where == str(path)
    assert "Move the file away" in (caught.value.cure or "")
    assert path.read_bytes() == content


def test_a_journal_that_loses_pages_is_named_as_damaged(path: Path, journal) -> None:
    for number in range(40):
        journal.record("run", os.urandom(2000), f"key-{number}")
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    with pytest.raises(JournalError, match="damaged"):
        Submissions(path).recent(1000)


def test_a_journal_of_a_newer_version_is_left_alone(path: Path, journal) -> None:
    journal.record("GrimCat", BODY, "key-1")
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 7")
    file.close()
    with pytest.raises(JournalError, match="version 7, this xlmeso knows 3") as caught:
        Submissions(path).find("key-1")
    assert caught.value.cure == "Update xlmeso."


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JournalError, match="cannot be used") as caught:
        Submissions(tmp_path / "file" / "fund.sqlite").pending()
    assert caught.value.cure


def test_a_journal_that_was_deleted_meanwhile_starts_afresh(path: Path, journal) -> None:
    journal.record("GrimCat", BODY, "key-1")
    for file in path.parent.iterdir():
        file.unlink()
    assert journal.pending() == []


def test_commits_reach_the_disk_and_readers_do_not_wait(path: Path, journal) -> None:
    journal.record("GrimCat", BODY, "key-1")
    with journal._database.transaction() as writing:
        assert writing.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert writing.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
        writing.execute("UPDATE submissions SET name = 'changed'")
        assert [row.name for row in journal.pending()] == ["GrimCat"]
    assert [row.name for row in journal.pending()] == ["changed"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_can_read_the_journal(path: Path, journal: Submissions) -> None:
    journal.record("GrimCat", BODY, "key-1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
