"""A proxy on loopback that breaks what passes through it, as a script says."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Fault:
    """What happens to one exchange.

    ``kind``: pass, cut-before (nothing reaches the service), cut-in (half of the reply arrives),
    cut-after (the service answers, the caller hears nothing), reply (``status`` in its place),
    drip (the reply byte by byte), truncated (less than announced), corrupt (not what it should be).
    """

    kind: str = "pass"
    status: int = 503
    headers: tuple[tuple[str, str], ...] = ()


PASS = Fault()

Script = Callable[[str, str, int], Fault]
"""Given method, path and the number of requests of that method so far: what is to happen."""


@dataclass
class Proxy:
    """A running proxy; ``script`` may be changed at any time."""

    target: str
    script: Script = lambda method, path, number: PASS
    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    url: str = ""
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def choose(self, method: str, path: str) -> Fault:
        with self._lock:
            self.counts[method] += 1
            fault = self.script(method, path, self.counts[method])
            self.faults[fault.kind] += fault is not PASS
            return fault

    def cut_all(self) -> None:
        """Reset every connection, as a network does that comes back under another address."""
        for connection in list(self._open):
            reset(connection)


def reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[Proxy]

    def setup(self) -> None:
        super().setup()
        self.proxy._open.add(self.connection)

    def finish(self) -> None:
        self.proxy._open.discard(self.connection)
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().handle()

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.proxy.choose(self.command, self.path)
        if fault.kind == "cut-before":
            self.cut()
            return
        if fault.kind == "reply":
            self.answer(fault.status, list(fault.headers), b"")
            return
        status, headers, content = self.forwarded(body)
        self.pass_on(fault, status, headers, content)

    do_GET = do_PUT = do_POST = do_DELETE = do_any  # noqa: N815 -- as http.server wants them

    def forwarded(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        parts = urlsplit(self.proxy.target)
        upstream = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        try:
            headers = {k: v for k, v in self.headers.items() if k.lower() != "accept-encoding"}
            upstream.request(self.command, self.path, body or None, headers)
            reply = upstream.getresponse()
            content = reply.read()
        except (OSError, http.client.HTTPException):
            return 502, [], b""
        finally:
            upstream.close()
        kept = ("content-type", "retry-after")
        return reply.status, [h for h in reply.getheaders() if h[0].lower() in kept], content

    def pass_on(
        self, fault: Fault, status: int, headers: list[tuple[str, str]], content: bytes
    ) -> None:
        match fault.kind:
            case "cut-after":
                self.cut()
            case "cut-in" | "truncated":
                self.begin(status, headers, len(content))
                self.wfile.write(content[: len(content) // 2])
                self.wfile.flush()
                self.cut() if fault.kind == "cut-in" else self.leave()
            case "drip":
                self.begin(status, headers, len(content))
                for byte in content:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.2)
            case "corrupt":
                self.answer(status, headers, b'{"BacktestId": [[' + content[5:40])
            case _:
                self.answer(status, headers, content)

    def begin(self, status: int, headers: list[tuple[str, str]], length: int) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.begin(status, headers, len(content))
        self.wfile.write(content)

    def cut(self) -> None:
        self.close_connection = True
        reset(self.connection)

    def leave(self) -> None:
        """End the connection politely, too early."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(target: str, script: Script | None = None) -> Iterator[Proxy]:
    proxy = Proxy(target)
    if script is not None:
        proxy.script = script
    handler = type("BoundHandler", (Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        proxy.cut_all()
        thread.join()
