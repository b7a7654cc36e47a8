"""One mistake, one finding: at the right place, in words that help."""

from __future__ import annotations

import contextlib
import copy
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xlmeso.model.document import JsonPath, from_python, parse_path, to_python, walk
from xlmeso.model.problems import Problem, Severity
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.model.validation import validate

DROP = object()
ADD = "Adjustment.ConditionalAdjustments"
ACTIONS = f'{ADD}["pos_delta > 20"]'

ADJUSTMENT = {
    "Schedule": {"BeforeMarketCloseMinutes": 30, "Every": "day"},
    "ConditionalAdjustments": {
        "pos_delta > 20": {
            "MoveLegAdjustment": {
                "LegName": "short_put",
                "StrikeSelector": {"Delta": "abs(leg_short_put_delta) / 2"},
                "ExpirationName": "later",
                "Expirations": [{"Name": "later", "DTE": "expiration_main_dte + 7"}],
                "VarDefines": {"moved": "1"},
            },
            "AddLegsAdjustment": {
                "Legs": [
                    {
                        "Name": "hedge",
                        "Qty": "2",
                        "OptionType": "Put",
                        "ExpirationName": "main",
                        "StrikeSelector": {"Delta": "leg_long_put_delta"},
                    }
                ],
                "AbortConditions": ["leg_hedge_price > 10"],
            },
            "RemoveLegsAdjustment": {"LegNames": ["hedge", "long_call"]},
        },
        "pos_pnl > peak": {"UpdateVarsAdjustment": {"VarDefines": {"peak": "pos_pnl"}}},
    },
    "MaxAdjustmentCount": "5",
}


ADJUSTMENT_LEG: dict[str, object] = {
    "Qty": "1",
    "OptionType": "Put",
    "ExpirationName": "main",
    "StrikeSelector": {"Delta": "10"},
}


def base() -> dict[str, Any]:
    """Return the iron condor with adjustments of all four kinds; it has no problem."""
    document: dict[str, Any] = to_python(load_template("iron-condor").document)
    document["Adjustment"] = copy.deepcopy(ADJUSTMENT)
    document["Entry"]["Concurrency"] = {"MaxPositionsInFlight": 3, "EntryShiftDays": 7}
    return document


def changed(*changes: tuple[str, object]) -> StrategyDefinition:
    """Return the base with values put in or dropped."""
    document = base()
    for text, value in changes:
        *parents, last = parse_path(text)
        holder: Any = document
        for step in parents:
            holder = holder[step]
        if value is DROP:
            del holder[last]
        else:
            holder[last] = value
    return StrategyDefinition.from_python(document)


def only(definition: StrategyDefinition, **options: bool) -> Problem:
    problems = validate(definition, **options)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_base_has_no_problem() -> None:
    assert [str(problem) for problem in validate(changed())] == []


SELECTOR = "Structure.Legs[0].StrikeSelector"

# path, new value, place of the finding (None: the same), a fragment of what it says
ERRORS: list[tuple[str, object, str | None, str]] = [
    # structure: missing, null, blank, too long
    ("StrategyName", DROP, None, "StrategyName is missing. For example Short put."),
    ("StrategyName", None, None, "StrategyName must not be null."),
    ("StrategyName", "  ", None, "StrategyName is blank."),
    ("StrategyName", "x" * 129, None, "StrategyName has 129 characters. Keep it to 128."),
    ("Backtest.Name", "x" * 251, None, "Name has 251 characters. Keep it to 250."),
    ("Backtest", DROP, None, "Backtest is missing."),
    ("Backtest.Cash", DROP, None, "Cash is missing."),
    ("Structure.Legs[1].OptionType", DROP, None, "Give one of Put, Call."),
    ("Structure.Legs[1].StrikeSelector", DROP, None, "StrikeSelector is missing."),
    ("Entry.Schedule.Every", DROP, None, "Every is missing. For example day."),
    ("Entry.ReentryDays", DROP, None, "ReentryDays is missing."),
    ("Exit.Conditions[0]", None, None, "this value must not be null."),
    # structure: wrong type
    ("Backtest", [], None, "Backtest must be an object, not a list."),
    ("Exit.VarDefines", [], None, "VarDefines must be an object of names and values, not a list."),
    ("Backtest.Cash", True, None, "Cash must be a number, not true or false."),
    ("Backtest.Cash", "much", None, "Cash must be a number, not 'much'."),
    ("Symbol", " ", None, "Symbol is blank. For example SPX."),
    ("Symbol", 5, None, "Symbol must be a text, not a number."),
    ("Exit.StopLoss", ["1"], None, "StopLoss must be an expression or a number, not a list."),
    ("Description", ["x"], None, "Description must be a text, not a list."),
    ("Exit.Conditions", "pos_delta > 1", None, "Conditions must be a list, not a text."),
    # structure: choices and times
    ("Structure.Legs[0].OptionType", "put", None,
     "'put' is not one of Put, Call. Did you mean Put?"),
    ("Settings.Sim.FillModel", "Mid", None, "not one of AtMidPrice, AtBidAsk"),
    ("Settings.Core.LegSelectionConstraint", "Unique", None, "FullyUnique, UniqueInPosition, None"),
    ("Symbol", "spx", None, "Did you mean SPX?"),
    ("Backtest.Start", "2018-01-01", None, "Write 2018-01-01T00:00:00."),
    ("Backtest.Start", "2018-01-01T00:00:00Z", None, "has a time zone"),
    ("Backtest.Start", "first of May", None, "is not a time in the form YYYY-MM-DDThh:mm:ss"),
    ("Backtest.End", "2018-02-30T00:00:00", None, "is not a time"),
    # structure: unknown fields
    ("Symbl", "SPX", None, "'Symbl' is not a field of version 3. There is Symbol already."),
    ("Exit.StopLos", "5", None, "There is StopLoss already."),
    ("Entry.ProfitTarget", "5", None, "A field of that name belongs in Exit.ProfitTarget."),
    ("Structure.Legs[0].Colour", "red", None, "Remove it, or allow unknown fields."),
    ("Structure.Legs[0].ExpirationsName", 1, None, "There is ExpirationName already."),
    # structure: selectors and lists
    (f"{SELECTOR}.Delta", DROP, SELECTOR, "no selector is set. Set exactly one of BidPrice"),
    (f"{SELECTOR}.Delta", None, SELECTOR, "no selector is set."),
    (f"{SELECTOR}.MidPrice", "5", SELECTOR,
     "2 selectors are set: MidPrice, Delta. Keep exactly one."),
    (SELECTOR, {"Complex": {"Target": 1}}, f"{SELECTOR}.Complex.Statement",
     "Statement is missing."),
    (f"{ACTIONS}.RemoveLegsAdjustment.LegNames", [], None, "LegNames is empty. Give at least one."),
    # names of version 2
    ("TemplateName", "x", None, "Version 3 calls it StrategyName."),
    ("Name", "x", None, "Version 3 has it in Backtest.Name."),
    ("Start", "2021-01-04T00:00:00", None, "Version 3 has it in Backtest.Start."),
    ("End", "2021-01-04T00:00:00", None, "Version 3 has it in Backtest.End."),
    ("Cash", 5, None, "Version 3 has it in Backtest.Cash."),
    ("SimSettings", {}, None, "Settings.Sim"),
    ("Indicators", {}, None, "ExternalData.CsvUrl"),
    (SELECTOR, {"Statement": "1"}, f"{SELECTOR}.Statement", "Version 3 calls it StrikePrice."),
    (SELECTOR, {"Vega": "5"}, f"{SELECTOR}.Vega", "use Complex with leg_NAME_vega"),
    (f"{ACTIONS}.RemoveLegAdjustment", {}, None, "calls it RemoveLegsAdjustment"),
    # names and references
    ("Structure.Legs[0].ExpirationName", "mian", None, "no expiration 'mian'. Did you mean main?"),
    ("Structure.Legs[0].ExpirationName", "xyz", None, "Known are main."),
    ("Structure.Legs[0].ExpirationName", "later", None, "there is no expiration 'later'."),
    (f"{ACTIONS}.MoveLegAdjustment.LegName", "shortput", None, "Did you mean short_put?"),
    (f"{ACTIONS}.MoveLegAdjustment.ExpirationName", "front", None, "Known are main, later."),
    (f"{ACTIONS}.RemoveLegsAdjustment.LegNames[1]", "nobody", None, "there is no leg 'nobody'."),
    ('Entry.VarDefines["my-var"]', "1", None, "cannot name a variable"),
    ("Entry.VarDefines.end", "1", None, "'end' cannot name a variable"),
    ("Entry.VarDefines.nav", "1", None, "nav is already a name of the service."),
    ("Entry.VarDefines.leg_short_put_pnl", "1", None, "already a variable of the service."),
    ("Exit.VarDefines.leg_x_pnl", "1", None, "kept for a variable of the service."),
    # expressions: syntax
    ("Exit.StopLoss", "credit *", None, "no Lua expression: the expression is not complete."),
    ("Exit.StopLoss", "", None, "the expression is empty. Write null or leave the field out."),
    ("Exit.Conditions[0]", "-- later", None, "the expression is empty."),
    ("Entry.AbortConditions[0]", "pos_delta = 1", None, "write == to compare"),
    # expressions: names
    ("Exit.Conditions[0]", "pos_detla > 1", None, "no variable pos_detla. Did you mean pos_delta?"),
    ("Exit.StopLoss", "credits * 2", None, "Did you mean credit?"),
    ("Exit.Conditions[0]", "delta > 1", None, "Did you mean pos_delta?"),
    ("Exit.Conditions[0]", "leg_shortput_delta > 1", None, "Did you mean leg_short_put_delta?"),
    ("Exit.Conditions[0]", "ABS(pos_delta) > 1", None,
     "no function ABS that we know. Did you mean abs?"),
    ("Exit.Conditions[0]", "abs > 1", None, "abs is a function. Write abs(...)."),
    ("Exit.Conditions[0]", "pos_delta(1) > 1", None, "is a value, not a function"),
    ("Exit.Conditions[0]", "timing.day_in_trade > 1", None, "Did you mean timing.days_in_trade?"),
    ("Exit.Conditions[0]", "timing.trading_days_until > 1", None,
     "Write timing.trading_days_until(...)."),
    ("Exit.Conditions[0]", "string.format > 1", None, "there is no value string.format"),
    ("Exit.Conditions[0]", "timing.trading_days_until() > 1", None,
     "timing.trading_days_until has 0 arguments. Give 1 to 2."),
    ("Exit.Conditions[0]", "options.model(position, 1, 100) > 1", None, "Give 4."),
    ("Exit.Conditions[0]", "options.model(leg_shortput, 1, 100, pnl) > 1", None,
     "no target leg_shortput that we know. Did you mean leg_short_put?"),
    ("Exit.Conditions[0]", "options.model(position, 1, 100, profit) > 1", None,
     "no metric profit that we know. Known are pnl, delta"),
    ("Exit.Conditions[0]", "options.model(position, dit, 100, pnl) > 1", None,
     "there is no variable dit."),
    ("Exit.Conditions[0]", "options.model(position, 1, 100 +, pnl) > 1", None, "no Lua expression"),
    ("Exit.Conditions[0]",
     "options.model_solver(position, 1, 50, 99, pnl, maximise, return_price) > 1", None,
     "no goal maximise that we know. Did you mean maximize?"),
    ("Exit.Conditions[0]",
     "options.model_solver(position, 1, 50, 99, pnl, zero, price) > 1", None,
     "no return mode price that we know."),
    (f"{ACTIONS}.AddLegsAdjustment.Legs[0].Qty", "qty", None, "there is no variable qty."),
    (f"{ACTIONS}.MoveLegAdjustment.StrikeSelector.Delta", "leg_x_delta", None,
     "no variable leg_x_delta"),
    # expressions: not available yet
    ("Entry.Conditions", ["expiration_main_dte > 1"], "Entry.Conditions[0]",
     "chosen after the entry conditions"),
    ("Entry.Conditions", ["credit > 1"], "Entry.Conditions[0]",
     "set when the entry has been filled"),
    ("Structure.Expirations[0].DTE", "expiration_main_dte", None, "not chosen yet"),
    ("Structure.Expirations[0].DTE", "leg_short_put_dte", None,
     "legs are chosen after the expirations"),
    ("Structure.Expirations[0].DTE", "pos_delta + 45", None,
     "legs are chosen after the expirations"),
    (f"{SELECTOR}.Delta", "abs(leg_long_put_delta)", None, "Put long_put before short_put."),
    (f"{SELECTOR}.Delta", "leg_short_put_price", None, "own values are known only in its Complex"),
    (f"{SELECTOR}.Delta", "profit_target", None, "set when the entry has been filled"),
    ("Structure.Legs[0].Qty", "leg_short_call_qty", None,
     "leg short_call is chosen after short_put"),
    ("Entry.QtyMultiplier", "credit", None, "set when the entry has been filled"),
    ("Entry.VarDefines.credit", "credit + 1", None, "credit is defined by itself."),
    ("Entry.VarDefines.x", "stop_loss", None, "then ProfitTarget, then StopLoss"),
    ("Exit.ProfitTarget", "stop_loss / 2", None, "then ProfitTarget, then StopLoss"),
    ("Exit.StopLoss", "peak", None, "set only by an adjustment or at the exit"),
    (f"{ACTIONS}.AddLegsAdjustment.Legs[0].StrikeSelector.Delta", "leg_hedge_delta", None,
     "own values"),
    (
        f"{ACTIONS}.MoveLegAdjustment.Expirations[0].DTE", "expiration_later_dte + 1", None,
        "the expiration is not chosen yet",
    ),
    # sense
    ("Backtest.End", "2018-01-01T00:00:00", None, "is not after Start 2018-01-01T00:00:00"),
    ("Backtest.Cash", 0, None, "Cash is 0; it must be more than 0."),
    ("Backtest.Cash", "-1", None, "Cash is -1; it must be more than 0."),
    ("Structure.Expirations[0].Min", "60", None, "Min 60 is more than Max 52."),
    ("Structure.Expirations[0].Min", "-1", None, "days cannot be negative"),
    (f"{SELECTOR}.Min", "30", None, "Min 30 is more than Max 22."),
    (f"{SELECTOR}.Min", "-30", None, "Min 30 is more than Max 22."),
    (f"{SELECTOR}", {"Delta": "160"}, f"{SELECTOR}.Delta", "delta goes from 0 to 100 points"),
    (f"{SELECTOR}", {"BidPrice": "-5"}, f"{SELECTOR}.BidPrice", "a price cannot be negative"),
    (f"{SELECTOR}", {"StrikePrice": 0}, f"{SELECTOR}.StrikePrice", "a strike is positive"),
    ("Structure.Legs[0].Qty", "-0.5", None, "SPX trades in whole contracts"),
    ("Entry.Schedule.AfterMarketOpenMinutes", 30, "Entry.Schedule", "both offsets are set."),
    ("Exit.Schedule.BeforeMarketCloseMinutes", None, "Exit.Schedule", "no offset is set."),
    ("Exit.Schedule.BeforeMarketCloseMinutes", -5, None, "minutes cannot be negative"),
    ("Entry.Schedule.Every", "mon,wen", None,
     "'wen' is no weekday in 'mon,wen'. Did you mean wed?"),
    ("Entry.Schedule.Every", "Mon", None, "Did you mean mon?"),
    ("Entry.Schedule.Every", "5min,mon", None, "'5min' is no weekday"),
    ("Entry.Schedule.Every", "", None, "Every is blank."),
    ("Entry.ReentryDays", "-1", None, "ReentryDays is -1; it must be at least 0."),
    ("Entry.Concurrency.MaxPositionsInFlight", 0, None, "it must be at least 1."),
    ("Entry.Concurrency.MaxPositionsInFlight", 2.5, None, "it must be a whole number."),
    ("Entry.Concurrency.EntryShiftDays", -1, None, "it must be at least 0."),
    ("Exit.MaxDaysInTrade", -1, None, "it must be at least 0."),
    ("Settings.Sim.SlippageAmt", "-0.05", None, "Slippage is always against you."),
    ("Settings.Sim.Commission.OptionFee", -1, None, "OptionFee is -1; it must be at least 0."),
    ("Settings.Core.Margin", {"PMConfig": {"LowerBoundPct": 101}},
     "Settings.Core.Margin.PMConfig.LowerBoundPct", "it must be at most 100."),
    ("ExternalData", {"CsvUrl": "my signal"}, "ExternalData.CsvUrl", "is not a web address"),
    ("ExternalData", {"CsvUrl": "ftp://x/my.csv"}, "ExternalData.CsvUrl", "is not a web address"),
]  # fmt: skip

WARNINGS: list[tuple[str, object, str | None, str]] = [
    ("Symbol", "NDX", None, "'NDX' is not an underlying that we know. Known are SPX, RUT"),
    ("Settings", DROP, None, "what the service takes instead is not documented"),
    ("Exit.Conditions[0]", "round(pos_delta) > 1", None, "no function round that we know"),
    ("Exit.Conditions[0]", "timing.zone > 1", None, "no value timing.zone that we know"),
    ("Exit.Conditions[0]", "timing.trading_days_until(easter) > 1", None,
     "there is no anchor easter that we know. Known are this_week"),
    ("Exit.Conditions[0]", "timing.trading_days_until(next_month, firs) > 1", None,
     "there is no boundary firs that we know. Did you mean first?"),
    ("Exit.Conditions[0]", "timing.trading_days_in(this_month, first) > 1", None,
     "timing.trading_days_in has 2 arguments. Give 1."),
    ("Entry.Conditions", ["options.model(position, 1, 100, pnl) ~= nil"], "Entry.Conditions[0]",
     "options.model is nil here: there is no position yet."),
    ("Exit.Conditions[0]", "pos_margin > 1", None, "exists only while margin is simulated"),
    ("Entry.Conditions", ["pos_theta > 1"], "Entry.Conditions[0]", "pos_theta is zero or nil here"),
    ("Entry.Conditions", ["leg_short_put_delta > 1"], "Entry.Conditions[0]",
     "Use Entry.AbortConditions"),
    ("Entry.VarDefines", {"credit": "later * 2", "later": "1"}, "Entry.VarDefines.credit",
     "later is defined after credit. Define it first."),
    ("Structure.Expirations[0].DTE", "60", None, "DTE 60 is outside Min 38 .. Max 52."),
    (f"{SELECTOR}.Delta", "-40", None, "Delta 40 is outside Min 10 .. Max 22."),
    (SELECTOR, {"Delta": "0.16"}, f"{SELECTOR}.Delta", "Did you mean 16?"),
    ("Exit.StopLoss", "-500", None, "StopLoss is -500"),
    ("Exit.StopLoss", 0, None, "Write the loss as a positive amount"),
    ("Exit.ProfitTarget", "0", None, "The position would be closed at once"),
    ("Exit.Schedule.BeforeMarketCloseMinutes", 33, None, "33 minutes are rounded to steps of 5."),
    ("Exit.Schedule.BeforeMarketCloseMinutes", 395, None, "a session has 390 minutes"),
    ("Entry.Schedule.Every", "fri,sat", None, "SPX does not trade on sat."),
    ("Entry.Concurrency.MaxPositionsInFlight", 11, None, "The service's retail plan allows 10."),
    ("Settings.Sim.Commission.CommissionModel", "Deribit", None, "not for SPX"),
    ("ExternalData", {"CsvUrl": "https://example.com/x.csv"}, "ExternalData.CsvUrl",
     "from gist.githubusercontent.com and docs.google.com only"),
    ("ExternalData", {"CsvUrl": "my.csv"}, "ExternalData.CsvUrl",
     "a file is read by the local service only"),
    ("ExternalData", {"CsvUrl": "file:below/my.csv"}, "ExternalData.CsvUrl",
     "For the cloud service publish the CSV at gist.githubusercontent.com"),
    (ADD, {"nav > 1": {}}, f'{ADD}["nav > 1"]', "this condition has no action"),
    (ADD, {"nav > 1": {"AddLegsAdjustment": None}}, f'{ADD}["nav > 1"]', "has no action"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "path", "fragment"), ERRORS)
def test_mistake_is_an_error(place: str, value: object, path: str | None, fragment: str) -> None:
    problem = only(changed((place, value)))
    assert problem.path_text == (path or place)
    assert problem.severity is Severity.ERROR
    assert fragment in str(problem)


@pytest.mark.parametrize(("place", "value", "path", "fragment"), WARNINGS)
def test_doubt_is_a_warning(place: str, value: object, path: str | None, fragment: str) -> None:
    problem = only(changed((place, value)))
    assert problem.path_text == (path or place)
    assert problem.severity is Severity.WARNING
    assert fragment in str(problem)


# These leave names without a meaning, so that other findings follow.
CASCADING: list[tuple[str, object, str]] = [
    ("Structure", DROP, "error: Structure: Structure is missing."),
    ("Structure.Legs", {}, "error: Structure.Legs: Legs must be a list, not an object."),
    ("Structure.Legs", [], "error: Structure.Legs: Legs is empty. Give at least one."),
    ("Structure.Expirations", [], "error: Structure.Expirations: Expirations is empty."),
    ("Structure.Legs[0]", None, "error: Structure.Legs[0]: this value must not be null."),
    ("Structure.Legs[0].Name", "short put", "no variable can be made of 'short put'"),
    ("Structure.Legs[1].Name", "short_put", "Structure.Legs[1].Name: 'short_put' is used twice."),
    ("Structure.Expirations[0].Name", "main-1",
     "warning: Structure.Expirations[0].Name: no variable"),
    ("Entry.VarDefines", [], "error: Entry.VarDefines: VarDefines must be an object"),
    (f"{ACTIONS}.AddLegsAdjustment.Legs[0].Name", "short_put", "is a leg of the structure as well"),
    (ADD, {"(pos_delta": {}}, "')' expected"),
    (ADD, {"": {}}, "the expression is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "fragment"), CASCADING)
def test_mistake_with_consequences_is_among_the_findings(
    place: str, value: object, fragment: str
) -> None:
    assert fragment in "\n".join(str(problem) for problem in validate(changed((place, value))))


def test_two_expirations_of_one_name_and_one_that_nobody_uses() -> None:
    main = base()["Structure"]["Expirations"][0]
    twice = only(changed(("Structure.Expirations", [main, main])))
    assert str(twice) == (
        "error: Structure.Expirations[1].Name: 'main' is used twice. "
        "Give each one a name of its own."
    )
    idle = only(changed(("Structure.Expirations", [main, {**main, "Name": "0dte"}])))
    assert str(idle) == (
        "warning: Structure.Expirations[1]: no leg uses the expiration 0dte. Remove it."
    )


def test_expiration_that_only_finds_another_one_is_used() -> None:
    main = base()["Structure"]["Expirations"][0]
    front = {**main, "Name": "0dte", "DTE": "7", "Min": None, "Max": None}
    main = {**main, "DTE": "expiration_0dte_dte + 38"}
    assert validate(changed(("Structure.Expirations", [front, main]))) == []
    later = only(changed(("Structure.Expirations", [main, front])))
    assert "expiration 0dte is chosen after main. Put 0dte before main." in str(later)


def test_no_exit_rule_at_all_is_a_doubt() -> None:
    nothing = [("Exit.MaxDaysInTrade", None), ("Exit.ProfitTarget", DROP), ("Exit.StopLoss", None)]
    problem = only(changed(*nothing, ("Exit.Conditions", [])))
    assert problem.path == ("Exit",)
    assert "stays open until it is settled at expiration" in str(problem)
    for rule in (("Exit.StopLoss", "5"), ("Exit.ProfitTarget", "5"), ("Exit.MaxDaysInTrade", 5)):
        kept = [item for item in nothing if item[0] != rule[0]]
        assert validate(changed(*kept, ("Exit.Conditions", []), rule)) == []


def test_near_miss_of_a_required_field_is_told_once() -> None:
    problem = only(changed(("Symbol", DROP), ("Symbl", "SPX")))
    assert str(problem) == "error: Symbl: 'Symbl' is not a field of version 3. Did you mean Symbol?"
    renamed = only(changed(("StrategyName", DROP), ("TemplateName", "x")))
    assert renamed.path == ("TemplateName",)


def test_unknown_fields_may_be_allowed_but_stand_for_nothing() -> None:
    definition = changed(("Colour", "red"), ("Structure.Legs[0].Note", {"deep": [1]}))
    assert len(validate(definition)) == 2
    assert validate(definition, allow_unknown=True) == []
    missing = only(changed(("Symbol", DROP), ("Symbl", "SPX")), allow_unknown=True)
    assert missing.path == ("Symbol",)


def test_old_names_stay_doubts_where_unknown_fields_are_allowed() -> None:
    problem = only(changed(("Indicators", {})), allow_unknown=True)
    assert problem.severity is Severity.WARNING
    both = validate(changed((SELECTOR, {"Statement": "5"})), allow_unknown=True)
    assert [(item.severity, item.path[-1]) for item in both] == [
        (Severity.ERROR, "StrikeSelector"),
        (Severity.WARNING, "Statement"),
    ]


def test_whole_definition_of_version_2_is_explained() -> None:
    document = base()
    run = document.pop("Backtest")
    settings = document.pop("Settings")
    document = {**run, **document, "TemplateName": "x", "SimSettings": settings["Sim"]}
    del document["StrategyName"]
    found = validate(StrategyDefinition.from_python(document))
    errors = [problem.path_text for problem in found if problem.severity is Severity.ERROR]
    assert errors == ["Name", "Start", "End", "Cash", "TemplateName", "SimSettings"]


def test_definition_inside_its_request_is_recognised() -> None:
    found = validate(
        StrategyDefinition.from_python({"StrategyDefinition": base(), "Shared": False})
    )
    assert "Give the definition itself, without anything around it." in str(found)


def test_external_data_makes_unknown_variables_doubts() -> None:
    data = {"CsvUrl": "https://docs.google.com/spreadsheets/x"}
    problem = only(changed(("ExternalData", data), ("Exit.Conditions[0]", "put_call_ratio > 1")))
    assert problem.severity is Severity.WARNING
    assert "the CSV must have such a column" in str(problem)


def test_columns_that_somebody_has_read_are_variables_and_others_are_not() -> None:
    data = {"CsvUrl": "https://docs.google.com/spreadsheets/x"}
    definition = changed(("ExternalData", data), ("Exit.Conditions[0]", "put_call_ratio > vix9d"))
    assert validate(definition, external_columns=["put_call_ratio", "vix9d"]) == []
    (problem,) = validate(definition, external_columns=["put_call_ratio", "vix9"])
    assert problem.severity is Severity.ERROR
    assert str(problem).endswith("there is no variable vix9d. Did you mean vix9?")


def test_bare_words_of_modules_are_no_variables() -> None:
    text = (
        "timing.trading_days_until(monthly_opex, first) < 2 or "
        "options.model(position, leg_short_put_dte, underlying_price, pnl) < -500 or "
        "options.model(leg_short_put, monthly_opex, abs(underlying_price), wvega) < -500 or "
        "timing.days_in_trade > 3"
    )
    assert validate(changed(("Exit.Conditions[0]", text))) == []


def test_margin_variables_are_fine_with_a_margin_model() -> None:
    margin = ("Settings.Core.Margin", {"Model": "RegT", "RegTMode": "CBOEPermissive"})
    assert validate(changed(margin, ("Exit.Conditions[0]", "pos_margin > acc_margin"))) == []


def test_order_trap_of_adjustments() -> None:
    first, second = base()["Adjustment"]["ConditionalAdjustments"].items()
    problem = only(changed((ADD, dict([second, first]))))
    assert problem.severity is Severity.WARNING
    assert problem.path_text == ADD
    assert "alphabetical order" in problem.message
    assert "first 'pos_delta > 20', last 'pos_pnl > peak'" in problem.message


def test_legs_that_an_adjustment_adds_are_chosen_in_order() -> None:
    def leg(name: str, delta: str) -> dict[str, object]:
        return {**ADJUSTMENT_LEG, "Name": name, "StrikeSelector": {"Delta": delta}}

    place = f"{ACTIONS}.AddLegsAdjustment.Legs"
    right = [leg("hedge", "10"), leg("second", "leg_hedge_delta")]
    assert validate(changed((place, right))) == []
    wrong = only(changed((place, [leg("hedge", "leg_second_delta"), leg("second", "10")])))
    assert wrong.path_text == f"{place}[0].StrikeSelector.Delta"
    assert "leg second is chosen after hedge" in wrong.message


def test_own_values_are_known_to_complex_and_qty() -> None:
    inner = {
        "Statement": "leg_short_put_delta",
        "Target": 16,
        "Constraints": ["leg_short_put_price > 1"],
    }
    definition = changed(
        (SELECTOR, {"Complex": inner}), ("Structure.Legs[0].Qty", "-floor(5 / leg_short_put_price)")
    )
    assert validate(definition) == []
    added = f"{ACTIONS}.AddLegsAdjustment.Legs[0]"
    assert validate(changed((f"{added}.Qty", "ceil(leg_hedge_price)"))) == []
    inner = {"Statement": "leg_hedge_vega", "Target": 5}
    assert validate(changed((f"{added}.StrikeSelector", {"Complex": inner}))) == []


def test_crypto_has_its_own_habits() -> None:
    crypto = [
        ("Symbol", "BTCUSD"), ("Structure.Legs[0].Qty", "-0.1"),
        ("Entry.Schedule.Every", "sat,sun"),
        ("Entry.Schedule.BeforeMarketCloseMinutes", 600),
    ]  # fmt: skip
    fees = only(changed(*crypto))
    assert "BTCUSD trades on Deribit" in fees.message
    model = ("Settings.Sim.Commission.CommissionModel", "Deribit")
    assert validate(changed(*crypto, model)) == []
    late = only(changed(*crypto, model, ("Exit.Schedule.BeforeMarketCloseMinutes", 1445)))
    assert "a day has 1440 minutes" in late.message


def test_numbers_and_numeric_texts_are_both_accepted_everywhere() -> None:
    for cash in (160, "160", "10000.0000", "125000 -- planned"):
        assert validate(changed(("Backtest.Cash", cash))) == []
    for minutes in (30, "30"):
        assert validate(changed(("Exit.Schedule.BeforeMarketCloseMinutes", minutes))) == []
    for days in (45, "45", "random(40, 50)"):
        assert validate(changed(("Structure.Expirations[0].DTE", days))) == []


EIGHT: list[tuple[str, object, str]] = [
    ("Backtest.End", "2017-12-31T00:00:00", "is not after Start"),
    ("Structure.Legs[0].OptionType", "Putt", "Did you mean Put?"),
    (
        "Structure.Legs[1].StrikeSelector.StrikePrice",
        "leg_shrt_put_strike",
        "leg_short_put_strike?",
    ),
    ("Structure.Legs[2].ExpirationName", "back", "there is no expiration 'back'."),
    ("Entry.Schedule.Every", "munday", "is no weekday"),
    ("Entry.AbortConditions[0]", "pos_theta <", "not complete"),
    ("Exit.StopLoss", "-100", "StopLoss is -100"),
    ("Settings.Sim.FillModel", "AtLast", "not one of AtMidPrice, AtBidAsk"),
]


def test_eight_mistakes_are_told_at_once_in_document_order() -> None:
    found = validate(changed(*((place, value) for place, value, _ in EIGHT)))
    assert [problem.path_text for problem in found] == [place for place, _, _ in EIGHT]
    for problem, (_, _, fragment) in zip(found, EIGHT, strict=True):
        assert fragment in str(problem)


def test_missing_fields_stand_where_their_object_stands() -> None:
    found = validate(
        changed(("Exit.Conditions[0]", "x"), ("Backtest.Cash", DROP), ("Entry.ReentryDays", DROP))
    )
    assert [problem.path_text for problem in found] == [
        "Backtest.Cash", "Entry.ReentryDays", "Exit.Conditions[0]",
    ]  # fmt: skip


def test_empty_definition_lists_what_it_needs() -> None:
    found = validate(StrategyDefinition({}))
    errors = [problem.path_text for problem in found if problem.severity is Severity.ERROR]
    assert errors == [
        "StrategyName", "Backtest", "Symbol", "Structure", "Entry", "Exit",
    ]  # fmt: skip


def test_absurd_sizes_are_refused_quickly() -> None:
    many = changed(("Exit.Conditions", ["nonsense > 1"] * 5000))
    assert "it is checked up to 5,000" in only(many).message
    legs = [{**ADJUSTMENT_LEG, "Name": f"leg{i}", "Qty": f"nonsense{i}"} for i in range(300)]
    begin = time.perf_counter()
    assert len(validate(changed(("Structure.Legs", legs)))) >= 300
    assert time.perf_counter() - begin < 10


def test_checks_are_quick_once_lua_is_loaded() -> None:
    validate(changed())
    times = []
    for number in range(5):
        definition = changed(("Exit.StopLoss", f"credit * {number + 2}"))
        begin = time.perf_counter()
        validate(definition)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.02


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 200), st.text("a1 (-\n", max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["Name", "Delta", "Legs", "x"]), inner, max_size=2),
    ),
    max_leaves=4,
)
places = st.sampled_from([path for path, _ in walk(from_python(base())) if path])


@example([(parse_path(f"{ACTIONS}.MoveLegAdjustment.ExpirationName"), [])])
@given(st.lists(st.tuples(places, values), min_size=1, max_size=3))
@settings(max_examples=150)
def test_no_definition_breaks_the_checks(edits: list[tuple[JsonPath, object]]) -> None:
    document = base()
    for path, value in edits:
        holder: Any = document
        with contextlib.suppress(KeyError, IndexError, TypeError):
            for step in path[:-1]:
                holder = holder[step]
            if isinstance(holder, dict) == isinstance(path[-1], str):
                holder[path[-1]] = value
    definition = StrategyDefinition.from_python(document)
    before = definition.to_json()
    for problem in validate(definition):
        assert problem.message.endswith(".")
        str(problem)
    assert definition.to_json() == before
