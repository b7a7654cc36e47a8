"""Names of versions 1 and 2, and what replaces each in version 3 (reference 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xlmeso.model.field_types import Pattern
from xlmeso.model.strategy import SELECTORS


@dataclass(frozen=True, slots=True)
class Legacy:
    """An old name: what to do instead, and the fields of the same object that it stands for."""

    advice: str
    replaces: tuple[str, ...] = ()


def _moved(place: str) -> Legacy:
    return Legacy(f"Version 3 has it in {place}.", (place.split(".", maxsplit=1)[0],))


_WRAPPED: Final = Legacy("Give the definition itself, without anything around it.")

_TOP: Final = {
    "Name": _moved("Backtest.Name"),
    "Start": _moved("Backtest.Start"),
    "End": _moved("Backtest.End"),
    "Cash": _moved("Backtest.Cash"),
    "TemplateName": Legacy("Version 3 calls it StrategyName.", ("StrategyName",)),
    "SimSettings": Legacy(
        "Version 3 splits it: fills, slippage, commission and monitor are in Settings.Sim, margin "
        "and constraints in Settings.Core.",
        ("Settings",),
    ),
    "Indicators": Legacy(
        "Version 3 has no indicators; supply their values in a CSV through ExternalData.CsvUrl."
    ),
    "Job": _WRAPPED,
    "JobDefinition": _WRAPPED,
    "StrategyDefinition": _WRAPPED,
}


def _by_greek(greek: str) -> Legacy:
    return Legacy(
        f"Version 3 has no {greek} selector; use Complex with leg_NAME_{greek.lower()} of this "
        "leg as Statement and the wanted value as Target.",
        SELECTORS,
    )


_SELECTOR: Final = {
    "Statement": Legacy("Version 3 calls it StrikePrice.", SELECTORS),
    **{greek: _by_greek(greek) for greek in ("Gamma", "Theta", "Vega", "WVega", "Rho", "IV")},
}

_ACTION: Final = {
    "RemoveLegAdjustment": Legacy(
        "Version 3 calls it RemoveLegsAdjustment and takes a list, LegNames."
    )
}

_VARIABLES: Final = {
    name: f"pos_{name}" for name in ("delta", "gamma", "theta", "vega", "wvega", "rho", "pnl")
}


def legacy_field(parent: Pattern, name: str) -> Legacy | None:
    """Return what is known of an old field name below a parent, None if it is no old name."""
    if not parent:
        return _TOP.get(name)
    if parent[-1] == "StrikeSelector":
        return _SELECTOR.get(name)
    if parent[-2:-1] == ("ConditionalAdjustments",):
        return _ACTION.get(name)
    return None


def legacy_variable(name: str) -> str | None:
    """Return today's name of a variable of version 1, None if it is none."""
    return _VARIABLES.get(name)
