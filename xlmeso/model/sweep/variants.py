"""The variants of a sweep: a definition with a readable name of its own for every row.

A name says what was varied and ends with a fingerprint of everything else, so that equal
definitions have equal names and different ones never do: it finds a run again on a service that
knows no idempotency keys.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xlmeso.errors import XlmesoError
from xlmeso.model.document import JsonPath, JsonValue, dumps
from xlmeso.model.edit import with_value
from xlmeso.model.problems import Problem, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.paths import SweepPath
from xlmeso.model.sweep.space import Choice, Row
from xlmeso.model.sweep.values import typed
from xlmeso.model.sweep.windows import Window
from xlmeso.model.validation import validate

LONGEST_NAME: Final = 250
"""Characters of Backtest.Name that the service accepts (reference section 1.2)."""

_NAME: Final[JsonPath] = ("Backtest", "Name")
_START: Final[JsonPath] = ("Backtest", "Start")
_END: Final[JsonPath] = ("Backtest", "End")
_FINGERPRINT: Final = 10
_MOST_PLACES: Final = 3

Locate = Callable[[Iterable[Problem]], list[Problem]]
"""Puts cells on findings about the definition, as `StrategyReading.locate` does."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One run of a sweep.

    Attributes
    ----------
    number
        From 1, in the order of the rows.
    name
        Backtest.Name, unique for the content.
    parameters
        Path as headings spell it -> value in the definition.
    texts
        The same as typed.
    definition
        What is sent.
    place
        Row of a sheet or file, or the options.
    window
        Its walk-forward window, or None.
    mark
        `fingerprint` of the definition.
    """

    number: int
    name: str
    parameters: Mapping[str, JsonValue]
    texts: tuple[str, ...]
    definition: StrategyDefinition
    place: str
    window: Window | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class VariantSet:
    """All variants with all findings about them; with errors nothing must be sent."""

    variants: tuple[Variant, ...]
    problems: tuple[Problem, ...]


def make_variants(
    base: StrategyDefinition,
    rows: Sequence[Row],
    *,
    allow_unknown: bool = False,
    locate: Locate = list,
) -> VariantSet:
    """Apply each row to the definition and check all that comes out.

    Parameters
    ----------
    allow_unknown
        Let fields pass that version 3 does not know.
    locate
        Puts cells on findings that do not come from a row.
    """
    problems: list[Problem] = []
    variants: list[Variant] = []
    labels = _labels(rows)
    for number, row in enumerate(rows, start=1):
        try:
            variants.append(_variant(base, row, number, labels))
        except XlmesoError as fault:
            problems.append(error((), fault.message, fault.cure or "").at(fault.where or row.place))
    problems += _repeated(variants)
    findings = _Findings(len(variants), locate)
    for variant, row in zip(variants, rows, strict=False) if not problems else ():
        findings.add(variant, row, validate(variant.definition, allow_unknown=allow_unknown))
    return VariantSet(tuple(variants), (*dict.fromkeys(problems), *findings.problems()))


def fingerprint(definition: StrategyDefinition) -> str:
    """Return a short text that is equal for definitions which differ in the run's name only."""
    nameless = StrategyDefinition(with_value(definition.document, _NAME, None))
    return hashlib.sha256(nameless.canonical().encode()).hexdigest()[:_FINGERPRINT]


def plain(value: JsonValue) -> str:
    """Write a value for names and tables: a text as it is, the rest as JSON."""
    return value if isinstance(value, str) else dumps(value)


def _variant(base: StrategyDefinition, row: Row, number: int, labels: Mapping[str, str]) -> Variant:
    document: JsonValue = base.document
    parameters: dict[str, JsonValue] = {}
    for choice in row.choices:
        value = _value(choice)
        document = with_value(document, choice.path.path, value)
        parameters[choice.path.text] = value
    if row.window is not None:
        document = with_value(document, _START, row.window.start)
        document = with_value(document, _END, row.window.end)
    mark = fingerprint(StrategyDefinition(document))
    if not any(choice.path.path == _NAME for choice in row.choices):
        name = _name(base, row, parameters, labels, mark)
        document = with_value(document, _NAME, name)
    definition = StrategyDefinition(document)
    texts = tuple(choice.text for choice in row.choices)
    name = definition.backtest.name or ""
    return Variant(number, name, parameters, texts, definition, row.place, row.window, mark)


def _value(choice: Choice) -> JsonValue:
    try:
        return typed(choice.text, choice.path)
    except XlmesoError as fault:
        fault.where = choice.place
        raise


def _name(
    base: StrategyDefinition,
    row: Row,
    parameters: Mapping[str, JsonValue],
    labels: Mapping[str, str],
    mark: str,
) -> str:
    own = base.backtest.name or ""
    stem = own if own.strip().casefold() not in ("", "generate") else base.strategy_name or "Sweep"
    parts = [f"{labels[text]}={plain(value)}" for text, value in parameters.items()]
    if row.window is not None:
        parts.append(f"window {row.window.label}")
    room = LONGEST_NAME - len(mark) - 2
    text = f"{stem[: room // 2]} | {', '.join(parts)}"
    return f"{_cut(text, room)} {mark}"


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 3]}..."


def _labels(rows: Sequence[Row]) -> dict[str, str]:
    """Return the shortest name of each parameter that no other one has."""
    paths: dict[str, SweepPath] = {
        choice.path.text: choice.path for row in rows for choice in row.choices
    }
    leaves = Counter(path.text.rsplit(".", 1)[-1] for path in paths.values())
    names = Counter(path.label for path in paths.values())
    found: dict[str, str] = {}
    for text, path in paths.items():
        leaf = text.rsplit(".", 1)[-1]
        label = path.label if names[path.label] == 1 else text
        found[text] = leaf if leaves[leaf] == 1 else label
    return found


def _repeated(variants: Sequence[Variant]) -> Iterator[Problem]:
    """Refuse a variant that is there already: it would be the same run."""
    contents: dict[str, Variant] = {}
    names: dict[str, Variant] = {}
    for variant in variants:
        first = contents.setdefault(variant.mark, variant)
        if first is not variant:
            text = f"variant {variant.number} is the same as variant {first.number}."
            yield error((), text, "Remove one of them.").at(variant.place)
        elif names.setdefault(variant.name, variant) is not variant:
            text = f"two variants have the name {variant.name!r}."
            yield error(_NAME, text, "Give each its own.").at(variant.place)


class _Findings:
    """Joins the findings of all variants: each is told once, at the cell or option that made it."""

    def __init__(self, count: int, locate: Locate) -> None:
        self._count = count
        self._locate = locate
        self._made: dict[Problem, int] = {}
        self._found: dict[Problem, list[str]] = {}

    def add(self, variant: Variant, row: Row, problems: Iterable[Problem]) -> None:
        for problem in problems:
            number = _made_by(problem, row)
            if number is not None:
                self._made.setdefault(problem.at(row.choices[number].place), number)
            else:
                places = self._found.setdefault(problem, [])
                places.append(f"variant {variant.number} ({variant.place})")

    def problems(self) -> Iterator[Problem]:
        """Yield them in the order of the parameters, then what concerns several or all of them."""
        yield from sorted(self._made, key=lambda problem: self._made[problem])
        own: list[Problem] = []
        for problem, variants in self._found.items():
            if len(variants) == self._count:
                own.append(problem)
            else:
                yield problem.at(_some(variants))
        yield from self._locate(own)


def _made_by(problem: Problem, row: Row) -> int | None:
    """Return the place in its row of the choice whose value a finding is about."""
    for number, choice in enumerate(row.choices):
        length = len(choice.path.path)
        if problem.path[:length] == choice.path.path:
            return number
    return None


def _some(variants: Sequence[str]) -> str:
    shown = ", ".join(variants[:_MOST_PLACES])
    more = len(variants) - _MOST_PLACES
    return f"{shown} and {more} more" if more > 0 else shown
