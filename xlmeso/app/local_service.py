"""The local service of this machine: find it, start it for a while, or serve until stopped."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlmeso.errors import ConfigurationError, SimulationError

if TYPE_CHECKING:
    from xlmeso.simulator.lanes import Lane
    from xlmeso.simulator.market.source import HistorySource
    from xlmeso.simulator.server import LocalService

FOLDER: Final = "local-service"
"""Folder below the user's data folder that keeps runs and results."""

PROCESS: Final = "process"
"""Executor that needs no cluster."""

PATIENCE_SECONDS: Final = 20.0
"""How long a command waits for another one that runs the local service for itself."""

EMBEDDED_STOP_SECONDS: Final = 0.2
"""Grace of an embedded service at its end: what it interrupts begins anew the next time anyhow."""

_LOOK_AGAIN_SECONDS: Final = 0.25


@dataclass(frozen=True, slots=True)
class LocalAccess:
    """How to reach the local service.

    Attributes
    ----------
    url, api_key
        Address and key of the default user.
    embedded
        Whether it was started here and ends with ``stop``.
    stop
        Ends an embedded service; does nothing for one that somebody else runs.
    """

    url: str
    api_key: str
    embedded: bool
    stop: Callable[[], None]

    def __repr__(self) -> str:
        return f"LocalAccess({self.url!r}, embedded={self.embedded})"


def default_data(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that keeps the local service's runs when none is named."""
    from xlmeso.settings import data_dir

    return data_dir(env) / FOLDER


def reach_local_service(
    env: Mapping[str, str] = os.environ,
    *,
    patience: float = PATIENCE_SECONDS,
    sleep: Callable[[float], None] = time.sleep,
) -> LocalAccess:
    """Use the service that ``xlmeso serve`` runs, or start one on a free port.

    The data folder has one service at a time.  If another command runs it for itself just now,
    this one waits for it.

    Parameters
    ----------
    patience
        Longest wait for that, in seconds.

    Raises
    ------
    ConfigurationError
        The data folder stays in use, or cannot be used.
    """
    from xlmeso.simulator.server import LocalService

    waited = 0.0
    while True:
        if running := running_local_service(env):
            return running
        service = LocalService(default_data(env), stop_seconds=EMBEDDED_STOP_SECONDS)
        try:
            service.start()
        except ConfigurationError as error:
            if not _is_held(service.data):
                raise
            if waited >= patience:
                raise _in_use(error) from None
            sleep(_LOOK_AGAIN_SECONDS)
            waited += _LOOK_AGAIN_SECONDS
        else:
            return LocalAccess(service.url, service.api_key, True, service.stop)


def serve_until_stopped(
    data: Path | None,
    *,
    port: int | None,
    default_port: int,
    history: HistorySource,
    seed: int,
    workers: int | None,
    external_data: Path | None = None,
    executor: str = PROCESS,
    on_ready: Callable[[LocalService], None],
    env: Mapping[str, str] = os.environ,
) -> None:
    """Run the local service until Ctrl-C; commands of the same person find it meanwhile.

    Parameters
    ----------
    data
        Folder of runs and results, None for the usual one.
    port
        None for ``default_port`` if it is free and any free port otherwise.
    external_data
        Folder whose CSV files definitions may name as external data, None for no files.
    executor
        ``process`` for worker processes of this machine, or the address of a Dask scheduler.

    Others: see `xlmeso.simulator.server.serve`.

    Raises
    ------
    ConfigurationError
        A folder of the person's own series cannot be read, or the service cannot start.
    """
    from xlmeso.settings import data_dir
    from xlmeso.simulator.external.source import ExternalSource
    from xlmeso.simulator.server import serve

    if history.folder is not None:
        _check_history(history)
    folder = data or default_data(env)
    serve(
        folder,
        port=port if port is not None else _free_or_any(default_port),
        workers=workers,
        history=history,
        seed=seed,
        external=ExternalSource(external_data),
        lanes=_lanes(executor, folder, workers),
        pointer=data_dir(env),
        on_ready=on_ready,
    )


def _lanes(executor: str, data: Path, workers: int | None) -> Callable[[], Sequence[Lane]] | None:
    """Return what makes the lanes of a cluster; None for processes."""
    if executor == PROCESS:
        return None
    from xlmeso.simulator.cluster import cluster_lanes, scheduler_address

    scheduler_address(executor)
    return lambda: cluster_lanes(executor, data, most=workers)


def running_local_service(env: Mapping[str, str] = os.environ) -> LocalAccess | None:
    """Return the service that ``xlmeso serve`` runs, None when there is none; starts nothing."""
    from xlmeso.settings import data_dir
    from xlmeso.simulator.auth import local_api_key
    from xlmeso.simulator.discovery import running_service

    found = running_service(data_dir(env)) or running_service(default_data(env))
    if found is None:
        return None
    return LocalAccess(found.url, local_api_key(found.data), False, lambda: None)


def _check_history(history: HistorySource) -> None:
    """Refuse a person's own series before the service says that it is ready."""
    from xlmeso.simulator.chains.opening import check_chains
    from xlmeso.simulator.market import check_history

    try:
        if history.kind == "chains" and history.folder is not None:
            check_chains(history.folder)
        else:
            check_history(history)
    except SimulationError as error:
        raise ConfigurationError(error.message, where=error.where, cure=error.cure) from None


def _is_held(data: Path) -> bool:
    """Whether another service holds the data folder right now."""
    from xlmeso.simulator.folder_lock import LOCK_FILE, folder_lock

    if not (data / LOCK_FILE).exists():
        return False
    try:
        with folder_lock(data):
            return False
    except ConfigurationError:
        return True


def _in_use(error: ConfigurationError) -> ConfigurationError:
    return ConfigurationError(
        "another xlmeso command runs the local service for itself.",
        where=error.where,
        cure="Wait for it to end, or start 'xlmeso serve', which all commands can share.",
    )


def _free_or_any(port: int) -> int:
    from xlmeso.simulator.listening import bind

    with contextlib.suppress(ConfigurationError), contextlib.closing(bind("127.0.0.1", port)):
        return port
    return 0
