"""The Trades sheet: a row for each position, rebuilt from the blotter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from xlmeso.measures.round_trips import RoundTrip
from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.plan import ColumnPlan, RulePlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import TABLE_ROW, TIME_FORMAT, RunInfo, footer, header

TABLE: Final = "meso_trades"

_MONEY: Final = "#,##0.00"
_COUNT: Final = "0"

_COLUMNS: Final[tuple[tuple[str, Callable[[RoundTrip], Any], str | None, float], ...]] = (
    ("Position", lambda trip: trip.position_id, _COUNT, 10),
    ("Opened", lambda trip: trip.opened, TIME_FORMAT, 19),
    ("Closed", lambda trip: trip.closed, TIME_FORMAT, 19),
    ("Days", lambda trip: trip.days, "0.0", 8),
    ("Legs", lambda trip: trip.legs, _COUNT, 7),
    ("Fills", lambda trip: trip.fills, _COUNT, 7),
    ("Credit", lambda trip: trip.credit, _MONEY, 14),
    ("Cash flow", lambda trip: trip.cash_flow, _MONEY, 14),
    ("P&L", lambda trip: trip.pnl, _MONEY, 14),
    ("Lowest P&L", lambda trip: trip.lowest, _MONEY, 14),
    ("Highest P&L", lambda trip: trip.highest, _MONEY, 14),
    ("Adjustments", lambda trip: trip.adjustments, _COUNT, 12),
    ("Exit reason", lambda trip: trip.exit_reason or None, None, 18),
    ("Exit message", lambda trip: trip.exit_message or None, None, 50),
)
"""Heading, value, number format and width in characters."""


def plan_trades(
    trips: Sequence[RoundTrip],
    run: RunInfo,
    *,
    sheet_name: str = "Trades",
    table_name: str = TABLE,
) -> SheetPlan:
    """Plan the table of positions; money is in the account's currency, before it is rounded."""
    columns = tuple(
        ColumnPlan(
            title,
            [_cell(read(trip)) for trip in trips],
            number_format,
            width=width,
            align="right" if number_format in (_MONEY, _COUNT, "0.0") else "left",
        )
        for title, read, number_format, width in _COLUMNS
    )
    return SheetPlan(
        sheet_name,
        (TablePlan(table_name, columns, TABLE_ROW, filters=True),),
        header("Trades", run, "P&L is the service's own, after costs; credit is before them."),
        rules=(RulePlan(table_name, ("P&L",), "AND(ISNUMBER({P&L}),{P&L}<0)", "bad"),),
        freeze=(TABLE_ROW + 1, 2),
        repeat_row=TABLE_ROW,
        footer=footer(run),
        tab_colour="CC79A7",
    )


def _cell(value: Any) -> CellValue:
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return float(value) if isinstance(value, Decimal) else value
