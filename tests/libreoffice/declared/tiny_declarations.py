"""Functions that show what LibreOffice hands over and takes, apart from what ours do."""

from __future__ import annotations

import os
from typing import Any


def MESO_SEE(first: Any, second: Any = "default", headers: Any = None) -> Any:
    """Show the arguments; whole numbers come as one kind or the other."""
    return repr([_floats(one) for one in (first, second, headers)])


def MESO_TABLE(count: Any) -> Any:
    """Give headings and rows with an empty cell."""
    return [["Größe", "Tag"], *([float(row), None] for row in range(int(count[0][0])))]


def MESO_FAIL(_cell: Any) -> Any:
    """Break with something that must not show."""
    raise ValueError("a secret")


def MESO_PROCESS() -> Any:
    """Give the number of the helper process."""
    return os.getpid()


def _floats(value: Any) -> Any:
    if isinstance(value, list):
        return [_floats(one) for one in value]
    return float(value) if type(value) is int else value
