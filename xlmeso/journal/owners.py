"""Who looks after a run right now: a dispatcher that lives holds a lock on a file of its own.

The operating system lets the lock go when the process ends, however it ends, so that another
dispatcher can tell a run whose sender died from one whose reply is still awaited.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from xlmeso.journal.errors import JournalError

_PREFIX = "owner-"


@contextlib.contextmanager
def owning(folder: Path) -> Iterator[str]:
    """Live as an owner within the ``with``; gives the owner's name.

    Parameters
    ----------
    folder
        Of the journal.

    Raises
    ------
    JournalError
        The folder cannot be written.
    """
    import filelock

    name = f"{os.getpid()}-{secrets.token_hex(8)}"
    lock = filelock.FileLock(_file(folder, name), thread_local=False)
    # Nobody knows the name before the lock is held: a name without a held lock is a dead owner's.
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise JournalError(
            f"the journal of submissions cannot be used: {error}",
            where=str(folder),
            cure="Check the rights of its folder and the free space.",
        ) from error
    try:
        yield name
    finally:
        with contextlib.suppress(OSError):
            _file(folder, name).unlink(missing_ok=True)
        lock.release()


def is_alive(folder: Path, name: str) -> bool:
    """Whether an owner still lives; what a dead one left behind is removed."""
    import filelock

    file = _file(folder, name)
    if not file.exists():
        return False
    try:
        with filelock.FileLock(file, timeout=0, thread_local=False):
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
            return False
    except filelock.Timeout:
        return True


def _file(folder: Path, name: str) -> Path:
    return folder / f"{_PREFIX}{name}.lock"
