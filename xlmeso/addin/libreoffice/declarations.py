"""What this host needs of the layer above: the declared functions, and how their errors look.

The modules are named here and imported by that name, as the VBA names them.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

UDF_MODULE: Final = "xlmeso.excel.udfs"
BOUNDARY: Final = "xlmeso.excel.boundary"
PREFIX: Final = "MESO_"


def declared_functions(module: str = UDF_MODULE) -> Mapping[str, Callable[..., Any]]:
    """Return the worksheet functions of a module by their names, in the order of the text."""
    members = vars(importlib.import_module(module))
    return {name: one for name, one in members.items() if name.startswith(PREFIX) and callable(one)}


def argument_names(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's arguments."""
    return list(inspect.signature(function).parameters)


def show_errors_as_texts() -> None:
    """Let errors be fixed texts: a Basic function cannot give LibreOffice an error value."""
    boundary = importlib.import_module(BOUNDARY)
    boundary.use_error_form(boundary.ErrorForm.TEXT)
