"""Killed in mid-write, no space, target in use, folder not ours: the old file stays as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from xlmeso.errors import WorkbookError
from xlmeso.report.books import write_workbook
from xlmeso.sheets.plan import ColumnPlan, SheetPlan, TablePlan

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses POSIX signals and limits")

WRITER = """
import os, sys, time
from pathlib import Path
from xlmeso.report.books import write_workbook
from xlmeso.sheets.plan import ColumnPlan, SheetPlan, TablePlan

class Values(list):
    def __getitem__(self, place):
        numbers = range(20_000)[place]
        if 15_000 in numbers:
            {in_the_middle}
        return [f"{{number * 7919 % 1_000_003}} {{number}}" * 8 for number in numbers]

    def __len__(self):
        return 20_000

{before}
table = TablePlan("meso_x", (ColumnPlan("A", Values()),), row=1)
write_workbook(Path(sys.argv[1]), [SheetPlan("One", (table,))], overwrite=True)
"""
SMALL = SheetPlan("New", (TablePlan("meso_x", (ColumnPlan("A", [1, 2]),), row=1),))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    path = folder / "report.xlsx"
    write_workbook(path, [SheetPlan("Old", SMALL.tables)])
    return path


def start(target: Path, *, in_the_middle: str = "pass", before: str = "") -> Any:
    code = WRITER.format(in_the_middle=in_the_middle, before=before)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(target)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_killed_in_mid_write_leaves_the_old_file_and_the_next_run_cleans_up(target: Path) -> None:
    old = target.read_bytes()
    with start(target, in_the_middle="print('there', flush=True); time.sleep(60)") as writer:
        assert writer.stdout.readline() == "there\n"
        others = [entry for entry in target.parent.iterdir() if entry != target]
        assert len(others) == 2, "the book of openpyxl and the one that gets the rows"
        write_workbook(target.with_name("other.xlsx"), [SMALL])
        assert all(entry.exists() for entry in others), "a live writer keeps its files"
        writer.send_signal(signal.SIGKILL)
    assert target.read_bytes() == old
    assert all(entry.exists() for entry in others)
    write_workbook(target, [SMALL], overwrite=True)
    assert openpyxl.load_workbook(target).sheetnames == ["New"]
    assert {entry.name for entry in target.parent.iterdir()} == {"report.xlsx", "other.xlsx"}


def test_no_space_leaves_the_old_file_and_no_litter(target: Path) -> None:
    old = target.read_bytes()
    limit = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))"
    )
    with start(target, before=limit) as writer:
        _, errors = writer.communicate(timeout=60)
    assert writer.returncode == 1
    assert "WorkbookError" in errors
    assert "Check the folder and the free space. The old file is as it was." in errors
    assert target.read_bytes() == old
    assert list(target.parent.iterdir()) == [target]


def test_target_that_excel_has_open_says_to_close_it(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to replace an open file: WinError 32, a PermissionError."""
    old = target.read_bytes()
    replace: Callable[[Path, Path], Path] = Path.replace

    def refuse(self: Path, other: Path) -> Path:
        if other == target:
            raise PermissionError(13, "The process cannot access the file", str(other))
        return replace(self, other)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WorkbookError, match="Close it in Excel and try again"):
        write_workbook(target, [SMALL], overwrite=True)
    assert target.read_bytes() == old
    assert list(target.parent.iterdir()) == [target]


def test_folder_that_is_not_ours_says_to_choose_another(target: Path) -> None:
    target.parent.chmod(0o555)
    other_user = "os.setuid(65534)" if os.geteuid() == 0 else ""
    for folder in target.parents[: len(target.parents) - 2]:
        if folder != target.parent:
            folder.chmod(0o755)
    old = target.read_bytes()
    with start(target, before=f"import xlmeso.report.render; {other_user}") as writer:
        _, errors = writer.communicate(timeout=60)
    target.parent.chmod(0o755)
    assert "its folder cannot be written. Choose a folder of your own." in errors
    assert target.read_bytes() == old
    assert list(target.parent.iterdir()) == [target]
