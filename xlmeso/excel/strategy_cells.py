"""A strategy in the cells of an argument: a Strategy sheet, JSON text, paths and values, a name.

A function sees values only, not tables, so the tables of a Strategy sheet are recognised by what
stands above them: the section's title and, in the row below, its headings.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from xlmeso.app.formulas.errors import ArgumentError
from xlmeso.excel.areas import Area
from xlmeso.excel.arguments import Rows, cell_text, is_blank, rows_of
from xlmeso.model.document import (
    DocumentError,
    JsonNumber,
    JsonPath,
    JsonValue,
    loads,
    parse_path,
)
from xlmeso.model.edit import with_value
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.cells import ERROR_TEXTS, CellError, cell_name, plain_number
from xlmeso.sheets.strategy import read_strategy
from xlmeso.sheets.strategy.layout import SECTIONS, Section
from xlmeso.sheets.tables import SheetTables, TableCells

if TYPE_CHECKING:
    from xlmeso.sheets.strategy import StrategyReading

TEMPLATE: Final = "template"
"""Path of the row that names a template to start from."""

_FORMS: Final = (
    "Give the cells of a Strategy sheet, JSON text, two columns of paths and values, or the name "
    "of a template."
)


@dataclass(frozen=True, slots=True)
class StrategyInCells:
    """A definition with what is known about its cells (None unless it was a sheet)."""

    definition: StrategyDefinition
    reading: StrategyReading | None = None


def read_cells(strategy: Any) -> StrategyInCells:
    """Read the strategy of an argument.

    Raises
    ------
    ArgumentError
        The cells are none of the forms.
    DocumentError
        The text is no JSON object, or a path is none.
    UnknownTemplateError
        There is no template of that name.
    """
    area = strategy if isinstance(strategy, Area) else Area(rows_of(strategy))
    rows = rows_of(area)
    filled = [cell for row in rows for cell in row if not is_blank(cell)]
    if not filled:
        raise ArgumentError("the argument strategy is empty.", cure=_FORMS)
    if isinstance(filled[0], str) and filled[0].lstrip().startswith("{"):
        return StrategyInCells(StrategyDefinition.from_json("".join(map(_json_part, filled))))
    tables = sheet_tables(area)
    if tables.tables:
        _refuse_a_cut(rows, {table.name for table in tables.tables})
        reading = read_strategy(tables)
        return StrategyInCells(reading.definition, reading)
    if len(filled) == 1:
        from xlmeso.model.templates import load_template

        return StrategyInCells(load_template(cell_text(filled[0])))
    if len(rows[0]) == 2:
        return StrategyInCells(_from_pairs(area))
    raise ArgumentError("the cells of the argument strategy hold no strategy.", cure=_FORMS)


def sheet_tables(area: Area) -> SheetTables:
    """Find the tables of a Strategy sheet among the cells of a range."""
    top, left = area.corner
    heads = list(_heads(rows_of(area)))
    tables = []
    for section, headings, row, column in heads:
        width = len(headings)
        end = min(
            (
                other - 1
                for _, _, other, place in heads
                if other > row and abs(place - column) < width
            ),
            default=len(area.rows),
        )
        body = [
            tuple(_cell(cell) for cell in _padded(line[column : column + width], width))
            for line in area.rows[row + 1 : end]
        ]
        while body and all(is_blank(cell) for cell in body[-1]):
            body.pop()
        tables.append(
            TableCells(f"meso_{section.key}", top + row, left + column, headings, tuple(body))
        )
    return SheetTables(area.sheet or "Strategy", tuple(tables))


def _refuse_a_cut(rows: Rows, found: set[str]) -> None:
    """Refuse a range that ends within the sheet: what it leaves out would be another strategy.

    Raises
    ------
    ArgumentError
        A table's title is there without all of its headings, or the last table is missing.
    """
    shown = {section.key for section in SECTIONS if _is_begun(rows, section)}
    for section in SECTIONS:
        is_expected = section.key in shown or section is SECTIONS[-1]
        if is_expected and f"meso_{section.key}" not in found:
            raise ArgumentError(
                f"the range does not hold the whole table {section.title!r} of the Strategy sheet.",
                cure="Give all cells of the sheet, such as Strategy!A1:Q150.",
            )


def _is_begun(rows: Rows, section: Section) -> bool:
    """Whether the title of a section stands above its first heading."""
    wanted = (section.title.casefold(), section.columns[0].casefold())
    return any(
        (_word(upper), _word(lower)) == wanted
        for above, below in pairwise(rows)
        for upper, lower in zip(above, below, strict=True)
    )


def _word(cell: Any) -> str:
    return cell.strip().casefold() if isinstance(cell, str) else ""


def _heads(rows: Rows) -> list[tuple[Section, tuple[str, ...], int, int]]:
    """Return section, headings, row and column of every row of headings, from top to bottom."""
    found = []
    for row in range(1, len(rows)):
        for column, cell in enumerate(rows[row]):
            head = _section(rows, row, column) if isinstance(cell, str) else None
            if head is not None:
                found.append((*head, row, column))
    return found


def _section(rows: Rows, row: int, column: int) -> tuple[Section, tuple[str, ...]] | None:
    above = rows[row - 1][column]
    if not isinstance(above, str):
        return None
    title = above.strip().casefold()
    for section in SECTIONS:
        if title != section.title.casefold():
            continue
        fewer = tuple(name for name in section.columns if name not in section.optional)
        for headings in (section.columns, fewer):
            if _same(rows[row][column : column + len(headings)], headings):
                return section, headings
    return None


def _same(cells: list[Any], titles: tuple[str, ...]) -> bool:
    shown = [cell_text(cell).casefold() if not is_blank(cell) else "" for cell in cells]
    return shown == [title.casefold() for title in titles]


def _padded(cells: list[Any], width: int) -> list[Any]:
    return cells + [None] * (width - len(cells))


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value in ERROR_TEXTS:
        return CellError(value)
    return value


def _json_part(cell: Any) -> str:
    if not isinstance(cell, str) or cell in ERROR_TEXTS:
        raise ArgumentError(f"{cell_text(cell)!r} stands within JSON text.", cure=_FORMS)
    return cell


def _from_pairs(area: Area) -> StrategyDefinition:
    from xlmeso.model.templates import load_template

    pairs = [(row[0], row[1]) for row in rows_of(area) if not is_blank(row[0])]
    document: JsonValue = {}
    for path, value in pairs:
        if cell_text(path).casefold() == TEMPLATE:
            document = load_template(cell_text(value)).document
    for number, (path, value) in enumerate(area.rows):
        if is_blank(path) or cell_text(path).casefold() == TEMPLATE or is_blank(value):
            continue
        place = cell_name(area.sheet or "cells", area.corner[0] + number, area.corner[1] + 1)
        document = _set(document, parse_path(cell_text(path)), _json_value(value, place))
    assert isinstance(document, dict)
    return StrategyDefinition(document)


def _set(document: JsonValue, path: JsonPath, value: JsonValue) -> JsonValue:
    try:
        return with_value(document, path, value)
    except DocumentError as error:
        raise ArgumentError(error.message, where=error.where) from None


def _json_value(cell: Any, place: str) -> JsonValue:
    match cell:
        case bool():
            return cell
        case int() | float():
            return JsonNumber(plain_number(cell))
        case dt.datetime():
            return cell.replace(tzinfo=None).isoformat(timespec="seconds")
    text = str(cell).strip()
    if text in ERROR_TEXTS:
        raise ArgumentError(f"the cell holds {text}.", where=place, cure="Mend it first.")
    if text == "null":
        return None
    return loads(text) if text.startswith(("[", "{")) else text
