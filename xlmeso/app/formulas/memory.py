"""Copies in memory of what the cache keeps, and of what was derived from it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from xlmeso.errors import XlmesoError
from xlmeso.journal.cache import CacheKey

LIMIT_BYTES: Final = 256 * 1024 * 1024


@dataclass(slots=True)
class Held:
    """What is known about a resource; see `xlmeso.journal.cache.CacheEntry`.

    ``value`` is the model object, None without a good reply.
    """

    value: Any = None
    fetched_at: float = 0.0
    fresh_until: float = 0.0
    refusal: XlmesoError | None = None
    refused_until: float = 0.0
    size: int = 1000
    derived: dict[object, Any] = field(default_factory=dict)

    def is_fresh(self, now: float) -> bool:
        """Whether the good reply need not be asked for again."""
        return self.value is not None and now < self.fresh_until

    def is_refused(self, now: float) -> bool:
        """Whether a refusal stands."""
        return self.refusal is not None and now < self.refused_until


class Memory:
    """A bounded map; the least recently used go first.  Safe with several threads."""

    def __init__(self, limit: int = LIMIT_BYTES) -> None:
        self._limit = limit
        self._held: OrderedDict[CacheKey, Held] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: CacheKey) -> Held | None:
        """Return what is held under a key."""
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
            return held

    def put(self, key: CacheKey, held: Held) -> None:
        """Hold something; what is larger than a quarter of the whole is not held."""
        with self._lock:
            self._remove(key)
            if held.size > self._limit // 4:
                return
            self._held[key] = held
            self._size += held.size
            while self._size > self._limit:
                self._remove(next(iter(self._held)))

    def drop(self, key: CacheKey) -> None:
        """Hold a key no longer."""
        with self._lock:
            self._remove(key)

    def clear(self) -> None:
        """Hold nothing."""
        with self._lock:
            self._held.clear()
            self._size = 0

    def _remove(self, key: CacheKey) -> None:
        old = self._held.pop(key, None)
        if old is not None:
            self._size -= old.size


def derived(held: Held, name: object, build: Callable[[Any], Any]) -> Any:
    """Return what was built from a value, built once as long as the value is held."""
    if name not in held.derived:
        held.derived[name] = build(held.value)
    return held.derived[name]
