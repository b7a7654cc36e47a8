"""The Trades sheet: a row for each position, rebuilt from the blotter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from xlmeso.measures.excursions import Excursion
from xlmeso.measures.round_trips import RoundTrip
from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.money import MONEY, money_format
from xlmeso.sheets.plan import ColumnPlan, RulePlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import TABLE_ROW, TIME_FORMAT, RunInfo, footer, header

TABLE: Final = "meso_trades"

_COUNT: Final = "0"
_DAYS: Final = "0.0"
_SHARE: Final = "0.0%"
_NUMBERS: Final = frozenset({MONEY, _COUNT, _DAYS, _SHARE})

Read = Callable[[RoundTrip, Excursion | None], Any]


@dataclass(frozen=True, slots=True)
class _Column:
    """Heading, how its value is read, number format, width in characters, definition."""

    title: str
    read: Read
    number_format: str | None
    width: float
    comment: str = ""


def _credit_share(trip: RoundTrip, _: Excursion | None) -> float | None:
    """Return the P&L as a share of the credit; None for a position that was bought."""
    if trip.pnl is None or trip.credit <= 0:
        return None
    return float(trip.pnl / trip.credit)


def _extreme(name: str) -> Read:
    """Read an excursion; without one, the extreme that the blotter's events tell."""

    def read(trip: RoundTrip, excursion: Excursion | None) -> Any:
        if excursion is not None:
            return getattr(excursion, name)
        return trip.lowest if name == "adverse" else trip.highest

    return read


_SEEN: Final = (
    "at every 5-minute bar while no other position was open, else at the blotter's events "
    "(signals, fills, ends of days)"
)

_COLUMNS: Final = (
    _Column("Position", lambda trip, _: trip.position_id, _COUNT, 10, "The service's number."),
    _Column("Opened", lambda trip, _: trip.opened, TIME_FORMAT, 19, "Exchange time."),
    _Column("Closed", lambda trip, _: trip.closed, TIME_FORMAT, 19, "Blank: still open."),
    _Column("Days", lambda trip, _: trip.days, _DAYS, 8, "Calendar days from opening to close."),
    _Column("Exit reason", lambda trip, _: trip.exit_reason or None, None, 18),
    _Column("P&L", lambda trip, _: trip.pnl, MONEY, 13, "Profit and loss after costs, money."),
    _Column("% of credit", _credit_share, _SHARE, 11, "P&L / credit of a position that was sold."),
    _Column("Credit", lambda trip, _: trip.credit, MONEY, 13,
            "Money that the opening brought (+) or cost (-), before costs."),
    _Column("MAE", _extreme("adverse"), MONEY, 13, f"Lowest P&L {_SEEN}."),
    _Column("MFE", _extreme("favourable"), MONEY, 13, f"Highest P&L {_SEEN}."),
    _Column("DTE", lambda trip, _: trip.dte, _COUNT, 7,
            "Days from the opening to the nearest expiration."),
    _Column("Delta", lambda trip, _: trip.entry_delta, _DAYS, 9,
            "Position delta after the opening: contract delta x 100 x quantity."),
    _Column("IV rank", lambda trip, _: trip.entry_iv_rank, _DAYS, 9,
            "Where implied volatility stood in its one-year range at the opening, 0 to 100."),
    _Column("Underlying", lambda trip, _: trip.entry_underlying, MONEY, 12,
            "Price of the underlying at the opening."),
    _Column("Max margin", lambda trip, _: trip.max_margin, MONEY, 13,
            "Largest margin while it was open; blank where the run does not record margin."),
    _Column("Return on margin", lambda trip, _: trip.return_on_margin, _SHARE, 16,
            "P&L / largest margin."),
    _Column("Costs", lambda trip, _: trip.costs, MONEY, 11,
            "Commission and fees: cash flow less P&L."),
    _Column("Cash flow", lambda trip, _: trip.cash_flow, MONEY, 13,
            "Money of all fills before costs."),
    _Column("Contracts", lambda trip, _: trip.traded, _COUNT, 10,
            "Contracts traded, opening and closing, all legs; settlements are none."),
    _Column("Fills", lambda trip, _: trip.fills, _COUNT, 7),
    _Column("Adjustments", lambda trip, _: trip.adjustments, _COUNT, 12),
    _Column("Legs", lambda trip, _: trip.legs_text or None, None, 62,
            "Contracts opened first: quantity, root, expiration, strike, type."),
    _Column("Exit message", lambda trip, _: trip.exit_message or None, None, 50),
)  # fmt: skip


def plan_trades(
    trips: Sequence[RoundTrip],
    run: RunInfo,
    *,
    excursions: Sequence[Excursion] = (),
    sheet_name: str = "Trades",
    table_name: str = TABLE,
) -> SheetPlan:
    """Plan the table of positions; money is in the account's currency, before it is rounded.

    Parameters
    ----------
    excursions
        How far each position went, from the NAV; without them the blotter's events tell.
    """
    found: Sequence[Excursion | None] = excursions or [None] * len(trips)
    money = money_format(amount for trip in trips for amount in (trip.pnl, trip.credit))
    columns = tuple(
        ColumnPlan(
            column.title,
            [_cell(column.read(trip, move)) for trip, move in zip(trips, found, strict=True)],
            money if column.number_format == MONEY else column.number_format,
            width=column.width,
            align="right" if column.number_format in _NUMBERS else "left",
            comment=column.comment,
        )
        for column in _COLUMNS
    )
    losses = RulePlan(table_name, ("P&L", "% of credit"), "AND(ISNUMBER({P&L}),{P&L}<0)", "bad")
    return SheetPlan(
        sheet_name,
        (TablePlan(table_name, columns, TABLE_ROW, filters=True),),
        header("Trades", run, "P&L is the service's own, after costs; credit is before them."),
        rules=(losses,),
        freeze=(TABLE_ROW + 1, 2),
        repeat_row=TABLE_ROW,
        footer=footer(run),
        tab_colour="CC79A7",
    )


def _cell(value: Any) -> CellValue:
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return float(value) if isinstance(value, Decimal) else value
