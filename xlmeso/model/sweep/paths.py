"""Paths of a sweep: ``Legs[short_put].StrikeSelector.Delta`` instead of numbered places.

A path is read against one definition.  ``Legs`` and ``Expirations`` may stand without
``Structure.``; an item of a list is meant by its Name or its number; capital and small letters
count as the same where only one name fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from xlmeso.errors import XlmesoError
from xlmeso.model.document import JsonPath, JsonValue, path_text
from xlmeso.model.fields import ITEM, ROOT, VALUE, Field, Kind, Node
from xlmeso.model.nearest import nearest
from xlmeso.model.strategy import StrategyDefinition

__all__ = ["SweepPath", "SweepPathError", "known_paths", "resolve", "short_text"]

_STEP: Final = re.compile(
    r'\.(?P<name>\w+)|\[(?P<index>[0-9]{1,9})\]|\[(?P<key>"[^"\\]*+(?:\\.[^"\\]*+)*+")\]'
    r'|\[(?P<item>[^\]\["]+)\]'
)
_PLAIN: Final = re.compile(r"[^\W\d][\w -]*|\d+[^\W\d][\w -]*")
_CONTAINERS: Final = (Kind.OBJECT, Kind.LIST, Kind.MAP)
_UNDER_STRUCTURE: Final = ("Expirations", "Legs")
_CUTOFF: Final = 0.6


class SweepPathError(XlmesoError):
    """A path that the definition does not have; the nearest one is in the message."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class SweepPath:
    """A value of a definition that a sweep varies.

    Attributes
    ----------
    text
        How headings spell it.
    path
        Its place in the definition at hand.
    known
        What is known of it, None for a field that version 3 does not know.
    current
        What stands there now, None where it is absent or null.
    """

    text: str
    path: JsonPath
    known: Field | None = field(compare=False)
    current: JsonValue = field(compare=False, hash=False, default=None)

    @property
    def label(self) -> str:
        """A short name for people: ``short_put Delta``, ``ProfitTarget``."""
        named = re.findall(r"\[([^\]\"]+)\]", self.text)
        leaf = self.text.rsplit(".", 1)[-1]
        return f"{named[-1]} {leaf}" if named and not leaf.endswith("]") else leaf


def resolve(text: str, definition: StrategyDefinition) -> SweepPath:
    """Find the value that a path means in a definition.

    Raises
    ------
    SweepPathError
        There is none, or the text is no path.
    """
    steps = list(_steps(text.strip()))
    if steps[0][1].casefold() in {name.casefold() for name in _UNDER_STRUCTURE}:
        steps.insert(0, ("name", "Structure"))
    here: _Here = _Here(definition.document, ROOT, ())
    for kind, step in steps:
        try:
            here = here.down(kind, step)
        except LookupError as error:
            raise _unknown(text, str(error.args[0]), definition) from None
    known = here.node.field if here.node else None
    return SweepPath(short_text(here.path, definition), here.path, known, here.value)


def short_text(path: JsonPath, definition: StrategyDefinition) -> str:
    """Spell a path as headings do: items by their Name, without ``Structure.``."""
    text = ""
    place: JsonPath = ()
    shown = path[1:] if len(path) > 1 and path[:1] == ("Structure",) else path
    if shown[0] not in _UNDER_STRUCTURE:
        shown = path
    place = path[: len(path) - len(shown)]
    for step in shown:
        name = _name_of(definition, (*place, step)) if isinstance(step, int) else None
        if name is not None:
            text += f"[{name}]"
        else:
            piece = path_text((step,))
            text += piece if piece.startswith("[") or not text else f".{piece}"
        place = (*place, step)
    return text


def known_paths(definition: StrategyDefinition) -> list[SweepPath]:
    """Return every single value that a sweep can vary, in the order of the field table.

    Those of the definition, and those that it could have beside them.
    """
    found = [
        SweepPath(short_text(path, definition), path, node.field if node else None, value)
        for path, node, value in _leaves(definition.document, ROOT, ())
    ]
    return [path for path in found if path.text not in ("MesoSimVersion", "Backtest.Name")]


@dataclass(frozen=True, slots=True)
class _Here:
    """A place on the way: its value, what is known of it, its path."""

    value: JsonValue
    node: Node | None
    path: JsonPath

    def down(self, kind: str, step: str) -> _Here:
        """Go one step; LookupError says why that is not possible."""
        if kind == "name":
            return self._member(step)
        if isinstance(self.value, dict):
            return self._key(step)
        return self._item(kind, step)

    def _member(self, name: str) -> _Here:
        members = self.value if isinstance(self.value, dict) else {}
        children = self.node.children if self.node else {}
        names = dict.fromkeys((*members, *(key for key in children if key not in (ITEM, VALUE))))
        found = name if name in names else _one_spelling(name, names)
        if found is None:
            raise LookupError(f"{self._spoken} has no {name}.")
        return _Here(members.get(found), self._child(found), (*self.path, found))

    def _key(self, key: str) -> _Here:
        if key not in self.value:
            raise LookupError(f"{self._spoken} has no {json.dumps(key, ensure_ascii=False)}.")
        return _Here(self.value[key], self._child(key), (*self.path, key))

    def _item(self, kind: str, step: str) -> _Here:
        items = self.value if isinstance(self.value, list) else []
        numbers = {str(number): number for number in range(len(items))}
        names: dict[str, int] = {}
        for number, item in enumerate(items):
            if isinstance(item, dict) and isinstance(item.get("Name"), str):
                names.setdefault(item["Name"], number)
        choices = numbers if kind == "index" else names
        found = step if step in choices else _one_spelling(step, choices)
        if found is None:
            offered = ", ".join(f"[{name}]" for name in names or numbers) or "no items"
            raise LookupError(f"{self._spoken} has no [{step}] but {offered}.")
        number = choices[found]
        return _Here(items[number], self._child(ITEM), (*self.path, number))

    def _child(self, step: str) -> Node | None:
        children = self.node.children if self.node else {}
        return children.get(step) or (children.get(VALUE) if step != ITEM else None)

    @property
    def _spoken(self) -> str:
        return path_text(self.path) or "the definition"


def _steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield kind (name, index, key, item) and text of each step."""
    rest = text if text.startswith("[") else f".{text}"
    place = 0
    while place < len(rest):
        match = _STEP.match(rest, place)
        if match is None:
            raise SweepPathError(
                f"{text!r} is no path.",
                cure="Write it like Exit.ProfitTarget or Legs[short_put].StrikeSelector.Delta.",
            )
        kind = str(match.lastgroup)
        step = match[kind]
        yield kind, str(json.loads(step)) if kind == "key" else step.strip()
        place = match.end()


def _one_spelling(name: str, names: Iterable[str]) -> str | None:
    found = [known for known in names if known.casefold() == name.casefold()]
    return found[0] if len(found) == 1 else None


def _name_of(definition: StrategyDefinition, path: JsonPath) -> str | None:
    """Return an item's Name if it is the only one of its list and can stand between brackets."""
    name = definition.get(*path, "Name")
    items = definition.get(*path[:-1])
    if not isinstance(name, str) or not _PLAIN.fullmatch(name) or not isinstance(items, list):
        return None
    same = [item for item in items if isinstance(item, dict) and item.get("Name") == name]
    return name if len(same) == 1 else None


def _leaves(
    value: JsonValue, node: Node | None, path: JsonPath
) -> Iterator[tuple[JsonPath, Node | None, JsonValue]]:
    """Yield every value without parts, those included that the definition could have."""
    known = node.field if node else None
    if isinstance(value, dict) or (value is None and (node is ROOT or _is_object(known))):
        members = value if isinstance(value, dict) else {}
        children = node.children if node else {}
        names = dict.fromkeys((*(key for key in children if key not in (ITEM, VALUE)), *members))
        if value is None and node is not ROOT:
            return  # a group that is absent: offering all of it would bury what matters
        for name in names:
            child = children.get(name) or children.get(VALUE)
            yield from _leaves(members.get(name), child, (*path, name))
    elif isinstance(value, list):
        child = node.children.get(ITEM) if node else None
        for number, item in enumerate(value):
            yield from _leaves(item, child, (*path, number))
    elif known is None or known.kind not in _CONTAINERS:
        yield path, node, value


def _is_object(known: Field | None) -> bool:
    return known is not None and known.kind is Kind.OBJECT


def _unknown(text: str, reason: str, definition: StrategyDefinition) -> SweepPathError:
    texts = [path.text for path in known_paths(definition)]
    ends = [known for known in texts if known.casefold().endswith(f".{text.strip().casefold()}")]
    near = ends[:3] or [found for found in [nearest(text, texts, cutoff=_CUTOFF)] if found]
    cure = f"Did you mean {' or '.join(near)}?" if near else None
    return SweepPathError(f"there is no {text!r}: {reason}", cure=cure)
