"""The placeholders of a user's own book: where they are, and what is wrong with them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from openpyxl.utils.cell import column_index_from_string, range_boundaries

from xlmeso.errors import WorkbookError
from xlmeso.model.nearest import did_you_mean
from xlmeso.report.parts import relations, sheet_parts
from xlmeso.report.template_refs import Growth
from xlmeso.report.template_sheet import MAIN, Area, SheetEditor, as_bytes, parse, tag
from xlmeso.report.template_styles import Styles
from xlmeso.sheets.book_plan import LazyValues
from xlmeso.sheets.cells import MAX_ROWS, Formula, cell_name, column_letters, visible_text
from xlmeso.sheets.plan import ColumnPlan, TablePlan
from xlmeso.sheets.report.placeholders import PREFIX, Placeholders

_ONE_CELL: Final = re.compile(
    r"(?P<sheet>'(?:[^']|'')+'|[^!']+)!\$?(?P<column>[A-Z]{1,3})\$?(?P<row>\d+)"
)


@dataclass(frozen=True, slots=True)
class CellPlace:
    """A cell that a name of ours points at; ``key`` is the name in small letters."""

    key: str
    sheet: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class TablePlace:
    """A table of ours: its part, its rows without the heading, its columns' titles and formulas."""

    name: str
    part: str
    sheet: str
    area: Area
    columns: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Places:
    """All placeholders of a template."""

    cells: Sequence[CellPlace]
    tables: Sequence[TablePlace]


def find_places(package: zipfile.ZipFile, content: Placeholders, where: str) -> Places:
    """Find the placeholders of a template.

    Raises
    ------
    WorkbookError
        There are none, or some ask for what there is not; all of these are listed.
    """
    sheets = sheet_parts(package)
    problems: list[str] = []
    cells: list[CellPlace] = []
    tables: list[TablePlace] = []
    _require_usual_form(package, sheets, where)
    for name, text in _names(package):
        found = _cell_place(name, text, sheets, content)
        (problems if isinstance(found, str) else cells).append(found)  # type: ignore[arg-type]
    for sheet, part in sheets.items():
        for table_part in relations(package, part).get("table", []):
            table = _table_place(package, table_part, sheet)
            if table is not None:
                tables.append(table)
                problems += _table_problems(parse(package.read(table_part)), table, content)
    problems += _sheet_problems(package, sheets, cells, tables, content)
    problems += _missing_parts(tables, content)
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise WorkbookError(f"the template cannot be filled:{lines}", where=where)
    if not cells and not tables:
        raise WorkbookError(
            "the template has no placeholders",
            where=where,
            cure=f"Give cells or tables names such as {PREFIX}StratSharpe or {PREFIX}trades.",
        )
    return Places(cells, tables)


def chosen_columns(source: TablePlan, table: TablePlace) -> tuple[ColumnPlan, ...]:
    """Return the columns that a template's table shows: ours by their title, formulas as theirs."""
    ours = {column.title.casefold(): column for column in source.columns}
    chosen = []
    for title, formula in table.columns:
        column = ours.get(title.casefold())
        if column is None or formula is not None:
            column = ColumnPlan(title, _repeated(Formula(f"={formula}"), source))
        chosen.append(replace(column, formats=None))
    return tuple(chosen)


def _repeated(value: Formula, source: TablePlan) -> LazyValues[Any]:
    """Return the same value for every row, over the items of the other columns."""
    values = source.columns[0].values
    items = values.items if isinstance(values, LazyValues) else range(source.length)
    return LazyValues(items, lambda _: value)


def with_new_area(data: bytes, growth: Growth) -> bytes:
    """Return a table's part for its new number of rows."""
    root = parse(data)
    area = (
        f"{column_letters(growth.left)}{growth.top - 1}:"
        f"{column_letters(growth.right)}{growth.new_bottom}"
    )
    root.set("ref", area)
    for item in root.iter(tag("autoFilter")):
        item.set("ref", area)
    return as_bytes(root)


def _require_usual_form(package: zipfile.ZipFile, sheets: dict[str, str], where: str) -> None:
    """Refuse the strict form of the file format, whose names are others."""
    root = parse(package.read("xl/workbook.xml"))
    if root.tag != f"{{{MAIN}}}workbook" or root.prefix or not sheets:
        raise WorkbookError(
            "the template is in a form that Excel does not usually write",
            where=where,
            cure='Save it in Excel as "Excel Workbook (.xlsx)".',
        )


def _names(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    root = parse(package.read("xl/workbook.xml"))
    for item in root.iter(tag("definedName")):
        name = item.get("name", "")
        if name.casefold().startswith(PREFIX):
            yield name, (item.text or "").strip()


def _cell_place(
    name: str, text: str, sheets: dict[str, str], content: Placeholders
) -> CellPlace | str:
    if name.casefold() not in content.values:
        near = did_you_mean(name, content.names)
        return f"the name {name} ({text}) is none of ours. {near}".rstrip()
    match = _ONE_CELL.fullmatch(text)
    if match is None:
        return f"the name {name} stands for {text or 'nothing'}; it needs to be one cell."
    sheet = match["sheet"]
    plain = sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
    if plain not in sheets:
        return f"the name {name} points at the sheet {plain}, which there is not."
    column = column_index_from_string(match["column"])
    return CellPlace(name.casefold(), plain, int(match["row"]), column)


def _table_place(package: zipfile.ZipFile, part: str, sheet: str) -> TablePlace | None:
    root = parse(package.read(part))
    name = root.get("displayName") or root.get("name") or ""
    if not name.casefold().startswith(PREFIX):
        return None
    left, top, right, bottom = (number or 1 for number in range_boundaries(root.get("ref")))
    columns = tuple(
        (column.get("name", ""), column.findtext(tag("calculatedColumnFormula")))
        for column in root.iter(tag("tableColumn"))
    )
    return TablePlace(name, part, sheet, (left, top + 1, right, bottom), columns)


def _table_problems(root: Any, table: TablePlace, content: Placeholders) -> Iterator[str]:
    source = content.tables.get(table.name.casefold())
    if source is None:
        known = [plan.name for plan in content.tables.values()]
        yield f"the table {table.name} is none of ours. {did_you_mean(table.name, known)}".rstrip()
        return
    if root.get("headerRowCount", "1") == "0" or root.get("totalsRowCount", "0") != "0":
        yield f"the table {table.name} needs a row of headings and no row of totals."
    titles = {column.title.casefold(): column.title for column in source.columns}
    for title, formula in table.columns:
        if formula is None and title.casefold() not in titles:
            near = (
                did_you_mean(title, titles.values()) or f"There are {', '.join(titles.values())}."
            )
            yield f"the table {table.name} has no column {title!r}. {near}"
    if table.area[1] + source.length - 1 > MAX_ROWS:
        yield f"the table {table.name} gets {source.length:,} rows, more than fit below its place."


def _sheet_problems(
    package: zipfile.ZipFile,
    sheets: dict[str, str],
    cells: Sequence[CellPlace],
    tables: Sequence[TablePlace],
    content: Placeholders,
) -> Iterator[str]:
    """Yield what stands in the way: formulas in the cells, content below the tables."""
    styles = Styles(None)
    concerned = {cell.sheet for cell in cells} | {table.sheet for table in tables}
    for sheet in sorted(concerned):
        editor = SheetEditor(parse(package.read(sheets[sheet])), styles, visible_text)
        for cell in cells:
            if cell.sheet == sheet and editor.holds_formula(cell.row, cell.column):
                place = cell_name(sheet, cell.row, cell.column)
                yield f"the name {cell.key} points at {place}, which holds a formula."
        large = 0
        for table in (table for table in tables if table.sheet == sheet):
            source = content.tables.get(table.name.casefold())
            if source is None:
                continue
            large += source.length > 2_000
            left, _, right, bottom = table.area
            last = table.area[1] + source.length - 1
            blocker = editor.content_in((left, bottom + 1, right, last))
            if blocker:
                yield (
                    f"the table {table.name} gets {source.length:,} rows, but {sheet}!{blocker} "
                    "below it holds something. Move that or the table."
                )
        if large > 1:
            yield f"the sheet {sheet} has several tables of more than 2,000 rows; use a sheet each."


def _missing_parts(tables: Sequence[TablePlace], content: Placeholders) -> Iterator[str]:
    """Yield tables whose rows go on in a further table that the template has not."""
    names = {table.name.casefold() for table in tables}
    for name in names & content.tables.keys():
        further = f"{name}_2"
        if name in ("meso_events", "meso_nav") and further in content.tables.keys() - names:
            yield f"there are more rows than {name} can hold; add a table {further} on a sheet."
