from __future__ import annotations

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests
import urllib3.exceptions

from xlmeso.api import Client, RetryPolicy
from xlmeso.api.faults import fault_of, leave_no_locals
from xlmeso.api.sessions import Sessions
from xlmeso.errors import ConfigurationError, NoCredentialsError, TransportError
from xlmeso.wire import outbound
from xlmeso.wire.faults import LastingTransportError, NotSentError
from xlmeso.wire.redaction import Secret, redact

KEY = "eyJh-leak-test-key.0123456789.abcdef"
ONCE = RetryPolicy(attempts=1)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


def sessions(origin: str, ca_file: str | None = None) -> Sessions:
    return Sessions(origin, Secret(KEY), ca_file, "test/1")


def test_proxies_are_looked_up_once_and_then_left_alone(monkeypatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    pool = sessions("https://portal.example.com")
    monkeypatch.setenv("HTTPS_PROXY", "http://another.example:3128")
    session = pool.current()
    assert session.proxies["https"] == "http://proxy.example:3128"
    assert session.trust_env is False
    pool.close()


def test_no_proxy_counts(monkeypatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "portal.example.com")
    pool = sessions("https://portal.example.com")
    assert "https" not in pool.current().proxies
    pool.close()


def test_this_machine_is_never_reached_through_a_proxy(monkeypatch, service, reply) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    service.replies(reply(200, b'{"State":"Created"}'))
    with Client(service.url, KEY, retry=ONCE) as client:
        client.backtests.status("b1")
    assert len(service.received) == 1


def test_the_password_of_a_proxy_is_a_secret(monkeypatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://joe:proxy-pass%21word@proxy.example:3128")
    sessions("https://portal.example.com").close()
    assert redact("proxy-pass%21word proxy-pass!word") == "*** ***"


def test_a_netrc_file_does_not_replace_the_key(private_home, service, reply) -> None:
    (private_home / ".netrc").write_text("machine 127.0.0.1 login a password b\n", "utf-8")
    service.replies(reply(200, b'{"State":"Created"}'))
    with Client(service.url, KEY, retry=ONCE) as client:
        client.backtests.status("b1")
    assert service.received[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_bad_certificate_file_is_a_setting(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="certificates cannot be read") as caught:
        Client("https://portal.example.com", KEY, ca_file=file)
    assert caught.value.where == str(file)


class Quiet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "19")
        self.end_headers()
        self.wfile.write(b'{"State":"Created"}')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 signed by itself, with its key in the same file."""
    pytest.importorskip("cryptography")
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + built.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def tls_url(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = HTTPServer(("127.0.0.1", 0), Quiet)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign,assignment]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_that_nobody_signed_is_not_trusted(tls_url, waits) -> None:
    with (
        Client(tls_url, KEY, sleep=waits.append) as client,
        pytest.raises(LastingTransportError, match=r"not trusted .*self.signed"),
    ):
        client.backtests.status("b1")
    assert waits == []


def test_the_given_certificates_are_trusted(tls_url, certificate) -> None:
    with Client(tls_url, KEY, ca_file=certificate, retry=ONCE) as client:
        assert client.backtests.status("b1").state == "Created"


def test_a_host_that_the_certificate_does_not_name_is_refused(tls_url, certificate) -> None:
    url = tls_url.replace("127.0.0.1", "localhost")
    with (
        Client(url, KEY, ca_file=certificate, retry=ONCE) as client,
        pytest.raises(LastingTransportError, match="not trusted"),
    ):
        client.backtests.status("b1")


def test_certificates_of_the_environment_count_for_remote_services(
    monkeypatch, certificate
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    pool = sessions("https://portal.example.com")
    trusted = pool.current().get_adapter("https://portal.example.com")._context.get_ca_certs()
    assert [dict(part[0] for part in entry["subject"]) for entry in trusted] == [
        {"commonName": "test"}
    ]
    pool.close()


def test_a_folder_of_certificates_is_accepted(tmp_path: Path) -> None:
    sessions("https://portal.example.com", str(tmp_path)).close()


def test_a_proxy_is_spoken_through_with_the_same_trust(certificate) -> None:
    pool = sessions("https://portal.example.com", str(certificate))
    adapter = pool.current().get_adapter("https://portal.example.com")
    manager = adapter.proxy_manager_for("http://proxy.example:3128")
    assert manager.connection_pool_kw["ssl_context"] is adapter._context
    pool.close()


def test_a_child_process_does_not_share_the_connections_of_its_parent(monkeypatch) -> None:
    pool = sessions("http://127.0.0.1:9")
    parents = pool.current()
    monkeypatch.setattr("xlmeso.api.sessions.os.getpid", lambda: -1)
    assert pool.current() is not parents
    assert len(pool._sessions) == 1
    parents.close()
    pool.close()


def test_the_key_goes_to_no_http_address_of_another_machine() -> None:
    with pytest.raises(ConfigurationError, match="https"):
        Client("http://portal.example.com", KEY)


@pytest.mark.parametrize("key", ["", "  "])
def test_an_empty_key_is_no_key(key: str) -> None:
    with pytest.raises(NoCredentialsError):
        Client("https://portal.example.com", key)


def test_white_space_around_a_pasted_key_is_dropped(service, reply) -> None:
    service.replies(reply(200, b'{"State":"Created"}'))
    with Client(service.url, f" {KEY}\n", retry=ONCE) as client:
        client.backtests.status("b1")
    assert service.received[0].headers["Authorization"] == f"Bearer {KEY}"


def test_an_unknown_contract_names_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="newer or seed"):
        Client("https://portal.example.com", KEY, contract="older")


REQUEST = outbound.status("b1")
REFUSED = OSError(111, "Connection refused")


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (requests.exceptions.ProxyError("no"), LastingTransportError, "the proxy"),
        (requests.ConnectTimeout("slow"), NotSentError, "no connection to"),
        (requests.ReadTimeout("slow"), TransportError, "did not answer in time"),
        (requests.exceptions.InvalidURL("bad"), TransportError, "not an address"),
        (requests.ConnectionError(REFUSED), TransportError, r"broke \(Connection refused\)"),
        (requests.exceptions.SSLError(ssl.SSLError(1, "eof")), TransportError, "broke"),
        (ValueError("odd"), TransportError, "broke"),
        (
            requests.ConnectionError(
                urllib3.exceptions.NameResolutionError("h", None, OSError(-2, "Name unknown"))  # type: ignore[arg-type]
            ),
            NotSentError,
            "host of https://h is unknown",
        ),
    ],
)
def test_faults_of_the_library_in_our_words(
    error: Exception, kind: type[TransportError], sentence: str
) -> None:
    fault = fault_of(error, REQUEST, "https://h")
    assert type(fault) is kind
    with pytest.raises(kind, match=sentence):
        raise fault


def test_leave_no_locals_survives_a_chain_that_bites_its_tail() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first
    leave_no_locals(first)
    assert first.__context__ is second
