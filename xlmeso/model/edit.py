"""One value of a document put in another's place; everything else keeps its spelling and order."""

from __future__ import annotations

from xlmeso.model.document import DocumentError, JsonPath, JsonValue, path_text


def with_value(document: JsonValue, path: JsonPath, value: JsonValue) -> JsonValue:
    """Return a document with one value changed or added; the given one stays as it is.

    Objects on the way that are missing or null are made; a list grows by one place at most.

    Raises
    ------
    DocumentError
        A place of a list that does not exist yet.
    """
    return _changed(document, path, value, ())


def _changed(here: JsonValue, path: JsonPath, new: JsonValue, done: JsonPath) -> JsonValue:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        members = dict(here) if isinstance(here, dict) else {}
        members[step] = _changed(members.get(step), rest, new, (*done, step))
        return members
    items = list(here) if isinstance(here, list) else []
    if step > len(items):
        raise DocumentError(
            f"the list has {len(items)} items; there is no place {step} yet.",
            where=path_text((*done, step)),
        )
    before = items[step] if step < len(items) else None
    items[step : step + 1] = [_changed(before, rest, new, (*done, step))]
    return items
