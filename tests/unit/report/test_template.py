"""A template of a user's own: placeholders filled, every other part byte for byte as it was."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import LineChart, Reference
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableColumn, TableFormula
from PIL import Image as Pictures
from python_calamine import CalamineWorkbook

import xlmeso.addin
from xlmeso.errors import WorkbookError
from xlmeso.report.template import fill_template
from xlmeso.sheets.book_plan import LazyValues
from xlmeso.sheets.plan import ColumnPlan, TablePlan
from xlmeso.sheets.report.placeholders import Placeholders, Value

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension is not supported")

SPARKLINES = (
    '<extLst><ext uri="{05C60535-1F16-4FD2-B633-F4F36F0B64E0}" '
    'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
    '<x14:sparklineGroups xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
    "<x14:sparklineGroup><x14:sparklines><x14:sparkline><xm:f>Trades!C6:C7</xm:f>"
    "<xm:sqref>A1</xm:sqref></x14:sparkline></x14:sparklines></x14:sparklineGroup>"
    "</x14:sparklineGroups></ext></extLst>"
)
MACRO_BOOK = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
DAYS = [dt.datetime(2020, 1, 2) + dt.timedelta(days=number) for number in range(5)]


def content(rows: int = 5) -> Placeholders:
    numbers = range(rows)
    trades = TablePlan(
        "meso_trades",
        (
            ColumnPlan("Position", list(numbers), "0"),
            ColumnPlan("Opened", [DAYS[0] + dt.timedelta(days=n) for n in numbers], "yyyy-mm-dd"),
            ColumnPlan("P&L", [10.5 * n for n in numbers], "#,##0.00"),
            ColumnPlan("Exit reason", [f"=reason {n}" for n in numbers]),
        ),
        row=9,
    )
    values = {
        "meso_StratSharpe": Value(1.25, "0.00"),
        "meso_run_name": Value('=HYPERLINK("http://x")'),
        "meso_as_of": Value(dt.datetime(2026, 1, 2, 3, 4, 5), "yyyy-mm-dd hh:mm:ss"),
        "meso_notice": Value(None),
    }
    return Placeholders(
        {name.casefold(): value for name, value in values.items()},
        {"meso_trades": trades},
        tuple(values),
    )


def company_book(names: dict[str, str] | None = None, columns: tuple[str, ...] = ()) -> Any:
    """A book with a chart, a picture, conditional formats, drop-downs, formulas and a table."""
    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "Our cover"
    cover["A1"], cover["B3"], cover["B4"] = "ACME Capital", "name here", 0.5
    cover["B3"].font = Font(name="Calibri", size=11, bold=True, color="FF0000")
    cover["B4"].number_format = "0.0000"
    cover["B6"] = "=SUM(Trades!D6:D7)*2"
    cover["B7"] = "=COUNTA(meso_trades[Exit reason])"
    buffer = io.BytesIO()
    Pictures.new("RGB", (8, 8), "navy").save(buffer, "png")
    cover.add_image(Image(buffer), "H2")
    for name, place in (
        names
        or {
            "meso_run_name": "'Our cover'!$B$3",
            "meso_StratSharpe": "'Our cover'!$B$4",
            "Meso_As_Of": "'Our cover'!$B$5",
            "meso_notice": "'Our cover'!$A$2",
            "own_name": "Trades!$D$6:$D$7",
        }
    ).items():
        book.defined_names[name] = DefinedName(name, attr_text=place)
    trades = book.create_sheet("Trades")
    titles = columns or ("Exit reason", "Opened", "P&L", "Twice")
    for column, title in enumerate(titles, start=2):
        trades.cell(5, column, title)
        trades.cell(6, column, "sample").fill = PatternFill("solid", fgColor="FFEECC")
        trades.cell(7, column, "sample 2")
    trades["G6"], trades["A7"] = "beside", "left"
    trades["D6"].number_format = '0.0 "USD"'
    table = Table(displayName="meso_trades", name="meso_trades", ref="B5:E7")
    table.tableColumns = [
        TableColumn(id=number, name=title) for number, title in enumerate(titles, start=1)
    ]
    if titles[-1] == "Twice":
        table.tableColumns[-1].calculatedColumnFormula = TableFormula(
            attr_text="meso_trades[[#This Row],[P&L]]*2"
        )
    trades.add_table(table)
    trades.conditional_formatting.add(
        "D6:D7", CellIsRule(operator="lessThan", formula=["0"], font=Font(color="FF0000"))
    )
    drop_down = DataValidation(type="list", formula1='"a,b"')
    drop_down.add("B6:B7")
    drop_down.add("H1")
    trades.add_data_validation(drop_down)
    chart = LineChart()
    chart.add_data(Reference(trades, min_col=4, min_row=5, max_row=7), titles_from_data=True)
    chart.set_categories(Reference(trades, min_col=3, min_row=6, max_row=7))
    cover.add_chart(chart, "D8")
    book.create_sheet("Untouched")["A1"] = "stay"
    return book


def save(book: Any, path: Path, *, macros: bool = False) -> Path:
    """Save, with sparklines, an order of calculation and, if wanted, a VBA project."""
    plain = path.with_name("plain.xlsx")
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                data = data.replace(b"</worksheet>", SPARKLINES.encode() + b"</worksheet>")
            if item.filename == "[Content_Types].xml":
                data = with_types(data, macros)
            if item.filename == "xl/_rels/workbook.xml.rels":
                data = with_relations(data, macros)
            new.writestr(item, data)
        new.writestr("xl/calcChain.xml", '<calcChain xmlns="x"><c r="B6" i="1"/></calcChain>')
        if macros:
            new.writestr("xl/vbaProject.bin", vba_project())
    plain.unlink()
    return path


def with_types(data: bytes, macros: bool) -> bytes:
    text = data.decode()
    more = '<Override PartName="/xl/calcChain.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"/>'  # noqa: E501
    if macros:
        more += '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        text = re.sub(r'[^"]*spreadsheetml\.sheet\.main\+xml', MACRO_BOOK, text)
    return text.replace("</Types>", more + "</Types>").encode()


def with_relations(data: bytes, macros: bool) -> bytes:
    more = '<Relationship Id="rId90" Target="calcChain.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"/>'
    if macros:
        more += '<Relationship Id="rId91" Target="vbaProject.bin" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject"/>'
    return data.decode().replace("</Relationships>", more + "</Relationships>").encode()


def vba_project() -> bytes:
    addin = Path(str(xlmeso.addin.__file__)).with_name("xlmeso.xlam")
    with zipfile.ZipFile(addin) as package:
        return package.read("xl/vbaProject.bin")


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}


def audit(path: Path) -> set[str]:
    """Return what openxml-audit finds; that Excel will share inline texts on saving is no fault."""
    command = [sys.executable, "-m", "openxml_audit", "-f", "microsoft365", "-o", "json", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return {
        f"{item['part_uri']}: {item['description']}"
        for item in json.loads(result.stdout)[0]["errors"]
        if "inline-string" not in item["description"]
    }


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return save(company_book(), tmp_path / "company.xlsm", macros=True)


@pytest.fixture
def filled(template: Path) -> Path:
    return fill_template(template, template.with_name("report.xlsm"), content())


def test_parts_that_are_not_concerned_are_the_same_bytes(template: Path, filled: Path) -> None:
    before, after = parts(template), parts(filled)
    assert set(before) - set(after) == {"xl/calcChain.xml"}
    assert set(after) <= set(before)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {
        "[Content_Types].xml",  # no calculation chain any more
        "xl/_rels/workbook.xml.rels",
        "xl/workbook.xml",  # everything is worked out anew; names follow the table
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
        "xl/tables/table1.xml",
        "xl/charts/chart1.xml",  # draws all rows
        "xl/styles.xml",  # a date format for the cell that had none
    }
    assert "xl/vbaProject.bin" in after
    assert any(name.startswith("xl/media/") for name in after)


def test_cells_get_the_values_and_keep_their_look(filled: Path) -> None:
    cover = openpyxl.load_workbook(filled)["Our cover"]
    assert cover["B3"].value == '=HYPERLINK("http://x")'
    assert cover["B3"].data_type == "s"
    assert (cover["B3"].font.b, cover["B3"].font.color.rgb) == (True, "00FF0000")
    assert (cover["B4"].value, cover["B4"].number_format) == (1.25, "0.0000")
    assert cover["B5"].value == dt.datetime(2026, 1, 2, 3, 4, 5)
    assert cover["B5"].number_format == "yyyy-mm-dd hh:mm:ss"
    assert (cover["A1"].value, cover["A2"].value) == ("ACME Capital", None)


def test_a_table_grows_and_what_covers_it_grows_along(filled: Path) -> None:
    book = openpyxl.load_workbook(filled, keep_vba=True)
    trades = book["Trades"]
    assert trades.tables["meso_trades"].ref == "B5:E10"
    rows = [[cell.value for cell in row] for row in trades["B6:E10"]]
    assert rows[1] == ["=reason 1", DAYS[1], 10.5, "=meso_trades[[#This Row],[P&L]]*2"]
    assert [row[2] for row in rows] == [0, 10.5, 21, 31.5, 42]
    assert (trades["D10"].number_format, trades["C10"].number_format) == (
        '0.0 "USD"', "yyyy-mm-dd",
    )  # fmt: skip
    assert trades["B10"].fill.fgColor.rgb == "00FFEECC"
    assert (trades["G6"].value, trades["A7"].value) == ("beside", "left")
    (rule,) = trades.conditional_formatting
    assert str(rule.sqref) == "D6:D10"
    (drop_down,) = trades.data_validations.dataValidation
    assert str(drop_down.sqref) == "B6:B10 H1"
    assert book["Our cover"]["B6"].value == "=SUM(Trades!D6:D10)*2"
    assert book.defined_names["own_name"].attr_text == "Trades!$D$6:$D$10"
    chart = parts(filled)["xl/charts/chart1.xml"].decode()
    assert set(re.findall(r"<(?:c:)?f>(.*?)</", chart)) == {
        "'Trades'!$D$6:$D$10", "'Trades'!$C$6:$C$10", "'Trades'!D5",
    }  # fmt: skip
    assert "Trades!C6:C7" in parts(filled)["xl/worksheets/sheet1.xml"].decode()


def test_excel_is_told_to_work_everything_out(filled: Path) -> None:
    assert openpyxl.load_workbook(filled).calculation.fullCalcOnLoad
    sheet = parts(filled)["xl/worksheets/sheet1.xml"].decode()
    assert not re.search(r"</f>\s*<v", sheet)


def test_other_readers_read_it(template: Path, filled: Path) -> None:
    book = CalamineWorkbook.from_path(str(filled))
    trades = book.get_sheet_by_name("Trades").to_python(skip_empty_area=False)
    assert trades[6][:4] == ["left", "=reason 1", DAYS[1].date(), 10.5]
    assert audit(filled) == audit(template)  # openpyxl's own order of a font's elements


def test_many_rows_are_streamed(tmp_path: Path) -> None:
    template = save(company_book(), tmp_path / "company.xlsx")
    many = content(2_500)
    source = many.tables["meso_trades"]
    lazy = tuple(
        ColumnPlan(
            column.title,
            LazyValues(range(2_500), column.values.__getitem__),
            column.number_format,
        )
        for column in source.columns
    )
    tables = {"meso_trades": TablePlan("meso_trades", lazy, row=9, large=True)}
    report = fill_template(
        template, tmp_path / "report.xlsx", Placeholders(many.values, tables, many.names)
    )
    trades = openpyxl.load_workbook(report)["Trades"]
    assert trades.tables["meso_trades"].ref == "B5:E2505"
    assert [cell.value for cell in trades[2505]][1:5] == [
        "=reason 2499", DAYS[0] + dt.timedelta(days=2499), 10.5 * 2499,
        "=meso_trades[[#This Row],[P&L]]*2",
    ]  # fmt: skip
    assert (trades["G6"].value, trades["A7"].value) == ("beside", "left")
    assert trades["B2505"].fill.fgColor.rgb == "00FFEECC"


def test_what_cannot_be_filled_is_listed_at_once(tmp_path: Path) -> None:
    names = {
        "meso_StratSharp": "'Our cover'!$B$3",
        "meso_run_name": "'Our cover'!$B$3:$C$3",
        "meso_notice": "'Our cover'!$B$6",
        "meso_as_of": "#REF!",
        "theirs": "'Our cover'!$B$4",
    }
    book = company_book(names, ("Exit reason", "Opend", "P&L", "Own"))
    book["Trades"]["C9"] = "in the way"
    template = save(book, tmp_path / "company.xlsx")
    with pytest.raises(WorkbookError) as refusal:
        fill_template(template, tmp_path / "report.xlsx", content())
    text = str(refusal.value)
    for line in (
        "the name meso_StratSharp ('Our cover'!$B$3) is none of ours. Did you mean "
        "meso_StratSharpe?",
        "the name meso_run_name stands for 'Our cover'!$B$3:$C$3; it needs to be one cell.",
        "the name meso_notice points at 'Our cover'!B6, which holds a formula.",
        "the name meso_as_of stands for #REF!; it needs to be one cell.",
        "the table meso_trades has no column 'Opend'. Did you mean Opened?",
        "the table meso_trades has no column 'Own'. There are Position, Opened, P&L, Exit reason.",
        "the table meso_trades gets 5 rows, but Trades!C9 below it holds something.",
    ):
        assert line in text
    assert not (tmp_path / "report.xlsx").exists()


def test_a_book_without_placeholders_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    with pytest.raises(WorkbookError, match="has no placeholders"):
        fill_template(tmp_path / "empty.xlsx", tmp_path / "out.xlsx", content())


def test_the_kind_of_file_has_to_stay(template: Path) -> None:
    with pytest.raises(WorkbookError, match=r"Let its name end in \.xlsm"):
        fill_template(template, template.with_name("report.xlsx"), content())


def test_fewer_rows_than_the_sample_leave_none_of_it(tmp_path: Path) -> None:
    template = save(company_book(), tmp_path / "company.xlsx")
    report = fill_template(template, tmp_path / "report.xlsx", content(1))
    trades = openpyxl.load_workbook(report)["Trades"]
    assert trades.tables["meso_trades"].ref == "B5:E6"
    assert [trades["B7"].value, trades["C7"].value, trades["A7"].value] == [None, None, "left"]


def test_a_chart_of_one_sample_row_draws_all_rows(tmp_path: Path) -> None:
    book = company_book()
    trades = book["Trades"]
    for column in "BCDE":
        trades[f"{column}7"] = None
    trades.tables["meso_trades"].ref = "B5:E6"
    template = save(book, tmp_path / "company.xlsx")
    with zipfile.ZipFile(template) as package:
        chart = package.read("xl/charts/chart1.xml").decode()
    one = chart.replace("$D$6:$D$7", "$D$6").replace("$C$6:$C$7", "$C$6")
    rest = parts(template)
    with zipfile.ZipFile(template, "w") as package:
        for name, data in rest.items():
            package.writestr(name, one if name == "xl/charts/chart1.xml" else data)
    report = fill_template(template, tmp_path / "report.xlsx", content())
    chart = parts(report)["xl/charts/chart1.xml"].decode()
    assert set(re.findall(r"<(?:c:)?f>(.*?)</", chart)) == {
        "'Trades'!$D$6:$D$10", "'Trades'!$C$6:$C$10", "'Trades'!D5",
    }  # fmt: skip
