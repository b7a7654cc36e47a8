"""Expressions bound to the variables that they use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from xlmeso.errors import SimulationError
from xlmeso.model.document import JsonPath, path_text
from xlmeso.model.expression import constant_value, names_in
from xlmeso.model.strategy import Expression
from xlmeso.simulator.engine.module_values import module_reader
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.variables import VariableNames
from xlmeso.simulator.script.results import number, truth
from xlmeso.simulator.script.sandbox import (
    Sandbox,
    ScriptError,
    ScriptLimitError,
    ScriptValue,
)


class BoundExpression:
    """A compiled expression that fetches its own variables.

    Attributes
    ----------
    expression
        Text and path as written.
    constant
        Its value when it is a plain, finite number, else None.
    """

    __slots__ = ("_getters", "_script", "constant", "expression")

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
