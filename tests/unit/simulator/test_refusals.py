"""What the local service does not simulate yet is refused with the field's path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xlmeso.model.document import from_python, loads
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.refusals import unsupported


def strategy(**changes: Any) -> StrategyDefinition:
    document: dict[str, Any] = {
        "StrategyName": "s",
        "Symbol": "SPX",
        "Backtest": {
            "Name": "b",
            "Start": "2020-01-01T00:00:00",
            "End": "2020-02-01T00:00:00",
            "Cash": "1",
        },
        "Structure": {
            "Expirations": [{"Name": "exp", "DTE": "30"}],
            "Legs": [
                {
                    "Name": "timing.leg",
                    "Qty": "-1",
                    "OptionType": "Put",
                    "ExpirationName": "exp",
                    "StrikeSelector": {"Delta": "10.5"},
                }
            ],
        },
        "Entry": {"Schedule": {"AfterMarketOpenMinutes": "5", "Every": "mon,fri"}},
        "Adjustment": None,
        "Exit": {
            "Schedule": {"AfterMarketOpenMinutes": 5, "Every": "day"},
            "Conditions": ["days_in_trade > 3 -- not timing.days_in_trade"],
        },
        "Settings": {
            "Sim": {"Commission": {"CommissionModel": "FixedFee"}},
            "Core": {"Margin": {"Model": "None"}},
        },
    }
    for path, value in changes.items():
        *steps, last = path.split("__")
        place: Any = document
        for step in steps:
            place = place[int(step) if step.isdigit() else step]
        place[int(last) if last.isdigit() else last] = value
    return StrategyDefinition(loads(json.dumps(document)))


def test_what_is_simulated_passes() -> None:
    assert unsupported(strategy()) == []
    assert unsupported(strategy(Adjustment={"ConditionalAdjustments": {"pos_pnl > 1": {}}})) == []
    assert unsupported(strategy(Structure__Legs__0__Qty="0")) == []
    model = "options.model(position, timing.trading_days_until(next_month, last), 3000, pnl)"
    assert unsupported(strategy(Exit__Conditions=[f"{model} > 0", "timing.year > 2020"])) == []
    assert unsupported(strategy(ExternalData={"CsvUrl": None})) == []
    assert unsupported(strategy(Settings={})) == []
    assert unsupported(StrategyDefinition(from_python({}))) == []


@pytest.mark.parametrize(
    ("change", "path", "word"),
    [
        ({"Symbol": "GLD"}, "Symbol", "GLD"),
        ({"Entry__Schedule__Every": "sat,mon"}, "Entry.Schedule.Every", "sat"),
        ({"Exit__Schedule__Every": "Sun"}, "Exit.Schedule.Every", "sun"),
        (
            {"Adjustment": {"ConditionalAdjustments": {"timing.era > 1": {}}}},
            'Adjustment.ConditionalAdjustments["timing.era > 1"]',
            "timing.era",
        ),
        ({"Symbol": "ETHUSD"}, "Symbol", "ETHUSD"),
        ({"Symbol": "SOLUSD"}, "Symbol", "SOLUSD"),
        (
            {"Symbol": "BTCUSD", "Settings__Core__Margin__Model": "RegT"},
            "Settings.Core.Margin.Model",
            "RegT",
        ),
        (
            {"Exit__Conditions": ["true", "timing.trading_days_until(easter) > 1"]},
            "Exit.Conditions[1]",
            "easter",
        ),
        ({"Entry__VarDefines": {"x": "options.model(position)"}}, "Entry.VarDefines.x", "options"),
        (
            {"Structure__Expirations__0__DTE": "timing.calendar_days_in(this_year, last)"},
            "Structure.Expirations[0].DTE",
            "2 arguments",
        ),
        (
            {
                "Structure__Legs__0__StrikeSelector": {
                    "Complex": {"Statement": "options . model(1)", "Target": "1"}
                }
            },
            "Structure.Legs[0].StrikeSelector.Complex.Statement",
            "options",
        ),
    ],
)
def test_each_missing_feature_names_its_field(change: dict[str, Any], path: str, word: str) -> None:
    problems = unsupported(strategy(**change))
    assert [problem.path_text for problem in problems] == [path]
    assert problems[0].severity == "error"
    assert word in problems[0].message
    assert problems[0].suggestion


def test_all_findings_come_at_once() -> None:
    found = unsupported(strategy(Symbol="GLD", Exit__Conditions=["timing.hour + options.x"]))
    assert [problem.path_text for problem in found] == [
        "Symbol",
        "Exit.Conditions[0]",
        "Exit.Conditions[0]",
    ]


def test_coins_trade_on_weekends_with_fees_of_their_own() -> None:
    weekend = strategy(
        Symbol="BTCUSD",
        Entry__Schedule__Every="sat,sun",
        Settings__Sim__Commission__CommissionModel="Deribit",
        Settings__Core__Margin__Model="PMLike",
    )
    assert unsupported(weekend) == []


def test_a_symbol_without_history_says_what_to_supply(tmp_path: Path) -> None:
    (problem,) = unsupported(strategy(Symbol="ETHUSD"))
    assert problem.suggestion is not None
    assert "ethusd.csv" in problem.suggestion
    assert "--history FOLDER" in problem.suggestion
    (tmp_path / "ethusd.csv").write_text("date,open,high,low,close\n", encoding="utf-8")
    own = HistorySource("csv", tmp_path)
    assert unsupported(strategy(Symbol="ETHUSD"), own) == []
    (missing,) = unsupported(strategy(Symbol="RUT"), HistorySource("synthetic"))
    assert missing.path_text == "Symbol"
