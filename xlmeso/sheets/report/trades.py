"""The Trades sheet of a report: positions with excursions, margin and links to their events."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from xlmeso.measures.round_trips import RoundTrip
from xlmeso.model.events import BlotterEvent
from xlmeso.sheets.cells import CellValue, Formula, column_letters
from xlmeso.sheets.plan import ColumnPlan, NotePlan, SheetPlan, TablePlan
from xlmeso.sheets.report.frame import Report, framed, place
from xlmeso.sheets.results.events import MAX_EVENTS
from xlmeso.sheets.results.run_info import TABLE_ROW
from xlmeso.sheets.results.trades import plan_trades

SHEET: Final = "Trades"

TOTAL_ROW: Final = TABLE_ROW - 1
"""Row above the headings with figures of the rows that a filter leaves visible."""

_NOTE: Final = (
    "One row for each position, rebuilt from the blotter. P&L is the service's own, after costs. "
    "The figures above the headings are of the visible rows: filter, and they follow."
)
_LINKED: Final = "A position's number leads to its events."


def plan_report_trades(report: Report, rows_per_sheet: int | None = MAX_EVENTS) -> SheetPlan:
    """Plan the positions of all runs in one table.

    ``rows_per_sheet`` are the events on one sheet, for the links to them; None: there are no
    sheets of events.
    """
    trips = list(chain.from_iterable(run.trips for run in report.runs))
    found = list(chain.from_iterable(run.excursions for run in report.runs))
    plan = plan_trades(trips, report.runs[0].info, excursions=found)
    (table,) = plan.tables
    columns = table.columns
    if rows_per_sheet is not None:
        links = event_links([run.events for run in report.runs], rows_per_sheet)
        columns = tuple(
            replace(column, links=_links(report, links)) if column.title == "Position" else column
            for column in columns
        )
    if not report.is_single:
        names = [
            label for run, label in zip(report.runs, report.labels, strict=True) for _ in run.trips
        ]
        columns = (ColumnPlan("Run", names, width=24), *columns)
    table = replace(table, columns=columns)
    plan = replace(
        plan,
        tables=(table,),
        notes=tuple(_totals(table, trips)),
        print_columns=(1, table.column_of("Costs")),
    )
    return framed(report, plan, "Trades", f"{_NOTE} {_LINKED}" if rows_per_sheet else _NOTE)


def event_links(
    events: Sequence[Sequence[BlotterEvent]], rows_per_sheet: int = MAX_EVENTS
) -> list[dict[int, str]]:
    """Return, for each run, position -> place of its first event on the Events sheets."""
    found: list[dict[int, str]] = []
    number = 0
    for run in events:
        places: dict[int, str] = {}
        for event in run:
            if event.position_id is not None and event.position_id not in places:
                sheet, offset = divmod(number, rows_per_sheet)
                name = "Events" if sheet == 0 else f"Events {sheet + 1}"
                places[event.position_id] = place(name, TABLE_ROW + 1 + offset, 1)
            number += 1
        found.append(places)
    return found


def _links(report: Report, links: Sequence[dict[int, str]]) -> list[str | None]:
    return [
        places.get(trip.position_id)
        for run, places in zip(report.runs, links, strict=True)
        for trip in run.trips
    ]


def _totals(table: TablePlan, trips: Sequence[RoundTrip]) -> list[NotePlan]:
    """Sum up what is visible: count, days, P&L, costs; formulas that follow a filter."""
    pnl = [float(trip.pnl) for trip in trips if trip.pnl is not None]
    days = [trip.days for trip in trips if trip.days is not None]
    costs = [float(trip.costs) for trip in trips if trip.costs is not None]
    sums: tuple[tuple[str, int, CellValue, str], ...] = (
        ("Position", 102, len(trips), '0" rows"'),
        ("Days", 101, math.fsum(days) / len(days) if days else None, '0.0" avg"'),
        ("P&L", 109, math.fsum(pnl), "#,##0.00"),
        ("Costs", 109, math.fsum(costs), "#,##0.00"),
    )
    notes = []
    for title, kind, value, number_format in sums:
        if value is None:
            continue
        column = table.column_of(title)
        letters = column_letters(column)
        area = f"{letters}{table.row + 1}:{letters}{table.last_row}"
        formula = Formula(f"=SUBTOTAL({kind},{area})", value)
        notes.append(NotePlan(formula, TOTAL_ROW, column, "MesoTotal", None, number_format))
    return notes
