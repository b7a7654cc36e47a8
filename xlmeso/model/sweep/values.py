"""Values of a sweep as people type them: lists, ranges with a step, ranges to draw from.

``10, 15, 20`` is a list; ``5..30 step 5`` a range with a step, its ends included; ``5..30`` a range
that only a sample can draw from.  Commas inside brackets and quotes do not separate; a list with a
semicolon is separated by semicolons alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from xlmeso.errors import XlmesoError
from xlmeso.model.document import DocumentError, JsonNumber, JsonValue, loads
from xlmeso.model.fields import Kind
from xlmeso.model.sweep.paths import SweepPath

MOST_VALUES: Final = 10_000
"""Values of one list or range; more would fill no sensible grid."""

_NUMBER: Final = r"-?(?:\d+(?:\.\d+)?|\.\d+)"
_RANGE: Final = re.compile(
    rf"(?P<low>{_NUMBER})\s*\.\.\s*(?P<high>{_NUMBER})(?:\s+step\s+(?P<step>{_NUMBER}))?",
    re.IGNORECASE,
)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_OPENING: Final = "([{"
_CLOSING: Final = ")]}"


class SweepValueError(XlmesoError):
    """A value list that cannot be read."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class ValueSet:
    """What a parameter may be: the values of a list, or a range of numbers without a step.

    Attributes
    ----------
    values
        Texts as typed; of a range with a step its numbers.  Empty for a range without a step.
    low, high
        Ends of a range without a step; their decimals say how a drawn number is rounded.
    text
        All of it as typed.
    """

    values: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    text: str = field(default="", compare=False)

    @property
    def is_open_range(self) -> bool:
        """Whether only a sample can choose from it."""
        return self.low is not None

    def at(self, share: float) -> str:
        """Return the value at a share (0..1) of the list or range, spelled as its ends are."""
        if self.low is None or self.high is None:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        unit = Decimal(1).scaleb(min(_exponent(self.low), _exponent(self.high)))
        drawn = self.low + (self.high - self.low) * Decimal(repr(share))
        return f"{min(max(drawn.quantize(unit), self.low), self.high).quantize(unit):f}"


def parse_values(text: str) -> ValueSet:
    """Read a list or a range.

    Raises
    ------
    SweepValueError
        Nothing to vary, a range that runs backwards, a value twice, or too many of them.
    """
    return replace(_parsed(text), text=text.strip())


def _parsed(text: str) -> ValueSet:
    match = _RANGE.fullmatch(text.strip())
    if match is not None:
        return _range(match)
    values = [piece.strip() for piece in _split(text)]
    if not any(values):
        raise SweepValueError("there are no values.", cure="Write them like 10, 15, 20.")
    if "" in values:
        raise SweepValueError(
            f"{text.strip()!r} has a gap between two commas.", cure="Write null for no value."
        )
    return ValueSet(_distinct(values))


def typed(text: str, target: SweepPath) -> JsonValue:
    """Turn a value as typed into the JSON value that a definition holds.

    The type is that of the value that stands there now, the spelling is kept: 15 stays ``15``, and
    becomes the text ``"15"`` where the definition has a text.  ``null`` is null, a text in double
    quotes is always a text, a day alone gets the first or last second of it.

    Raises
    ------
    SweepValueError
        A list or object that is no JSON, or not true or false where one of them belongs.
    """
    text = text.strip()
    known = target.known
    kind = known.kind if known else None
    if text == "null":
        return None
    if text.startswith('"'):
        return _quoted(text)
    if kind in (Kind.LIST, Kind.OBJECT, Kind.MAP) or isinstance(target.current, (list, dict)):
        return _part(text)
    if kind is Kind.BOOLEAN or isinstance(target.current, bool):
        return _truth(text, target)
    if kind is Kind.TIME and _DAY.fullmatch(text):
        return f"{text}T{'23:59:59' if target.path[-1] == 'End' else '00:00:00'}"
    if _as_number(target, kind):
        return _number(text)
    return text


def _as_number(target: SweepPath, kind: Kind | None) -> bool:
    if target.current is None:
        return kind in (Kind.NUMBER, Kind.EXPRESSION, None)
    return isinstance(target.current, JsonNumber)


def _number(text: str) -> JsonValue:
    try:
        return JsonNumber(text)
    except ValueError:
        return text  # an expression


def _quoted(text: str) -> str:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = None
    if not isinstance(value, str):
        raise SweepValueError(f"{text} is no text in double quotes.")
    return value


def _part(text: str) -> JsonValue:
    try:
        return loads(text)
    except DocumentError as error:
        raise SweepValueError(
            f"{text!r} is no JSON: {error.message}", cure='Write it like ["SPXW", "SPX"].'
        ) from None


def _truth(text: str, target: SweepPath) -> bool:
    if text.casefold() not in ("true", "false"):
        raise SweepValueError(f"{target.text} is true or false, not {text!r}.")
    return text.casefold() == "true"


def _range(match: re.Match[str]) -> ValueSet:
    low, high = Decimal(match["low"]), Decimal(match["high"])
    if low >= high:
        raise SweepValueError(
            f"the range {match[0]} does not rise.", cure="Write the smaller number first."
        )
    if match["step"] is None:
        return ValueSet(low=low, high=high)
    step = Decimal(match["step"])
    if step <= 0:
        raise SweepValueError(f"the step of {match[0]} must be more than 0.")
    count = int((high - low) // step) + 1
    if count > MOST_VALUES:
        raise SweepValueError(f"{match[0]} has {count:,} values; at most {MOST_VALUES:,} are read.")
    unit = Decimal(1).scaleb(min(_exponent(low), _exponent(step)))
    return ValueSet(tuple(f"{(low + step * item).quantize(unit):f}" for item in range(count)))


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return min(exponent, 0) if isinstance(exponent, int) else 0


def _distinct(values: list[str]) -> tuple[str, ...]:
    if len(values) > MOST_VALUES:
        raise SweepValueError(f"{len(values):,} values; at most {MOST_VALUES:,} are read.")
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise SweepValueError(f"the value {value} stands twice.", cure="Write it once.")
        seen.add(value)
    return tuple(values)


def _split(text: str) -> list[str]:
    """Split at the separators that stand outside of quotes and brackets."""
    marks = list(_marks(text))
    separator = ";" if any(mark == ";" for _, mark in marks) else ","
    pieces, start = [], 0
    for place, mark in marks:
        if mark == separator:
            pieces.append(text[start:place])
            start = place + 1
    return [*pieces, text[start:]]


def _marks(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    depth, quote, escaped = 0, "", False
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote and not escaped else quote
            escaped = character == "\\" and not escaped
        elif character in "\"'":
            quote = character
        elif character in _OPENING or character in _CLOSING:
            depth += 1 if character in _OPENING else -1
        elif character in ",;" and depth == 0:
            found.append((place, character))
    return found
