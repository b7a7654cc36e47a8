"""Sweeps that go on in a process of their own, so that Excel can be closed meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from xlmeso.excel.background_service import detached

COMMAND: Final = ("-m", "xlmeso", "sweep", "--resume", "--background", "--quiet")
"""Goes on with every open sweep of the journal; a second one ends at once."""

_started: Final[list[subprocess.Popen[bytes]]] = []
"""Processes that this one has started, so that their ends are noticed."""


def start_resuming(env: Mapping[str, str] = os.environ) -> subprocess.Popen[bytes]:
    """Start a process that goes on with what is open; what it prints goes nowhere."""
    _started[:] = [process for process in _started if process.poll() is None]
    process = subprocess.Popen(  # noqa: S603 - our own command, no text of anybody else
        [sys.executable, *COMMAND],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(env),
        close_fds=True,
        **detached(),
    )
    _started.append(process)
    return process
