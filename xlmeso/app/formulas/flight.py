"""Single flight: callers of one key share one piece of work, in this process and in others."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from xlmeso.app.formulas.errors import PendingError

WORKERS: Final = 48
"""Threads; some of them wait for what another one asks."""

CONNECTIONS: Final = 8
"""Requests at the same time, for all cells of a process."""

STRIPES: Final = 1024
"""Lock files between processes; two keys that share one merely wait for each other."""

LOCK_SECONDS: Final = 90.0
"""Longest wait for another process; it is longer than any request may take."""


class Patience:
    """How long cells may keep Excel waiting, all together.

    A recalculation of many cells must not add up many waits: the account is drawn on by every
    wait, fills again slowly, and is empty after ``capacity`` seconds of standing still.

    Parameters
    ----------
    capacity
        Most seconds in a row.
    refill
        Seconds of patience gained per second.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        capacity: float = 10.0,
        *,
        refill: float = 0.2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.capacity = capacity
        self._refill = refill
        self._clock = clock
        self._left = capacity
        self._seen = clock()
        self._lock = threading.Lock()

    def left(self) -> float:
        """Return the seconds that a cell may wait now."""
        with self._lock:
            now = self._clock()
            self._left = min(self.capacity, self._left + (now - self._seen) * self._refill)
            self._seen = now
            return max(self._left, 0.0)

    def spend(self, seconds: float) -> None:
        """Note a wait."""
        with self._lock:
            self._left = max(self._left - seconds, 0.0)

    def renew(self) -> None:
        """Fill the account: a person has just asked for results."""
        with self._lock:
            self._left = self.capacity


class SingleFlight:
    """Runs work in the background, at most once per key at a time.

    Parameters
    ----------
    folder
        Where the lock files between processes lie.
    """

    def __init__(self, folder: Path, *, workers: int = WORKERS) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="xlmeso-formulas")
        self._flying: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()

    def start(self, key: Hashable, work: Callable[[], Any]) -> Future[Any]:
        """Start the work, or return the flight that is under way for the key."""
        with self._lock:
            flying = self._flying.get(key)
            if flying is not None:
                return flying
            started = self._flying[key] = self._pool.submit(work)
        # Outside the lock: work that has ended already is called back at once, in this thread.
        started.add_done_callback(lambda flight: self._landed(key, flight))
        return started

    def is_under_way(self, key: Hashable) -> bool:
        """Whether the work for a key has not landed."""
        return key in self._flying

    def wait(self, flight: Future[Any], patience: Patience) -> Any:
        """Return the result of a flight.

        Raises
        ------
        PendingError
            Patience ended before it came; the work goes on.
        """
        started = time.monotonic()
        try:
            return flight.result(timeout=patience.left())
        except FutureTimeoutError:
            if flight.done():
                return flight.result()
            raise PendingError(
                "the answer is on its way.", cure="Refresh, or recalculate the cell, in a moment."
            ) from None
        finally:
            patience.spend(time.monotonic() - started)

    @contextmanager
    def exclusively(self, key: str) -> Iterator[None]:
        """Keep other processes from the same work; the system frees the lock of a dead one.

        Raises
        ------
        PendingError
            Another process holds it for too long.
        """
        import filelock

        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % STRIPES
        lock = filelock.FileLock(self._folder / f"{number:03x}.lock", timeout=LOCK_SECONDS)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise PendingError("another Excel or command is asking for the same.") from None
        try:
            yield
        finally:
            lock.release()

    @property
    def under_way(self) -> int:
        """Number of flights that have not landed."""
        with self._lock:
            return len(self._flying)

    def settle(self, timeout: float, on_progress: Callable[[int], None] | None = None) -> bool:
        """Wait for all flights; return whether all have landed in time."""
        end = time.monotonic() + timeout
        while True:
            with self._lock:
                flights = list(self._flying.values())
            if on_progress is not None:
                on_progress(len(flights))
            if not flights:
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            _wait_any(flights, min(left, 0.25))

    def close(self) -> None:
        """Take no more work; what is under way ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _landed(self, key: Hashable, flight: Future[Any]) -> None:
        with self._lock:
            if self._flying.get(key) is flight:
                del self._flying[key]


def _wait_any(flights: list[Future[Any]], timeout: float) -> None:
    from concurrent.futures import FIRST_COMPLETED, wait

    wait(flights, timeout=timeout, return_when=FIRST_COMPLETED)
