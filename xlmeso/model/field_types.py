"""What is known of one field of the strategy definition: its kind, its limits, its words."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Final

from xlmeso.model.variables import Point

Pattern = tuple[str, ...]
"""Place of a field: names, ``[]`` for any item of a list, ``{}`` for any value of a map."""

ITEM: Final = "[]"
"""Step of a pattern: any item of a list."""

VALUE: Final = "{}"
"""Step of a pattern: any value of a map, whose keys are the user's."""

MAX_HELP: Final = 250
"""Characters; Excel's input messages hold 255."""


class Kind(enum.StrEnum):
    """What a field holds."""

    OBJECT = "object"
    LIST = "list"
    MAP = "map"
    TEXT = "text"
    NAME = "name"
    """Text that becomes a part of variable names."""
    LEG_NAME = "name of a leg"
    EXPIRATION_NAME = "name of an expiration"
    CHOICE = "choice"
    SYMBOL = "symbol"
    DAYS = "days"
    """``day``, ``5min`` or a list of weekdays."""
    TIME = "time"
    """``YYYY-MM-DDThh:mm:ss`` without a zone."""
    URL = "address"
    NUMBER = "number"
    """JSON number or numeric text."""
    BOOLEAN = "true or false"
    EXPRESSION = "expression"
    """Lua expression as text, or a JSON number."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the definition.

    Attributes
    ----------
    path
        Its place.
    kind
        What it holds.
    label
        Plain label for a sheet.
    help
        One sentence for a trader, with the unit; at most `MAX_HELP` characters.
    example
        A value as it is written.
    required
        Whether it must be there and not null; other fields may be absent or null.
    default
        What the service takes if it is absent, as text; None where that is not known.
    choices
        The allowed values (CHOICE) or the known ones (SYMBOL).
    max_length
        Most characters of a text.
    min_items
        Fewest items of a list.
    unit
        Unit of a number, or an empty text.
    point
        When an expression is evaluated.
    """

    path: Pattern
    kind: Kind
    label: str
    help: str
    example: str = ""
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    min_items: int = 0
    unit: str = ""
    point: Point | None = None

    @property
    def name(self) -> str:
        """The service's own name: the last step of the path."""
        return self.path[-1]

    @property
    def spoken(self) -> str:
        """How messages call it: its name, or ``this value`` in lists and maps."""
        return "this value" if self.name in (ITEM, VALUE) else self.name

    def below(self, prefix: Pattern) -> Field:
        """Return the same field under a prefix."""
        return replace(self, path=(*prefix, *self.path))
