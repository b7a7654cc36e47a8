"""A scriptable service on the loopback interface, for what a mock of requests cannot show."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from xlmeso.api import Client, RetryPolicy, Timeouts

KEY = "eyJh-leak-test-key.0123456789.abcdef"
"""The key that all tests here use; none may find it anywhere."""


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    port: int


@dataclass
class Service:
    """What the tests see of the loopback server."""

    url: str
    answer: Callable[[Any], None]
    received: list[Received] = field(default_factory=list)

    def replies(self, *replies: Callable[[Any], None]) -> None:
        """Answer with these in turn; the last one goes on for ever."""
        left = list(replies)
        lock = threading.Lock()

        def answer(handler: Any) -> None:
            with lock:
                reply = left.pop(0) if len(left) > 1 else left[0]
            reply(handler)

        self.answer = answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one(self) -> None:
        service: Service = self.server.service  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        service.received.append(
            Received(self.command, self.path, dict(self.headers), body, self.client_address[1])
        )
        try:
            service.answer(self)
        except (ConnectionError, ValueError):
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


for _method in ("GET", "PUT", "POST", "DELETE"):
    setattr(Handler, f"do_{_method}", Handler.handle_one)


def _reply(status: int = 200, body: bytes = b"{}", **headers: str) -> Callable[[Any], None]:
    """Make an answer; header names are written with _ for -."""

    def answer(handler: Any) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            if value:
                handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def reply() -> Callable[..., Callable[[Any], None]]:
    return _reply


@pytest.fixture
def service() -> Iterator[Service]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.service = Service(f"http://127.0.0.1:{server.server_port}", _reply())  # type: ignore[attr-defined]
    # Closed connections are part of the tests; the server need not print them.
    server.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.service  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def waits() -> list[float]:
    """Every wait of the client in seconds; nothing is really waited for."""
    return []


@pytest.fixture
def make_client(waits: list[float]) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def make(url: str, key: str = KEY, **options: Any) -> Client:
        options.setdefault("sleep", waits.append)
        options.setdefault("timeouts", Timeouts(connect=2, read=2, total=5, download=5))
        client = Client(url, key, **options)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(service: Service, make_client: Callable[..., Client]) -> Client:
    return make_client(service.url)


@pytest.fixture
def single(service: Service, make_client: Callable[..., Client]) -> Client:
    """A client that never retries."""
    return make_client(service.url, retry=RetryPolicy(attempts=1))
