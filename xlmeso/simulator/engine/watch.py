"""Keeps an eye on the world while a run works: wish to cancel, life of the parent, progress."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

LOOK_SECONDS: Final = 0.05
"""Time between two looks."""

PROGRESS_SECONDS: Final = 0.2
"""Time between two writes of the progress file."""


class RunStoppedError(Exception):
    """The run was cancelled, or nobody waits for it any more."""


class Watch:
    """Called often by the run, does something seldom.

    Parameters
    ----------
    cancel_file
        The run stops when it exists; None to run to the end.
    progress_file
        Gets the share done, 0..1, as text; None to tell nobody.
    clock
        Seconds, ascending.
    """

    def __init__(
        self,
        cancel_file: Path | None = None,
        progress_file: Path | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cancel_file = cancel_file
        self._progress_file = progress_file
        self._clock = clock
        self._parent = multiprocessing.parent_process()
        self._next_look = 0.0
        self._next_progress = 0.0

    def look(self, done: int, total: int) -> None:
        """Look whether to go on and tell how far the run is.

        Raises
        ------
        RunStoppedError
            The cancel file exists, or the parent process is gone.
        """
        now = self._clock()
        if now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        if self._cancel_file is not None and self._cancel_file.exists():
            raise RunStoppedError("cancelled")
        if self._parent is not None and not self._parent.is_alive():
            raise RunStoppedError("the process that started the run is gone")
        if self._progress_file is not None and now >= self._next_progress:
            self._next_progress = now + PROGRESS_SECONDS
            self._tell(self._progress_file, done / total if total else 0.0)

    @staticmethod
    def _tell(path: Path, share: float) -> None:
        """Replace the file at once; a reader that holds it open only delays the news."""
        part = path.with_name(f"{path.name}.part")
        with contextlib.suppress(OSError):
            part.write_text(f"{share:.4f}", encoding="ascii")
            part.replace(path)
