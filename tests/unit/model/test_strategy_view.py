from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.model.backtest import BacktestState
from xlmeso.model.document import DocumentError, JsonNumber
from xlmeso.model.strategy import Expression, StrategyDefinition, number

TEXT = """{
  "StrategyName": "Strangle", "Description": "words", "Symbol": "SPX", "Extra": {"kept": 1.50},
  "Backtest": {"Name": "run", "Start": "2021-01-04T00:00:00", "End": "2021-12-31T23:59:59",
               "Cash": 10000.0000},
  "Structure": {
    "Name": "s",
    "Expirations": [{"Name": "0dte", "DTE": 160, "Min": "140", "Max": null,
                     "Roots": {"Include": ["SPXW"], "Exclude": null}}],
    "Legs": [
      {"Name": "a", "Qty": "-1", "OptionType": "Put", "ExpirationName": "0dte",
       "StrikeSelector": {"Delta": "10", "Min": 5, "Max": "15"}, "LegGroupId": "1"},
      {"Name": "b", "Qty": 1, "OptionType": "Call", "ExpirationName": "0dte",
       "StrikeSelector": {"Complex": {"Statement": "leg_b_delta", "Target": 10,
                                      "Constraints": ["leg_b_price > 1"]}}}]},
  "Entry": {
    "Schedule": {"AfterMarketOpenMinutes": "30", "BeforeMarketCloseMinutes": null, "Every": "day"},
    "Conditions": ["underlying_iv_rank > 10"], "VarDefines": {"x": "1", "y": 2},
    "AbortConditions": [], "QtyMultiplier": "2", "ReentryDays": 1,
    "Concurrency": {"MaxPositionsInFlight": "4", "EntryShiftDays": 7}},
  "Adjustment": {"Schedule": {"BeforeMarketCloseMinutes": 30, "Every": "day"},
                 "ConditionalAdjustments": {"pos_delta > 1": {"UpdateVarsAdjustment": null}}},
  "Exit": {
    "Schedule": {"BeforeMarketCloseMinutes": 30, "Every": "5min"}, "MaxDaysInTrade": "30",
    "ProfitTarget": 500, "StopLoss": "profit_target * 2", "Conditions": ["x > 1", "y"],
    "VarDefines": null},
  "ExternalData": {"CsvUrl": "https://docs.google.com/x"},
  "Settings": {
    "Sim": {"FillModel": "AtBidAsk", "SlippageAmt": "0.05",
            "Commission": {"CommissionModel": "FixedFee", "OptionFee": 1.5},
            "PositionMonitor": {"TraceCollectionInterval": "Off"}},
    "Core": {"Margin": {"Model": "None"}, "LegSelectionConstraint": "None",
             "ExpirationSelectionConstraint": "AllowReuse"}}
}"""


@pytest.fixture
def definition() -> StrategyDefinition:
    return StrategyDefinition.from_json(TEXT)


def test_view_reads_the_run(definition: StrategyDefinition) -> None:
    assert (definition.strategy_name, definition.description) == ("Strangle", "words")
    assert definition.symbol == "SPX"
    run = definition.backtest
    assert run.name == "run"
    assert run.start == dt.datetime(2021, 1, 4)
    assert run.end == dt.datetime(2021, 12, 31, 23, 59, 59)
    assert run.cash == Decimal(10000)
    assert repr(definition) == "StrategyDefinition('Strangle', symbol='SPX')"


def test_view_reads_expirations_and_legs(definition: StrategyDefinition) -> None:
    (expiration,) = definition.expirations
    path = ("Structure", "Expirations", 0)
    assert expiration.name == "0dte"
    assert expiration.dte == Expression("160", (*path, "DTE"))
    assert expiration.min == Expression("140", (*path, "Min"))
    assert expiration.max is None
    assert (expiration.roots_include, expiration.roots_exclude) == (("SPXW",), ())

    first, second = definition.legs
    assert (first.name, first.option_type, first.expiration_name) == ("a", "Put", "0dte")
    assert first.qty is not None
    assert first.qty.text == "-1"
    assert first.leg_group_id is not None
    selector = first.strike_selector
    assert (selector.kind, selector.complex) == ("Delta", None)
    assert [item.text for item in (selector.value, selector.min, selector.max) if item] == [
        "10", "5", "15",
    ]  # fmt: skip
    assert second.strike_selector.kind == "Complex"
    inner = second.strike_selector.complex
    assert inner is not None
    assert inner.statement is not None
    assert inner.target is not None
    assert (inner.statement.text, inner.target.text) == ("leg_b_delta", "10")
    assert inner.constraints[0].path[-2:] == ("Constraints", 0)


def test_view_reads_entry_and_exit(definition: StrategyDefinition) -> None:
    entry = definition.entry
    assert entry.schedule.after_market_open_minutes == 30
    assert entry.schedule.before_market_close_minutes is None
    assert entry.schedule.every == "day"
    assert [item.text for item in entry.conditions] == ["underlying_iv_rank > 10"]
    assert {name: item.text for name, item in entry.var_defines.items()} == {"x": "1", "y": "2"}
    assert entry.var_defines["y"].path == ("Entry", "VarDefines", "y")
    assert entry.abort_conditions == ()
    assert entry.qty_multiplier is not None
    assert entry.reentry_days is not None
    assert entry.concurrency is not None
    assert entry.concurrency.max_positions_in_flight == 4
    assert entry.concurrency.entry_shift_days == 7

    rules = definition.exit
    assert rules.schedule.every == "5min"
    assert rules.max_days_in_trade == Expression("30", ("Exit", "MaxDaysInTrade"))
    assert rules.profit_target == Expression("500", ("Exit", "ProfitTarget"))
    assert rules.stop_loss == Expression("profit_target * 2", ("Exit", "StopLoss"))
    assert [item.path for item in rules.conditions] == [
        ("Exit", "Conditions", 0), ("Exit", "Conditions", 1),
    ]  # fmt: skip
    assert rules.var_defines == {}


def test_view_reads_settings_and_the_rest(definition: StrategyDefinition) -> None:
    found = definition.settings
    assert (found.fill_model, found.slippage_amt) == ("AtBidAsk", Decimal("0.05"))
    assert (found.commission.model, found.commission.option_fee) == ("FixedFee", Decimal("1.5"))
    assert found.trace_collection_interval == "Off"
    assert found.margin_model == "None"
    assert found.leg_selection_constraint == "None"
    assert found.expiration_selection_constraint == "AllowReuse"
    assert definition.csv_url == "https://docs.google.com/x"
    assert list(definition.conditional_adjustments) == ["pos_delta > 1"]
    assert definition.get("Extra", "kept") == JsonNumber("1.50")


def test_finished_failed_and_cancelled_are_the_terminal_states() -> None:
    terminal = {state.value for state in BacktestState if state.is_terminal}
    assert terminal == {"Finished", "Failed", "Cancelled"}


def test_view_of_an_empty_definition_is_empty() -> None:
    empty = StrategyDefinition({})
    assert empty.backtest.start is None
    assert (empty.expirations, empty.legs, empty.entry.concurrency) == ((), (), None)
    assert empty.exit.stop_loss is None
    assert empty.settings.fill_model is None
    assert (empty.csv_url, dict(empty.conditional_adjustments)) == (None, {})


def test_view_of_wrong_types_is_empty_and_never_raises() -> None:
    wrong: dict[str, Any] = {
        "StrategyName": 1,
        "Symbol": [],
        "Backtest": "x",
        "Structure": {"Expirations": [1, {"Name": 2, "Roots": 3}], "Legs": [None, {"Qty": []}]},
        "Entry": {"Schedule": [], "Conditions": {"a": 1}, "VarDefines": [1], "Concurrency": 4},
        "Exit": {"Conditions": [True, None, "x"], "StopLoss": {}},
        "Adjustment": {"ConditionalAdjustments": []},
        "Settings": {"Sim": 1, "Core": {"Margin": "None"}},
    }
    view = StrategyDefinition.from_python(wrong)
    assert (view.strategy_name, view.symbol, view.backtest.cash) == (None, None, None)
    assert [item.name for item in view.expirations] == ["", ""]
    assert [leg.name for leg in view.legs] == ["", ""]
    assert view.entry.conditions == ()
    assert [item.text for item in view.exit.conditions] == ["x"]
    assert view.settings.margin_model is None


@pytest.mark.parametrize("selectors", [{}, {"Delta": "1", "MidPrice": "2"}, {"Delta": None}])
def test_selector_without_exactly_one_kind_has_none(selectors: dict[str, object]) -> None:
    view = StrategyDefinition.from_python({"Structure": {"Legs": [{"StrikeSelector": selectors}]}})
    selector = view.legs[0].strike_selector
    assert (selector.kind, selector.value, selector.complex) == (None, None, None)


def test_times_with_a_zone_or_nonsense_are_not_read() -> None:
    for text in ("2021-01-04T00:00:00Z", "yesterday", "2021-02-30T00:00:00"):
        view = StrategyDefinition.from_python({"Backtest": {"Start": text}})
        assert view.backtest.start is None


def test_definition_is_written_as_it_was_read(definition: StrategyDefinition) -> None:
    compact = definition.to_json()
    assert StrategyDefinition.from_json(compact).to_json() == compact
    assert '"Cash":10000.0000' in compact
    assert '"Extra":{"kept":1.50}' in compact
    assert definition.to_json(indent=2).startswith('{\n  "StrategyName": "Strangle"')


def test_definitions_are_equal_apart_from_key_order(definition: StrategyDefinition) -> None:
    turned = StrategyDefinition(dict(reversed(definition.document.items())))
    assert turned == definition
    assert hash(turned) == hash(definition)
    changed = copy.deepcopy(definition.document)
    changed["Backtest"]["Cash"] = JsonNumber("10000.0")
    assert StrategyDefinition(changed) != definition
    assert definition != TEXT


@pytest.mark.parametrize("text", ["[]", '"x"', "1", "null", "true"])
def test_only_objects_are_definitions(text: str) -> None:
    with pytest.raises(DocumentError, match="a strategy definition is an object"):
        StrategyDefinition.from_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("160", 160), ("-1.50", Decimal("-1.5")), (" 5 -- five", 5), (".5", Decimal("0.5")),
        ("1e3", 1000), ("", None), ("1_000", None), ("Infinity", None), ("nan", None),
        ("1,5", None), ("x", None), ("٣", None), ("1e99999", None),
    ],
)  # fmt: skip
def test_number_of_a_text(text: str, value: object) -> None:
    assert number(text) == value


def test_number_of_other_values() -> None:
    assert number(JsonNumber("10000.0000")) == 10000
    assert number(JsonNumber("1E+2")) == 100
    assert number(JsonNumber("1e999999999999999999999")) is None
    others: list[object] = [None, True, [], {}]
    assert [number(value) for value in others] == [None] * 4


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9))
def test_number_reads_what_decimal_writes(value: Decimal) -> None:
    assert number(f"{value:f}") == value
