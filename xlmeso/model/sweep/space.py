"""The rows of a sweep: every combination of value lists, or a sample of a large space."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from xlmeso.model.sweep.paths import SweepPath
from xlmeso.model.sweep.values import SweepValueError, ValueSet

if TYPE_CHECKING:
    from xlmeso.model.sweep.windows import Window

MOST_VARIANTS: Final = 10_000
"""Variants of one sweep; a sheet stays quick and a mistake in a range stays affordable."""

SampleMethod = Literal["lhs", "random"]
METHODS: Final[tuple[str, ...]] = get_args(SampleMethod)


@dataclass(frozen=True, slots=True)
class Axis:
    """A parameter with all that it may be; ``place`` is the cell or option that said so."""

    path: SweepPath
    values: ValueSet
    place: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter with one value, as typed; ``place`` as in `Axis`."""

    path: SweepPath
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Row:
    """What one variant changes.

    Attributes
    ----------
    choices
        The parameters in the order of the headings.
    place
        Row of a sheet or file, or the options.
    window
        The walk-forward window that it runs in, None for the whole period.
    """

    choices: tuple[Choice, ...]
    place: str
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many rows to draw from a space, how, and with which seed."""

    method: SampleMethod
    count: int
    seed: int = 0


def parse_sampling(text: str, seed: int = 0) -> Sampling:
    """Read ``lhs:200`` or ``random:200``.

    Raises
    ------
    SweepValueError
        Another method, or no number of rows.
    """
    method, _, count = (part.strip() for part in text.partition(":"))
    name = method.casefold()
    if name not in METHODS or not count.isdecimal() or not 0 < int(count) <= MOST_VARIANTS:
        raise SweepValueError(
            f"{text!r} says no sample.",
            cure=f"Write lhs:200 (Latin hypercube) or random:200; at most {MOST_VARIANTS:,} rows.",
        )
    return Sampling("lhs" if name == "lhs" else "random", int(count), seed)


def grid(axes: Sequence[Axis]) -> list[Row]:
    """Return every combination; the last parameter changes fastest.

    Raises
    ------
    SweepValueError
        A range without a step, or more than `MOST_VARIANTS` combinations.
    """
    for axis in axes:
        if axis.values.is_open_range:
            low, high = axis.values.low, axis.values.high
            raise SweepValueError(
                f"the range {low}..{high} has no step.",
                where=axis.place,
                cure=f"Write {low}..{high} step ..., or draw a sample from it.",
            )
    count = math.prod(len(axis.values.values) for axis in axes)
    if count > MOST_VARIANTS:
        raise SweepValueError(
            f"the grid has {count:,} combinations; at most {MOST_VARIANTS:,} are run.",
            where=axes[0].place,
            cure="Take fewer values, or draw a sample such as lhs:200.",
        )
    lists = ([Choice(axis.path, text, axis.place) for text in axis.values.values] for axis in axes)
    return [Row(choices, axes[0].place) for choices in itertools.product(*lists)] if axes else []


def sample(axes: Sequence[Axis], sampling: Sampling) -> list[Row]:
    """Draw rows from a space; rows that come out equal after rounding are kept once.

    Latin hypercube: each parameter's range is cut into as many equal slices as there are rows, and
    every slice is used once (scipy.stats.qmc).  The same seed gives the same rows.
    """
    found = {
        tuple(axis.values.at(share) for axis, share in zip(axes, shares, strict=True)): None
        for shares in _shares(len(axes), sampling)
    }
    return [
        Row(
            tuple(Choice(a.path, text, a.place) for a, text in zip(axes, texts, strict=True)),
            axes[0].place,
        )
        for texts in found
    ]


def _shares(dimensions: int, sampling: Sampling) -> Iterator[Sequence[float]]:
    """Yield points of the unit cube."""
    import numpy as np

    generator = np.random.default_rng(sampling.seed)
    if sampling.method == "random":
        yield from generator.random((sampling.count, dimensions)).tolist()
        return
    from scipy.stats import qmc

    yield from qmc.LatinHypercube(dimensions, rng=generator).random(sampling.count).tolist()
