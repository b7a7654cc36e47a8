"""Choices of parameter values with their figures, averaged over walk-forward windows."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xlmeso.measures.neighbourhood import Standing, standings
from xlmeso.model.analytics import BY_NAME
from xlmeso.model.sweep.variants import Variant
from xlmeso.sheets.sweep.write import VariantResult

KEPT = "as it is"
"""Stands for the strategy's own value, where a row of a table leaves a cell blank."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One choice of values.

    Attributes
    ----------
    values
        One text per path of the sweep.
    figures
        API name -> mean over the finished runs it is judged by: those of training windows, else
        all of them.
    tested
        The same over its test windows, empty without any.
    members
        Indices of its variants.
    """

    values: tuple[str, ...]
    figures: Mapping[str, float]
    tested: Mapping[str, float]
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """All candidates of a sweep, the ranked ones best first.

    Attributes
    ----------
    paths
        What was varied, as headings spell it.
    labels
        Short names of the same.
    candidates
        In the order of the variants.
    standings
        Best first; ``index`` is the place among the candidates.
    """

    paths: tuple[str, ...]
    labels: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    standings: tuple[Standing, ...]

    def text(self, candidate: Candidate) -> str:
        """Write what a candidate chose: ``Delta=16, ProfitTarget=300``."""
        pairs = zip(self.labels, candidate.values, strict=True)
        return ", ".join(f"{label}={value}" for label, value in pairs) or KEPT


def rank(
    variants: Sequence[Variant],
    results: Sequence[VariantResult],
    metric: str,
    columns: Sequence[str],
) -> Ranking:
    """Gather the variants of each choice of values and rank the choices by a figure."""
    paths = tuple(dict.fromkeys(path for variant in variants for path in variant.parameters))
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, variant in enumerate(variants):
        given = dict(zip(variant.parameters, variant.texts, strict=True))
        groups.setdefault(tuple(given.get(path, KEPT) for path in paths), []).append(index)
    names = list(dict.fromkeys((metric, *columns)))
    candidates = tuple(
        Candidate(
            values,
            _means(members, variants, results, names, tested=False),
            _means(members, variants, results, names, tested=True),
            tuple(members),
        )
        for values, members in groups.items()
    )
    found = standings(
        [candidate.values or (KEPT,) for candidate in candidates],
        [candidate.figures.get(metric) for candidate in candidates],
        BY_NAME[metric].better,
    )
    return Ranking(paths, _short(paths), candidates, tuple(found))


def _means(
    members: Iterable[int],
    variants: Sequence[Variant],
    results: Sequence[VariantResult],
    names: Sequence[str],
    *,
    tested: bool,
) -> dict[str, float]:
    chosen = [results[index] for index in members if _is_test(variants[index]) is tested]
    figures = {name: [figure_of(result, name) for result in chosen] for name in names}
    known = {
        name: [value for value in found if value is not None] for name, found in figures.items()
    }
    return {name: statistics.fmean(found) for name, found in known.items() if found}


def figure_of(result: VariantResult, name: str) -> float | None:
    """Return a figure of a run as a number, None where there is none."""
    value = (result.analytics or {}).get(name)
    return float(value) if isinstance(value, (int, Decimal)) else None


def _is_test(variant: Variant) -> bool:
    return variant.window is not None and variant.window.part == "test"


def _short(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the last word of each path where no other has it, else the whole path."""
    leaves = [path.rsplit(".", 1)[-1] for path in paths]
    return tuple(
        leaf if leaves.count(leaf) == 1 else path for path, leaf in zip(paths, leaves, strict=True)
    )
