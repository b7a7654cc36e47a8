"""The results that the formulas of this process use: one `Results` for each profile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping

from xlmeso.app.formulas.purge import cache_folder
from xlmeso.app.formulas.results import Results
from xlmeso.app.formulas.service import open_service
from xlmeso.errors import XlmesoError
from xlmeso.journal.cache import ResultCache

LOOK_AGAIN_SECONDS = 10.0
"""Between two looks at the settings: which service, whose key."""


class Session:
    """Hands out results; notices when the settings name another service or account.

    Parameters
    ----------
    env
        Environment variables.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        env: Mapping[str, str] = os.environ,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._env = env
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str | None, tuple[float, Results | XlmesoError]] = {}
        self._by_scope: dict[str, Results] = {}
        self._cache: ResultCache | None = None

    @property
    def env(self) -> Mapping[str, str]:
        """The environment variables that this session goes by."""
        return self._env

    def results(self, profile: str | None = None) -> Results:
        """Return the results of a profile, of the default one without a name.

        Raises
        ------
        ConfigurationError
            Unknown profile or unusable settings.
        NoCredentialsError
            No key was found.
        """
        with self._lock:
            when, found = self._found.get(profile, (-LOOK_AGAIN_SECONDS, None))
            if found is None or self._clock() - when >= LOOK_AGAIN_SECONDS:
                found = self._look(profile)
                self._found[profile] = (self._clock(), found)
        if isinstance(found, XlmesoError):
            raise found
        return found

    def cache(self) -> ResultCache:
        """Return the result cache of this process."""
        if self._cache is None:
            self._cache = ResultCache(cache_folder(self._env))
            self._cache.sweep()
        return self._cache

    def look_again(self) -> None:
        """Read the settings anew at the next question (somebody signed in or out)."""
        with self._lock:
            self._found.clear()

    def all(self) -> list[Results]:
        """Return the results that were used so far."""
        with self._lock:
            return list(self._by_scope.values())

    def close(self) -> None:
        """Write the counters down and close the cache."""
        for results in self.all():
            results.close()
        if self._cache is not None:
            self._cache.close()

    def _look(self, profile: str | None) -> Results | XlmesoError:
        try:
            service = open_service(profile, self._env)
        except XlmesoError as error:
            return error
        known = self._by_scope.get(service.scope)
        if known is not None and known.service.profile == service.profile:
            return known
        results = self._by_scope[service.scope] = Results(service, self.cache())
        return results


_session: Session | None = None
_lock = threading.Lock()


def session() -> Session:
    """Return the session of this process."""
    global _session
    with _lock:
        if _session is None:
            _session = Session()
        return _session


def use_session(other: Session | None) -> None:
    """Put another session in place of this process's (tests, macros of another profile)."""
    global _session
    with _lock:
        _session = other
