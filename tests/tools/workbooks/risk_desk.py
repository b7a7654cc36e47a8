"""Example: the risk desk's report of the newest finished run: figures, exits, months, blotter."""

from __future__ import annotations

from workbooks import looks
from workbooks.live import Live
from workbooks.page import Page, Ref
from xlmeso.sheets.plan import NamePlan, SheetPlan

TILES = (
    "CAGR", "Cumulative return", "Sharpe ratio", "Sortino ratio", "Calmar ratio", "Max drawdown",
    "Longest drawdown days", "Volatility", "Profit factor", "Trades",
)  # fmt: skip
EVENT_TYPES = ("EntryTrade", "ExitTrade", "Settlement", "ExpirationSelected", "Start", "End")
_PNL, _EXIT, _DAYS = 9, 13, 4
"""Columns of MESO_TRADES."""

REASONS = ("ProfitTarget", "StopLoss", "MaxDaysInTrade", "Condition", "Settlement")


def risk_desk_plans(live: Live) -> list[SheetPlan]:
    """Plan the book; the run is the newest that has finished."""
    page = Page(
        "Report",
        live,
        (
            16,
            *[13] * 13,
        ),
        freeze=(5, 1),
    )
    looks.head(
        page, "Report of one run", "For the desk: no macros, no strategy sheet, formulas only."
    )
    page.text("A5", "Run", "MesoLabel")
    run = _run(page)
    trades = _trades(live, run)
    _tiles(page, run)
    series, block = looks.series_page(live, run)
    looks.nav_chart(page, "A11", block, width=19.0, height=9.0)
    _exits(page, trades[1])
    page.text("I30", "Deepest drawdowns", "MesoSection")
    looks.drawdowns_block(page, "I31", run, 8)
    page.text("A41", "Returns by month", "MesoSection")
    looks.monthly_block(page, "A42", run)
    return [page.plan(), trades[0].plan(), _blotter(live, run).plan(), series.plan()]


def _run(page: Page) -> Ref:
    newest = page.answer("MESO_BACKTESTS", None, None, "Finished", "Id", False)[:1]
    call = page.expression("MESO_BACKTESTS", None, None, "Finished", "Id", False)
    run = page.formula("B5", f"INDEX({call},1,1)", newest, style="MesoInput")
    page.text(
        "F5", "The newest finished run; type any id, name or portal link over it.", "MesoNote"
    )
    page.text("A6", "Source", "MesoLabel")
    source = page.expression("MESO_ANALYTICS", run, "Sharpe", False, "AsOf=yes")
    shown = [page.answer("MESO_ANALYTICS", run, "Sharpe", False, "AsOf=yes")[0][:1]]
    wrong = page.expression("MESO_ERROR", run)
    page.formula("B6", f"IFERROR(INDEX({source},1,1),{wrong})", shown, style="MesoText")
    return Ref("Report", "$B$5", run.rows)


def _tiles(page: Page, run: Ref) -> None:
    labels = looks.figures_across(page, "A8", TILES)
    page.call("A9", "MESO_METRIC", run, labels, formats=looks.formats_of(TILES), style="MesoFigure")


def _exits(page: Page, trades: Ref) -> None:
    page.text("A30", "P&L by exit reason", "MesoSection")
    for column, title in zip(
        "ABCDE", ("Exit reason", "Trades", "P&L", "Mean", "Days"), strict=True
    ):
        page.text(f"{column}31", title, "MesoHead")
    kinds, money, days = (f"Trades!${letter}$5:${letter}$3000" for letter in "MID")
    found = _by_reason(trades)
    for row, reason in enumerate(REASONS, start=32):
        page.given(
            f"A{row}", reason, "Exit reason", "As the blotter says it; type others, or less."
        )
        count, total, mean_days = found[reason]
        page.formula(f"B{row}", f"COUNTIF({kinds},A{row})", [[count]], formats=("0",))
        page.formula(f"C{row}", f"SUMIF({kinds},A{row},{money})", [[total]], formats=(looks.MONEY,))
        page.formula(
            f"D{row}",
            f'IF(B{row}=0,"",C{row}/B{row})',
            [[total / count if count else ""]],
            formats=(looks.MONEY,),
        )
        page.formula(
            f"E{row}",
            f'IF(B{row}=0,"",AVERAGEIF({kinds},A{row},{days}))',
            [[mean_days if count else ""]],
            formats=("0.0",),
        )
    last = 31 + len(REASONS)
    page.signs(f"C32:D{last}", "C32")
    page.names.append(NamePlan("exit_reason", f"Report!$A$32:$A${last}", REASONS))
    totals = [found[reason][1] for reason in REASONS]
    page.names.append(NamePlan("exit_money", f"Report!$C$32:$C${last}", totals))
    page.chart(
        "bar",
        "meso_live_exits",
        "P&L by exit reason",
        "I11",
        "exit_reason",
        series=[("exit_money", "P&L", looks.BLUE, looks.VERMILION)],
        width=16.0,
        height=9.0,
        low_labels=True,
        text_categories=True,
        value_title="Money",
        alt_text="Column chart of the profit and loss by exit reason.",
    )


def _by_reason(trades: Ref) -> dict[str, tuple[int, float, float]]:
    """Return count, money and mean days by exit reason."""
    found = {}
    for reason in REASONS:
        rows = [row for row in trades.rows if row[_EXIT - 1] == reason]
        days = sum(row[_DAYS - 1] for row in rows)
        found[reason] = (
            len(rows), sum(row[_PNL - 1] for row in rows), days / len(rows) if rows else 0.0
        )  # fmt: skip
    return found


def _trades(live: Live, run: Ref) -> tuple[Page, Ref]:
    page = Page("Trades", live, (10, 17, 17, 8, 8, 8, *[13] * 5, 13, 17, 60), tab_colour="CC79A7")
    page.freeze = (5, 2)
    page.text("A1", "Trades", "MesoTitle")
    page.text("A2", "Positions rebuilt from the blotter; P&L is the service's own, after costs.")
    headings = page.answer("MESO_TRADES", run)[:1]
    page.formula(
        "A4", f"INDEX({page.expression('MESO_TRADES', run)},1,0)", headings, style="MesoHead"
    )
    block = page.call(
        "A5",
        "MESO_TRADES",
        run,
        None,
        False,
        formats=(
            "0", looks.TIME, looks.TIME, "0.0", "0", "0", *[looks.CENTS] * 5, "0", None, None,
        ),
        room=(looks.SPARE_ROWS, 14),
    )  # fmt: skip
    page.signs(f"I5:K{looks.SPARE_ROWS}", "I5")
    return page, block


def _blotter(live: Live, run: Ref) -> Page:
    page = Page("Blotter", live, (17, 20, 11, 60, 14, 12, 8, 12, 10, *[11] * 9), freeze=(10, 2))
    page.text("A1", "Blotter", "MesoTitle")
    page.text("A2", "Events of the run, filtered by the blue cells; blank cells do not filter.")
    page.text("A4", "Event type", "MesoLabel")
    kind = page.given("B4", "EntryTrade", "Event type", "Blank shows all.", choices=EVENT_TYPES)
    page.text("A5", "From", "MesoLabel")
    since = page.given("B5", "2020-01-01", "From", "First day, such as 2020-01-31.")
    page.text("A6", "To", "MesoLabel")
    until = page.given("B6", "2020-12-31", "To", "Last day, counted to its end.")
    page.text("A7", "Columns", "MesoLabel")
    columns = page.given(
        "B7",
        "SimTime,EventType,PositionId,Message,NAV,PnL,Qty,Price,Strike,Expiration",
        "Columns",
        "Columns of the blotter or script variables, with commas between them.",
    )
    page.call(
        "A9",
        "MESO_EVENTS",
        run,
        kind,
        since,
        until,
        columns,
        headings=True,
        formats=(
            looks.TIME, None, "0", None, looks.CENTS, looks.CENTS, "0", "0.00", "#,##0", looks.DATE,
        ),
        room=(looks.SPARE_ROWS, 10),
    )  # fmt: skip
    return page
