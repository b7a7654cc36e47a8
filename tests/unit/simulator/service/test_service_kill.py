"""``kill -9`` of the whole service in mid-run: nothing is lost, nothing runs twice."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest
from service_helpers import Caller, body, make_service, wait_for
from service_process import is_gone, last_pid, started, words

pytestmark = pytest.mark.slow


def test_every_accepted_run_ends_once_after_a_kill(tmp_path: Path) -> None:
    data = tmp_path / "data"
    logs = [tmp_path / f"{number}.log" for number in range(5)]
    bodies = [
        body("slow", seconds=0.3 if number == 0 else 2.0, log=str(log), IdempotencyKey=log.name)
        for number, log in enumerate(logs)
    ]
    with started(data) as service:
        ids = [service.caller.submit(made) for made in bodies]
        assert service.caller.until(ids[0]) == "Finished"
        wait_for(lambda: words(logs[1]) == ["begin"] and words(logs[2]) == ["begin"])
        to_cancel = ids[2]
        workers = [psutil.Process(last_pid(log)) for log in logs[1:3]]
        children = service.children()
        service.kill()
        wait_for(lambda: all(is_gone(process) for process in workers), 5)
        wait_for(lambda: all(is_gone(child) for child in children), 5)
    with make_service(data, workers=2) as again:
        call = Caller(again.url, again.api_key)
        assert call.submit(bodies[1]) == ids[1]
        assert call("POST", f"/backtest/{to_cancel}/cancel").status == 202
        states = [call.until(backtest_id) for backtest_id in ids]
        assert states == ["Finished", "Finished", "Cancelled", "Finished", "Finished"]
        assert len(call.list()) == 5
        assert call("GET", f"/backtest/{ids[1]}/events").status == 200
    assert words(logs[0]) == ["begin", "end"]
    assert words(logs[1]) == ["begin", "begin", "end"]
    assert words(logs[3]) == words(logs[4]) == ["begin", "end"]


def test_a_cancellation_survives_a_kill(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    with started(data) as service:
        backtest_id = service.caller.submit(body("deaf", log=str(log)))
        wait_for(lambda: words(log) == ["begin"])
        assert service.caller("POST", f"/backtest/{backtest_id}/cancel").status == 202
        deleted = service.caller.submit(body("deaf", log=str(tmp_path / "deleted.log")))
        service.caller.until(deleted, "Started")
        assert service.caller("DELETE", f"/backtest/{deleted}", deleteMode="Full").status == 200
        service.kill()
    with make_service(data) as again:
        call = Caller(again.url, again.api_key)
        assert call.state(backtest_id) == "Cancelled"
        assert call("GET", f"/backtest/{deleted}/status").status == 404
        assert len(list((data / "artifacts").iterdir())) == 1
    assert words(log) == ["begin"]


def test_a_killed_service_can_be_replaced_at_once(tmp_path: Path) -> None:
    """The dying worker of the first service and the worker of the second never overlap."""
    data, log = tmp_path / "data", tmp_path / "log"
    with started(data) as service:
        backtest_id = service.caller.submit(body("slow", log=str(log)))
        wait_for(lambda: words(log) == ["begin"])
        first = psutil.Process(last_pid(log))
        first.suspend()
        service.kill()
        with make_service(data) as again:
            call = Caller(again.url, again.api_key)
            call.until(backtest_id, "Started")
            for _ in range(10):
                time.sleep(0.1)
                assert call.state(backtest_id) == "Started"
                assert words(log) == ["begin"]
            first.resume()
            wait_for(lambda: words(log) == ["begin", "begin"])
            assert is_gone(first)
            call("POST", f"/backtest/{backtest_id}/cancel")
            assert call.until(backtest_id) == "Cancelled"
