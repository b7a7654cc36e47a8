"""Large tables written past openpyxl: their rows go straight into the sheet's part of the package.

openpyxl makes the book with everything that carries styles, charts, tables and names, the large
tables without their rows.  When the package is copied (`xlmeso.report.package`), the rows are made,
packed and written block by block, so that memory does not grow with them.
"""

from __future__ import annotations

import copy
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import IO, Any, Final
from xml.sax.saxutils import quoteattr

from openpyxl.cell.cell import Cell

from xlmeso.errors import WorkbookError
from xlmeso.report.long_texts import LongTexts
from xlmeso.report.row_xml import BLOCK, ColumnStyle, Shown, row_blocks
from xlmeso.sheets.book_plan import column_blocks
from xlmeso.sheets.cells import CellValue, Formula, column_letters
from xlmeso.sheets.plan import ColumnPlan, TablePlan

STREAMED_TABLE: Final = 500
"""Rows beyond which a plain table is streamed."""

LONG_TABLE: Final = 2_000
"""Rows beyond which blank cells of a table are left out, without borders."""

_AHEAD: Final = 2
"""Blocks of rows that wait for being packed, at most."""

_ROW: Final = re.compile(
    r'<row r="(?P<number>\d+)"(?P<rest>[^>]*?)(?:/>|>(?P<cells>.*?)</row>)', re.S
)
_CELL: Final = re.compile(r'<c r="(?P<letters>[A-Z]+)\d+".*?(?:/>|</c>)', re.DOTALL)
_AFTER_LINKS: Final = ("<printOptions", "<pageMargins")
"""Elements of a worksheet that follow its links; openpyxl always writes the second."""

_DIMENSION: Final = re.compile(r'<dimension ref="[^"]*" ?/>')

Block = Sequence[Sequence[CellValue]]
"""Some rows, column by column."""

Dress = Callable[[Cell, ColumnPlan], None]
"""Gives a cell the style of its column."""


@dataclass(frozen=True, slots=True)
class StreamedRows:
    """The rows of one table that are written when the package is copied.

    Attributes
    ----------
    blocks
        Gives the rows anew at every call: some rows each time, column by column.
    count
        How many there are; another number is a fault.
    links
        Column letters -> the place of the book (``#'Events'!A20``) that each row's cell leads to.
    """

    blocks: Callable[[], Iterable[Block]]
    count: int
    first_row: int
    first_column: int
    styles: tuple[ColumnStyle, ...]
    links: Mapping[str, Sequence[str | None]] = field(default_factory=dict)


@dataclass(slots=True)
class Streams:
    """The streamed rows of a book by sheet name, and the texts that its cells cut off."""

    by_sheet: dict[str, StreamedRows] = field(default_factory=dict)
    long_texts: LongTexts = field(default_factory=LongTexts)

    def takes(self, sheet: Any, table: TablePlan) -> bool:
        """Whether the rows of a table are streamed: it is long, plain, and the sheet's first."""
        return (
            table.length > STREAMED_TABLE
            and sheet.title not in self.by_sheet
            and all(_is_plain(column, table) for column in table.columns)
        )

    def add(self, sheet: Any, table: TablePlan, dress: Dress) -> None:
        """Stream the rows of a table, whose heading is on the sheet already."""
        styles = []
        for column in table.columns:
            cell: Any = Cell(sheet, row=1, column=1)
            dress(cell, column)
            plain = cell.style_id
            cell._style = copy.copy(cell._style)  # the book keeps the array itself
            cell.quotePrefix = True
            styles.append(ColumnStyle(plain, cell.style_id, table.length <= LONG_TABLE))
        self.by_sheet[sheet.title] = StreamedRows(
            partial(column_blocks, table, BLOCK),
            table.length,
            table.row + 1,
            table.column,
            tuple(styles),
            {
                column_letters(number): column.links
                for number, column in enumerate(table.columns, table.column)
                if column.links is not None
            },
        )


def _is_plain(column: ColumnPlan, table: TablePlan) -> bool:
    """Whether all cells of a column differ in values and places only, and none is a formula."""
    if column.formats is not None or column.comments is not None:
        return False
    if column.links is not None and not _all_lead(column.links, table.length):
        return False
    seen = islice(column.values, 1) if table.large else column.values
    return Formula not in set(map(type, seen))


def _all_lead(links: Sequence[str | None], count: int) -> bool:
    """Whether every row leads to a place of the book, which needs no relationship."""
    return len(links) == count and all(link and link.startswith("#") for link in links)


def spliced(sheet_xml: str, stream: StreamedRows, shown: Shown) -> Iterator[str]:
    """Yield a sheet's XML with the streamed rows in their place, block by block.

    Raises
    ------
    WorkbookError
        There were not as many rows as the table says.
    """
    head, rows, tail = _parts(sheet_xml)
    last_row = stream.first_row + stream.count - 1
    yield _with_extent(head, rows, last_row, stream.first_column + len(stream.styles) - 1)
    around = {}
    after = []
    for match in rows:
        number = int(match["number"])
        if number < stream.first_row:
            yield match.group()
        elif number <= last_row:
            around[number] = _around(match, stream)
        else:
            after.append(match.group())
    counted = _Counted(stream.blocks())
    yield from row_blocks(
        counted,
        stream.styles,
        first_row=stream.first_row,
        first_column=stream.first_column,
        around=around,
        shown=shown,
    )
    if counted.count != stream.count:
        raise WorkbookError(
            f"{counted.count:,} rows came where {stream.count:,} were announced; nothing written"
        )
    yield "".join(after)
    yield _with_links(tail, stream)


def write_packed(file: IO[bytes], chunks: Iterable[str]) -> None:
    """Write texts into a part of a package; packing runs beside their making.

    A few texts may wait, because the thread that packs gets Python's lock late.
    """
    with ThreadPoolExecutor(1) as pool:
        waiting: deque[Future[int]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(file.write, chunk.encode("utf-8")))
            if len(waiting) > _AHEAD:
                waiting.popleft().result()
        for written in waiting:
            written.result()


class _Counted:
    """Counts the rows that pass."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks = blocks
        self.count = 0

    def __iter__(self) -> Iterator[Block]:
        for block in self._blocks:
            self.count += len(block[0])
            yield block


def _parts(text: str) -> tuple[str, list[re.Match[str]], str]:
    """Return the XML up to the rows, the rows that openpyxl wrote, and the rest."""
    empty = re.search(r"<sheetData ?/>", text)
    if empty:
        return text[: empty.start()] + "<sheetData>", [], "</sheetData>" + text[empty.end() :]
    start, end = text.index("<sheetData>") + len("<sheetData>"), text.index("</sheetData>")
    return text[:start], list(_ROW.finditer(text, start, end)), text[end:]


def _with_links(tail: str, stream: StreamedRows) -> str:
    """Add the links of the streamed cells to those that openpyxl wrote."""
    links = "".join(
        f'<hyperlink ref="{letters}{row}" location={quoteattr(place[1:])}/>'
        for letters, places in stream.links.items()
        for row, place in enumerate(places, stream.first_row)
        if place
    )
    if not links:
        return tail
    if "</hyperlinks>" in tail:
        return tail.replace("</hyperlinks>", f"{links}</hyperlinks>", 1)
    at = min(place for place in map(tail.find, _AFTER_LINKS) if place >= 0)
    return f"{tail[:at]}<hyperlinks>{links}</hyperlinks>{tail[at:]}"


def _with_extent(head: str, rows: list[re.Match[str]], last_row: int, last_column: int) -> str:
    """State the extent of the cells, which openpyxl knows without the streamed ones."""
    letters = [match["letters"] for row in rows for match in _CELL.finditer(row["cells"] or "")]
    widest = max(map(_column_number, letters), default=1)
    last_row = max([last_row, *(int(row["number"]) for row in rows)])
    extent = f"A1:{column_letters(max(widest, last_column))}{last_row}"
    return _DIMENSION.sub(f'<dimension ref="{extent}"/>', head)


def _around(row: re.Match[str], stream: StreamedRows) -> tuple[str, str, str]:
    """Return a row's attributes and its cells left and right of the table."""
    left: list[str] = []
    right: list[str] = []
    for cell in _CELL.finditer(row["cells"] or ""):
        is_left = _column_number(cell["letters"]) < stream.first_column
        (left if is_left else right).append(cell.group())
    return row["rest"].rstrip(), "".join(left), "".join(right)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
