"""How the result of an expression is read: as a condition or as a quantity."""

from __future__ import annotations

import math

from xlmeso.model.strategy import Expression
from xlmeso.simulator.script.sandbox import ScriptValue, fail


def truth(value: ScriptValue) -> bool:
    """Read a condition: nil, false, zero and NaN are false, every other number is true.

    Plain Lua takes 0 for true; the service's documented ``random(0,1)`` gate needs it false
    (reference section 3.1).
    """
    if value is None or value is False or value is True:
        return bool(value)
    # Assumption: a condition that is not a number (0/0) is not met.
    return value != 0 and not math.isnan(value)


def number(value: ScriptValue, expression: Expression) -> float:
    """Read a quantity as a finite number.

    Raises
    ------
    ScriptError
        nil, true or false, infinite or not a number; the message names the expression.
    """
    if value is None:
        fail(expression, "Eval failed: no value")
    if isinstance(value, bool):
        fail(expression, "a number is needed, not true or false,")
    result = float(value)
    if not math.isfinite(result):
        fail(expression, f"a finite number is needed, not {result},")
    return result
