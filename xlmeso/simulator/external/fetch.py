"""The one place where the local service goes out into the network: a small HTTPS GET.

urllib3 does the work (a dependency already; `requests` belongs to the client).  It is asked to
connect to an address that was looked up and checked here, and to check the certificate for the
host's name, so that a name server cannot lead the service into the own network.  Proxies of the
environment are not used: they would look the name up again.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from xlmeso.simulator.external.address import ExternalDataError, WebAddress, redirected

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPSConnectionPool

MAX_BYTES: Final = 2 * 1024 * 1024
"""Largest CSV (reference section 4.8: at most 2 MB)."""

MAX_SECONDS: Final = 20.0
"""Longest time for all of it: look-up, connection, redirects, content."""

MAX_REDIRECTS: Final = 3

_STEP_SECONDS: Final = 10.0
_PIECE: Final = 64 * 1024
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_OK: Final = 200

Resolver = Callable[[str], list[str]]
"""Returns the numeric addresses of a host."""


def resolve(host: str) -> list[str]:
    """Look a host up and keep its public addresses only."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(str(item[4][0]) for item in found)
    return [address for address in addresses if ipaddress.ip_address(address).is_global]


@lru_cache(maxsize=1)
def system_trust() -> ssl.SSLContext:
    """Return TLS settings with the machine's certificate store."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True)
class Fetcher:
    """Fetches CSV texts.

    Parameters
    ----------
    resolve, trust, port
        Look-up of names, TLS settings and port; others than the usual ones in tests only.
    max_seconds
        See `MAX_SECONDS`.
    """

    resolve: Resolver = resolve
    trust: Callable[[], ssl.SSLContext] = system_trust
    port: int = 443
    max_seconds: float = MAX_SECONDS
    _busy: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(8), init=False, repr=False
    )

    def __call__(self, address: WebAddress) -> bytes:
        """Return the content behind an address.

        Raises
        ------
        ExternalDataError
            There is none, it is too large or too slow, or a redirect leads elsewhere.
        """
        answer: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        end = time.monotonic() + self.max_seconds
        if not self._busy.acquire(timeout=self.max_seconds):
            raise ExternalDataError("too much external data is being fetched; try again.")
        # A thread of its own, because a look-up of a name knows no time limit.
        worker = threading.Thread(target=self._work, args=(address, end, answer), daemon=True)
        worker.start()
        try:
            result = answer.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            raise self._too_slow(address) from None
        if isinstance(result, Exception):
            raise result
        return result

    def _work(
        self, address: WebAddress, end: float, answer: queue.SimpleQueue[bytes | Exception]
    ) -> None:
        try:
            answer.put(self._follow(address, end))
        except Exception as problem:
            answer.put(self._told(problem, address))
        finally:
            self._busy.release()

    def _told(self, problem: Exception, address: WebAddress) -> ExternalDataError:
        """Turn any failure into a sentence without addresses of the network."""
        import urllib3

        match problem:
            case ExternalDataError():
                return problem
            case urllib3.exceptions.SSLError() | ssl.SSLError():
                return ExternalDataError(f"{address.host} has no certificate that is trusted.")
            case urllib3.exceptions.NewConnectionError():
                pass  # a time-out by its class, but nobody was there at all
            case urllib3.exceptions.TimeoutError() | TimeoutError():
                return self._too_slow(address)
        return ExternalDataError(
            f"{address.host} cannot be reached ({type(problem).__name__}).",
            cure="Check the network; a file can be used with 'xlmeso serve --external-data'.",
        )

    def _too_slow(self, address: WebAddress) -> ExternalDataError:
        return ExternalDataError(f"{address.host} did not send it within {self.max_seconds:g} s.")

    def _follow(self, start: WebAddress, end: float) -> bytes:
        address = start
        for _ in range(MAX_REDIRECTS + 1):
            found = self._ask(address, end)
            if isinstance(found, bytes):
                return found
            address = redirected(start, address, found)
        raise ExternalDataError(f"{start.host} sends on and on; the CSV never came.")

    def _ask(self, address: WebAddress, end: float) -> bytes | str:
        """Send one request; return the content, or where a redirect leads."""
        addresses = self.resolve(address.host)
        if not addresses:
            raise ExternalDataError(f"{address.host} has no public address.")
        with self._pool(address, addresses[0], end) as pool:
            reply = pool.urlopen(
                "GET",
                address.target,
                headers={"Host": address.host, "Accept": "text/csv", "Accept-Encoding": "identity"},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                return self._content(reply, address, end)
            finally:
                reply.close()

    def _pool(self, address: WebAddress, number: str, end: float) -> HTTPSConnectionPool:
        import urllib3

        limit = min(_STEP_SECONDS, max(0.05, end - time.monotonic()))
        return urllib3.HTTPSConnectionPool(
            number,
            self.port,
            maxsize=1,
            timeout=urllib3.Timeout(connect=limit, read=limit),
            ssl_context=self.trust(),
            server_hostname=address.host,
            assert_hostname=address.host,
        )

    def _content(self, reply: BaseHTTPResponse, address: WebAddress, end: float) -> bytes | str:
        location = reply.headers.get("Location")
        if reply.status in _REDIRECTS and location:
            return location
        if reply.status != _OK:
            raise ExternalDataError(f"{address.host} answers with status {reply.status}.")
        if reply.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise ExternalDataError(f"{address.host} sends it compressed, which was not asked for.")
        content = bytearray()
        while piece := reply.read1(_PIECE):
            content += piece
            if len(content) > MAX_BYTES:
                raise too_large()
            if time.monotonic() > end:
                raise self._too_slow(address)
        return bytes(content)


def too_large() -> ExternalDataError:
    """Say that a CSV exceeds the limit."""
    return ExternalDataError(f"the CSV has more than {MAX_BYTES:,} bytes (2 MB).")
