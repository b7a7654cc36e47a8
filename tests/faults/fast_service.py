"""The real local service with runs that only take time, in threads instead of processes."""

from __future__ import annotations

import gzip
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xlmeso.model.backtest import BacktestState
from xlmeso.simulator.lanes import Lane
from xlmeso.simulator.limits import ServiceLimits
from xlmeso.simulator.server import LocalService

if TYPE_CHECKING:
    from xlmeso.model.problems import Problem
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.simulator.runs import RunJob, RunOutcome

ANALYTICS: dict[str, Any] = {"StratTradeCnt": 7, "StratSharpe": 1.25, "StratCagrPct": 12.5}


class TimedRun:
    """A simulation that takes a fixed time and leaves the same results."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self, job: RunJob) -> RunOutcome:
        from xlmeso.simulator.runs import RunOutcome

        end = time.monotonic() + self.seconds
        while (left := end - time.monotonic()) > 0.0:
            if job.cancel_file is not None and job.cancel_file.exists():
                return RunOutcome(BacktestState.CANCELLED, None, None)
            time.sleep(min(left, 0.05))
        for name in ("events.json.gz", "navs.csv.gz", "navs-analytics.csv.gz"):
            write(job.folder / name)
        return RunOutcome(BacktestState.FINISHED, None, dict(ANALYTICS))


def write(path: Path) -> None:
    path.write_bytes(gzip.compress(b"[]" if "events" in path.name else b"Time,NAV\n", mtime=0))


def nothing(definition: StrategyDefinition) -> list[Problem]:
    return []


def fast_service(
    data: Path,
    *,
    seconds: float = 0.1,
    slots: int = 4,
    in_flight: int | None = None,
    retry_after: float = 0.3,
    requests: int = 6000,
    window: int = 60,
    **options: Any,
) -> LocalService:
    """Make a service with so many slots; by default it takes no more runs than it has slots."""
    limits = ServiceLimits(
        requests=requests,
        window_seconds=window,
        in_flight=in_flight or slots,
        in_flight_retry_after=retry_after,
        paused_retry_after=retry_after,
    )
    return LocalService(
        data,
        run=TimedRun(seconds),
        limits=limits,
        validate=nothing,
        unsupported=nothing,
        lanes=lambda: [Lane(lambda: ThreadPoolExecutor(1)) for _ in range(slots)],
        stop_seconds=1.0,
        **options,
    )
