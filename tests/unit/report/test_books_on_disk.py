from __future__ import annotations

import sys
from pathlib import Path

import openpyxl
import pytest

from xlmeso.errors import WorkbookError
from xlmeso.report.books import is_ours, replace_file, write_workbook
from xlmeso.sheets.plan import ColumnPlan, SheetPlan, TablePlan

PLAN = SheetPlan("One", (TablePlan("meso_x", (ColumnPlan("A", [1, 2]),), row=1),))


def test_new_book_is_marked_and_titled(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [PLAN], title="My run")
    book = openpyxl.load_workbook(path)
    assert is_ours(book)
    assert (book.properties.title, book.properties.creator) == ("My run", "xlmeso")


def test_existing_file_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"mine")
    with pytest.raises(WorkbookError, match="exists already"):
        write_workbook(path, [PLAN])
    assert path.read_bytes() == b"mine"
    write_workbook(path, [PLAN], overwrite=True)
    assert openpyxl.load_workbook(path).sheetnames == ["One"]


def test_failure_in_the_middle_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")

    def fail(target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(WorkbookError, match="No space left"):
        replace_file(path, fail)
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.xlsx"]


def test_locked_file_asks_to_close_excel(tmp_path: Path) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "in use")

    with pytest.raises(WorkbookError, match="Close it in Excel"):
        replace_file(tmp_path / "a.xlsx", refuse)


@pytest.mark.parametrize("lock", ["~$a.xlsx", ".~lock.a.xlsx#"])
def test_book_that_another_program_has_open_is_refused(tmp_path: Path, lock: str) -> None:
    (tmp_path / lock).write_bytes(b"")
    with pytest.raises(WorkbookError, match="open in another program"):
        write_workbook(tmp_path / "a.xlsx", [PLAN])
    assert not (tmp_path / "a.xlsx").exists()


def test_missing_folder_is_a_plain_message(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="cannot be written"):
        write_workbook(tmp_path / "nowhere" / "a.xlsx", [PLAN])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")
def test_permissions_of_a_file_survive_its_replacement(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"")
    path.chmod(0o640)
    write_workbook(path, [PLAN], overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o640
