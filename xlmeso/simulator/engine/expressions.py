"""Expressions bound to the variables that they use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.model.document import JsonPath, path_text
from xlmeso.model.expression import constant_value, names_in
from xlmeso.model.strategy import Expression
from xlmeso.simulator.engine.bar_values import Span, bar_value
from xlmeso.simulator.engine.module_values import module_reader
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.ports import Floats
from xlmeso.simulator.engine.variables import VariableNames
from xlmeso.simulator.script.arithmetic import Flags, NotArithmeticError, compile_arithmetic
from xlmeso.simulator.script.results import number, truth
from xlmeso.simulator.script.sandbox import (
    Sandbox,
    ScriptError,
    ScriptLimitError,
    ScriptValue,
)

_MARGIN: Final = frozenset(("pos_margin", "acc_margin"))
"""Names whose getters cannot be asked for a whole chain at once."""


class BoundExpression:
    """A compiled expression that fetches its own variables.

    Attributes
    ----------
    expression
        Text and path as written.
    constant
        Its value when it is a plain, finite number, else None.
    """

    __slots__ = (
        "_arithmetic",
        "_getters",
        "_meanings",
        "_own",
        "_script",
        "constant",
        "expression",
    )

    def __init__(self, expression: Expression, sandbox: Sandbox, names: VariableNames) -> None:
        self.expression = expression
        self._script = sandbox.compile(expression)

        def bind(argument: Expression) -> BoundExpression:
            return BoundExpression(argument, sandbox, names)

        uses = self._script.uses
        self._getters = tuple(
            module_reader(uses[name], expression, bind) if name in uses else names.getter(name)
            for name in self._script.names
        )
        value = constant_value(expression.text)
        self._arithmetic = compile_arithmetic(self._script.text)
        self._meanings = {
            name: uses[name].name if name in uses else name for name in self._script.names
        }
        self._own = frozenset(name for name in self._script.names if names.is_own(name)) - set(uses)
        constant = math.nan if value is None else float(value)
        self.constant = constant if math.isfinite(constant) else None

    @property
    def text(self) -> str:
        """The expression as written."""
        return self.expression.text

    @property
    def names(self) -> frozenset[str]:
        """Free names that it uses, bare words in the calls of modules included."""
        return names_in(self.expression.text)

    def value(self, moment: Moment) -> ScriptValue:
        """Evaluate as it is; None where it cannot be evaluated."""
        try:
            return self._script(*[getter(moment) for getter in self._getters])
        except ScriptLimitError:
            raise
        except ScriptError:
            return None

    def along_chain(self, moment: Moment) -> Mapping[str, Any]:
        """Return the values of its names where a leg stands at a whole chain.

        Raises
        ------
        NotArithmeticError
            It is not plain arithmetic.
        """
        if self._arithmetic is None or not _MARGIN.isdisjoint(self._script.names):
            raise NotArithmeticError
        if any(use.name.startswith("options.") for use in self._script.uses.values()):
            raise NotArithmeticError
        pairs = zip(self._script.names, self._getters, strict=True)
        return {name: getter(moment) for name, getter in pairs}

    def truths(self, values: Mapping[str, Any]) -> Flags:
        """Evaluate as a condition over the arrays of `along_chain`.

        Raises
        ------
        NotArithmeticError
            The values need Lua.
        """
        if self._arithmetic is None:
            raise NotArithmeticError
        return self._arithmetic.truths(values)

    def numbers(self, values: Mapping[str, Any]) -> Floats:
        """Evaluate as a number over arrays; raises like `truths`."""
        if self._arithmetic is None or not self._arithmetic.is_number:
            raise NotArithmeticError
        return self._arithmetic.numbers(values)

    def at_bars(self, span: Span) -> Flags | None:
        """Evaluate as a condition at many bars; None where Lua has to be asked at each."""
        if self._arithmetic is None:
            return None
        values: dict[str, Any] = {}
        for name, meaning in self._meanings.items():
            own = name in self._own
            value = span.position.variables.get(name) if own else bar_value(meaning, span)
            if value is None:
                return None
            values[name] = np.asarray(value, np.float64) if np.ndim(value) else value
        try:
            return np.broadcast_to(self._arithmetic.truths(values), span.bars.shape)
        except NotArithmeticError:
            return None

    def truth(self, moment: Moment) -> bool:
        """Evaluate as a condition.

        Raises
        ------
        ScriptError
            The expression could not be evaluated.
        """
        return truth(self._script(*[getter(moment) for getter in self._getters]))

    def number(self, moment: Moment) -> float:
        """Evaluate as a finite number.

        Raises
        ------
        ScriptError
            The expression could not be evaluated or gave no finite number.
        """
        if self.constant is not None:
            return self.constant
        return number(self._script(*[getter(moment) for getter in self._getters]), self.expression)


class Binder:
    """Binds the expressions of one definition."""

    def __init__(self, sandbox: Sandbox, names: VariableNames) -> None:
        self._sandbox = sandbox
        self._names = names

    def one(self, expression: Expression | None) -> BoundExpression | None:
        """Bind an expression that may be absent; an empty text counts as absent."""
        if expression is None or not expression.text.strip():
            return None
        return BoundExpression(expression, self._sandbox, self._names)

    def needed(self, expression: Expression | None, path: JsonPath) -> BoundExpression:
        """Bind an expression that must be there.

        Raises
        ------
        SimulationError
            It is absent.
        """
        bound = self.one(expression)
        if bound is None:
            raise SimulationError("a value is missing", where=path_text(path))
        return bound

    def several(self, expressions: Iterable[Expression]) -> tuple[BoundExpression, ...]:
        """Bind a list."""
        bound = (self.one(expression) for expression in expressions)
        return tuple(expression for expression in bound if expression is not None)

    def defines(
        self, expressions: Mapping[str, Expression]
    ) -> tuple[tuple[str, BoundExpression], ...]:
        """Bind a VarDefines map in the order written."""
        bound = ((name, self.one(expression)) for name, expression in expressions.items())
        return tuple((name, expression) for name, expression in bound if expression is not None)


def first_met(conditions: Iterable[BoundExpression], moment: Moment) -> BoundExpression | None:
    """Return the first condition of an OR list that holds, None if none does.

    Raises
    ------
    ScriptError
        A condition could not be evaluated.
    """
    return next((condition for condition in conditions if condition.truth(moment)), None)
