"""Macro code written for xlwings, run on the headless engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlwings as xw
from openpyxl.workbook.defined_name import DefinedName

from xlmeso.errors import WorkbookError
from xlmeso.excel.headless import install


@pytest.fixture
def app() -> Iterator[xw.App]:
    before = xw.engines.active
    install(activate=True)
    app = xw.App(add_book=False)
    yield app
    for running in list(xw.apps):
        running.quit()
    xw.engines.active = before


@pytest.fixture
def book(app: xw.App, tmp_path: Path) -> xw.Book:
    native = openpyxl.Workbook()
    sheet = native.worksheets[0]
    sheet.title = "Input"
    for row in (["field", "value"], ["start", dt.datetime(2024, 1, 2)], ["capital", 100_000]):
        sheet.append(row)
    native.defined_names["JobCapital"] = DefinedName("JobCapital", attr_text="Input!$B$3")
    path = tmp_path / "job.xlsx"
    native.save(path)
    return xw.Book(str(path))


def test_install_is_idempotent_and_activates_nothing_unasked() -> None:
    active = xw.engines.active
    count = len(xw.engines)
    first = install()
    assert install() is first
    assert xw.engines["headless"] is first
    assert len(xw.engines) <= count + 1
    assert xw.engines.active is active


def test_book_opened_twice_is_the_same_book(book: xw.Book) -> None:
    assert xw.Book(book.fullname).impl is book.impl
    assert xw.books["job.xlsx"].name == "job.xlsx"


def test_values_read_as_excel_gives_them(book: xw.Book) -> None:
    sheet = book.sheets["Input"]
    assert sheet["A1"].expand().value == [
        ["field", "value"], ["start", dt.datetime(2024, 1, 2)], ["capital", 100_000.0],
    ]  # fmt: skip
    assert isinstance(sheet["B3"].value, float)
    assert sheet["B3"].options(numbers=int).value == 100_000
    assert sheet["B2"].options(dates=dt.date).value == dt.date(2024, 1, 2)
    assert sheet["D9"].value is None
    assert sheet["D9"].options(empty="").value == ""


def test_ranges_by_address_tuple_slice_and_name(book: xw.Book) -> None:
    sheet = book.sheets[0]
    ways = (
        sheet["B3"],
        sheet[2, 1],
        sheet.range((3, 2)),
        sheet["JobCapital"],
        sheet.range("A1:B3")(3, 2),
        book.names["JobCapital"].refers_to_range,
    )
    for found in ways:
        assert found.address == "$B$3"
    assert sheet.range((1, 1), (2, 2)).shape == (2, 2)
    assert sheet.range("Input!A1").value == "field"
    assert sheet["A1"].current_region.address == "$A$1:$B$3"
    assert sheet["A1"].end("down").address == "$A$3"
    assert sheet["A3"].end("down").row == 1_048_576


def test_nested_lists_frames_and_arrays_go_in_and_out(book: xw.Book) -> None:
    sheet = book.sheets.add("Results", after=book.sheets[0])
    frame = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=3), "pnl": [1, np.nan, -3.5]})
    sheet["B2"].options(index=False).value = frame
    assert sheet["B2:C2"].value == ["day", "pnl"]
    assert sheet["C4"].value is None
    sheet["C4"].value = 0
    back = sheet["B2"].options(pd.DataFrame, index=False, expand="table").value
    assert list(back["pnl"]) == [1.0, 0.0, -3.5]
    assert back["day"].iloc[0] == dt.datetime(2024, 1, 1)
    sheet["F1"].value = np.array([[1, 2], [3, 4]])
    assert sheet["F1:G2"].options(np.array).value.sum() == 10
    sheet["F5:G6"].value = 7
    assert sheet["F5:G6"].value == [[7.0, 7.0], [7.0, 7.0]]


def test_texts_are_understood_as_if_typed(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet["D1"].value = ["160", "'160", "=1+1", "'=1+1", "TRUE", "plain", "'"]
    assert sheet["D1:E1"].value == [160.0, "160"]
    assert sheet["F1"].formula == "=1+1"
    assert sheet["F1"].value is None
    assert sheet["G1:I1"].value == ["=1+1", True, "plain"]
    sheet["D2"].number_format = "@"
    sheet["D2"].value = "160"
    assert sheet["D2"].value == "160"


def test_error_values(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet["D1"].value = "#N/A"
    assert sheet["D1"].value is None
    assert sheet["D1"].options(err_to_str=True).value == "#N/A"


def test_looks(book: xw.Book) -> None:
    sheet = book.sheets[0]
    area = sheet["A1:B2"]
    area.number_format = "#,##0.00"
    area.font.bold = True
    area.font.color = "#FF0000"
    area.font.size = 14
    area.color = (221, 238, 255)
    area.wrap_text = True
    area.horizontal_alignment = "center"
    sheet["A1"].column_width = 33
    assert area.number_format == "#,##0.00"
    assert (area.font.bold, area.font.size, area.font.color) == (True, 14.0, (255, 0, 0))
    assert sheet["B2"].color == (221, 238, 255)
    assert (area.wrap_text, area.horizontal_alignment) == (True, "center")
    assert sheet["A2"].column_width == 33
    sheet["A1"].value = "a text that is rather long for its column"
    sheet.autofit()
    assert 40 < sheet["A1"].column_width < 61
    area.color = None
    assert area.color is None


def test_tables(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet["D1"].value = [["day", "pnl"], ["a", 1], ["b", 2], ["c", 3]]
    table = sheet.tables.add(sheet["D1"].expand(), name="Trades")
    assert sheet["Trades"].address == "$D$2:$E$4"
    assert sheet["Trades[#All]"].address == "$D$1:$E$4"
    assert sheet["Trades[pnl]"].value == [1.0, 2.0, 3.0]
    table.update(pd.DataFrame({"day": ["x"], "pnl": [9], "more": [0]}), index=False)
    assert table.range.address == "$D$1:$F$2"
    assert table.header_row_range.value == ["day", "pnl", "more"]
    assert table.data_body_range.value == ["x", 9.0, 0.0]
    assert sheet["D4"].value is None
    with pytest.raises(WorkbookError, match="exists already"):
        sheet.tables.add(sheet["H1:I2"], name="TRADES")
    with pytest.raises(WorkbookError, match="touches"):
        sheet.tables.add(sheet["F2:G4"])


def test_names(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet["D5"].name = "LastRun"
    assert "LastRun" in book.names
    assert book.names["LastRun"].refers_to == "='Input'!$D$5"
    assert sheet["D5"].name.name == "LastRun"
    book.names["LastRun"].delete()
    assert "LastRun" not in book.names
    book.names.add("Pi", "=3.14")
    with pytest.raises(WorkbookError, match="refers to no range"):
        _ = book.names["Pi"].refers_to_range


def test_charts(book: xw.Book, tmp_path: Path) -> None:
    sheet = book.sheets[0]
    sheet["D1"].value = [["day", "nav"], [dt.datetime(2024, 1, 1), 1], [dt.datetime(2024, 1, 2), 2]]
    chart = sheet.charts.add(left=300, top=20, width=360, height=200)
    chart.chart_type = "line"
    chart.set_source_data(sheet["D1:E3"])
    chart.title, chart.name = "Equity", "meso_equity"
    assert sheet.charts["meso_equity"].title == "Equity"
    assert (chart.left, chart.width) == (300.0, 360.0)
    chart.width = 400
    book.save(tmp_path / "chart.xlsx")
    again = xw.Book(str(tmp_path / "chart.xlsx"))
    assert [found.name for found in again.sheets[0].charts] == ["meso_equity"]
    assert [found.chart_type for found in again.sheets[0].charts] == ["line"]
    chart.delete()
    assert len(sheet.charts) == 0
    with pytest.raises(WorkbookError, match="without Excel"):
        sheet.charts.add().chart_type = "surface"


def test_pictures(book: xw.Book, tmp_path: Path) -> None:
    image_module = pytest.importorskip("PIL.Image")
    path = tmp_path / "p.png"
    image_module.new("RGB", (40, 20)).save(path)
    sheet = book.sheets[0]
    picture = sheet.pictures.add(str(path), name="Logo", anchor=sheet["D5"])
    assert [found.name for found in sheet.pictures] == ["Logo"]
    assert (picture.width, picture.height) == (30.0, 15.0)
    book.save(tmp_path / "pic.xlsx")
    with pytest.raises(WorkbookError, match="cannot be read"):
        sheet.pictures.add(str(tmp_path / "chart.txt"))


def test_app_state_of_a_macro(book: xw.Book) -> None:
    app = book.app
    with app.properties(screen_updating=False, display_alerts=False, status_bar="Running 10%"):
        assert app.screen_updating is False
    assert app.screen_updating is True
    assert app.impl.status_log == ["Running 10%", None]
    assert app.alert("done", "xlmeso") == "ok"
    assert app.alert("sure?", buttons="yes_no") == "yes"
    assert app.impl.alerts == [("xlmeso", "done"), (None, "sure?")]
    app.impl.macros["Twice"] = lambda number: number * 2
    assert app.macro("Module1!Twice") is not None
    assert app.impl.run("Module1!Twice", (4,)) == 8


def test_macro_with_a_mock_caller(book: xw.Book) -> None:
    def macro() -> None:
        sheet = xw.Book.caller().sheets.active
        sheet["D1"].value = [[1, 2], [3, 4]]

    book.set_mock_caller()
    try:
        macro()
    finally:
        del xw.Book._mock_caller
    assert book.sheets[0]["D1:E2"].options(np.array).value.sum() == 10


def test_protected_sheet_refuses_writes_to_locked_cells(book: xw.Book) -> None:
    sheet = book.sheets[0]
    native = sheet.api
    native["C1"].protection = openpyxl.styles.Protection(locked=False)
    native.protection.sheet = True
    with pytest.raises(WorkbookError, match=r"Input!A1.*protected"):
        sheet["A1"].value = 1
    sheet["C1"].value = "free"
    assert sheet["A1"].value == "field"


def test_merged_cells(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet["D1:E2"].merge()
    assert sheet["D1:F5"].merge_cells
    assert not sheet["A1:C9"].merge_cells
    assert sheet["E2"].merge_area.address == "$D$1:$E$2"
    sheet["D1"].value = "one"
    sheet["D1:E2"].unmerge()
    assert sheet["D1:E2"].value == [["one", None], [None, None]]


def test_sheets(book: xw.Book) -> None:
    book.sheets.add("B", after="Input")
    book.sheets.add("A", before="Input")
    assert [sheet.name for sheet in book.sheets] == ["A", "Input", "B"]
    assert book.sheets.active.name == "A"
    with pytest.raises(ValueError, match="already present"):
        book.sheets.add("b")
    book.sheets["a"].delete()
    book.sheets["B"].name = "C"
    assert [sheet.index for sheet in book.sheets] == [1, 2]
    book.sheets["C"].visible = False
    assert book.sheets["C"].visible is False
    book.sheets["C"].delete()
    with pytest.raises(WorkbookError, match="at least one"):
        book.sheets[0].delete()
    book.sheets[0].freeze_panes.freeze_at("1:2")
    assert book.sheets[0].api.freeze_panes == "A3"


def test_whole_columns_read_no_further_than_the_sheet_is_used(book: xw.Book) -> None:
    assert book.sheets[0]["A:A"].value == ["field", "start", "capital"]
    with pytest.raises(WorkbookError, match="too many"):
        book.sheets[0]["A:Z"].value = 1


def test_new_book_is_saved_under_a_name(app: xw.App, tmp_path: Path) -> None:
    book = app.books.add()
    book.sheets[0]["A1"].value = dt.datetime(2026, 11, 24, 10)
    book.save(tmp_path / "new.xlsx")
    book.save()
    assert book.name == "new.xlsx"
    native = openpyxl.load_workbook(tmp_path / "new.xlsx")
    assert native.worksheets[0]["A1"].value == dt.datetime(2026, 11, 24, 10)


def test_what_the_engine_lacks_says_so(book: xw.Book) -> None:
    with pytest.raises(NotImplementedError):
        book.sheets[0]["A1:B3"].sort(1)
