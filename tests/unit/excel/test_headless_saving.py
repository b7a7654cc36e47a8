"""The headless engine never damages a book: what it cannot keep it does not overwrite."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
import xlwings as xw
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from xlmeso.errors import WorkbookError
from xlmeso.excel.headless import install


@pytest.fixture
def opened() -> Iterator[Callable[[Path], xw.Book]]:
    app = install().apps.add(add_book=False)
    yield lambda path: app.books.open(str(path))
    app.quit()


def calculated(path: Path, results: dict[str, str], texts: frozenset[str] = frozenset()) -> None:
    """Put results behind the formulas of sheet 1, as a program with a calculator leaves them."""
    target = path.with_suffix(".tmp")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = data.decode().replace("<v></v>", "<v/>").replace("<v />", "<v/>")
                for cell, value in results.items():
                    head, tail = text.split(f'<c r="{cell}"', 1)
                    kind = ' t="str"' if cell in texts else ""
                    tail = tail.replace("<v/>", f"<v>{value}</v>", 1)
                    text = f'{head}<c r="{cell}"{kind}{tail}'
                data = text.encode()
            new.writestr(name, data)
    target.replace(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A book with two formulas that have results, one that gave an empty text, one without."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Input"
    sheet["A1"] = 2
    sheet["B1"] = "=A1*21"
    sheet["B2"] = '=IF(A1>5,"x","")'
    sheet["B3"] = "=A1+1"
    sheet["B4"] = "=Other!A1"
    book.create_sheet("Other")["A1"] = 5
    book.save(tmp_path / "book.xlsx")
    calculated(tmp_path / "book.xlsx", {"B1": "42", "B2": "", "B4": "5"}, frozenset({"B2"}))
    return tmp_path / "book.xlsx"


def test_stored_results_of_formulas_are_read(path: Path, opened: Callable[[Path], xw.Book]) -> None:
    sheet = opened(path).sheets["Input"]
    assert sheet["B1"].value == 42.0
    assert sheet["B1"].formula == "=A1*21"
    assert sheet["B2"].raw_value == [[""]]
    assert sheet["B3"].value is None


def test_results_survive_a_save_that_does_not_touch_them(
    path: Path, opened: Callable[[Path], xw.Book]
) -> None:
    book = opened(path)
    book.sheets.add("New")["A1"].value = "x"
    book.save()
    values = openpyxl.load_workbook(path, data_only=True)["Input"]
    formulas = openpyxl.load_workbook(path)["Input"]
    assert [values[cell].value for cell in ("B1", "B3", "B4")] == [42, None, 5]
    assert formulas["B1"].value == "=A1*21"
    assert opened(path).sheets["Input"]["B2"].raw_value == [[""]]


def test_results_that_may_have_become_wrong_are_dropped(
    path: Path, opened: Callable[[Path], xw.Book]
) -> None:
    book = opened(path)
    book.sheets["Other"]["A1"].value = 6
    assert book.sheets["Input"]["B4"].value is None
    book.save()
    values = openpyxl.load_workbook(path, data_only=True)["Input"]
    assert values["B4"].value is None
    assert openpyxl.load_workbook(path)["Input"]["B4"].value == "=Other!A1"


def test_in_cell_formats_survive(tmp_path: Path, opened: Callable[[Path], xw.Book]) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = CellRichText(["plain ", TextBlock(InlineFont(b=True), "bold")])
    book.save(tmp_path / "rich.xlsx")
    again = opened(tmp_path / "rich.xlsx")
    assert again.sheets[0]["A1"].value == "plain bold"
    again.save()
    kept = openpyxl.load_workbook(tmp_path / "rich.xlsx", rich_text=True).worksheets[0]["A1"].value
    assert kept[1].font.b is True


@pytest.fixture
def rich_book(path: Path) -> Path:
    with zipfile.ZipFile(path, "a") as package:
        package.writestr("xl/slicers/slicer1.xml", "<slicers/>")
    return path


def test_book_with_parts_that_would_be_lost_is_not_overwritten(
    rich_book: Path, opened: Callable[[Path], xw.Book]
) -> None:
    before = rich_book.read_bytes()
    book = opened(rich_book)
    book.sheets[0]["A1"].value = 3
    with pytest.raises(WorkbookError, match="would lose slicers"):
        book.save()
    assert rich_book.read_bytes() == before
    book.save(rich_book.with_name("copy.xlsx"))
    assert openpyxl.load_workbook(rich_book.with_name("copy.xlsx"))["Input"]["A1"].value == 3


def test_file_that_changed_meanwhile_is_not_overwritten(
    path: Path, opened: Callable[[Path], xw.Book]
) -> None:
    book = opened(path)
    other = openpyxl.Workbook()
    other.worksheets[0]["A1"] = "somebody else's work, longer than before" * 50
    other.save(path)
    before = path.read_bytes()
    with pytest.raises(WorkbookError, match="changed since it was opened"):
        book.save()
    assert path.read_bytes() == before


def test_damaged_book_is_a_plain_message(
    tmp_path: Path, path: Path, opened: Callable[[Path], xw.Book]
) -> None:
    target = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            if name != "xl/styles.xml":
                new.writestr(name, old.read(name))
        new.writestr("xl/styles.xml", "<styleSheet><fonts><font><b val='maybe'/></font></fonts>")
    with pytest.raises(WorkbookError, match=r"styles\.xml is damaged"):
        opened(target)


def test_password_is_refused(path: Path, opened: Callable[[Path], xw.Book]) -> None:
    with pytest.raises(WorkbookError, match="password"):
        opened(path).save(password="secret")
