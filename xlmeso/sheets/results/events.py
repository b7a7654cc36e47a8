"""The Events sheets: the blotter flattened, one row per event, one column per figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final

from xlmeso.model.events import BlotterEvent, TradeEvent
from xlmeso.sheets.book_plan import LazyValues
from xlmeso.sheets.cells import MAX_ROWS, CellValue
from xlmeso.sheets.money import money_format
from xlmeso.sheets.plan import ColumnPlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import TABLE_ROW, TIME_FORMAT, RunInfo, footer, header

TABLE: Final = "meso_events"

DEFAULT_VARIABLES: Final = ("underlying_price", "pos_pnl", "pos_delta", "pos_theta", "pos_vega")
"""Script variables that get a column unless others are asked for."""

MAX_EVENTS: Final = MAX_ROWS - TABLE_ROW
"""Events that fit on one sheet below its headings."""

_COUNT: Final = "0"
_SIGNED: Final = "+General;-General;0"
_TRADE_TYPES: Final = frozenset({"EntryTrade", "ExitTrade", "Settlement"})


def plan_events(
    events: Sequence[BlotterEvent],
    run: RunInfo,
    *,
    variables: Sequence[str] = DEFAULT_VARIABLES,
    sheet_name: str = "Events",
    table_name: str = TABLE,
    rows_per_sheet: int = MAX_EVENTS,
    runs: Sequence[str] = (),
    large: bool = False,
) -> list[SheetPlan]:
    """Plan the blotter; more events than a sheet holds go on to ``Events 2`` and so on.

    Parameters
    ----------
    variables
        Script variables that get a column each, in their units (reference section 3.2).
    rows_per_sheet
        Most events on one sheet.
    runs
        Name of each event's run, for a first column; none for the events of one run.
    large
        Whether the table is for a renderer that streams rows: values are worked out at access.
    """
    starts = range(0, len(events), rows_per_sheet) if events else range(1)
    pages = [slice(at, at + rows_per_sheet) for at in starts]
    return [
        _sheet(
            TablePlan(
                table_name if number == 1 else f"{table_name}_{number}",
                (*_run_column(runs[page]), *_columns(events[page], variables, large)),
                TABLE_ROW,
                filters=True,
                large=large,
            ),
            len(events[page]),
            run,
            sheet_name,
            number,
            len(pages),
        )
        for number, page in enumerate(pages, start=1)
    ]


def _run_column(names: Sequence[str]) -> tuple[ColumnPlan, ...]:
    return (ColumnPlan("Run", names, width=24),) if names else ()


def _sheet(
    table: TablePlan, rows: int, run: RunInfo, sheet_name: str, number: int, count: int
) -> SheetPlan:
    notice = f"{rows:,} events; times are the exchange's."
    if count > 1:
        notice = f"Part {number} of {count}: a sheet holds no more than {MAX_EVENTS:,}. {notice}"
    return SheetPlan(
        sheet_name if number == 1 else f"{sheet_name} {number}",
        (table,),
        header("Events", run, notice),
        freeze=(TABLE_ROW + 1, 3),
        repeat_row=TABLE_ROW,
        footer=footer(run),
        tab_colour="CC79A7",
    )


def _columns(
    events: Sequence[BlotterEvent], variables: Sequence[str], lazy: bool
) -> tuple[ColumnPlan, ...]:
    def of(read: Callable[[BlotterEvent], CellValue]) -> Sequence[CellValue]:
        values = LazyValues(events, read)
        return values if lazy else list(values)

    def trade(read: Callable[[TradeEvent], CellValue]) -> Sequence[CellValue]:
        return of(lambda event: None if event.trade is None else read(event.trade))

    money = money_format(event.nav for event in events[:1])
    return (
        ColumnPlan("SimTime", of(attrgetter("sim_time")), TIME_FORMAT, width=19, align="left"),
        ColumnPlan("EventType", of(attrgetter("event_type")), width=18),
        ColumnPlan("PositionId", of(attrgetter("position_id")), _COUNT, width=11, align="right"),
        ColumnPlan("Message", of(attrgetter("message")), width=62),
        ColumnPlan("NAV", of(attrgetter("nav")), money, width=14, align="right"),
        ColumnPlan("PnL", of(attrgetter("pnl")), money, width=13, align="right"),
        ColumnPlan("TradeCnt", of(attrgetter("trade_cnt")), _COUNT, width=10, align="right"),
        ColumnPlan(
            "SettlementCnt", of(attrgetter("settlement_cnt")), _COUNT, width=14, align="right"
        ),
        ColumnPlan("OpenLegCnt", of(attrgetter("open_leg_cnt")), _COUNT, width=12, align="right"),
        ColumnPlan("TradeId", trade(lambda t: t.trade_id), _COUNT, width=9, align="right"),
        ColumnPlan("Underlying", trade(lambda t: t.contract.underlying), width=11),
        ColumnPlan("Root", trade(lambda t: t.contract.root), width=8),
        ColumnPlan("Type", trade(lambda t: t.contract.type.value), width=7),
        ColumnPlan("Expiration", trade(_expiration), "yyyy-mm-dd", width=12, align="left"),
        ColumnPlan("Strike", trade(lambda t: t.contract.strike), None, width=10, align="right"),
        ColumnPlan("Price", trade(lambda t: t.price), "#,##0.0000", width=11, align="right"),
        ColumnPlan("Qty", trade(lambda t: t.qty), _SIGNED, width=9, align="right"),
        ColumnPlan("Cash flow", of(_cash_flow), f"{money};[Red]-{money}", width=13, align="right"),
        *(
            ColumnPlan(name, of(_variable(name)), money, width=16, align="right")
            for name in variables
        ),
    )


def _variable(name: str) -> Callable[[BlotterEvent], CellValue]:
    return lambda event: event.variables.get(name)


def _expiration(trade: TradeEvent) -> CellValue:
    date = trade.contract.expiration
    return dt.datetime(date.year, date.month, date.day)


def _cash_flow(event: BlotterEvent) -> CellValue:
    """Money that a fill brings (+) or costs (-), before commission: -price x qty x multiplier.

    Assumption: a settlement carries the quantity of the closing trade (-1 for a long contract), as
    exits do; the service's convention is not documented.
    """
    trade = event.trade
    if trade is None or event.event_type not in _TRADE_TYPES:
        return None
    return -trade.price * trade.qty * trade.contract.multiplier
