"""One sheet of a user's own book: single cells and table rows changed, all else left as it is."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from lxml import etree
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string, range_boundaries
from openpyxl.utils.datetime import to_excel

from xlmeso.report.row_xml import BLOCK, ColumnStyle, Shown, row_blocks
from xlmeso.report.template_styles import Styles
from xlmeso.report.text import plain
from xlmeso.sheets.book_plan import column_blocks
from xlmeso.sheets.cells import CellError, CellValue, Formula, column_letters
from xlmeso.sheets.plan import TablePlan

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROWS_HERE: Final = "xlmeso-rows"

Area = tuple[int, int, int, int]
"""First column, first row, last column, last row."""


def parse(data: bytes) -> Any:
    """Parse a part without entities and without the network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(data, parser)


def as_bytes(root: Any) -> bytes:
    """Write a part as Excel does."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def tag(name: str) -> str:
    """Return an element's name in the namespace of worksheets."""
    return f"{{{MAIN}}}{name}"


@dataclass(slots=True)
class SheetEditor:
    """The XML of a worksheet whose cells are changed."""

    root: Any
    styles: Styles
    shown: Shown
    _stream: tuple[TablePlan, Area, list[int]] | None = field(default=None, init=False)

    @property
    def _data(self) -> Any:
        return self.root.find(tag("sheetData"))

    def holds_formula(self, row: int, column: int) -> bool:
        """Whether a cell holds a formula."""
        cell = self._cell(row, column)
        return cell is not None and cell.find(tag("f")) is not None

    def content_in(self, area: Area) -> str | None:
        """Name the first cell of an area that holds something, None if it is empty."""
        left, top, right, bottom = area
        for row in self._data:
            if top <= int(row.get("r", "0")) <= bottom:
                for cell in row:
                    if left <= _column_of(cell) <= right and len(cell):
                        return str(cell.get("r"))
        return None

    def put(self, row: int, column: int, value: CellValue, number_format: str | None) -> None:
        """Write a value into a cell, which keeps its look."""
        cell = self._cell(row, column, make=True)
        style = self.styles.with_format(int(cell.get("s", "0")), number_format)
        if style:
            cell.set("s", str(style))
        _fill(cell, value, self.shown)

    def fill_table(self, plan: TablePlan, area: Area, *, stream: bool) -> None:
        """Put a plan's rows in the place of a table's old rows (``area``, without the heading)."""
        left, top, right, _ = area
        found = [self._cell(top, column) for column in range(left, right + 1)]
        styles = [
            self.styles.with_format(
                0 if cell is None else int(cell.get("s", "0")), column.number_format
            )
            for cell, column in zip(found, plan.columns, strict=True)
        ]
        self._clear(area)
        new = (left, top, right, top + plan.length - 1)
        self._extend_areas(area, new[3])
        self._extend_dimension(new)
        if stream:
            self._stream = (plan, new, styles)
            return
        for at, block in enumerate(column_blocks(plan, BLOCK)):
            for offset, values in enumerate(zip(*block, strict=True)):
                for place, value in enumerate(values):
                    cell = self._cell(top + at * BLOCK + offset, left + place, make=True)
                    if styles[place]:
                        cell.set("s", str(styles[place]))
                    _fill(cell, value, self.shown)

    def texts(self) -> Iterator[str]:
        """Yield the XML of the sheet, streamed rows in their place."""
        if self._stream is None:
            yield as_bytes(self.root).decode("utf-8")
            return
        plan, area, styles = self._stream
        around = self._make_room(area)
        head, tail = re.split(rf"<\?{_ROWS_HERE}\s*\?>", as_bytes(self.root).decode("utf-8"))
        yield head
        yield from row_blocks(
            column_blocks(plan, BLOCK),
            [ColumnStyle(style, style) for style in styles],
            first_row=area[1],
            first_column=area[0],
            around=around,
            shown=self.shown,
        )
        yield tail

    def _make_room(self, area: Area) -> dict[int, tuple[str, str, str]]:
        """Take the rows of an area out, leave a mark there, and return what stood around it."""
        left, top, _, bottom = area
        around: dict[int, tuple[str, str, str]] = {}
        for row in list(self._data):
            number = int(row.get("r", "0"))
            if top <= number <= bottom:
                sides = ["", ""]
                for cell in row:
                    sides[_column_of(cell) > left] += _inner_xml(cell)
                kept = {name: row.get(name) for name in ("ht", "customHeight") if row.get(name)}
                attributes = "".join(f' {name}="{value}"' for name, value in kept.items())
                around[number] = (attributes, sides[0], sides[1])
                self._data.remove(row)
        place = sum(int(row.get("r", "0")) < top for row in self._data)
        self._data.insert(place, etree.ProcessingInstruction(_ROWS_HERE))
        return around

    def _row(self, number: int, *, make: bool) -> Any:
        rows = self._data
        for index in range(len(rows) - 1, -1, -1):
            found = int(rows[index].get("r", "0"))
            if found == number:
                return rows[index]
            if found < number:
                break
        else:
            index = -1
        if not make:
            return None
        row = etree.Element(tag("row"), {"r": str(number)})
        rows.insert(index + 1, row)
        return row

    def _cell(self, row: int, column: int, *, make: bool = False) -> Any:
        found = self._row(row, make=make)
        if found is None:
            return None
        place = 0
        for place, cell in enumerate(found, start=1):
            if _column_of(cell) == column:
                return cell
            if _column_of(cell) > column:
                place -= 1
                break
        if not make:
            return None
        found.attrib.pop("spans", None)
        cell = etree.Element(tag("c"), {"r": f"{column_letters(column)}{row}"})
        found.insert(place, cell)
        return cell

    def _clear(self, area: Area) -> None:
        left, top, right, bottom = area
        for row in list(self._data):
            if top <= int(row.get("r", "0")) <= bottom:
                for cell in [cell for cell in row if left <= _column_of(cell) <= right]:
                    row.remove(cell)

    def _extend_areas(self, old: Area, bottom: int) -> None:
        """Let conditional formats and drop-downs of the old rows hold for all new ones."""
        for element in self.root.iter(tag("conditionalFormatting"), tag("dataValidation")):
            element.set("sqref", _extended(element.get("sqref", ""), old, bottom))
        for element in self.root.iter("{http://schemas.microsoft.com/office/excel/2006/main}sqref"):
            element.text = _extended(element.text or "", old, bottom)

    def _extend_dimension(self, area: Area) -> None:
        element = self.root.find(tag("dimension"))
        if element is not None:
            found = range_boundaries(element.get("ref", "A1"))
            left, top, right, bottom = (number or 1 for number in found)
            element.set(
                "ref",
                f"{column_letters(min(left, area[0]))}{min(top, area[1])}:"
                f"{column_letters(max(right, area[2]))}{max(bottom, area[3])}",
            )


def forget_results(root: Any) -> bool:
    """Remove the stored results of formulas, which show other data; whether there were any."""
    cells = [formula.getparent() for formula in root.iter(tag("f"))]
    for cell in cells:
        for value in cell.findall(tag("v")):
            cell.remove(value)
        cell.attrib.pop("t", None)
    return bool(cells)


def _extended(text: str, old: Area, bottom: int) -> str:
    return " ".join(_extended_range(item, old, bottom) for item in text.split())


def _extended_range(text: str, old: Area, bottom: int) -> str:
    left, top, right, last = (number or 0 for number in range_boundaries(text))
    inside = old[0] <= left and right <= old[2] and old[1] - 1 <= top
    if not inside or last != old[3]:
        return text
    return f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"


def _column_of(cell: Any) -> int:
    letters, _ = coordinate_from_string(cell.get("r"))
    return column_index_from_string(letters)


def _inner_xml(cell: Any) -> str:
    """Write a cell as it stands amid the sheet, whose namespaces are declared already."""
    text = str(etree.tostring(cell, encoding="unicode", with_tail=False))
    for prefix, address in cell.nsmap.items():
        name = f"xmlns:{prefix}" if prefix else "xmlns"
        text = text.replace(f' {name}="{address}"', "")
    return text


def _fill(cell: Any, value: CellValue, shown: Shown) -> None:
    """Replace a cell's content."""
    for child in list(cell):
        cell.remove(child)
    for name in ("t", "cm", "vm"):
        cell.attrib.pop(name, None)
    kind, parts = _content(value, shown)
    if kind:
        cell.set("t", kind)
    for name, text in parts:
        if name == "is":
            target = etree.SubElement(etree.SubElement(cell, tag("is")), tag("t"))
            if text != text.strip():
                target.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        else:
            target = etree.SubElement(cell, tag(name))
        target.text = text


def _content(value: CellValue, shown: Shown) -> tuple[str, Sequence[tuple[str, str]]]:
    """Return a cell's kind and its parts."""
    match value:
        case None | "":
            return "", ()
        case str():
            return "inlineStr", (("is", shown(value)),)
        case bool():
            return "b", (("v", str(int(value))),)
        case Formula():
            return "", (("f", value.text.removeprefix("=")),)
        case CellError():
            return "e", (("v", value.text),)
        case dt.date() | dt.time():
            serial = to_excel(plain(value))  # type: ignore[no-untyped-call]
            return "", (("v", repr(serial)),)
        case int() | float() | Decimal():
            number = value if isinstance(value, int) else float(value)
            return "", (("v", repr(number)),) if math.isfinite(number) else ()
    raise TypeError(f"a cell holds no {type(value).__name__}")
