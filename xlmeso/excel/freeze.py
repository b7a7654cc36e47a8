"""Freeze: our formulas become their values, so that a book opens anywhere; and back again.

The formulas are kept as texts on a very hidden sheet of the same book.  A frozen book holds no
call of ours and needs no add-in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import WorkbookError
from xlmeso.excel.formula_cells import BlockKind, FormulaBlock, grid, our_blocks, rectangles
from xlmeso.excel.guards import refuse_merged, require_new_sheets, require_writable
from xlmeso.excel.painters import as_typed
from xlmeso.sheets.cells import ERROR_TEXTS, CellError, MissingResult, cell_name

if TYPE_CHECKING:
    import xlwings

STORE: Final = "meso_frozen"
"""Name of the very hidden sheet."""

_HEADINGS: Final = (
    "Sheet", "Row", "Column", "Rows", "Columns", "Kind", "Formula", "Values",
)  # fmt: skip
_VERY_HIDDEN: Final = 2
_LEADING: Final = "f:"
"""Stands before a stored formula, so that no program takes the text for one."""


@dataclass(frozen=True, slots=True)
class FrozenBlock:
    """A formula that was replaced by its values, and the fingerprint of these."""

    block: FormulaBlock
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Thawed:
    """What `unfreeze_book` did: formulas restored, and blocks that were left as they are."""

    restored: int
    left: tuple[FrozenBlock, ...]


def freeze_book(book: xlwings.Book) -> int:
    """Replace our formulas and what they fill by their values.

    Everything is read and checked before the first cell is written; the formulas are stored
    before the values replace them.

    Returns
    -------
    int
        Formulas that were replaced.

    Raises
    ------
    WorkbookError
        A sheet is protected, cells are merged, or a value is not known (a book opened without
        Excel): nothing was changed.
    """
    blocks = [block for sheet in book.sheets for block in our_blocks(sheet)]
    if not blocks:
        return 0
    for block in blocks:
        area = _area(book, block)
        require_writable(area.sheet, block.row, block.column)
        refuse_merged(area, "a formula's cells")
    values = [_values(book, block) for block in blocks]
    kept = _stored(book)
    if _store_sheet(book) is None:
        require_new_sheets(book)
    frozen = [
        FrozenBlock(block, _fingerprint(rows)) for block, rows in zip(blocks, values, strict=True)
    ]
    _write_store(book, [*kept, *frozen])
    _write_values(book, blocks, values)
    return len(blocks)


def changed_blocks(book: xlwings.Book) -> list[FrozenBlock]:
    """Return the frozen blocks whose cells hold something else now, or whose sheet is gone."""
    return [item for item in _stored(book) if not _is_untouched(book, item)]


def unfreeze_book(book: xlwings.Book, *, over_changes: bool = False) -> Thawed:
    """Put the formulas back.

    Parameters
    ----------
    over_changes
        Whether formulas also replace cells that were changed since; without it they stay stored.

    Raises
    ------
    WorkbookError
        A sheet is protected: nothing was changed.
    """
    stored = _stored(book)
    names = {sheet.name for sheet in book.sheets}
    back = [
        item
        for item in stored
        if item.block.sheet in names and (over_changes or _is_untouched(book, item))
    ]
    for item in back:
        require_writable(book.sheets[item.block.sheet], item.block.row, item.block.column)
    _restore(book, [item.block for item in back])
    left = [item for item in stored if item not in back]
    _write_store(book, left)
    return Thawed(len(back), tuple(left))


def _area(book: Any, block: FormulaBlock) -> Any:
    return book.sheets[block.sheet].range(
        (block.row, block.column),
        (block.row + block.rows - 1, block.column + block.columns - 1),
    )


def _values(book: Any, block: FormulaBlock) -> list[list[Any]]:
    """Read what a block shows; an error value is told from its text."""
    area = _area(book, block)
    for offset, value in enumerate(item for line in grid(area, area.raw_value) for item in line):
        if isinstance(value, MissingResult):
            down, across = divmod(offset, block.columns)
            raise WorkbookError(
                "the value of this formula is not known here; nothing was frozen.",
                where=cell_name(block.sheet, block.row + down, block.column + across),
                cure="Open the book in Excel with the add-in, and save it there.",
            )
    rows = area.options(ndim=2, err_to_str=True).value
    return [
        [CellError(value) if value in ERROR_TEXTS else value for value in line] for line in rows
    ]


def _write_values(
    book: Any, blocks: Sequence[FormulaBlock], values: Sequence[list[list[Any]]]
) -> None:
    """Write the values: single cells by rectangles, blocks one by one."""
    cells: dict[str, dict[tuple[int, int], Any]] = {}
    for block, rows in zip(blocks, values, strict=True):
        if block.kind is BlockKind.CELL:
            cells.setdefault(block.sheet, {})[block.row, block.column] = rows[0][0]
            continue
        area = _area(book, block)
        area.clear_contents()  # a part of an array cannot be changed
        area.value = [[as_typed(value) for value in line] for line in rows]
    for sheet, found in cells.items():
        for top, left, bottom, right in rectangles(found):
            book.sheets[sheet].range((top, left), (bottom, right)).value = [
                [as_typed(found[row, column]) for column in range(left, right + 1)]
                for row in range(top, bottom + 1)
            ]


def _restore(book: Any, blocks: Sequence[FormulaBlock]) -> None:
    cells: dict[str, dict[tuple[int, int], str]] = {}
    for block in blocks:
        if block.kind is BlockKind.CELL:
            cells.setdefault(block.sheet, {})[block.row, block.column] = block.formula
            continue
        area = _area(book, block)
        if block.kind is BlockKind.ARRAY:
            area.formula_array = block.formula
        elif hasattr(area.impl, "spill"):
            area.impl.spill(block.formula)
        else:
            area.clear_contents()  # a dynamic array needs free cells
            _set_formulas(area[0, 0], block.formula)
    for sheet, found in cells.items():
        for top, left, bottom, right in rectangles(found):
            area = book.sheets[sheet].range((top, left), (bottom, right))
            _set_formulas(
                area,
                [
                    [found[row, column] for column in range(left, right + 1)]
                    for row in range(top, bottom + 1)
                ],
            )


def _set_formulas(area: Any, formulas: Any) -> None:
    """Write formulas as they were read, see `xlmeso.excel.formula_cells`."""
    try:
        area.formula2 = formulas
    except AttributeError:  # Excel before 2019 and macOS
        area.formula = formulas


def _is_untouched(book: Any, item: FrozenBlock) -> bool:
    if item.block.sheet not in {sheet.name for sheet in book.sheets}:
        return False
    area = _area(book, item.block)
    rows = area.options(ndim=2, err_to_str=True).value
    formulas = (text for line in grid(area, area.formula) for text in line)
    if any(isinstance(text, str) and text.startswith("=") for text in formulas):
        return False
    return _fingerprint(rows) == item.fingerprint


def _fingerprint(rows: Sequence[Sequence[Any]]) -> str:
    """Return a short hash of values, the same before and after they were written."""
    text = repr([[_plain(value) for value in line] for line in rows])
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _plain(value: Any) -> Any:
    match value:
        case None | "":
            return None
        case CellError(text):
            return text
        case bool():
            return value
        case int() | float():
            return f"{value:.12g}" if math.isfinite(value) else None
        case dt.datetime():
            return (value + dt.timedelta(milliseconds=500)).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def _store_sheet(book: Any) -> Any:
    return next((sheet for sheet in book.sheets if sheet.name == STORE), None)


def _stored(book: Any) -> list[FrozenBlock]:
    sheet = _store_sheet(book)
    if sheet is None:
        return []
    last = sheet.used_range.last_cell.row
    if last < 2:
        return []
    rows = sheet.range((2, 1), (last, len(_HEADINGS))).options(ndim=2).value
    return [
        FrozenBlock(
            FormulaBlock(
                str(name), int(row), int(column), int(height), int(width), BlockKind(kind),
                str(formula).removeprefix(_LEADING),
            ),
            str(fingerprint),
        )
        for name, row, column, height, width, kind, formula, fingerprint in rows
        if name is not None
    ]  # fmt: skip


def _write_store(book: Any, items: Sequence[FrozenBlock]) -> None:
    """Write the stored formulas anew; without any the sheet goes."""
    sheet = _store_sheet(book)
    if not items:
        if sheet is not None:
            sheet.visible = True  # Excel does not delete what is very hidden
            sheet.delete()
        return
    if sheet is None:
        in_front = book.sheets.active
        sheet = book.sheets.add(STORE, after=book.sheets[len(book.sheets) - 1])
        in_front.impl.activate()
        _hide(sheet)
    sheet.clear_contents()
    rows = [
        (
            "'" + item.block.sheet, item.block.row, item.block.column, item.block.rows,
            item.block.columns, item.block.kind.value, "'" + _LEADING + item.block.formula,
            "'" + item.fingerprint,
        )
        for item in items
    ]  # fmt: skip
    sheet.range((1, 1), (len(rows) + 1, len(_HEADINGS))).value = [_HEADINGS, *rows]


def _hide(sheet: Any) -> None:
    """Hide a sheet so that Excel's own menu does not offer it."""
    native = sheet.api
    if hasattr(native, "sheet_state"):
        native.sheet_state = "veryHidden"
        return
    try:
        native.Visible = _VERY_HIDDEN
    except Exception:  # macOS: hidden in the common way
        sheet.visible = False
