"""Twelve strategies of our own to start from, as plain version 3 definitions in JSON files."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Final

from xlmeso.errors import XlmesoError
from xlmeso.model.nearest import did_you_mean
from xlmeso.model.strategy import StrategyDefinition

_NAMES: Final = (
    "short-put",
    "strangle",
    "iron-condor",
    "0dte-iron-condor",
    "calendar",
    "broken-wing-butterfly",
    "trailing-stop",
    "adjusting-strangle",
    "hedged-put",
    "rut-iron-condor",
    "vix-call-spread",
    "btc-short-put",
)


class UnknownTemplateError(XlmesoError, LookupError):
    """There is no template of that name."""

    cell_text = "#MESO! Check the arguments"

    exit_code = 2


def template_names() -> tuple[str, ...]:
    """Return the names of the templates, simplest first."""
    return _NAMES


def load_template(name: str) -> StrategyDefinition:
    """Return a template as a fresh definition of its own.

    Raises
    ------
    UnknownTemplateError
        There is no template of that name.
    """
    return StrategyDefinition.from_json(_text(name))


def template_summary(name: str) -> str:
    """Return one sentence that says what a template does: its Description.

    Raises
    ------
    UnknownTemplateError
        There is no template of that name.
    """
    return load_template(name).description or ""


@lru_cache(maxsize=len(_NAMES))
def _text(name: str) -> str:
    if name not in _NAMES:
        hint = did_you_mean(name, _NAMES) or f"Take one of {', '.join(_NAMES)}."
        raise UnknownTemplateError(f"there is no template {name!r}.", cure=hint)
    return resources.files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
