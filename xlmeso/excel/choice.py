"""Which runs a button means: what is selected, what the sheet shows, or the newest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import WorkbookError
from xlmeso.excel.result_book import is_result_sheet
from xlmeso.excel.runs_sheet import RunsSheet, read_runs
from xlmeso.sheets.cells import cell_name

if TYPE_CHECKING:
    import xlwings

MOST_CELLS: Final = 100_000
"""Selected cells that are looked at for ids."""

# Assumption: ids of the service are UUIDs, as those of the local service are.
_ID: Final = re.compile(
    r"(?<![0-9A-Fa-f-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f-])"
)
_LABEL_ROWS: Final = 8


@dataclass(frozen=True, slots=True)
class ChosenRun:
    """A run and the cell that named it, for messages."""

    backtest_id: str
    name: str
    cell: str

    @property
    def label(self) -> str:
        """Name and id."""
        return f"{self.name} ({self.backtest_id})" if self.name else self.backtest_id


def selected_runs(book: xlwings.Book, known: RunsSheet | None = None) -> list[ChosenRun]:
    """Return the runs of the selected rows of the Runs sheet, or of the ids in selected cells.

    Each run once, in the order of the cells; links that hold an id count.
    """
    known = read_runs(book) if known is None else known
    found: dict[str, ChosenRun] = {}
    for area in areas_of(_selection(book)):
        for run in _in_area(area, known):
            found.setdefault(run.backtest_id, run)
    return list(found.values())


def require_selected(book: xlwings.Book, known: RunsSheet | None = None) -> list[ChosenRun]:
    """Return the selected runs of a button that must not guess.

    Raises
    ------
    WorkbookError
        Nothing is selected that names a run.
    """
    found = selected_runs(book, known)
    if not found:
        raise WorkbookError(
            "no run is selected.",
            where=book.name,
            cure="Select rows of the sheet Runs, or cells with ids of backtests, and press the "
            "button again.",
        )
    return found


def meant_run(book: xlwings.Book, known: RunsSheet | None = None) -> ChosenRun:
    """Return the one run that is meant: selected, shown by the sheet in front, or the newest.

    Raises
    ------
    WorkbookError
        The book knows no run.
    """
    known = read_runs(book) if known is None else known
    found = selected_runs(book, known) or list(shown_runs(book.sheets.active, known))
    if found:
        return found[0]
    for finished_only in (True, False):
        for run in known.runs:
            if run.state == "Finished" or not finished_only:
                return ChosenRun(run.backtest_id, run.name, run.cell)
    raise WorkbookError(
        "the book lists no runs.",
        where=book.name,
        cure="Press Submit first, or select a cell with the id of a backtest.",
    )


def shown_runs(sheet: Any, known: RunsSheet) -> Iterator[ChosenRun]:
    """Yield the run that a result sheet of ours shows, as it says above its table."""
    if not is_result_sheet(sheet) or (known.sheet is not None and sheet.name == known.sheet.name):
        return
    rows = sheet.range((1, 1), (_LABEL_ROWS, 2)).options(ndim=2, err_to_str=True).value
    for row, (label, text) in enumerate(rows, start=1):
        if label == "Run" and isinstance(text, str) and text.strip():
            backtest_id = text.split()[0]
            listed = known.find(backtest_id)
            yield ChosenRun(
                backtest_id, listed.name if listed else "", cell_name(sheet.name, row, 2)
            )


def backtest_id_in(text: str) -> str | None:
    """Return the id within a text, such as a portal link; None if there is none."""
    match = _ID.search(text)
    return match.group() if match else None


def areas_of(selection: Any) -> list[Any]:
    """Return the rectangles of a selection; several where Ctrl was held."""
    if selection is None:
        return []
    try:
        native = list(selection.api.Areas)
    except Exception:  # hosts other than Excel on Windows have one rectangle
        return [selection]
    return [selection.sheet.range(area.Address) for area in native]


def _selection(book: xlwings.Book) -> Any:
    """Return the selected cells if they are of this book."""
    selection = book.app.selection
    if selection is None or selection.sheet.book.name != book.name:
        return None
    return selection


def _in_area(area: Any, known: RunsSheet) -> Iterable[ChosenRun]:
    if known.sheet is not None and area.sheet.name == known.sheet.name:
        rows = range(area.row, area.row + area.shape[0])
        return [
            ChosenRun(run.backtest_id, run.name, run.cell) for run in known.runs if run.row in rows
        ]
    return _ids_in(area, known)


def _ids_in(area: Any, known: RunsSheet) -> Iterator[ChosenRun]:
    rows, columns = area.shape
    if rows * columns > MOST_CELLS:
        return
    values = area.options(ndim=2, err_to_str=True).value
    for down, line in enumerate(values):
        for across, value in enumerate(line):
            found = backtest_id_in(value) if isinstance(value, str) else None
            if found is not None:
                listed = known.find(found)
                cell = cell_name(area.sheet.name, area.row + down, area.column + across)
                yield ChosenRun(found, listed.name if listed else "", cell)
