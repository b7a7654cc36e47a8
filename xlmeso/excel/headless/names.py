"""Defined names of a book or a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from openpyxl.workbook.defined_name import DefinedName
from xlwings import base_classes

from xlmeso.errors import WorkbookError

if TYPE_CHECKING:
    from xlmeso.excel.headless.book import Book
    from xlmeso.excel.headless.ranges import Range
    from xlmeso.excel.headless.sheets import Sheet


class Names(base_classes.Names):  # type: ignore[misc,unused-ignore]
    """Names by 1-based number or by text in any case."""

    def __init__(self, book: Book, sheet: Sheet | None = None) -> None:
        self._book = book
        self._sheet = sheet

    @property
    def api(self) -> Any:
        """The native object: openpyxl's mapping of names."""
        owner: Any = self._sheet.worksheet if self._sheet else self._book.workbook
        return owner.defined_names

    def _all(self) -> list[Name]:
        return [Name(self._book, self.api, defined) for defined in list(self.api.values())]

    def __call__(self, key: int | str) -> Name:
        """Return a name by 1-based number or text."""
        if isinstance(key, int):
            return self._all()[key - 1]
        for name in self._all():
            if name.name.lower() == key.lower():
                return name
        raise KeyError(key)

    def contains(self, key: int | str) -> bool:
        """Whether there is such a name."""
        if isinstance(key, int):
            return 0 < key <= len(self)
        return any(name.lower() == key.lower() for name in self.api)

    def __len__(self) -> int:
        return len(self.api)

    def __iter__(self) -> Iterator[Name]:
        return iter(self._all())

    def add(self, name: str, refers_to: str) -> Name:
        """Define a name, for example ``Cash`` for ``=Strategy!$B$12``."""
        self.api[name] = DefinedName(name, attr_text=refers_to.lstrip("="))
        return self(name)


class Name(base_classes.Name):  # type: ignore[misc,unused-ignore]
    """One defined name."""

    def __init__(self, book: Book, home: Any, defined: DefinedName) -> None:
        self._book = book
        self._home = home
        self._defined = defined

    @property
    def api(self) -> DefinedName:
        """The native object: openpyxl's defined name."""
        return self._defined

    @property
    def name(self) -> str:
        """The text."""
        return str(self._defined.name)

    @name.setter
    def name(self, value: str) -> None:
        self.delete()
        self._defined.name = value
        self._home[value] = self._defined

    @property
    def refers_to(self) -> str:
        """The formula, with its leading ``=``."""
        return f"={self._defined.attr_text}"

    @refers_to.setter
    def refers_to(self, value: str) -> None:
        self._defined.attr_text = value.lstrip("=")

    @property
    def refers_to_range(self) -> Range:
        """The range that the name means.

        Raises
        ------
        WorkbookError
            The name means a constant, a formula or a range that is gone.
        """
        text = str(self._defined.attr_text)
        sheet, mark, address = text.rpartition("!")
        title = sheet.strip("'").replace("''", "'")
        if not mark or title not in self._book.sheets or "," in text or "#REF!" in text:
            raise WorkbookError(f"the name {self.name} refers to no range ({text})")
        return self._book.sheets(title).range(address)

    def delete(self) -> None:
        """Remove the name."""
        self._home.pop(self.name, None)
