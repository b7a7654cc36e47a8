"""Runs on a Dask cluster of two workers on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest
from service_helpers import Caller, body, make_service, wait_for

from xlmeso.errors import ConfigurationError
from xlmeso.simulator import cluster, workers
from xlmeso.simulator.cluster import cluster_lanes, scheduler_address
from xlmeso.simulator.lanes import Lane, process_lanes
from xlmeso.simulator.workers import MAX_CRASHES

HERE = str(Path(__file__).parent)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("dask://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("tls://cluster.example:8786", "tls://cluster.example:8786"),
        ("dask://[::1]:8786", "tcp://[::1]:8786"),
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert scheduler_address(text) == address


@pytest.mark.parametrize("text", ["dask://", "dask://host", "thread", "http://x:1", "dask://x:y"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no executor"):
        scheduler_address(text)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ConfigurationError, match="does not answer"):
        cluster_lanes("dask://127.0.0.1:1", tmp_path)


def test_runs_wait_for_a_cluster_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workers, "RETRY_SECONDS", 0.05)
    (inner,) = process_lanes(1)
    calls = []

    def make() -> Executor:
        calls.append("call")
        if len(calls) < 2 * MAX_CRASHES:
            raise ConfigurationError("the Dask scheduler does not answer")
        return inner._make()

    with make_service(tmp_path, lanes=lambda: [Lane(make)]) as service:
        call = Caller(service.url, service.api_key)
        ids = [call.submit(body("finish")) for _ in range(2)]
        assert [call.until(backtest_id, seconds=60) for backtest_id in ids] == ["Finished"] * 2
    assert "Runs wait: the Dask scheduler does not answer" in caplog.text
    assert "Traceback" not in caplog.text


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Any]:
    """Start a scheduler and two worker processes; all of them end with the tests."""
    from distributed import LocalCluster

    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([HERE, *([before] if before else [])])
    try:
        with LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
            host="127.0.0.1", silence_logs=50,
        ) as running:  # fmt: skip
            yield running
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def address_of(running: Any) -> str:
    return str(running.scheduler_address).replace("tcp://", "dask://")


def begun(log: Path) -> list[str]:
    """Return the process ids that began the run."""
    text = log.read_text("utf-8") if log.exists() else ""
    return [line.split()[1] for line in text.splitlines() if line.startswith("begin")]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Dask warns of sockets that a killed worker leaves open
class TestTwoWorkers:
    def test_runs_go_to_both_workers_and_can_be_cancelled(
        self, two_workers: Any, tmp_path: Path
    ) -> None:
        with make_service(
            tmp_path / "data", lanes=lambda: cluster_lanes(address_of(two_workers), tmp_path)
        ) as service:
            call = Caller(service.url, service.api_key)
            logs = [tmp_path / f"log-{number}" for number in range(3)]
            ids = [call.submit(body("slow", log=str(log))) for log in logs[:2]]
            ids.append(call.submit(body("finish", log=str(logs[2]))))
            wait_for(lambda: all(begun(log) for log in logs[:2]), 60)
            assert len({begun(log)[0] for log in logs[:2]}) == 2
            assert str(os.getpid()) not in {begun(log)[0] for log in logs[:2]}
            assert call.state(ids[2]) == "Created"
            call("POST", f"/backtest/{ids[0]}/cancel")
            assert call.until(ids[0], seconds=60) == "Cancelled"
            assert call.until(ids[2], seconds=60) == "Finished"
            call("POST", f"/backtest/{ids[1]}/cancel")
            assert call.until(ids[1], seconds=60) == "Cancelled"
            failed = call.submit(body("raise"))
            assert call.until(failed, seconds=60) == "Failed"

    def test_a_run_whose_worker_is_lost_is_run_again_and_never_twice_at_once(
        self, two_workers: Any, tmp_path: Path
    ) -> None:
        log = tmp_path / "log"
        with make_service(
            tmp_path / "data", lanes=lambda: cluster_lanes(address_of(two_workers), tmp_path)
        ) as service:
            call = Caller(service.url, service.api_key)
            backtest_id = call.submit(body("slow", log=str(log), seconds=2.0))
            wait_for(lambda: bool(begun(log)), 60)
            os.kill(int(begun(log)[0]), signal.SIGKILL)
            assert call.until(backtest_id, seconds=90) == "Finished"
            lines = log.read_text("utf-8").splitlines()
            assert [line.split()[0] for line in lines] == ["begin", "begin", "end"]
            assert lines[0].split()[1] != lines[1].split()[1]

    def test_a_stop_puts_runs_back_and_leaves_the_cluster(
        self, two_workers: Any, tmp_path: Path
    ) -> None:
        log = tmp_path / "log"
        data = tmp_path / "data"

        def lanes() -> Any:
            return cluster_lanes(address_of(two_workers), tmp_path, most=1)

        with make_service(data, lanes=lanes) as service:
            call = Caller(service.url, service.api_key)
            backtest_id = call.submit(body("slow", log=str(log), seconds=1.0))
            wait_for(lambda: bool(begun(log)), 60)
        assert "end" not in log.read_text("utf-8")
        with make_service(data, lanes=lanes) as service:
            call = Caller(service.url, service.api_key)
            assert call.until(backtest_id, seconds=60) == "Finished"
        assert len(begun(log)) == 2

    def test_a_folder_that_the_workers_do_not_see_is_refused(
        self, two_workers: Any, tmp_path: Path
    ) -> None:
        with pytest.raises(ConfigurationError, match="does not see the data folder"):
            cluster_lanes(address_of(two_workers), tmp_path / "nowhere")
