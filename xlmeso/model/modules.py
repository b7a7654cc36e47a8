"""The modules timing and options of version 3: their words, and their calls in an expression.

Reference sections 3.3 and 3.4.  Anchors, boundaries, metrics and the like are bare words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from xlmeso.model.expression import MODULES, token_spans
from xlmeso.model.variables import (
    GREEKS,
    OPTIONS_FUNCTIONS,
    TIMING_FUNCTIONS,
    TIMING_VALUES,
)

PERIODS: Final = ("week", "month", "quarter", "year")
"""Spans of time that anchors are made of."""

# UNKNOWN beyond next_month and monthly_opex; Assumption: the candidates that the reference infers.
ANCHORS: Final = (
    *(f"{which}_{period}" for period in PERIODS for which in ("this", "next")),
    "weekly_opex", "monthly_opex",
)  # fmt: skip
"""Points in time that the timing functions count to or from."""

BOUNDARIES: Final = ("first", "last")
"""Which end of an anchor is meant."""

METRICS: Final = ("pnl", *GREEKS)
"""What the options functions project."""

GOALS: Final = ("zero", "maximize", "minimize")
"""What options.model_solver looks for."""

RETURN_MODES: Final = ("return_price", "return_value")
"""What options.model_solver gives back."""

POSITION: Final = "position"
"""Target of the options functions: the whole position; else leg_NAME."""

ARGUMENTS: Final = {
    **dict.fromkeys(TIMING_FUNCTIONS, (1, 2)),
    "timing.trading_days_in": (1, 1),
    "timing.calendar_days_in": (1, 1),
    "options.model": (4, 4),
    "options.model_solver": (7, 7),
}
"""Function -> fewest and most arguments; further model parameters are not public."""

_FUNCTIONS: Final = frozenset((*TIMING_FUNCTIONS, *OPTIONS_FUNCTIONS))
_OPENING: Final = ("(", "[", "{")
_CLOSING: Final = (")", "]", "}")


@dataclass(frozen=True, slots=True)
class ModuleUse:
    """One use of a module in an expression.

    Attributes
    ----------
    name
        Dotted name without spaces.
    arguments
        Texts between the brackets of a call, without space around them; None for a value.
    start, stop
        Place in the text.
    """

    name: str
    arguments: tuple[str, ...] | None
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def stop(self) -> int:
        return self.start + len(self.text)


def module_uses(text: str) -> tuple[ModuleUse, ...]:
    """Return the uses of known values and functions, outermost only, in the order written."""
    if not any(module in text for module in MODULES):
        return ()  # nearly every expression: no need to take the text apart
    tokens = [
        _Token(kind, piece, start)
        for kind, piece, start in token_spans(text)
        if kind not in ("comment", "space")
    ]
    return tuple(_uses(text, tokens))


def _uses(text: str, tokens: list[_Token]) -> Iterator[ModuleUse]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        name = re.sub(r"\s", "", token.text) if token.kind == "name" else ""
        called = at + 1 < len(tokens) and tokens[at + 1].text == "("
        if name in _FUNCTIONS and called:
            end, arguments = _arguments(text, tokens, at + 1)
            yield ModuleUse(name, arguments, token.start, tokens[end].stop)
            at = end
        elif name in TIMING_VALUES and not called:
            yield ModuleUse(name, None, token.start, token.stop)
        at += 1


def _arguments(text: str, tokens: list[_Token], opening: int) -> tuple[int, tuple[str, ...]]:
    """Return the index of the closing bracket and what stands between the commas."""
    depth, begin = 0, tokens[opening].stop
    found: list[str] = []
    for at in range(opening, len(tokens)):
        piece = tokens[at].text if tokens[at].kind == "other" else ""
        depth += (piece in _OPENING) - (piece in _CLOSING)
        if depth == 0 or (depth == 1 and piece == ","):
            found.append(text[begin : tokens[at].start].strip())
            begin = tokens[at].stop
        if depth == 0:
            return at, tuple(found) if found != [""] else ()
    return len(tokens) - 1, tuple(found)
