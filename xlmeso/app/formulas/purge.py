"""Forget cached results: after a deletion, after signing in or out."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from xlmeso.app.formulas.service import scope_beginning

if TYPE_CHECKING:
    from xlmeso.journal.cache import ResultCache
    from xlmeso.settings import Profile


def cache_folder(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the result cache; it need not exist yet."""
    from xlmeso.settings import cache_dir

    return cache_dir(env) / "results"


def forget_backtests(
    profile: Profile, ids: Iterable[str], env: Mapping[str, str] = os.environ
) -> None:
    """Remove what is cached of runs that were deleted, for every account of the service.

    All processes notice: a deleted run is asked for again, and refused by the service.
    """
    wanted = tuple(ids)
    with _opened(env) as cache:
        for scope in cache.scopes(scope_beginning(profile, env)):
            for backtest_id in wanted:
                cache.forget(scope, backtest_id)


def forget_service(profile: Profile, env: Mapping[str, str] = os.environ) -> None:
    """Remove everything that is cached of a profile's service (somebody signed out)."""
    with _opened(env) as cache:
        cache.forget_scopes(scope_beginning(profile, env))


def lift_refusals(profile: Profile, env: Mapping[str, str] = os.environ) -> None:
    """Let refused questions be asked again at once (somebody signed in)."""
    with _opened(env) as cache:
        for scope in cache.scopes(scope_beginning(profile, env)):
            cache.expire(scope)


@contextlib.contextmanager
def _opened(env: Mapping[str, str]) -> Iterator[ResultCache]:
    from xlmeso.journal.cache import ResultCache

    cache = ResultCache(cache_folder(env))
    try:
        yield cache
    finally:
        cache.close()
