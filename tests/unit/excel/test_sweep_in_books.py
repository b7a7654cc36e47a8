"""Sweep sheets in books on disk: found, read, filled in place, never half written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlwings as xw

from xlmeso.errors import WorkbookError
from xlmeso.excel.books import opened
from xlmeso.excel.painters import paint_in_excel
from xlmeso.excel.sweep_books import check_room, new_sweep_book, read_sweep_book, write_sweep
from xlmeso.model.sweep.paths import resolve
from xlmeso.model.sweep.request import expand
from xlmeso.model.sweep.variants import make_variants
from xlmeso.model.templates import load_template
from xlmeso.sheets.sweep.summary import SweepOutcome, plan_summary
from xlmeso.sheets.sweep.write import SweepFill, VariantResult

PUT = load_template("short-put")
DELTA = "Legs[short_put].StrikeSelector.Delta"
NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
COLUMNS = ("StratSharpe", "StratTradeCnt")


def outcome(path: Path, *, finished: bool = True) -> SweepOutcome:
    found = read_sweep_book(path)
    assert found is not None
    rows, _ = expand(found.reading.request, found.strategy.definition)
    variants = make_variants(found.strategy.definition, rows).variants
    results = [
        VariantResult("Finished", f"id-{variant.number}", None,
                      {"StratSharpe": Decimal(variant.number), "StratTradeCnt": 5})
        if finished
        else VariantResult("Waiting")
        for variant in variants
    ]  # fmt: skip
    return SweepOutcome("Short put", variants, results, "StratSharpe", COLUMNS, "a service", NOON)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    grid = [(resolve(DELTA, PUT), "12, 16"), (resolve("Exit.ProfitTarget", PUT), "100, 200, 300")]
    nothing = SweepOutcome("Short put", (), (), "StratSharpe", COLUMNS, "", NOON)
    return new_sweep_book(tmp_path / "book.xlsx", PUT, SweepFill(grid), nothing)


def sheet_of(path: Path, name: str = "Sweep"):  # type: ignore[no-untyped-def]
    return openpyxl.load_workbook(path)[name]


def test_a_sheet_is_filled_in_place_and_reads_as_the_same_sweep(book: Path) -> None:
    told = outcome(book)
    written = write_sweep(book, "Sweep", told, [])
    assert written.path == book
    sheet = sheet_of(book)
    area = sheet.tables["meso_sweep"].ref
    rows = [[cell.value for cell in row] for row in sheet[area]]
    assert rows[0][:5] == [DELTA, "Exit.ProfitTarget", "State", "Sharpe ratio", "Trades"]
    assert [row[:5] for row in rows[1:]] == [
        [delta, target, "Finished", number, 5]
        for number, (delta, target) in enumerate(
            ((d, t) for d in (12, 16) for t in (100, 200, 300)), start=1
        )
    ]
    assert [v.name for v in outcome(book).variants] == [v.name for v in told.variants]
    assert write_sweep(book, "Sweep", outcome(book), []).path == book


def test_a_shorter_sweep_leaves_nothing_of_the_longer_one(book: Path) -> None:
    write_sweep(book, "Sweep", outcome(book), [])
    with opened(book) as found:
        found.sheets["Sweep"].range("B7").value = "100"
        found.save()
    write_sweep(book, "Sweep", outcome(book), [])
    sheet = sheet_of(book)
    top, bottom = sheet.tables["meso_sweep"].ref.split(":")
    last = int("".join(filter(str.isdigit, bottom)))
    assert last == int("".join(filter(str.isdigit, top))) + 2
    assert all(cell.value is None for row in sheet.iter_rows(min_row=last + 1) for cell in row)


def test_notes_and_moved_tables_of_a_person_stay(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Sweep"]
    sheet["H3"] = "my note"
    sheet.move_range(sheet.tables["meso_sweep"].ref, rows=4, cols=1)
    old = sheet.tables["meso_sweep"]
    cells = openpyxl.utils.cell.range_boundaries(old.ref)
    left, top, right, bottom = (cells[0] + 1, cells[1] + 4, cells[2] + 1, cells[3] + 4)
    letters = openpyxl.utils.get_column_letter
    old.ref = f"{letters(left)}{top}:{letters(right)}{bottom}"
    old.autoFilter.ref = old.ref
    workbook.save(book)
    write_sweep(book, "Sweep", outcome(book), [])
    sheet = sheet_of(book)
    assert sheet["H3"].value == "my note"
    assert sheet.tables["meso_sweep"].ref.startswith(f"{letters(left)}{top}:")
    assert sheet.cell(top, left).value == DELTA


def test_something_in_the_way_leaves_the_book_as_it_is(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    sheet = workbook["Sweep"]
    bottom = openpyxl.utils.cell.range_boundaries(sheet.tables["meso_sweep"].ref)[3]
    sheet.cell(bottom + 1, 1).value = "mine"
    workbook.save(book)
    before = book.read_bytes()
    told = outcome(book, finished=False)
    with pytest.raises(WorkbookError, match="in use: 'mine'"):
        check_room(book, "Sweep", told)
    with pytest.raises(WorkbookError, match="in use: 'mine'"):
        write_sweep(book, "Sweep", told, [])
    assert book.read_bytes() == before


def test_a_protected_sheet_is_refused_before_anything_is_written(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook["Sweep results"].protection.enable()
    workbook.save(book)
    before = book.read_bytes()
    with pytest.raises(WorkbookError, match="protected"):
        write_sweep(book, "Sweep", outcome(book), [])
    assert book.read_bytes() == before


def test_which_of_several_sweep_sheets_is_meant(book: Path) -> None:
    workbook = openpyxl.load_workbook(book)
    other = workbook.copy_worksheet(workbook["Sweep"])
    other.title = "Second"
    for table in list(workbook["Sweep"].tables.values()):
        twin = openpyxl.worksheet.table.Table(displayName=f"{table.name}_2", ref=table.ref)
        twin.tableColumns = table.tableColumns
        other.add_table(twin)
    workbook.active = 0
    workbook.save(book)
    with pytest.raises(WorkbookError, match="several Sweep sheets"):
        read_sweep_book(book)
    found = read_sweep_book(book, "second")
    assert found is not None
    assert found.reading.sheet == "Second"
    with pytest.raises(WorkbookError, match="no Sweep sheet 'Third'"):
        read_sweep_book(book, "Third")


def test_a_book_without_one_says_so_with_none(tmp_path: Path) -> None:
    from xlmeso.excel.books import new_strategy_book

    assert read_sweep_book(new_strategy_book(tmp_path / "plain.xlsx", PUT)) is None


def test_where_no_rule_is_drawn_the_cells_of_the_map_have_the_colours(book: Path) -> None:
    plan = plan_summary(outcome(book))
    heat = plan.table("meso_sweep_map")
    with opened(book) as found:
        sheet: xw.Sheet = found.sheets["Sweep results"]
        paint_in_excel(sheet, plan)
        lowest = sheet.range((heat.row + 1, heat.column + 1)).color
        highest = sheet.range((heat.last_row, heat.last_column)).color
    assert lowest == (0xE8, 0xA2, 0x6B)
    assert highest == (0x7D, 0xB7, 0xDE)
