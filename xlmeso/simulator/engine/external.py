"""External data as script variables: which row of the CSV is known at a bar (reference 4.8)."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.ports import Floats, Ints
from xlmeso.simulator.engine.variables import Getter

SECONDS_PER_MINUTE: Final = 60
TOLD_COLUMNS: Final = 8
"""Most columns that the start of a run names."""


@dataclass(frozen=True, eq=False)
class ExternalValues:
    """The rows of a CSV in the order in which they become known.

    Assumption: a variable is not a number before the first row is known: a comparison with it is
    false, and an amount made of it fails the run.  UNKNOWN whether old rows go stale; Assumption:
    the last row holds on.

    Attributes
    ----------
    columns
        Names of the variables.
    known_from
        Second since 1970-01-01 00:00 exchange time at which each row may be used first,
        ascending, shape (rows,).
    values
        Numbers, shape (rows, columns).
    """

    columns: tuple[str, ...]
    known_from: Ints
    values: Floats
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", self.known_from.tolist())

    def at(self, column: int, minute: int) -> float:
        """Return a variable's value at a minute since the epoch, NaN before the first row."""
        row = bisect_right(self._starts, minute * SECONDS_PER_MINUTE) - 1
        return self.values.item(row, column) if row >= 0 else math.nan

    def over(self, name: str, minutes: Ints) -> Floats:
        """Return a variable's values at many minutes at once, as `at` does."""
        rows = np.searchsorted(self.known_from, minutes * SECONDS_PER_MINUTE, side="right") - 1
        column = self.values[:, self.columns.index(name)]
        known: Floats = np.where(rows >= 0, column[np.maximum(rows, 0)], np.nan)
        return known

    def getters(self) -> Iterator[tuple[str, Getter]]:
        """Yield each variable with the function that reads it at a moment."""
        for place, name in enumerate(self.columns):
            yield name, self._getter(place)

    @property
    def about(self) -> str:
        """One sentence for the start of a run: what was read and from when on it is known."""
        first = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=self._starts[0])
        named = ", ".join(self.columns[:TOLD_COLUMNS])
        more = f" and {len(self.columns) - TOLD_COLUMNS} more" * (len(self.columns) > TOLD_COLUMNS)
        return (
            f"External data: {len(self._starts):,} rows of {named}{more}, "
            f"known from {first.isoformat(sep=' ')}."
        )

    def _getter(self, column: int) -> Getter:
        def read(moment: Moment) -> float:
            return self.at(column, moment.minute)

        return read
