"""Structure: fields that are missing, unknown, of a wrong type or not among the choices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from xlmeso.model.document import JsonPath, JsonValue, path_text, type_names
from xlmeso.model.fields import FIELDS, ITEM, ROOT, VALUE, Field, Kind, Node, Pattern
from xlmeso.model.nearest import Suggester
from xlmeso.model.problems import Problem, error, warning
from xlmeso.model.strategy import SELECTORS
from xlmeso.model.validation.legacy import legacy_field
from xlmeso.model.validation.scalars import check_scalar, shown


@dataclass(frozen=True, slots=True)
class Place:
    """A value of the definition with the field that it fills."""

    path: JsonPath
    field: Field
    value: JsonValue


@dataclass(slots=True)
class Shape:
    """Findings of the structure check, and every known value in document order."""

    problems: list[Problem] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)


def check_structure(
    document: JsonValue, suggester: Suggester, *, allow_unknown: bool = False
) -> Shape:
    """Compare a document with the table of fields."""
    walker = _Walker(suggester, allow_unknown)
    walker.members(ROOT, (), document, ())
    return walker.shape


class _Walker:
    def __init__(self, suggester: Suggester, allow_unknown: bool) -> None:
        self.shape = Shape()
        self._suggester = suggester
        self._allow_unknown = allow_unknown
        self._containers: Final[Mapping[Kind, Callable[..., None]]] = {
            Kind.OBJECT: self.members,
            Kind.LIST: self._items,
            Kind.MAP: self._values,
        }

    def _visit(self, node: Node, pattern: Pattern, value: JsonValue, path: JsonPath) -> None:
        """Check one value; an absent one does not come here."""
        known = node.field
        assert known is not None  # only the root has no field of its own
        if value is None:
            if known.required:
                self._error(path, f"{known.spoken} must not be null.", _example(known))
            return
        self.shape.places.append(Place(path, known, value))
        container = self._containers.get(known.kind)
        if container is not None:
            container(node, pattern, value, path)
        elif problem := check_scalar(known, value, path):
            self.shape.problems.append(problem)

    def members(self, node: Node, pattern: Pattern, value: JsonValue, path: JsonPath) -> None:
        """Check an object and what it holds."""
        if not isinstance(value, dict):
            self._wrong_type(path, value, "an object")
            return
        explained = self._unknown(node, pattern, value, path)
        for name, child in node.children.items():
            wanted = child.field
            if wanted and wanted.required and name not in value and name not in explained:
                self._error((*path, name), f"{name} is missing.", _example(wanted))
        if pattern[-1:] == ("StrikeSelector",):
            self.shape.problems.extend(_one_selector(value, path, explained))
        for name, item in value.items():
            if name in node.children:
                self._visit(node.children[name], (*pattern, name), item, (*path, name))

    def _items(self, node: Node, pattern: Pattern, value: JsonValue, path: JsonPath) -> None:
        if not isinstance(value, list):
            self._wrong_type(path, value, "a list")
            return
        fewest = node.field.min_items if node.field else 0
        if len(value) < fewest:
            self._error(path, f"{path[-1]} is empty.", "Give at least one.")
        for index, item in enumerate(value):
            self._visit(node.children[ITEM], (*pattern, ITEM), item, (*path, index))

    def _values(self, node: Node, pattern: Pattern, value: JsonValue, path: JsonPath) -> None:
        if not isinstance(value, dict):
            self._wrong_type(path, value, "an object of names and values")
            return
        for name, item in value.items():
            self._visit(node.children[VALUE], (*pattern, VALUE), item, (*path, name))

    def _unknown(
        self, node: Node, pattern: Pattern, value: Mapping[str, JsonValue], path: JsonPath
    ) -> set[str]:
        """Report unknown names; return the missing fields that they stand for."""
        explained: set[str] = set()
        absent = [name for name in node.children if name not in value]
        for name in value:
            if name in node.children:
                continue
            old = legacy_field(pattern, name)
            if old:
                self._report_unknown((*path, name), old.advice)
                explained.update(old.replaces)
            elif not self._allow_unknown:
                meant = self._suggester.nearest(name, absent)
                advice = f"Did you mean {meant}?" if meant else self._other_advice(name, node)
                self._report_unknown((*path, name), advice)
                explained.update(() if meant is None else (meant,))
        # Where unknown names are let through, nothing stands for a field that is missing.
        return set() if self._allow_unknown else explained

    def _report_unknown(self, path: JsonPath, advice: str) -> None:
        make = warning if self._allow_unknown else error
        message = f"{shown(path[-1])} is not a field of version 3."
        self.shape.problems.append(make(path, message, advice))

    def _other_advice(self, name: str, node: Node) -> str:
        """Suggest a field of this object that is there already, or one of that name elsewhere."""
        if double := self._suggester.nearest(name, node.children):
            return f"There is {double} already."
        homes = [item.path for item in FIELDS if item.path and item.path[-1] == name]
        if homes:
            steps = [step for step in homes[0] if step not in (ITEM, VALUE)]
            return f"A field of that name belongs in {'.'.join(steps)}."
        return "Remove it, or allow unknown fields."

    def _wrong_type(self, path: JsonPath, value: JsonValue, wanted: str) -> None:
        kind = type_names.get(type(value), "something else")
        name = path_text(path[-1:]) or "the definition"
        self._error(path, f"{name} must be {wanted}, not {kind}.")

    def _error(self, path: JsonPath, message: str, suggestion: str = "") -> None:
        self.shape.problems.append(error(path, message, suggestion))


def _example(known: Field) -> str:
    if known.choices:
        return f"Give one of {', '.join(known.choices)}."
    return f"For example {known.example}." if known.example else ""


def _one_selector(
    value: Mapping[str, JsonValue], path: JsonPath, explained: set[str]
) -> Iterator[Problem]:
    chosen = [name for name in SELECTORS if value.get(name) is not None]
    if not chosen and not explained.intersection(SELECTORS):
        yield error(path, "no selector is set.", f"Set exactly one of {', '.join(SELECTORS)}.")
    if len(chosen) > 1:
        yield error(
            path, f"{len(chosen)} selectors are set: {', '.join(chosen)}.", "Keep exactly one."
        )
