"""Temporary files beside their target: gone after use, and after the next use if we were killed."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PREFIX: Final = ".xlmeso-"

_STALE_SECONDS: Final = 24 * 3600
"""Age of a left-over file where the system does not tell whether somebody still writes it."""

_FRESH_SECONDS: Final = 60
"""Age below which an empty file may just have been made."""


@contextlib.contextmanager
def temporary_beside(path: Path) -> Iterator[Path]:
    """Give a new empty file in the same folder, gone afterwards unless it was renamed.

    What a killed process left in the folder goes first.
    """
    for entry in path.parent.glob(f"{PREFIX}*{path.suffix}"):
        _remove_if_left_over(entry)
    handle, name = tempfile.mkstemp(prefix=PREFIX, suffix=path.suffix, dir=path.parent)
    temporary = Path(name)
    try:
        with _held(handle):
            yield temporary
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _held(handle: int) -> Iterator[None]:
    """Lock an open file as long as it is used, where locks do not hinder its renaming."""
    if sys.platform == "win32":
        os.close(handle)
        yield
        return
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    """Lock without waiting; False if somebody else has the lock or there are no locks."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_if_left_over(entry: Path) -> None:
    """Remove a temporary file that nobody writes any more; whatever fails, it stays."""
    with contextlib.suppress(OSError):
        found = entry.stat()
        age = time.time() - found.st_mtime
        if age > _STALE_SECONDS or ((found.st_size or age > _FRESH_SECONDS) and _is_free(entry)):
            entry.unlink()


def _is_free(entry: Path) -> bool:
    handle = os.open(entry, os.O_RDWR)
    try:
        return _lock(handle)
    finally:
        os.close(handle)
