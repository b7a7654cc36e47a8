"""The cell formats of a user's own book: theirs stay; one is added where a number has none."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any, Final

from openpyxl.styles.numbers import BUILTIN_FORMATS_REVERSE

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_FIRST_OWN: Final = 164
"""First number of a number format that is not built in."""


@dataclass(slots=True)
class Styles:
    """The part of the styles; ``changed`` says whether a format was added."""

    root: Any
    changed: bool = False
    _made: dict[tuple[int, str], int] = field(default_factory=dict)

    def with_format(self, style: int, number_format: str | None) -> int:
        """Return a style that looks like the given one and shows a number in our format.

        A style with a number format of its own is returned as it is: the template knows better.
        """
        formats = self.root.find(f"{{{_MAIN}}}cellXfs")
        if not number_format or formats is None or style >= len(formats):
            return style
        if formats[style].get("numFmtId", "0") != "0":
            return style
        key = (style, number_format)
        if key not in self._made:
            made = copy.deepcopy(formats[style])
            made.set("numFmtId", str(self._number_of(number_format)))
            made.set("applyNumberFormat", "1")
            formats.append(made)
            formats.set("count", str(len(formats)))
            self._made[key] = len(formats) - 1
            self.changed = True
        return self._made[key]

    def _number_of(self, number_format: str) -> int:
        built_in = BUILTIN_FORMATS_REVERSE.get(number_format)
        if built_in is not None:
            return int(built_in)
        name = f"{{{_MAIN}}}numFmts"
        own = self.root.find(name)
        if own is None:
            own = self.root.makeelement(name, {})
            self.root.insert(0, own)
        for item in own:
            if item.get("formatCode") == number_format:
                return int(item.get("numFmtId"))
        number = max([_FIRST_OWN - 1, *(int(item.get("numFmtId", "0")) for item in own)]) + 1
        item = own.makeelement(
            f"{{{_MAIN}}}numFmt", {"numFmtId": str(number), "formatCode": number_format}
        )
        own.append(item)
        own.set("count", str(len(own)))
        return number
