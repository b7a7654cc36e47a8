"""Variants from a file: CSV with paths as headings, or a JSON list of objects."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from xlmeso.app.files import told_as_workbook_error
from xlmeso.errors import WorkbookError, XlmesoError
from xlmeso.model.document import DocumentError, JsonNumber, JsonValue, dumps, loads
from xlmeso.model.problems import Problem, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.paths import SweepPath, resolve
from xlmeso.model.sweep.space import MOST_VARIANTS, Choice, Row

MOST_BYTES: Final = 10 * 1024 * 1024
_LONGEST_CELL: Final = 100_000


def read_variants(
    path: Path, definition: StrategyDefinition
) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
    """Read the rows of a file; a blank cell or a missing key keeps the strategy's own value.

    Returns
    -------
    tuple
        The rows as far as they can be read, and every mistake with its line and column.

    Raises
    ------
    WorkbookError
        The file cannot be read, is too large, or is neither CSV nor a JSON list of objects.
    """
    with told_as_workbook_error(path, "cannot be read"):
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    if size > MOST_BYTES:
        raise WorkbookError(f"the file has {size:,} bytes; at most {MOST_BYTES:,} are read.",
                            where=str(path))  # fmt: skip
    records = list(_json(path, data) if path.suffix.lower() == ".json" else _csv(path, data))
    if len(records) > MOST_VARIANTS:
        raise WorkbookError(f"the file has {len(records):,} variants; at most {MOST_VARIANTS:,} "
                            "are run.", where=str(path))  # fmt: skip
    return _rows(path.name, records, definition)


def _rows(
    name: str, records: Sequence[tuple[str, Mapping[str, str]]], definition: StrategyDefinition
) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
    problems: list[Problem] = []
    known: dict[str, SweepPath] = {}
    for heading in dict.fromkeys(key for _, record in records for key in record):
        try:
            known[heading] = resolve(heading, definition)
        except XlmesoError as fault:
            problems.append(error((), fault.message, fault.cure or "").at(f"{name}, {heading!r}"))
    rows = []
    for line, record in records:
        place = f"{name}, {line}"
        choices = tuple(
            Choice(known[key], text, f"{place}, {key}")
            for key, text in record.items()
            if key in known and text
        )
        if choices:
            rows.append(Row(choices, place))
    return tuple(rows), tuple(problems)


def _csv(path: Path, data: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
        first = text.split("\n", 1)[0]
        delimiter = max((",", ";", "\t"), key=first.count)
        csv.field_size_limit(_LONGEST_CELL)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        headings = [heading.strip() for heading in next(reader, [])]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _check_width(path, reader.line_num, headings, cells)
                record = dict(zip(headings, (cell.strip() for cell in cells), strict=True))
                yield f"line {reader.line_num}", record
    except (UnicodeDecodeError, csv.Error) as fault:
        raise WorkbookError(f"the file is no CSV in UTF-8: {fault}.", where=str(path)) from None


def _check_width(path: Path, line: int, headings: Sequence[str], cells: Sequence[str]) -> None:
    if len(headings) != len(set(headings)) or "" in headings:
        raise WorkbookError("a heading is blank or stands twice.", where=f"{path}, line 1")
    if len(cells) != len(headings):
        raise WorkbookError(
            f"the line has {len(cells)} cells, the headings are {len(headings)}.",
            where=f"{path}, line {line}",
            cure="Quote values that hold a comma.",
        )


def _json(path: Path, data: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        document: Any = loads(data, max_bytes=MOST_BYTES)
    except DocumentError as fault:
        raise WorkbookError(f"the file is no JSON: {fault}", where=str(path)) from None
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise WorkbookError(
            "the file is no list of objects.",
            where=str(path),
            cure='Write it like [{"Exit.ProfitTarget": 200}, {"Exit.ProfitTarget": 400}].',
        )
    for number, item in enumerate(document, start=1):
        yield f"variant {number}", {key.strip(): _text(value) for key, value in item.items()}


def _text(value: JsonValue) -> str:
    """Spell a value as it would be typed; a text that looks like something else gets quotes."""
    if not isinstance(value, str):
        return dumps(value)
    looks_else = value.startswith(('"', "[", "{")) or value in ("", "null", "true", "false")
    return dumps(value) if looks_else or _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        JsonNumber(text)
    except ValueError:
        return False
    return True
