"""The Other fields table: edits (see `differences`) <-> rows of text cells.

Columns: Path, Kind (``value``, ``absent``, ``order``; ``more`` continues the JSON of the row
above), While the sheet says (JSON; blank for nothing), JSON value.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xlmeso.errors import WorkbookError
from xlmeso.model.document import (
    DocumentError,
    JsonPath,
    JsonValue,
    dumps,
    loads,
    parse_path,
    path_text,
)
from xlmeso.sheets.cells import MAX_TEXT, is_safe_text
from xlmeso.sheets.strategy.differences import Edit, EditKind
from xlmeso.sheets.strategy.draft import Row
from xlmeso.sheets.strategy.values import ABSENT

ROOT = "(definition)"
"""How the Path column names the definition as a whole."""

LONGEST_BEFORE = 400
"""A longer JSON in "While the sheet says" is replaced by its digest."""

_CHUNK = MAX_TEXT // 2 - 10
_MORE = "more"


def rows_of(edits: Iterable[Edit]) -> list[tuple[str, str, str, str]]:
    """Return (path, kind, before, value) texts, all safe in cells, for some edits."""
    rows: list[tuple[str, str, str, str]] = []
    for edit in edits:
        path = path_cell(edit.path)
        text = "" if edit.kind is EditKind.ABSENT else json_cell(edit.value)
        chunks = [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)] or [""]
        rows.append((path, edit.kind.value, before_cell(edit.before), chunks[0]))
        rows.extend((path, _MORE, "", chunk) for chunk in chunks[1:])
    return rows


def json_cell(value: JsonValue) -> str:
    """Write JSON so that every piece of it is safe in a cell; plain text where possible."""
    return _ascii_where_needed(dumps(value))


def before_cell(value: JsonValue) -> str:
    """Write what the sheet says at a path: JSON, a digest of a long JSON, blank for nothing."""
    if value is ABSENT:
        return ""
    text = json_cell(value)
    if len(text) <= LONGEST_BEFORE:
        return text
    return "sha256:" + hashlib.sha256(text.encode("ascii", "backslashreplace")).hexdigest()


def path_cell(path: JsonPath) -> str:
    """Write a path so that `read_path` gives it back.

    Raises
    ------
    WorkbookError
        A key is too long for a cell.
    """
    text = "".join(map(_step_text, path)).removeprefix(".") or ROOT
    if len(text) > _CHUNK:
        raise WorkbookError(
            f"a key of {len(text):,} characters does not fit on a sheet",
            cure="Keep such a definition as a JSON file.",
        )
    return text


def _step_text(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if path_text((step,)) == step and is_safe_text(step):
        return f".{step}"
    return f"[{_ascii_where_needed(json.dumps(step, ensure_ascii=False))}]"


def read_path(text: str) -> JsonPath:
    """Read what `path_cell` wrote; DocumentError if the text is no path."""
    return () if text.strip() == ROOT else parse_path(text)


def _ascii_where_needed(text: str) -> str:
    """Escape what a cell would change; such characters stand only inside JSON strings."""
    if is_safe_text(text[:_CHUNK]) and (len(text) <= _CHUNK or _all_safe(text)):
        return text
    escaped = "".join(
        character if " " <= character <= "~" else _escape(character) for character in text
    )
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", r"\\u005f", escaped)


def _all_safe(text: str) -> bool:
    return all(is_safe_text(text[at : at + MAX_TEXT // 2]) for at in range(0, len(text), _CHUNK))


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1]


@dataclass(frozen=True, slots=True)
class ReadEdit:
    """An edit as the table has it: ``before`` still as text; the row for messages."""

    edit: Edit
    before: str
    row: Row


def read_edits(rows: Iterable[Row]) -> Iterator[ReadEdit]:
    """Read the table; rows that cannot be understood are reported and left out."""
    for head, text in _joined(rows):
        try:
            path = read_path(head.text("Path", ()))
        except DocumentError as error:
            head.report("Path", (), error.message)
            continue
        edit = _edit(head, path, text)
        if edit is not None:
            yield ReadEdit(edit, head.text("While the sheet says", path).strip(), head)


def _joined(rows: Iterable[Row]) -> Iterator[tuple[Row, str]]:
    """Put the pieces of long JSON together again."""
    head: Row | None = None
    text = ""
    for row in rows:
        piece = _piece(row)
        if row.text("Kind", ()).strip().casefold() == _MORE and head is not None:
            text += piece
            continue
        if head is not None:
            yield head, text
        head, text = row, piece
    if head is not None:
        yield head, text


def _piece(row: Row) -> str:
    """Return the JSON text of a row; Excel makes numbers and booleans of bare 5 and true."""
    raw = row.raw("JSON value")
    if isinstance(raw, str):
        return raw
    text = row.text("JSON value", ())
    return text.lower() if isinstance(raw, bool) else text


def _edit(row: Row, path: JsonPath, text: str) -> Edit | None:
    kind = row.text("Kind", path).strip().casefold() or EditKind.VALUE.value
    if kind not in tuple(EditKind):
        row.report("Kind", path, f"{kind!r} is no kind of row", "Kinds: value, absent, order.")
        return None
    if kind == EditKind.ABSENT:
        return Edit(EditKind.ABSENT, path, None, None)
    try:
        value = loads(text)
    except DocumentError as error:
        row.report(
            "JSON value", path, f"the value is {error.message}", 'Texts stand in quotes: "abc".'
        )
        return None
    return Edit(EditKind(kind), path, value, None)
