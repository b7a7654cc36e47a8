"""Tables of a few columns for people and programs: aligned text, rich table, CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from rich.table import Table as RichTable

GAP: Final = "  "
"""What stands between two columns of plain text."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    title
        Heading.
    number
        Whether it holds numbers, which are set to the right.
    whole
        Whether a narrow terminal may neither cut nor wrap its values: ids are copied from there.
    """

    title: str
    number: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values under titled columns; None shows as an empty cell."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]


def cell_text(value: Any) -> str:
    """Write one value for people: a time to the second, None as nothing, the rest as it is."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split())


def plain_lines(table: Table) -> Iterable[str]:
    """Yield the table as aligned text without any decoration, titles first."""
    rows = [[column.title for column in table.columns]]
    rows += [[cell_text(value) for value in row] for row in table.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.columns))]
    for row in rows:
        cells = (
            text.rjust(width) if column.number else text.ljust(width)
            for text, width, column in zip(row, widths, table.columns, strict=True)
        )
        yield GAP.join(cells).rstrip()


def csv_text(table: Table) -> str:
    """Write the table as CSV (RFC 4180, lines end in LF); times in ISO 8601, None as nothing."""
    out = io.StringIO()
    sparing = csv.writer(out, lineterminator="\n")
    # A lone carriage return is not quoted by the sparing writer, though readers end a line at it.
    quoting = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    sparing.writerow([column.title for column in table.columns])
    for row in table.rows:
        cells = [_csv_value(value) for value in row]
        loose = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (quoting if loose else sparing).writerow(cells)
    return out.getvalue()


def rich_table(table: Table) -> RichTable:
    """Build the table that rich draws on a terminal."""
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(table.columns):
        drawn.add_column(
            column.title,
            justify="right" if column.number else "left",
            no_wrap=column.whole,
            min_width=_longest(table, number) if column.whole else None,
            overflow="fold",
        )
    for row in table.rows:
        drawn.add_row(*(Text(cell_text(value)) for value in row))
    return drawn


def _longest(table: Table, column: int) -> int:
    return max((len(cell_text(row[column])) for row in table.rows), default=0)


def _csv_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value
