"""Workers that die, hang or come back late; a supervisor that never loses a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from service_helpers import Caller, body, make_service, wait_for
from service_process import is_gone, last_pid, words

from xlmeso.simulator import workers
from xlmeso.simulator.lanes import Lane, default_workers
from xlmeso.simulator.server import LocalService
from xlmeso.simulator.store import BacktestStore


@pytest.fixture
def service(tmp_path: Path) -> Iterator[LocalService]:
    with make_service(tmp_path / "data", workers=2) as running:
        yield running


@pytest.fixture
def call(service: LocalService) -> Caller:
    return Caller(service.url, service.api_key)


def test_a_killed_worker_concerns_its_own_run_only(call: Caller, tmp_path: Path) -> None:
    victim, other = tmp_path / "victim.log", tmp_path / "other.log"
    other_id = call.submit(body("slow", seconds=1.5, log=str(other)))
    victim_id = call.submit(body("slow", seconds=1.5, log=str(victim)))
    wait_for(lambda: words(victim) == ["begin"] and words(other) == ["begin"])
    psutil.Process(last_pid(victim)).kill()
    assert call.until(victim_id) == "Finished"
    assert call.until(other_id) == "Finished"
    assert words(victim) == ["begin", "begin", "end"]
    assert words(other) == ["begin", "end"]
    assert call("GET", f"/backtest/{victim_id}/events").status == 200


def test_a_run_that_kills_its_workers_fails_after_three(call: Caller, tmp_path: Path) -> None:
    log = tmp_path / "log"
    backtest_id = call.submit(body("die", log=str(log)))
    assert call.until(backtest_id) == "Failed"
    assert words(log) == ["begin"] * 3
    assert "worker" in call("GET", f"/backtest/{backtest_id}/status").json["FailureReason"]
    assert call.until(call.submit(body())) == "Finished"


def test_a_run_that_dies_twice_finishes_at_the_third_attempt(call: Caller, tmp_path: Path) -> None:
    log = tmp_path / "log"
    backtest_id = call.submit(body("die", times=2, log=str(log)))
    assert call.until(backtest_id) == "Finished"
    assert words(log) == ["begin", "begin", "begin", "end"]


def test_a_worker_killed_while_idle_is_replaced(call: Caller, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for _ in range(3):
        backtest_id = call.submit(body(log=str(log)))
        assert call.until(backtest_id) == "Finished"
        psutil.Process(last_pid(log)).kill()


def test_a_worker_killed_after_a_cancellation_ends_cancelled(call: Caller, tmp_path: Path) -> None:
    log = tmp_path / "log"
    backtest_id = call.submit(body("deaf", log=str(log)))
    wait_for(lambda: words(log) == ["begin"])
    assert call("POST", f"/backtest/{backtest_id}/cancel").status == 202
    assert call.state(backtest_id) == "Started"
    psutil.Process(last_pid(log)).kill()
    assert call.until(backtest_id) == "Cancelled"
    assert words(log) == ["begin"]


def test_all_lanes_are_used_and_no_more(call: Caller) -> None:
    ids = [call.submit(body("slow", seconds=0.4)) for _ in range(4)]
    for backtest_id in ids[:2]:
        call.until(backtest_id, "Started")
    assert [call.state(backtest_id) for backtest_id in ids[2:]] == ["Created", "Created"]
    assert [call.until(backtest_id) for backtest_id in ids] == ["Finished"] * 4


def test_a_stop_puts_runs_back_and_ends_the_workers(tmp_path: Path) -> None:
    log, deaf_log = tmp_path / "log", tmp_path / "deaf.log"
    service = make_service(tmp_path / "data", workers=2, stop_seconds=0.5)
    with service:
        call = Caller(service.url, service.api_key)
        slow = call.submit(body("slow", seconds=1.0, log=str(log)))
        deaf = call.submit(body("deaf", seconds=1.0, log=str(deaf_log)))
        waiting = call.submit(body())
        wait_for(lambda: words(log) == ["begin"] and words(deaf_log) == ["begin"])
        processes = [psutil.Process(last_pid(path)) for path in (log, deaf_log)]
    assert all(is_gone(process) for process in processes)
    store = BacktestStore(tmp_path / "data")
    records = [store.get(backtest_id) for backtest_id in (slow, deaf, waiting)]
    store.close()
    assert [(record.state, record.crashes) for record in records if record] == [("Created", 0)] * 3
    with make_service(tmp_path / "data", workers=2) as again:
        call = Caller(again.url, again.api_key)
        assert [call.until(backtest_id) for backtest_id in (slow, deaf, waiting)] == [
            "Finished"
        ] * 3
    assert words(log) == words(deaf_log) == ["begin", "begin", "end"]


def test_any_executor_runs_the_simulations(tmp_path: Path) -> None:
    def lanes() -> list[Lane]:
        return [Lane(lambda: ThreadPoolExecutor(2), capacity=2)]

    with make_service(tmp_path, lanes=lanes) as service:
        call = Caller(service.url, service.api_key)
        ids = [call.submit(body("slow", seconds=0.3)) for _ in range(3)]
        for backtest_id in ids[:2]:
            call.until(backtest_id, "Started")
        assert call.state(ids[2]) == "Created"
        assert [call.until(backtest_id) for backtest_id in ids] == ["Finished"] * 3


def test_a_full_disk_delays_the_end_of_a_run_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workers, "RETRY_SECONDS", 0.05)
    real, failures = BacktestStore.finish, iter([OSError("no space left"), OSError("still none")])

    def finish(store: BacktestStore, *arguments: Any, **options: Any) -> None:
        for failure in failures:
            raise failure
        real(store, *arguments, **options)

    monkeypatch.setattr(BacktestStore, "finish", finish)
    with make_service(tmp_path) as service:
        call = Caller(service.url, service.api_key)
        backtest_id = call.submit(body())
        assert call.until(backtest_id) == "Finished"
        assert call("GET", f"/backtest/{backtest_id}/events").status == 200
        assert call.until(call.submit(body())) == "Finished"
    assert "no space left" in caplog.text


def test_a_run_that_cannot_be_started_fails_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "RETRY_SECONDS", 0.02)

    def no_executor() -> ThreadPoolExecutor:
        raise OSError("no more processes")

    with make_service(tmp_path, lanes=lambda: [Lane(no_executor)]) as service:
        call = Caller(service.url, service.api_key)
        backtest_id = call.submit(body())
        assert call.until(backtest_id) == "Failed"


def test_there_is_a_worker_for_each_core() -> None:
    assert 1 <= default_workers() <= (os.cpu_count() or 1)
