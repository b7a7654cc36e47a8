"""Example: a strategy from a few blue cells, sent by a formula, studied by formulas."""

from __future__ import annotations

from workbooks import looks
from workbooks.live import Live
from workbooks.page import Page, Ref
from xlmeso.sheets.plan import SheetPlan

PARAMETERS = (
    ("Template", "short-put", "What to start from: xlmeso new --list names the templates."),
    ("Backtest.Name", "Short put study", "Name of the run."),
    ("Backtest.Start", "2018-01-01T00:00:00", "First day."),
    ("Backtest.End", "2020-12-31T23:59:59", "Last day."),
    ("Structure.Legs[0].StrikeSelector.Delta", 16, "Delta of the put that is sold."),
    ("Structure.Legs[0].StrikeSelector.Min", 10, "Lowest delta that is accepted."),
    ("Structure.Legs[0].StrikeSelector.Max", 22, "Highest delta that is accepted."),
    ("Exit.ProfitTarget", "credit * 0.5", "Profit at which a position is closed, in money."),
    ("Exit.StopLoss", "credit * 2", "Loss at which a position is closed, in money."),
    ("Exit.MaxDaysInTrade", 30, "Calendar days after which a position is closed."),
)
TILES = (
    "CAGR", "Sharpe ratio", "Sortino ratio", "Max drawdown", "Longest drawdown days", "Trades",
    "Profit factor",
)  # fmt: skip
_WIDTHS = (38, 38, 3, 13, *[13] * 6, *[10] * 7)
_FIRST = 8
_LAST = _FIRST + len(PARAMETERS) - 1


def one_run_plans(live: Live) -> list[SheetPlan]:
    """Plan the book."""
    page = Page("Study", live, _WIDTHS, freeze=(5, 1))
    looks.head(
        page,
        "Study one strategy",
        "Change a blue cell: the formula sends the new strategy once, and everything follows. "
        "Equal cells never run twice.",
    )
    service = looks.options(page, "A5")
    run, cells = _parameters(page, service)
    series, block = looks.series_page(live, run, service)
    _right_side(page, run, block, service)
    mistakes = _mistakes(live, cells)
    return [page.plan(), _trades(live, run, service).plan(), series.plan(), mistakes.plan()]


def _parameters(page: Page, service: Ref) -> tuple[Ref, Ref]:
    page.text("A7", "Path in the definition", "MesoHead")
    page.text("B7", "Value", "MesoHead")
    for row, (path, value, what) in enumerate(PARAMETERS, start=_FIRST):
        page.text(f"A{row}", path, "MesoCalc")
        page.given(f"B{row}", value, path.rpartition(".")[2][:32], what)
    cells = Ref(
        "Study", f"$A${_FIRST}:$B${_LAST}", [[path, value] for path, value, _ in PARAMETERS]
    )
    row = _LAST + 2
    page.text(f"A{row}", "Mistakes", "MesoLabel")
    page.formula(f"B{row}", 'IF(Mistakes!A4="OK","OK","see the sheet Mistakes")', [["OK"]])
    switch = page.given(
        f"B{row + 1}",
        "yes",
        "Send it",
        "no: edit in peace, nothing is sent.",
        choices=("yes", "no"),
    )
    page.text(f"A{row + 1}", "Send it (yes, no)", "MesoLabel")
    page.text(f"A{row + 2}", "Backtest", "MesoLabel")
    rows = page.answer("MESO_RUN", cells, None, service)
    run = page.formula(
        f"B{row + 2}",
        f'IF({switch.address}="yes",{page.expression("MESO_RUN", cells, None, service)},"")',
        rows,
    )
    page.text(f"A{row + 3}", "State", "MesoLabel")
    page.call(f"B{row + 3}", "MESO_STATUS", run, service)
    page.text(f"A{row + 4}", "Share done", "MesoLabel")
    page.call(f"B{row + 4}", "MESO_PROGRESS", run, service, formats=("0%",))
    page.text(f"A{row + 5}", "What is wrong", "MesoLabel")
    page.call(f"B{row + 5}", "MESO_ERROR", run, service)
    page.text(f"A{row + 7}", "One value of the definition", "MesoLabel")
    path = page.given(
        f"A{row + 8}", "Exit.ProfitTarget", "Path", "Any path of the definition that was sent."
    )
    page.call(f"B{row + 8}", "MESO_STRATEGY", run, path, True, service)
    return run, cells


def _mistakes(live: Live, cells: Ref) -> Page:
    page = Page("Mistakes", live, (12, 40, 70, 70), tab_colour=looks.VERMILION)
    page.text("A1", "Mistakes of the study", "MesoTitle")
    page.text("A2", "OK, or what is wrong, in which cell, and what to do.")
    page.call("A4", "MESO_VALIDATE", cells, headings=False, room=(30, 4))
    return page


def _right_side(page: Page, run: Ref, block: Ref, service: Ref) -> None:
    labels = looks.figures_across(page, "D5", TILES)
    page.call(
        "D6",
        "MESO_METRIC",
        run,
        labels,
        service,
        formats=looks.formats_of(TILES),
        style="MesoFigure",
    )
    looks.nav_chart(page, "D8", block, width=28.0, height=9.0)
    page.text("D27", "Deepest drawdowns", "MesoSection")
    looks.drawdowns_block(page, "D28", run, 5, True, service)
    page.text("D35", "Returns by month", "MesoSection")
    looks.monthly_block(page, "D36", run, True, service)


def _trades(live: Live, run: Ref, service: Ref) -> Page:
    page = Page("Trades", live, (10, 17, 17, 8, 8, 8, *[13] * 5, 13, 17, 60), tab_colour="CC79A7")
    page.freeze = (5, 2)
    page.text("A1", "Trades of the study", "MesoTitle")
    page.text("A2", "Positions rebuilt from the blotter; P&L is the service's own, after costs.")
    page.call(
        "A4",
        "MESO_TRADES",
        run,
        None,
        True,
        service,
        headings=True,
        formats=(
            "0", looks.TIME, looks.TIME, "0.0", "0", "0", *[looks.CENTS] * 5, "0", None, None,
        ),
        room=(looks.SPARE_ROWS, 14),
    )  # fmt: skip
    page.signs(f"I5:K{looks.SPARE_ROWS}", "I5")
    return page
