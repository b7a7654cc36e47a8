"""How a worksheet function is declared: one decorator, from which everything else is generated.

The VBA wrappers, the texts of Excel's function wizard, the LibreOffice host, the output of
``xlmeso functions`` and docs/functions.md all come from the declarations of `xlmeso.excel.udfs`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import xlwings

from xlmeso.excel.areas import area_converter

CATEGORY: Final = "MesoSim"
"""Category of the functions in Excel's function wizard."""

LONGEST_HELP: Final = 255
"""Characters that Excel keeps of a help text."""

_MARK: Final = "__xlmeso__"

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class ArgumentDeclaration:
    """One argument as the function wizard shows it."""

    name: str
    description: str
    optional: bool


@dataclass(frozen=True, slots=True)
class FunctionDeclaration:
    """One worksheet function as the function wizard shows it.

    Attributes
    ----------
    name
        As typed into a cell.
    description
        What it gives, ending with an example.
    arguments
        In their order.
    category
        Group of the function wizard.
    """

    name: str
    description: str
    arguments: tuple[ArgumentDeclaration, ...]
    category: str = CATEGORY

    @property
    def example(self) -> str:
        """The formula at the end of the description."""
        return self.description.partition("Example: ")[2]

    @property
    def syntax(self) -> str:
        """Name and arguments, optional ones in brackets."""
        shown = [f"[{item.name}]" if item.optional else item.name for item in self.arguments]
        return f"{self.name}({', '.join(shown)})"


def worksheet_function(
    *, places: Sequence[str] = (), **help_texts: str
) -> Callable[[Function], Function]:
    """Declare a worksheet function; its docstring is the text of the function wizard.

    Every argument arrives as rows of cells with error values as their texts; see
    `xlmeso.excel.boundary`.  No function is volatile, and none is called while the wizard is open.

    Parameters
    ----------
    places
        Arguments that arrive as an `xlmeso.excel.areas.Area`, which knows its place in the book.
    **help_texts
        One sentence for each argument, in order.

    Raises
    ------
    TypeError
        The texts do not match the arguments, or one is too long.
    """

    def declare(function: Function) -> Function:
        declaration = _declaration(function, help_texts)
        for argument in declaration.arguments:
            options: dict[str, Any] = {"doc": argument.description, "ndim": 2, "err_to_str": True}
            if argument.name in places:
                options["convert"] = area_converter()
            function = xlwings.arg(argument.name, **options)(function)
        function = xlwings.func(category=CATEGORY, call_in_wizard=False)(function)
        setattr(function, _MARK, declaration)
        return function

    return declare


def declarations() -> tuple[FunctionDeclaration, ...]:
    """Return all worksheet functions in the order of their declaration."""
    from xlmeso.excel import udfs

    found = (getattr(item, _MARK, None) for item in vars(udfs).values())
    return tuple(item for item in found if isinstance(item, FunctionDeclaration))


def _declaration(function: Callable[..., Any], texts: dict[str, str]) -> FunctionDeclaration:
    parameters = inspect.signature(function).parameters
    if list(parameters) != list(texts):
        raise TypeError(f"{function.__name__}: help texts and arguments differ")
    description = " ".join((function.__doc__ or "").split())
    function.__doc__ = description  # the wizard shows it as one line
    for text in (description, *texts.values()):
        if not 0 < len(text) < LONGEST_HELP:
            raise TypeError(f"{function.__name__}: a help text has {len(text)} characters")
    arguments = tuple(
        ArgumentDeclaration(name, texts[name], parameter.default is not parameter.empty)
        for name, parameter in parameters.items()
    )
    return FunctionDeclaration(function.__name__, description, arguments)
