"""A definition of version 1 or 2 made into version 3: the steps in their order."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Final

from xlmeso.migration.adjustments import convert_adjustments
from xlmeso.migration.expressions import convert_expressions
from xlmeso.migration.indicators import remove_indicators
from xlmeso.migration.notes import Level, Note, Notebook
from xlmeso.migration.sections import OLD_FIELDS, move_sections, unwrap
from xlmeso.migration.selectors import convert_selectors
from xlmeso.migration.sense import look_at_changes
from xlmeso.model.document import JsonValue, walk
from xlmeso.model.strategy import StrategyDefinition

_OLD_SELECTORS: Final = frozenset(("Statement", "Gamma", "Theta", "Vega", "WVega", "Rho", "IV"))


@dataclass(frozen=True, slots=True)
class Migration:
    """A converted definition and the notes on it.

    Attributes
    ----------
    definition
        Version 3; what the conversion does not know is in it as it was.
    notes
        In the order of the steps.
    was_old
        Whether there was anything to convert.
    """

    definition: StrategyDefinition
    notes: tuple[Note, ...]
    was_old: bool

    @property
    def errors(self) -> tuple[Note, ...]:
        """Return the notes that say what a person has to repair."""
        return tuple(note for note in self.notes if note.level is Level.ERROR)


def migrate(definition: StrategyDefinition) -> Migration:
    """Convert a definition of any version; one of version 3 comes back as it is.

    Nothing is lost: fields that the conversion does not know stay where they are, number spelling
    and key order included, and what version 3 has no place for is told in a note.
    """
    book = Notebook()
    document, wrapped = unwrap(copy.deepcopy(definition.document), book)
    if not is_old(document):
        if not wrapped:
            book.note((), "The definition is of version 3 already; nothing was changed.")
        return Migration(StrategyDefinition(document), tuple(book.notes), wrapped)
    document = move_sections(document, book)
    convert_adjustments(document, book)
    convert_selectors(document, book)
    own = remove_indicators(document, book)
    document = convert_expressions(document, own, book)
    look_at_changes(document, book)
    return Migration(StrategyDefinition(document), tuple(book.notes), was_old=True)


def is_old(document: JsonValue) -> bool:
    """Whether anything in a definition is of version 1 or 2 only."""
    if not isinstance(document, dict):
        return False
    if any(name in document for name in OLD_FIELDS) or _is_old_version(document):
        return True
    return any(_is_old_part(path[-1], value) for path, value in walk(document) if path)


def _is_old_part(name: str | int, value: JsonValue) -> bool:
    if name == "StrikeSelector" and isinstance(value, dict):
        return not _OLD_SELECTORS.isdisjoint(value)
    return name == "RemoveLegAdjustment"


def _is_old_version(document: dict[str, JsonValue]) -> bool:
    version = document.get("MesoSimVersion")
    return isinstance(version, str) and version[:2] in ("1.", "2.")
