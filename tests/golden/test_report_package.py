"""The report as a package: what other programs and validators make of it, part by part."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from xlmeso.report.book import write_book
from xlmeso.report.inspect import inspect_book
from xlmeso.sheets.cells import Formula
from xlmeso.sheets.report import plan_report

CHARTS = {
    "Summary": ["summary_equity", "summary_months", "summary_drawdown",
                "summary_by_reason"],
    "Equity": ["report_equity", "report_drawdown", "report_rolling_volatility",
               "report_rolling_sharpe", "report_rolling_beta"],
    "Monthly": ["report_months", "report_spread"],
    "Exits": ["report_by_reason", "report_by_weekday", "report_by_month",
              "report_by_year", "report_by_days", "report_by_iv_rank"],
    "Margin": ["report_margin_1"],
}  # fmt: skip
"""Names of the charts on each sheet of the report of one run."""


@pytest.fixture(scope="module")
def one(hand: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "one.xlsx"
    return write_book(path, plan_report([hand.long_run()], "9.9"))


@pytest.fixture(scope="module")
def two(hand: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "two.xlsx"
    runs = [hand.long_run("First"), hand.long_run("Second", phase=2.0)]
    return write_book(path, plan_report(runs, "9.9"))


@pytest.fixture(params=["one", "two"])
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue(request.param))


def cells(book: Any, reference: str) -> list[Any]:
    sheet, area = reference.rsplit("!", 1)
    found = book[sheet.strip("'").replace("''", "'")][area.replace("$", "")]
    rows = found if isinstance(found, tuple) else ((found,),)
    return [cell.value for row in rows for cell in row]


@pytest.mark.slow
def test_validator_finds_no_fault_of_the_schema(path: Path) -> None:
    """Inline texts are its only remark: Excel moves them to a table of texts on its next save."""
    command = [sys.executable, "-m", "openxml_audit", "-f", "microsoft365", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "Errors: 0" in result.stdout, result.stdout
    told = re.findall(r"^W\d+\. (.*?)\n *Part:", result.stdout, re.MULTILINE | re.DOTALL)
    assert told
    assert all("inline-string" in text for text in told), told


def test_every_chart_has_data(path: Path) -> None:
    book = openpyxl.load_workbook(path, data_only=True)
    with zipfile.ZipFile(path) as package:
        charts = [name for name in package.namelist() if name.startswith("xl/charts/chart")]
        assert len(charts) >= 10
        for name in charts:
            text = package.read(name).decode()
            series = re.findall(r"<ser>.*?</ser>", text, re.DOTALL)
            assert series
            for one_series in series:
                (values,) = re.findall(r"<val>.*?<f>(.*?)</f>", one_series)
                (categories,) = re.findall(r"<cat>.*?<f>(.*?)</f>", one_series)
                (title,) = re.findall(r"<tx>.*?<f>(.*?)</f>", one_series)
                numbers = [value for value in cells(book, values) if value is not None]
                assert numbers, (name, values)
                assert all(isinstance(value, (int, float)) for value in numbers)
                assert None not in cells(book, categories)
                assert cells(book, title)[0]


def test_charts_have_their_names_and_say_what_they_show(one: Path) -> None:
    book = openpyxl.load_workbook(one)
    found: dict[str, list[str]] = {}
    with zipfile.ZipFile(one) as package:
        for number, sheet in enumerate(book.sheetnames, start=1):
            relations = f"xl/worksheets/_rels/sheet{number}.xml.rels"
            if relations not in package.namelist():
                continue
            target = re.search(r"drawings/(drawing\d+\.xml)", package.read(relations).decode())
            if target:
                text = package.read(f"xl/drawings/{target[1]}").decode()
                labels = re.findall(r'<(?:\w+:)?cNvPr [^>]*?name="([^"]+)" descr="([^"]+)"', text)
                found[sheet] = [name for name, _ in labels]
                assert all(len(words) > 20 for _, words in labels)
    assert found == CHARTS


def test_nothing_leads_out_of_the_book(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        assert not [name for name in names if "externalLink" in name or "vba" in name.casefold()]
        for name in names:
            if name.endswith(".rels"):
                assert 'TargetMode="External"' not in package.read(name).decode(), name


def test_links_inside_the_book_lead_somewhere(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    count = 0
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink is not None:
                    name, _, place = cell.hyperlink.location.rpartition("!")
                    assert name.strip("'") in book.sheetnames
                    assert book[name.strip("'")][place] is not None
                    count += 1
    assert count > 30


def test_calamine_reads_the_same_sheets_and_values(path: Path) -> None:
    ours = openpyxl.load_workbook(path, data_only=True)
    theirs = CalamineWorkbook.from_path(path)
    assert theirs.sheet_names == ours.sheetnames
    for name in ours.sheetnames:
        rows = theirs.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for row, column in ((1, 1), (3, 2), (9, 1), (10, 1)):
            value = ours[name].cell(row, column).value
            if isinstance(value, (str, int, float)):
                assert rows[row - 1][column - 1] == value


def test_every_sheet_is_set_up_for_reading_and_printing(path: Path) -> None:
    for sheet in openpyxl.load_workbook(path).worksheets:
        assert sheet.sheet_view.zoomScale == 100
        assert sheet.sheet_view.showGridLines is False
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert not sheet.merged_cells.ranges
        assert sheet.sheet_properties.tabColor is not None
        assert sheet.oddFooter.right.text == "&P / &N"


def test_two_writings_differ_in_times_only(hand: ModuleType, tmp_path: Path, one: Path) -> None:
    again = write_book(tmp_path / "again.xlsx", plan_report([hand.long_run()], "9.9"))
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(again) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())
        for name in first.namelist():
            if name != "docProps/core.xml":
                assert first.read(name) == second.read(name), name


def test_a_later_run_would_leave_a_report_untouched(path: Path) -> None:
    """A report is a record: `xlmeso run report.xlsx` must write its results elsewhere."""
    assert "charts on Equity" in inspect_book(path).losses()


HOSTILE = ("=cmd|' /C calc'!A0\x07", "[x] #'\"<&>_x0041_ \u202eRTL \U0001f4a5" + "z" * 300)


@pytest.mark.slow
def test_hostile_names_and_messages_stay_text_and_the_file_whole(
    hand: ModuleType, tmp_path: Path
) -> None:
    plan = plan_report([hand.long_run(name) for name in HOSTILE], "9.9")
    path = write_book(tmp_path / "hostile.xlsx", plan)
    command = [sys.executable, "-m", "openxml_audit", "-f", "microsoft365", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "Errors: 0" in result.stdout, result.stdout
    book = openpyxl.load_workbook(path)
    planned = {
        value.text
        for sheet in plan.sheets
        for one in sheet.tables
        for column in one.columns
        for value in column.values
        if isinstance(value, Formula)
    } | {note.text.text for sheet in plan.sheets for note in sheet.notes
         if isinstance(note.text, Formula)}  # fmt: skip
    found = {
        cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    assert found == planned
    assert book["Compare"]["B31"].data_type == "s"
    assert str(book["Compare"]["B31"].value).startswith("=cmd|' /C calc'!A0")


@pytest.mark.slow
def test_a_run_of_ten_years_is_streamed_and_its_charts_have_data(
    hand: ModuleType, tmp_path: Path
) -> None:
    path = write_book(tmp_path / "long.xlsx", plan_report([hand.long_run(days=2_600)], "9.9"))
    book = openpyxl.load_workbook(path, data_only=True)
    area = book["Equity"].tables["meso_equity"].ref
    rows = list(book["Equity"][area])
    assert len(rows) == 2_601
    assert [cell.value for cell in rows[-1]][1] == pytest.approx(
        hand.long_run(days=2_600).series.nav[-1]
    )
    with zipfile.ZipFile(path) as package:
        text = package.read("xl/charts/chart1.xml").decode()
    (values,) = set(re.findall(r"<val>.*?<f>(.*?)</f>", text)[:1])
    assert None not in cells(book, values)


def test_names_of_tables_columns_and_cells_are_unique(path: Path) -> None:
    """Excel repairs a book in which two tables, or a table and a name, are called the same."""
    book = openpyxl.load_workbook(path)
    names = [name.casefold() for name in book.defined_names]
    for sheet in book.worksheets:
        for one in sheet.tables.values():
            names.append(one.displayName.casefold())
            titles = [column.name.casefold() for column in one.tableColumns]
            assert len(titles) == len(set(titles)), (sheet.title, titles)
            first = sheet[one.ref][0]
            assert [cell.value for cell in first] == [column.name for column in one.tableColumns]
            assert all(cell.data_type in "s" for cell in first)
    assert len(names) == len(set(names)), sorted(names)


def test_tables_of_a_sheet_do_not_overlap(path: Path) -> None:
    for sheet in openpyxl.load_workbook(path).worksheets:
        taken: set[str] = set()
        for one in sheet.tables.values():
            places = {cell.coordinate for row in sheet[one.ref] for cell in row}
            assert not places & taken, (sheet.title, one.displayName)
            taken |= places
