"""Results into books: ours in place, others beside, nothing else touched."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from xlmeso.errors import WorkbookError
from xlmeso.excel.books import new_strategy_book, read_strategy_book, write_results
from xlmeso.excel.headless import install
from xlmeso.excel.painters import paint_in_excel
from xlmeso.excel.result_book import write_plans
from xlmeso.model.backtest import BacktestState
from xlmeso.model.templates import load_template
from xlmeso.report.inspect import inspect_book
from xlmeso.sheets.plan import SheetPlan
from xlmeso.sheets.results import plan_analytics, plan_events, plan_nav, plan_runs


@pytest.fixture
def plans(sample: ModuleType) -> list[SheetPlan]:
    times, nav, price = sample.series(30)
    return [
        plan_runs([sample.RUN]),
        plan_analytics(sample.ANALYTICS, sample.RUN),
        plan_nav(times, nav, sample.RUN, benchmark=price),
        *plan_events(sample.events(), sample.RUN),
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return new_strategy_book(tmp_path / "book.xlsx", load_template("strangle"))


def contents(sheet: Any) -> dict[str, Any]:
    """Everything of a sheet that a person can see or use."""
    return {
        "cells": {
            cell.coordinate: (cell.value, cell.data_type, cell.number_format, cell.font.b,
                              cell.font.color.rgb if cell.font.color else None,
                              cell.fill.fgColor.rgb, cell.alignment.wrap_text, cell.style,
                              cell.comment.text if cell.comment else None)
            for row in sheet.iter_rows() for cell in row
            if cell.value is not None or cell.has_style
        },
        "tables": {table.name: table.ref for table in sheet.tables.values()},
        "widths": {key: size.width for key, size in sheet.column_dimensions.items()},
        "heights": {key: size.height for key, size in sheet.row_dimensions.items()},
        "validations": sorted(
            (str(v.sqref), v.type or "", v.formula1 or "", v.prompt or "")
            for v in sheet.data_validations.dataValidation
        ),
        "rules": sorted(str(area.sqref) for area in sheet.conditional_formatting),
        "view": (sheet.freeze_panes, sheet.sheet_view.showGridLines),
        "page": (sheet.page_setup.orientation, sheet.oddFooter.left.text),
    }  # fmt: skip


def add_notes_sheet(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    notes = book.create_sheet("My notes", 1)
    notes["B2"] = "=Analytics!B11*2"
    notes["B3"] = "remember"
    notes["B3"].font = Font(bold=True, color="FF00AA00")
    notes["B3"].fill = PatternFill("solid", fgColor="FFFFEE00")
    notes["B3"].comment = Comment("a remark", "me")
    notes.column_dimensions["B"].width = 44
    book.save(path)


def test_results_go_into_a_book_of_ours_and_everything_else_stays(
    path: Path, plans: list[SheetPlan]
) -> None:
    add_notes_sheet(path)
    before = openpyxl.load_workbook(path)
    written = write_results(path, plans)
    assert (written.path, written.notice) == (path, None)
    after = openpyxl.load_workbook(path)
    assert after.sheetnames == ["Strategy", "My notes", "Runs", "Analytics", "NAV", "Events"]
    for name in ("Strategy", "My notes"):
        assert contents(after[name]) == contents(before[name]), name
    assert after.active.title == before.active.title
    assert read_strategy_book(path).definition.to_json() == load_template("strangle").to_json()


def test_second_run_replaces_the_sheets_in_their_places(
    path: Path, plans: list[SheetPlan], sample: ModuleType
) -> None:
    write_results(path, plans)
    book = openpyxl.load_workbook(path)
    book.move_sheet("NAV", -2)
    order = book.sheetnames
    strategy = contents(book["Strategy"])
    for sheet in book.worksheets:
        if sheet.title == "NAV":
            sheet._charts.clear()
    book.save(path)
    write_results(path, [*plan_events(sample.events(8), sample.RUN), plans[2]])
    after = openpyxl.load_workbook(path)
    assert after.sheetnames == order
    assert after["Events"].tables["meso_events"].ref.endswith("17")
    assert contents(after["Strategy"]) == strategy
    assert inspect_book(path).findings == ()
    with zipfile.ZipFile(path) as package:
        assert sum("charts/chart" in name for name in package.namelist()) == 2


def test_pages_of_a_longer_blotter_are_removed(path: Path, sample: ModuleType) -> None:
    write_results(path, plan_events(sample.events(9), sample.RUN, rows_per_sheet=3))
    assert openpyxl.load_workbook(path).sheetnames[1:] == ["Events", "Events 2", "Events 3"]
    write_results(path, plan_events(sample.events(3), sample.RUN))
    assert openpyxl.load_workbook(path).sheetnames == ["Strategy", "Events"]


def test_sheet_of_the_user_with_our_name_is_kept(path: Path, plans: list[SheetPlan]) -> None:
    book = openpyxl.load_workbook(path)
    book.create_sheet("Events")["A1"] = "my own"
    book.save(path)
    write_results(path, plans)
    after = openpyxl.load_workbook(path)
    assert after["Events"]["A1"].value == "my own"
    assert "meso_events" in after["Events (2)"].tables


def test_result_that_the_user_renamed_is_kept_and_table_names_stay_unique(
    path: Path, plans: list[SheetPlan]
) -> None:
    write_results(path, plans)
    book = openpyxl.load_workbook(path)
    book["NAV"].title = "NAV of March"
    book["NAV of March"]._charts.clear()
    book.save(path)
    write_results(path, plans)
    after = openpyxl.load_workbook(path)
    assert {"NAV", "NAV of March"} <= set(after.sheetnames)
    names = [name for sheet in after.worksheets for name in sheet.tables]
    assert len(names) == len(set(names))


def add_slicer(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/slicers/slicer1.xml", "<slicers/>")


def test_book_with_parts_that_would_be_lost_gets_its_results_beside_it(
    path: Path, plans: list[SheetPlan]
) -> None:
    add_slicer(path)
    before = path.read_bytes()
    written = write_results(path, plans)
    assert path.read_bytes() == before
    assert written.path == path.with_name("book results.xlsx")
    assert written.notice is not None
    assert "slicers" in written.notice
    assert openpyxl.load_workbook(written.path).sheetnames == ["Runs", "Analytics", "NAV", "Events"]


def test_book_of_others_gets_its_results_beside_it(tmp_path: Path, plans: list[SheetPlan]) -> None:
    path = tmp_path / "theirs.xlsx"
    openpyxl.Workbook().save(path)
    written = write_results(path, plans)
    assert written.notice is not None
    assert "not made by xlmeso" in written.notice


def test_only_result_books_of_ours_are_written_again(path: Path, plans: list[SheetPlan]) -> None:
    add_slicer(path)
    first = write_results(path, plans).path
    assert write_results(path, plans).path == first
    book = openpyxl.load_workbook(first)
    book.create_sheet("My notes")
    book.save(first)
    kept = first.read_bytes()
    second = write_results(path, plans).path
    assert second.name == "book results 2.xlsx"
    assert first.read_bytes() == kept
    second.write_bytes(b"something else")
    assert write_results(path, plans).path.name == "book results 3.xlsx"


def test_failure_leaves_the_book_byte_for_byte(
    path: Path, plans: list[SheetPlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    monkeypatch.setattr(
        "openpyxl.workbook.Workbook.save", lambda *_: (_ for _ in ()).throw(OSError(28, "full"))
    )
    with pytest.raises(WorkbookError, match="full"):
        write_results(path, plans)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_book_that_is_open_in_excel_is_refused(path: Path, plans: list[SheetPlan]) -> None:
    path.with_name(f"~${path.name}").write_bytes(b"")
    before = path.read_bytes()
    with pytest.raises(WorkbookError, match="open in another program"):
        write_results(path, plans)
    assert path.read_bytes() == before


def test_the_painter_for_excel_writes_the_same_values(
    path: Path, plans: list[SheetPlan], tmp_path: Path
) -> None:
    """The xlwings way, tried on the headless engine: cells and tables as in the rendered file."""
    app = install().apps.add(add_book=False)
    try:
        book = app.books.add()
        for plan in plans:
            paint_in_excel(book.sheets.add(plan.name, after=book.sheets[-1]), plan)
            paint_in_excel(book.sheets[plan.name], plan)  # a second time over the first
        book.save(tmp_path / "painted.xlsx")
        rendered = app.books.open(str(path))
        write_plans(rendered, plans)
        rendered.save(tmp_path / "rendered.xlsx")
    finally:
        app.quit()
    painted = openpyxl.load_workbook(tmp_path / "painted.xlsx")
    drawn = openpyxl.load_workbook(tmp_path / "rendered.xlsx")
    for plan in plans:
        one, other = painted[plan.name], drawn[plan.name]
        assert dict(one.tables.items()) == dict(other.tables.items())
        for table in other.tables.values():
            for left, right in zip(one[table.ref], other[table.ref], strict=True):
                assert [cell.value for cell in left] == [cell.value for cell in right]
    assert len(painted["NAV"]._charts) == 2


def test_runs_of_earlier_days_stay_listed_below_the_new_one(path: Path, sample: ModuleType) -> None:
    later = replace(sample.RUN, backtest_id="later", state=BacktestState.CREATED)
    last = replace(sample.RUN, backtest_id="last")
    for run in (sample.RUN, later, last, replace(later, state=BacktestState.FINISHED)):
        write_results(path, [plan_runs([run])])
    sheet = openpyxl.load_workbook(path)["Runs"]
    table = sheet.tables["meso_runs"]
    headings, *rows = [[cell.value for cell in row] for row in sheet[table.ref]]
    found = [(row[headings.index("Id")], row[headings.index("State")]) for row in rows]
    assert found == [
        ("later", "Finished"),
        ("last", sample.RUN.state.value),
        (sample.RUN.backtest_id, sample.RUN.state.value),
    ]
    created = [row[headings.index("Created")] for row in rows]
    assert created[2] == created[0]
