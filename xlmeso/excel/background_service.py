"""The local service in a process of its own, which outlives the macro that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import ConfigurationError

if TYPE_CHECKING:
    from xlmeso.simulator.discovery import RunningService

START_SECONDS: Final = 20.0
"""Longest wait for the service to answer."""

STOP_SECONDS: Final = 10.0
_LOOK_AGAIN_SECONDS: Final = 0.1

_started: Final[list[subprocess.Popen[bytes]]] = []
"""Processes that this one has started, so that their ends are noticed and they leave no trace."""


def find_local_service(env: Mapping[str, str] = os.environ) -> RunningService | None:
    """Return the local service that answers on this machine, or None."""
    from xlmeso.settings import data_dir
    from xlmeso.simulator.discovery import running_service

    return running_service(data_dir(env))


def ensure_local_service(
    say: Callable[[str], None],
    env: Mapping[str, str] = os.environ,
    *,
    start_seconds: float = START_SECONDS,
) -> RunningService:
    """Return the running local service, started in a process of its own if there is none.

    Raises
    ------
    ConfigurationError
        It did not answer in time, or ended at once.
    """
    found = find_local_service(env)
    if found is not None:
        return found
    say("starting the local service")
    process = _start(env)
    _started.append(process)
    deadline = time.monotonic() + start_seconds
    while time.monotonic() < deadline:
        if found := find_local_service(env):
            return found
        if process.poll() is not None:
            break
        time.sleep(_LOOK_AGAIN_SECONDS)
    raise ConfigurationError(
        "the local service did not start.", cure="'xlmeso serve' at a command line says why."
    )


def stop_local_service(
    service: RunningService,
    env: Mapping[str, str] = os.environ,
    *,
    stop_seconds: float = STOP_SECONDS,
) -> None:
    """End the process of the local service; its runs are kept and go on when it starts again.

    Raises
    ------
    ConfigurationError
        It is somebody else's process, or does not end.
    """
    try:
        os.kill(service.pid, signal.SIGTERM)
    except OSError as error:
        raise ConfigurationError(
            f"the local service cannot be stopped: {error.strerror or error}.",
            where=service.url,
        ) from None
    deadline = time.monotonic() + stop_seconds
    while find_local_service(env) is not None:
        if time.monotonic() > deadline:
            raise ConfigurationError("the local service does not end.", where=service.url)
        time.sleep(_LOOK_AGAIN_SECONDS)
    _reap(service.pid, max(deadline - time.monotonic(), 0.0))


def _reap(pid: int, seconds: float) -> None:
    """Wait for the end of a process that was started here; others are nobody's business."""
    for process in [item for item in _started if item.pid == pid]:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            _started.remove(process)


def _start(env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start ``xlmeso serve``; what it prints, the key among it, goes nowhere."""
    return subprocess.Popen(
        [sys.executable, "-m", "xlmeso", "serve"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(env),
        close_fds=True,
        **detached(),
    )


def detached() -> dict[str, Any]:
    """Return what keeps a process alive, and without a window, when its parent ends."""
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        return {"creationflags": flags}
    return {"start_new_session": True}
