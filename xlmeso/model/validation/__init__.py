"""What is wrong with a strategy definition: all of it at once.

Three levels: structure (fields, types, names), expressions (syntax, variables) and sense (values
that contradict each other or the market).  Pure: imports the model only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from xlmeso.model.document import JsonPath, walk
from xlmeso.model.nearest import Suggester
from xlmeso.model.problems import Problem, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.validation.amounts import check_amounts
from xlmeso.model.validation.expressions import check_expressions
from xlmeso.model.validation.names import check_names
from xlmeso.model.validation.selection import check_selection
from xlmeso.model.validation.sense import check_sense
from xlmeso.model.validation.structure import check_structure

__all__ = ["MAX_VALUES", "validate"]

MAX_VALUES: Final = 5000
"""Values of a definition up to which the checks stay quick; real strategies have hundreds."""


def validate(
    definition: StrategyDefinition,
    *,
    allow_unknown: bool = False,
    external_columns: Collection[str] | None = None,
) -> list[Problem]:
    """Return every finding in document order.

    Parameters
    ----------
    allow_unknown
        Let fields pass that version 3 does not know; names of older versions become warnings.
    external_columns
        Variables of the external data where somebody has read them, so that other unknown names
        are mistakes; None leaves those names as doubts.
    """
    suggester = Suggester()
    shape = check_structure(definition.document, suggester, allow_unknown=allow_unknown)
    found = [*shape.problems]
    if len(shape.places) > MAX_VALUES:
        found.append(_too_large(len(shape.places)))
    else:
        found += check_names(definition, shape.places, suggester)
        found += check_expressions(definition, shape.places, suggester, external_columns)
        found += check_amounts(definition)
        found += check_selection(definition)
        found += check_sense(definition)
    return _in_document_order(found, definition)


def _too_large(count: int) -> Problem:
    message = f"the definition has {count:,} values; it is checked up to {MAX_VALUES:,}."
    return error((), message, "Remove what no strategy needs.")


def _in_document_order(found: Iterable[Problem], definition: StrategyDefinition) -> list[Problem]:
    """Sort by place; what is missing stands with the object that should have it."""
    order = {path: number for number, (path, _) in enumerate(walk(definition.document))}

    def place(problem: Problem) -> int:
        path: JsonPath = problem.path
        while path not in order:
            path = path[:-1]
        return order[path]

    return sorted(found, key=place)
