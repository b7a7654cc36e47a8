"""The long sheets of a report: every event of the blotter, every row of the NAV file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from xlmeso.model.events import BlotterEvent
from xlmeso.sheets.book_plan import LazyValues
from xlmeso.sheets.cells import MAX_ROWS, CellValue
from xlmeso.sheets.plan import ColumnPlan, SheetPlan, TablePlan
from xlmeso.sheets.report.frame import SKY, Report, framed
from xlmeso.sheets.report.inputs import RunSeries
from xlmeso.sheets.results.events import MAX_EVENTS, plan_events
from xlmeso.sheets.results.run_info import TABLE_ROW, TIME_FORMAT

NAV_SHEET: Final = "NAV"
NAV_TABLE: Final = "meso_nav"
MAX_NAV_ROWS: Final = MAX_ROWS - TABLE_ROW

_FORMATS: Final = {"nav": "#,##0.00", "pnl": "#,##0.00", "openlegcnt": "0", "gamma": "0.0000"}
"""Number formats by heading in small letters; others have two decimals."""


_Rows = range | Sequence[tuple[int, int]]
"""Rows of the one run, or places (number of the run, row) in several."""


def plan_report_events(report: Report, rows_per_sheet: int = MAX_EVENTS) -> list[SheetPlan]:
    """Plan the blotters of all runs, one after the other, on as many sheets as they need."""
    events: Sequence[BlotterEvent] = report.runs[0].events
    names: list[str] = []
    if not report.is_single:
        events = list(chain.from_iterable(run.events for run in report.runs))
        for run, label in zip(report.runs, report.labels, strict=True):
            names += [label] * len(run.events)
    plans = plan_events(
        events, report.runs[0].info, rows_per_sheet=rows_per_sheet, runs=names, large=True
    )
    return [
        framed(report, plan, "Events", _notice(len(events), "events", number, len(plans)))
        for number, plan in enumerate(plans, start=1)
    ]


def plan_report_nav(report: Report, rows_per_sheet: int = MAX_NAV_ROWS) -> list[SheetPlan]:
    """Plan every row of the NAV files as they came, with the columns that any of them has."""
    series = [run.series for run in report.runs]
    titles = list(dict.fromkeys(name for one in series for name in one.columns))
    rows: _Rows = range(len(series[0].stamps))
    if not report.is_single:
        rows = [(which, row) for which, one in enumerate(series) for row in range(len(one.stamps))]
    starts = range(0, len(rows), rows_per_sheet) if rows else range(1)
    pages = [rows[at : at + rows_per_sheet] for at in starts]
    return [
        framed(
            report,
            _nav_sheet(report, series, titles, page, number),
            "NAV",
            _notice(len(rows), "rows as the service sent them", number, len(pages)),
        )
        for number, page in enumerate(pages, start=1)
    ]


def _values(columns: Sequence[Sequence[Any] | None], rows: _Rows) -> Sequence[CellValue]:
    """Return what some rows show of the same column of each run, where the run has it."""
    if isinstance(rows, range):
        (column,) = columns
        return [] if column is None else column[rows.start : rows.stop]

    def value(place: tuple[int, int]) -> CellValue:
        column = columns[place[0]]
        return None if column is None else column[place[1]]

    return LazyValues(rows, value)


def _nav_sheet(
    report: Report,
    series: Sequence[RunSeries],
    titles: Sequence[str],
    rows: _Rows,
    number: int,
) -> SheetPlan:
    time_name, stamps = series[0].time_name, _values([one.stamps for one in series], rows)
    columns = [ColumnPlan(time_name, stamps, TIME_FORMAT, width=19, align="left")]
    if not report.is_single:
        labels = zip(series, report.labels, strict=True)
        names = _values([[label] * len(one.stamps) for one, label in labels], rows)
        columns.insert(0, ColumnPlan("Run", names, width=24))
    columns += [
        ColumnPlan(
            title,
            _values([one.columns.get(title) for one in series], rows),
            _FORMATS.get(title.casefold(), "#,##0.00"),
            width=max(13, len(title) + 4),
            align="right",
        )
        for title in titles
    ]
    table = TablePlan(
        report.numbered(NAV_TABLE, number - 1), tuple(columns), TABLE_ROW, filters=True, large=True
    )
    return SheetPlan(
        NAV_SHEET if number == 1 else f"{NAV_SHEET} {number}",
        (table,),
        freeze=(TABLE_ROW + 1, len(columns) - len(titles) + 1),
        repeat_row=TABLE_ROW,
        tab_colour=SKY,
    )


def _notice(count: int, what: str, number: int, pages: int) -> str:
    text = f"{count:,} {what}; times are the exchange's."
    if pages == 1:
        return text
    return f"Part {number} of {pages}: a sheet holds no more than {MAX_EVENTS:,} rows. {text}"
