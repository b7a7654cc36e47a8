"""What a use of timing or options in an expression reads at a moment."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.model.document import path_text
from xlmeso.model.modules import (
    ANCHORS,
    ARGUMENTS,
    BOUNDARIES,
    GOALS,
    METRICS,
    POSITION,
    RETURN_MODES,
    ModuleUse,
)
from xlmeso.model.strategy import Expression
from xlmeso.simulator.engine.clock import MINUTES_PER_DAY
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.ports import Floats
from xlmeso.simulator.engine.timing import VALUES, timing_function

if TYPE_CHECKING:
    from xlmeso.simulator.engine.expressions import BoundExpression

Bind = Callable[[Expression], "BoundExpression"]
Reader = Callable[[Moment], float | int | None]
Target = Callable[[Moment], tuple[list[Leg], float] | None]


def module_reader(use: ModuleUse, expression: Expression, bind: Bind) -> Reader:
    """Return the function that reads a use.

    Raises
    ------
    SimulationError
        The number of arguments is wrong, or one of the bare words is unknown.
    """
    arguments = use.arguments
    if arguments is None:
        return VALUES[use.name]
    fewest, most = ARGUMENTS[use.name]
    if not fewest <= len(arguments) <= most:
        raise _mistake(f"{use.name} takes {_count(fewest, most)}", expression)
    if use.name.startswith("timing."):
        boundary = arguments[1] if len(arguments) > 1 else None
        _check(expression, use.name, ((arguments[0], ANCHORS), (boundary, BOUNDARIES)))
        return timing_function(use.name, arguments[0], boundary)
    if use.name == "options.model":
        return _model(arguments, expression, bind)
    return _solver(arguments, expression, bind)


def _model(arguments: tuple[str, ...], expression: Expression, bind: Bind) -> Reader:
    """options.model(target, DTE or anchor, price, metric)."""
    target, days, price, metric = arguments
    _check(expression, "options.model", ((metric, METRICS),))
    legs, ahead = _target(target, expression), _days(days, expression, bind)
    at = _number(price, expression, bind)

    def read(m: Moment) -> float | None:
        function = _projection(m, legs, ahead, metric)
        spot = at(m)
        if function is None or spot is None or spot <= 0:
            return None
        return function(np.array([spot])).item(0)

    return read


def _solver(arguments: tuple[str, ...], expression: Expression, bind: Bind) -> Reader:
    """options.model_solver(target, DTE or anchor, from, to, metric, goal, return mode)."""
    target, days, begin, end, metric, goal, mode = arguments
    words = ((metric, METRICS), (goal, GOALS), (mode, RETURN_MODES))
    _check(expression, "options.model_solver", words)
    legs, ahead = _target(target, expression), _days(days, expression, bind)
    first, last = (_number(text, expression, bind) for text in (begin, end))

    def read(m: Moment) -> float | None:
        from xlmeso.simulator.engine.solver import solve

        function = _projection(m, legs, ahead, metric)
        start, stop = first(m), last(m)
        if function is None or start is None or stop is None or min(start, stop) <= 0:
            return None
        held = legs(m)
        strikes = set() if held is None else {leg.strike for leg in held[0]}
        found = solve(function, start, stop, goal, strikes)
        return None if found is None else found[mode == "return_value"]

    return read


def _projection(
    m: Moment,
    legs: Target,
    ahead: Callable[[Moment], float | None],
    metric: str,
) -> Callable[[Floats], Floats] | None:
    """Return the metric as a function of prices; None without legs or without a time."""
    from xlmeso.simulator.engine.projection import Scene, project

    found, days = legs(m), ahead(m)
    if found is None or days is None:
        return None
    held, realised = found
    rate, dividend_yield = m.market.rates(m.bar)
    minute = m.minute + max(days, 0.0) * MINUTES_PER_DAY
    scene = Scene(m.bar, minute, rate, dividend_yield, m.market.is_inverse)
    apart = realised if metric == "pnl" else 0.0
    return lambda price: project(held, scene, price, metric) + apart


def _target(word: str, expression: Expression) -> Target:
    """Return the legs that still move and the money of the rest; None where nothing is there.

    Markers are no part of a position's sums.
    """
    if word == POSITION:
        return _position_target
    name = word.removeprefix("leg_")
    if name == word or not word.isidentifier():
        raise _mistake(f"{word!r} is neither position nor leg_NAME", expression)

    def one(m: Moment) -> tuple[list[Leg], float] | None:
        leg = None if m.position is None else m.position.legs.get(name)
        if leg is None:
            return None
        return ([], leg.realised) if leg.is_closed else ([leg], 0.0)

    return one


def _position_target(m: Moment) -> tuple[list[Leg], float] | None:
    if m.position is None or not m.position.legs:
        return None
    legs = m.position.legs.values()
    moving = [leg for leg in legs if not (leg.is_closed or leg.is_marker)]
    return moving, m.position.realised


def _days(text: str, expression: Expression, bind: Bind) -> Callable[[Moment], float | None]:
    """Return the days ahead: of an expression, or until an anchor.

    UNKNOWN what the argument means for legs of different expirations; Assumption: days from now.
    """
    if text in ANCHORS:
        return timing_function("timing.calendar_days_until", text, None)
    return _number(text, expression, bind)


def _number(text: str, expression: Expression, bind: Bind) -> Callable[[Moment], float | None]:
    """Return what evaluates an argument; None where it has no value or is not finite."""
    bound = bind(Expression(text, expression.path))

    def read(m: Moment) -> float | None:
        value = bound.value(m)
        if value is None or isinstance(value, bool) or not math.isfinite(value):
            return None
        return float(value)

    return read


def _check(
    expression: Expression, name: str, words: tuple[tuple[str | None, tuple[str, ...]], ...]
) -> None:
    for word, known in words:
        if word is not None and word not in known:
            raise _mistake(f"{name} knows no {word!r}, only {', '.join(known)}", expression)


def _count(fewest: int, most: int) -> str:
    return f"{fewest} arguments" if fewest == most else f"{fewest} to {most} arguments"


def _mistake(message: str, expression: Expression) -> SimulationError:
    return SimulationError(f"{message} in '{expression.text}'", where=path_text(expression.path))
