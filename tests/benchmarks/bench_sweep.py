"""Sweep of 200 runs of fixed length against services with 2, 8 and 50 slots and a rate limit.

``python tests/benchmarks/bench_sweep.py [SLOTS ...]`` prints for each service the time that the
dispatcher needs beside the ideal (runs divided by slots, times their length), and beside two usual
ways: a pool of threads, each of which submits, asks every second and sleeps as long as a refusal
says, and one run after another (measured on a few runs and multiplied).  The service is the real
local one over real HTTP in a process of its own; its runs only take time.  It refuses more runs
than it has slots (429 and Retry-After: 1) and more than 300 requests in 10 seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "faults"))

from fault_helpers import at_service, connected, planned  # noqa: E402

from xlmeso.app.dispatch import run_set  # noqa: E402
from xlmeso.errors import RateLimitError  # noqa: E402
from xlmeso.journal import Submissions  # noqa: E402
from xlmeso.model.backtest import BacktestState  # noqa: E402
from xlmeso.model.templates import load_template  # noqa: E402
from xlmeso.wire.retry import NO_RETRY  # noqa: E402

RUNS = 200
LENGTHS = {2: 1.5, 8: 2.0, 50: 5.0}
GOALS = {2: 1.10, 8: 1.15, 50: 1.25}
REQUESTS, WINDOW = 300, 10
POOL = 64
FEW = 5

SERVICE = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from fast_service import fast_service
service = fast_service(
    Path(sys.argv[2]), seconds=float(sys.argv[3]), slots=int(sys.argv[4]), retry_after=1.0,
    requests=int(sys.argv[5]), window=int(sys.argv[6]),
)
with service:
    print(json.dumps([service.url, service.api_key]), flush=True)
    sys.stdin.read()
"""


@contextmanager
def served(folder: Path, slots: int, seconds: float):
    arguments = [HERE.parent / "faults", folder, seconds, slots, REQUESTS, WINDOW]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVICE, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url, key = json.loads(process.stdout.readline())
        with connected(url, key) as connection:
            yield Counted(connection), connection
    finally:
        process.communicate(timeout=30)


class Counted:
    """Counts the requests that a connection sends."""

    def __init__(self, connection: Any) -> None:
        self.requests: dict[str, int] = {}
        sessions = connection.client._transport._sessions
        current = sessions.current

        def counting() -> Any:
            session = current()
            if not hasattr(session, "counted"):
                session.counted = True
                request = session.request

                def count(method: str, *args: Any, **kwargs: Any) -> Any:
                    self.requests[method] = self.requests.get(method, 0) + 1
                    return request(method, *args, **kwargs)

                session.request = count
            return session

        sessions.current = counting


def with_dispatcher(connection: Any, count: int, folder: Path) -> None:
    journal = Submissions(folder / "journal.sqlite")
    made = planned(connection, journal, count)
    members = run_set(connection, made.set_id, journal=journal)
    assert all(member.analytics for member in members)


def one_naive(connection: Any, number: int) -> None:
    client = connection.client.with_retry(NO_RETRY)
    definition = load_template("short-put").with_name(f"sweep {number}")

    def patiently(call: Any) -> Any:
        while True:
            try:
                return call()
            except RateLimitError as error:
                time.sleep(error.retry_after or 1.0)

    key = f"naive-{number}"
    receipt = patiently(lambda: client.backtests.create(definition, idempotency_key=key))
    backtest_id = receipt.backtest_id
    while patiently(lambda: client.backtests.status(backtest_id)).state != BacktestState.FINISHED:
        time.sleep(1.0)
    patiently(lambda: client.analytics.get(backtest_id))


def with_pool(connection: Any, count: int, folder: Path) -> None:
    with ThreadPoolExecutor(POOL) as pool:
        list(pool.map(lambda number: one_naive(connection, number), range(count)))


def one_by_one(connection: Any, count: int, folder: Path) -> None:
    for number in range(count):
        one_naive(connection, number)


def measure(way: Any, slots: int, count: int) -> tuple[float, dict[str, int]]:
    """Return the seconds that a way needs and the requests that it sends."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder / "data", slots, LENGTHS[slots]) as (counted, connection):
            begun = time.perf_counter()
            way(connection, count, folder)
            seconds = time.perf_counter() - begun
            requests = dict(counted.requests)
            assert len(at_service(connection)) == count
    return seconds, requests


def main() -> None:
    chosen = [int(text) for text in sys.argv[1:]] or list(LENGTHS)
    print(f"{RUNS} runs; makespan / ideal, PUT and all requests per run")
    head = f"{'slots':>5} {'length':>7} {'ideal':>7} {'goal':>5}  "
    print(head + "".join(f"{name:>27}" for name in ("dispatcher", f"pool of {POOL}", "one by one")))
    for slots in chosen:
        ideal = -(-RUNS // slots) * LENGTHS[slots]
        line = f"{slots:>5} {LENGTHS[slots]:>5.1f} s {ideal:>5.0f} s {GOALS[slots]:>5.2f}  "
        for way, count in ((with_dispatcher, RUNS), (with_pool, RUNS), (one_by_one, FEW)):
            seconds, requests = measure(way, slots, count)
            seconds *= RUNS / count
            puts, total = requests["PUT"] / count, sum(requests.values()) / count
            line += f"{seconds / ideal:>12.2f} {puts:>7.2f} {total:>6.2f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
