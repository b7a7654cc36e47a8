"""The usage meter: what formulas asked, how much of it came from the cache, what was refused."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Final

from xlmeso.journal.cache import ResultCache

NAMES: Final = ("requests", "hits", "limited", "offline", "refused", "pending")
"""Requests sent, answers from the cache, limits reached, answers while the service was not
reachable, refusals, cells that did not wait for their answer."""

_FLUSH_SECONDS: Final = 2.0


class Usage:
    """Counts in memory and adds to the counters of all processes now and then."""

    def __init__(self, cache: ResultCache) -> None:
        self._cache = cache
        self._session: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()
        self._flushed = time.monotonic()
        self._lock = threading.Lock()

    def add(self, name: str, count: int = 1) -> None:
        """Count something."""
        with self._lock:
            self._session[name] += count
            self._waiting[name] += count
            due = time.monotonic() - self._flushed > _FLUSH_SECONDS
        if due:
            self.flush()

    def flush(self) -> None:
        """Write down what was counted since."""
        with self._lock:
            changes, self._waiting = dict(self._waiting), Counter()
            self._flushed = time.monotonic()
        if changes:
            self._cache.count(changes)

    def session(self) -> dict[str, int]:
        """Return what this process has counted."""
        with self._lock:
            return {name: self._session[name] for name in NAMES}

    def total(self) -> dict[str, int]:
        """Return what all processes have counted since the cache was made."""
        self.flush()
        counters = self._cache.counters()
        return {name: counters.get(name, 0) for name in NAMES}
