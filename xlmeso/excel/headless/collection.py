"""What tables, charts and pictures of a sheet have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

if TYPE_CHECKING:
    from xlmeso.excel.headless.sheets import Sheet


class Collection(base_classes.Collection):  # type: ignore[misc,unused-ignore]
    """Things of one sheet, found by 1-based number or by name in any case."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def items(self) -> list[Any]:
        """Return the things in order."""
        return []

    @property
    def api(self) -> Any:
        """The native object: the openpyxl worksheet."""
        return self.sheet.worksheet

    @property
    def parent(self) -> Sheet:
        """The sheet."""
        return self.sheet

    def __call__(self, key: int | str) -> Any:
        """Return a thing by 1-based number or name."""
        items = self.items()
        if isinstance(key, int):
            return items[key - 1]
        for item in items:
            if item.name.lower() == key.lower():
                return item
        raise KeyError(key)

    def __len__(self) -> int:
        return len(self.items())

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items())

    def __contains__(self, key: int | str) -> bool:
        if isinstance(key, int):
            return 0 < key <= len(self)
        return any(item.name.lower() == key.lower() for item in self.items())

    def free_name(self, stem: str) -> str:
        """Return ``stem 1``, ``stem 2``... whichever is not taken."""
        number = len(self) + 1
        while f"{stem} {number}" in self:
            number += 1
        return f"{stem} {number}"
