"""All sheets of a report in the order of the tabs."""

from __future__ import annotations

from collections.abc import Sequence

from xlmeso.sheets.book_plan import BookPlan, NamePlan
from xlmeso.sheets.plan import SheetPlan
from xlmeso.sheets.report.comparison import (
    plan_comparison,
    plan_several_summary,
    with_curves,
)
from xlmeso.sheets.report.equity import plan_equity
from xlmeso.sheets.report.exits import plan_exits
from xlmeso.sheets.report.frame import Report
from xlmeso.sheets.report.glossary import plan_glossary
from xlmeso.sheets.report.inputs import ReportRun, labels
from xlmeso.sheets.report.logs import MAX_NAV_ROWS, plan_report_events, plan_report_nav
from xlmeso.sheets.report.margin import plan_margin
from xlmeso.sheets.report.monthly import confidence_names, plan_monthly
from xlmeso.sheets.report.portfolio import plan_portfolio
from xlmeso.sheets.report.strategy import plan_report_strategy
from xlmeso.sheets.report.summary import plan_summary
from xlmeso.sheets.report.trades import plan_report_trades
from xlmeso.sheets.results.events import MAX_EVENTS
from xlmeso.sheets.results.run_info import utc


def plan_report(
    runs: Sequence[ReportRun],
    version: str,
    *,
    events_per_sheet: int = MAX_EVENTS,
    navs_per_sheet: int = MAX_NAV_ROWS,
    with_logs: bool = True,
) -> BookPlan:
    """Plan the report of one run, or the comparison of several.

    Parameters
    ----------
    runs
        Finished runs, at least one.
    version
        Of xlmeso, for the foot of the pages.
    events_per_sheet, navs_per_sheet
        Rows after which a long sheet goes on to the next.
    with_logs
        Whether the report has the long sheets, Events and NAV.
    """
    report = Report(runs, labels(runs), version)
    logs: list[SheetPlan] = []
    if with_logs:
        logs += plan_report_events(report, events_per_sheet)
        logs += plan_report_nav(report, navs_per_sheet)
    positions = plan_report_trades(report, events_per_sheet if with_logs else None)
    sheets, names = _sheets(report, positions, logs)
    newest = max(run.info.fetched_at for run in runs)
    return BookPlan(
        tuple(sheets),
        title=report.title,
        subject=f"Backtest report, {runs[0].info.service}, as of {utc(newest):%Y-%m-%d %H:%M} UTC",
        description="Runs: " + ", ".join(run.info.backtest_id for run in runs),
        keywords="MesoSim, backtest, options" + (", modelled" if _is_modelled(runs) else ""),
        names=names,
    )


def _sheets(
    report: Report, positions: SheetPlan, logs: Sequence[SheetPlan]
) -> tuple[list[SheetPlan], tuple[NamePlan, ...]]:
    charted = [plan_equity(report), plan_monthly(report)]
    rest = [
        positions,
        plan_exits(report, positions),
        *logs,
        plan_margin(report),
        *plan_report_strategy(report),
        plan_glossary(report),
    ]
    if report.is_single:
        sheets = [*charted, *rest]
        summary, names = plan_summary(report, sheets)
        return [summary, *sheets], (*names, *confidence_names(charted[1]))
    portfolio, names = plan_portfolio(report)
    sheets = [with_curves(plan_comparison(report), charted[0]), portfolio, *charted, *rest]
    return [plan_several_summary(report, sheets), *sheets], names


def _is_modelled(runs: Sequence[ReportRun]) -> bool:
    return any(run.info.modelled for run in runs)
