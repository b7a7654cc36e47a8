"""Check a sweep as a whole: all mistakes of all variants, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xlmeso.errors import StrategyDefinitionError
from xlmeso.model.problems import Problem, Severity, error, errors_of
from xlmeso.model.sweep.request import DEFAULT_COLUMNS, DEFAULT_METRIC, SweepRequest, expand
from xlmeso.model.sweep.variants import Variant, make_variants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlmeso.app.definitions import LoadedDefinition


@dataclass(frozen=True, slots=True)
class PreparedSweep:
    """A sweep without mistakes; only such a one can be run.

    Attributes
    ----------
    title
        Name of the strategy.
    loaded
        The strategy that is varied.
    request
        What was asked for.
    variants
        What is run.
    warnings
        Doubts that let it through.
    metric, columns
        API names of the figure of the ranking and of the figures shown.
    """

    title: str
    loaded: LoadedDefinition
    request: SweepRequest
    variants: tuple[Variant, ...]
    warnings: tuple[Problem, ...]
    metric: str = DEFAULT_METRIC
    columns: tuple[str, ...] = DEFAULT_COLUMNS


def prepare(
    loaded: LoadedDefinition,
    request: SweepRequest,
    *,
    metric: str = DEFAULT_METRIC,
    columns: tuple[str, ...] = DEFAULT_COLUMNS,
    problems: Sequence[Problem] = (),
    allow_unknown: bool = False,
) -> PreparedSweep:
    """Make and check the variants of a request.

    Parameters
    ----------
    problems
        Mistakes that reading the request has found already.

    Raises
    ------
    StrategyDefinitionError
        There are mistakes; the error carries all of them, each with its cell or option.
    """
    rows, clashes = expand(request, loaded.definition) if not errors_of(problems) else ([], [])
    found = [*problems, *clashes]
    if not rows and not found:
        found.append(error((), "there is nothing to vary.", "Give --vary 'PATH=v1,v2'."))
    if errors_of(found):
        raise StrategyDefinitionError([*_own(loaded), *found], where=loaded.where)
    made = make_variants(
        loaded.definition,
        rows,
        allow_unknown=allow_unknown,
        locate=loaded.reading.locate if loaded.reading else list,
    )
    found += made.problems
    if mistakes := errors_of(found):
        raise StrategyDefinitionError(mistakes, where=loaded.where)
    warnings = tuple(problem for problem in found if problem.severity is Severity.WARNING)
    title = loaded.definition.strategy_name or "Sweep"
    return PreparedSweep(title, loaded, request, made.variants, warnings, metric, columns)


def _own(loaded: LoadedDefinition) -> list[Problem]:
    """Return what the strategy's own sheet could not be read for, so that all comes together."""
    return errors_of(loaded.reading.problems) if loaded.reading else []
