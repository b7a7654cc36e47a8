"""Which variables an expression may use at its place, and why the others are not there yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xlmeso.model.document import JsonPath
from xlmeso.model.problems import Problem, error, warning
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.validation.structure import Place
from xlmeso.model.variables import (
    POSITION_NAMES,
    Point,
    Vocabulary,
    expiration_names,
    expiration_of,
    leg_names,
    leg_of,
)

_FROZEN = ("profit_target", "stop_loss")
_OWN_FIELDS = ("Complex", "Qty", "LegGroupId")
"""Parts of a leg that are worked out when its contract is known (reference 1.3)."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known at one place.

    Attributes
    ----------
    names
        Variables that have a value.
    point
        When the expression is evaluated.
    owner
        Name of the leg, the expiration or the variable that the expression belongs to.
    """

    names: frozenset[str]
    point: Point
    owner: str
    vocabulary: Vocabulary

    def explain(self, name: str, path: JsonPath) -> Iterator[Problem]:
        """Say why a variable that exists elsewhere has no value here."""
        of_legs = leg_of(name) is not None or name in POSITION_NAMES
        if self.point is Point.ENTRY_CONDITIONS and of_legs:
            yield warning(
                path,
                f"{name} is zero or nil here: legs are chosen only after the entry conditions.",
                "Use Entry.AbortConditions, which are tested when all legs are chosen.",
            )
        elif self.point is Point.AT_ENTRY and name in self.vocabulary.entry_variables:
            yield self._entry_variable(name, path)
        else:
            reason, advice = self._reason(name)
            yield error(path, f"{name} has no value here: {reason}.", advice)

    def _entry_variable(self, name: str, path: JsonPath) -> Problem:
        """Order inside VarDefines is not documented, so a later one is a doubt, no mistake."""
        if name == self.owner:
            return error(path, f"{name} is defined by itself.", "Use other variables.")
        return warning(path, f"{name} is defined after {self.owner}.", "Define it first.")

    def _reason(self, name: str) -> tuple[str, str]:
        if name in self.vocabulary.user_variables or name in _FROZEN:
            return self._own_reason(name), ""
        leg, expiration = leg_of(name), expiration_of(name)
        if expiration in self.vocabulary.all_expirations:
            return self._expiration_reason(expiration)
        if leg == self.owner:
            return (
                "a leg's own values are known only in its Complex selector and its Qty",
                "Use Complex.",
            )
        if leg in self.vocabulary.all_legs and self.point is not Point.EXPIRATION:
            return f"leg {leg} is chosen after {self.owner}", f"Put {leg} before {self.owner}."
        return "legs are chosen after the expirations", ""

    def _own_reason(self, name: str) -> str:
        if self.point not in (Point.AT_ENTRY, Point.STOP_LOSS):
            return "it is set when the entry has been filled"
        if name in _FROZEN:
            return "VarDefines come first, then ProfitTarget, then StopLoss"
        return "it is set only by an adjustment or at the exit"

    def _expiration_reason(self, expiration: str | None) -> tuple[str, str]:
        if self.point is Point.ENTRY_CONDITIONS:
            return "expirations are chosen after the entry conditions", ""
        if expiration == self.owner:
            return "the expiration is not chosen yet", ""
        reason = f"expiration {expiration} is chosen after {self.owner}"
        return reason, f"Put {expiration} before {self.owner}."


class Scopes:
    """Finds the scope of every place of one definition."""

    def __init__(self, definition: StrategyDefinition) -> None:
        self._definition = definition
        self._vocabulary = Vocabulary(definition)
        self._key: tuple[Point, int | None] | None = None
        self._last: frozenset[str] = frozenset()

    @property
    def everything(self) -> frozenset[str]:
        """Every variable that exists at one point or another."""
        return self._vocabulary.everything

    def scope_of(self, place: Place) -> Scope:
        """Return the scope of an expression's place."""
        path, point = place.path, place.field.point or Point.OPEN
        index = self._index(path, point)
        names = self._names(point, index)
        if path[0] == "Adjustment":
            names -= self._chosen_later(path)
        return Scope(names, point, self._owner(path), self._vocabulary)

    def _names(self, point: Point, index: int | None) -> frozenset[str]:
        """Return the vocabulary at a point; neighbours share it, so the last one is kept."""
        if self._key != (point, index):
            self._key, self._last = (point, index), self._vocabulary.at(point, index)
        return self._last

    def _index(self, path: JsonPath, point: Point) -> int | None:
        """Return the place in the list of expirations, legs or entry variables."""
        if point in (Point.EXPIRATION, Point.LEG, Point.OWN_LEG):
            return next(step for step in path if isinstance(step, int))
        if path[:2] == ("Entry", "VarDefines"):
            return self._vocabulary.entry_variables.index(str(path[2]))
        return None

    def _owner(self, path: JsonPath) -> str:
        if "VarDefines" in path:
            return str(path[-1])
        for at, step in enumerate(path):
            if isinstance(step, int) and path[at - 1] in ("Legs", "Expirations"):
                name = self._definition.get(*path[: at + 1], "Name")
                return name if isinstance(name, str) else ""
        return ""

    def _chosen_later(self, path: JsonPath) -> frozenset[str]:
        """Return what a list inside an adjustment chooses only after the place."""
        for at, step in enumerate(path):
            if not isinstance(step, int) or path[at - 1] not in ("Legs", "Expirations"):
                continue
            is_leg = path[at - 1] == "Legs"
            first = step + int(is_leg and path[at + 1] in _OWN_FIELDS)
            if is_leg and "Complex" in path[at + 1 :]:
                first = step + 1
            later = self._names_from(path[:at], first)
            if is_leg:
                return leg_names(later.difference(self._vocabulary.legs))
            return expiration_names(later.difference(self._vocabulary.expirations))
        return frozenset()

    def _names_from(self, path: JsonPath, first: int) -> frozenset[str]:
        items = self._definition.get(*path)
        found = (self._definition.get(*path, at, "Name") for at in range(first, len(items)))
        return frozenset(name for name in found if isinstance(name, str))
