"""Variants from CSV and JSON files."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlmeso.app.sweep.variant_files import read_variants
from xlmeso.errors import WorkbookError
from xlmeso.model.document import JsonNumber
from xlmeso.model.sweep.values import typed
from xlmeso.model.templates import load_template

PUT = load_template("short-put")


def rows(path: Path) -> list[dict[str, str]]:
    found, problems = read_variants(path, PUT)
    assert problems == ()
    return [{choice.path.text: choice.text for choice in row.choices} for row in found]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_has_paths_as_headings_and_blank_keeps_the_value(
    tmp_path: Path, delimiter: str
) -> None:
    lines = [["Exit.ProfitTarget", "Backtest.Cash"], ["200", "10000.0000"], ["", ""], ["400", ""]]
    path = tmp_path / "v.csv"
    path.write_text("\r\n".join(delimiter.join(line) for line in lines), encoding="utf-8-sig")
    assert rows(path) == [
        {"Exit.ProfitTarget": "200", "Backtest.Cash": "10000.0000"},
        {"Exit.ProfitTarget": "400"},
    ]


def test_csv_places_name_the_line_and_the_heading(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text('Exit.ProfitTarget\n"max(1,\n2)"\n5\n', encoding="utf-8")
    found, _ = read_variants(path, PUT)
    assert [row.choices[0].place for row in found] == [
        "v.csv, line 3, Exit.ProfitTarget", "v.csv, line 4, Exit.ProfitTarget",
    ]  # fmt: skip


def test_unknown_headings_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("Exit.ProfitTaget,Comment\n1,x\n", encoding="utf-8")
    _, problems = read_variants(path, PUT)
    assert [problem.cell for problem in problems] == [
        "v.csv, 'Exit.ProfitTaget'", "v.csv, 'Comment'",
    ]  # fmt: skip
    assert "Exit.ProfitTarget" in problems[0].suggestion


def test_json_values_keep_type_and_spelling(tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    path.write_text(
        '[{"Backtest.Cash": 10000.0000, "Exit.StopLoss": null, "Exit.MaxDaysInTrade": "30",'
        ' "Entry.Schedule.Every": "mon,wed", "Entry.Concurrency": {"MaxPositionsInFlight": 2}}]',
        encoding="utf-8",
    )
    found, problems = read_variants(path, PUT)
    assert problems == ()
    values = {choice.path.text: typed(choice.text, choice.path) for choice in found[0].choices}
    assert values == {
        "Backtest.Cash": JsonNumber("10000.0000"),
        "Exit.StopLoss": None,
        "Exit.MaxDaysInTrade": "30",
        "Entry.Schedule.Every": "mon,wed",
        "Entry.Concurrency": {"MaxPositionsInFlight": JsonNumber("2")},
    }


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("v.csv", "a,a\n1,2\n", "stands twice"),
        ("v.csv", "Exit.ProfitTarget\n1,2\n", "has 2 cells"),
        ("v.csv", 'Exit.ProfitTarget\n"1\n', "no CSV"),
        ("v.json", "{}", "no list of objects"),
        ("v.json", "[1]", "no list of objects"),
        ("v.json", "[", "no JSON"),
    ],
)
def test_files_that_cannot_be_meant_say_why(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorkbookError, match=says):
        read_variants(path, PUT)


def test_a_file_that_is_no_text_or_missing_says_so(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_bytes(b"Exit.ProfitTarget\n\xff\n")
    with pytest.raises(WorkbookError, match="no CSV in UTF-8"):
        read_variants(path, PUT)
    with pytest.raises(WorkbookError, match="cannot be read"):
        read_variants(tmp_path / "none.csv", PUT)
