"""A Lua runtime for the expressions of one run, without any way out (reference section 3.1).

What an expression can reach: its own variables, handed over as arguments, and the documented
functions abs min max random sqrt pow log ceil floor int.  No string methods, no metatables, no
loading, no input or output, no Python object.  Each call has an instruction budget, the runtime a
memory limit; random numbers depend on the seed alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from xlmeso.errors import SimulationError
from xlmeso.model.document import path_text
from xlmeso.model.expression import names_in
from xlmeso.model.modules import ModuleUse
from xlmeso.model.strategy import Expression
from xlmeso.model.variables import FUNCTIONS
from xlmeso.simulator.script.lifting import Lifted, lift_modules
from xlmeso.simulator.script.lua_source import (
    BOOTSTRAP,
    BUDGET_MESSAGE,
    RESULT_MESSAGE,
    SECONDS_ALLOWED,
    STEP,
    STEPS_ALLOWED,
)

MAX_MEMORY: Final = 16 * 1024 * 1024
"""Bytes that evaluating may take beside what the compiled expressions hold."""

COMPILE_MEMORY: Final = 512 * 1024 * 1024
"""Bytes while compiling, far more than the 2 MiB of a definition can fill.

A source is handed to Lua outside of any protected call, where running out of memory would end the
process; so the limit for evaluating does not apply there.
"""

SHOWN_TEXT: Final = 120
"""Most characters of an expression or of a Lua message that an error repeats."""

ScriptValue = bool | int | float | None
"""What goes into an expression and what may come out of it; None is Lua's nil."""

_NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_PLACE = re.compile(r"(?:\[string \"[^\"]{0,80}\"\]|expression):\d+: ")
_INT64: Final = 1 << 64


class ScriptError(SimulationError):
    """An expression could not be evaluated; ``where`` is its path."""


class ScriptLimitError(ScriptError):
    """An expression ran into the instruction or the memory limit."""


class Sandbox:
    """The expressions of one run.

    Parameters
    ----------
    seed
        Start of the random numbers; the same seed gives the same numbers everywhere.
    max_memory
        Bytes that evaluating may take.
    """

    def __init__(self, *, seed: int = 0, max_memory: int = MAX_MEMORY) -> None:
        from lupa import lua54

        self._lua_error: type[Exception] = lua54.LuaError
        runtime = lua54.LuaRuntime(
            register_eval=False,
            register_builtins=False,
            unpack_returned_tuples=True,
            attribute_filter=_no_attributes,
            max_memory=COMPILE_MEMORY,
            encoding="latin-1",  # every byte string decodes; sources are handed over as bytes
        )
        self._runtime = runtime
        self._max_memory = max_memory
        # UNKNOWN how the service seeds; Assumption: once per run, from the run's own seed.
        start = (seed + _INT64 // 2) % _INT64 - _INT64 // 2
        bootstrap = runtime.compile(BOOTSTRAP)
        self._compile = bootstrap(
            STEP, STEPS_ALLOWED, SECONDS_ALLOWED, start, BUDGET_MESSAGE, RESULT_MESSAGE
        )

    def compile(self, expression: Expression) -> Script:
        """Compile an expression into a function of its free names.

        Raises
        ------
        ScriptError
            The text is not exactly one Lua expression.
        """
        lifted = lift_modules(expression.text)
        names = tuple(sorted(name for name in names_in(lifted.text) if _is_variable(name)))
        self._runtime.set_max_memory(COMPILE_MEMORY)
        try:
            found = self._compile(lifted.text.encode("utf-8"), ",".join(names).encode())
        except (self._lua_error, MemoryError) as problem:
            fail(expression, _clean(str(problem)))
        finally:
            self._runtime.set_max_memory(self._runtime.get_memory_used() + self._max_memory)
        if isinstance(found, tuple):
            fail(expression, f"not a Lua expression: {_clean(str(found[1]))}")
        return Script(expression, names, lifted, found, self._lua_error)


class Script:
    """A compiled expression.

    Attributes
    ----------
    expression
        Text and path as written.
    names
        Free names in the order in which their values are handed over.
    text
        The expression without modules, as Lua has it.
    uses
        What those names stand for that have been put in the place of a module's use.
    """

    __slots__ = ("_lua_error", "_run", "expression", "names", "text", "uses")

    def __init__(
        self,
        expression: Expression,
        names: tuple[str, ...],
        lifted: Lifted,
        run: Any,
        lua_error: type[Exception],
    ) -> None:
        self.expression = expression
        self.names = names
        self.text = lifted.text
        self.uses: Mapping[str, ModuleUse] = lifted.uses
        self._run = run
        self._lua_error = lua_error

    def __call__(self, *values: ScriptValue) -> ScriptValue:
        """Evaluate with one value per name.

        Raises
        ------
        ScriptError
            Lua gave up: nil in arithmetic, a function that does not exist, ...
        ScriptLimitError
            The instruction or the memory limit was reached.
        """
        try:
            result: ScriptValue = self._run(*values)
        except (self._lua_error, MemoryError) as problem:
            self._raise(problem)
        return result

    def _raise(self, problem: BaseException) -> NoReturn:
        text = str(problem)
        if isinstance(problem, MemoryError) or "not enough memory" in text:
            fail(self.expression, "needs more memory than an expression may use", ScriptLimitError)
        if BUDGET_MESSAGE in text:
            fail(self.expression, "does not come to an end", ScriptLimitError)
        fail(self.expression, f"Eval failed: {_clean(text)}")


def fail(expression: Expression, message: str, kind: type[ScriptError] = ScriptError) -> NoReturn:
    """Raise a `ScriptError` that names the expression's path and repeats its text, shortened.

    Raises
    ------
    ScriptError
        Always.
    """
    raise kind(f"{message} in '{shortened(expression.text)}'", where=path_text(expression.path))


def shortened(text: str) -> str:
    """Bring a text to one line of at most `SHOWN_TEXT` characters."""
    line = " ".join(text[: 10 * SHOWN_TEXT].split())
    return line if len(line) <= SHOWN_TEXT else line[: SHOWN_TEXT - 3] + "..."


def _is_variable(name: str) -> bool:
    return name not in FUNCTIONS and _NAME.match(name) is not None


def _clean(text: str) -> str:
    """Drop Lua's chunk name, line number and stack from a message."""
    head = text[: 10 * SHOWN_TEXT].split("\nstack traceback")[0]
    return shortened(_PLACE.sub("", head).replace("local '", "'"))


def _no_attributes(_obj: object, _name: object, _setting: bool) -> NoReturn:
    raise AttributeError("access denied")
