"""Tearsheet and Export: pressed as buttons, against the real service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest


def test_export_writes_the_whole_report_to_the_named_file(finished: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    finished.person.files = [target]
    before = finished.contents()
    assert f"Wrote {target}: 1 run." in finished.press("export_report")
    assert finished.person.asked[-1] == "Desk run report.xlsx"
    book = openpyxl.load_workbook(target)
    assert book.sheetnames[0] == "Summary"
    assert {"Events", "NAV"} <= set(book.sheetnames)
    assert finished.runs()[0]["Id"] in book["Summary"]["B3"].value
    assert finished.contents() == before


def test_export_asks_before_it_replaces_a_file(finished: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"mine")
    finished.person.files = [target]
    finished.press_quietly("export_report", False)
    assert target.read_bytes() == b"mine"
    finished.person.files = [target]
    finished.press("export_report", True)
    assert openpyxl.load_workbook(target).sheetnames[0] == "Summary"


@pytest.mark.parametrize("name", ["report.xlsm", "report.pdf"])
def test_export_refuses_another_kind_of_file(finished: Any, tmp_path: Path, name: str) -> None:
    finished.person.files = [tmp_path / name]
    assert f"{name!r} is no .xlsx file" in finished.press("export_report")
    assert not (tmp_path / name).exists()


def test_export_refuses_a_report_that_is_open(finished: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    target.write_bytes(b"mine")
    (tmp_path / "~$out.xlsx").write_bytes(b"")
    finished.person.files = [target]
    assert "open in another program" in finished.press("export_report")
    assert target.read_bytes() == b"mine"


def test_a_cancelled_box_writes_nothing(finished: Any) -> None:
    finished.person.files = [None]
    finished.press_quietly("export_report")


def test_tearsheet_opens_a_book_without_the_long_sheets(finished: Any) -> None:
    before = finished.contents()
    finished.press_quietly("show_tearsheet")
    (opened,) = [book for book in finished.book.app.books if book.name != finished.book.name]
    assert opened.name == "Desk run tear sheet.xlsx"
    names = [sheet.name for sheet in opened.sheets]
    assert names[:4] == ["Summary", "Equity", "Monthly", "Trades"]
    assert not {"Events", "NAV"} & set(names)
    opened.close()
    assert finished.contents() == before
