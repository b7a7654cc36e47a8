"""The dialogs of a real Excel: its own boxes on Windows, those of the system on macOS."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import ConfigurationError

if TYPE_CHECKING:
    import xlwings

LONGEST_QUESTION: Final = 250
"""Characters that Excel's InputBox shows for certain."""

_ASK_SCRIPT: Final = (
    "on run argv\n"
    "set answer to display dialog (item 2 of argv) with title (item 1 of argv) "
    "default answer (item 3 of argv){hidden}\n"
    "return text returned of answer\n"
    "end run"
)
_OPEN_SCRIPT: Final = (
    "on run argv\nreturn POSIX path of (choose file with prompt (item 1 of argv))\nend run"
)
_SAVE_SCRIPT: Final = (
    "on run argv\nreturn POSIX path of (choose file name with prompt (item 1 of argv) "
    "default name (item 2 of argv))\nend run"
)


class ExcelDialogs:
    """Boxes of one running Excel; see `xlmeso.excel.dialogs.Dialogs` for the methods."""

    def __init__(self, app: xlwings.App) -> None:
        self._app = app

    def tell(self, title: str, text: str, *, critical: bool = False) -> None:
        """Show a message box."""
        self._app.alert(text, title=title, buttons="ok", mode="critical" if critical else "info")

    def confirm(self, title: str, text: str) -> bool:
        """Show a box with Yes and No."""
        return bool(self._app.alert(text, title=title, buttons="yes_no") == "yes")

    def ask(self, title: str, text: str, default: str = "") -> str | None:
        """Show a box for a line of text."""
        text = text[:LONGEST_QUESTION]
        if sys.platform == "darwin":
            return _apple(_ASK_SCRIPT.format(hidden=""), title, text, default)
        answer = self._native("InputBox")(text, title, default)
        return None if answer is False or answer is None else str(answer)

    def ask_secret(self, title: str, text: str) -> str | None:
        """Show a box of the system that masks what is typed."""
        if sys.platform == "darwin":
            return _apple(_ASK_SCRIPT.format(hidden=" with hidden answer"), title, text, "")
        return _masked(title, text)

    def open_file(self, title: str, ending: str) -> Path | None:
        """Show the box for opening a file."""
        if sys.platform == "darwin":
            answer: Any = _apple(_OPEN_SCRIPT, title)
        else:
            kinds = f"Files (*{ending}),*{ending}"
            answer = self._native("GetOpenFilename")(kinds, 1, title)
        return Path(answer) if isinstance(answer, str) and answer else None

    def save_file(self, title: str, name: str) -> Path | None:
        """Show the box for naming a file."""
        if sys.platform == "darwin":
            answer: Any = _apple(_SAVE_SCRIPT, title, name)
        else:
            ending = Path(name).suffix
            kinds = f"Files (*{ending}),*{ending}"
            answer = self._native("GetSaveAsFilename")(name, kinds, 1, title)
        return Path(answer) if isinstance(answer, str) and answer else None

    def _native(self, name: str) -> Any:
        """Return a box of Excel's own.

        Raises
        ------
        ConfigurationError
            This host has no screen to show it on.
        """
        found = getattr(self._app.api, name, None)
        if found is None:
            raise ConfigurationError(
                "nobody can be asked here.", cure="Use the command line: xlmeso --help."
            )
        return found


def _apple(script: str, *arguments: str) -> str | None:
    """Run a script of macOS; the answer comes back through a pipe, never as an argument."""
    done = subprocess.run(  # noqa: S603
        ["/usr/bin/osascript", "-e", script, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout.rstrip("\n") if done.returncode == 0 else None


def _masked(title: str, text: str) -> str | None:
    """Ask in a window of Python's own, in front of Excel, with dots for what is typed.

    Raises
    ------
    ConfigurationError
        This Python has no windows.
    """
    try:
        import tkinter
        from tkinter import simpledialog

        root = tkinter.Tk()
    except Exception:  # no tkinter in this Python, or no screen (a TclError of its own)
        raise ConfigurationError(
            "this Python has no window in which a key could be typed unseen.",
            cure="Sign in at a command line: xlmeso login.",
        ) from None
    try:
        root.withdraw()
        root.attributes("-topmost", True)
        return simpledialog.askstring(title, text, show="*", parent=root)
    finally:
        root.destroy()
