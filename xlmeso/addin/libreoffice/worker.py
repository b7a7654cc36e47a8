"""The helper process behind LibreOffice's formulas: one JSON line in, one JSON line out.

A question is ``{"function": name, "arguments": [...]}``, an answer ``{"value": ...}``.  Areas are
lists of rows; an argument that the formula leaves out is ``{"missing": true}``.  The functions get
what xlwings gives them in Excel: every argument as rows of cells, None for an empty one.  Started
by `xlmeso.addin.libreoffice.bridge`; ends when its input does.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, Final

from xlmeso.addin.libreoffice.declarations import declared_functions, show_errors_as_texts

FAILED: Final = "#MESO! Failed: run xlmeso doctor"
"""In the cell when a function breaks in a way that it should have told itself."""

SWITCHES: Final = frozenset({"headers"})
"""Arguments that are TRUE or FALSE; LibreOffice hands over 1 or 0."""

Functions = Mapping[str, Callable[..., Any]]


def serve(functions: Functions, source: BinaryIO, sink: BinaryIO) -> None:
    """Answer questions until ``source`` ends."""
    for line in source:
        sink.write(_answer(functions, json.loads(line)).encode("ascii") + b"\n")
        sink.flush()


def _answer(functions: Functions, question: Mapping[str, Any]) -> str:
    try:
        function = functions[question["function"]]
        value = function(*arguments(function, question["arguments"]))
        return json.dumps({"value": value}, allow_nan=False)
    except Exception:  # a cell must get an answer, and nothing of the machine's may show in it
        return json.dumps({"value": FAILED})


def arguments(function: Callable[..., Any], values: Sequence[Any]) -> list[Any]:
    """Return the values with the function's defaults for those left out, as xlwings does."""
    parameters = list(inspect.signature(function).parameters.values())
    return [
        _default(parameter) if _is_left_out(parameter, value) else _rows(parameter, value)
        for parameter, value in zip(parameters, values, strict=False)
    ]


def _is_left_out(parameter: inspect.Parameter, value: Any) -> bool:
    """Tell whether a formula leaves an argument out.

    LibreOffice hands Basic a 0 for an argument left out before others, as in ``F(A1;;B1)``.  No
    optional argument of ours means anything by 0 but the switches, for which it is FALSE.
    """
    if value == {"missing": True}:
        return True
    optional = parameter.default is not inspect.Parameter.empty
    return optional and parameter.name not in SWITCHES and value == 0


def _default(parameter: inspect.Parameter) -> Any:
    return None if parameter.default is inspect.Parameter.empty else parameter.default


def _rows(parameter: inspect.Parameter, value: Any) -> list[list[Any]]:
    if parameter.name in SWITCHES and value in (0, 1):
        return [[bool(value)]]
    rows = value if isinstance(value, list) else [[value]]
    return [[None if one == "" else one for one in row] for row in rows]


def main() -> int:
    """Serve the functions of the module that the command line names, over the standard pipes."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not look like an answer
    functions = declared_functions(*sys.argv[1:])
    show_errors_as_texts()
    serve(functions, sys.stdin.buffer, sink)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
