"""From a job to its files: states, artifacts, reproducible bytes."""

from __future__ import annotations

import csv
import errno
import gzip
import json
import logging
import pickle
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from xlmeso.model.analytics import METRICS
from xlmeso.model.backtest import BacktestState
from xlmeso.model.document import dumps, from_python
from xlmeso.model.templates import load_template
from xlmeso.simulator import runs
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.runs import RunJob, run_backtest

FILES = ["analytics.json", "events.json.gz", "navs-analytics.csv.gz", "navs.csv.gz"]


def definition(template: str = "strangle", end: str = "2018-03-31T00:00:00", **exit: Any) -> str:
    document = dict(load_template(template).document)
    document["Backtest"] = {**document["Backtest"], "End": end}
    document["Exit"] = {**document["Exit"], **from_python(exit)}
    return dumps(document)


def job(folder: Path, text: str, **more: Any) -> RunJob:
    folder.mkdir(exist_ok=True)
    return RunJob("id", text, HistorySource(), 0, folder, **more)


def events(folder: Path) -> list[dict[str, Any]]:
    with gzip.open(folder / "events.json.gz", "rt", encoding="utf-8") as file:
        result: list[dict[str, Any]] = json.load(file)
    return result


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_finished_run_leaves_all_artifacts(tmp_path: Path) -> None:
    progress = tmp_path / "progress"
    order = job(tmp_path / "run", definition(), progress_file=progress)
    outcome = run_backtest(order)
    assert outcome.state is BacktestState.FINISHED
    assert outcome.failure_reason is None
    assert sorted(path.name for path in order.folder.iterdir()) == FILES
    assert json.loads((order.folder / "analytics.json").read_text("utf-8")) == outcome.analytics
    assert outcome.analytics is not None
    assert set(outcome.analytics) == {metric.name for metric in METRICS}
    blotter = events(order.folder)
    assert (blotter[0]["EventType"], blotter[-1]["EventType"]) == ("Start", "Finish")
    assert "modelled" in blotter[0]["Message"]
    assert 0 <= float(progress.read_text("ascii")) <= 1


@pytest.mark.parametrize("kind", ["bundled", "synthetic"])
def test_a_run_from_the_first_session_of_a_history_finishes(tmp_path: Path, kind: Any) -> None:
    text = definition("short-put", "1990-03-01T00:00:00").replace(
        '"2018-01-01T00:00:00"', '"1990-01-01T00:00:00"'
    )
    order = replace(job(tmp_path / "run", text), history=HistorySource(kind))
    assert run_backtest(order).state is BacktestState.FINISHED
    with_variables = [event["Vars"] for event in events(order.folder) if event["Vars"]]
    # Neither volatility nor rank exists before there is a past to take it from.
    assert "underlying_iv_rank" not in with_variables[0]
    assert "underlying_iv_rank" in with_variables[-1]


def test_a_full_disk_is_named_as_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(runs, "_write_navs", full)
    outcome = run_backtest(job(tmp_path / "run", definition()))
    assert outcome.state is BacktestState.FAILED
    assert outcome.failure_reason is not None
    assert "No space left on device" in outcome.failure_reason


def test_the_benchmark_of_a_start_within_a_session_begins_there(tmp_path: Path) -> None:
    late = definition().replace('"2018-01-01T00:00:00"', '"2018-01-03T12:00:00"')
    order = job(tmp_path / "run", late)
    outcome = run_backtest(order)
    prices = [float(row["UnderlyingPrice"]) for row in rows(order.folder / "navs.csv.gz")]
    assert outcome.analytics is not None
    assert outcome.analytics["BmCumRet"] == round((prices[-1] / prices[0] - 1) * 100, 2)


def test_nav_files_have_a_row_per_bar_and_agree_with_the_events(tmp_path: Path) -> None:
    order = job(tmp_path / "run", definition())
    run_backtest(order)
    generic, narrow = (rows(order.folder / name) for name in ("navs.csv.gz", FILES[2]))
    # 2018-01-02 .. 2018-03-29 (Good Friday on the 30th): 61 sessions.
    assert len(generic) == len(narrow) == 61 * 79
    assert (generic[0]["At"], generic[-1]["At"]) == ("2018-01-02T09:30:00", "2018-03-29T16:00:00")
    assert [row["NAV"] for row in generic] == [row["Strategy"] for row in narrow]
    at = {row["At"]: row for row in generic}
    final = {event["SimTime"]: event for event in events(order.folder)[1:]}
    assert len(final) > 50
    for moment, event in final.items():
        assert float(at[moment]["NAV"]) == pytest.approx(event["NAV"], abs=1e-3)
        assert float(at[moment]["OpenLegCnt"]) == event["OpenLegCnt"]
        assert float(at[moment]["Delta"]) == pytest.approx(
            (event["Vars"] or {}).get("acc_delta", float(at[moment]["Delta"])), abs=1e-3
        )


def test_same_job_gives_the_same_bytes(tmp_path: Path) -> None:
    text = definition("iron-condor")
    first, second = job(tmp_path / "a", text), job(tmp_path / "b", text)
    run_backtest(first)
    run_backtest(second)
    for name in ("analytics.json", "navs.csv.gz", "navs-analytics.csv.gz"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()
    one, two = events(first.folder), events(second.folder)
    for event in (*one, *two):
        del event["EventTime"]
    assert one == two


def test_other_seed_gives_other_prices(tmp_path: Path) -> None:
    text = definition("short-put")
    first = job(tmp_path / "a", text)
    (tmp_path / "b").mkdir()
    second = RunJob("id", text, HistorySource(), 1, tmp_path / "b")
    run_backtest(first)
    run_backtest(second)
    assert (first.folder / "navs.csv.gz").read_bytes() != (
        second.folder / "navs.csv.gz"
    ).read_bytes()


def test_fault_of_the_strategy_fails_with_path_and_keeps_what_was_reached(tmp_path: Path) -> None:
    order = job(tmp_path / "run", definition(Conditions=["days_in_trade > 5 and oops + 1 > 0"]))
    outcome = run_backtest(order)
    assert outcome.state is BacktestState.FAILED
    assert outcome.analytics is None
    assert outcome.failure_reason is not None
    assert outcome.failure_reason.startswith("Exit.Conditions[0]: Eval failed")
    assert events(order.folder)[-1]["Message"] == outcome.failure_reason
    assert len(rows(order.folder / "navs.csv.gz")) > 79
    assert not (order.folder / "analytics.json").exists()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{", "not JSON"),
        ("{}", "are needed"),
        (definition(Conditions=["timing.hour > 1"]), "Exit.Conditions[0]"),
        (definition(end="2017-01-01T00:00:00"), "2017"),
    ],
)
def test_what_cannot_start_fails_with_a_sentence(text: str, part: str, tmp_path: Path) -> None:
    outcome = run_backtest(job(tmp_path / "run", text))
    assert outcome.state is BacktestState.FAILED
    assert outcome.failure_reason is not None
    assert part in outcome.failure_reason


def test_cancel_file_ends_the_run_as_cancelled(tmp_path: Path) -> None:
    cancel = tmp_path / "cancel"
    cancel.touch()
    order = job(tmp_path / "run", definition(end="2021-12-31T23:59:59"), cancel_file=cancel)
    began = time.perf_counter()
    outcome = run_backtest(order)
    assert outcome.state is BacktestState.CANCELLED
    assert outcome.analytics is None
    assert time.perf_counter() - began < 5
    assert "Finish" not in [event["EventType"] for event in events(order.folder)]


def test_fault_of_ours_fails_without_internals_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("xlmeso.simulator.engine.simulate.simulate", broken)
    with caplog.at_level(logging.ERROR):
        outcome = run_backtest(job(tmp_path / "run", definition()))
    assert outcome.state is BacktestState.FAILED
    assert outcome.failure_reason == runs.INTERNAL_FAULT
    assert "secret detail" in caplog.text
    assert list((tmp_path / "run").iterdir()) == []


def test_jobs_and_outcomes_travel_between_processes(tmp_path: Path) -> None:
    order = job(tmp_path / "run", definition("0dte-iron-condor", end="2018-01-10T00:00:00"))
    outcome = run_backtest(pickle.loads(pickle.dumps(order)))
    assert pickle.loads(pickle.dumps(outcome)) == outcome


def test_analytics_count_the_adjustments_that_changed_legs(tmp_path: Path) -> None:
    order = job(tmp_path / "run", definition("adjusting-strangle", "2018-06-30T00:00:00"))
    outcome = run_backtest(order)
    assert outcome.analytics is not None
    blotter = events(order.folder)
    # Each condition of this template moves one leg, or finds no contract for it.
    moved = [event for event in blotter if event["Message"].startswith("Move leg")]
    assert outcome.analytics["StratAdjustmentCnt"] == len(moved) > 0
