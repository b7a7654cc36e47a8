"""An app (Excel's Application) and its books."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from xlmeso.excel.headless.book import Book

if TYPE_CHECKING:
    from xlmeso.excel.headless.engine import Apps, HeadlessEngine

_numbers = itertools.count(1)


class App(base_classes.App):  # type: ignore[misc,unused-ignore]
    """State of an application without windows.

    Attributes
    ----------
    alerts
        (title, prompt) of every message box that a macro would have shown.
    status_log
        Every text that the status bar has had.
    macros
        VBA name -> Python function, for `run`.
    answer
        The button that message boxes answer, None for the first one.
    """

    # Plain attributes where xlwings' base class has read-only properties.
    pid = 0
    version = "16.0"
    visible = False
    screen_updating = True
    display_alerts = True
    enable_events = True
    interactive = True
    calculation = "automatic"
    cut_copy_mode = False
    hwnd = 0
    path = ""
    startup_path = ""
    selection: Any = None

    def __init__(self, apps: Apps) -> None:
        self.apps = apps
        self.pid = next(_numbers)
        self.alerts: list[tuple[str | None, str]] = []
        self.status_log: list[Any] = []
        self.macros: dict[str, Callable[..., Any]] = {}
        self.answer: str | None = None
        self._books = Books(self)
        self._status: Any = None

    @property
    def engine(self) -> HeadlessEngine:
        """The engine that the app belongs to."""
        return self.apps.engine

    @property
    def api(self) -> App:
        """The native object: the app itself."""
        return self

    @property
    def books(self) -> Books:
        """The open books."""
        return self._books

    @property
    def status_bar(self) -> Any:
        """Text of the status bar; each change is kept in ``status_log``."""
        return self._status

    @status_bar.setter
    def status_bar(self, value: Any) -> None:
        self._status = value
        self.status_log.append(value)

    def activate(self, steal_focus: bool = False) -> None:
        """Make this the active app."""
        self.apps.promote(self)

    def calculate(self) -> None:
        """Do nothing: formulas are stored, not computed."""

    def quit(self) -> None:
        """Close all books without saving and end the app."""
        for book in list(self._books):
            book.close()
        self.apps.remove(self)

    kill = quit

    def alert(self, prompt: str, title: str | None, buttons: str, mode: Any, callback: Any) -> str:
        """Note a message box and answer it with ``answer`` or its first button."""
        self.alerts.append((title, prompt))
        return self.answer or ("ok" if buttons.startswith("ok") else "yes")

    def run(self, macro: str, args: tuple[Any, ...]) -> Any:
        """Run a registered function in the place of a VBA macro."""
        return self.macros[macro.rsplit("!", 1)[-1]](*args)


class Books(base_classes.Books):  # type: ignore[misc,unused-ignore]
    """The books of an app, the active one first."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._books: list[Book] = []
        self._unnamed = itertools.count(1)

    @property
    def api(self) -> Books:
        """The native object: the collection itself."""
        return self

    @property
    def active(self) -> Book | None:
        """The book in front."""
        return self._books[0] if self._books else None

    def __call__(self, key: int | str) -> Book:
        """Return a book by 1-based number or file name."""
        if isinstance(key, int):
            return self._books[key - 1]
        for book in self._books:
            if book.name.lower() == key.lower():
                return book
        raise KeyError(key)

    def __contains__(self, key: int | str) -> bool:
        return any(book.name.lower() == str(key).lower() for book in self._books)

    def __len__(self) -> int:
        return len(self._books)

    def __iter__(self) -> Iterator[Book]:
        return iter(list(self._books))

    def add(self) -> Book:
        """Make an empty book with one sheet."""
        return self._show(Book.new(self.app, f"Book{next(self._unnamed)}"))

    def open(self, fullname: str, *_args: Any, **_options: Any) -> Book:
        """Open a book from disk.

        Raises
        ------
        WorkbookError
            As `xlmeso.report.inspect.inspect_book`.
        """
        return self._show(Book.open(self.app, Path(fullname)))

    def _show(self, book: Book) -> Book:
        self._books.insert(0, book)
        return book

    def promote(self, book: Book) -> None:
        """Bring a book to the front."""
        self._books.remove(book)
        self._books.insert(0, book)

    def remove(self, book: Book) -> None:
        """Forget a closed book."""
        if book in self._books:
            self._books.remove(book)
