"""What came out of a strategy sheet: definition, cells, problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xlmeso.model.document import JsonPath
from xlmeso.model.problems import Problem, errors_of
from xlmeso.model.strategy import StrategyDefinition


@dataclass(frozen=True, slots=True)
class StrategyReading:
    """A definition read from a sheet.

    Attributes
    ----------
    definition
        As far as the sheet could be read.
    sheet
        Name of the sheet.
    cells
        JSON path -> cell (``Strategy!D14``), blank cells of known fields included; the root, the
        empty path, always has one.
    problems
        Findings about the sheet itself; validation of the definition comes on top (`locate`).
    """

    definition: StrategyDefinition
    sheet: str
    cells: Mapping[JsonPath, str]
    problems: tuple[Problem, ...] = ()

    def cell_of(self, path: JsonPath) -> str:
        """Return the cell that shows a path, else that of its nearest ancestor."""
        ancestors = (path[:length] for length in range(len(path), -1, -1))
        return next(self.cells[ancestor] for ancestor in ancestors if ancestor in self.cells)

    def locate(self, problems: Iterable[Problem]) -> list[Problem]:
        """Put a cell on each finding of the validation and join the sheet's own findings.

        A cell that the sheet's own findings already call wrong is not named a second time: the
        definition's complaint would be about what could not be read there.

        Returns
        -------
        list of Problem
            The sheet's findings first, then those of the definition in their order.
        """
        wrong = errors_of(self.problems)
        cells, paths = {found.cell for found in wrong}, {found.path for found in wrong}
        located = [problem.at(self.cell_of(problem.path)) for problem in problems]
        told = [
            problem
            for problem in located
            if problem.cell in cells and (problem.path in self.cells or problem.path in paths)
        ]
        return [*self.problems, *(problem for problem in located if problem not in told)]
