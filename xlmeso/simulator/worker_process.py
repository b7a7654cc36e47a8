"""What runs inside a worker process; light to import, the simulation loads with the first run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlmeso.model.backtest import BacktestState

if TYPE_CHECKING:
    from xlmeso.simulator.market.source import HistorySource
    from xlmeso.simulator.runs import RunJob, RunOutcome

    RunFunction = Callable[[RunJob], RunOutcome]

LOCK_POLL_SECONDS: Final = 0.2
"""How often a worker that waits for another one of the same backtest looks for a cancel file."""

ORPHAN_EXIT_CODE: Final = 3
"""Exit code of a worker whose service is gone."""


@dataclass(frozen=True, slots=True)
class RunOrder:
    """One attempt of one backtest, as it is sent to a worker process.

    Attributes
    ----------
    run
        The simulation; None for `xlmeso.simulator.runs.run_backtest`, which the worker imports,
        so that the service itself stays light.
    history
        None for the default, which the worker makes.
    lock_file
        Locked while the run works: one backtest never runs twice at once, even when a worker
        outlives a killed service for a moment.
    external_csv
        Copy of the external data, None where the definition names none.
    """

    run: RunFunction | None
    backtest_id: str
    definition_json: str
    history: HistorySource | None
    seed: int
    folder: Path
    cancel_file: Path
    progress_file: Path
    lock_file: Path
    external_csv: Path | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """How an attempt ended, as it comes back; ``analytics`` for finished runs."""

    state: BacktestState
    failure_reason: str | None = None
    analytics: dict[str, int | float | str | None] | None = None


def prepare_worker() -> None:
    """Set up a new worker process: Ctrl-C is the service's business, and no orphan works on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        watcher = threading.Thread(target=_exit_with, args=(parent,), daemon=True)
        watcher.start()


def work(order: RunOrder) -> RunReport:
    """Run one attempt; called in a worker process."""
    from filelock import FileLock, Timeout

    lock = FileLock(order.lock_file)
    while not order.cancel_file.exists():
        try:
            with lock.acquire(timeout=LOCK_POLL_SECONDS):
                return _run(order)
        except Timeout:
            continue
    return RunReport(BacktestState.CANCELLED)


def _run(order: RunOrder) -> RunReport:
    from xlmeso.simulator.market.source import HistorySource
    from xlmeso.simulator.runs import RunJob, run_backtest

    run = order.run or run_backtest
    outcome = run(
        RunJob(
            backtest_id=order.backtest_id,
            definition_json=order.definition_json,
            history=order.history or HistorySource(),
            seed=order.seed,
            folder=order.folder,
            cancel_file=order.cancel_file,
            progress_file=order.progress_file,
            external_csv=order.external_csv,
        )
    )
    return RunReport(outcome.state, outcome.failure_reason, outcome.analytics)


def _exit_with(parent: multiprocessing.process.BaseProcess) -> None:
    """Wait for the service's process; with it gone nobody wants the result of this one."""
    parent.join()
    os._exit(ORPHAN_EXIT_CODE)
