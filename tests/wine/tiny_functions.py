"""Three functions that show what the chain carries, apart from what ours do."""

from __future__ import annotations

from typing import Any

import xlwings as xw


@xw.func
@xw.arg("cells", ndim=2)
def describe(cells: Any, left_out: Any = "default") -> str:
    """Show the arguments."""
    return repr([cells, left_out])


@xw.func
def table(width: float) -> list[list[Any]]:
    """Give one column too many and text beyond ASCII."""
    return [["Größe €", None], *([float(row), width] for row in range(2))]


@xw.func
def fail(_value: Any) -> None:
    """Break."""
    raise ValueError("broken on purpose")
