"""Formulas that spill: kept over a save without Excel, written as XlsxWriter writes them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
import xlsxwriter

from xlmeso.excel.books import opened
from xlmeso.excel.formula_cells import BlockKind, our_blocks
from xlmeso.excel.freeze import freeze_book, unfreeze_book
from xlmeso.report.books import write_workbook
from xlmeso.report.dynamic_arrays import DynamicArray
from xlmeso.report.inspect import inspect_book
from xlmeso.report.parts import sheet_parts
from xlmeso.sheets.plan import (
    ChartPlan,
    FormulaPlan,
    NamePlan,
    NotePlan,
    RulePlan,
    SeriesPlan,
    SheetPlan,
)

METADATA = "xl/metadata.xml"
FORMULA = '=MESO_NAV("a",,,"Month")'


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Return a book with a dynamic array that fills four cells, made by another library."""
    path = tmp_path / "foreign.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Live")
    sheet.write_dynamic_array_formula("B2:C3", FORMULA, None, 1)
    sheet.write_row("C2", [2])
    sheet.write_row("B3", [3, 4])
    sheet.write_array_formula("E2:E3", "{=B2:B3*2}", None, 2)
    book.add_worksheet("Notes").write("A1", "mine")
    book.close()
    return path


def plan() -> SheetPlan:
    return SheetPlan(
        "Live",
        formulas=(
            FormulaPlan(FORMULA, 2, 2, ((1.0, 2.0), (3.0, 4.0)), spills=True, formats=("0.0",)),
            FormulaPlan("=B2+1", 6, 1, ((2.0,),)),
        ),
        names=(NamePlan("first", "Live!$B$2:$B$3", (1.0, 3.0)),),
        charts=(
            ChartPlan(
                "line", "meso_live", "First", "", "first",
                (SeriesPlan("first", "0072B2", title="One"),), 10, 1,
            ),
        ),
        rules=(RulePlan("", ("B2:C3",), "B2<0", "bad"),),
    )  # fmt: skip


def xml(path: Path, part: str) -> str:
    with zipfile.ZipFile(path) as package:
        return package.read(part).decode("utf-8")


def cell(path: Path, sheet: str, name: str) -> str:
    with zipfile.ZipFile(path) as package:
        text = package.read(sheet_parts(package)[sheet]).decode("utf-8")
    found = re.search(rf'<c r="{name}".*?</c>', text)
    assert found is not None
    return found.group()


def elements(text: str) -> list[tuple[str, dict[str, str]]]:
    return [(node.tag, dict(node.attrib)) for node in ElementTree.fromstring(text).iter()]


def test_dynamic_array_survives_a_save_without_excel(foreign: Path, tmp_path: Path) -> None:
    metadata = elements(xml(foreign, METADATA))
    with opened(foreign) as book:
        book.sheets["Notes"]["A2"].value = "added"
        book.save()
    assert elements(xml(foreign, METADATA)) == metadata
    kept = cell(foreign, "Live", "B2")
    assert 'cm="1"' in kept
    assert 't="array" ref="B2:C3"' in kept
    assert "<v>1</v>" in kept or "<v>1.0</v>" in kept
    assert "cm=" not in cell(foreign, "Live", "E2"), "an array formula of the old kind stays one"
    assert "sheetMetadata" in xml(foreign, "xl/_rels/workbook.xml.rels")
    assert "sheetMetadata+xml" in xml(foreign, "[Content_Types].xml")
    assert inspect_book(foreign).findings == ()
    values = openpyxl.load_workbook(foreign, data_only=True)["Live"]
    assert [[item.value for item in row] for row in values["B2:C3"]] == [[1, 2], [3, 4]]


def test_what_a_formula_filled_goes_when_its_result_is_known_no_longer(foreign: Path) -> None:
    with opened(foreign) as book:
        book.sheets["Live"]["A1"].value = "an input has changed"
        book.save()
    values = openpyxl.load_workbook(foreign, data_only=True)["Live"]
    assert [[item.value for item in row] for row in values["B2:C3"]] == [[None, None]] * 2
    assert 'ref="B2:C3"' in cell(foreign, "Live", "B2")


def test_data_types_of_newer_excel_are_still_a_loss(foreign: Path, tmp_path: Path) -> None:
    rich = tmp_path / "rich.xlsx"
    with zipfile.ZipFile(foreign) as old, zipfile.ZipFile(rich, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == METADATA:
                data = data.replace(b'name="XLDAPR"', b'name="XLRICHVALUE"')
            new.writestr(item, data)
    assert "data types" in inspect_book(rich).losses()


def test_planned_formula_is_written_as_xlsxwriter_writes_it(foreign: Path, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "ours.xlsx", [plan()])
    assert elements(xml(path, METADATA)) == elements(xml(foreign, METADATA))
    assert 'cm="1"' in cell(path, "Live", "B2")
    assert '<f t="array" ref="B2:C3">MESO_NAV("a",,,"Month")</f>' in cell(path, "Live", "B2")
    assert "cm=" not in cell(path, "Live", "A6")
    values = openpyxl.load_workbook(path, data_only=True)["Live"]
    assert [[item.value for item in row] for row in values["B2:C3"]] == [[1, 2], [3, 4]]
    assert values["A6"].value == 2
    assert values["B3"].number_format == "0.0"


def test_chart_over_names_grows_and_shows_its_values_at_once(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "ours.xlsx", [plan()])
    chart = xml(path, "xl/charts/chart1.xml")
    assert chart.count("'Live'!first") == 2
    assert [float(text) for text in re.findall(r"<v>([\d.]+)</v>", chart)] == [1, 3, 1, 3]
    names = openpyxl.load_workbook(path)["Live"].defined_names
    assert names["first"].attr_text == "Live!$B$2:$B$3"


def test_freeze_and_back_keeps_it_a_dynamic_array(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "ours.xlsx", [plan()])
    with opened(path) as book:
        (block,) = our_blocks(book.sheets["Live"])
        assert (block.kind, block.address) == (BlockKind.SPILL, "B2:C3")
        assert freeze_book(book) == 1
        assert book.sheets["Live"]["B2:C3"].value == [[1, 2], [3, 4]]
        assert unfreeze_book(book).restored == 1
        formula = book.api["Live"]["B2"].value
        assert isinstance(formula, DynamicArray)
        assert (formula.ref, formula.text) == ("B2:C3", FORMULA)


def test_text_that_looks_like_a_formula_is_never_frozen_nor_brought_to_life(
    tmp_path: Path,
) -> None:
    example = "=MESO_RUN(Strategy!A1:K80)"
    page = SheetPlan("Help", notes=(NotePlan(example, 1), NotePlan("=MESO_VERSION()", 2)))
    path = write_workbook(tmp_path / "help.xlsx", [page, plan()])
    with opened(path) as book:
        assert our_blocks(book.sheets["Help"]) == []
        assert freeze_book(book) == 1
        unfreeze_book(book)
        assert book.sheets["Help"]["A1"].value == example
        assert book.api["Help"]["A1"].data_type == "s"
