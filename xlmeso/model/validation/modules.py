"""Calls of timing and options: number of arguments, and the bare words among them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from xlmeso.model.document import JsonPath
from xlmeso.model.expression import scan, syntax_error
from xlmeso.model.modules import (
    ANCHORS,
    ARGUMENTS,
    BOUNDARIES,
    GOALS,
    METRICS,
    POSITION,
    RETURN_MODES,
    ModuleUse,
    module_uses,
)
from xlmeso.model.nearest import Suggester
from xlmeso.model.problems import Problem, error, warning
from xlmeso.model.variables import Point

_Words = tuple[str, tuple[str, ...], Callable[..., Problem]]

# The anchors and boundaries that the service has beyond the known ones are not public: a doubt.
_ANCHOR: _Words = ("anchor", ANCHORS, warning)
_BOUNDARY: _Words = ("boundary", BOUNDARIES, warning)
_METRIC: _Words = ("metric", METRICS, error)
_WORDS: dict[str, dict[int, _Words]] = {
    "options.model": {3: _METRIC},
    "options.model_solver": {
        4: _METRIC,
        5: ("goal", GOALS, error),
        6: ("return mode", RETURN_MODES, error),
    },
}
_TIMING_WORDS = {0: _ANCHOR, 1: _BOUNDARY}
_TARGET, _DTE = 0, 1
_WITHOUT_POSITION = (Point.ENTRY_CONDITIONS, Point.EXPIRATION)


class ModuleChecker:
    """Checks the module calls of one definition's expressions.

    Parameters
    ----------
    legs
        Names of every leg, those that adjustments add included.
    """

    def __init__(self, suggester: Suggester, legs: Collection[str]) -> None:
        self._suggester = suggester
        self._targets = (POSITION, *(f"leg_{leg}" for leg in legs))

    def check(self, text: str, path: JsonPath, point: Point) -> Iterator[Problem]:
        """Check the calls in an expression, those in arguments included."""
        for use in module_uses(text):
            if use.arguments is None:
                continue
            yield from self._check_use(use, path, point)
            for argument in use.arguments:
                yield from self.check(argument, path, point)

    def _check_use(self, use: ModuleUse, path: JsonPath, point: Point) -> Iterator[Problem]:
        arguments = use.arguments or ()
        fewest, most = ARGUMENTS[use.name]
        if not fewest <= len(arguments) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            make = warning if len(arguments) > most else error
            yield make(path, f"{use.name} has {len(arguments)} arguments.", f"Give {wanted}.")
            return
        is_timing = use.name.startswith("timing.")
        words = _TIMING_WORDS if is_timing else _WORDS[use.name]
        for at, (what, known, make) in words.items():
            if at < len(arguments) and arguments[at] not in known:
                yield self._unknown(make, path, what, arguments[at], known)
        if not is_timing:
            yield from self._options(use.name, arguments, path, point)

    def _options(
        self, name: str, arguments: tuple[str, ...], path: JsonPath, point: Point
    ) -> Iterator[Problem]:
        if arguments[_TARGET] not in self._targets:
            yield self._unknown(error, path, "target", arguments[_TARGET], self._targets)
        if point in _WITHOUT_POSITION:
            yield warning(path, f"{name} is nil here: there is no position yet.")
        for argument in number_arguments(name, arguments):
            if problem := syntax_error(argument):
                yield error(path, f"an argument of {name} is no expression: {problem}.")

    def _unknown(
        self,
        make: Callable[..., Problem],
        path: JsonPath,
        what: str,
        word: str,
        known: Collection[str],
    ) -> Problem:
        advice = self._suggester.did_you_mean(word, known) or f"Known are {', '.join(known)}."
        return make(path, f"there is no {what} {word} that we know.", advice)


def number_arguments(name: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return the arguments that are worked out, not bare words."""
    if name not in _WORDS:
        return ()
    words = {_TARGET, *_WORDS[name]}
    numbers = (argument for at, argument in enumerate(arguments) if at not in words)
    return tuple(argument for argument in numbers if argument not in ANCHORS)


def numbers_of_modules(text: str) -> frozenset[str]:
    """Return the free names in the arguments of module calls that are worked out."""
    found: set[str] = set()
    for use in module_uses(text):
        for argument in number_arguments(use.name, use.arguments or ()):
            names = scan(argument)
            found |= (names.all - names.words) | numbers_of_modules(argument)
    return frozenset(found)
