"""Books on disk: new ones from plans, and saving that never leaves half a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlmeso.errors import WorkbookError
from xlmeso.report.marks import BOOK_MARK
from xlmeso.report.temporary import temporary_beside
from xlmeso.sheets.plan import SheetPlan

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

    from xlmeso.report.package import StoredResult
    from xlmeso.report.splice import Streams


def write_workbook(
    path: Path | str, plans: Sequence[SheetPlan], *, overwrite: bool = False, title: str = ""
) -> Path:
    """Write a new book that shows some plans, one sheet each.

    Raises
    ------
    WorkbookError
        The file exists and ``overwrite`` is not set, is open in Excel, or cannot be written.
    """
    from openpyxl import Workbook

    from xlmeso.report.formulas import stored_results
    from xlmeso.report.render import render_sheet
    from xlmeso.report.splice import Streams

    target = Path(path)
    if target.exists() and not overwrite:
        raise WorkbookError(
            "the file exists already", where=str(target), cure="Choose another name."
        )
    book = Workbook()
    book.remove(book.worksheets[0])
    streams = Streams()
    for plan in plans:
        render_sheet(book.create_sheet(plan.name), plan, streams=streams)
    mark(book, title=title or (plans[0].name if plans else ""))
    save_book(book, target, results=stored_results(plans), streams=streams)
    return target


def mark(book: Workbook, *, title: str = "") -> None:
    """Mark a book as ours and fill its document properties."""
    from openpyxl.packaging.custom import StringProperty

    from xlmeso._version import __version__

    properties: Any = vars(book)["custom_doc_props"]  # unknown to the type stubs
    if BOOK_MARK in properties.names:
        del properties[BOOK_MARK]
    properties.append(StringProperty(name=BOOK_MARK, value=__version__))
    if title and not book.properties.title:
        book.properties.title = title
    book.properties.creator = book.properties.creator or "xlmeso"
    if book.properties.creator == "openpyxl":
        book.properties.creator = "xlmeso"


def is_ours(book: Workbook) -> bool:
    """Whether a book carries our mark."""
    return BOOK_MARK in vars(book)["custom_doc_props"].names


def save_book(
    book: Workbook,
    path: Path,
    *,
    results: Mapping[str, Mapping[str, StoredResult]] | None = None,
    streams: Streams | None = None,
) -> None:
    """Save a book atomically: a temporary file in the same folder, then a rename.

    Parameters
    ----------
    results
        Stored results of formulas by sheet and cell, which openpyxl would drop.
    streams
        What `xlmeso.report.render.render_sheet` left to be written now: rows of large tables, and
        the whole of texts that were cut, which get a sheet of their own.

    Raises
    ------
    WorkbookError
        The file is open in Excel or the folder cannot be written; the old file is as it was.
    """
    from xlmeso.report.long_texts import SHEET
    from xlmeso.report.render import render_sheet

    def write(target: Path) -> None:
        _write_package(book, target, results or {}, streams)
        if streams is not None and streams.long_texts and SHEET not in book.sheetnames:
            render_sheet(book.create_sheet(SHEET), streams.long_texts.plan())
            _write_package(book, target, results or {}, streams)

    replace_file(path, write)


def _write_package(
    book: Workbook,
    target: Path,
    results: Mapping[str, Mapping[str, StoredResult]],
    streams: Streams | None,
) -> None:
    from xlmeso.report import package
    from xlmeso.report.charts import label_of
    from xlmeso.report.dynamic_arrays import dynamic_cells

    touches = {
        sheet.title: package.SheetTouch(
            charts=[label_of(chart) for chart in getattr(sheet, "_charts", ())],
            results=results.get(sheet.title, {}),
            texts_as_numbers=_quiet_area(sheet),
            dynamic=dynamic_cells(sheet),
        )
        for sheet in book.worksheets
    }
    is_streamed = streams is not None and bool(streams.by_sheet)
    if not is_streamed and not any(touch.is_needed for touch in touches.values()):
        book.save(target)
        return
    with temporary_beside(target) as first:
        book.save(first)
        package.touch(first, target, touches, streams)


def _quiet_area(sheet: Any) -> str | None:
    """Strategy and Sweep sheets hold numbers as texts on purpose, streamed rows among them."""
    from openpyxl.worksheet.cell_range import CellRange

    from xlmeso.sheets.strategy import section_of
    from xlmeso.sheets.sweep.layout import kind_of

    tables: Mapping[str, Any] = getattr(sheet, "tables", {})
    ours = any(section_of(name) or kind_of(name) for name in tables)
    if not ours:
        return None
    area = CellRange(sheet.dimensions)
    for table in tables.values():
        area = area.union(CellRange(table.ref))  # type: ignore[no-untyped-call]
    return area.coord


def replace_file(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then put it in the path's place.

    Raises
    ------
    WorkbookError
        The folder cannot be written or the file is locked.
    """
    refuse_if_open(path)
    try:
        with temporary_beside(path) as temporary:
            write(temporary)
            _flush(temporary)
            _keep_mode(path, temporary)
            temporary.replace(path)
    except OSError as error:
        raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> WorkbookError:
    """Say why a file could not be replaced and what to do; it is as it was."""
    old = " The old file is as it was." if path.exists() else ""
    if isinstance(error, PermissionError) and os.access(path.parent, os.W_OK):
        message, cure = "the file cannot be written", f"Close it in Excel and try again.{old}"
    elif isinstance(error, PermissionError):
        message, cure = "its folder cannot be written", f"Choose a folder of your own.{old}"
    else:
        message = f"the file cannot be written ({error.strerror or error})"
        cure = f"Check the folder and the free space.{old}"
    return WorkbookError(message, where=str(path), cure=cure)


def refuse_if_open(path: Path) -> None:
    """Refuse a book that Excel or LibreOffice has open, by the lock file that they leave beside it.

    Raises
    ------
    WorkbookError
        A lock file exists.
    """
    for lock in (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")):
        if lock.exists():
            raise WorkbookError(
                "the book is open in another program",
                where=str(path),
                cure=f"Close it there (or delete {lock.name} if a crash left it behind).",
            )


def _flush(path: Path) -> None:
    """Have the bytes on the disk before the rename, so that a power cut leaves one whole file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _keep_mode(path: Path, temporary: Path) -> None:
    """Give the new file the permissions of the old one, or those of an ordinary new file."""
    if os.name != "posix":
        return
    if path.exists():
        temporary.chmod(path.stat().st_mode & 0o7777)
    else:
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
