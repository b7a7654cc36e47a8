"""Rows that are streamed past openpyxl: the same cells as openpyxl itself would have written."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell import WriteOnlyCell
from python_calamine import CalamineWorkbook

from xlmeso.app.event_file import read_event_file
from xlmeso.errors import WorkbookError
from xlmeso.report.books import save_book, write_workbook
from xlmeso.report.render import render_sheet
from xlmeso.report.splice import Streams
from xlmeso.report.text import put
from xlmeso.sheets.cells import CellError, MissingResult
from xlmeso.sheets.plan import ColumnPlan, NotePlan, SheetPlan, TablePlan
from xlmeso.sheets.results import plan_events

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")',
    "'quoted", "#N/A", "=", "-", "1,5", "007", "TRUE", "2020-01-02",
]  # fmt: skip
AWKWARD = [
    "a<b>&\"c\"'d'", "]]>", "<script>", "&amp;", "  spaces  ", "two\nlines", "tab\there",
    "bell\x07", "nul\x00", "_x0041_", "back\\slash", "😀 emoji", "שלום עולם", "مرحبا", "\u202eabc",
    "zero\u200bwidth", "\ufffe", "é" * 300, "",
]  # fmt: skip
MOMENT = dt.datetime(2020, 3, 31, 15, 59, 59, 123000)

moments = st.one_of(
    st.none(),
    st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2100, 1, 1)).map(
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    ),
    st.dates(dt.date(1901, 1, 1), dt.date(2100, 1, 1)),
)
row_values = st.one_of(
    moments,
    st.booleans(),
    st.integers(-(10**17), 10**17),
    st.floats(-1e300, 1e300),  # openpyxl rounds larger ones to infinity
    st.sampled_from([math.nan, math.inf, -math.inf, 5e-324]),
    st.decimals(-(10**12), 10**12, allow_nan=False, places=4),
    st.text(max_size=30),
    st.sampled_from(FORMULAS + AWKWARD),
    st.just(CellError("#N/A")),
)


def table_plan(rows: list[tuple[Any, ...]], formats: list[str | None]) -> SheetPlan:
    columns = tuple(
        ColumnPlan(f"Column {number}", [row[number] for row in rows], format_, align="right")
        for number, format_ in enumerate(formats)
    )
    return SheetPlan("Rows", (TablePlan("meso_rows", columns, row=5, column=2, filters=True),))


def sheet_xml(path: Path) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read("xl/worksheets/sheet1.xml").decode()


def streamed(plan: SheetPlan, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("xlmeso.report.splice.STREAMED_TABLE", 0)
    write_workbook(path, [plan], overwrite=True)
    assert '<row r="6">' in sheet_xml(path)
    return path


def drawn(plan: SheetPlan, path: Path) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    render_sheet(book.create_sheet(plan.name), plan)
    save_book(book, path)
    return path


def shown(value: Any) -> str:
    """Write numbers with 16 digits: openpyxl writes no more, we all 17."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value + 0.0:.16g}" if is_number else repr(value)


def cells(path: Path) -> dict[str, tuple[Any, ...]]:
    """Value, kind, number format, style and quote prefix of every cell with content."""
    sheet = openpyxl.load_workbook(path)["Rows"]
    return {
        cell.coordinate: (
            shown(cell.value),
            cell.data_type,
            cell.number_format,
            cell.style,
            cell.alignment.horizontal,
            bool(cell.quotePrefix),
        )
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def calamine(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Rows").to_python()


@given(rows=st.lists(st.tuples(row_values, row_values, moments), min_size=1, max_size=12))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_streamed_cells_are_those_that_openpyxl_writes(
    rows: list[tuple[Any, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = table_plan(rows, [None, "#,##0.00", "yyyy-mm-dd hh:mm:ss.000"])
    ours = streamed(plan, tmp_path / "ours.xlsx", monkeypatch)
    theirs = drawn(plan, tmp_path / "theirs.xlsx")
    assert cells(ours) == cells(theirs)
    assert [list(map(shown, row)) for row in calamine(ours)] == [
        list(map(shown, row)) for row in calamine(theirs)
    ]


def test_a_write_only_book_of_the_same_rows_reads_back_equal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        (text, number, MOMENT + dt.timedelta(milliseconds=number))
        for number, text in enumerate(FORMULAS + AWKWARD)
    ]
    ours = streamed(table_plan(rows, [None, "0", "yyyy-mm-dd"]), tmp_path / "a.xlsx", monkeypatch)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    for _ in range(4):
        sheet.append([])
    sheet.append([None, "Column 0", "Column 1", "Column 2"])
    for row in rows:
        made = [WriteOnlyCell(sheet) for _ in row]
        for cell, value in zip(made, row, strict=True):
            put(cell, value)
        sheet.append([None, *made])
    book.save(tmp_path / "b.xlsx")
    values = [
        {place: cell[:2] for place, cell in cells(path).items()}
        for path in (ours, tmp_path / "b.xlsx")
    ]
    assert values[0] == values[1]


def test_values_are_what_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Expected values by hand: milliseconds kept, ints ints, None and NaN blank, texts texts."""
    rows = [
        (7, Decimal("1234.50"), MOMENT),
        (None, math.nan, dt.date(2020, 1, 2)),
        (True, math.inf, "=2+3"),
        (10**15 + 1, -0.1, CellError("#N/A")),
        (0, Decimal("NaN"), dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)),
    ]
    path = streamed(table_plan(rows, [None, None, "yyyy-mm-dd"]), tmp_path / "a.xlsx", monkeypatch)
    sheet = openpyxl.load_workbook(path)["Rows"]
    found = [[cell.value for cell in row] for row in sheet["B6:D10"]]
    assert found == [
        [7, 1234.5, MOMENT],
        [None, None, dt.datetime(2020, 1, 2)],
        [True, None, "=2+3"],
        [10**15 + 1, -0.1, "#N/A"],
        [0, None, dt.datetime(2020, 1, 2, 3, 4, 5)],
    ]
    assert type(found[0][0]) is int
    assert [sheet[place].data_type for place in ("D8", "D9")] == ["s", "e"]
    assert sheet["D8"].quotePrefix
    assert sheet.dimensions == "B5:D10"


def test_texts_are_never_formulas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = table_plan([(text,) for text in FORMULAS], [None])
    path = streamed(plan, tmp_path / "a.xlsx", monkeypatch)
    xml = sheet_xml(path)
    assert not re.search(r"<f[ >]", xml)
    assert xml.count('t="inlineStr"') == len(FORMULAS) + 1  # the heading
    column = [row[0] for row in calamine(path)[1:]]
    assert column == [text + " " if text == "#N/A" else text for text in FORMULAS]


def test_a_text_beyond_a_cell_is_cut_with_a_mark_and_kept_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["=" + "x" * 39_999, "😀" * 20_000, "y" * 32_767, "z" * 32_768]
    plan = table_plan([(text,) for text in [*texts, texts[0]]], [None])
    plan = SheetPlan("Rows", plan.tables, (NotePlan("n" * 50_000, 1),))
    path = streamed(plan, tmp_path / "a.xlsx", monkeypatch)
    book = openpyxl.load_workbook(path)
    cut = [book["Rows"][f"B{row}"].value for row in range(6, 11)]
    assert all(len(text.encode("utf-16-le")) <= 2 * 32_767 for text in cut)
    mark = r'\.\.\. \[cut: ([\d,]+) characters; whole as text (\d) on sheet "Long texts"\]$'
    found = [re.search(mark, text) for text in cut]
    assert [match and match.groups() for match in found] == [
        ("40,000", "2"), ("20,000", "3"), None, ("32,768", "4"), ("40,000", "2"),
    ]  # fmt: skip
    assert cut[2] == texts[2]
    whole: dict[int, str] = {}
    for number, _part, piece in book["Long texts"].iter_rows(min_row=5, values_only=True):
        whole[number] = whole.get(number, "") + piece
    assert whole == {1: "n" * 50_000, 2: texts[0], 3: texts[1], 4: texts[3]}


def test_cells_beside_and_below_a_streamed_table_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_plan([(number,) for number in range(4)], [None]).tables[0]
    below = TablePlan("meso_below", (ColumnPlan("Below", ["end"]),), row=12, column=7)
    notes = (NotePlan("left", 7, 1), NotePlan("right", 7, 5), NotePlan("under", 10, 2))
    plan = SheetPlan("Rows", (table, below), notes)
    path = streamed(plan, tmp_path / "a.xlsx", monkeypatch)
    sheet = openpyxl.load_workbook(path)["Rows"]
    assert [cell.value for cell in sheet[7]][:5] == ["left", 1, None, None, "right"]
    assert [sheet[place].value for place in ("B9", "B10", "G13")] == [3, "under", "end"]
    assert sheet.dimensions == "A5:G13"
    assert sheet.tables["meso_rows"].ref == "B5:B9"


def test_a_value_that_no_cell_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TypeError, match="no MissingResult"):
        streamed(table_plan([(MissingResult("=1"),)], [None]), tmp_path / "a.xlsx", monkeypatch)
    assert list(tmp_path.iterdir()) == []


def test_fewer_rows_than_announced_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlmeso.report.splice.STREAMED_TABLE", 0)
    plan = table_plan([(1,), (2,)], [None])
    book = openpyxl.Workbook()
    streams = Streams()
    sheet = book.create_sheet("Rows")
    render_sheet(sheet, plan, streams=streams)
    entry = streams.by_sheet["Rows"]
    streams.by_sheet["Rows"] = type(entry)(
        lambda: iter([[[1]]]), 2, entry.first_row, entry.first_column, entry.styles
    )
    with pytest.raises(WorkbookError, match="1 rows came where 2"):
        save_book(book, tmp_path / "a.xlsx", streams=streams)
    assert list(tmp_path.iterdir()) == []


def test_a_blotter_on_disk_goes_to_as_many_sheets_as_it_needs(
    tmp_path: Path, sample: ModuleType
) -> None:
    document = {
        "EventTime": "2026-01-01T10:00:00Z", "SimTime": "2021-01-04T15:30:00",
        "EventType": "EndOfDay", "Message": "m", "Vars": {"pos_pnl": 1.5},
    }  # fmt: skip
    source = tmp_path / "events.json"
    source.write_text(json.dumps([document | {"TradeCnt": number} for number in range(7_001)]))
    events = read_event_file(source, in_memory=0)
    plans = plan_events(events, sample.RUN, rows_per_sheet=3_000, large=True)
    path = write_workbook(tmp_path / "a.xlsx", plans)
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == ["Events", "Events 2", "Events 3"]
    found = []
    for name, count in zip(book.sheet_names, (3_000, 3_000, 1_001), strict=True):
        rows = book.get_sheet_by_name(name).to_python()[9:]
        assert len(rows) == count
        found += [row[6] for row in rows]
    assert found == list(range(7_001))
    notices = [openpyxl.load_workbook(path)[name]["B6"].value for name in book.sheet_names]
    assert [notice.split(":")[0] for notice in notices] == [
        "Part 1 of 3", "Part 2 of 3", "Part 3 of 3",
    ]  # fmt: skip


def borders(path: Path) -> dict[str, str | None]:
    """Left border of every cell of the table's area, blank ones included."""
    sheet = openpyxl.load_workbook(path)["Rows"]
    area = sheet[sheet.tables["meso_rows"].ref]
    return {cell.coordinate: cell.border.left.style for row in area for cell in row}


def test_links_and_borders_of_streamed_rows_are_those_that_openpyxl_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = ["#'Events'!A20", "#'A & \"B\"'!C3", "#Rows!B6"]
    columns = (
        ColumnPlan("Position", [1, 2, 3], "0", links=places),
        ColumnPlan("Value", [1.5, None, math.nan], "0.0"),
        ColumnPlan("Text", ["a", "", None]),
    )
    table = TablePlan("meso_rows", columns, row=5, column=2)
    plan = SheetPlan(
        "Rows",
        (table,),
        (NotePlan("back", 1, link="#'Rows'!A1"), NotePlan("site", 2, link="https://example.com/a")),
        print_columns=(1, 4),
    )
    ours = streamed(plan, tmp_path / "ours.xlsx", monkeypatch)
    theirs = drawn(plan, tmp_path / "theirs.xlsx")
    found = []
    for path in (ours, theirs):
        sheet = openpyxl.load_workbook(path)["Rows"]
        links = [
            (cell.coordinate, cell.hyperlink.location, cell.hyperlink.target, cell.font.u)
            for row in sheet.iter_rows()
            for cell in row
            if cell.hyperlink
        ]
        found.append((links, sheet.print_area))
    assert found[0] == found[1]
    assert [link[:2] for link in found[0][0]] == [
        ("A1", "'Rows'!A1"), ("A2", None),
        ("B6", "'Events'!A20"), ("B7", "'A & \"B\"'!C3"), ("B8", "Rows!B6"),
    ]  # fmt: skip
    assert borders(ours) == borders(theirs)
    assert borders(ours)["C7"] == "thin"


def test_links_out_of_the_book_or_of_some_rows_are_not_streamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlmeso.report.splice.STREAMED_TABLE", 0)
    for links in (["https://example.com", "https://example.com"], ["#Rows!A1", None]):
        table = TablePlan("meso_rows", (ColumnPlan("A", [1, 2], links=links),), 1)
        path = write_workbook(tmp_path / "a.xlsx", [SheetPlan("Rows", (table,))], overwrite=True)
        sheet = openpyxl.load_workbook(path)["Rows"]
        found = [cell.hyperlink and (cell.hyperlink.target or "#" + cell.hyperlink.location)
                 for cell in (sheet["A2"], sheet["A3"])]  # fmt: skip
        assert found == links


@given(
    texts=st.lists(
        st.one_of(st.text(max_size=12), st.sampled_from(FORMULAS + AWKWARD)), min_size=1, max_size=9
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_columns_of_texts_are_those_that_openpyxl_writes(
    texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = table_plan([(text, f"plain {number} & <b>") for number, text in enumerate(texts)],
                      [None, None])  # fmt: skip
    ours = streamed(plan, tmp_path / "ours.xlsx", monkeypatch)
    assert cells(ours) == cells(drawn(plan, tmp_path / "theirs.xlsx"))


def test_numbers_as_texts_are_quiet_in_streamed_rows_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xlmeso.report.splice.STREAMED_TABLE", 0)
    table = TablePlan("meso_variables", (ColumnPlan("Value", ["1", "2", "3"]),), row=5, column=2)
    path = write_workbook(tmp_path / "a.xlsx", [SheetPlan("Rows", (table,))])
    assert '<ignoredError sqref="B5:B8" numberStoredAsText="1"/>' in sheet_xml(path)
