"""A planned book in a file, read back with openpyxl and as XML."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from xlmeso.errors import WorkbookError
from xlmeso.report.book import write_book
from xlmeso.sheets.book_plan import BookPlan, LazyValues, NamePlan
from xlmeso.sheets.cells import Formula
from xlmeso.sheets.plan import (
    ChartPlan,
    ColumnPlan,
    NotePlan,
    ScalePlan,
    SeriesPlan,
    SheetPlan,
    TablePlan,
)

DATA = TablePlan(
    "meso_data",
    (
        ColumnPlan("Label", ["=1+1", "b", "c"], links=[None, "#'First'!A1", None]),
        ColumnPlan("Amount", [3, -2, 5], "#,##0", comment="What it is."),
        ColumnPlan(
            "Twice", [Formula(f"=B{row}*2", value) for row, value in ((6, 6), (7, -4), (8, 10))]
        ),
    ),
    row=5,
)
CHART = ChartPlan(
    "bar",
    "meso_chart",
    "Amounts",
    "meso_data",
    "Label",
    (SeriesPlan("Amount", "0072B2", negative_colour="D55E00"),),
    2,
    5,
    sheet="Data's own",
    text_categories=True,
    alt_text="Three bars.",
)
PLAN = BookPlan(
    (
        SheetPlan(
            "First",
            notes=(NotePlan(Formula("=SUM('Data''s own'!B6:B8)", 6), 1, comment="A sum."),),
            charts=(CHART,),
            header="Head & shoulders",
        ),
        SheetPlan(
            "Data's own",
            (DATA,),
            scales=(ScalePlan("meso_data", ("Amount",), "heat", 5),),
            print_columns=(1, 2),
        ),
    ),
    title="Title",
    subject="Subject",
    names=(
        NamePlan("meso_one", "Data's own", 6, 2, comment="One cell"),
        NamePlan("meso_all", "Data's own", 6, 2, 8, 2),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_book(tmp_path / "book.xlsx", PLAN)


def test_formulas_are_formulas_with_results_and_texts_are_texts(path: Path) -> None:
    formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    assert formulas["Data's own"]["C7"].value == "=B7*2"
    assert values["Data's own"]["C7"].value == -4
    assert values["First"]["A1"].value == 6
    text = formulas["Data's own"]["A6"]
    assert (text.value, text.data_type, text.quotePrefix) == ("=1+1", "s", True)


def test_names_point_at_cells_and_areas(path: Path) -> None:
    names = openpyxl.load_workbook(path).defined_names
    assert names["meso_one"].attr_text == "'Data''s own'!$B$6"
    assert names["meso_all"].attr_text == "'Data''s own'!$B$6:$B$8"
    assert names["meso_one"].comment == "One cell"


def test_comments_links_and_properties_are_there(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    data = book["Data's own"]
    assert data["B5"].comment.text == "What it is."
    assert data["A7"].hyperlink.location == "'First'!A1"
    assert data["A6"].hyperlink is None
    assert (book.properties.title, book.properties.subject) == ("Title", "Subject")
    assert book["First"].oddHeader.left.text == "Head && shoulders"
    assert data.print_area == "'Data''s own'!$A$1:$B$8"


def test_chart_reads_the_other_sheet_and_colours_losses(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        chart = package.read("xl/charts/chart1.xml").decode()
        drawing = package.read("xl/drawings/drawing1.xml").decode()
    assert "'Data''s own'!$B$6:$B$8" in chart
    assert "<strRef><f>'Data''s own'!$A$6:$A$8" in chart
    assert re.findall(r'<dPt><idx val="(\d)"', chart) == ["1"]
    assert '<invertIfNegative val="0"' in chart
    assert 'descr="Three bars."' in drawing
    assert chart.count('<delete val="0"') == 2


def test_heat_map_is_white_at_zero_and_even_on_both_sides(path: Path) -> None:
    with zipfile.ZipFile(path) as package:
        sheet = package.read("xl/worksheets/sheet2.xml").decode()
    assert re.findall(r'<cfvo type="num" val="(-?\d+)"', sheet) == ["-5", "0", "5"]
    assert 'sqref="B6:B8"' in sheet


def test_existing_file_is_kept_unless_asked(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(WorkbookError, match="exists already"):
        write_book(path, PLAN)
    assert path.read_bytes() == before
    write_book(path, PLAN, overwrite=True)


def test_lazy_values_are_worked_out_at_access_and_can_be_cut() -> None:
    asked: list[int] = []

    def read(item: int) -> int:
        asked.append(item)
        return item * 10

    values = LazyValues([1, 2, 3, 4], read)
    assert len(values) == 4
    assert asked == []
    assert values[1] == 20
    assert list(values[2:]) == [30, 40]
    assert asked == [2, 3, 4]
