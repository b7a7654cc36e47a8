"""The port through which the use cases read and write workbooks.

The layer of Excel lies above this one: its module `xlmeso.excel.books` is such a port, and the
command line hands it in.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from xlmeso.sheets.plan import SheetPlan
    from xlmeso.sheets.strategy import StrategyReading


class WrittenBook(Protocol):
    """Where results went: the book itself or a new one beside it, with a sentence why."""

    @property
    def path(self) -> Path:
        """The file that holds the results."""

    @property
    def notice(self) -> str | None:
        """Why it is not the book that was asked for, or None."""


class Books(Protocol):
    """Reads strategies from workbooks and writes results into them."""

    def read_strategy_book(self, path: Path, sheet: str | None = None) -> StrategyReading:
        """Read the strategy of a book's Strategy sheet, or of the sheet named."""

    def write_results(self, path: Path, plans: Sequence[SheetPlan]) -> WrittenBook:
        """Write result sheets into a book, or beside it if the book would lose something."""
