"""Around every macro: the book that called, one message box, and Excel left as it was found."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import (
    AuthenticationError,
    NoCredentialsError,
    StrategyDefinitionError,
    TransportError,
    XlmesoError,
    with_advice,
)
from xlmeso.excel.dialogs import CancelledByUserError, dialogs_for

if TYPE_CHECKING:
    import xlwings

    from xlmeso.app.connect import Connection
    from xlmeso.excel.dialogs import Dialogs
    from xlmeso.model.problems import Problem

PREFIX: Final = "MesoSim"
"""Begins every title and every text in the status bar."""

MOST_LINES: Final = 30
"""Lines of a message box; more would not fit on a screen."""

_STATE: Final = ("screen_updating", "calculation", "enable_events", "status_bar")
"""What a macro may change and always puts back, in this order."""

_QUIET: Final = {"screen_updating": False, "calculation": "manual", "enable_events": False}

_HINTS: Final[dict[type[XlmesoError], str]] = {
    NoCredentialsError: "In Excel: MesoSim > Sign in.",
    AuthenticationError: "In Excel: MesoSim > Sign in.",
    TransportError: "Nothing was changed in the book.",
}
"""What a person in Excel can do, beside the advice of the error itself."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Session:
    """One press of a button.

    Attributes
    ----------
    book
        The workbook in front.
    dialogs
        How to ask and tell.
    title
        Title of the boxes.
    """

    book: xlwings.Book
    dialogs: Dialogs
    title: str

    def say(self, text: str) -> None:
        """Show a text in the status bar until the macro ends."""
        with contextlib.suppress(Exception):  # a busy Excel refuses; the work goes on
            self.book.app.status_bar = f"{PREFIX}: {text}"

    def connect(self) -> Connection:
        """Connect to the chosen service; the local one is started if it does not run."""
        from xlmeso.excel.macro_connection import connect_from_excel

        return connect_from_excel(self.say)

    def demand(self, text: str) -> None:
        """Go on after an explicit yes only.

        Raises
        ------
        CancelledByUserError
            Anything else.
        """
        if not self.dialogs.confirm(self.title, text):
            raise CancelledByUserError("cancelled")


MacroAction = Callable[[Session], str | None]
"""Does the work of a button and returns what to tell, None for nothing."""


def macro(label: str) -> Callable[[MacroAction], Callable[[], None]]:
    """Make a function without arguments, as a button calls it, of an action.

    Parameters
    ----------
    label
        Name of the button.
    """

    def declare(action: MacroAction) -> Callable[[], None]:
        def run() -> None:
            run_action(f"{PREFIX}: {label}", action)

        run.__name__ = run.__qualname__ = action.__name__
        run.__doc__, run.__module__ = action.__doc__, action.__module__
        return run

    return declare


def run_action(title: str, action: MacroAction) -> None:
    """Run an action on the calling book and show how it ended in at most one box."""
    import xlwings

    book = xlwings.Book.caller()
    dialogs = dialogs_for(book.app)
    critical = True
    try:
        with steady(book.app):
            text = action(Session(book, dialogs, title))
        critical = False
    except CancelledByUserError:
        return
    except XlmesoError as error:
        text = explained(error)
    except Exception as error:  # a person in Excel gets a sentence, the log the rest
        text = _unexpected(error)
    if text:
        dialogs.tell(title, text, critical=critical)


@contextlib.contextmanager
def steady(app: xlwings.App) -> Iterator[None]:
    """Keep Excel from drawing, calculating and raising events; put everything back afterwards."""
    before = {name: _read(app, name) for name in _STATE}
    try:
        for name, value in _QUIET.items():
            _write(app, name, value)
        yield
    finally:
        for name in reversed(_STATE):
            if before[name] is not _UNKNOWN:
                _write(app, name, before[name])


_UNKNOWN: Final = object()


def _read(app: Any, name: str) -> Any:
    try:
        return getattr(app, name)
    except Exception:  # Excel without a visible book has no calculation mode
        return _UNKNOWN


def _write(app: Any, name: str, value: Any) -> None:
    with contextlib.suppress(Exception):  # one refused property must not keep the others changed
        setattr(app, name, value)


def explained(error: XlmesoError) -> str:
    """Return an error as the text of a message box: no traceback, no key."""
    from xlmeso.wire.redaction import redact

    if isinstance(error, StrategyDefinitionError):
        return redact(problem_lines(error))
    text = str(error)
    hint = next((text for kind, text in _HINTS.items() if isinstance(error, kind)), "")
    lines = [text if error.where else text[:1].upper() + text[1:]]
    if hint and hint not in text:
        lines.append(hint)
    return redact("\n\n".join(lines))


def problem_lines(error: StrategyDefinitionError) -> str:
    """List the mistakes of a strategy, each with its cell."""
    count = len(error.problems)
    lines = [f"The strategy has {counted(count, 'mistake')}; nothing was sent.", ""]
    lines += [one_line(problem) for problem in error.problems[:MOST_LINES]]
    if count > MOST_LINES:
        lines.append(f"... and {count - MOST_LINES} more: see the Problem columns of the sheet.")
    return "\n".join(lines)


def one_line(problem: Problem) -> str:
    """Write a finding with its cell in front."""
    text = with_advice(problem.message, problem.suggestion)
    return f"{problem.cell or problem.path_text}: {text}"


def counted(count: int, noun: str) -> str:
    """Write a number of things: ``1 run``, ``2 runs``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _unexpected(error: Exception) -> str:
    from xlmeso.wire.redaction import protect_logging, redact

    protect_logging(_log)
    _log.error("a macro ended with an unexpected fault", exc_info=error)
    return redact(f"An unexpected fault in xlmeso: {type(error).__name__}: {error}")
