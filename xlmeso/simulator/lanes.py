"""Lanes: executors with room for a number of runs at once.

By default every worker process is a lane of its own.  When a process dies, exactly one run is
concerned, and the others do not notice; one pool for all would lose all of them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future

from xlmeso.simulator.worker_process import RunOrder, RunReport, prepare_worker, work

ExecutorFactory = Callable[[], Executor]
"""Makes any executor in the style of concurrent.futures."""


class Lane:
    """One executor, made when it is first needed and made anew when it breaks.

    Parameters
    ----------
    make
        Makes the executor.
    capacity
        How many runs it holds at once.
    """

    def __init__(self, make: ExecutorFactory, capacity: int = 1) -> None:
        self._make = make
        self._executor: Executor | None = None
        self.capacity = capacity
        self.busy = 0

    @property
    def is_free(self) -> bool:
        """Whether another run fits in."""
        return self.busy < self.capacity

    def submit(self, order: RunOrder) -> tuple[Executor, Future[RunReport]]:
        """Begin a run; a broken executor is replaced once.

        Returns
        -------
        tuple
            The executor that took it, for `discard`, and the future of its report.
        """
        with contextlib.suppress(BrokenExecutor):
            return self._submit(order)
        self.discard(self._executor)
        return self._submit(order)

    def _submit(self, order: RunOrder) -> tuple[Executor, Future[RunReport]]:
        if self._executor is None:
            self._executor = self._make()
        return self._executor, self._executor.submit(work, order)

    def discard(self, broken: Executor | None) -> None:
        """Give up a broken executor; returns when all of its processes have ended."""
        if broken is None:
            return
        if broken is self._executor:
            self._executor = None
        broken.shutdown(wait=True, cancel_futures=True)

    def close(self, *, kill: bool) -> None:
        """End the executor, with ``kill`` also what still works in it."""
        executor, self._executor = self._executor, None
        if executor is None:
            return
        if kill:
            kill_workers(executor)
        executor.shutdown(wait=True, cancel_futures=True)


def process_lanes(workers: int) -> list[Lane]:
    """Make lanes of one worker process each; spawned, as Windows knows no other way."""
    return [Lane(_spawning_executor) for _ in range(workers)]


def default_workers() -> int:
    """Count the cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def kill_workers(executor: Executor) -> None:
    """End the processes of a process pool at once; other executors are left to themselves."""
    public = getattr(executor, "kill_workers", None)  # from Python 3.14 on
    if public is not None:
        public()
        return
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.kill()


def _spawning_executor() -> Executor:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=prepare_worker,
    )
