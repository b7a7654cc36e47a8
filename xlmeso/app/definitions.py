"""Strategy definitions in files: read them, check them, write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlmeso.app.files import told_as_workbook_error, write_text
from xlmeso.errors import StrategyDefinitionError, WorkbookError
from xlmeso.model.document import DocumentError
from xlmeso.model.problems import Problem, Severity, errors_of
from xlmeso.model.strategy import StrategyDefinition

if TYPE_CHECKING:
    from xlmeso.app.books import Books
    from xlmeso.sheets.strategy import StrategyReading

BOOK_SUFFIXES: Final = (".xlsx", ".xlsm")
"""Endings of workbooks."""


@dataclass(frozen=True, slots=True)
class LoadedDefinition:
    """A definition with where it came from.

    Attributes
    ----------
    definition
        What was read, mistakes included.
    where
        File (or ``stdin``) for messages.
    book
        The workbook that holds it, or None.
    reading
        What the sheet's reader found, with the cells; None for JSON.
    """

    definition: StrategyDefinition
    where: str
    book: Path | None = None
    reading: StrategyReading | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CheckedDefinition:
    """A definition without mistakes, made by `checked`; only such a one can be submitted."""

    loaded: LoadedDefinition
    warnings: tuple[Problem, ...]

    @property
    def definition(self) -> StrategyDefinition:
        """The definition to send."""
        return self.loaded.definition


def is_book(path: Path) -> bool:
    """Whether a file counts as a workbook, by its ending; everything else must be JSON."""
    return path.suffix.lower() in BOOK_SUFFIXES


def read_book(path: Path, books: Books, sheet: str | None = None) -> LoadedDefinition:
    """Read a definition from a workbook's Strategy sheet.

    Parameters
    ----------
    sheet
        Which sheet, where a book holds several strategies.

    Raises
    ------
    WorkbookError
        The file cannot be read or holds no strategy.
    """
    reading = books.read_strategy_book(path, sheet)
    return LoadedDefinition(reading.definition, str(path), path, reading)


def read_json_file(path: Path) -> LoadedDefinition:
    """Read a definition from a JSON file.

    Raises
    ------
    WorkbookError
        The file cannot be read.
    DocumentError
        The file is no JSON object.
    """
    with told_as_workbook_error(path, "cannot be read"):
        text = path.read_bytes()
    return read_json(text, where=str(path))


def read_json(text: bytes, *, where: str) -> LoadedDefinition:
    """Read a definition from JSON text.

    Raises
    ------
    DocumentError
        The text is no JSON object; the message names ``where``.
    """
    try:
        return LoadedDefinition(StrategyDefinition.from_json(text), where)
    except DocumentError as error:
        place = f"{where}, {error.where}" if error.where else where
        raise DocumentError(error.message, where=place) from None


def problems_of(loaded: LoadedDefinition, *, allow_unknown: bool = False) -> list[Problem]:
    """Return all findings at once, those of the sheet's reader included, with their cells."""
    from xlmeso.model.validation import validate

    found = validate(loaded.definition, allow_unknown=allow_unknown)
    if loaded.reading is None:
        return found
    return loaded.reading.locate(found)


def checked(loaded: LoadedDefinition, *, allow_unknown: bool = False) -> CheckedDefinition:
    """Let a definition without mistakes through, with its warnings.

    Raises
    ------
    StrategyDefinitionError
        It has mistakes; the error carries all of them.
    """
    problems = problems_of(loaded, allow_unknown=allow_unknown)
    if mistakes := errors_of(problems):
        raise StrategyDefinitionError(mistakes, where=loaded.where)
    warnings = (problem for problem in problems if problem.severity is Severity.WARNING)
    return CheckedDefinition(loaded, tuple(warnings))


def write(definition: StrategyDefinition, path: Path, *, replace: bool = False) -> Path:
    """Write a definition as a workbook with a Strategy sheet, or as JSON for ``.json``.

    Raises
    ------
    WorkbookError
        The file exists and ``replace`` is not set, its ending is neither, or it cannot be
        written.
    """
    suffix = path.suffix.lower()
    if suffix not in (".xlsx", ".json"):
        raise WorkbookError(
            f"{path.name!r} is neither a workbook nor a JSON file.",
            cure="Let the name end in .xlsx or .json.",
        )
    if path.exists() and not replace:
        raise WorkbookError(
            "the file exists and was left as it is.",
            where=str(path),
            cure="Take another name, or --force to replace it.",
        )
    if suffix == ".json":
        write_text(path, definition.to_json(indent=2) + "\n")
    else:
        from xlmeso.report.books import write_workbook
        from xlmeso.sheets.strategy import plan_strategy

        write_workbook(path, [plan_strategy(definition)], overwrite=replace)
    return path
