"""What a conversion did and what a person has to look at, in the classes of the service's panel."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from xlmeso.errors import with_advice
from xlmeso.model.document import JsonPath, path_text


class Level(enum.StrEnum):
    """Class of a note (reference section 2): done, to be reviewed, to be repaired, or to know."""

    AUTO = "AUTO"
    WARN = "WARN"
    ERROR = "ERROR"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Attributes
    ----------
    path
        Place in the converted definition.
    """

    level: Level
    path: JsonPath
    message: str
    advice: str = ""

    @property
    def path_text(self) -> str:
        """The path as text."""
        return path_text(self.path)

    def __str__(self) -> str:
        place = f" {self.path_text}:" if self.path else ""
        return f"[{self.level}]{place} {with_advice(self.message, self.advice)}"


@dataclass(slots=True)
class Notebook:
    """Collects the notes of one conversion."""

    notes: list[Note] = field(default_factory=list)

    def auto(self, path: JsonPath, message: str) -> None:
        """Say what was done."""
        self.notes.append(Note(Level.AUTO, path, message))

    def warn(self, path: JsonPath, message: str, advice: str = "") -> None:
        """Ask for a look."""
        self.notes.append(Note(Level.WARN, path, message, advice))

    def error(self, path: JsonPath, message: str, advice: str = "") -> None:
        """Say what cannot be converted."""
        self.notes.append(Note(Level.ERROR, path, message, advice))

    def note(self, path: JsonPath, message: str) -> None:
        """Say what is good to know."""
        self.notes.append(Note(Level.NOTE, path, message))
