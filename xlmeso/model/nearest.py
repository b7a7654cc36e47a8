"""Which known name somebody probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Final

BUDGET: Final = 200
"""Searches that one `Suggester` makes; more would only slow down the answer to nonsense."""

LONGEST: Final = 80
"""Characters of a word that is searched for."""

CUTOFF: Final = 0.72
"""Least similarity (difflib's ratio, 0..1) of a name that is worth suggesting."""


def nearest(word: str, known: Iterable[str], *, cutoff: float = CUTOFF) -> str | None:
    """Return the known name that looks most like a word, case aside; None if none is near."""
    if len(word) > LONGEST:
        return None
    spelled: dict[str, str] = {}
    for name in known:
        spelled.setdefault(name.lower(), name)
    found = difflib.get_close_matches(word.lower(), spelled, n=1, cutoff=cutoff)
    return spelled[found[0]] if found else None


class Suggester:
    """Suggests names until its budget of searches is used up."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._left = budget

    def nearest(self, word: str, known: Iterable[str], *, cutoff: float = CUTOFF) -> str | None:
        """Return what `nearest` returns, or None when the budget is used up."""
        if self._left <= 0:
            return None
        self._left -= 1
        return nearest(word, known, cutoff=cutoff)

    def did_you_mean(self, word: str, known: Iterable[str]) -> str:
        """Return what `did_you_mean` returns, or an empty text when the budget is used up."""
        return _question(self.nearest(word, known))


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = CUTOFF) -> str:
    """Return ``Did you mean NAME?``, or an empty text where no known name is near."""
    return _question(nearest(word, known, cutoff=cutoff))


def _question(name: str | None) -> str:
    return f"Did you mean {name}?" if name else ""
