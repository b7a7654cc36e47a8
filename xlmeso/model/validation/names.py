"""Names: unique, usable in expressions, and existing where they are referred to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xlmeso.model.document import JsonPath
from xlmeso.model.expression import is_identifier
from xlmeso.model.fields import Kind
from xlmeso.model.nearest import Suggester
from xlmeso.model.problems import Problem, error, warning
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.validation.scalars import shown
from xlmeso.model.validation.structure import Place
from xlmeso.model.variables import Vocabulary, expiration_of, is_built_in, is_part, leg_of

SHOWN_NAMES = 20
"""Most names that a message lists."""

_ADVICE = "Use letters, digits and _ only."


def check_names(
    definition: StrategyDefinition, places: Sequence[Place], suggester: Suggester
) -> Iterator[Problem]:
    """Check the names of expirations, legs and variables, and every reference to them."""
    vocabulary = Vocabulary(definition)
    seen: dict[JsonPath, set[str]] = {}
    for place in places:
        if not isinstance(place.value, str) or not place.value.strip():
            continue
        match place.field.kind:
            case Kind.NAME:
                yield from _defined(place, vocabulary, seen.setdefault(_list_of(place.path), set()))
            case Kind.LEG_NAME:
                yield from _referred(place, "leg", vocabulary.all_legs, suggester)
            case Kind.EXPIRATION_NAME:
                known = _expirations_for(place.path, vocabulary)
                yield from _referred(place, "expiration", known, suggester)
    yield from _variables(places, vocabulary)


def _list_of(path: JsonPath) -> JsonPath:
    """Return the list that an item with a Name stands in."""
    return path[:-2]


def _defined(place: Place, vocabulary: Vocabulary, seen: set[str]) -> Iterator[Problem]:
    name, path = str(place.value), place.path
    is_leg = "Legs" in path
    if name in seen:
        yield error(path, f"{shown(name)} is used twice.", "Give each one a name of its own.")
    seen.add(name)
    if not is_part(name):
        make = error if is_leg else warning
        kind = "leg" if is_leg else "expiration"
        message = f"no variable can be made of {shown(name)}, such as {kind}_NAME_dte."
        yield make(path, message, _ADVICE)
    added = path[0] == "Adjustment" and is_leg
    if added and name in vocabulary.legs:
        yield warning(path, f"{shown(name)} is a leg of the structure as well.", "Rename it.")


def _expirations_for(path: JsonPath, vocabulary: Vocabulary) -> tuple[str, ...]:
    return vocabulary.all_expirations if path[0] == "Adjustment" else vocabulary.expirations


def _referred(
    place: Place, kind: str, known: Iterable[str], suggester: Suggester
) -> Iterator[Problem]:
    if place.value in known:
        return
    names = [name for name in known if name][:SHOWN_NAMES]
    listed = f"Known are {', '.join(names)}." if names else ""
    advice = suggester.did_you_mean(str(place.value), known) or listed
    yield error(place.path, f"there is no {kind} {shown(place.value)}.", advice)


def _variables(places: Sequence[Place], vocabulary: Vocabulary) -> Iterator[Problem]:
    for place in places:
        if place.path[-2:-1] != ("VarDefines",):
            continue
        name = str(place.path[-1])
        if not is_identifier(name):
            yield error(
                place.path,
                f"{shown(name)} cannot name a variable.",
                "Use letters, digits and _, and begin with a letter.",
            )
        elif is_built_in(name):
            yield error(
                place.path,
                f"{name} is {_what(name, vocabulary)} of the service.",
                "Choose another name.",
            )


def _what(name: str, vocabulary: Vocabulary) -> str:
    leg, expiration = leg_of(name), expiration_of(name)
    if leg in vocabulary.all_legs or expiration in vocabulary.all_expirations:
        return "already a variable"
    return "kept for a variable" if leg or expiration else "already a name"
