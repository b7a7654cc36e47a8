"""What each exit code means: one table for the help text, the documentation and the tests."""

from __future__ import annotations

from typing import Final

OTHER_FAILURE: Final = 1
"""A fault that has no code of its own; also an answer "no" to a question."""

USAGE: Final = 2
"""Wrong arguments; the code that click uses as well."""

STRATEGY_MISTAKES: Final = 3
"""Mistakes in a strategy definition, also where they are a command's result and no exception."""

FILE_TROUBLE: Final = 12
"""A file that cannot be read or written."""

INTERRUPTED: Final = 130
"""Ctrl-C: 128 + SIGINT, the habit of Unix shells."""

PIPE_CLOSED: Final = 141
"""The reader of our output has gone: 128 + SIGPIPE, what other tools give in a pipeline."""

MEANINGS: Final = {
    0: "done",
    OTHER_FAILURE: "another failure",
    USAGE: "wrong arguments or options",
    STRATEGY_MISTAKES: "the strategy definition has mistakes (all of them are printed)",
    4: "a setting or the API key is missing or contradictory",
    5: "the service does not accept the key, or the backtest is somebody else's",
    6: "no such backtest, or it does not have what was asked for",
    7: "the service refused the request",
    8: "a limit of the service was reached: try later",
    9: "the service is not reachable, has a fault, or replied something that is not understood",
    10: "the backtest failed, was cancelled, or is still running",
    11: "the time allowed for waiting is over; the run goes on",
    FILE_TROUBLE: "a workbook or another file cannot be read or written",
    INTERRUPTED: "interrupted with Ctrl-C",
    PIPE_CLOSED: "the program that read the output closed it",
}
"""Exit code -> meaning.  The codes of errors stand on the classes in `xlmeso.errors`."""


def help_lines() -> list[str]:
    """Return one line per exit code, aligned."""
    return [f"{code:>4}  {meaning}" for code, meaning in MEANINGS.items()]
