"""The rules of an external CSV, and its rows as values (reference section 4.8); pure.

All mistakes are found at once.  The csv module of the standard library reads quoted cells the way
spreadsheets write them, and keeps the line numbers that the messages name.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from xlmeso.model.document import JsonPath
from xlmeso.model.expression import is_identifier
from xlmeso.model.problems import Problem, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.variables import Vocabulary, is_built_in
from xlmeso.simulator.engine.external import ExternalValues

PATH: Final[JsonPath] = ("ExternalData", "CsvUrl")
"""Field that all messages name."""

SHOWN_MISTAKES: Final = 20
"""Most mistakes that are told; the rest is counted."""

MAX_COLUMNS: Final = 200
"""Assumption: more columns are a mistake; every event writes every variable."""

_FIRST: Final = ("date", "datetime")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_LARGEST: Final = 1e300
_SHOWN: Final = 60
_EPOCH: Final = dt.datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class ReadTable:
    """What a CSV gave: values, or what is wrong with it; ``columns`` where the header is right."""

    values: ExternalValues | None
    columns: tuple[str, ...] | None
    problems: tuple[Problem, ...]


def read_table(content: bytes, definition: StrategyDefinition) -> ReadTable:
    """Read a CSV for a definition and check it against the definition's names."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        return _failed([f"The CSV is not UTF-8 (byte {problem.start})."])
    if text.lstrip()[:1] == "<":
        return _failed(["A web page came instead of a CSV; publish the sheet as CSV."])
    if "\x00" in text:
        return _failed(["The CSV has a NUL character."])
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    try:
        return _read(_filled(reader), Vocabulary(definition))
    except csv.Error as problem:
        return _failed([f"Line {reader.line_num}: {problem}."])


def _filled(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank with their line numbers."""
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield reader.line_num, cells


def _read(rows: Iterator[tuple[int, list[str]]], vocabulary: Vocabulary) -> ReadTable:
    header = next(rows, (0, []))[1]
    if not header:
        return _failed(["The CSV is empty."])
    wrong_header = list(_header_mistakes(header, vocabulary))
    columns = None if wrong_header else tuple(header[1:])
    body = _Body(len(header))
    body.read(rows, header)
    if wrong_header or body.count:
        return _failed(wrong_header + body.mistakes, columns, len(wrong_header) + body.count)
    return ReadTable(body.values(tuple(header[1:])), columns, ())


def _failed(
    mistakes: list[str], columns: tuple[str, ...] | None = None, count: int = 1
) -> ReadTable:
    told = mistakes[:SHOWN_MISTAKES]
    if count > len(told):
        told.append(f"There are {count - len(told):,} further mistakes.")
    return ReadTable(None, columns, tuple(error(PATH, mistake) for mistake in told))


def _header_mistakes(header: list[str], vocabulary: Vocabulary) -> Iterator[str]:
    if header[0].lower() not in _FIRST:
        yield (
            f'First column should be named "Date" or "DateTime", but is named "{_cut(header[0])}".'
        )
    names = header[1:]
    if not names:
        yield "There is no column beside the dates."
    if len(names) > MAX_COLUMNS:
        yield f"There are {len(names):,} columns; at most {MAX_COLUMNS} are read."
        return
    taken = vocabulary.everything
    seen: set[str] = set()
    for place, name in enumerate(names, start=2):
        if name in seen:
            yield f'Column {place}: there are two columns named "{_cut(name)}".'
        elif reason := _name_mistake(name, taken):
            yield f'Column {place}: "{_cut(name)}" {reason}.'
        seen.add(name)


def _name_mistake(name: str, taken: Collection[str]) -> str | None:
    if not is_identifier(name):
        return "can name no variable: use letters, digits and _, and begin with a letter"
    if is_built_in(name) or name.lower() in _FIRST:
        return "is a name of the service's own; rename the column"
    return "is a variable of the strategy already; rename the column" if name in taken else None


class _Body:
    """The rows below the header; of their mistakes the first ones, and how many there are."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: dict[str, tuple[int, list[float]]] = {}
        self.mistakes: list[str] = []
        self.count = 0

    def read(self, rows: Iterator[tuple[int, list[str]]], header: list[str]) -> None:
        line = 0
        for line, cells in rows:
            if len(cells) != self._width:
                self._note(line, f"{len(cells)} values stand where {self._width} belong")
                continue
            known_from = _known_from(cells[0])
            if known_from is None:
                self._note(line, f'"{_cut(cells[0])}" is no YYYY-MM-DD and no YYYY-MM-DD hh:mm:ss')
            elif cells[0] in self._rows:
                self._note(line, f"{cells[0]} stands there twice")
            numbers = [
                self._number(line, name, cell)
                for name, cell in zip(header[1:], cells[1:], strict=True)
            ]
            if known_from is not None:
                self._rows[cells[0]] = (known_from, numbers)
        if not line:
            self._add("There is no row below the header.")

    def values(self, columns: tuple[str, ...]) -> ExternalValues:
        """Sort the rows by the moment at which they become known.

        Assumption: rows may stand in any order, as spreadsheets often show the latest first.
        """
        ordered = [
            self._rows[key] for key in sorted(self._rows, key=lambda key: (self._rows[key][0], key))
        ]
        return ExternalValues(
            columns,
            np.array([row[0] for row in ordered], dtype=np.int64),
            np.array([row[1] for row in ordered], dtype=np.float64),
        )

    def _number(self, line: int, name: str, cell: str) -> float:
        value = float(cell) if _NUMBER.fullmatch(cell) else np.inf
        if abs(value) > _LARGEST:
            what = f'"{_cut(cell)}" is no number' if cell else "the cell is empty"
            self._note(line, f"column {_cut(name)}: {what}")
        return value

    def _note(self, line: int, what: str) -> None:
        self._add(f"Line {line}: {what}.")

    def _add(self, mistake: str) -> None:
        self.count += 1
        if len(self.mistakes) < SHOWN_MISTAKES:
            self.mistakes.append(mistake)


def _known_from(text: str) -> int | None:
    """Return the first second at which a row may be used, None where the text is no time.

    A date alone is a sample of that day's end and known from the next day on; a row with a time
    is known after that instant, a second later at the earliest.
    """
    try:
        if _DATE.fullmatch(text):
            moment = dt.datetime.fromisoformat(text) + dt.timedelta(days=1)
        elif _TIME.fullmatch(text):
            moment = dt.datetime.fromisoformat(text) + dt.timedelta(seconds=1)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return int((moment - _EPOCH).total_seconds())


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
