"""A mistake or a doubt found in a strategy definition: where it is and how to mend it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from xlmeso.errors import with_advice
from xlmeso.model.document import JsonPath, path_text


class Severity(enum.StrEnum):
    """ERROR blocks a submission, WARNING is shown and lets it through."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    Attributes
    ----------
    severity
        Whether it blocks a submission.
    path
        Steps to the value in the definition; for a missing field the path it should have.
    message
        What is wrong, with the value where that helps.
    suggestion
        What to do, or an empty text.
    cell
        Sheet and cell (``Strategy!D14``) when the definition came from a workbook.
    """

    severity: Severity
    path: JsonPath
    message: str
    suggestion: str = ""
    cell: str | None = None

    @property
    def path_text(self) -> str:
        """The path as text, ``(definition)`` for the root."""
        return path_text(self.path) or "(definition)"

    def at(self, cell: str | None) -> Problem:
        """Return the same finding with its cell."""
        return replace(self, cell=cell)

    def __str__(self) -> str:
        place = self.cell or self.path_text
        if self.cell and self.path:
            place = f"{self.cell} ({self.path_text})"
        return f"{self.severity.value}: {place}: {with_advice(self.message, self.suggestion)}"


def error(path: JsonPath, message: str, suggestion: str = "") -> Problem:
    """Make a finding that blocks a submission."""
    return Problem(Severity.ERROR, path, message, suggestion)


def warning(path: JsonPath, message: str, suggestion: str = "") -> Problem:
    """Make a finding that is shown and lets the submission through."""
    return Problem(Severity.WARNING, path, message, suggestion)


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Keep only the findings that block a submission."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]
