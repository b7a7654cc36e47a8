from __future__ import annotations

import datetime as dt

import pytest

from xlmeso.sheets.cells import (
    all_safe,
    as_datetime,
    cell_name,
    column_letters,
    is_safe_text,
    plain_number,
    utf16_length,
    visible_text,
)


@pytest.mark.parametrize(
    ("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA")]
)
def test_column_letters(number: int, letters: str) -> None:
    assert column_letters(number) == letters


def test_sheet_names_are_quoted_where_excel_asks_for_it() -> None:
    assert cell_name("Strategy", 14, 4) == "Strategy!D14"
    assert cell_name("Bob's sheet", 1, 1) == "'Bob''s sheet'!A1"
    assert cell_name("2024", 1, 1) == "'2024'!A1"


@pytest.mark.parametrize("text", ["plain", "=A1", "a\nb", "tab\t", "é😀", "x" * 32_767, "_x00"])
def test_texts_that_a_cell_keeps(text: str) -> None:
    assert is_safe_text(text)
    assert visible_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a␀b"),
        ("\x1b[0m", "␛[0m"),
        ("a\r\nb", "a\nb"),
        ("\x7f", "␡"),
        ("\ud800", "\ufffd"),
        ("#N/A", "#N/A "),
    ],
)
def test_texts_that_a_cell_would_change_are_made_visible(text: str, shown: str) -> None:
    assert not is_safe_text(text)
    assert visible_text(text) == shown
    assert is_safe_text(visible_text(text))


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\nb", "\ud800", "#N/A", "_x0041_", "😀" * 16_384, "x" * 32_768, "_", "x00"]
)
def test_many_texts_are_judged_together(text: str) -> None:
    assert all_safe(["plain", "=A1", "", "tab\t", "é😀"])
    assert all_safe(["plain", text, "=A1"]) is (text in ("_", "x00"))
    assert all_safe(["_", "x0041_"])


@pytest.mark.parametrize("character", ["x", "😀"])
def test_long_texts_are_cut_with_a_mark_and_fit(character: str) -> None:
    shown = visible_text(character * 40_000)
    assert shown.endswith("... [cut: 40,000 characters]")
    assert 32_700 <= utf16_length(shown) <= 32_767


def test_escapes_lose_their_meaning() -> None:
    assert not is_safe_text("_x0041_")
    for text in ("_x0041_ and _x000D_", "_x005F_x0041_"):
        assert is_safe_text(visible_text(text))
        assert visible_text(visible_text(text)) == visible_text(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (160.0, "160"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e15, "1000000000000000"),
        (1e16, "1e+16"),
        (1e-5, "1e-05"),
        (45000, "45000"),
    ],
)
def test_numbers_are_spelled_as_people_write_them(value: float, text: str) -> None:
    assert plain_number(value) == text


def test_serials_are_rounded_to_the_second() -> None:
    assert as_datetime(dt.datetime(2021, 1, 1, 9, 29, 59, 999_997)) == dt.datetime(
        2021, 1, 1, 9, 30
    )
    assert as_datetime(dt.date(2021, 1, 1)) == dt.datetime(2021, 1, 1)
