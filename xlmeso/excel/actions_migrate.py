"""The button that makes a definition of version 1 or 2 into a strategy sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlmeso.excel.actions_strategy import add_strategy_sheet
from xlmeso.excel.dialogs import CancelledByUserError
from xlmeso.excel.guards import require_new_sheets
from xlmeso.excel.macro_frame import MOST_LINES, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlmeso.migration.notes import Note

_LONGEST_NOTE = 240
_FIRST = ("ERROR", "WARN", "AUTO", "NOTE")
"""Order of the notes in the box: what a person has to do comes first."""


def convert_old(session: Session) -> str:
    """Convert a JSON file to version 3, add its sheet, and show the notes."""
    from xlmeso.app.definitions import read_json_file
    from xlmeso.migration.convert import migrate

    require_new_sheets(session.book)
    path = session.dialogs.open_file(session.title, ".json")
    if path is None:
        raise CancelledByUserError("cancelled")
    done = migrate(read_json_file(path).definition)
    sheet = add_strategy_sheet(session.book, done.definition)
    head = f"The sheet {sheet.name!r} holds {path.name} as version 3. Press Validate next."
    return "\n".join([head, "", *note_lines(done.notes)])


def note_lines(notes: Sequence[Note]) -> list[str]:
    """Return a line for each note, the urgent ones first, as many as a message box shows."""
    ordered = sorted(notes, key=lambda note: _FIRST.index(note.level.value))
    lines = [_cut(str(note)) for note in ordered]
    if len(lines) <= MOST_LINES - 2:
        return lines
    kept = lines[: MOST_LINES - 3]
    return [*kept, f"... and {len(lines) - len(kept)} more; 'xlmeso migrate' shows all of them."]


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_NOTE else f"{line[: _LONGEST_NOTE - 3]}..."
