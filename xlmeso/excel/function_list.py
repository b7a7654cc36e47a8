"""The sheet that lists the worksheet functions, made from their declarations."""

from __future__ import annotations

from typing import Final

from xlmeso.excel.declarations import FunctionDeclaration, declarations
from xlmeso.sheets.plan import ColumnPlan, NotePlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import REWRITTEN, TABLE_ROW

TABLE: Final = "meso_functions"


def plan_functions() -> SheetPlan:
    """Plan the sheet: a row for each function."""
    found = declarations()
    table = TablePlan(
        TABLE,
        (
            ColumnPlan("Function", [item.syntax for item in found], width=46, wrap=True),
            ColumnPlan("Gives", [_gives(item) for item in found], width=60, wrap=True),
            ColumnPlan("Example", [item.example or None for item in found], width=44, wrap=True),
            ColumnPlan("Arguments", [_arguments(item) for item in found], width=90, wrap=True),
        ),
        TABLE_ROW,
    )
    return SheetPlan(
        "Functions",
        (table,),
        (
            NotePlan("Worksheet functions", 1, style="MesoTitle"),
            NotePlan(f"Arguments in brackets may be left out. {REWRITTEN}", 3),
        ),
        freeze=(TABLE_ROW + 1, 2),
        tab_colour="6B7280",
    )


def _gives(item: FunctionDeclaration) -> str:
    return item.description.partition(" Example: ")[0]


def _arguments(item: FunctionDeclaration) -> str | None:
    return "\n".join(f"{part.name}: {part.description}" for part in item.arguments) or None
