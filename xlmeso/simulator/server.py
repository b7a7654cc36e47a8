"""The local service as an object: starts in a thread, answers on loopback, stops cleanly."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Final, Self

from xlmeso.errors import ConfigurationError
from xlmeso.simulator.artifacts import Artifacts
from xlmeso.simulator.auth import DEFAULT_USER, KeyIssuer
from xlmeso.simulator.discovery import (
    remove_pointer,
    running_service,
    this_process,
    write_pointer,
)
from xlmeso.simulator.external.source import ExternalSource
from xlmeso.simulator.folder_lock import folder_lock
from xlmeso.simulator.lanes import Lane, default_workers, process_lanes
from xlmeso.simulator.limits import ServiceLimits
from xlmeso.simulator.listening import bind, check_host, origin_of
from xlmeso.simulator.store import BacktestStore
from xlmeso.simulator.workers import Supervisor

if TYPE_CHECKING:
    from xlmeso.model.problems import Problem
    from xlmeso.model.strategy import StrategyDefinition
    from xlmeso.simulator.market.source import HistorySource
    from xlmeso.simulator.routes_common import ServiceContext, ServiceContract
    from xlmeso.simulator.submissions import Checker
    from xlmeso.simulator.web_thread import WebThread
    from xlmeso.simulator.worker_process import RunFunction

STOP_SECONDS: Final = 3.0
"""How long runs and requests have to end by themselves when the service stops."""

_log = logging.getLogger(__name__)

_LOOK_UP_SECONDS = 0.25


class LocalService:
    """The local service on its own data folder; use it in a ``with`` statement.

    Parameters
    ----------
    data
        Folder for the store, the artifacts and the signing secret; made when it is missing.  One
        service at a time uses it.
    port
        0 for a free port.
    host
        A loopback address, anything else only with ``allow_remote``.
    workers
        Worker processes, None for the number of cores.
    history, seed
        What the simulated markets are made from.
    limits, contract, paused
        See `ServiceLimits` and `ServiceContext`.
    allow_remote
        Answer callers from other machines; the traffic is not encrypted.
    external
        Reads the external data of definitions; None for one that reads the documented hosts only.
    run, validate, unsupported
        Simulation and checks in place of the package's own.
    lanes
        Makes the executors in place of one process per worker, for a cluster for example.
    stop_seconds
        See `STOP_SECONDS`.

    Raises
    ------
    ConfigurationError
        On start: the folder is in use or unusable, the port is taken, the host is not allowed.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        workers: int | None = None,
        history: HistorySource | None = None,
        seed: int = 0,
        limits: ServiceLimits | None = None,
        contract: ServiceContract = "newer",
        paused: bool = False,
        allow_remote: bool = False,
        external: ExternalSource | None = None,
        run: RunFunction | None = None,
        validate: Checker | None = None,
        unsupported: Checker | None = None,
        lanes: Callable[[], Sequence[Lane]] | None = None,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self.data = data.absolute()
        self._address = (host, port)
        self._allow_remote = allow_remote
        self._lanes = lanes or (lambda: process_lanes(workers or default_workers()))
        self._run, self._history, self._seed = run, history, seed
        self._validate, self._unsupported = validate, unsupported
        self._external = external or ExternalSource()
        self._limits, self._contract, self._paused = limits or ServiceLimits(), contract, paused
        self._stop_seconds = stop_seconds
        self._exits = contextlib.ExitStack()
        self._context: ServiceContext | None = None
        self._web: WebThread | None = None
        self._url = ""
        self._api_key = ""

    def __repr__(self) -> str:
        return f"LocalService({str(self.data)!r}, url={self._url!r})"

    @property
    def url(self) -> str:
        """Origin of the running service, without a path."""
        self._running()
        return self._url

    @property
    def api_key(self) -> str:
        """A key of the default user."""
        if not self._api_key:
            self._api_key = self.issue_key(DEFAULT_USER)
        return self._api_key

    @property
    def paused(self) -> bool:
        """Whether new submissions are refused with 503; may be changed while it runs."""
        return self._running().paused

    @paused.setter
    def paused(self, value: bool) -> None:
        self._running().paused = value

    @property
    def is_answering(self) -> bool:
        """Whether requests are answered."""
        return self._web is not None and self._web.is_alive

    def issue_key(self, user: str) -> str:
        """Make a key for a user; runs belong to users."""
        return self._running().keys.issue(user)

    def start(self) -> Self:
        """Start; returns when the service is ready to answer."""
        if self._context is not None:
            raise ConfigurationError("the local service is started already.")
        host, port = self._address
        check_host(host, allow_remote=self._allow_remote)
        with contextlib.ExitStack() as exits:
            # The port is bound first: it is known, nobody else can take it, and callers who come
            # early wait in the socket's queue.
            listener = exits.enter_context(contextlib.closing(bind(host, port)))
            exits.enter_context(folder_lock(self.data))
            self._context = self._make_context(exits)
            exits.callback(self._forget)
            self._context.supervisor.start()
            exits.callback(self._context.supervisor.stop, self._stop_seconds)
            self._web = self._start_web(self._context, listener)
            exits.callback(self._web.stop)
            self._url = origin_of(listener)
            self._exits = exits.pop_all()
        return self

    def stop(self) -> None:
        """Stop: no new requests, runs go back to the queue, worker processes end."""
        if self._context is not None:
            self._context.stopping = True
        self._exits.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> ServiceContext:
        if self._context is None:
            raise ConfigurationError("the local service is not running.")
        return self._context

    def _forget(self) -> None:
        self._context, self._web = None, None

    def _make_context(self, exits: contextlib.ExitStack) -> ServiceContext:
        from xlmeso.simulator.routes_common import ServiceContext

        store = BacktestStore(self.data)
        exits.callback(store.close)
        artifacts = Artifacts(self.data / "artifacts")
        return ServiceContext(
            store=store,
            artifacts=artifacts,
            keys=KeyIssuer(self.data),
            supervisor=Supervisor(
                store,
                artifacts,
                self._lanes(),
                run=self._run,
                history=self._history,
                seed=self._seed,
            ),
            validate=self._validate or _validate,
            unsupported=self._unsupported or partial(_unsupported, history=self._history),
            external=self._external,
            limits=self._limits,
            contract=self._contract,
            paused=self._paused,
        )

    def _start_web(self, context: ServiceContext, listener: socket.socket) -> WebThread:
        from xlmeso.simulator.service import create_app
        from xlmeso.simulator.web_thread import WebThread

        web = WebThread(create_app(context), listener, stop_seconds=self._stop_seconds)
        web.start()
        return web


def serve(
    data: Path,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    workers: int | None = None,
    history: HistorySource | None = None,
    seed: int = 0,
    limits: ServiceLimits | None = None,
    allow_remote: bool = False,
    external: ExternalSource | None = None,
    lanes: Callable[[], Sequence[Lane]] | None = None,
    pointer: Path | None = None,
    on_ready: Callable[[LocalService], None] | None = None,
) -> None:
    """Run the local service until Ctrl-C or a request to terminate, then stop it cleanly.

    Parameters
    ----------
    pointer
        Folder for the pointer file by which `running_service` finds this one, None for none.
    on_ready
        Called once, when the service is ready to answer.

    Others: see `LocalService`.
    """
    service = LocalService(
        data,
        port=port,
        host=host,
        workers=workers,
        history=history,
        seed=seed,
        limits=limits,
        allow_remote=allow_remote,
        external=external,
        lanes=lanes,
    )
    serve_until_stopped(service, pointer=pointer, on_ready=on_ready)


def serve_until_stopped(
    service: LocalService,
    *,
    pointer: Path | None = None,
    on_ready: Callable[[LocalService], None] | None = None,
) -> None:
    """Run a service that is not started yet; see `serve`."""
    with _stop_signals() as asked_to_stop, service:
        with _pointer_file(pointer, service), _pointer_file(service.data, service):
            if on_ready is not None:
                on_ready(service)
            # In pieces: on Windows a wait without an end cannot be interrupted by Ctrl-C.
            while service.is_answering and not asked_to_stop.wait(_LOOK_UP_SECONDS):
                pass
        if not asked_to_stop.is_set():
            raise ConfigurationError("the local service has stopped answering.")


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """Turn Ctrl-C and requests to terminate into an event; only the main thread gets signals."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()

    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _pointer_file(folder: Path | None, service: LocalService) -> Iterator[None]:
    """Keep a pointer to the service in a folder, unless it names another one that is alive."""
    here = this_process(service.url, service.data)
    other = None if folder is None else running_service(folder)
    if other is not None and other != here:
        _log.warning(
            "Commands that look for the local service by themselves go on using the one at %s; "
            "set XLMESO_URL and XLMESO_API_KEY to use this one.",
            other.url,
        )
    if folder is None or other is not None:
        yield
        return
    write_pointer(folder, here)
    try:
        yield
    finally:
        remove_pointer(folder, here)


def _validate(definition: StrategyDefinition) -> list[Problem]:
    # Assumption: the service ignores fields that it does not know, as lenient readers do.
    from xlmeso.model.validation import validate

    return validate(definition, allow_unknown=True)


def _unsupported(definition: StrategyDefinition, *, history: HistorySource | None) -> list[Problem]:
    from xlmeso.simulator.refusals import unsupported

    return unsupported(definition, history)
