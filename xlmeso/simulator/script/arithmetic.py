"""Expressions that are plain arithmetic, evaluated over whole arrays with Lua's own results.

Covers numbers, variables, ``+ - * / // %``, ``^ 2``, comparisons, and, or, not, and the functions
abs, min, max, sqrt, floor, ceil, int.  Every operation is exact in IEEE 754, so that an element
equals what Lua gives for its values alone.  Whatever could differ (logarithms, powers, integers
beyond 2^53, division of integers by zero, nil) is left to Lua: the compiler returns None, or the
evaluation raises `NotArithmeticError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from xlmeso.model.expression import KEYWORDS, token_spans

MOST_TOKENS: Final = 200
"""Longer expressions are left to Lua, and so are deeply nested ones."""

MOST_BRACKETS: Final = 20
MOST_CHARACTERS: Final = 4_000

_WHOLE: Final = re.compile(r"\d+\Z")
_DECIMAL: Final = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_EXACT: Final = float(1 << 53)

Value = Any
"""A float, or an array of floats."""

Flags = npt.NDArray[np.bool_]
Values = Mapping[str, Value]
Kind = Literal["number", "truth", "choice"]


class NotArithmeticError(Exception):
    """The values at hand need Lua."""


@dataclass(frozen=True, slots=True)
class _Node:
    """A part of an expression.

    Attributes
    ----------
    kind
        ``choice`` is a pair of a truth and a number, from ``condition and number``.
    is_float
        Whether Lua certainly has a float there, so that no integer rule applies.
    constant
        Value of a literal.
    """

    kind: Kind
    run: Callable[[Values], Value]
    is_float: bool = True
    constant: float | None = None


class Arithmetic:
    """A compiled expression.

    Attributes
    ----------
    names
        Variables that it uses.
    """

    __slots__ = ("_root", "names")

    def __init__(self, root: _Node, names: frozenset[str]) -> None:
        self._root = root
        self.names = names

    @property
    def is_number(self) -> bool:
        """Whether the result is a number, not true or false."""
        return self._root.kind == "number"

    def truths(self, values: Values) -> Flags:
        """Evaluate as a condition, element by element (zero and NaN are false).

        Raises
        ------
        NotArithmeticError
            A value is nil, or Lua's integers would matter.
        """
        with np.errstate(all="ignore"):
            result = self._root.run(values)
            if self._root.kind == "truth":
                return np.asarray(result, dtype=np.bool_)
            if self._root.kind == "choice":
                return np.asarray(result[0] & _is_true(result[1]), dtype=np.bool_)
            return np.asarray(_is_true(result), dtype=np.bool_)

    def numbers(self, values: Values) -> npt.NDArray[np.float64]:
        """Evaluate as a number, element by element; raises like `truths`."""
        with np.errstate(all="ignore"):
            return np.asarray(self._root.run(values), dtype=np.float64)


def compile_arithmetic(text: str) -> Arithmetic | None:
    """Compile a Lua expression without modules, None where it needs Lua."""
    if len(text) > MOST_CHARACTERS:
        return None
    tokens = [
        (kind, token) for kind, token, _ in token_spans(text) if kind not in ("comment", "space")
    ]
    if len(tokens) > MOST_TOKENS:
        return None
    parser = _Parser([*_joined(tokens), ("end", "")])
    try:
        root = parser.whole()
    except NotArithmeticError:
        return None
    return Arithmetic(root, frozenset(parser.names))


def _joined(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Put operators of two characters together, which the tokens have apart."""
    found: list[tuple[str, str]] = []
    for kind, token in tokens:
        before = found[-1][1] if found and found[-1][0] == "other" else ""
        if kind == "other" and before + token in ("<=", ">=", "==", "~=", "//", "<<", ">>"):
            found[-1] = ("other", before + token)
        else:
            found.append((kind, token))
    return found


def _is_true(value: Value) -> Value:
    return (value != 0) & ~np.isnan(value)


class _Parser:
    """Recursive descent after the precedence of Lua 5.4 (manual section 3.4.8)."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self.names: set[str] = set()

    def whole(self) -> _Node:
        root = self._either()
        if self._tokens[self._at][0] != "end":
            raise NotArithmeticError
        return root

    def _take(self, *wanted: str) -> str | None:
        token = self._tokens[self._at][1]
        if self._tokens[self._at][0] in ("other", "name") and token in wanted:
            self._at += 1
            return token
        return None

    def _need(self, wanted: str) -> None:
        if self._take(wanted) is None:
            raise NotArithmeticError

    def _either(self) -> _Node:
        left = self._both()
        while self._take("or"):
            left = _or(left, self._both())
        return left

    def _both(self) -> _Node:
        left = self._comparison()
        while self._take("and"):
            left = _and(left, self._comparison())
        return left

    def _comparison(self) -> _Node:
        left = self._sum()
        while operator := self._take(*_COMPARE):
            left = _compare(operator, left, self._sum())
        return left

    def _sum(self) -> _Node:
        left = self._product()
        while operator := self._take("+", "-"):
            left = _calculate(operator, left, self._product())
        return left

    def _product(self) -> _Node:
        left = self._unary()
        while operator := self._take("*", "/", "//", "%"):
            left = _calculate(operator, left, self._unary())
        return left

    def _unary(self) -> _Node:
        if self._take("-"):
            return _negative(self._unary())
        if self._take("not"):
            return _not(self._unary())
        return self._power()

    def _power(self) -> _Node:
        base = self._atom()
        if self._take("^"):
            return _square(base, self._unary())
        return base

    def _atom(self) -> _Node:
        kind, token = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return _literal(token)
        if (kind, token) == ("other", "("):
            return self._bracket()
        if kind != "name":
            raise NotArithmeticError
        if token in _FLAGS:
            return _flag(token)
        if token in _FUNCTIONS:
            return self._call(token)
        if token in KEYWORDS or "." in token:
            raise NotArithmeticError
        self.names.add(token)
        return _variable(token)

    def _bracket(self) -> _Node:
        self._depth += 1
        if self._depth > MOST_BRACKETS:
            raise NotArithmeticError
        inner = self._either()
        self._need(")")
        self._depth -= 1
        return inner

    def _call(self, name: str) -> _Node:
        self._need("(")
        self._depth += 1
        if self._depth > MOST_BRACKETS:
            raise NotArithmeticError
        arguments = [self._either()]
        while self._take(","):
            arguments.append(self._either())
        self._need(")")
        self._depth -= 1
        return _called(name, arguments)


def _numbers(*nodes: _Node) -> None:
    if any(node.kind != "number" for node in nodes):
        raise NotArithmeticError


def _literal(token: str) -> _Node:
    if not _DECIMAL.match(token):
        raise NotArithmeticError  # hexadecimal
    value = float(token)
    is_float = not _WHOLE.match(token)
    if not is_float and value >= _EXACT:
        raise NotArithmeticError
    return _Node("number", lambda _: value, is_float, value)


_FLAGS: Final = {"true": np.bool_(True), "false": np.bool_(False)}


def _flag(word: str) -> _Node:
    flag = _FLAGS[word]
    return _Node("truth", lambda _: flag)


def _variable(name: str) -> _Node:
    def run(values: Values) -> Value:
        value = values[name]
        if value is None or (isinstance(value, int) and abs(value) >= _EXACT):
            raise NotArithmeticError
        return value

    return _Node("number", run, is_float=False)


def _or(left: _Node, right: _Node) -> _Node:
    if left.kind == right.kind == "truth":
        return _Node("truth", lambda values: left.run(values) | right.run(values))
    if left.kind == "choice" and right.kind == "number":

        def run(values: Values) -> Value:
            flag, number = left.run(values)
            return np.where(flag, number, right.run(values))

        return _Node("number", run, left.is_float and right.is_float)
    raise NotArithmeticError


def _and(left: _Node, right: _Node) -> _Node:
    if left.kind != "truth":
        raise NotArithmeticError
    if right.kind == "truth":
        return _Node("truth", lambda values: left.run(values) & right.run(values))
    if right.kind == "number":
        return _Node("choice", lambda values: (left.run(values), right.run(values)), right.is_float)
    raise NotArithmeticError


def _not(inner: _Node) -> _Node:
    if inner.kind != "truth":
        raise NotArithmeticError
    return _Node("truth", lambda values: ~inner.run(values))


_COMPARE: Final[dict[str, Callable[[Value, Value], Value]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "~=": np.not_equal,
}


def _compare(operator: str, left: _Node, right: _Node) -> _Node:
    _numbers(left, right)
    compare = _COMPARE[operator]
    return _Node("truth", lambda values: compare(left.run(values), right.run(values)))


_CALCULATE: Final[dict[str, Callable[[Value, Value], Value]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "//": lambda a, b: np.floor(np.divide(a, b)),
    "%": np.mod,
}


def _calculate(operator: str, left: _Node, right: _Node) -> _Node:
    _numbers(left, right)
    calculate = _CALCULATE[operator]
    is_float = operator == "/" or left.is_float or right.is_float
    no_zero = operator in ("//", "%") and not is_float

    def run(values: Values) -> Value:
        divisor = right.run(values)
        if no_zero and np.any(divisor == 0):
            raise NotArithmeticError
        return _exact(calculate(left.run(values), divisor), is_float=is_float)

    return _Node("number", run, is_float)


def _exact(value: Value, *, is_float: bool) -> Value:
    """Return a value unless Lua may have an integer that a float cannot hold."""
    if not is_float and np.any(np.abs(value) >= _EXACT):
        raise NotArithmeticError
    return value


def _negative(inner: _Node) -> _Node:
    _numbers(inner)
    constant = None if inner.constant is None else -inner.constant
    return _Node("number", lambda values: np.negative(inner.run(values)), inner.is_float, constant)


def _square(base: _Node, exponent: _Node) -> _Node:
    """Lua computes ``x ^ 2`` as x * x; other powers depend on the C library."""
    _numbers(base)
    if exponent.constant != 2:
        raise NotArithmeticError

    def run(values: Values) -> Value:
        value = base.run(values)
        return np.multiply(value, value)

    return _Node("number", run)


def _larger(a: Value, b: Value) -> Value:
    return np.where(np.less(a, b), b, a)  # with NaN as Lua's math.max does it


def _smaller(a: Value, b: Value) -> Value:
    return np.where(np.less(b, a), b, a)


_ONE_VALUE: Final[dict[str, Callable[[Value], Value]]] = {
    "abs": np.abs,
    "sqrt": np.sqrt,
    "floor": np.floor,
    "ceil": np.ceil,
    "int": lambda x: np.where(np.greater_equal(x, 0), np.floor(x), np.ceil(x)),
}
_PAIRS: Final[dict[str, Callable[[Value, Value], Value]]] = {"min": _smaller, "max": _larger}
_FUNCTIONS: Final = frozenset((*_ONE_VALUE, *_PAIRS))


def _called(name: str, arguments: list[_Node]) -> _Node:
    _numbers(*arguments)
    if name in _PAIRS:
        pair = _PAIRS[name]

        def fold(values: Values) -> Value:
            result = arguments[0].run(values)
            for argument in arguments[1:]:
                result = pair(result, argument.run(values))
            return result

        return _Node("number", fold, all(argument.is_float for argument in arguments))
    if len(arguments) != 1:
        raise NotArithmeticError
    function, (argument,) = _ONE_VALUE[name], arguments
    is_float = name == "sqrt" or (name == "abs" and argument.is_float)
    return _Node(
        "number",
        lambda values: _exact(function(argument.run(values)), is_float=is_float),
        is_float,
    )
