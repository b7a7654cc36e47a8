"""The rows of a large table as sheet XML (ECMA-376), block by block, by templates per column.

The same cells as `xlmeso.report.text.put` gives openpyxl, about ten times as fast: one block of
rows is turned column by column into texts, which are then joined row by row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from xml.sax.saxutils import escape

from openpyxl.utils.datetime import to_excel

from xlmeso.report.text import FORMULA_MARKS, plain
from xlmeso.sheets.cells import (
    ERROR_TEXTS,
    CellError,
    CellValue,
    Formula,
    all_safe,
    column_letters,
    visible_text,
)

BLOCK: Final = 4_000
"""Rows of a block; what is held in memory at a time.

The thread that packs waits some 15 ms a block for Python's lock, less than so many rows take.
"""

_REMEMBERED: Final = 4_096
"""Texts and times of a column that are remembered, for they repeat."""

_EXACT: Final = 10**15
"""Whole numbers from here on are written as floats (Excel keeps 15 digits)."""

_EPOCH: Final = dt.datetime(1899, 12, 30)
_DAY: Final = dt.timedelta(days=1)
_LEAP_FAULT: Final = dt.datetime(1900, 3, 1)
"""Excel counts a day before this that there was not."""

Shown = Callable[[str], str]
"""Turns any text into one that a cell holds."""


@dataclass(frozen=True, slots=True)
class ColumnStyle:
    """Indexes of a column's cell formats: plain, and of texts with a quote prefix.

    ``framed`` says whether blank cells are written too, for their borders.
    """

    plain: int
    quoted: int
    framed: bool = False


def row_blocks(
    blocks: Iterable[Sequence[Sequence[CellValue]]],
    styles: Sequence[ColumnStyle],
    *,
    first_row: int,
    first_column: int = 1,
    around: Mapping[int, tuple[str, str, str]] | None = None,
    shown: Shown = visible_text,
) -> Iterator[str]:
    """Yield the XML of the rows in blocks; blank cells are left out unless they are framed.

    Parameters
    ----------
    blocks
        Some rows each, column by column; read once.
    styles
        Cell formats, one per column.
    around
        Row number -> attributes of the row, cells left of the table and cells right of it, which
        are on the sheet already.
    shown
        What a cell shows of a text; may keep what no cell holds (`xlmeso.report.long_texts`).

    Raises
    ------
    TypeError
        A value of a kind that no cell holds.
    """
    columns = [_Column(style, first_column + offset, shown) for offset, style in enumerate(styles)]
    extra = dict(around or {})
    row = first_row
    for block in blocks:
        numbers = [str(number) for number in range(row, row + len(block[0]))]
        cells = [
            column.framed(values, numbers) for column, values in zip(columns, block, strict=True)
        ]
        bodies = map("".join, zip(*cells, strict=True))
        if extra:
            yield "".join(_row(number, body, extra) for number, body in enumerate(bodies, row))
        else:
            yield "".join(
                [
                    f'<row r="{number}">{body}</row>'
                    for number, body in zip(numbers, bodies, strict=True)
                ]
            )
        row += len(numbers)


def _row(number: int, body: str, around: dict[int, tuple[str, str, str]]) -> str:
    attributes, left, right = around.pop(number, ("", "", ""))
    return f'<row r="{number}"{attributes}>{left}{body}{right}</row>'


def _whole_cells(head: str, style: str, values: Sequence[Any], rows: Sequence[str]) -> list[str]:
    return [
        ""
        if value is None
        else f"{head}{row}{style}><v>{value}</v></c>"
        if -_EXACT < value < _EXACT
        else f"{head}{row}{style}><v>{float(value)!r}</v></c>"
        for value, row in zip(values, rows, strict=True)
    ]


def _number_cells(head: str, style: str, values: Sequence[Any], rows: Sequence[str]) -> list[str]:
    return [
        "" if value is None or value - value != 0.0 else f"{head}{row}{style}><v>{value!r}</v></c>"
        for value, row in zip(values, rows, strict=True)
    ]


def _decimal_cells(head: str, style: str, values: Sequence[Any], rows: Sequence[str]) -> list[str]:
    return [
        f"{head}{row}{style}><v>{value!s}</v></c>"
        if value is not None and value.is_finite()
        else ""
        for value, row in zip(values, rows, strict=True)
    ]


def _time_cells(head: str, style: str, values: Sequence[Any], rows: Sequence[str]) -> list[str]:
    return [
        ""
        if value is None
        else f"{head}{row}{style}><v>{(value - _EPOCH) / _DAY!r}</v></c>"
        if value.tzinfo is None and value > _LEAP_FAULT
        else f"{head}{row}{style}><v>{_serial(value)}</v></c>"
        for value, row in zip(values, rows, strict=True)
    ]


def _serial(value: Any) -> str:
    return repr(to_excel(plain(value)))  # type: ignore[no-untyped-call]


class _Column:
    """Turns the values of one column into cells."""

    _quick: Final[dict[type, Callable[..., list[str]]]] = {
        int: _whole_cells, float: _number_cells, Decimal: _decimal_cells,
        dt.datetime: _time_cells,
    }  # fmt: skip

    def __init__(self, style: ColumnStyle, column: int, shown: Shown) -> None:
        self._head = f'<c r="{column_letters(column)}'
        self._plain = f'" s="{style.plain}"'
        self._quoted = f'" s="{style.quoted}"'
        self._is_framed = style.framed
        self._shown = shown
        self._texts: dict[str, str] = {}
        self._times: dict[Any, str] = {}
        self._tails: dict[type, Callable[[Any], str]] = {
            type(None): lambda _: "",
            str: self._text,
            bool: lambda value: f'{self._plain} t="b"><v>{value:d}</v></c>',
            int: self._whole,
            float: self._number,
            Decimal: self._decimal,
            dt.datetime: self._time,
            dt.date: self._time,
            dt.time: self._time,
            Formula: self._formula,
            CellError: lambda value: f'{self._plain} t="e"><v>{escape(value.text)}</v></c>',
        }

    def framed(self, values: Sequence[CellValue], numbers: Sequence[str]) -> list[str]:
        """Return one cell per value; a blank one is an empty text, or has the borders only."""
        cells = self.cells(values, numbers)
        if not self._is_framed:
            return cells
        head, style = self._head, self._plain
        return [
            cell or f"{head}{number}{style}/>" for number, cell in zip(numbers, cells, strict=True)
        ]

    def cells(self, values: Sequence[CellValue], numbers: Sequence[str]) -> list[str]:
        """Return one cell per value, an empty text for a blank."""
        kinds = set(map(type, values))
        head = self._head
        if kinds == {str} and all_safe(values):
            return self._text_cells(values, numbers)
        kinds.discard(type(None))
        if len(kinds) == 1 and (quick := self._quick.get(kinds.pop())):
            return quick(head, self._plain, values, numbers)
        try:
            tails = [self._tails[type(value)](value) for value in values]
        except KeyError:
            self._learn(values)
            return self.cells(values, numbers)
        return [
            f"{head}{number}{tail}" if tail else ""
            for number, tail in zip(numbers, tails, strict=True)
        ]

    def _text_cells(self, values: Sequence[str], numbers: Sequence[str]) -> list[str]:
        """Return the cells of texts that need no change; markup is escaped in all at once."""
        head, style = self._head, f'{self._plain} t="inlineStr"><is><t>'
        escaped = escape("\n".join(values)).split("\n")
        return [
            f"{head}{number}{style}{text}</t></is></c>"
            if text and text == text.strip() and not text.startswith(FORMULA_MARKS)
            else (tail := self._inline(value)) and f"{head}{number}{tail}"
            for number, value, text in zip(numbers, values, escaped, strict=True)
        ]

    def _learn(self, values: Sequence[CellValue]) -> None:
        """Find the way of a subclass, such as NumPy's float or pandas' time stamp."""
        for kind in {type(value) for value in values} - self._tails.keys():
            known = next((base for base in kind.__mro__ if base in self._tails), None)
            if known is None:
                raise TypeError(f"a table holds no {kind.__name__}")
            self._tails[kind] = self._tails[known]

    def _formula(self, value: Formula) -> str:
        tail = f"><f>{escape(value.text.removeprefix('='))}</f>"
        match value.value:
            case None:
                return f"{self._plain}{tail}</c>"
            case bool():
                return f'{self._plain} t="b"{tail}<v>{value.value:d}</v></c>'
            case str(text):
                kind = "e" if text in ERROR_TEXTS else "str"
                return f'{self._plain} t="{kind}"{tail}<v>{escape(text)}</v></c>'
        return f"{self._plain}{tail}<v>{value.value!r}</v></c>"

    def _whole(self, value: int) -> str:
        if -_EXACT < value < _EXACT:
            return f"{self._plain}><v>{int(value)}</v></c>"
        return self._number(float(value))

    def _number(self, value: float) -> str:
        if value - value != 0.0:  # NaN and infinity are blank
            return ""
        return f"{self._plain}><v>{float.__repr__(value)}</v></c>"

    def _decimal(self, value: Decimal) -> str:
        return self._number(float(value))

    def _time(self, value: Any) -> str:
        found = self._times.get(value)
        if found is None:
            if len(self._times) >= _REMEMBERED:
                self._times.clear()
            found = self._times[value] = f"{self._plain}><v>{_serial(value)}</v></c>"
        return found

    def _text(self, value: str) -> str:
        if len(value) > _REMEMBERED:
            return self._inline(self._shown(value))
        found = self._texts.get(value)
        if found is None:
            if len(self._texts) >= _REMEMBERED:
                self._texts.clear()
            found = self._texts[value] = self._inline(self._shown(value))
        return found

    def _inline(self, text: str) -> str:
        if not text:
            return ""
        style = self._quoted if text.startswith(FORMULA_MARKS) else self._plain
        space = "" if text == text.strip() else ' xml:space="preserve"'
        return f'{style} t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'
