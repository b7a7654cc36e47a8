"""Lossless JSON: what was read is written again, to the letter of every number and key order.

A strategy definition is compared by the service with its earlier submission, sensitive to number
spelling, unknown fields and array order (reference section 7.2).  Python's own JSON reader would
turn ``10000.0000`` into ``10000.0``; here a number keeps its literal.

A document is built of ``dict``, ``list``, ``str``, ``bool``, ``None`` and `JsonNumber`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NoReturn

from xlmeso.errors import XlmesoError

MAX_DEPTH: Final = 64
"""Deepest nesting of objects and arrays that the service accepts (reference section 7.2)."""

MAX_BYTES: Final = 2 * 1024 * 1024
"""Largest body in bytes that the service accepts (reference section 7.2)."""

_LONGEST_INT: Final = 4000
"""Digits; Python refuses to read much longer ones (its limit is 4,300)."""

# A string without an end reaches to the end of the text: each character is looked at once, or a
# large body of escaped quotes would keep the service busy for hours.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_LITERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")


class DocumentError(XlmesoError):
    """Text that is not an acceptable JSON document."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class JsonNumber:
    """A JSON number that remembers its spelling; equal only to the same spelling."""

    literal: str

    def __post_init__(self) -> None:
        if not _LITERAL.match(self.literal):
            raise ValueError(f"{self.literal!r} is not a JSON number")

    def __float__(self) -> float:
        return float(self.literal)

    @property
    def decimal(self) -> Decimal:
        """The exact value."""
        return Decimal(self.literal)

    @property
    def is_integer(self) -> bool:
        """Whether it is spelled as a whole number that Python can read."""
        digits = self.literal.lstrip("-")
        return digits.isdigit() and len(digits) <= _LONGEST_INT

    def __str__(self) -> str:
        return self.literal


type_names: Final = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    JsonNumber: "a number",
    type(None): "null",
}
"""How messages name the type of a JSON value."""

JsonValue = Any
"""``None | bool | str | JsonNumber | list[JsonValue] | dict[str, JsonValue]``."""

JsonPath = tuple[str | int, ...]
"""Steps from the root: a text for an object's key, an integer for a list's index."""


def loads(
    text: str | bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH
) -> JsonValue:
    """Read one JSON document.

    Raises
    ------
    DocumentError
        Too large, too deep, not UTF-8, not JSON, a key twice in one object, NaN or Infinity.
    """
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise DocumentError(f"the document has {size:,} bytes; at most {max_bytes:,} are accepted")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DocumentError(f"the document is not UTF-8 (byte {error.start})") from None
    _check_depth(text, max_depth)
    try:
        return json.loads(
            text,
            parse_int=JsonNumber,
            parse_float=JsonNumber,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"not JSON: {error.msg}", where=f"line {error.lineno}, column {error.colno}"
        ) from None


def dumps(value: JsonValue, *, indent: int | None = None) -> str:
    """Write a document; numbers as they were spelled, keys in their order, text as UTF-8."""
    return "".join(_pieces(value, indent, 0))


def canonical(value: JsonValue) -> str:
    """One spelling for documents that differ only in the order of keys and in white space.

    Array order, strings, number spelling, names and unknown fields all count (reference 7.2).
    """
    return dumps(_sorted_keys(value))


def from_python(value: Any) -> JsonValue:
    """Turn plain Python data (int, float, Decimal included) into a document; copies containers.

    Raises
    ------
    DocumentError
        A value that JSON has no form for (NaN, a date, a key that is not a text), or nested
        deeper than `MAX_DEPTH`.
    """
    return _from_python(value, MAX_DEPTH)


def _from_python(value: Any, depth: int) -> JsonValue:
    if depth == 0 and isinstance(value, (dict, list, tuple)):
        raise DocumentError(f"nested deeper than {MAX_DEPTH} levels")
    match value:
        case None | bool() | str() | JsonNumber():
            return value
        case int() | float() | Decimal():
            try:
                return JsonNumber(str(value).replace("E", "e"))
            except ValueError:
                raise DocumentError(f"{value!r} has no form in JSON") from None
        case dict():
            if bad := [key for key in value if not isinstance(key, str)]:
                raise DocumentError(f"{bad[0]!r} is no key: JSON's keys are texts")
            return {key: _from_python(item, depth - 1) for key, item in value.items()}
        case list() | tuple():
            return [_from_python(item, depth - 1) for item in value]
    raise DocumentError(f"{value!r} ({type(value).__name__}) has no form in JSON")


def to_python(value: JsonValue) -> Any:
    """Turn a document into plain Python data: numbers become int or float."""
    match value:
        case JsonNumber(literal):
            return int(literal) if value.is_integer else float(literal)
        case dict():
            return {key: to_python(item) for key, item in value.items()}
        case list():
            return [to_python(item) for item in value]
    return value


def path_text(path: JsonPath) -> str:
    """Write a path as the service's messages do: ``Structure.Legs[0].StrikeSelector.Delta``.

    Keys that are no plain names are quoted: ``ConditionalAdjustments["pos_delta > 10"]``.
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"\w+", step):
            text += f".{step}" if text else step
        else:
            text += f"[{_quoted(step)}]"
    return text


_STEP = re.compile(
    r'\.(?P<name>\w+)|\[(?P<index>[0-9]{1,9})\]|\[(?P<key>"[^"\\]*+(?:\\.[^"\\]*+)*+")\]'
)


def parse_path(text: str) -> JsonPath:
    """Read what `path_text` writes.

    Raises
    ------
    DocumentError
        The text is not such a path.
    """
    rest = text if not text or text.startswith("[") else f".{text}"
    steps: list[str | int] = []
    place = 0
    while place < len(rest):
        match = _STEP.match(rest, place)
        if match is None:
            raise DocumentError(f"{text!r} is not a path such as Exit.ProfitTarget")
        steps.append(_step(match, text))
        place = match.end()
    return tuple(steps)


def _step(match: re.Match[str], text: str) -> str | int:
    if match["index"] is not None:
        return int(match["index"])
    if match["name"] is not None:
        return match["name"]
    try:
        return str(json.loads(match["key"]))
    except json.JSONDecodeError:
        raise DocumentError(f"{text!r} has a key that is not spelled as in JSON") from None


def get_at(document: JsonValue, path: JsonPath, default: JsonValue = None) -> JsonValue:
    """Return the value at a path, or ``default`` where a step does not exist."""
    value = document
    for step in path:
        if isinstance(step, str) and isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        else:
            return default
    return value


def walk(value: JsonValue, path: JsonPath = ()) -> Iterator[tuple[JsonPath, JsonValue]]:
    """Yield every value below and including ``value``, parents first, in document order."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from walk(item, (*path, index))


def _check_depth(text: str, max_depth: int) -> None:
    """Refuse deep nesting before the recursive parser meets it."""
    depth = 0
    for token in _TOKEN.finditer(text):
        first = token.group()[0]
        if first in "[{":
            depth += 1
            if depth > max_depth:
                raise DocumentError(f"nested deeper than {max_depth} levels")
        elif first in "]}":
            depth -= 1


def _refuse_constant(name: str) -> NoReturn:
    raise DocumentError(f"{name} is not a JSON number")


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    result = dict(pairs)
    if len(result) < len(pairs):
        key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise DocumentError(f"the key {key!r} stands twice in one object")
    return result


def _sorted_keys(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {key: _sorted_keys(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted_keys(item) for item in value]
    return value


def _pieces(value: JsonValue, indent: int | None, level: int) -> Iterator[str]:
    match value:
        case JsonNumber(literal):
            yield literal
        case dict() if value:
            yield from _container("{", "}", _members(value, indent, level + 1), indent, level)
        case list() if value:
            items = (_pieces(item, indent, level + 1) for item in value)
            yield from _container("[", "]", items, indent, level)
        case None | bool() | str() | dict() | list():
            yield _quoted(value)
        case _:
            raise TypeError(f"{type(value).__name__} in a document; use from_python first")


_SURROGATE = re.compile("[\ud800-\udfff]")


def _quoted(value: JsonValue) -> str:
    """Write a value without parts; half a surrogate pair is escaped, as UTF-8 has no form of it."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isascii():
        return text
    return _SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _members(
    value: dict[str, JsonValue], indent: int | None, level: int
) -> Iterator[Iterator[str]]:
    colon = ":" if indent is None else ": "
    for key, item in value.items():
        yield _member(_quoted(key) + colon, item, indent, level)


def _member(head: str, item: JsonValue, indent: int | None, level: int) -> Iterator[str]:
    yield head
    yield from _pieces(item, indent, level)


def _container(
    opening: str, closing: str, items: Iterator[Iterator[str]], indent: int | None, level: int
) -> Iterator[str]:
    between = "" if indent is None else "\n" + " " * (indent * (level + 1))
    yield opening
    for number, item in enumerate(items):
        yield ("," if number else "") + between
        yield from item
    yield ("" if indent is None else "\n" + " " * (indent * level)) + closing
