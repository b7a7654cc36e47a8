"""Freeze and back, the formula check, usage, the list of functions."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula

from xlmeso.excel.actions_formulas import _calculate
from xlmeso.excel.declarations import declarations
from xlmeso.excel.formula_cells import BlockKind, FormulaBlock, grid, rectangles
from xlmeso.excel.formula_scan import calls, is_ours, references, volatile_names
from xlmeso.report.books import save_book

SPILL = [["Metric", "Strategy"], ["Sharpe ratio", 1.25], ["End", None]]


def book_with_formulas(path: Path) -> Path:
    """Write a book as Excel leaves it: formulas with the results that they had."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Desk"
    results: dict[str, Any] = {}

    def formula(cell: str, text: str, result: Any) -> None:
        sheet[cell] = text
        results[cell] = result

    sheet["A1"] = "id"
    formula("B2", '=MESO_METRIC(A2,"Sharpe ratio")', 1.25)
    formula("B3", '=MESO_METRIC(A3,"Sharpe ratio")', -0.5)
    formula("C2", "=IFERROR(MESO_STATUS(A2),0)", "Finished")
    formula("C3", "=MESO_STATUS(A3)", "#N/A")
    formula("D2", "=B2*2", 2.5)
    formula("E2", '=_xll.MESO_STRATEGY(A2,"Symbol")', "00123")
    formula("E3", '="MESO_METRIC("&A2', "MESO_METRIC(x")
    formula("F2", "=MESO_METRIC(A2,StartPeriod)", 43102.0)
    sheet["F2"].number_format = "yyyy-mm-dd"
    sheet["H2"] = ArrayFormula("H2:I4", "=MESO_ANALYTICS(A2)")
    results["H2"] = SPILL[0][0]
    for down, line in enumerate(SPILL):
        for across, value in enumerate(line):
            if (down, across) != (0, 0):
                sheet.cell(2 + down, 8 + across, value)
    save_book(book, path, results={"Desk": results})
    return path


@pytest.fixture
def formulas(open_desk: Callable[[Path | None], Any], signed_in: None, tmp_path: Path) -> Any:
    return open_desk(book_with_formulas(tmp_path / "formulas.xlsx"))


def shown(desk: Any) -> list[list[Any]]:
    return desk.book.sheets["Desk"].range("A1:I4").options(ndim=2, err_to_str=True).value


def test_freeze_keeps_what_is_shown_and_leaves_no_call_of_ours(
    formulas: Any, tmp_path: Path
) -> None:
    before = shown(formulas)
    text = formulas.press("freeze")
    assert "7 formulas turned into values" in text
    after = shown(formulas)
    for row, line in enumerate(before):
        for column, value in enumerate(line):
            if (row, column) not in ((1, 3), (2, 4)):  # D2 and E3 are formulas of the user
                assert after[row][column] == value, (row, column)
    assert after[1][4] == "00123", "a text stays a text"
    assert after[1][5] == dt.datetime(2018, 1, 2)
    assert formulas.book.sheets["Desk"].range("C3").api.sheet.worksheet["C3"].data_type == "e"
    target = tmp_path / "frozen.xlsx"
    formulas.book.save(str(target))
    with zipfile.ZipFile(target) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/sheet"):
                xml = package.read(name).decode()
                calls_of_ours = [part for part in xml.split("<f")[1:] if "MESO_" in
                                 part.split("</f>")[0] and "&amp;A2" not in part]  # fmt: skip
                assert calls_of_ours == []
    hidden = openpyxl.load_workbook(target)["meso_frozen"]
    assert hidden.sheet_state == "veryHidden"


def test_unfreeze_restores_every_cell_exactly(formulas: Any) -> None:
    before = formulas.contents()
    formulas.press("freeze")
    assert formulas.contents() != before
    assert formulas.press("unfreeze") == "7 formulas put back."
    assert formulas.contents() == before
    assert "Nothing in this book is frozen" in formulas.press("unfreeze")


def test_a_frozen_book_is_unfrozen_after_it_was_saved_and_opened_again(
    formulas: Any, open_desk: Callable[[Path | None], Any], tmp_path: Path
) -> None:
    before = formulas.contents()
    formulas.press("freeze")
    formulas.book.save(str(tmp_path / "again.xlsx"))
    again = open_desk(tmp_path / "again.xlsx")
    again.press("unfreeze")
    assert again.contents() == before


@pytest.mark.parametrize(("over", "restored"), [(False, 6), (True, 7)])
def test_cells_changed_since_are_not_overwritten_unasked(
    formulas: Any, over: bool, restored: int
) -> None:
    formulas.press("freeze")
    formulas.book.sheets["Desk"].range("B3").value = 99
    text = formulas.press("unfreeze", over)
    assert f"{restored} formulas put back" in text
    assert "Desk!B3" in formulas.person.asked[-1]
    value = formulas.book.sheets["Desk"].range("B3").formula
    if over:
        assert value == '=MESO_METRIC(A3,"Sharpe ratio")'
    else:
        assert value == "99.0"
        assert "Still frozen: Desk!B3" in text
        assert formulas.press("unfreeze", True) == "1 formula put back."


def test_a_second_freeze_adds_to_the_first(formulas: Any) -> None:
    formulas.press("freeze")
    assert "has no formulas of xlmeso" in formulas.press("freeze")
    assert formulas.press("unfreeze") == "7 formulas put back."


def test_a_value_that_is_not_known_is_never_frozen(desk: Any) -> None:
    sheet = desk.book.sheets.add("Mine")
    sheet.range("C7").value = "=MESO_STATUS(A1)"
    before = desk.contents()
    text = desk.press("freeze")
    assert text.startswith("Mine!C7: the value of this formula is not known here")
    assert desk.contents() == before


def test_freeze_of_a_protected_sheet_changes_nothing(formulas: Any) -> None:
    formulas.book.sheets["Desk"].api.protection.sheet = True
    before = formulas.contents()
    assert formulas.press("freeze").startswith("Desk!B2: the sheet is protected")
    assert formulas.contents() == before


def test_unfreeze_of_a_protected_sheet_changes_nothing(formulas: Any) -> None:
    formulas.press("freeze")
    formulas.book.sheets["Desk"].api.protection.sheet = True
    before = formulas.contents()
    assert formulas.press("unfreeze").startswith("Desk!B2: the sheet is protected")
    assert formulas.contents() == before


def test_freeze_of_a_merged_cell_changes_nothing(formulas: Any) -> None:
    formulas.book.sheets["Desk"].api.merge_cells("B3:B5")
    before = formulas.contents()
    assert formulas.press("freeze").startswith("Desk!B3: merged cells lie over")
    assert formulas.contents() == before


@given(st.sets(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=40))
def test_rectangles_cover_the_cells_and_nothing_else(places: set[tuple[int, int]]) -> None:
    covered = [
        (row, column)
        for top, left, bottom, right in rectangles(places)
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    ]
    assert sorted(covered) == sorted(places)


def test_full_blocks_become_one_rectangle() -> None:
    block = {(row, column) for row in range(2, 22) for column in range(3, 8)}
    assert rectangles(block) == [(2, 3, 21, 7)]


@pytest.mark.parametrize(
    ("shape", "data", "rows"),
    [
        ((1, 1), 5, [[5]]),
        ((1, 1), ((5,),), [[5]]),
        ((1, 2), (1, 2), [[1, 2]]),
        ((2, 1), (1, 2), [[1], [2]]),
        ((2, 2), ((1, 2), (3, 4)), [[1, 2], [3, 4]]),
    ],
)
def test_bulk_reads_of_any_shape_are_rows(shape: tuple[int, int], data: Any, rows: Any) -> None:
    assert grid(SimpleNamespace(shape=shape), data) == rows


@pytest.mark.parametrize(
    ("formula", "ours"),
    [
        ("=MESO_METRIC(A2,B1)", True),
        ("=meso_metric(A2,B1)", True),
        ("=IFERROR(_xll.MESO_METRIC(A2,B1),0)", True),
        ("='[xlmeso.xlam]'!MESO_NAV(A2)", True),
        ('="MESO_METRIC(A2)"', False),
        ("=MY_MESO_METRIC(A2)", False),
        ("=MESO_METRIC_TABLE", False),
        ("MESO_METRIC(A2)", False),
        (12.5, False),
    ],
)
def test_calls_of_ours_are_told_from_texts_and_names(formula: Any, ours: bool) -> None:
    assert is_ours(formula) is ours


def test_arguments_are_split_at_the_commas_of_the_first_level_only() -> None:
    formula = "=MESO_EVENTS(INDEX(A2:B9,1,2),\"a,b)\",'S, (1)'!C3,{1,2})+MESO_STATUS(B2)"
    assert [(call.name, call.arguments) for call in calls(formula)] == [
        ("MESO_EVENTS", ("INDEX(A2:B9,1,2)", '"a,b)"', "'S, (1)'!C3", "{1,2}")),
        ("MESO_STATUS", ("B2",)),
    ]


def test_references_with_sheets_dollars_and_ranges() -> None:
    found = references("=Sheet1!$A$2+'My sheet''s'!B3:C4+LOG10(D5)+\"E6\"+AB12")
    assert [(ref.sheet, ref.top, ref.left, ref.bottom, ref.right) for ref in found] == [
        ("Sheet1", 2, 1, 2, 1),
        ("My sheet's", 3, 2, 4, 3),
        (None, 5, 4, 5, 4),
        (None, 12, 28, 12, 28),
    ]


def test_volatile_functions_are_found_outside_of_texts() -> None:
    assert volatile_names('=IF(NOW()>today(),"RAND()",MYNOW())') == ["NOW", "TODAY"]
    assert volatile_names("=_xlfn.RANDARRAY(3)") == ["RANDARRAY"]


def check(desk: Any, **cells: str) -> dict[str, dict[str, Any]]:
    """Put formulas on a sheet, press the button and return the findings by cell."""
    sheet = desk.book.sheets.add("Mine")
    for address, formula in cells.items():
        sheet.range(address).value = formula
    desk.press("check_formulas")
    if "Formula check" not in [found.name for found in desk.book.sheets]:
        return {}
    rows = desk.rows("Formula check", "meso_formula_check")
    return {row["Cell"]: row for row in rows}


def test_volatile_inputs_are_found_in_arguments_and_behind_cells(desk: Any) -> None:
    found = check(
        desk,
        A1="=TODAY()-30", A2="=A1+1", A3="=SUM(A1:A2)", A4="fixed",
        C1="=MESO_NAV(B1,TODAY())", C2="=MESO_NAV(B1,A3)", C3="=MESO_NAV(B1,A4)",
        C4='=MESO_NAV(B1,"TODAY()")', C5="=MESO_METRIC(OFFSET(B1,1,0),B2)",
        C6="=IF(NOW()>0,MESO_STATUS(B1),0)",
    )  # fmt: skip
    assert set(found) == {"Mine!C1", "Mine!C2", "Mine!C5"}
    assert "TODAY" in found["Mine!C1"]["Finding"]
    assert "Mine!A1" in found["Mine!C2"]["Finding"] or "Mine!A3" in found["Mine!C2"]["Finding"]
    assert found["Mine!C5"]["Formula"] == "=MESO_METRIC(OFFSET(B1,1,0),B2)"


def test_hundreds_of_single_calls_get_the_block_formula(desk: Any) -> None:
    cells = {
        f"{letter}{row}": f"=MESO_METRIC($A{row},{letter}$1)"
        for letter in "BCD"
        for row in range(2, 42)
    }
    found = check(desk, **cells)
    (finding,) = found.values()
    assert finding["Cell"] == "Mine!B2:D41"
    assert "120 single calls of MESO_METRIC" in finding["Finding"]
    assert "=MESO_METRIC(A2:A41,B1:D1)" in finding["Advice"]
    assert "into B2" in finding["Advice"]


def test_a_few_single_calls_and_plain_formulas_are_fine(desk: Any) -> None:
    assert check(desk, A1="=NOW()", B1="=MESO_METRIC(C1,C2)", B2="=MESO_METRIC(C1,C3)") == {}


def test_every_function_is_listed_with_help(desk: Any) -> None:
    desk.press_quietly("functions_help")
    rows = desk.rows("Functions", "meso_functions")
    assert len(rows) == len(declarations())
    metric = next(row for row in rows if row["Function"].startswith("MESO_METRIC("))
    assert metric["Example"].startswith("=MESO_METRIC(")
    assert "backtest: " in metric["Arguments"]
    assert desk.book.sheets["Functions"].range("C10").formula.startswith("=")
    assert desk.book.api["Functions"]["C10"].data_type == "s", "an example never calculates"


def test_usage_tells_formulas_requests_and_cache_hits(formulas: Any) -> None:
    from xlmeso.app.formulas.session import session

    usage = session().results().usage
    usage.add("requests", 3)
    usage.add("hits", 1234)
    text = formulas.press("usage")
    assert "Formulas of xlmeso in this book: 7" in text
    assert "requests sent: 3 / 3" in text
    assert "answers from the cache: 1,234 / 1,234" in text


def test_refresh_asks_for_what_formulas_wait_for(
    formulas: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xlmeso.app.formulas.session import session

    results = session().results()
    seen: list[str] = []
    monkeypatch.setattr(type(results), "refresh", lambda *_: seen.append("refresh"))
    monkeypatch.setattr(type(results), "fetch_wanted", lambda *_: seen.append("fetch"))
    monkeypatch.setattr(type(results), "settle", lambda *_: not seen.append("settle"))
    assert formulas.press("refresh_workbook") == "7 formulas calculated again."
    assert seen == ["refresh", "fetch", "settle"]
    formulas.select("Desk", "B3:C3")
    assert formulas.press("refresh_selection") == "2 formulas calculated again."
    formulas.select("Desk", "I4")
    assert formulas.press("refresh_sheet") == "7 formulas calculated again."
    assert formulas.press("refresh_selection") == "1 formula calculated again."


def test_refresh_asks_every_service_that_formulas_name(
    formulas: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A formula with Service=local, while the default service is another one or has no key."""
    from xlmeso.app.formulas.session import session

    asked: list[tuple[str, str]] = []

    def calculate(*_: Any) -> None:
        session().results("local")  # what a formula with that option does

    for step in ("refresh", "settle"):
        monkeypatch.setattr(
            f"xlmeso.app.formulas.results.Results.{step}",
            lambda self, *_, step=step: not asked.append((step, self.service.label)),
        )
    monkeypatch.setattr("xlmeso.excel.actions_formulas._calculate", calculate)
    monkeypatch.setenv("XLMESO_URL", "https://fund.example.test")
    monkeypatch.delenv("XLMESO_API_KEY")
    assert formulas.press("refresh_workbook") == "7 formulas calculated again."
    assert asked == [("refresh", "local service"), ("settle", "local service")]


def test_refresh_tells_why_the_only_service_cannot_be_asked(
    formulas: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XLMESO_URL", "https://fund.example.test")
    monkeypatch.delenv("XLMESO_API_KEY")
    before = formulas.contents()
    assert "no API key" in formulas.press("refresh_workbook")
    assert formulas.contents() == before


def test_refresh_with_nothing_to_wait_for_changes_no_cell(formulas: Any) -> None:
    before = formulas.contents()
    assert formulas.press("refresh_workbook") == "7 formulas calculated again."
    assert formulas.contents() == before


def test_excel_is_told_to_calculate_each_formula() -> None:
    done: list[Any] = []

    class Native:
        def __init__(self, place: Any) -> None:
            self.Dirty = lambda: done.append(("dirty", place))
            self.Calculate = lambda: done.append(("calculate", place))

    sheet = SimpleNamespace(range=lambda place: SimpleNamespace(api=Native(place)))
    block = FormulaBlock("S", 2, 3, 4, 1, BlockKind.SPILL, "=MESO_NAV(A1)")
    _calculate(SimpleNamespace(sheets={"S": sheet}), [block])
    assert done == [("dirty", (2, 3)), ("calculate", (2, 3))]
