"""All feature combinations of the service's strategy library: converted, valid, and running."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from v2_library import LIBRARY, definition

from xlmeso.migration.convert import migrate
from xlmeso.migration.notes import Level
from xlmeso.model.backtest import BacktestState
from xlmeso.model.document import to_python
from xlmeso.model.problems import errors_of
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.validation import validate
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.refusals import unsupported
from xlmeso.simulator.runs import RunJob, run_backtest

CROSS = "SPX-Entry-EMACross"
NO_HISTORY = "ETHUSD-ShortPut"
"""Its coin has no bundled prices: the one of the 27 that needs the user's own series."""

CSV = {
    CROSS: "date,ema_fast,ema_slow\n2023-01-02,2,1\n",
    "SPX-ExternalDataCSV": "date,enter_now,leave_now\n2022-01-03,1,0\n",
}


def converted(name: str) -> StrategyDefinition:
    return migrate(StrategyDefinition.from_python(definition(name))).definition


def repaired(name: str) -> StrategyDefinition:
    """Do what the notes ask of a person: name the CSV that replaces the indicators."""
    done = converted(name)
    if name == CROSS:
        document = done.document | {"ExternalData": {"CsvUrl": "file:ema.csv"}}
        return StrategyDefinition(document)
    return done


def test_the_library_has_the_27_of_the_reference() -> None:
    assert len(LIBRARY) == 27


@pytest.mark.parametrize("name", LIBRARY)
def test_every_one_converts_and_is_valid(name: str) -> None:
    done = migrate(StrategyDefinition.from_python(definition(name)))
    assert done.was_old
    errors = [note for note in done.notes if note.level is Level.ERROR]
    assert bool(errors) == (name == CROSS)
    assert errors_of(validate(repaired(name))) == []
    # Converting again changes nothing.
    assert migrate(done.definition).definition.document == done.definition.document
    assert not migrate(done.definition).was_old


@pytest.mark.parametrize("name", LIBRARY)
def test_what_did_not_move_is_as_it_was(name: str) -> None:
    old, new = definition(name), to_python(converted(name).document)
    for section in ("Symbol", "Description", "ExternalData"):
        assert new[section] == old[section]
    assert new["StrategyName"] == old["TemplateName"]
    assert new["Backtest"] == {key: old[key] for key in ("Name", "Start", "End", "Cash")}
    sim = old["SimSettings"]
    assert new["Settings"]["Sim"] == {
        key: sim[key] for key in ("FillModel", "SlippageAmt", "Commission", "PositionMonitor")
    }
    core = {key: sim[key] for key in ("LegSelectionConstraint", "Margin")}
    assert new["Settings"]["Core"] == core | {"ExpirationSelectionConstraint": "AllowReuse"}
    assert new["Entry"] == old["Entry"]
    assert new["Exit"] == old["Exit"]
    for before, after in zip(old["Structure"]["Legs"], new["Structure"]["Legs"], strict=True):
        chosen = {key: value for key, value in before["StrikeSelector"].items() if value}
        if "Statement" in chosen:
            chosen["StrikePrice"] = chosen.pop("Statement")
        kept = {key: value for key, value in after["StrikeSelector"].items() if value}
        assert kept == chosen
        assert {**after, "StrikeSelector": None} == {**before, "StrikeSelector": None}


@pytest.mark.parametrize("name", LIBRARY)
def test_what_the_local_service_supports_runs(tmp_path: Path, name: str) -> None:
    done = repaired(name)
    refused = {problem.path_text for problem in errors_of(unsupported(done))}
    assert refused == ({"Symbol"} if name == NO_HISTORY else set())
    if refused:
        return
    document: dict[str, Any] = to_python(done.document)
    if done.symbol == "BTCUSD":  # the bundled coins end in 2018
        document["Backtest"]["Start"] = "2017-01-01T00:00:00"
    document["Backtest"]["End"] = document["Backtest"]["Start"].replace("-01-01", "-02-03")
    if name in CSV:
        (tmp_path / "external.csv").write_text(CSV[name], "utf-8")
        document["Backtest"]["End"] = document["Backtest"]["Start"][:8] + "31T00:00:00"
    (tmp_path / "run").mkdir()
    job = RunJob(
        name,
        json.dumps(document),
        HistorySource("bundled"),
        0,
        tmp_path / "run",
        external_csv=tmp_path / "external.csv" if name in CSV else None,
    )
    outcome = run_backtest(job)
    assert outcome.failure_reason is None
    assert outcome.state is BacktestState.FINISHED


def test_the_indicators_are_told_in_full() -> None:
    done = migrate(StrategyDefinition.from_python(definition(CROSS)))
    told = [str(note) for note in done.notes if note.level is Level.ERROR]
    assert told == [
        "[ERROR] ExternalData.CsvUrl: Version 3 has no indicators. ema_fast came from "
        '{"Instrument":"SPX","Type":"EMA","Param1":5}. Supply a CSV with this column.',
        "[ERROR] ExternalData.CsvUrl: Version 3 has no indicators. ema_slow came from "
        '{"Instrument":"SPX","Type":"EMA","Param1":10}. Supply a CSV with this column.',
    ]
