"""What this version of the local service cannot simulate; each finding names the field.

The service refuses such a definition at submission instead of running it half.  What the service
would never accept is not looked for here: that is `xlmeso.model.validation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from xlmeso.model.document import JsonNumber, JsonPath, walk
from xlmeso.model.expression import MODULES, scan, syntax_error
from xlmeso.model.fields import CRYPTO_SYMBOLS
from xlmeso.model.modules import ANCHORS, ARGUMENTS, BOUNDARIES, ModuleUse, module_uses
from xlmeso.model.problems import Problem, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.variables import TIMING_VALUES
from xlmeso.simulator.chains.files import chain_symbols
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.market.symbols import SOURCES, source_for, what_to_supply

LATER: Final = "The local service will simulate it in a later version; the cloud service does now."
"""Suggestion for everything that is missing for now."""

_OWN_SECTIONS: Final = ("Structure", "Entry", "Adjustment", "Exit")
"""Sections whose texts are searched for modules."""

_PLAIN_TEXTS: Final = frozenset(
    ("Name", "OptionType", "ExpirationName", "Roots", "Include", "Exclude", "Every")
)
"""Fields of these sections that hold a word, not an expression."""

_WEEKEND: Final = ("sat", "sun")


def unsupported(
    definition: StrategyDefinition, history: HistorySource | None = None
) -> list[Problem]:
    """Return what the local service cannot simulate yet, in document order of the sections.

    Parameters
    ----------
    definition
        A definition without mistakes.
    history
        What the markets are made from; None for the default.
    """
    return [
        *_symbol(definition, history or HistorySource()),
        *_weekends(definition),
        *_modules(definition),
        *_margin(definition),
    ]


def _later(path: JsonPath, what: str) -> Problem:
    return error(path, f"the local service does not simulate {what} yet", LATER)


def _symbol(definition: StrategyDefinition, history: HistorySource) -> Iterator[Problem]:
    symbol = definition.symbol
    if symbol is None:
        return
    if history.kind == "chains":
        yield from _recorded(symbol, history)
    elif symbol not in SOURCES:
        yield _later(("Symbol",), f"the symbol {symbol}")
    elif source_for(symbol, history) is None:
        yield error(
            ("Symbol",),
            f"the local service has no price history of {symbol}",
            what_to_supply(symbol),
        )


def _recorded(symbol: str, history: HistorySource) -> Iterator[Problem]:
    """Refuse symbols that the folder of recorded chains does not have."""
    assert history.folder is not None  # a source of chains has one
    symbols = chain_symbols(history.folder)
    if symbol not in symbols:
        known = f"There are chains of {', '.join(symbols)}."
        yield error(("Symbol",), f"there are no chains of {symbol}", known)


def _weekends(definition: StrategyDefinition) -> Iterator[Problem]:
    if definition.symbol in CRYPTO_SYMBOLS:
        return
    adjusting = definition.schedule_at(("Adjustment", "Schedule"))
    for schedule in (definition.entry.schedule, adjusting, definition.exit.schedule):
        days = {day.strip().lower() for day in (schedule.every or "").split(",")}
        found = [day for day in _WEEKEND if day in days]
        if found:
            yield _later((*schedule.path, "Every"), f"weekend days ({', '.join(found)})")


def _modules(definition: StrategyDefinition) -> Iterator[Problem]:
    """Find uses of the modules that are not known; keys of VarDefines are no expressions."""
    for condition in definition.conditional_adjustments:
        yield from _modules_in(("Adjustment", "ConditionalAdjustments", condition), condition)
    for section in _OWN_SECTIONS:
        for path, value in walk(definition.get(section), (section,)):
            if isinstance(value, str | JsonNumber) and not _PLAIN_TEXTS & set(path):
                yield from _modules_in(path, str(value))


def _modules_in(path: JsonPath, text: str) -> Iterator[Problem]:
    """Refuse what lies beyond the public part of the modules: it would be guessed at."""
    for name in sorted(scan(text).all):
        is_member = name.split(".")[0] in MODULES and "." in name
        if is_member and name not in TIMING_VALUES and name not in ARGUMENTS:
            yield _later(path, name)
    if syntax_error(text) is None:  # which bounds the nesting, too
        yield from _calls_in(path, text)


def _calls_in(path: JsonPath, text: str) -> Iterator[Problem]:
    for use in module_uses(text):
        yield from _arguments(path, use)
        for argument in use.arguments or ():
            yield from _calls_in(path, argument)


def _arguments(path: JsonPath, use: ModuleUse) -> Iterator[Problem]:
    if use.arguments is None:
        return
    fewest, most = ARGUMENTS[use.name]
    if not fewest <= len(use.arguments) <= most:
        yield _later(path, f"{use.name} with {len(use.arguments)} arguments")
    elif use.name.startswith("timing."):
        for word, words in zip(use.arguments, (ANCHORS, BOUNDARIES), strict=False):
            if word not in words:
                yield _later(path, f"{word} in {use.name}")


def _margin(definition: StrategyDefinition) -> Iterator[Problem]:
    """Reg T is a rule for options that are listed in the United States."""
    if definition.settings.margin_model == "RegT" and definition.symbol in CRYPTO_SYMBOLS:
        yield error(
            ("Settings", "Core", "Margin", "Model"),
            f"RegT has no rates for options on {definition.symbol}",
            "Use PMLike, or None.",
        )
