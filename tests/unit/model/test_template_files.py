from __future__ import annotations

import datetime as dt
import json
import re
from importlib import resources

import pytest

from xlmeso.errors import XlmesoError
from xlmeso.model.adjustments import adjustment_of
from xlmeso.model.expression import names_in
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import (
    UnknownTemplateError,
    load_template,
    template_names,
    template_summary,
)
from xlmeso.model.validation import validate
from xlmeso.simulator.refusals import unsupported

NAMES = (
    "short-put", "strangle", "iron-condor", "0dte-iron-condor", "calendar",
    "broken-wing-butterfly", "trailing-stop", "adjusting-strangle", "hedged-put",
)  # fmt: skip
OTHERS = ("rut-iron-condor", "vix-call-spread", "btc-short-put")
"""On other underlyings than SPX."""


@pytest.fixture(params=NAMES)
def template(request: pytest.FixtureRequest) -> StrategyDefinition:
    return load_template(request.param)


def test_names_are_known_and_every_file_is_one_of_them() -> None:
    assert template_names() == NAMES + OTHERS
    files = resources.files("xlmeso.model.templates").iterdir()
    assert {file.name for file in files if file.name.endswith(".json")} == {
        f"{name}.json" for name in NAMES + OTHERS
    }


def test_template_has_no_problem_at_all(template: StrategyDefinition) -> None:
    assert [str(problem) for problem in validate(template)] == []


@pytest.mark.parametrize("name", OTHERS)
def test_template_on_another_underlying_has_no_problem(name: str) -> None:
    template = load_template(name)
    assert [str(problem) for problem in validate(template)] == []
    summary = template.description or ""
    assert re.fullmatch(r"[A-Z][^.]+(?:\.\d[^.]*)*\.", summary)
    assert 60 < len(summary) < 200


def test_each_family_of_underlyings_has_a_template() -> None:
    assert [load_template(name).symbol for name in OTHERS] == ["RUT", "VIX", "BTCUSD"]
    assert load_template("btc-short-put").settings.commission.model == "Deribit"
    assert [load_template(name).settings.margin_model for name in OTHERS] == [
        "RegT", None, "PMLike",
    ]  # fmt: skip


def test_template_covers_four_years_of_spx(template: StrategyDefinition) -> None:
    assert template.symbol == "SPX"
    assert template.backtest.start == dt.datetime(2018, 1, 1)
    assert template.backtest.end == dt.datetime(2021, 12, 31, 23, 59, 59)
    assert template.backtest.cash is not None
    assert template.backtest.cash >= 50_000


def test_template_uses_only_what_the_local_service_simulates(template: StrategyDefinition) -> None:
    assert unsupported(template) == []
    assert template.get("ExternalData") is None


def test_template_states_all_settings(template: StrategyDefinition) -> None:
    found = template.settings
    assert found.fill_model in ("AtMidPrice", "AtBidAsk")
    assert found.slippage_amt is not None
    assert found.commission.model == "FixedFee"
    assert float(found.commission.option_fee or 0) == 1.5
    assert found.leg_selection_constraint is not None
    assert found.expiration_selection_constraint is not None


def test_template_has_a_sentence_that_tells_what_it_does(template: StrategyDefinition) -> None:
    summary = template.description or ""
    assert re.fullmatch(r"[A-Z][^.]+(?:\.\d[^.]*)*\.", summary)
    assert 60 < len(summary) < 200


def test_summary_is_the_description() -> None:
    assert template_summary("calendar") == load_template("calendar").description


def test_templates_together_exercise_the_features() -> None:
    found = [load_template(name) for name in NAMES]
    kinds = {leg.strike_selector.kind for item in found for leg in item.legs}
    assert kinds == {"Delta", "StrikePrice", "MidPrice", "BidPrice"}
    assert {item.settings.fill_model for item in found} == {"AtMidPrice", "AtBidAsk"}
    assert {item.settings.leg_selection_constraint for item in found} == {
        "UniqueInPosition", "FullyUnique",
    }  # fmt: skip
    assert any(item.entry.conditions for item in found)
    assert any(item.entry.abort_conditions for item in found)
    for item in found:
        assert item.entry.var_defines
        assert item.exit.profit_target is not None
        assert item.exit.stop_loss is not None
        assert item.entry.reentry_days is not None


def test_templates_show_every_kind_of_adjustment() -> None:
    sections = [adjustment_of(load_template(name)) for name in NAMES]
    steps = [step for section in sections if section for step in section.conditional]
    assert any(step.move and step.move.expirations for step in steps)
    for part in ("move", "remove", "add", "update_vars"):
        assert any(getattr(step, part) is not None for step in steps), part
    assert {section.max_count for section in sections if section} == {None, 5, 6}


def test_hedged_put_uses_what_version_3_brought() -> None:
    item = load_template("hedged-put")
    assert [leg.name for leg in item.legs if leg.qty and leg.qty.text == "0"] == ["call_20"]
    text = item.to_json()
    assert "timing.trading_days_until(monthly_opex)" in text
    assert "options.model_solver(position" in text
    assert '"Complex"' in text


def test_zero_dte_condor_trades_only_where_spxw_was_listed() -> None:
    item = load_template("0dte-iron-condor")
    (expiration,) = item.expirations
    bounds = (expiration.dte, expiration.min, expiration.max)
    assert [bound.text for bound in bounds if bound] == ["0", "0", "0"]
    assert expiration.roots_include == ("SPXW",)
    assert item.entry.schedule.every == "mon,wed,fri"
    assert item.exit.schedule.every == "5min"
    assert item.exit.max_days_in_trade is None


def test_calendar_finds_its_back_month_from_the_front() -> None:
    front, back = load_template("calendar").expirations
    assert front.dte is not None
    assert back.dte is not None
    assert names_in(back.dte.text) == {"expiration_front_dte"}
    assert len({leg.expiration_name for leg in load_template("calendar").legs}) == 2


def test_butterfly_runs_four_at_a_time_and_guards_its_ratios() -> None:
    item = load_template("broken-wing-butterfly")
    assert item.entry.concurrency is not None
    assert item.entry.concurrency.max_positions_in_flight == 4
    ratios = [rule.text for rule in item.exit.conditions if "/ pos_theta" in rule.text]
    assert len(ratios) == 2
    assert all(text.startswith("pos_theta > 1 and ") for text in ratios)


def test_every_call_gives_a_definition_of_its_own() -> None:
    first = load_template("strangle")
    first.document["StrategyName"] = "changed"
    assert load_template("strangle").strategy_name != "changed"


def test_files_are_plain_json_with_a_newline_at_the_end() -> None:
    for name in NAMES:
        text = resources.files("xlmeso.model.templates").joinpath(f"{name}.json").read_text("utf-8")
        assert text.endswith("}\n")
        assert StrategyDefinition.from_python(json.loads(text)) == load_template(name)


def test_unknown_template_suggests_the_nearest() -> None:
    with pytest.raises(UnknownTemplateError, match=r"Did you mean iron-condor\?"):
        load_template("ironcondor")
    with pytest.raises(XlmesoError, match="Take one of short-put, strangle"):
        template_summary("../secret")
