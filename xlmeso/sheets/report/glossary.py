"""The Glossary sheet: every figure defined, and ours beside the service's with the reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from xlmeso.measures.key_figures import SESSIONS_PER_YEAR, STEPS_PER_YEAR, key_figures
from xlmeso.measures.round_trips import RoundTrip
from xlmeso.model.analytics import BY_NAME, METRICS
from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.plan import ColumnPlan, NotePlan, RulePlan, SheetPlan, TablePlan
from xlmeso.sheets.report.frame import GREY, SUMMARY, Report, framed, place
from xlmeso.sheets.report.inputs import ReportRun
from xlmeso.sheets.results.run_info import TABLE_ROW

SHEET: Final = "Glossary"
TERMS: Final = "meso_glossary"
CHECK: Final = "meso_check"

_NOTE: Final = "What every figure means, and the service's analytics beside our own from its data."

_OWN: Final = (
    ("Position", "Trades",
     "All that one entry opened, to its last fill; the service numbers them from 0."),
    ("P&L", "Trades", "Profit and loss in the account's money, after commission and fees."),
    ("Credit", "Trades", "Money that the opening brought (+) or cost (-), before costs."),
    ("Exit reason", "Trades",
     "Word before the colon of the exit signal; Settlement where none came."),
    ("MAE, MFE", "Trades",
     "Maximum adverse and favourable excursion: the lowest and the highest P&L while a position "
     "was open. From every 5-minute NAV while it was the only one, else from the blotter's "
     "events."),
    ("DTE", "Trades", "Whole days to the nearest expiration at the opening."),
    ("Delta", "Trades", "Contract delta x 100 x quantity, summed over the position's legs."),
    ("IV rank", "Trades",
     "(IV - low) / (high - low) x 100 over one year, of the underlying's implied volatility."),
    ("Max margin", "Margin",
     "Largest margin of a position while it was open, by the run's margin model."),
    ("Return on margin", "Margin", "P&L / largest margin of the position."),
    ("Drawdown", "Equity", "NAV / highest NAV so far - 1; never above zero."),
    ("Value at risk", "Monthly",
     "Historical quantile of the daily returns; no model of their distribution."),
    ("Expected shortfall", "Monthly",
     "Mean of the daily returns at or below the value at risk."),
    ("Benchmark", "Equity",
     "The underlying's price, bought with the whole starting cash and held."),
)  # fmt: skip
"""Term, sheet that shows it, definition."""

_ROUNDING: Final = 0.0051
"""Largest difference that the service's rounding to two decimals makes."""

_AGREES: Final = "Agrees within the service's rounding."
_WHY: Final[Mapping[str, str]] = {
    "StratMaxDd": "The service looks at every 5 minutes; the low of a day may be below its close.",
    "StratLongestDdDays": "Daily closes miss new highs within a day.",
    "StratSharpe": "5-minute returns follow one another; daily ones do so less.",
    "StratProfitFactor": "Gains and losses within a day add up at 5 minutes and net out daily.",
}
_DAILY: Final = "Daily closes instead of 5-minute steps."
_DIFFERS: Final = (
    "Differs from the service's by more than its rounding: the NAV file may be another view of "
    "the run than its statistics are fed with."
)
_COUNTS: Final = "Counted from the blotter's positions that were closed."


def plan_glossary(report: Report) -> SheetPlan:
    """Plan the sheet; with several runs the comparison is of the first."""
    run = report.runs[0]
    check = TablePlan(CHECK, _check_columns(run), TABLE_ROW)
    terms = TablePlan(TERMS, _term_columns(), check.last_row + 3, filters=True)
    heading = "Ours beside the service's" + ("" if report.is_single else f": {report.labels[0]}")
    notes = (
        NotePlan(heading, check.row - 1, style="MesoSection"),
        NotePlan("Definitions", terms.row - 1, style="MesoSection"),
    )
    differs = RulePlan(CHECK, ("Difference",), f'LEFT({{Why}},7)="{_DIFFERS[:7]}"', "attention")
    plan = SheetPlan(
        SHEET,
        (check, terms),
        notes,
        rules=(differs,),
        widths={1: 27, 2: 12, 3: 16, 4: 18, 5: 12, 6: 84, 7: 26, 8: 40},
        freeze=(TABLE_ROW - 1, 2),
        tab_colour=GREY,
    )
    return framed(report, plan, "Glossary", _NOTE)


def _check_columns(run: ReportRun) -> tuple[ColumnPlan, ...]:
    series, daily = run.series, run.daily
    known = ~np.isnan(series.nav)
    prices = None if series.benchmark is None else series.benchmark[known]
    steps = key_figures(series.times[known], series.nav[known], prices, None, STEPS_PER_YEAR)
    steps |= _counts(run.trips)
    closes = key_figures(daily.dates, daily.nav, daily.benchmark, daily.base, SESSIONS_PER_YEAR)
    names = [name for name in BY_NAME if name in steps and name in run.analytics]
    service = [_number(run.analytics[name]) for name in names]
    ours = [_blank(steps[name]) for name in names]
    gaps = [None if a is None or b is None else a - b for a, b in zip(ours, service, strict=True)]
    formats = [BY_NAME[name].number_format for name in names]
    why = [_reason(name, gap) for name, gap in zip(names, gaps, strict=True)]

    def column(title: str, values: Sequence[CellValue], comment: str) -> ColumnPlan:
        return ColumnPlan(title, values, formats=formats, align="right", comment=comment)

    days = [_blank(closes.get(name, math.nan)) for name in names]
    return (
        ColumnPlan("Figure", [BY_NAME[name].label for name in names]),
        column("Service", service, "As the service's analytics give it."),
        column("Ours, 5 minutes", ours, "Worked out again from the NAV file and the blotter."),
        column("Difference", gaps, "Ours from 5 minutes less the service's."),
        column("Ours, daily", days, "From the last NAV of each session."),
        ColumnPlan("Why", why, wrap=True),
        ColumnPlan("API name", names),
    )


def _counts(trips: Sequence[RoundTrip]) -> dict[str, float]:
    pnl = [trip.pnl for trip in trips if trip.closed is not None and trip.pnl is not None]
    days = [trip.days for trip in trips if trip.days is not None]
    return {
        "StratTradeCnt": float(len(trips)),
        "StratWinCnt": float(sum(value > 0 for value in pnl)),
        "StratLossCnt": float(sum(value <= 0 for value in pnl)),
        "StratAvgDaysInTrade": math.fsum(days) / len(days) if days else math.nan,
    }


def _reason(name: str, gap: float | None) -> str:
    if gap is None:
        return "Not told by both."
    if abs(gap) > _ROUNDING:
        return _DIFFERS
    if name.endswith("Cnt") or name == "StratAvgDaysInTrade":
        return f"{_AGREES} {_COUNTS}"
    return f"{_AGREES} Daily: {_WHY.get(name, _DAILY)}"


def _term_columns() -> tuple[ColumnPlan, ...]:
    metrics = [metric for metric in METRICS if not metric.is_benchmark]
    own: tuple[tuple[CellValue, ...], ...] = tuple(
        (name, None, None, "Report", sheet, text, None, "xlmeso") for name, sheet, text in _OWN
    )
    rows = own + tuple(
        (
            item.label,
            item.unit or None,
            item.better,
            item.group,
            SUMMARY,
            item.definition,
            item.name,
            item.source,
        )
        for item in metrics
    )
    columns = list(zip(*rows, strict=True))
    links = [place(str(sheet), 1, 1) for sheet in columns[4]]
    titles = ("Term", "Unit", "Better", "Group", "Sheet", "Definition", "API name", "Source")
    return tuple(
        ColumnPlan(
            title,
            columns[number],
            wrap=title in ("Definition", "Source"),
            links=links if title == "Sheet" else None,
        )
        for number, title in enumerate(titles)
    )


def _number(value: object) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)  # type: ignore[arg-type]


def _blank(value: float) -> float | None:
    return None if math.isnan(value) else value
