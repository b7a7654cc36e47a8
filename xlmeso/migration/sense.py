"""What behaves otherwise in version 3 although it is spelled alike (reference section 2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from xlmeso.migration.notes import Notebook
from xlmeso.model.document import JsonPath, JsonValue, walk
from xlmeso.model.expression import constant_value, names_in
from xlmeso.model.fields import field_at
from xlmeso.model.strategy import StrategyDefinition

_DECIMAL: Final = re.compile(r"leg_.+_(?:dte|dit)|timing\.days_in_trade")
_WVEGA: Final = re.compile(r"(?:leg_.+|pos|acc)_wvega")
_EQUALITY: Final = re.compile(r"==|~=")


def look_at_changes(document: JsonValue, book: Notebook) -> None:
    """Note what a person should know about a definition that is version 3 now."""
    for path, text in _expressions(document):
        names = names_in(text)
        if _EQUALITY.search(text) and any(map(_DECIMAL.fullmatch, names)):
            book.warn(
                path,
                "Days are decimals in version 3, so that a test for equality may never be true.",
                "Use int(...), <= or >=.",
            )
        if any(map(_WVEGA.fullmatch, names)):
            book.note(path, "wvega differs slightly in version 3.")
    for leg in StrategyDefinition(document).legs:
        if leg.qty is not None and constant_value(leg.qty.text) == 0:
            told = f"Leg {leg.name} has quantity 0: version 3 follows it without trading it."
            book.note((*leg.path, "Qty"), told)
    book.note(
        (),
        "Version 3 changed some behaviour on purpose: results need not equal those of version 2.",
    )


def _expressions(document: JsonValue) -> Iterator[tuple[JsonPath, str]]:
    """Yield every text that is an expression, conditions of adjustments included."""
    for path, value in walk(document):
        known = field_at(path) if path else None
        if known is None or known.point is None:
            continue
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, dict) and isinstance(path[-1], str):
            yield path, path[-1]
