"""What every sheet of a report says at its head and foot, and the look that the sheets share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from xlmeso.sheets.cells import CellValue, column_letters
from xlmeso.sheets.plan import ColumnPlan, NotePlan, SheetPlan
from xlmeso.sheets.report.inputs import ReportRun
from xlmeso.sheets.results.run_info import MODELLED, common, footer, utc

BLUE: Final = "0072B2"
VERMILION: Final = "D55E00"
GREEN: Final = "009E73"
ORANGE: Final = "E69F00"
SKY: Final = "56B4E9"
PURPLE: Final = "CC79A7"
GREY: Final = "6B7280"
LINES: Final = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, GREY, "000000")
"""Okabe and Ito's colours: told apart with every common colour vision; runs take them in turn."""

PERCENT: Final = "0.00%"
PERCENT_1: Final = "0.0%"
RATIO: Final = "0.00"
COUNT: Final = "#,##0"
DATE: Final = "yyyy-mm-dd"

BACK_ROW: Final = 7
"""Row of the link back to the summary."""

SHOWN_IDS: Final = 4
"""Ids at the head of a sheet about several runs; the Summary lists all."""

SUMMARY: Final = "Summary"


@dataclass(frozen=True, slots=True)
class Report:
    """The runs of a report, how they are called, and who made it when.

    Attributes
    ----------
    runs, labels
        In the order in which they were asked for.
    version
        Of xlmeso.
    """

    runs: Sequence[ReportRun]
    labels: Sequence[str]
    version: str

    @property
    def is_single(self) -> bool:
        """Whether it shows one run, not a comparison."""
        return len(self.runs) == 1

    @property
    def title(self) -> str:
        """Name of the report."""
        return self.labels[0] if self.is_single else f"{len(self.runs)} backtests compared"

    def numbered(self, name: str, place: int) -> str:
        """Return a table's name that is unique among the runs: ``meso_monthly_2``."""
        return name if place == 0 else f"{name}_{place + 1}"


def framed(report: Report, plan: SheetPlan, title: str, note: str) -> SheetPlan:
    """Give a sheet the head and foot of the report in place of its own."""
    head = [NotePlan(f"{title}: {report.title}", 1, style="MesoTitle"), *_warning(report)]
    texts = (*facts(report), ("Note", note))
    for row, (label, text) in enumerate(texts, start=3):
        head.append(NotePlan(label, row, style="MesoLabel"))
        head.append(NotePlan(text, row, 2, style="MesoText"))
    if plan.name != SUMMARY:
        head.append(NotePlan("Back to Summary", BACK_ROW, link=place(SUMMARY, 1, 1)))
    kept = [note for note in plan.notes if note.row > BACK_ROW or plan.name == SUMMARY]
    return replace(plan, notes=(*head, *kept), header=_page_head(report), footer=_page_foot(report))


def facts(report: Report) -> list[tuple[str, str]]:
    """Say which runs, which service, when, and what the data are."""
    newest = common([run.info for run in report.runs])
    if newest is None:
        return []
    ids = [run.info.backtest_id for run in report.runs]
    as_of = f"{utc(newest.fetched_at):%Y-%m-%d %H:%M:%S} UTC"
    what = f"{ids[0]}   ({newest.strategy_name or 'strategy'}, {newest.state.value})"
    return [
        ("Run", what if report.is_single else _listed(ids)),
        ("Service", f"{newest.service}, as of {as_of}"),
        ("Data", newest.source or "as the service has it"),
    ]


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - SHOWN_IDS} more" if len(ids) > SHOWN_IDS else ""
    return ", ".join(ids[:SHOWN_IDS]) + more


def place(sheet: str, row: int, column: int) -> str:
    """Name a cell of the book for a link."""
    name = sheet.replace("'", "''")
    return f"#'{name}'!{column_letters(column)}{row}"


def width_of(label: str) -> float:
    """Return the width of a column of figures below a run's name, in characters."""
    return float(max(15, len(label) + 4))


def figures(
    title: str,
    values: Sequence[CellValue],
    number_format: str,
    width: float = 11,
    comment: str = "",
) -> ColumnPlan:
    """Make a column of numbers."""
    return ColumnPlan(
        title, values, number_format, width=width, align="right", style="MesoCalc", comment=comment
    )


def _warning(report: Report) -> list[NotePlan]:
    modelled = any(run.info.modelled for run in report.runs)
    return [NotePlan(MODELLED, 2, style="MesoWarn")] if modelled else []


def _page_head(report: Report) -> str:
    more = f" and {len(report.runs) - 1} more" if len(report.runs) > 1 else ""
    return f"{report.labels[0]}{more}"


def _page_foot(report: Report) -> str:
    return f"{footer(report.runs[0].info)} - xlmeso {report.version}"
