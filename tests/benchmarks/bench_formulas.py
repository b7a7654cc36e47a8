"""A sheet of 1,000 formulas over 20 finished runs: requests and time, beside the naive way.

Run it:  python tests/benchmarks/bench_formulas.py [--delay 0.05 --delay 0.15]

The formulas are called by direct dispatch, one after the other as Excel does, the way the macro
Refresh does it: once while nothing waits, then the answers are awaited, then the cells that had
none are called again.  The service is the real local one in a process of its own; a small relay
before it counts requests and adds the delay of a network.  The bare figure is the same distinct
GETs by `requests` in as many threads.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

sys.path.insert(0, str(Path(__file__).parents[1] / "hosts"))

RUNS, FORMULAS, THREADS = 20, 1000, 8
METRICS = (
    "StratSharpe", "StratSortino", "StratMaxDd", "StratCagrPct", "StratCumRet", "StratCalmar",
    "StratOmega", "StratTradeCnt", "StratWinCnt", "BmSharpe",
)  # fmt: skip

Formula = tuple[str, tuple[Any, ...]]


@dataclass
class Relay:
    """Passes requests on to the service after a delay, and counts them."""

    origin: str
    delay: float
    count: int = 0

    def serve(self) -> str:
        """Start; return the address."""
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path == "/count":
                    count, relay.count = relay.count, 0
                    return self.reply(200, [], str(count).encode())
                relay.count += 1
                time.sleep(relay.delay)
                return self.reply(*relay.forward(self.path, dict(self.headers)))

            def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers:
                    if name.lower() in ("content-type", "content-encoding", "vary"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def get_request(self) -> tuple[socket.socket, Any]:
                connection, address = super().get_request()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return connection, address

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    def forward(
        self, path: str, headers: dict[str, str]
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = HTTPConnection(urlsplit(self.origin).netloc)
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        body = reply.read()
        connection.close()
        return reply.status, reply.getheaders(), body


def metrics_only(ids: list[str]) -> list[Formula]:
    """1,000 single cells: one figure of one run each."""
    return [
        ("MESO_METRIC", (ids[number % RUNS], METRICS[number // RUNS % len(METRICS)]))
        for number in range(FORMULAS)
    ]


def mixed(ids: list[str]) -> list[Formula]:
    """1,000 cells over four kinds of resources of each run."""
    kinds: tuple[Callable[[str], Formula], ...] = (
        lambda run: ("MESO_METRIC", (run, "StratSharpe")),
        lambda run: ("MESO_TRADES", (run,)),
        lambda run: ("MESO_NAV", (run, None, None, "Month")),
        lambda run: ("MESO_STRATEGY", (run, "Backtest.Cash")),
        lambda run: ("MESO_DRAWDOWNS", (run, 3)),
    )
    return [kinds[number // RUNS % len(kinds)](ids[number % RUNS]) for number in range(FORMULAS)]


MIXED_PATHS = ("analytics", "events", "navs", "strategy-definition")


def refresh(formulas: list[Formula]) -> int:
    """Calculate as Refresh does; return the cells that still have no answer."""
    from xlmeso.app.formulas.session import session

    results = session().results()
    with results.gathering():
        answers = [call(formula) for formula in formulas]
    results.settle()
    open_cells = [
        formula for formula, cell in zip(formulas, answers, strict=True) if is_error(cell)
    ]
    return sum(is_error(call(formula)) for formula in open_cells)


def call(formula: Formula) -> Any:
    from xlmeso.excel import udfs

    return getattr(udfs, formula[0])(*formula[1])


def is_error(cell: Any) -> bool:
    return isinstance(cell, str) and cell.startswith("#MESO!")


def bare(url: str, key: str, paths: list[str], threads: int = THREADS) -> float:
    """Time the same GETs by bare requests, in parallel, a session for each thread."""
    local = threading.local()

    def get(path: str) -> None:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        reply = local.session.get(
            url + path, headers={"Authorization": f"Bearer {key}"}, timeout=30
        )
        assert reply.ok, reply.text

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(get, paths))
    return time.perf_counter() - started


def fresh_home() -> None:
    """Begin with an empty cache and nothing in memory."""
    from xlmeso.app.formulas.session import Session, use_session

    os.environ["XLMESO_HOME"] = tempfile.mkdtemp(prefix="bench-")
    use_session(Session())


@dataclass(frozen=True)
class Case:
    name: str
    first: float
    bare: float
    requests: int
    distinct: int
    second: float
    second_requests: int
    naive: float


def measure(name: str, url: str, key: str, formulas: list[Formula], paths: list[str]) -> Case:
    best = []
    for _ in range(3):
        fresh_home()
        requests_seen(url)
        started = time.perf_counter()
        assert refresh(formulas) == 0
        best.append((time.perf_counter() - started, requests_seen(url)))
    first, count = sorted(best)[1]
    started = time.perf_counter()
    for formula in formulas:
        assert not is_error(call(formula))
    second, second_count = time.perf_counter() - started, requests_seen(url)
    bares = sorted(bare(url, key, paths) for _ in range(3))
    sample = [paths[number % len(paths)] for number in range(50)]
    naive = bare(url, key, sample, threads=1) * FORMULAS / len(sample)
    return Case(name, first, bares[1], count, len(paths), second, second_count, naive)


def main() -> dict[float, list[Case]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--delay", type=float, action="append", help="seconds that a network adds (repeatable)"
    )
    delays = parser.parse_args().delay or [0.05, 0.15]
    context = multiprocessing.get_context("spawn")
    found: dict[float, list[Case]] = {}
    for delay in delays:
        told, tell = context.Pipe()
        process = context.Process(target=serve, args=(delay, tell))
        process.start()
        try:
            assert told.poll(120), "the service does not start"
            found[delay] = measure_all(*told.recv())
        finally:
            told.send("stop")
            process.join()
        show(found[delay], delay)
    return found


def serve(delay: float, tell: Any) -> None:
    """Run service and relay in a process of their own; tell address, key and finished runs."""
    from host_service import HostedRuns, definition

    from xlmeso.simulator.server import LocalService

    with LocalService(Path(tempfile.mkdtemp()), workers=2) as service:
        hosted = HostedRuns(service.url, service.api_key)
        ids = [hosted.submit(definition(f"run {number}")) for number in range(RUNS)]
        tell.send((Relay(service.url, delay).serve(), service.api_key, ids))
        tell.recv()


def measure_all(url: str, key: str, ids: list[str]) -> list[Case]:
    """Measure both sheets."""
    os.environ.update({"XLMESO_URL": url, "XLMESO_API_KEY": key})
    import xlmeso.excel.udfs  # noqa: F401 -- import is outside the clock

    each = [f"/api/v1/backtest/{run}/{kind}" for kind in MIXED_PATHS for run in ids]
    return [
        measure("figures only", url, key, metrics_only(ids), each[:RUNS]),
        measure("four kinds", url, key, mixed(ids), each),
    ]


def requests_seen(url: str) -> int:
    """Return the requests since the last look."""
    return int(requests.get(f"{url}/count", timeout=10).text)


def show(cases: list[Case], delay: float) -> None:
    print(f"{FORMULAS} formulas over {RUNS} finished runs, {delay * 1000:.0f} ms per request")
    print(
        f"{'sheet':14} {'requests':>9} {'distinct':>9} {'first s':>8} {'bare s':>8} {'ratio':>6} "
        f"{'2nd s':>7} {'2nd requests':>13} {'naive requests':>15} {'naive s':>8}"
    )
    for case in cases:
        print(
            f"{case.name:14} {case.requests:9} {case.distinct:9} {case.first:8.2f} "
            f"{case.bare:8.2f} {case.first / case.bare:6.2f} {case.second:7.3f} "
            f"{case.second_requests:13} {FORMULAS:15} {case.naive:8.1f}"
        )


if __name__ == "__main__":
    main()
