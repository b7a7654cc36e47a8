"""A book: opened with care, saved atomically, never over a file that it cannot keep whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
from xlwings import base_classes

from xlmeso.errors import WorkbookError
from xlmeso.excel.headless.names import Names
from xlmeso.excel.headless.results import StoredResults
from xlmeso.excel.headless.sheets import Sheets
from xlmeso.report.books import save_book
from xlmeso.report.charts import ChartLabel, set_label
from xlmeso.report.dynamic_arrays import empty_spilled, recall_dynamic_arrays
from xlmeso.report.inspect import BookContents, inspect_book, open_package
from xlmeso.report.parts import relations, scan, sheet_parts

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

    from xlmeso.excel.headless.app import App

_MACRO_SUFFIXES = (".xlsm", ".xltm", ".xlam")


class Book(base_classes.Book):  # type: ignore[misc,unused-ignore]
    """An openpyxl workbook under xlwings' names.

    Attributes
    ----------
    contents
        What the file held when it was opened that a save would lose; None for a new book.
    results
        Stored results of the formulas.
    """

    def __init__(self, app: App, workbook: Workbook, path: Path) -> None:
        self._app = app
        self.workbook = workbook
        self._path = path
        self.contents: BookContents | None = None
        self.results = StoredResults(None, workbook)
        self._stamp: tuple[int, int] | None = None

    @classmethod
    def new(cls, app: App, name: str) -> Book:
        """Make an empty book that has no file yet."""
        workbook = openpyxl.Workbook()
        workbook.worksheets[0].title = "Sheet1"
        return cls(app, workbook, Path(name))

    @classmethod
    def open(cls, app: App, path: Path) -> Book:
        """Open a file after looking into it.

        Raises
        ------
        WorkbookError
            The file is missing, no workbook, damaged, protected or built to harm.
        """
        path = path.absolute()
        contents = inspect_book(path)
        try:
            workbook = openpyxl.load_workbook(
                path, rich_text=True, keep_vba=path.suffix.lower() in _MACRO_SUFFIXES
            )
        except Exception as error:  # openpyxl lets through whatever its parsers meet
            raise WorkbookError(
                f"the workbook cannot be read ({type(error).__name__})",
                where=str(path),
                cure="Open it in Excel, save it as .xlsx and try again.",
            ) from error
        book = cls(app, workbook, path)
        book.contents = contents
        book.results = StoredResults(path, workbook)
        book._stamp = _stamp(path)
        _recall_chart_names(path, workbook)
        with open_package(path) as package:
            recall_dynamic_arrays(package, workbook)
        return book

    @property
    def api(self) -> Workbook:
        """The native object: the openpyxl workbook."""
        return self.workbook

    @property
    def app(self) -> App:
        """The app that has the book open."""
        return self._app

    @property
    def fullname(self) -> str:
        """Path of the file; only a name before the first save."""
        return str(self._path)

    @property
    def name(self) -> str:
        """File name."""
        return self._path.name

    @property
    def sheets(self) -> Sheets:
        """The worksheets in the order of their tabs."""
        return Sheets(self)

    @property
    def names(self) -> Names:
        """The book's defined names."""
        return Names(self)

    def activate(self) -> None:
        """Bring the book to the front."""
        self._app.books.promote(self)

    def close(self) -> None:
        """Close the book without saving."""
        self._app.books.remove(self)

    def save(self, path: str | None = None, password: str | None = None) -> None:
        """Save the book, in place or under another name.

        Raises
        ------
        WorkbookError
            Saving in place would lose parts of the book, the file changed since it was opened, is
            open elsewhere or cannot be written; passwords are not supported.
        """
        if password is not None:
            raise WorkbookError("a book cannot be saved with a password without Excel")
        target = self._target(path)
        if self._stamp is not None and target == self._path:
            self._refuse_harm(target)
        calculation: Any = self.workbook.calculation
        calculation.fullCalcOnLoad = True
        kept = self.results.to_keep()
        for sheet in self.workbook.worksheets:
            if sheet.title not in kept:
                empty_spilled(sheet)
        save_book(self.workbook, target, results=kept)
        self._path = target
        if self._stamp is None:
            self.contents = None
        self._stamp = _stamp(target)

    def _target(self, path: str | None) -> Path:
        target = Path(path) if path else self._path
        if not target.suffix:
            target = target.with_name(target.name + ".xlsx")
        return target.absolute()

    def _refuse_harm(self, target: Path) -> None:
        if self.contents is not None and self.contents.findings:
            raise WorkbookError(
                f"saving this book without Excel would lose {self.contents.losses()}",
                where=str(target),
                cure="Save it under another name.",
            )
        if target.exists() and _stamp(target) != self._stamp:
            raise WorkbookError(
                "the file has changed since it was opened",
                where=str(target),
                cure="Open it again.",
            )


def _stamp(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_mtime_ns, state.st_size


def _recall_chart_names(path: Path, workbook: Workbook) -> None:
    """Give loaded charts their names and alternative texts back, which openpyxl forgets."""
    charted = {sheet.title: list(getattr(sheet, "_charts", ())) for sheet in workbook.worksheets}
    if not any(charted.values()):
        return
    with open_package(path) as package:
        parts = sheet_parts(package)
        for title, charts in charted.items():
            if not charts:
                continue
            drawings = relations(package, parts.get(title, "")).get("drawing", [])
            labels = [label for drawing in drawings for label in _labels(package, drawing)]
            if len(labels) == len(charts):
                for chart, label in zip(charts, labels, strict=True):
                    set_label(chart, label)


def _labels(package: Any, part: str) -> list[ChartLabel]:
    found: list[ChartLabel] = []
    waiting = [False]

    def look(name: str, attributes: dict[str, str]) -> None:
        if name == "graphicFrame":
            waiting[0] = True
        elif name == "cNvPr" and waiting[0]:
            waiting[0] = False
            found.append(ChartLabel(attributes.get("name", ""), attributes.get("descr", "")))

    scan(package, part, look)
    return found
