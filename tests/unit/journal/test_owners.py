"""Owners: alive as long as their process, whatever ends it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from xlmeso.journal import JournalError
from xlmeso.journal.owners import is_alive, owning

WAITS = """
import sys, time
from pathlib import Path
from xlmeso.journal.owners import owning
with owning(Path(sys.argv[1])) as name:
    print(name, flush=True)
    time.sleep(60)
"""


def test_an_owner_lives_within_its_with_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with owning(tmp_path) as name, owning(tmp_path) as other:
        assert name != other
        assert is_alive(tmp_path, name)
        assert is_alive(tmp_path, other)
    assert not is_alive(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_an_owner_that_is_killed_is_dead_at_once(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    assert is_alive(tmp_path, name)
    process.kill()
    process.communicate(timeout=20)
    assert not is_alive(tmp_path, name)
    assert not is_alive(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_owner_is_dead(tmp_path: Path) -> None:
    assert not is_alive(tmp_path, "1-nobody")


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JournalError, match="cannot be used"), owning(tmp_path / "file" / "x"):
        pass
