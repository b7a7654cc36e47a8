"""What a macro asks a person and tells them: a small port, so that tests can answer.

In Excel the boxes are Excel's own; the API key alone is asked for outside of it, masked, so that
it passes through no cell, no formula bar and no VBA.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from xlmeso.errors import XlmesoError

if TYPE_CHECKING:
    import xlwings


class CancelledByUserError(XlmesoError):
    """The person closed a box without an answer: the macro ends and says nothing."""


class BadAnswerError(XlmesoError):
    """The answer is none of those that were offered."""

    exit_code = 2


class Dialogs(Protocol):
    """Boxes on the screen."""

    def tell(self, title: str, text: str, *, critical: bool = False) -> None:
        """Show a message until it is closed."""

    def confirm(self, title: str, text: str) -> bool:
        """Ask for a yes or no; True only for an explicit yes."""

    def ask(self, title: str, text: str, default: str = "") -> str | None:
        """Ask for a line of text, None when the box was cancelled."""

    def ask_secret(self, title: str, text: str) -> str | None:
        """Ask for a text without showing what is typed, None when the box was cancelled."""

    def open_file(self, title: str, ending: str) -> Path | None:
        """Let the person choose a file that exists, None when cancelled."""

    def save_file(self, title: str, name: str) -> Path | None:
        """Let the person name a file to write, None when cancelled."""


Provider = Callable[["xlwings.App"], Dialogs]
"""Gives the dialogs of a running Excel."""


def _of_excel(app: xlwings.App) -> Dialogs:
    from xlmeso.excel.excel_dialogs import ExcelDialogs

    return ExcelDialogs(app)


_providers: list[Provider] = [_of_excel]


def dialogs_for(app: xlwings.App) -> Dialogs:
    """Return the dialogs to use with an app."""
    return _providers[-1](app)


@contextlib.contextmanager
def answered_by(dialogs: Dialogs) -> Iterator[None]:
    """Let other dialogs answer while the block runs."""
    _providers.append(lambda _app: dialogs)
    try:
        yield
    finally:
        _providers.pop()


def required(answer: str | None) -> str:
    """Return an answer without blanks around it.

    Raises
    ------
    CancelledByUserError
        There is none.
    """
    text = (answer or "").strip()
    if not text:
        raise CancelledByUserError("cancelled")
    return text


def choose(
    dialogs: Dialogs, title: str, question: str, choices: Mapping[str, str], default: str = ""
) -> str:
    """Let the person take one of several names by its number, its name or the beginning of it.

    Parameters
    ----------
    choices
        Name -> explanation; the explanations are left to the caller to show.

    Raises
    ------
    CancelledByUserError
        The box was cancelled.
    BadAnswerError
        The answer is none of the names.
    """
    names = list(choices)
    listed = ", ".join(f"{number} {name}" for number, name in enumerate(names, start=1))
    answer = required(dialogs.ask(title, f"{question}\n{listed}", default))
    if answer.isdigit() and 0 < int(answer) <= len(names):
        return names[int(answer) - 1]
    exact = [name for name in names if name.casefold() == answer.casefold()]
    near = [name for name in names if name.casefold().startswith(answer.casefold())]
    for found in (exact, near):
        if len(found) == 1:
            return found[0]
    raise BadAnswerError(f"{answer!r} is none of the choices.", cure=f"Choices: {listed}.")
