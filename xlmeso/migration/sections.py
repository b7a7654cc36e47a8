"""Whole sections: what is around a definition, the run's fields, and SimSettings."""

from __future__ import annotations

from typing import Final

from xlmeso.migration.notes import Notebook
from xlmeso.model.document import JsonPath, JsonValue, dumps

WRAPPERS: Final = ("Job", "JobDefinition", "StrategyDefinition")
"""What API bodies and exports put around a definition."""

RUN_FIELDS: Final = ("Name", "Start", "End", "Cash")
"""Moved into Backtest."""

OLD_FIELDS: Final = (*RUN_FIELDS, "TemplateName", "SimSettings", "Indicators")
"""Top-level names that only versions 1 and 2 have."""

_SIM: Final = ("FillModel", "SlippageAmt", "Commission", "PositionMonitor")
_CORE: Final = ("Margin", "LegSelectionConstraint", "ExpirationSelectionConstraint")
_NO_VALUE: Final = (None, "")


def unwrap(document: JsonValue, book: Notebook) -> tuple[JsonValue, bool]:
    """Take a definition out of an API body or an export."""
    if not isinstance(document, dict):
        return document, False
    for wrapper in WRAPPERS:
        inner = document.get(wrapper)
        if isinstance(inner, dict) and "Structure" not in document:
            others = [name for name in document if name != wrapper]
            book.auto((), f"Taken out of {wrapper}; the API's body calls it StrategyDefinition.")
            if others:
                told = ", ".join(f"{name} = {dumps(document[name])}" for name in others)
                book.note((), f"Beside it stood, and is no part of a definition: {told}.")
            return inner, True
    return document, False


def move_sections(document: dict[str, JsonValue], book: Notebook) -> dict[str, JsonValue]:
    """Return the definition with version 3's sections, the others in their order."""
    head: dict[str, JsonValue] = {}
    _name_strategy(document, head, book)
    if "Description" in document:
        head["Description"] = document.pop("Description")
    _move_run(document, head, book)
    result: dict[str, JsonValue] = dict(head)
    for name, value in document.items():
        if name == "SimSettings":
            result["Settings"] = _settings(value, document.get("Settings"), book)
        elif name == "MesoSimVersion":
            _drop_version(value, book)
        elif name != "Settings" or "SimSettings" not in document:
            result[name] = value
    _pin_constraints(result, book)
    return result


def _name_strategy(
    document: dict[str, JsonValue], head: dict[str, JsonValue], book: Notebook
) -> None:
    path: JsonPath = ("StrategyName",)
    old = document.pop("TemplateName", None)
    present = document.pop("StrategyName", None)
    if present not in _NO_VALUE:
        head["StrategyName"] = present
        if old not in _NO_VALUE and old != present:
            book.warn(path, f"TemplateName was {dumps(old)}; StrategyName was there and is kept.")
    elif old not in _NO_VALUE:
        head["StrategyName"] = old
        book.auto(path, "TemplateName is called StrategyName.")
    elif document.get("Name") not in _NO_VALUE:
        head["StrategyName"] = document["Name"]
        book.warn(path, "There was no TemplateName; the run's name is used.", "Give it a label.")
    else:
        book.error(path, "There was no TemplateName and no Name.", "Give the strategy a label.")


def _move_run(document: dict[str, JsonValue], head: dict[str, JsonValue], book: Notebook) -> None:
    present = document.pop("Backtest", None)
    backtest: dict[str, JsonValue] = dict(present) if isinstance(present, dict) else {}
    for name in RUN_FIELDS:
        path: JsonPath = ("Backtest", name)
        if name not in document:
            if name not in backtest:
                book.error(path, f"The definition had no {name}.", f"Fill in Backtest.{name}.")
            continue
        value = document.pop(name)
        if name in backtest and backtest[name] != value:
            told = f"It was {dumps(value)} at the top and {dumps(backtest[name])} here"
            book.error(path, f"{told}; the latter is kept.", "Say which one is meant.")
        elif name not in backtest:
            backtest[name] = value
            book.auto(path, f"Moved from {name}.")
    head["Backtest"] = backtest


def _settings(old: JsonValue, present: JsonValue, book: Notebook) -> JsonValue:
    """Split SimSettings into Settings.Sim and Settings.Core."""
    settings: dict[str, JsonValue] = dict(present) if isinstance(present, dict) else {}
    parts: dict[str, dict[str, JsonValue]] = {
        name: dict(value) if isinstance(value := settings.get(name), dict) else {}
        for name in ("Sim", "Core")
    }
    if not isinstance(old, dict):
        if old is not None:
            book.error(("Settings",), f"SimSettings was {dumps(old)}, which is no object.")
        old = {}
    for name, value in old.items():
        part = "Core" if name in _CORE else "Sim"
        path: JsonPath = ("Settings", part, name)
        if name in parts[part] and parts[part][name] != value:
            book.error(path, f"SimSettings had {dumps(value)}; what stands here is kept.")
            continue
        parts[part][name] = value
        if name in _SIM or name in _CORE:
            book.auto(path, f"Moved from SimSettings.{name}.")
        else:
            book.warn(path, f"Moved from SimSettings.{name}, whose place is not documented.")
    return settings | parts


def _drop_version(value: JsonValue, book: Notebook) -> None:
    if value is not None:
        told = f"Left out; it was {dumps(value)}. The service writes its own when it runs."
        book.auto(("MesoSimVersion",), told)


def _pin_constraints(document: dict[str, JsonValue], book: Notebook) -> None:
    """Write down what version 2 did without being told, where version 3's default is not known."""
    settings = document.setdefault("Settings", {"Sim": {}, "Core": {}})
    core = settings.setdefault("Core", {}) if isinstance(settings, dict) else None
    if not isinstance(core, dict):
        return
    if core.get("LegSelectionConstraint") is None:
        core["LegSelectionConstraint"] = "FullyUnique"
        path: JsonPath = ("Settings", "Core", "LegSelectionConstraint")
        book.auto(path, "Set to FullyUnique, version 2's default.")
    if core.get("ExpirationSelectionConstraint") is None:
        core["ExpirationSelectionConstraint"] = "AllowReuse"
        path = ("Settings", "Core", "ExpirationSelectionConstraint")
        book.auto(path, "New in version 3; AllowReuse does as version 2 did.")
