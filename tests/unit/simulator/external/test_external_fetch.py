"""The HTTPS GET against a server of our own on loopback, under the documented hosts' names."""

from __future__ import annotations

import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from xlmeso.simulator.external import fetch
from xlmeso.simulator.external.address import ExternalDataError, WebAddress
from xlmeso.simulator.external.fetch import MAX_BYTES, Fetcher

GIST, SHEETS = "gist.githubusercontent.com", "docs.google.com"
DELIVERY = "doc-0s-64-sheets.googleusercontent.com"
CSV = b"date,a\n2021-01-04,1\n"


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, authority: trustme.CA, *names: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.stopping = threading.Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that goes away in the middle is what some tests are about."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((headers["host"], self.path, headers))
        {
            "/csv": lambda: self.reply(CSV),
            "/moved": lambda: self.redirect(f"https://{DELIVERY}/csv?x=1"),
            "/elsewhere": lambda: self.redirect("https://evil.example/csv"),
            "/metadata": lambda: self.redirect("http://169.254.169.254/latest"),
            "/loop": lambda: self.redirect("/loop"),
            "/relative": lambda: self.redirect("csv"),
            "/large": lambda: self.reply(bytes(MAX_BYTES + 1)),
            "/full": lambda: self.reply(bytes(MAX_BYTES)),
            "/endless": self.endless,
            "/drip": self.drip,
            "/zipped": lambda: self.reply(CSV, encoding="gzip"),
        }.get(self.path.partition("?")[0], lambda: self.send_error(404))()

    def reply(self, content: bytes, encoding: str | None = None) -> None:
        self.send_response(200)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def redirect(self, location: str) -> None:
        self.send_response(307)
        self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        while not self.server.stopping.is_set():
            self.wfile.write(bytes(65536))

    def drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        while not self.server.stopping.wait(0.05):
            self.wfile.write(b"1")

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def serving(authority: trustme.CA) -> Iterator[Callable[..., Server]]:
    started: list[tuple[Server, threading.Thread]] = []

    def start(*names: str) -> Server:
        server = Server(authority, *names)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        started.append((server, thread))
        return server

    yield start
    for server, thread in started:
        server.stopping.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def server(serving: Callable[..., Server]) -> Server:
    return serving(GIST, SHEETS, DELIVERY)


@pytest.fixture
def fetcher(authority: trustme.CA, server: Server) -> Fetcher:
    return make(authority, server)


def make(authority: trustme.CA, server: Server, max_seconds: float = 10.0) -> Fetcher:
    def trust() -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context

    return Fetcher(lambda host: ["127.0.0.1"], trust, server.server_address[1], max_seconds)


def test_a_csv_comes_as_it_is(fetcher: Fetcher, server: Server) -> None:
    assert fetcher(WebAddress(GIST, "/csv?a=1")) == CSV
    host, path, headers = server.asked[0]
    assert (host, path, headers["accept-encoding"]) == (GIST, "/csv?a=1", "identity")
    assert not {"authorization", "cookie"} & set(headers)


def test_a_published_sheet_is_followed_to_its_delivery_host(
    fetcher: Fetcher, server: Server
) -> None:
    assert fetcher(WebAddress(SHEETS, "/moved")) == CSV
    assert [(host, path) for host, path, _ in server.asked] == [
        (SHEETS, "/moved"),
        (DELIVERY, "/csv?x=1"),
    ]
    assert fetcher(WebAddress(GIST, "/relative")) == CSV


@pytest.mark.parametrize(
    ("host", "path", "message", "requests"),
    [
        (SHEETS, "/elsewhere", "sends on to evil.example; that is not followed", 1),
        (SHEETS, "/metadata", "begins with http:", 1),
        (GIST, "/moved", "that is not followed", 1),
        (GIST, "/loop", "sends on and on", 4),
        (GIST, "/absent", "answers with status 404", 1),
        (GIST, "/large", "more than 2,097,152 bytes", 1),
        (GIST, "/endless", "more than 2,097,152 bytes", 1),
        (GIST, "/zipped", "compressed", 1),
    ],
)
def test_refusals(
    fetcher: Fetcher, server: Server, host: str, path: str, message: str, requests: int
) -> None:
    with pytest.raises(ExternalDataError, match=message):
        fetcher(WebAddress(host, path))
    assert len(server.asked) == requests


def test_exactly_two_megabytes_pass(fetcher: Fetcher) -> None:
    assert len(fetcher(WebAddress(GIST, "/full"))) == MAX_BYTES


def test_a_slow_server_is_given_up_in_time(authority: trustme.CA, server: Server) -> None:
    begun = time.monotonic()
    with pytest.raises(ExternalDataError, match=r"did not send it within 0\.5 s"):
        make(authority, server, 0.5)(WebAddress(GIST, "/drip"))
    assert time.monotonic() - begun < 5.0


def test_a_slow_look_up_is_given_up_in_time() -> None:
    released = threading.Event()

    def slow(host: str) -> list[str]:
        released.wait(10)
        return []

    with pytest.raises(ExternalDataError, match=r"within 0\.2 s"):
        Fetcher(slow, max_seconds=0.2)(WebAddress(GIST, "/csv"))
    released.set()


def test_a_certificate_of_somebody_else_is_not_trusted(
    authority: trustme.CA, serving: Callable[..., Server]
) -> None:
    other = serving("evil.example")
    with pytest.raises(ExternalDataError, match="no certificate that is trusted"):
        make(authority, other)(WebAddress(GIST, "/csv"))
    assert other.asked == []


def test_an_unknown_authority_is_not_trusted(server: Server) -> None:
    with pytest.raises(ExternalDataError, match="no certificate that is trusted"):
        make(trustme.CA(), server)(WebAddress(GIST, "/csv"))


def test_nobody_there(fetcher: Fetcher) -> None:
    away = Fetcher(fetcher.resolve, fetcher.trust, 1, 5.0)
    with pytest.raises(ExternalDataError, match=r"cannot be reached"):
        away(WebAddress(GIST, "/csv"))


@pytest.mark.parametrize(
    "number",
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1",
     "fe80::1", "fc00::1", "::ffff:127.0.0.1"],
)  # fmt: skip
def test_a_name_that_leads_into_the_own_network_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    monkeypatch.setattr(
        fetch.socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (number, 443))]
    )
    assert not ipaddress.ip_address(number).is_global
    with pytest.raises(ExternalDataError, match="has no public address"):
        Fetcher()(WebAddress(GIST, "/csv"))


def test_public_addresses_are_kept_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (number, 443)) for number in ("10.0.0.1", "185.199.108.133", "8.8.8.8")]
    monkeypatch.setattr(fetch.socket, "getaddrinfo", lambda *_, **__: found)
    assert fetch.resolve(GIST) == ["185.199.108.133", "8.8.8.8"]
