from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from xlmeso.report.text import put
from xlmeso.sheets.cells import CellError


def through_file(value: Any, folder: Path) -> Any:
    """Write one value, save, load: what does a reader find?"""
    book = openpyxl.Workbook()
    put(book.worksheets[0]["A1"], value)
    path = folder / "one.xlsx"
    book.save(path)
    return openpyxl.load_workbook(path).worksheets[0]["A1"]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "160", "TRUE", "2020-01-01",
     " a ", "a\nb", "'x", "é😀"],
)  # fmt: skip
def test_texts_stay_texts(text: str, tmp_path: Path) -> None:
    cell = through_file(text, tmp_path)
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize("text", ["=1", "+1", "-pos_delta", "@x"])
def test_texts_that_look_like_formulas_carry_the_quote_prefix(text: str, tmp_path: Path) -> None:
    assert through_file(text, tmp_path).quotePrefix


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a\x07b", "a␇b"),
        ("#N/A", "#N/A "),
        (math.nan, None),
        (-math.inf, None),
        (Decimal("NaN"), None),
        (Decimal("1.25"), 1.25),
        (10**17, 1e17),
        (True, True),
        (dt.datetime(2020, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))),
         dt.datetime(2020, 1, 1, 10)),
        (None, None),
        ("", None),
    ],
)  # fmt: skip
def test_values_that_files_cannot_hold_become_something_true(
    value: object, found: object, tmp_path: Path
) -> None:
    assert through_file(value, tmp_path).value == found


def test_long_text_is_cut_with_a_mark(tmp_path: Path) -> None:
    text = through_file("y" * 50_000, tmp_path).value
    assert len(text) == 32_767
    assert text.endswith("[cut: 50,000 characters]")


def test_error_values_are_errors(tmp_path: Path) -> None:
    cell = through_file(CellError("#N/A"), tmp_path)
    assert (cell.value, cell.data_type) == ("#N/A", "e")
