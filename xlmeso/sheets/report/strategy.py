"""The Strategy sheet of a report: the definition as readable tables, and to the letter as JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from xlmeso.sheets.cells import MAX_TEXT, utf16_length
from xlmeso.sheets.plan import NotePlan, SheetPlan
from xlmeso.sheets.report.frame import GREY, Report, framed
from xlmeso.sheets.report.inputs import ReportRun
from xlmeso.sheets.results.run_info import TABLE_ROW
from xlmeso.sheets.strategy import plan_strategy

SHEET: Final = "Strategy"

MOST_SHEETS: Final = 8
"""Runs of a report that have a Strategy sheet each."""

_OF_MANY: Final = "The sheet Compare lists the settings in which the other runs differ."
_NOTE: Final = (
    "What was simulated. The tables are those of a strategy sheet: copy this sheet into a book of "
    "your own to run it again, or take the JSON below."
)


def plan_report_strategy(report: Report) -> list[SheetPlan]:
    """Plan a sheet for each run's definition: Strategy, Strategy 2 and so on.

    Of more than `MOST_SHEETS` runs the first alone has one; the sheet Compare says where the
    others differ.
    """
    runs = report.runs if len(report.runs) <= MOST_SHEETS else report.runs[:1]
    return [_sheet(report, run, number) for number, run in enumerate(runs)]


def _sheet(report: Report, run: ReportRun, number: int) -> SheetPlan:
    name, suffix = (SHEET, "") if number == 0 else (f"{SHEET} {number + 1}", f"_{number + 1}")
    plan = plan_strategy(run.definition, sheet_name=name, suffix=suffix)
    first = min(note.row for note in plan.notes if note.style == "MesoSection")
    plan = moved(plan, TABLE_ROW - first)
    row = max(table.last_row for table in plan.tables) + 3
    lines = _lines(run.definition.to_json(indent=2))
    code = [NotePlan("The definition as JSON", row - 1, style="MesoSection")]
    code += [NotePlan(line, row + at, style="MesoCode") for at, line in enumerate(lines)]
    plan = replace(plan, notes=(*plan.notes, *code), tab_colour=GREY)
    title = "Strategy" if report.is_single else f"Strategy of {report.labels[number]}"
    note = f"{_NOTE} {_OF_MANY}" if len(report.runs) > MOST_SHEETS else _NOTE
    return framed(report, plan, title, note)


def moved(plan: SheetPlan, rows: int) -> SheetPlan:
    """Move all that stands on a sheet down by some rows."""
    return replace(
        plan,
        tables=tuple(replace(table, row=table.row + rows) for table in plan.tables),
        notes=tuple(
            replace(note, row=note.row + rows) for note in plan.notes if note.row + rows > 0
        ),
        charts=tuple(replace(chart, row=chart.row + rows) for chart in plan.charts),
        freeze=None,
        repeat_row=None,
    )


def _lines(text: str) -> list[str]:
    """Split JSON into lines that a cell holds; a longer one goes on in the next row."""
    lines: list[str] = []
    for line in text.split("\n"):
        if utf16_length(line) <= MAX_TEXT // 2:
            lines.append(line)
        else:
            size = MAX_TEXT // 4
            lines += [line[at : at + size] for at in range(0, len(line), size)]
    return lines
