"""Finds formulas that make Excel slow or the service busy, and says what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xlmeso.excel.formula_cells import FormulaBlock, Place, formulas_of, our_blocks
from xlmeso.excel.formula_scan import (
    FoundCall,
    NamedCells,
    calls,
    is_ours,
    references,
    volatile_names,
)
from xlmeso.sheets.cells import cell_name, column_letters
from xlmeso.sheets.plan import ColumnPlan, NotePlan, SheetPlan, TablePlan
from xlmeso.sheets.results.run_info import REWRITTEN, TABLE_ROW

if TYPE_CHECKING:
    import xlwings

TABLE: Final = "meso_formula_check"

MANY: Final = 50
"""Single calls of one function on one sheet from which on a block formula is advised."""

SINGLE_VALUED: Final = ("MESO_METRIC", "MESO_STATUS", "MESO_PROGRESS")
"""Functions that fill a block when they are given ranges."""

Cells = Mapping[str, Mapping[Place, str]]
"""Sheet -> place -> formula."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change: where, what, and how."""

    cell: str
    message: str
    advice: str
    formula: str = ""


def check_book(book: xlwings.Book) -> list[Finding]:
    """Return the findings of a whole book, sheet by sheet."""
    blocks = {sheet.name: our_blocks(sheet) for sheet in book.sheets}
    if not any(blocks.values()):
        return []
    cells = {sheet.name: formulas_of(sheet) for sheet in book.sheets}
    volatile = _volatile_cells(cells)
    findings: list[Finding] = []
    for found in blocks.values():
        findings += [finding for block in found for finding in _volatile_inputs(block, volatile)]
        findings += _single_calls(found)
    return findings


def plan_findings(findings: Sequence[Finding]) -> SheetPlan:
    """Plan the sheet that lists findings."""
    table = TablePlan(
        TABLE,
        (
            ColumnPlan("Cell", [item.cell for item in findings], width=22),
            ColumnPlan("Finding", [item.message for item in findings], width=60, wrap=True),
            ColumnPlan("Advice", [item.advice for item in findings], width=60, wrap=True),
            ColumnPlan("Formula", [item.formula or None for item in findings], width=60, wrap=True),
        ),
        TABLE_ROW,
    )
    return SheetPlan(
        "Formula check",
        (table,),
        (
            NotePlan("Formula check", 1, style="MesoTitle"),
            NotePlan(f"Formulas that make the book slow or ask too often. {REWRITTEN}", 3),
        ),
        freeze=(TABLE_ROW + 1, 1),
        tab_colour="E69F00",
    )


def _volatile_inputs(block: FormulaBlock, volatile: _Volatile) -> Iterator[Finding]:
    """Find volatile functions in the arguments, and cells with such functions behind them."""
    reported: set[str] = set()
    for call in calls(block.formula):
        text = ",".join(call.arguments)
        inner = ", ".join(volatile_names(text))
        source = None if inner else volatile.behind(text, block.sheet)
        if not (inner or source) or (inner or str(source)) in reported:
            continue
        reported.add(inner or str(source))
        reason = f"{inner} stands in its arguments" if inner else f"its argument {source} changes"
        yield Finding(
            block.cell,
            f"{call.name} is calculated anew at every change of anything: {reason}",
            "Type a fixed date or value into a cell and refer to that; Refresh brings new results.",
            block.formula,
        )


class _Volatile:
    """The cells whose value changes at every calculation."""

    def __init__(self, cells: Mapping[str, Mapping[Place, str]]) -> None:
        self.by_sheet: dict[str, dict[Place, str]] = {}
        for sheet, found in cells.items():
            self.by_sheet[sheet.casefold()] = dict(found)

    def behind(self, text: str, sheet: str) -> str | None:
        """Say which cell that a formula text names is volatile, None if none is."""
        for reference in references(text):
            home = reference.sheet or sheet
            for (row, column), why in self.by_sheet.get(home.casefold(), {}).items():
                if reference.holds(row, column):
                    return f"{cell_name(home, row, column)} ({why})"
        return None


def _volatile_cells(cells: Cells) -> _Volatile:
    """Follow volatility from cell to cell through the formulas of the book."""
    found = {
        sheet: {
            place: ", ".join(names)
            for place, formula in formulas.items()
            if (names := volatile_names(formula))
        }
        for sheet, formulas in cells.items()
    }
    read = {
        (sheet, place): references(formula)
        for sheet, formulas in cells.items()
        for place, formula in formulas.items()
        if place not in found[sheet] and not is_ours(formula)
    }
    while new := dict(_next_to(read, found)):
        for (sheet, place), why in new.items():
            found[sheet][place] = why
            del read[sheet, place]
    return _Volatile(found)


def _next_to(
    read: Mapping[tuple[str, Place], Sequence[NamedCells]],
    found: Mapping[str, Mapping[Place, str]],
) -> Iterator[tuple[tuple[str, Place], str]]:
    """Yield the formula cells that read a volatile one."""
    sheets = {sheet.casefold(): places for sheet, places in found.items()}
    for (sheet, place), named in read.items():
        for reference in named:
            places = sheets.get((reference.sheet or sheet).casefold(), {})
            source = next((at for at in places if reference.holds(*at)), None)
            if source is not None:
                yield (sheet, place), places[source]
                break


def _single_calls(blocks: Iterable[FormulaBlock]) -> Iterator[Finding]:
    """Find functions that are called once for each of many cells of a sheet."""
    singles: dict[str, list[tuple[FormulaBlock, FoundCall]]] = {}
    for block in blocks:
        made = calls(block.formula)
        if (block.rows, block.columns) == (1, 1) and made and made[0].name in SINGLE_VALUED:
            singles.setdefault(made[0].name, []).append((block, made[0]))
    for name, found in singles.items():
        if len(found) >= MANY:
            yield _advice(name, found)


def _advice(name: str, found: Sequence[tuple[FormulaBlock, FoundCall]]) -> Finding:
    rows = [block.row for block, _ in found]
    columns = [block.column for block, _ in found]
    sheet = found[0][0].sheet
    first = f"{column_letters(min(columns))}{min(rows)}"
    corner = cell_name(sheet, min(rows), min(columns))
    last = f"{column_letters(max(columns))}{max(rows)}"
    better = _block_formula(name, [call for _, call in found])
    return Finding(
        f"{corner}:{last}",
        f"{len(found)} single calls of {name}; each is a call of its own from Excel to Python",
        f"Clear them and write one formula into {first}: {better}",
        found[0][0].formula,
    )


def _block_formula(name: str, found: Sequence[FoundCall]) -> str:
    """Write the one formula whose ranges cover what the single calls named."""
    most = 2 if name == "MESO_METRIC" else 1
    arguments: list[str] = []
    for number in range(most):
        given = [call.arguments[number] for call in found if number < len(call.arguments)]
        covered = _covering(given)
        if covered is None:
            ranges = "range of ids, range of figures" if most == 2 else "range of ids"
            return f"={name}({ranges})"
        arguments.append(covered)
    return f"={name}({','.join(arguments)})"


def _covering(texts: Sequence[str]) -> str | None:
    """Return the range around single cells in one row or column, or a text that all share."""
    if len(set(texts)) == 1:
        return texts[0]
    named = [references(text) for text in texts]
    if any(len(items) != 1 for items in named):
        return None
    cells = [items[0] for items in named]
    if len({cell.sheet for cell in cells}) != 1:
        return None
    top, bottom = min(cell.top for cell in cells), max(cell.bottom for cell in cells)
    left, right = min(cell.left for cell in cells), max(cell.right for cell in cells)
    if top != bottom and left != right:
        return None
    sheet = cells[0].sheet
    prefix = cell_name(sheet, 1, 1).removesuffix("A1") if sheet else ""
    return f"{prefix}{column_letters(left)}{top}:{column_letters(right)}{bottom}"
