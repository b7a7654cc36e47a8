"""The difference between two documents as a list of small edits, and its application.

Used for the Other fields table: what the tables cannot say is the difference between what they
say and the definition that was put in.  Each edit remembers what the sheet said at its place when
it was written and applies only while the sheet still says so: a user's edit always wins.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from xlmeso.model.document import JsonPath, JsonValue
from xlmeso.sheets.strategy.values import ABSENT

LONGEST_NAME: Final = 255
"""Characters; an item with a longer Name is found by its index, so that its path fits a cell."""


class EditKind(enum.StrEnum):
    """What an edit does at its path."""

    VALUE = "value"
    """Set the value."""
    ABSENT = "absent"
    """Remove the key or item."""
    ORDER = "order"
    """Put the keys of the object into an order; the value is the list of keys."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference; ``before`` is what the sheet says there, `ABSENT` for nothing.

    In a path an item of a list is named by its Name where all items have different Names, so that
    it is found again after rows were moved; otherwise by its index.
    """

    kind: EditKind
    path: JsonPath
    value: JsonValue
    before: JsonValue


def differences(says: JsonValue, wanted: JsonValue, path: JsonPath = ()) -> Iterator[Edit]:
    """Yield the edits that turn ``says`` into ``wanted``, in the order of application."""
    if isinstance(says, dict) and isinstance(wanted, dict):
        yield from _of_objects(says, wanted, path)
    elif isinstance(says, list) and isinstance(wanted, list):
        yield from _of_lists(says, wanted, path)
    elif type(says) is not type(wanted) or says != wanted:
        yield Edit(EditKind.VALUE, path, wanted, says)


def _of_objects(
    says: dict[str, JsonValue], wanted: dict[str, JsonValue], path: JsonPath
) -> Iterator[Edit]:
    for key, value in says.items():
        if key not in wanted:
            yield Edit(EditKind.ABSENT, (*path, key), None, value)
    for key, value in wanted.items():
        yield from differences(says.get(key, ABSENT), value, (*path, key))
    kept = [key for key in says if key in wanted]
    made = kept + [key for key in wanted if key not in says]
    if made != list(wanted):
        yield Edit(EditKind.ORDER, path, list(wanted), list(says))


def _of_lists(says: list[JsonValue], wanted: list[JsonValue], path: JsonPath) -> Iterator[Edit]:
    names = item_names(says)
    for index, value in enumerate(wanted):
        known = index < len(says)
        step: str | int = names[index] if names and known else index
        yield from differences(says[index] if known else ABSENT, value, (*path, step))
    for index in range(len(says) - 1, len(wanted) - 1, -1):
        yield Edit(EditKind.ABSENT, (*path, names[index] if names else index), None, says[index])


def item_names(items: list[JsonValue]) -> list[str]:
    """Return the Names of a list's objects; empty unless every item has a short one of its own."""
    names = [item.get("Name") if isinstance(item, dict) else None for item in items]
    texts = [name for name in names if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME]
    return texts if len(set(texts)) == len(items) else []


def resolve(says: JsonValue, path: JsonPath) -> JsonPath | None:
    """Turn the Names of list items in a path into indexes; None if the place does not exist.

    The last step may be new: a key to add, or the index after the last item.
    """
    found: list[str | int] = []
    node = says
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        place = _step(node, step)
        if place is None:
            return None
        found.append(place)
        if not last:
            node = _child(node, place)
            if node is ABSENT:
                return None
    return tuple(found)


def _step(node: JsonValue, step: str | int) -> str | int | None:
    if isinstance(node, dict):
        return step if isinstance(step, str) else None
    if not isinstance(node, list):
        return None
    if isinstance(step, int):
        return step
    names = item_names(node)
    return names.index(step) if step in names else None


def _child(node: JsonValue, step: str | int) -> JsonValue:
    if isinstance(node, dict):
        return node.get(step, ABSENT)
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    return ABSENT


def value_at(document: JsonValue, path: JsonPath) -> JsonValue:
    """Return the value at a path of keys and indexes, `ABSENT` where there is none."""
    node = document
    for step in path:
        node = _child(node, step)
        if node is ABSENT:
            return ABSENT
    return node


def apply(document: dict[str, JsonValue], edit: Edit) -> bool:
    """Carry out one edit (its path resolved) on a document; False if it has no place there."""
    if edit.kind is EditKind.ORDER:
        return _reorder(value_at(document, edit.path), edit.value)
    if not edit.path:
        return False
    parent, step = value_at(document, edit.path[:-1]), edit.path[-1]
    if isinstance(parent, dict) and isinstance(step, str):
        if edit.kind is EditKind.ABSENT:
            parent.pop(step, None)
        else:
            parent[step] = edit.value
        return True
    if isinstance(parent, list) and isinstance(step, int) and step <= len(parent):
        parent[step : step + 1] = [edit.value] if edit.kind is EditKind.VALUE else []
        return True
    return False


def _reorder(node: JsonValue, keys: JsonValue) -> bool:
    if not isinstance(node, dict) or not isinstance(keys, list):
        return False
    rest = [key for key in node if key not in keys]
    ordered = {key: node[key] for key in [*(key for key in keys if key in node), *rest]}
    node.clear()
    node.update(ordered)
    return True
