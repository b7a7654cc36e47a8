"""Every row of the field map (reference section 2.1) and every change of behaviour (2.2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from v2_library import definition

from xlmeso.migration.convert import Migration, migrate
from xlmeso.migration.notes import Level
from xlmeso.model.document import JsonNumber, from_python, loads, to_python
from xlmeso.model.expression import names_in, renamed
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template, template_names


def convert(document: Any) -> Migration:
    return migrate(StrategyDefinition(from_python(document)))


def short_put(**top: Any) -> dict[str, Any]:
    return definition("SPX-ShortPut") | top


def notes(done: Migration, level: Level) -> list[str]:
    return [str(note) for note in done.notes if note.level is level]


def plain(done: Migration) -> Any:
    return to_python(done.definition.document)


def with_selector(**chosen: Any) -> dict[str, Any]:
    document = short_put()
    document["Structure"]["Legs"][0]["StrikeSelector"] = chosen
    return document


def with_exit(*conditions: str) -> dict[str, Any]:
    document = short_put()
    document["Exit"]["Conditions"] = list(conditions)
    return document


def adjusted(conditions: dict[str, Any]) -> dict[str, Any]:
    return short_put(
        Adjustment={
            "Schedule": {"BeforeMarketCloseMinutes": 30, "Every": "day"},
            "ConditionalAdjustments": conditions,
        }
    )


@pytest.mark.parametrize("name", template_names())
def test_version_3_comes_back_to_the_letter(name: str) -> None:
    template = load_template(name)
    done = migrate(template)
    assert done.definition.to_json() == template.to_json()
    assert not done.was_old
    assert notes(done, Level.NOTE) == [
        "[NOTE] The definition is of version 3 already; nothing was changed."
    ]


def test_numbers_keep_their_spelling_and_unknown_fields_their_place() -> None:
    text = (
        '{"Name":"n","Start":"s","End":"e","Cash":10000.0000,"TemplateName":"t",'
        '"Mine":{"b":1.50,"a":[1e3,null]},"Structure":{"Other":"x"},"Last":0}'
    )
    done = migrate(StrategyDefinition(loads(text)))
    assert done.definition.document["Backtest"]["Cash"] == JsonNumber("10000.0000")
    assert '"Mine":{"b":1.50,"a":[1e3,null]}' in done.definition.to_json()
    assert list(done.definition.document) == [
        "StrategyName", "Backtest", "Mine", "Structure", "Last", "Settings",
    ]  # fmt: skip


def test_run_fields_move_into_backtest() -> None:
    done = convert(short_put())
    assert plain(done)["Backtest"] == {
        "Name": "generate",
        "Start": "2023-01-01T00:00:00",
        "End": "2023-12-31T23:59:59",
        "Cash": 10000.0,
    }
    assert "[AUTO] Backtest.Cash: Moved from Cash." in notes(done, Level.AUTO)


def test_a_conflict_is_told_and_nothing_is_guessed() -> None:
    done = convert(short_put(Backtest={"Cash": 5}))
    assert plain(done)["Backtest"]["Cash"] == 5
    assert notes(done, Level.ERROR) == [
        "[ERROR] Backtest.Cash: It was 10000.0 at the top and 5 here; the latter is kept. "
        "Say which one is meant."
    ]


@pytest.mark.parametrize(
    ("change", "name", "level"),
    [
        ({}, "SPX-ShortPut", Level.AUTO),
        ({"TemplateName": None}, "generate", Level.WARN),
        ({"TemplateName": None, "Name": None}, None, Level.ERROR),
        ({"StrategyName": "kept"}, "kept", Level.WARN),
    ],
)
def test_template_name(change: dict[str, Any], name: str | None, level: Level) -> None:
    done = convert(short_put(**change))
    assert plain(done).get("StrategyName") == name
    assert any("StrategyName" in text for text in notes(done, level))


def test_sim_settings_are_split() -> None:
    document = short_put()
    document["SimSettings"] |= {"LegSelectionConstraint": None, "Odd": 1}
    done = convert(document)
    settings = plain(done)["Settings"]
    assert settings["Sim"] == {
        key: document["SimSettings"][key]
        for key in ("FillModel", "SlippageAmt", "Commission", "PositionMonitor", "Odd")
    }
    assert settings["Core"] == {
        "LegSelectionConstraint": "FullyUnique",
        "Margin": document["SimSettings"]["Margin"],
        "ExpirationSelectionConstraint": "AllowReuse",
    }
    assert any("Settings.Sim.Odd" in text for text in notes(done, Level.WARN))


def test_settings_that_are_there_win_and_the_rest_is_told() -> None:
    settings = {"Sim": {"FillModel": "AtBidAsk"}, "Core": {}, "Third": 1}
    done = convert(short_put(Settings=settings))
    assert plain(done)["Settings"]["Sim"]["FillModel"] == "AtBidAsk"
    assert plain(done)["Settings"]["Third"] == 1
    assert notes(done, Level.ERROR) == [
        '[ERROR] Settings.Sim.FillModel: SimSettings had "AtMidPrice"; what stands here is kept.'
    ]


def test_statement_is_strike_price() -> None:
    done = convert(with_selector(Min=None, Max="9", Statement="underlying_price - 50", Delta=None))
    assert plain(done)["Structure"]["Legs"][0]["StrikeSelector"] == {
        "Min": None,
        "Max": "9",
        "StrikePrice": "underlying_price - 50",
        "Delta": None,
    }


@pytest.mark.parametrize("greek", ["Gamma", "Theta", "Vega", "WVega", "Rho", "IV"])
def test_greek_selectors_become_complex(greek: str) -> None:
    done = convert(with_selector(**{"Min": "1", greek: 12.50, "Statement": None}))
    assert plain(done)["Structure"]["Legs"][0]["StrikeSelector"] == {
        "Min": "1",
        "Complex": {"Statement": f"leg_short_put_{greek.lower()}", "Target": "12.5"},
    }
    (told,) = notes(done, Level.WARN)
    assert told.startswith(
        f"[WARN] Structure.Legs[0].StrikeSelector.Complex: There is no {greek} selector; "
    )


def test_a_moved_leg_has_its_own_name_in_complex() -> None:
    move = {"LegName": "short_put", "StrikeSelector": {"Theta": "abs(pos_theta)"}}
    done = convert(adjusted({"nav > 1": {"MoveLegAdjustment": move}}))
    conditions = plain(done)["Adjustment"]["ConditionalAdjustments"]
    assert conditions["nav > 1"]["MoveLegAdjustment"]["StrikeSelector"]["Complex"] == {
        "Statement": "leg_short_put_theta",
        "Target": "abs(pos_theta)",
    }


def test_two_selectors_are_left_for_a_person() -> None:
    chosen = {"Delta": "10", "Statement": "4000"}
    done = convert(with_selector(**chosen))
    assert plain(done)["Structure"]["Legs"][0]["StrikeSelector"] == chosen
    assert "Several selectors are set: Delta, Statement." in notes(done, Level.ERROR)[0]


def test_remove_leg_takes_a_list() -> None:
    done = convert(
        adjusted(
            {
                "nav > 1": {"RemoveLegAdjustment": {"LegName": "a", "VarDefines": {"x": "1"}}},
                "nav > 2": {
                    "RemoveLegAdjustment": {"LegName": "a"},
                    "RemoveLegsAdjustment": {"LegNames": ["b", "a"]},
                },
                "nav > 3": {"RemoveLegAdjustment": None},
                "nav > 4": {"RemoveLegAdjustment": {"LegName": 7}},
            }
        )
    )
    assert plain(done)["Adjustment"]["ConditionalAdjustments"] == {
        "nav > 1": {"RemoveLegsAdjustment": {"LegNames": ["a"], "VarDefines": {"x": "1"}}},
        "nav > 2": {"RemoveLegsAdjustment": {"LegNames": ["b", "a"]}},
        "nav > 3": {},
        "nav > 4": {"RemoveLegAdjustment": {"LegName": 7}},
    }
    assert len(notes(done, Level.ERROR)) == 1


def test_names_of_version_1_and_of_timing() -> None:
    done = convert(
        with_exit(
            "delta > 5 and vega / theta < 1 -- delta",
            "days_in_trade >= 5 or minutes_before_close < 60",
            "pnl > 1",
        )
    )
    assert plain(done)["Exit"]["Conditions"] == [
        "pos_delta > 5 and pos_vega / pos_theta < 1 -- delta",
        "timing.days_in_trade >= 5 or timing.minutes_before_close < 60",
        "pos_pnl > 1",
    ]
    assert (
        "[AUTO] Exit.Conditions[0]: Renamed: delta is pos_delta, theta is pos_theta, "
        "vega is pos_vega."
    ) in notes(done, Level.AUTO)


def test_own_variables_keep_their_names() -> None:
    document = with_exit("delta > 5")
    document["Entry"]["VarDefines"] = {"delta": "pos_delta * 2"}
    assert plain(convert(document))["Exit"]["Conditions"] == ["delta > 5"]


def test_iv_of_version_1_has_no_successor() -> None:
    (told,) = notes(convert(with_exit("iv > 20")), Level.ERROR)
    assert told.startswith("[ERROR] Exit.Conditions[0]: iv was a variable of version 1")


def test_keys_of_adjustments_are_renamed_and_a_new_order_is_told() -> None:
    actions = {"UpdateVarsAdjustment": {"VarDefines": {"x": "1"}}}
    done = convert(adjusted({"delta > 5": actions, "nav > 1": actions}))
    found = plain(done)["Adjustment"]["ConditionalAdjustments"]
    assert list(found) == ["pos_delta > 5", "nav > 1"]
    assert any("alphabetical order" in text for text in notes(done, Level.WARN))
    same = convert(adjusted({"delta > 5": actions, "vega > 1": actions}))
    assert not any("alphabetical order" in text for text in notes(same, Level.WARN))


def test_a_key_that_would_clash_is_left() -> None:
    done = convert(adjusted({"delta > 5": {"a": 1}, "pos_delta > 5": {"b": 2}}))
    found = plain(done)["Adjustment"]["ConditionalAdjustments"]
    assert found == {"delta > 5": {"a": 1}, "pos_delta > 5": {"b": 2}}
    assert len(notes(done, Level.ERROR)) == 1


@pytest.mark.parametrize(
    ("condition", "is_doubtful"),
    [
        ("days_in_trade == 5", True),
        ("leg_short_put_dte ~= 7", True),
        ("leg_short_put_dit == 0", True),
        ("days_in_trade >= 5", False),
        ("leg_short_put_strike == 4000", False),
    ],
)
def test_equality_of_days_is_doubtful(condition: str, is_doubtful: bool) -> None:
    told = notes(convert(with_exit(condition)), Level.WARN)
    assert any("Days are decimals" in text for text in told) == is_doubtful


def test_what_is_good_to_know() -> None:
    document = with_exit("pos_wvega > 1")
    document["Structure"]["Legs"][0]["Qty"] = "0"
    told = notes(convert(document), Level.NOTE)
    assert "[NOTE] Exit.Conditions[0]: wvega differs slightly in version 3." in told
    assert any(text.startswith("[NOTE] Structure.Legs[0].Qty: Leg short_put has") for text in told)


def test_the_engine_version_is_left_out_and_told() -> None:
    done = convert(short_put())
    assert "MesoSimVersion" not in plain(done)
    assert any('"2.11.0-0-gabcdef0"' in text for text in notes(done, Level.AUTO))


@pytest.mark.parametrize("wrapper", ["Job", "JobDefinition", "StrategyDefinition"])
def test_an_api_body_is_unwrapped(wrapper: str) -> None:
    done = convert({wrapper: short_put(), "Shared": True})
    assert plain(done) == plain(convert(short_put()))
    assert "Shared = true" in notes(done, Level.NOTE)[0]


@pytest.mark.parametrize(
    ("indicators", "columns"),
    [
        ({"Standard": []}, []),
        (None, []),
        ({"Standard": {"bb": {"Type": "BBANDS"}}}, ["bb_lower", "bb_middle", "bb_upper"]),
        ({"Standard": [{"Name": "m", "Type": "MACD"}]}, ["m_macd", "m_signal", "m_hist"]),
        ({"Standard": [{"Name": "k", "Type": "KAMA"}]}, ["k"]),
    ],
)
def test_indicators(indicators: Any, columns: list[str]) -> None:
    done = convert(short_put(Indicators=indicators))
    assert "Indicators" not in plain(done)
    told = notes(done, Level.ERROR)
    assert len(told) == bool(columns)
    assert all(column in told[0] for column in columns)


@pytest.mark.parametrize("document", [{}, {"Name": 1}, {"SimSettings": 5, "Structure": []},
                                      {"Adjustment": 3, "Name": "x", "Backtest": []}])  # fmt: skip
def test_rubbish_is_told_and_never_crashes(document: dict[str, Any]) -> None:
    assert convert(document).notes


NAMES = st.sampled_from(
    ["delta", "pos_delta", "x.delta", "'delta'", "-- delta\n", "1", "+", "(", ")"]
)


@given(st.lists(NAMES, max_size=12).map(" ".join))
def test_renaming_touches_free_names_only(text: str) -> None:
    new = renamed(text, {"delta": "zzz"})
    assert new.replace("zzz", "delta") == text
    assert ("zzz" in names_in(new)) == ("delta" in names_in(text))
    assert renamed(text, {}) == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "delta > 1", "x"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["Name", "Start", "SimSettings", "Structure", "Legs", "StrikeSelector", "Statement",
             "Theta", "Adjustment", "ConditionalAdjustments", "RemoveLegAdjustment", "Indicators",
             "Standard", "Exit", "Conditions", "Mine", "Settings", "Core", "Backtest"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["Name", "SimSettings", "Structure", "Adjustment", "Exit",
                                        "Indicators", "Settings", "Mine"]), JSON))  # fmt: skip
def test_any_document_converts_to_something_that_stays(document: dict[str, Any]) -> None:
    done = convert(document)
    again = migrate(done.definition)
    assert plain(again) == plain(done) or notes(done, Level.ERROR)
    if "Mine" in document:
        assert plain(done)["Mine"] == document["Mine"]
