"""Runs on a Dask cluster: ``--executor dask://HOST:PORT`` (extra ``[cluster]``).

Dask's scheduler gives each run to a worker and gives it to another one when that worker is lost.
The lock in the run's folder keeps two workers from one run at a time, so the workers must see the
service's data folder under the same path; they need the same version of xlmeso.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from xlmeso._version import __version__
from xlmeso.errors import ConfigurationError
from xlmeso.model.backtest import BacktestState
from xlmeso.simulator.lanes import Lane
from xlmeso.simulator.worker_process import RunOrder, RunReport, work

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as ClusterFuture

SCHEME: Final = "dask://"
CONNECT_SECONDS: Final = 10.0
"""How long the scheduler and a first worker are waited for."""

_LOOK_AGAIN_SECONDS: Final = 0.2
_one_at_a_time = threading.Lock()


def scheduler_address(text: str) -> str:
    """Turn ``dask://host:port`` into the scheduler's address; ``tls://`` and ``tcp://`` stay.

    Raises
    ------
    ConfigurationError
        It is no such address.
    """
    for scheme, meant in ((SCHEME, "tcp://"), ("tls://", "tls://"), ("tcp://", "tcp://")):
        host, colon, port = text.removeprefix(scheme).rpartition(":")
        if text.startswith(scheme) and host and colon and port.isdigit():
            return f"{meant}{host}:{port}"
    raise ConfigurationError(
        f"{text!r} is no executor.", cure="Give process, or dask://HOST:PORT of a Dask scheduler."
    )


def cluster_lanes(text: str, data: Path, *, most: int | None = None) -> list[Lane]:
    """Return one lane with room for as many runs as the cluster has workers.

    Parameters
    ----------
    text
        Address as `scheduler_address` takes it.
    data
        The service's data folder.
    most
        Most runs at once, None for the number of workers at the start of the service.

    Raises
    ------
    ConfigurationError
        The cluster does not answer, has no worker, another version of xlmeso, or does not see the
        data folder.
    """
    address = scheduler_address(text)
    with contextlib.closing(_connect(address)) as client:
        workers = _checked(client, data, address)
    return [Lane(lambda: ClusterExecutor(address), min(workers, most or workers))]


class ClusterExecutor(Executor):
    """Sends runs to a Dask scheduler, in the style of concurrent.futures.

    Dask's own executor is not used: it cannot cancel on shutdown as ours must.
    """

    def __init__(self, address: str) -> None:
        self._client = _connect(address)
        self._waiting: dict[Future[Any], ClusterFuture] = {}
        self._lock = threading.Lock()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Send a run; its report comes through the future."""
        task = work_alone if fn is work else fn
        sent = self._client.submit(task, *args, **kwargs, pure=False)
        result: Future[Any] = Future()
        result.set_running_or_notify_cancel()
        with self._lock:
            self._waiting[result] = sent
        sent.add_done_callback(lambda done: self._pass_on(done, result))
        return result

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; what was sent and not done comes back as cancelled."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if cancel_futures and waiting:
            with contextlib.suppress(Exception):  # a scheduler that is gone has nothing to cancel
                self._client.cancel(list(waiting.values()))
        for result in waiting:
            if not result.done():
                result.set_exception(CancelledError())
        self._client.close(timeout=CONNECT_SECONDS if wait else 0)

    def _pass_on(self, done: ClusterFuture, result: Future[Any]) -> None:
        with self._lock:
            if self._waiting.pop(result, None) is None:
                return
        if done.status == "finished":
            result.set_result(done.result())
        elif done.status == "error":
            _pass_error_on(done.exception(), result)
        else:  # cancelled or lost: the scheduler is gone
            result.set_exception(CancelledError())


def _pass_error_on(problem: BaseException | None, result: Future[Any]) -> None:
    from distributed import KilledWorker

    if isinstance(problem, KilledWorker):
        reason = "The run was lost with every worker of the cluster that took it."
        result.set_result(RunReport(BacktestState.FAILED, reason))
    else:
        result.set_exception(problem or CancelledError())


def work_alone(order: RunOrder) -> RunReport:
    """Run one attempt on a worker of the cluster; one at a time in each of its processes."""
    while not order.cancel_file.exists():
        if _one_at_a_time.acquire(timeout=_LOOK_AGAIN_SECONDS):
            try:
                return work(order)
            finally:
                _one_at_a_time.release()
    return RunReport(BacktestState.CANCELLED)


def worker_version() -> str:
    """Return the version of xlmeso on a worker."""
    return __version__


def sees_folder(folder: str) -> bool:
    """Whether a worker sees a folder."""
    return Path(folder).is_dir()


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise ConfigurationError(
            "a Dask cluster needs a library that is not installed.",
            cure="pip install 'xlmeso[cluster]'.",
        ) from None
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="xlmeso")
    except (OSError, TimeoutError, ValueError) as problem:
        raise ConfigurationError(
            f"the Dask scheduler does not answer ({type(problem).__name__}).",
            where=address,
            cure="Start it with 'dask scheduler', and workers with 'dask worker'.",
        ) from None


def _checked(client: Client, data: Path, address: str) -> int:
    """Return the number of workers, each of them fit for the service's runs."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        raise ConfigurationError(
            "the Dask cluster has no worker.",
            where=address,
            cure="Start some with 'dask worker --nthreads 1'.",
        ) from None
    try:
        versions = set(client.run(worker_version).values())
        seen = client.run(sees_folder, str(data.absolute()))
    except Exception as problem:  # whatever a worker without xlmeso answers
        raise ConfigurationError(
            f"a worker of the Dask cluster cannot load xlmeso ({type(problem).__name__}).",
            where=address,
            cure=f"Install xlmeso {__version__} where the workers run.",
        ) from None
    if versions != {__version__}:
        raise ConfigurationError(
            f"workers of the Dask cluster have xlmeso {', '.join(sorted(versions))}.",
            where=address,
            cure=f"Install {__version__} there.",
        )
    if not all(seen.values()):
        raise ConfigurationError(
            "a worker of the Dask cluster does not see the data folder.",
            where=str(data),
            cure="Choose a folder on a file system that all of them share, with --data.",
        )
    return len(seen)
