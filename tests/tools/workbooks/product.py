"""The product workbook: Start, Strategy, Sweep, Runs, Results, Help."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from workbooks import looks
from workbooks.live import Live
from workbooks.page import Page, Ref
from workbooks.start import start_page
from xlmeso.excel.function_list import plan_functions
from xlmeso.excel.function_reference import error_texts
from xlmeso.model.backtest import BacktestState
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.paths import resolve
from xlmeso.model.templates import load_template
from xlmeso.sheets.plan import ColumnPlan, NotePlan, SheetPlan, TablePlan
from xlmeso.sheets.results import RunInfo, plan_runs
from xlmeso.sheets.strategy import plan_strategy
from xlmeso.sheets.sweep import layout
from xlmeso.sheets.sweep.write import SweepFill, plan_paths, plan_sweep

TEMPLATE = "short-put"
GRID = (
    ("Structure.Legs[short_put].StrikeSelector.Delta", "10, 16, 22"),
    ("Exit.ProfitTarget", "credit * 0.25; credit * 0.5; credit * 0.75"),
)
"""Nine variants to begin with."""

NEWEST_RUN = "$D$10"
"""Where the Runs sheet has the id of its newest run."""

_FETCHED = dt.datetime(2026, 1, 5, 9, 30, tzinfo=dt.UTC)
_WIDTHS = (27, 13, 13, 3, 11.5, *[10.5] * 13)


def product_plans(live: Live) -> list[SheetPlan]:
    """Plan the sheets of the product workbook."""
    definition = load_template(TEMPLATE)
    run = str(live.rows("MESO_RUN", TEMPLATE)[0][0])
    return [
        start_page(live).plan(),
        plan_strategy(definition),
        _sweep(definition),
        _runs(live.shown([[run]])[0][0], str(definition.backtest.name)),
        *_results(live, Ref("Runs", NEWEST_RUN, [[run]])),
        plan_paths(definition),
        _help(),
    ]


def _sweep(definition: StrategyDefinition) -> SheetPlan:
    grid = [(resolve(path, definition), values) for path, values in GRID]
    return plan_sweep(definition, SweepFill(grid, {layout.STRATEGY: "Strategy"}))


def _runs(run: str, name: str) -> SheetPlan:
    info = RunInfo(
        run,
        f"{name} (sample)",
        BacktestState.FINISHED,
        "local service",
        _FETCHED,
        strategy_name="Short put",
        source="A sample: Submit puts your own run above it.",
        modelled=True,
        created_at=_FETCHED,
        started_at=_FETCHED,
        finished_at=_FETCHED + dt.timedelta(seconds=3),
    )
    return plan_runs([info], links=("Start", "Strategy", "Results"))


def _results(live: Live, newest: Ref) -> list[SheetPlan]:
    page = Page("Results", live, _WIDTHS, tab_colour="009E73", freeze=(5, 1))
    looks.head(page, "Results", "Formulas that follow the run in the blue cell.")
    page.text("A5", "Run", "MesoLabel")
    run = page.formula(
        "B5",
        f'IF({newest.text("Results")}="","",{newest.text("Results")})',
        newest.rows,
        style="MesoInput",
    )
    page.text("A6", "State", "MesoLabel")
    page.call("B6", "MESO_STATUS", run)
    page.text("F5", "Type an id, a name or a portal link over it; = Runs!D10 is the newest.")
    page.formula(
        "F6",
        f"IFERROR(INDEX({page.expression('MESO_ANALYTICS', run, 'Sharpe', False, 'AsOf=yes')},1,1),"
        f"{page.expression('MESO_ERROR', run)})",
        [page.answer("MESO_ANALYTICS", run, "Sharpe", False, "AsOf=yes")[0][:1]],
        style="MesoText",
    )
    looks.analytics_block(page, "A8", run)
    series, block = looks.series_page(live, run)
    looks.nav_chart(page, "E8", block, width=28.0, height=9.0)
    page.text("E27", "Deepest drawdowns", "MesoSection")
    looks.drawdowns_block(page, "E28", run, 5)
    page.text("E35", "Returns by month", "MesoSection")
    looks.monthly_block(page, "E36", run)
    return [page.plan(), series.plan()]


def _help() -> SheetPlan:
    plan = plan_functions()
    (functions,) = plan.tables
    texts = error_texts()
    errors = TablePlan(
        "meso_errors",
        (
            ColumnPlan("Text in a cell", [text for text, _ in texts]),
            ColumnPlan("Meaning and cure", [cure.replace("`", "") for _, cure in texts], wrap=True),
        ),
        functions.last_row + 4,
    )
    notes = (
        NotePlan("Help", 1, style="MesoTitle"),
        NotePlan(
            "Worksheet functions of the add-in. Arguments in brackets may be left out; every "
            "optional one may also be written as Name=Value.",
            3,
        ),
        NotePlan("Back to Start", 5, link="#Start!A1"),
        NotePlan("What errors mean", errors.row - 2, style="MesoSection"),
        NotePlan(
            "In Excel a failed function shows #N/A and =MESO_ERROR(cell) gives the sentence; "
            "programs without error values show these texts.",
            errors.row - 1,
        ),
    )
    return replace(plan, name="Help", tables=(functions, errors), notes=notes)
