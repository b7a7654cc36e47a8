"""uvicorn in a background thread, on a socket that is bound already."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from xlmeso.errors import ConfigurationError

if TYPE_CHECKING:
    from fastapi import FastAPI

READY_SECONDS: Final = 30.0
"""How long the server may take until it answers."""

KEEP_ALIVE_SECONDS: Final = 75
"""An idle connection stays open longer than clients wait between two polls."""


class _Server(uvicorn.Server):
    """Tells when it is ready, instead of being asked again and again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, *args: Any, **options: Any) -> None:
        await super().startup(*args, **options)
        self.ready.set()

    async def shutdown(self, *args: Any, **options: Any) -> None:
        await super().shutdown(*args, **options)
        for connection in list(self.server_state.connections):
            # A caller who does not read: uvicorn would leave the connection open.
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)


def _is_worth_logging(record: logging.LogRecord) -> bool:
    """Leave out downloads that were cut short because the service stops."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, asyncio.CancelledError)


class WebThread:
    """Serves an application until it is stopped.

    Parameters
    ----------
    app
        The application.
    listener
        Bound socket; it stays the caller's.
    stop_seconds
        How long requests in progress have to end when it stops.
    """

    def __init__(self, app: FastAPI, listener: socket.socket, *, stop_seconds: float) -> None:
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=max(1, round(stop_seconds)),
        )
        self._server = _Server(config)
        self._listener = listener
        self._thread = threading.Thread(target=self._serve, name="xlmeso-web", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether the server runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start; returns when requests are answered.

        Raises
        ------
        ConfigurationError
            The server did not come up.
        """
        self._thread.start()
        self._server.ready.wait(READY_SECONDS)
        if not self._server.started:
            self.stop()
            raise ConfigurationError("the local service's web server did not start.")

    def stop(self) -> None:
        """Finish the requests in progress and end the thread."""
        self._server.should_exit = True
        self._thread.join()

    def _serve(self) -> None:
        log = logging.getLogger("uvicorn.error")
        log.addFilter(_is_worth_logging)
        try:
            self._server.run(sockets=[self._listener])
        finally:
            log.removeFilter(_is_worth_logging)
            self._server.ready.set()
