"""Read the NAV reply: CSV by its header, never by position (reference section 6)."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import difflib
import io
import itertools
import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from xlmeso.errors import DecodingError

TIME_COLUMNS: Final = ("at", "time", "simtime", "timestamp", "datetime", "date")
"""Names of the time column in any case.

Assumption: the real names are not published (reference section 6); these are tried in order, and
the first column is the time if none of them is there.
"""

Column = Sequence[float | None] | Sequence[str]

_ZONE: Final = operator.attrgetter("tzinfo")


@dataclass(frozen=True, slots=True)
class NavTable:
    """A NAV series with whatever columns the service sent.

    Attributes
    ----------
    time_name
        Heading of the time column.
    times
        Exchange-local times without a zone, one per row, as sent.
    columns
        Heading -> values, in the order of the file, each as long as ``times``.  A column of
        numbers holds floats, None where a cell is empty or not finite; money is in the account's
        currency.  A column with any other text holds texts.
    """

    time_name: str
    times: Sequence[dt.datetime]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.times)

    def picked(self, name: str, places: Sequence[int]) -> Sequence[float | str | None]:
        """Return a column's values in some rows only; cheaper than the whole column."""
        if isinstance(self.columns, LazyColumns):
            return self.columns.picked(name, places)
        column = self.columns[name]
        return [column[place] for place in places]

    def numbers(self, name: str) -> Sequence[float | None]:
        """Return a column of numbers by its heading, in any case.

        Raises
        ------
        DecodingError
            No such column (the nearest is named), or it holds texts.
        """
        found = next((key for key in self.columns if key.casefold() == name.casefold()), None)
        if found is None:
            near = difflib.get_close_matches(name, self.columns, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(self.columns)}."
            raise DecodingError(f"the NAV has no column {name}", cure=hint)
        column = self.columns[found]
        if str in set(map(type, column)):
            raise DecodingError(f"the NAV's column {found} holds texts, not numbers")
        return cast(Sequence[float | None], column)


class LazyColumns(Mapping[str, Column]):
    """Columns that are turned into numbers when they are asked for: most of them never are."""

    def __init__(self, cells: Mapping[str, list[str]]) -> None:
        self._cells = dict(cells)
        self._read: dict[str, Column] = {}

    def __getitem__(self, name: str) -> Column:
        found = self._read.get(name)
        if found is None:
            found = self._read[name] = _column(self._cells[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self) == dict(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"LazyColumns({', '.join(self)})"

    def picked(self, name: str, places: Sequence[int]) -> Sequence[float | str | None]:
        """Return some rows of a column without reading the others, where these are numbers."""
        if name not in self._read and len(places) * 4 < len(self._cells[name]):
            cells = self._cells[name]
            found = _finite([cells[place] for place in places])
            if found is not None:
                return found
        column = self[name]
        return [column[place] for place in places]


def read_navs(body: bytes) -> NavTable:
    """Read the CSV text of a reply (UTF-8, with or without a byte order mark).

    Raises
    ------
    DecodingError
        Not UTF-8, no header, a row of another length than the header, or a time that is none;
        the line is named.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DecodingError("the NAV is not UTF-8 text") from None
    if text.lstrip().startswith(("<", "{", "[")):
        raise DecodingError("the reply is not CSV", cure="Check the address of the service.")
    plain = _plain_cells(text)
    if plain is not None:
        return _table(*plain)
    return read_nav_rows(io.StringIO(text, newline=""))


def _plain_cells(text: str) -> tuple[list[str], list[list[str]]] | None:
    """Return header and columns of a text without quotes whose rows are all of one width.

    What every service sends; in a third of the time of the csv module.  None for anything else.
    """
    if '"' in text or "\r" in text.replace("\r\n", ""):
        return None
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    commas = lines[0].count(",") if lines else 0
    if len(lines) < 2 or set(map(str.count, lines, itertools.repeat(","))) != {commas}:
        return None
    cells = ",".join(lines[1:]).split(",")
    width = commas + 1
    return _header(lines[0].split(",")), [cells[place::width] for place in range(width)]


def read_nav_rows(lines: Iterable[str]) -> NavTable:
    """Read CSV line by line, for files; otherwise as `read_navs`.

    Raises
    ------
    DecodingError
        As `read_navs`.
    """
    reader = csv.reader(lines)
    try:
        header = _header(next(reader, []))
        rows = list(_rows(reader, len(header)))
    except csv.Error as error:
        raise DecodingError(
            f"the NAV is not CSV: {error}", where=f"line {reader.line_num}"
        ) from None
    return _table(header, [list(column) for column in zip(*rows, strict=True)])


def _table(header: list[str], columns: list[list[str]]) -> NavTable:
    cells = columns or [[] for _ in header]
    place = _time_place(header)
    return NavTable(
        time_name=header[place],
        times=_times(cells[place]),
        columns=LazyColumns(
            {
                name: column
                for index, (name, column) in enumerate(zip(header, cells, strict=True))
                if index != place
            }
        ),
    )


def _header(cells: list[str]) -> list[str]:
    """Name every column; an empty or repeated heading gets its number."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = cell.strip() or f"Column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    if not any(cell.strip() for cell in cells):
        raise DecodingError("the NAV has no header", where="line 1")
    return names


def _rows(reader: Iterator[list[str]], width: int) -> Iterator[list[str]]:
    for number, row in enumerate(reader, start=2):
        if not row:
            continue
        if len(row) != width:
            raise DecodingError(
                f"the NAV has {len(row)} cells in a row under {width} headings",
                where=f"line {number}",
            )
        yield row


def _time_place(header: Sequence[str]) -> int:
    lowered = [name.casefold().replace("_", "").replace(" ", "") for name in header]
    return next((lowered.index(name) for name in TIME_COLUMNS if name in lowered), 0)


def _times(cells: Sequence[str]) -> list[dt.datetime]:
    """Parse times; a zone is dropped, because the hours are exchange-local (reference 6)."""
    with contextlib.suppress(ValueError):  # by far the most services, in a third of the time
        plain = list(map(dt.datetime.fromisoformat, cells))
        if set(map(_ZONE, plain)) <= {None}:
            return plain
    times = []
    for number, cell in enumerate(cells, start=2):
        try:
            time = dt.datetime.fromisoformat(cell.strip())
            times.append(time if time.tzinfo is None else time.replace(tzinfo=None))
        except ValueError:
            raise DecodingError(
                f"{cell[:40]!r} is not an ISO 8601 time", where=f"row {number}"
            ) from None
    return times


def _column(cells: list[str]) -> Column:
    """Return numbers if every cell that is filled is one, else the texts as they are."""
    plain = _finite(cells)  # by far the most columns, in a third of the time
    if plain is not None:
        return plain
    try:
        numbers = [float(cell) if cell.strip() else None for cell in cells]
    except ValueError:
        return cells
    return [None if value is None or value - value != 0.0 else value for value in numbers]


def _finite(cells: Sequence[str]) -> list[float] | None:
    """Return the numbers if every cell is a finite one, else None."""
    try:
        numbers = list(map(float, cells))
    except ValueError:
        return None
    return numbers if all(map(math.isfinite, numbers)) else None
