"""Lua 5.4 expressions as text: is it one, which names does it use, is it a plain number.

The language is described in reference section 3.1.  Syntax is checked by Lua's own compiler
(through lupa, imported when it is first used); nothing is ever evaluated here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

MODULES: Final = ("timing", "options")
"""Modules of version 3 whose functions take bare words as arguments (reference 3.3 and 3.4)."""

KEYWORDS: Final = frozenset(
    (
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if",
        "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
    )
)  # fmt: skip
"""Words that Lua keeps for itself; none of them can be a variable."""

LONGEST: Final = 100_000
"""Most characters of an expression; keeps Lua's compiler to a few megabytes."""

_CACHE_SIZE: Final = 2048
_LONGEST_CACHED: Final = 4096
"""Characters; longer texts are worked out each time, so that the caches stay small."""


_TOKEN: Final = re.compile(
    r"""
      (?P<comment> --\[(?P<c>=*)\[.*?(?:\](?P=c)\]|\Z) | --[^\n]* )
    | (?P<string>  \[(?P<s>=*)\[.*?(?:\](?P=s)\]|\Z)
                 | "[^"\\\n]*+(?:\\.?[^"\\\n]*+)*+"?
                 | '[^'\\\n]*+(?:\\.?[^'\\\n]*+)*+'? )
    | (?P<number>  0[xX][0-9a-fA-F.]*(?:[pP][+-]?[0-9]+)?
                 | (?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)? )
    | (?P<name>    [A-Za-z_][A-Za-z0-9_]*(?:\s*\.\s*[A-Za-z_][A-Za-z0-9_]*)* )
    | (?P<space>   \s+ )
    | (?P<other>   \.\.\.? | :: | . )
    """,
    re.VERBOSE | re.DOTALL,
)

_NUMBER: Final = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_PLACE: Final = re.compile(r"(?:\[string [^\]]*\]|e):\d+: ")


@dataclass(frozen=True, slots=True)
class Names:
    """The free names of an expression.

    Attributes
    ----------
    all
        Every free name, functions and dotted names such as ``timing.days_in_trade`` included.
    calls
        Those of them that are called somewhere.
    words
        Those of them that stand only between the brackets of a timing or options call, where
        bare words (``monthly_opex``, ``position``) are not variables.
    """

    all: frozenset[str]
    calls: frozenset[str]
    words: frozenset[str]


def syntax_error(text: str) -> str | None:
    """Return what keeps a text from being exactly one Lua expression, None if nothing does.

    A comment may follow the expression.  The message is Lua's own, without a place and in our
    words where the cause is a habit from another language.
    """
    return _syntax_error(text) if len(text) <= _LONGEST_CACHED else _find_syntax_error(text)


def names_in(text: str) -> frozenset[str]:
    """Return the free names of an expression: variables, functions and dotted names.

    Strings, comments, numbers and Lua's keywords are left out.
    """
    return scan(text).all


def scan(text: str) -> Names:
    """Return the free names of an expression, sorted by the way they are used."""
    return _scan(text) if len(text) <= _LONGEST_CACHED else _find_names(text)


@lru_cache(maxsize=_CACHE_SIZE)
def _scan(text: str) -> Names:
    return _find_names(text)


def _find_names(text: str) -> Names:
    names: set[str] = set()
    calls: set[str] = set()
    outside: set[str] = set()
    for name, called, inside in _uses(text):
        names.add(name)
        if called:
            calls.add(name)
        if not inside:
            outside.add(name)
    return Names(frozenset(names), frozenset(calls), frozenset(names - outside - calls))


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return an expression with other names for some of its free names.

    Strings, comments, white space and members (``x.name``, ``x:name``) stay as they are.
    """
    pieces: list[str] = []
    before = ""
    for kind, token in _tokens(text):
        is_free = kind == "name" and before not in (":", ".")
        pieces.append(names.get(token, token) if is_free else token)
        if kind not in ("comment", "space"):
            before = token
    return "".join(pieces)


def constant_value(text: str) -> Decimal | None:
    """Return the value of a plain decimal number, else None.

    A minus sign and comments are allowed; Lua has no plus sign.  Exponents of more than three
    digits are beyond any number of Lua and count as no number.
    """
    code = "".join(token for kind, token in _tokens(text) if kind != "comment").strip()
    return Decimal(code) if _NUMBER.fullmatch(code) else None


def is_blank(text: str) -> bool:
    """Tell whether a text has nothing but white space and comments."""
    return all(kind in ("comment", "space") for kind, _ in _tokens(text))


def is_identifier(text: str) -> bool:
    """Tell whether a text can name a variable in Lua."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None and text not in KEYWORDS


def token_spans(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield every token of a text: its kind, the token and where it begins.

    Kinds are comment, string, number, name (dotted ones in one piece), space and other.
    """
    for match in _TOKEN.finditer(text):
        yield match.lastgroup or "other", match.group(), match.start()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    return ((kind, token) for kind, token, _ in token_spans(text))


def _uses(text: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield every use of a name: the name, whether it is called, whether it is such a bare word."""
    tokens = [item for item in _tokens(text) if item[0] not in ("comment", "space")]
    tokens.append(("other", ""))
    modules = _ModuleCalls()
    before = ""
    for (kind, token), (_, following) in pairwise(tokens):
        if kind == "name" and before != ":":
            name = re.sub(r"\s", "", token)
            called = following == "("
            if name not in KEYWORDS:
                yield name, called, modules.inside
            modules.expect(name if called else None)
        else:
            modules.step(token)
        before = token


class _ModuleCalls:
    """Follows brackets and tells whether the innermost named call is one of a module."""

    def __init__(self) -> None:
        self._open: list[bool] = []
        self._next: str | None = None

    @property
    def inside(self) -> bool:
        return bool(self._open) and self._open[-1]

    def expect(self, called: str | None) -> None:
        self._next = called

    def step(self, piece: str) -> None:
        if piece == "(":
            # Plain brackets belong to the call around them; abs(...) takes values again.
            named = self._next is not None and self._next not in KEYWORDS
            module = (self._next or "").split(".")[0] in MODULES
            self._open.append(module if named else self.inside)
        elif piece == ")" and self._open:
            self._open.pop()
        self._next = None


@lru_cache(maxsize=_CACHE_SIZE)
def _syntax_error(text: str) -> str | None:
    return _find_syntax_error(text)


def _find_syntax_error(text: str) -> str | None:
    if len(text) > LONGEST:
        return "the expression is too large"
    if is_blank(text):
        return "the expression is empty"
    if foreign := _foreign_character(text):
        return foreign
    # What is not ASCII stands in strings and comments only, where it cannot matter.
    plain = text.encode("ascii", "replace").decode("ascii")
    problem = _load(f"return {plain}\n")
    if problem is not None:
        return _habit(text) or _plain(problem)
    # The brackets keep a text from ending the expression that it is put into.
    if _load(f"return ({plain}\n)") is not None:
        return "there must be exactly one expression"
    return None


def _foreign_character(text: str) -> str | None:
    for kind, token in _tokens(text):
        if kind in ("other", "space") and not token.isascii():
            name = unicodedata.name(token[0], "unnamed").lower()
            return f"the character {token[0]!r} ({name}) has no meaning in Lua"
    return None


_HABITS: Final = {
    "!=": "write ~= for 'is not equal'",
    "<>": "write ~= for 'is not equal'",
    "&&": "write and",
    "||": "write or",
    "!": "write not",
    "=": "write == to compare",
}


def _habit(text: str) -> str | None:
    """Recognise an operator of another language in a text that Lua has refused."""
    code = "".join(token if kind in ("other", "space") else "x" for kind, token in _tokens(text))
    for operator in re.findall(r"[!=<>&|~]+", code):
        if operator in _HABITS:
            return f"Lua has no operator {operator} here: {_HABITS[operator]}"
    for kind, token in _tokens(text):
        if kind == "name" and token in ("AND", "OR", "NOT", "And", "Or", "Not"):
            return f"Lua writes {token} in small letters: {token.lower()}"
    return None


def _plain(message: str) -> str:
    """Turn Lua's message into a sentence for people."""
    first = _PLACE.sub("", message.splitlines()[0])
    if "C stack overflow" in first or "too many C levels" in first:
        return "brackets are nested too deep"
    if first == "unexpected symbol near <eof>":
        return "the expression is not complete"
    first = first.replace("<eof> expected near", "the expression should have ended before")
    return first.replace("near <eof>", "at the end").replace(" at line 1)", ")")


def _load(chunk: str) -> str | None:
    result = _compiler()(chunk)
    return None if result is None else str(result)


@lru_cache(maxsize=1)
def _compiler() -> Callable[[str], Any]:
    """Return Lua's compiler as a function text -> message or None; it runs nothing."""
    from lupa import lua54

    # No max_memory: Lua aborts the whole process when a text alone exceeds it.
    runtime = lua54.LuaRuntime(register_eval=False, register_builtins=False)
    compiler: Callable[[str], Any] = runtime.execute(
        "local load = load\n"
        "return function(text)\n"
        "  local chunk, why = load(text, '=e', 't', {})\n"
        "  if chunk then return nil end\n"
        "  return why\n"
        "end"
    )
    return compiler
