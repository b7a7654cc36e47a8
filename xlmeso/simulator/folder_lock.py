"""One service at a time on one data folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xlmeso.errors import ConfigurationError

LOCK_FILE: Final = "service.lock"
"""Held while a service uses the data folder; the system releases it when the process dies."""


@contextlib.contextmanager
def folder_lock(data: Path) -> Iterator[None]:
    """Hold the folder, which is made when it is missing.

    Raises
    ------
    ConfigurationError
        Another service holds it, or it cannot be used.
    """
    from filelock import FileLock, Timeout

    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(data / LOCK_FILE, timeout=0, thread_local=False)
        lock.acquire()
    except Timeout:
        raise ConfigurationError(
            "another service uses this data folder.",
            where=str(data),
            cure="Stop it first, or choose another folder with --data.",
        ) from None
    except (OSError, RuntimeError) as error:  # RuntimeError: a file system without locks
        raise ConfigurationError(
            f"the data folder cannot be used ({type(error).__name__}).",
            where=str(data),
            cure="Check the folder's rights, or choose another folder with --data.",
        ) from None
    try:
        yield
    finally:
        lock.release()
