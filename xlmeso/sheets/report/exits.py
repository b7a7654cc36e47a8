"""The Exits sheet: what the positions earned by exit reason, weekday, month, stay and IV rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from xlmeso.measures.round_trips import RoundTrip
from xlmeso.measures.trade_groups import (
    UNKNOWN,
    Key,
    TradeGroup,
    by_days,
    by_exit_reason,
    by_exit_rule,
    by_iv_rank,
    by_month,
    by_weekday,
    by_year,
    group_trades,
)
from xlmeso.sheets.cells import CellValue, Formula, column_letters
from xlmeso.sheets.plan import ChartPlan, ColumnPlan, NotePlan, SeriesPlan, SheetPlan, TablePlan
from xlmeso.sheets.report import trades
from xlmeso.sheets.report.frame import (
    BLUE,
    COUNT,
    GREEN,
    PERCENT_1,
    RATIO,
    VERMILION,
    Report,
    figures,
    framed,
)
from xlmeso.sheets.results.run_info import TABLE_ROW
from xlmeso.sheets.results.trades import TABLE as TRADES_TABLE

SHEET: Final = "Exits"
BLOCK_ROWS: Final = 17
"""Rows that a table and the chart beside it take at least."""

_CHART_COLUMN: Final = 11
_NOTE: Final = (
    "Closed positions only; P&L after costs. Trades and P&L by exit reason are formulas over the "
    "sheet Trades and follow it. Months and weekdays are those of the opening."
)


@dataclass(frozen=True, slots=True)
class _Split:
    """One way to sort the positions."""

    name: str
    title: str
    heading: str
    key: Key


SPLITS: Final = (
    _Split("meso_by_reason", "By exit reason", "Exit reason", by_exit_reason),
    _Split("meso_by_rule", "By exit rule, conditions one by one", "Exit rule", by_exit_rule),
    _Split("meso_by_weekday", "By weekday of the opening", "Weekday", by_weekday),
    _Split("meso_by_month", "By month of the opening", "Month", by_month),
    _Split("meso_by_year", "By year of the close", "Year", by_year),
    _Split("meso_by_days", "By days in trade", "Days in trade", by_days),
    _Split("meso_by_iv_rank", "By IV rank at the opening", "IV rank", by_iv_rank),
)


def plan_exits(report: Report, trades_sheet: SheetPlan) -> SheetPlan:
    """Plan the sheet over the closed positions of all runs.

    Parameters
    ----------
    trades_sheet
        The planned sheet Trades, for the formulas that refer to it.
    """
    trips = list(chain.from_iterable(run.trips for run in report.runs))
    tables: list[TablePlan] = []
    notes: list[NotePlan] = []
    charts: list[ChartPlan] = []
    row = TABLE_ROW
    for split in SPLITS:
        groups = group_trades(trips, split.key)
        if not _tells_something(split, groups, trips):
            continue
        table = _table(split, groups, row)
        if split.key is by_exit_reason:
            table = _with_formulas(table, groups, trades_sheet.table(TRADES_TABLE))
        tables.append(table)
        notes.append(NotePlan(split.title, row - 1, style="MesoSection"))
        charts.append(_chart(split, table, row))
        row += max(table.length + 4, BLOCK_ROWS)
    if not tables:
        notes.append(NotePlan("The run has no closed position.", TABLE_ROW, style="MesoText"))
    plan = SheetPlan(
        SHEET,
        tuple(tables),
        tuple(notes),
        charts=tuple(charts),
        freeze=(TABLE_ROW - 1, 2),
        widths={1: 24, _CHART_COLUMN - 1: 3},
        tab_colour=GREEN,
    )
    return framed(report, plan, "P&L by exit reason, calendar and conditions", _NOTE)


def _tells_something(
    split: _Split, groups: Sequence[TradeGroup], trips: Sequence[RoundTrip]
) -> bool:
    """Whether a way to sort says anything, and nothing that another one says already."""
    if split.key is by_iv_rank:
        return bool(groups) and groups[0].label != UNKNOWN
    if split.key is by_exit_rule:
        return len(groups) > len(group_trades(trips, by_exit_reason))
    return bool(groups)


def _table(split: _Split, groups: Sequence[TradeGroup], row: int) -> TablePlan:
    def of(read: Callable[[TradeGroup], CellValue]) -> list[CellValue]:
        return [read(group) for group in groups]

    money = "#,##0"
    return TablePlan(
        split.name,
        (
            ColumnPlan(split.heading, of(lambda group: group.label), width=24),
            figures("Trades", of(lambda group: group.count), COUNT, 9),
            figures("Win rate", of(lambda group: group.win_rate), PERCENT_1, 10,
                    "Share of positions with a P&L above zero."),
            figures("P&L", of(lambda group: group.pnl), money, 13),
            figures("Average", of(lambda group: group.average), money, 11),
            figures("Best", of(lambda group: group.best), money, 11),
            figures("Worst", of(lambda group: group.worst), money, 11),
            figures("Profit factor", of(lambda group: group.profit_factor), RATIO, 13,
                    "Sum of gains / size of the sum of losses, of positions. Blank without a "
                    "loss. The service's profit factor is of 5-minute steps."),
            figures("Average days", of(lambda group: group.average_days), "0.0", 13),
        ),
        row,
    )  # fmt: skip


def _with_formulas(
    table: TablePlan, groups: Sequence[TradeGroup], positions: TablePlan
) -> TablePlan:
    """Let count and P&L by exit reason follow the sheet Trades.

    SUMPRODUCT compares texts as they are; SUMIFS would read ``*``, ``?`` and ``>`` in a reason.
    """

    def area(title: str) -> str:
        letters = column_letters(positions.column_of(title))
        return f"{trades.SHEET}!${letters}${positions.row + 1}:${letters}${positions.last_row}"

    reason, closed, pnl = area("Exit reason"), area("Closed"), area("P&L")

    def formula(row: int, group: TradeGroup, what: str, value: float) -> CellValue:
        if group.label == UNKNOWN:
            return value
        same = f"({reason}=$A{row})*({closed}<>0)*ISNUMBER({pnl})"
        return Formula(f"=SUMPRODUCT({same}{what})", value)

    counts = [
        formula(table.row + 1 + place, group, "*1", group.count)
        for place, group in enumerate(groups)
    ]
    sums = [
        formula(table.row + 1 + place, group, f",{pnl}", group.pnl)
        for place, group in enumerate(groups)
    ]
    columns = tuple(
        replace(column, values=counts)
        if column.title == "Trades"
        else replace(column, values=sums)
        if column.title == "P&L"
        else column
        for column in table.columns
    )
    return replace(table, columns=columns)


def _chart(split: _Split, table: TablePlan, row: int) -> ChartPlan:
    return ChartPlan(
        "bar",
        split.name.replace("meso_", "report_"),
        f"P&L {split.title[0].lower()}{split.title[1:]}",
        table.name,
        split.heading,
        (SeriesPlan("P&L", BLUE, negative_colour=VERMILION),),
        row - 1,
        _CHART_COLUMN,
        width=18.0,
        height=8.0,
        value_title="P&L",
        text_categories=True,
        low_labels=True,
        alt_text=f"Bars of the P&L {split.title.lower()}: losses point down.",
    )
