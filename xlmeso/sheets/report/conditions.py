"""Under which conditions a run was made: the lines of the Summary about strategy and run."""

from __future__ import annotations

import datetime as dt
from typing import Final

from xlmeso.model.document import JsonValue, dumps
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.cells import CellValue
from xlmeso.sheets.report.inputs import ReportRun

Line = tuple[str, CellValue, str | None]
"""Label, value, number format."""

_SETTINGS: Final = (
    ("Fill model", ("Settings", "Sim", "FillModel")),
    ("Slippage", ("Settings", "Sim", "SlippageAmt")),
    ("Option fee", ("Settings", "Sim", "Commission", "OptionFee")),
    ("Margin model", ("Settings", "Core", "Margin", "Model")),
    ("Profit target", ("Exit", "ProfitTarget")),
    ("Stop loss", ("Exit", "StopLoss")),
    ("Longest stay", ("Exit", "MaxDaysInTrade")),
)

_MOST_LEGS: Final = 8

_LONGEST: Final = 70
"""Characters of an expression; the sheet Strategy has all of it."""


def conditions(run: ReportRun) -> list[Line]:
    """List what a reader needs to know before the figures mean anything."""
    definition, info = run.definition, run.info
    backtest = definition.backtest
    lines: list[Line] = [
        ("Strategy", definition.strategy_name or info.strategy_name or None, None),
        ("Backtest", info.name or None, None),
        ("Symbol", definition.symbol, None),
        ("From", _day(backtest.start), "yyyy-mm-dd"),
        ("To", _day(backtest.end), "yyyy-mm-dd"),
        ("Starting cash", None if backtest.cash is None else float(backtest.cash), "#,##0"),
        *((f"Leg {number}", text, None) for number, text in enumerate(_legs(definition), start=1)),
        *((label, _text(definition.get(*path)), None) for label, path in _SETTINGS),
        ("Exit if", _list(definition.get("Exit", "Conditions")), None),
        ("Adjustments", len(definition.conditional_adjustments), "0"),
        ("Run took", info.wall_seconds, '#,##0.0" s"'),
        ("Events", len(run.events), "#,##0"),
        ("NAV rows", len(run.series.stamps), "#,##0"),
    ]
    return [line for line in lines if line[1] is not None]


def _legs(definition: StrategyDefinition) -> list[str]:
    """Describe the first legs as the definition has them: ``-1 Put main, Delta 10``."""
    legs = definition.get("Structure", "Legs")
    return [_leg(leg) for leg in (legs if isinstance(legs, list) else [])[:_MOST_LEGS]]


def _leg(leg: JsonValue) -> str:
    if not isinstance(leg, dict):
        return ""
    selector = leg.get("StrikeSelector")
    chosen = [
        f"{name} {_text(value)}"
        for name, value in (selector.items() if isinstance(selector, dict) else ())
        if value is not None and name not in ("Min", "Max")
    ]
    parts = (leg.get("Qty"), leg.get("OptionType"), leg.get("ExpirationName"))
    words = " ".join(text for part in parts if (text := _text(part)))
    return _cut(f"{words}, {', '.join(chosen)}") if chosen else words


def _list(value: JsonValue) -> str | None:
    if not isinstance(value, list) or not value:
        return None
    return _cut(" or ".join(_text(item) or "" for item in value))


def _text(value: JsonValue) -> str | None:
    if value is None:
        return None
    return _cut(value if isinstance(value, str) else dumps(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _day(moment: dt.datetime | None) -> dt.datetime | None:
    return None if moment is None else moment.replace(hour=0, minute=0, second=0, tzinfo=None)
