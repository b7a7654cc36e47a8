"""The supervisor: one thread that feeds the lanes and brings every run to its end.

All decisions about runs are taken in this thread, one after another; other threads only put
wishes into its inbox.
"""

from __future__ import annotations

import functools
import json
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import ConfigurationError
from xlmeso.model.backtest import BacktestState
from xlmeso.simulator.artifacts import Artifacts
from xlmeso.simulator.deletion import carry_out_deletion
from xlmeso.simulator.lanes import Lane
from xlmeso.simulator.records import BacktestRecord
from xlmeso.simulator.store import BacktestStore
from xlmeso.simulator.worker_process import RunOrder, RunReport

if TYPE_CHECKING:
    from xlmeso.simulator.market.source import HistorySource
    from xlmeso.simulator.worker_process import RunFunction

MAX_CRASHES: Final = 3
"""A run whose worker process died so often fails; stops of the service do not count."""

RETRY_SECONDS: Final = 1.0
"""Pause before an action that failed (a full disk, say) is tried again."""

_LONGEST_REASON = 2000
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Running:
    record: BacktestRecord
    lane: Lane
    executor: Executor


class Supervisor:
    """Feeds waiting backtests to the lanes, oldest first.

    Parameters
    ----------
    store, artifacts
        Where the runs are kept.
    lanes
        Where they work; the supervisor owns and closes them.
    run
        The simulation, None for `xlmeso.simulator.runs.run_backtest`.
    history, seed
        Passed to every run.
    """

    def __init__(
        self,
        store: BacktestStore,
        artifacts: Artifacts,
        lanes: Sequence[Lane],
        *,
        run: RunFunction | None = None,
        history: HistorySource | None = None,
        seed: int = 0,
    ) -> None:
        self._store = store
        self._artifacts = artifacts
        self._lanes = tuple(lanes)
        self._run = run
        self._history = history
        self._seed = seed
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._postponed: list[tuple[float, Callable[[], None]]] = []
        self._running: dict[str, _Running] = {}
        self._deadline: float | None = None
        self._thread = threading.Thread(target=self._loop, name="xlmeso-supervisor", daemon=True)

    def start(self) -> None:
        """Put runs that an earlier service left behind back into the queue and begin to work."""
        self._store.recover()
        self._artifacts.sweep(self._store.folders())
        self._thread.start()
        self.wake()

    def wake(self) -> None:
        """Say that a backtest is waiting; from any thread."""
        self._inbox.put(self._fill)

    def cancel(self, backtest_id: str) -> None:
        """Say that a cancellation was noted in the store; from any thread."""
        self._inbox.put(functools.partial(self._pass_cancel_on, backtest_id))

    def stop(self, grace: float) -> None:
        """Interrupt what runs, put it back into the queue, and end the worker processes.

        Parameters
        ----------
        grace
            Seconds that the runs have to stop by themselves before their processes are killed.
        """
        if not self._thread.is_alive():
            return
        self._inbox.put(functools.partial(self._begin_stop, grace))
        self._thread.join()

    # -- the thread ----------------------------------------------------------------------------

    def _loop(self) -> None:
        while not self._is_done():
            self._retry_what_is_due()
            try:
                action = self._inbox.get(timeout=self._patience())
            except queue.Empty:
                continue
            self._perform(action)
        self._close()

    def _is_done(self) -> bool:
        if self._deadline is None:
            return False
        return not self._running or time.monotonic() >= self._deadline

    def _patience(self) -> float | None:
        """Seconds until the thread has to look up by itself, None for never."""
        due = [moment for moment, _ in self._postponed]
        if self._deadline is not None:
            due.append(self._deadline)
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _perform(self, action: Callable[[], None]) -> None:
        """Do one thing; what fails (disk full, file in use) is tried again, the thread lives on."""
        try:
            action()
        except Exception as problem:
            if isinstance(problem, ConfigurationError):
                _log.warning("Runs wait: %s", problem)
            else:
                _log.exception("The supervisor tries again in %s s what failed", RETRY_SECONDS)
            self._postponed.append((time.monotonic() + RETRY_SECONDS, action))

    def _retry_what_is_due(self) -> None:
        now = time.monotonic()
        due = [action for moment, action in self._postponed if moment <= now]
        self._postponed = [item for item in self._postponed if item[0] > now]
        for action in due:
            self._perform(action)

    def _close(self) -> None:
        """End the processes; a run that they leave behind waits for the next start."""
        left_over = list(self._running.values())
        for lane in self._lanes:
            lane.close(kill=bool(left_over))
        for running in left_over:
            self._store.put_back(running.record, crashed=False)

    def _begin_stop(self, grace: float) -> None:
        self._deadline = time.monotonic() + grace
        for running in self._running.values():
            self._artifacts.request_cancel(running.record)

    # -- starting runs -------------------------------------------------------------------------

    def _fill(self) -> None:
        """Give every free lane a run."""
        while self._deadline is None and (lane := self._free_lane()) is not None:
            record = self._store.claim_next()
            if record is None:
                return
            self._begin(record, lane)

    def _free_lane(self) -> Lane | None:
        return next((lane for lane in self._lanes if lane.is_free), None)

    def _begin(self, record: BacktestRecord, lane: Lane) -> None:
        try:
            executor, future = lane.submit(self._order(record))
        except ConfigurationError:  # a cluster that is away for a while: the run is not to blame
            self._store.put_back(record, crashed=False)
            raise
        except Exception:
            self._store_crash(record, wanted_cancel=False)
            raise
        running = _Running(record, lane, executor)
        lane.busy += 1
        self._running[record.backtest_id] = running
        future.add_done_callback(
            lambda done: self._inbox.put(functools.partial(self._settle, running, done))
        )

    def _order(self, record: BacktestRecord) -> RunOrder:
        files = self._artifacts.prepare(record)
        return RunOrder(
            run=self._run,
            backtest_id=record.backtest_id,
            definition_json=self._store.definition(record.backtest_id) or "",
            history=self._history,
            seed=self._seed,
            folder=files.folder,
            cancel_file=files.cancel_file,
            progress_file=files.progress_file,
            lock_file=files.lock_file,
            external_csv=files.external_csv if files.external_csv.is_file() else None,
        )

    def _pass_cancel_on(self, backtest_id: str) -> None:
        running = self._running.get(backtest_id)
        if running is not None:
            self._artifacts.request_cancel(running.record)

    # -- ending runs ---------------------------------------------------------------------------

    def _settle(self, running: _Running, future: Future[RunReport]) -> None:
        """Bring one run to its next state; safe to repeat when it fails half-way."""
        self._store_report(running.record, self._report(running, future))
        if self._running.get(running.record.backtest_id) is running:
            del self._running[running.record.backtest_id]
            running.lane.busy -= 1
        self.wake()

    def _report(self, running: _Running, future: Future[RunReport]) -> RunReport | None:
        """Return what the worker said, None when it died or was never begun."""
        try:
            report = future.result()
        except (BrokenExecutor, CancelledError):
            running.lane.discard(running.executor)
            return None
        except Exception as error:
            _log.exception("A run ended with an unexpected error")
            reason = f"The simulation stopped with an unexpected {type(error).__name__}: {error}"
            return RunReport(BacktestState.FAILED, reason)
        if not report.state.is_terminal:
            return RunReport(BacktestState.FAILED, f"The simulation ended as {report.state}.")
        return report

    def _store_report(self, record: BacktestRecord, report: RunReport | None) -> None:
        present = self._store.get_any(record.backtest_id)
        wanted_cancel = present is not None and present.cancel_requested
        if report is None:
            self._store_crash(record, wanted_cancel=wanted_cancel)
        elif self._was_interrupted(report) and not wanted_cancel:
            self._store.put_back(record, crashed=False)
        else:
            self._conclude(record, report)

    def _was_interrupted(self, report: RunReport) -> bool:
        return self._deadline is not None and report.state is BacktestState.CANCELLED

    def _store_crash(self, record: BacktestRecord, *, wanted_cancel: bool) -> None:
        if wanted_cancel:
            self._conclude(record, RunReport(BacktestState.CANCELLED))
        elif self._deadline is None and record.crashes + 1 >= MAX_CRASHES:
            reason = (
                f"{MAX_CRASHES} attempts ended before the run did: its worker process died or "
                "could not be started; the machine may be short of memory."
            )
            self._conclude(record, RunReport(BacktestState.FAILED, reason))
        else:
            self._store.put_back(record, crashed=self._deadline is None)

    def _conclude(self, record: BacktestRecord, report: RunReport) -> None:
        """Make the artifacts the result, then commit the terminal state: the only place."""
        self._artifacts.commit(record)
        self._store.finish(
            record,
            report.state,
            failure_reason=(report.failure_reason or "")[:_LONGEST_REASON] or None,
            analytics_json=_analytics_json(report.analytics),
        )
        carry_out_deletion(self._store, self._artifacts, record.backtest_id)


def _analytics_json(analytics: Mapping[str, Any] | None) -> str | None:
    """Write analytics as JSON; what is not finite becomes null (JSON has no NaN)."""
    if analytics is None:
        return None
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in analytics.items()
    }
    return json.dumps(finite, allow_nan=False)
