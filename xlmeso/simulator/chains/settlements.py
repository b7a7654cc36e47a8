"""Official settlement values that a user lays beside the sessions: ``settlements.csv``."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xlmeso.errors import SimulationError

FILE: Final = "settlements.csv"
_HEADER: Final = ["date", "root", "value"]


@dataclass(frozen=True, slots=True)
class Settlements:
    """Values in points by root and date; without the file there are none."""

    values: dict[tuple[str, dt.date], float]

    @classmethod
    def read(cls, home: Path) -> Settlements:
        """Read the file of a symbol's folder.

        Raises
        ------
        SimulationError
            It is there and cannot be understood; names the line.
        """
        path = home / FILE
        if not path.is_file():
            return cls({})
        rows = csv.reader(io.StringIO(path.read_text("utf-8-sig")))
        values: dict[tuple[str, dt.date], float] = {}
        for number, row in enumerate(rows, start=1):
            cells = [cell.strip() for cell in row]
            if number == 1 and [cell.lower() for cell in cells] == _HEADER:
                continue
            try:
                date, root, value = cells
                values[root, dt.date.fromisoformat(date)] = float(value)
            except ValueError:
                raise SimulationError(
                    f"line {number} is not date,root,value.", where=str(path)
                ) from None
        return cls(values)

    def value(self, root: str, date: dt.date) -> float | None:
        """Return the value of a settlement, None where the file does not tell it."""
        return self.values.get((root, date))
