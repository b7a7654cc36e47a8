from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import LineChart, Reference

from xlmeso.errors import WorkbookError
from xlmeso.report.books import write_workbook
from xlmeso.report.inspect import Finding, inspect_book
from xlmeso.sheets.plan import ColumnPlan, SheetPlan, TablePlan

PLAN = SheetPlan("One", (TablePlan("meso_x", (ColumnPlan("A", [1, 2]),), row=1),))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "book.xlsx", [PLAN])


def rewritten(book: Path, changes: dict[str, bytes]) -> Path:
    """Copy a package with some parts added or replaced."""
    target = book.with_name("changed.xlsx")
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, data in changes.items():
            new.writestr(name, data)
    return target


def test_book_of_ours_loses_nothing(book: Path) -> None:
    contents = inspect_book(book)
    assert contents.findings == ()
    assert contents.is_ours


def test_foreign_plain_book_is_not_ours(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "plain.xlsx")
    contents = inspect_book(tmp_path / "plain.xlsx")
    assert contents.findings == ()
    assert not contents.is_ours


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("xl/vbaProject.bin", "macros (VBA)"),
        ("xl/pivotTables/pivotTable1.xml", "pivot tables"),
        ("xl/slicerCaches/slicerCache1.xml", "slicers"),
        ("xl/externalLinks/externalLink1.xml", "links to other workbooks"),
        ("xl/threadedComments/threadedComment1.xml", "threaded comments"),
        ("xl/ctrlProps/ctrlProp1.xml", "form controls"),
        ("xl/metadata.xml", "dynamic arrays or data types"),
        ("customXml/item1.xml", "custom XML data"),
        ("xl/connections.xml", "data connections"),
    ],
)
def test_parts_that_would_be_lost_are_named(book: Path, part: str, what: str) -> None:
    assert inspect_book(rewritten(book, {part: b"<x/>"})).findings == (Finding(what),)


def test_printer_settings_are_no_content(book: Path) -> None:
    assert inspect_book(rewritten(book, {"xl/printerSettings/p1.bin": b"x"})).findings == ()


@pytest.mark.parametrize(
    ("element", "what"),
    [
        ('<extLst><ext uri="{05C60535-1F16-4fd2-B633-F4F36F0B64E0}"/></extLst>', "sparklines"),
        ('<extLst><ext uri="{0000}"/></extLst>', "features of newer Excel"),
        ('<picture r:id="rId9"/>', "a sheet background"),
        ("<customSheetViews/>", "custom views"),
    ],
)
def test_sheet_features_are_named_with_their_sheet(book: Path, element: str, what: str) -> None:
    part = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(book) as package:
        text = package.read(part).decode()
    text = text.replace("</worksheet>", element + "</worksheet>").replace(
        "<worksheet ", '<worksheet xmlns:r="urn:r" ', 1
    )
    assert inspect_book(rewritten(book, {part: text.encode()})).findings == (Finding(what, "One"),)


def test_dynamic_array_cells_are_found(book: Path) -> None:
    part = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(book) as package:
        text = package.read(part).decode().replace('<c r="A2"', '<c cm="1" r="A2"', 1)
    found = inspect_book(rewritten(book, {part: text.encode()})).findings
    assert found == (Finding("dynamic arrays or data types", "One"),)


def test_foreign_charts_count_ours_do_not(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["x", 1])
    chart = LineChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1))
    sheet.add_chart(chart, "D2")
    path = tmp_path / "chart.xlsx"
    book.save(path)
    assert inspect_book(path).losses() == "charts on Sheet"
    with zipfile.ZipFile(path) as package:
        drawing = package.read("xl/drawings/drawing1.xml").decode()
    ours = drawing.replace('name="Chart 1"', 'name="meso_nav_equity"')
    assert inspect_book(rewritten(path, {"xl/drawings/drawing1.xml": ours.encode()})).findings == ()


def test_pictures_are_found(book: Path, tmp_path: Path) -> None:
    image_module = pytest.importorskip("PIL.Image")
    image_module.new("RGB", (4, 4)).save(tmp_path / "p.png")
    native = openpyxl.load_workbook(book)
    from openpyxl.drawing.image import Image

    native.worksheets[0].add_image(Image(io.BytesIO((tmp_path / "p.png").read_bytes())), "D4")
    native.save(book)
    assert inspect_book(book).losses() == "pictures on One"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "damaged"),
        (b"not a zip at all", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "protected by a password"),
    ],
)
def test_files_that_are_no_workbooks(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    with pytest.raises(WorkbookError, match=words):
        inspect_book(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="no such file"):
        inspect_book(tmp_path / "x.xlsx")


def test_zip_without_a_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as package:
        package.writestr("word/document.xml", "<x/>")
    with pytest.raises(WorkbookError, match=r"no \.xlsx workbook"):
        inspect_book(tmp_path / "x.xlsx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bomb_is_refused_before_anything_expands(book: Path, encoding: str) -> None:
    lines = ["<!DOCTYPE x [<!ENTITY a0 'ha'>"]
    lines += [f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)]
    bomb = f"<?xml version='1.0' encoding='{encoding}'?>" + "".join(lines) + "]><x>&a11;</x>"
    with pytest.raises(WorkbookError, match="declares entities"):
        inspect_book(rewritten(book, {"xl/sharedStrings.xml": bomb.encode(encoding)}))


def test_zip_bomb_is_refused_unread(book: Path) -> None:
    target = book.with_name("bomb.xlsx")
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/media/big.bin", b"\0" * (40 * 1024**2))
    with pytest.raises(WorkbookError, match="unpacks to a size"):
        inspect_book(target)


def test_damaged_part_is_named(book: Path) -> None:
    with pytest.raises(WorkbookError, match=r"sheet1\.xml is damaged"):
        inspect_book(rewritten(book, {"xl/worksheets/sheet1.xml": b"<worksheet><c"}))
