"""An argument that knows where it stands: the cells of a range with their sheet and address."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Area:
    """The cells of an argument.

    Attributes
    ----------
    rows
        The values, row by row.
    source
        The xlwings range, or None where the host hands over values only.
    """

    rows: list[list[Any]]
    source: Any = field(default=None, repr=False, compare=False)

    @property
    def sheet(self) -> str | None:
        """Name of the sheet, None for plain values."""
        return None if self.source is None else str(self.source.sheet.name)

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the first cell; A1 for plain values."""
        return (1, 1) if self.source is None else (self.source.row, self.source.column)

    @property
    def formula(self) -> str | None:
        """Formula of the first cell, None where there is none or it is not known."""
        if self.source is None:
            return None
        text = self.source[0, 0].formula
        return text if isinstance(text, str) and text.startswith("=") else None


@cache
def area_converter() -> Any:
    """Return the xlwings converter that gives an argument as an `Area`."""
    from xlwings import conversion

    def keep_place(context: Any) -> None:
        context.value = Area(context.value, context.range)

    class AreaAccessor(conversion.Accessor):
        """Reads as every argument is read, and keeps the range."""

        @classmethod
        def reader(cls, options: Any) -> Any:
            values: Any = conversion.ValueAccessor
            return values.reader(options).append_stage(keep_place)

    return AreaAccessor
