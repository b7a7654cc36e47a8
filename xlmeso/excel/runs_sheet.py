"""The Runs sheet of an open book: read, and planned anew with what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import WorkbookError
from xlmeso.excel.guards import refuse_merged
from xlmeso.sheets.cells import CellValue, cell_name
from xlmeso.sheets.plan import NotePlan
from xlmeso.sheets.results.runs import TABLE, plan_runs

if TYPE_CHECKING:
    import xlwings

    from xlmeso.sheets.plan import SheetPlan
    from xlmeso.sheets.results import RunInfo

SHEET: Final = "Runs"
LINKED: Final = ("Strategy", "Analytics", "NAV", "Events", "Trades", "Compare")
"""Sheets that the Runs sheet links to when the book has them."""

_NOTE_ROWS: Final = 6
"""Rows above the links to other sheets."""

_NEEDED: Final = ("Backtest", "State", "Id", "Service")


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One row of the Runs sheet.

    Attributes
    ----------
    backtest_id, name, state, service
        As they stand there.
    cell
        The cell of the id (``Runs!D10``).
    row
        Row of the sheet.
    values
        Heading -> value of the whole row.
    """

    backtest_id: str
    name: str
    state: str
    service: str
    cell: str
    row: int
    values: Mapping[str, CellValue]

    @property
    def is_open(self) -> bool:
        """Whether the state may still change."""
        return self.state in ("Created", "Started")

    @property
    def label(self) -> str:
        """Name and id for messages."""
        return f"{self.name} ({self.backtest_id})" if self.name else self.backtest_id


@dataclass(frozen=True, slots=True)
class RunsSheet:
    """What the book says about its runs; without a Runs sheet an empty list."""

    sheet: Any
    runs: tuple[ListedRun, ...]

    def find(self, backtest_id: str) -> ListedRun | None:
        """Return the row of a run, or None."""
        return next((run for run in self.runs if run.backtest_id == backtest_id), None)


def read_runs(book: xlwings.Book) -> RunsSheet:
    """Read the runs that a book lists, in the order of the sheet.

    Raises
    ------
    WorkbookError
        The table lacks a column or lies under merged cells.
    """
    sheet, table = _runs_table(book)
    if table is None:
        return RunsSheet(None, ())
    refuse_merged(table.range, f"the table {table.name}")
    head, body = table.header_row_range, table.data_body_range
    headings = [str(title) for title in head.options(ndim=1).value] if head is not None else []
    for title in _NEEDED:
        if title not in headings:
            raise WorkbookError(
                f"the table {table.name} lacks its column {title!r}",
                where=cell_name(sheet.name, table.range.row, table.range.column),
                cure="Write the heading again, or delete the sheet: Submit makes a new one.",
            )
    rows = body.options(ndim=2, err_to_str=True).value if body is not None else []
    first, column = (body.row, body.column + headings.index("Id")) if body is not None else (1, 1)
    runs = (
        _listed(dict(zip(headings, values, strict=True)), sheet.name, first + offset, column)
        for offset, values in enumerate(rows)
    )
    return RunsSheet(sheet, tuple(run for run in runs if run.backtest_id))


def require_runs(book: xlwings.Book) -> RunsSheet:
    """Read the runs of a book that must list some.

    Raises
    ------
    WorkbookError
        It has no Runs sheet, or an empty or unreadable one.
    """
    found = read_runs(book)
    if not found.runs:
        raise WorkbookError(
            f"the book lists no runs (no table {TABLE}, or an empty one).",
            where=book.name if found.sheet is None else cell_name(found.sheet.name, 1, 1),
            cure="Press Submit first.",
        )
    return found


def plan_with(
    book: xlwings.Book,
    known: RunsSheet,
    changed: Sequence[RunInfo],
    states: Mapping[str, str] | None = None,
) -> SheetPlan:
    """Plan the Runs sheet: new runs on top, changed ones in their rows, the others as they are.

    Parameters
    ----------
    states
        Id -> text for the State column of runs that have none of the service's states any more.
    """
    existing = {sheet.name for sheet in book.sheets}
    plan = plan_runs(
        changed,
        sheet_name=known.sheet.name if known.sheet is not None else SHEET,
        links=tuple(name for name in LINKED if name in existing),
    )
    (table,) = plan.tables
    rows = _rows(table.columns, known, changed, states or {})
    columns = tuple(
        replace(column, values=[row.get(column.title) for row in rows]) for column in table.columns
    )
    notes = plan.notes
    if known.sheet is not None and not changed:
        links = (note for note in plan.notes if note.row > _NOTE_ROWS)
        notes = (*_kept_notes(known.sheet), *links)
    return replace(plan, tables=(replace(table, columns=columns),), notes=notes)


def _kept_notes(sheet: Any) -> list[NotePlan]:
    """Return what stands above the table: nothing was asked, so service and time stay as told."""
    rows = sheet.range((1, 1), (_NOTE_ROWS, 2)).options(ndim=2).value
    styles = {(1, 1): "MesoTitle", (2, 1): "MesoWarn"}
    return [
        NotePlan(
            text, row, column, styles.get((row, column), ("MesoLabel", "MesoText")[column - 1])
        )
        for row, line in enumerate(rows, start=1)
        for column, text in enumerate(line, start=1)
        if isinstance(text, str)
    ]


def _rows(
    columns: Sequence[Any],
    known: RunsSheet,
    changed: Sequence[RunInfo],
    states: Mapping[str, str],
) -> list[dict[str, CellValue]]:
    fresh = {
        run.backtest_id: {column.title: column.values[number] for column in columns}
        for number, run in enumerate(changed)
    }
    listed = {run.backtest_id: fresh.get(run.backtest_id, dict(run.values)) for run in known.runs}
    for backtest_id, state in states.items():
        if backtest_id in listed:
            listed[backtest_id] = {**listed[backtest_id], "State": state}
    new = [row for backtest_id, row in fresh.items() if backtest_id not in listed]
    return [*new, *listed.values()]


def _runs_table(book: xlwings.Book) -> tuple[Any, Any]:
    for sheet in book.sheets:
        for table in sheet.tables:
            if table.name.casefold() == TABLE:
                return sheet, table
    return None, None


def _listed(values: Mapping[str, CellValue], sheet: str, row: int, column: int) -> ListedRun:
    def text(title: str) -> str:
        value = values.get(title)
        return "" if value is None else str(value).strip()

    return ListedRun(
        text("Id"),
        text("Backtest"),
        text("State"),
        text("Service"),
        cell_name(sheet, row, column),
        row,
        values,
    )
