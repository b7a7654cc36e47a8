"""Running sweeps against the real local service: once each, resumed, stopped, told in full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from xlmeso.app.connect import Connection, connect
from xlmeso.app.definitions import LoadedDefinition
from xlmeso.app.sweep import work
from xlmeso.app.sweep.outcome import fill_of, outcome_of
from xlmeso.app.sweep.prepare import PreparedSweep, prepare
from xlmeso.model.document import from_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.sweep.paths import resolve
from xlmeso.model.sweep.request import SweepRequest
from xlmeso.model.sweep.space import Axis, Choice, Row, Sampling
from xlmeso.model.sweep.values import parse_values
from xlmeso.model.templates import load_template
from xlmeso.sheets.sweep import layout
from xlmeso.simulator.server import LocalService


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    with LocalService(tmp_path_factory.mktemp("sweeps") / "data", workers=1) as running:
        yield running


@pytest.fixture
def here(
    service: LocalService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connection]:
    monkeypatch.setenv("XLMESO_HOME", str(tmp_path))
    monkeypatch.setenv("XLMESO_URL", service.url)
    monkeypatch.setenv("XLMESO_API_KEY", service.issue_key(tmp_path.name))
    with connect() as connection:
        yield connection


def short(end: str = "2018-02-15") -> StrategyDefinition:
    document = load_template("short-put").document
    document["Backtest"].update(
        from_python({"Start": "2018-01-02T00:00:00", "End": f"{end}T23:59:59"})
    )
    return StrategyDefinition(document)


def targets(values: str, end: str = "2018-02-15", **request: object) -> PreparedSweep:
    definition = short(end)
    axis = Axis(resolve("Exit.ProfitTarget", definition), parse_values(values), "B7")
    asked = SweepRequest((axis,), **request)  # type: ignore[arg-type]
    return prepare(LoadedDefinition(definition, "test"), asked)


def test_a_sweep_runs_once_and_is_found_again(here: Connection) -> None:
    sweep = targets("200, 400")
    known = work.look_up(here, sweep)
    assert (len(known.missing), known.open, known.all_terminal) == (2, 2, False)
    assert {result.state for result in known.results} == {"Waiting"}
    planned = work.write_down(here, known)
    assert [found.title for found in work.open_sets(here)] == ["Short put"]
    seen: dict[int, list[str]] = {}
    ended = work.work(
        here, planned, on_result=lambda i, result: seen.setdefault(i, []).append(result.state)
    )
    assert ended.all_terminal
    assert ended.open == 0
    assert {states[-1] for states in seen.values()} == {"Finished"}
    again = work.write_down(here, work.look_up(here, targets("200, 400")))
    assert again.results == ended.results
    assert work.open_sets(here) == []
    document = work.variant_document(sweep.variants[0], ended.results[0])
    assert document["Parameters"] == {"Exit.ProfitTarget": "200"}
    assert (
        document["Analytics"]["StratTradeCnt"]
        == (ended.results[0].analytics or {})["StratTradeCnt"]
    )
    anew = work.work(here, work.write_down(here, ended, anew=True))
    assert {r.backtest_id for r in anew.results}.isdisjoint(r.backtest_id for r in ended.results)


def test_open_sets_are_worked_on_without_their_definition(here: Connection) -> None:
    work.write_down(here, work.look_up(here, targets("210, 220")))
    members = work.work_on_sets(here, work.open_sets(here))
    assert {str(member.run.outcome) for member in members} == {"Finished"}
    ended = work.look_up(here, targets("210, 220"))
    assert ended.all_terminal


def test_a_sweep_that_is_stopped_says_what_was_withdrawn(here: Connection) -> None:
    planned = work.write_down(here, work.look_up(here, targets("310, 320", "2024-12-31")))
    stopped = work.cancel(here, planned)
    assert {result.state for result in stopped.results} == {"Withdrawn"}
    assert {result.reason for result in stopped.results} == {"withdrawn before it was sent"}
    assert len(stopped.unfinished) == 2
    assert not stopped.all_terminal


def test_one_background_process_is_enough(here: Connection) -> None:
    with work.work_alone(here) as first, work.work_alone(here) as second:
        assert (first, second) == (True, False)
    with work.work_alone(here) as again, work.work_alone(here, wanted=False) as asked:
        assert (again, asked) == (True, True)


def test_the_outcome_says_who_told_it(here: Connection) -> None:
    sampled = targets("100..500", sampling=Sampling("lhs", 3, 7), walk_forward=("2w", "B16"))
    known = work.look_up(here, sampled)
    told = outcome_of(here, known)
    assert told.service == here.service
    assert told.modelled
    assert (
        told.counts() == f"0 of {len(sampled.variants)} finished, {len(sampled.variants)} waiting"
    )
    filled = fill_of(known)
    assert [(path.text, text) for path, text in filled.grid] == [("Exit.ProfitTarget", "100..500")]
    assert filled.options[layout.SAMPLE] == "lhs:3"
    assert filled.options[layout.SEED] == "7"
    assert filled.options[layout.WALK_FORWARD] == "2w"
    assert filled.options[layout.METRIC] == "Sharpe ratio"
    definition = short()
    row = Row((Choice(resolve("Exit.ProfitTarget", definition), "5", "line 2"),), "line 2")
    by_hand = prepare(LoadedDefinition(definition, "test"), SweepRequest((), (row,)))
    assert fill_of(work.look_up(here, by_hand)).grid == []
