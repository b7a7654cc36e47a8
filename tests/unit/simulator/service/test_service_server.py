"""Starting, stopping, one service per folder, loopback, and how others find it."""

from __future__ import annotations

import gzip
import http.client
import json
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from service_helpers import Caller, body, make_service, wait_for
from service_process import is_gone, started

from xlmeso._version import __version__
from xlmeso.errors import ConfigurationError
from xlmeso.simulator import discovery
from xlmeso.simulator.auth import local_api_key
from xlmeso.simulator.discovery import RunningService, running_service
from xlmeso.simulator.listening import bind, check_host, origin_of
from xlmeso.simulator.server import LocalService, serve, serve_until_stopped


def test_health_needs_no_key(tmp_path: Path) -> None:
    with make_service(tmp_path) as service:
        reply = Caller(service.url, None)("GET", "/health", base="")
    assert reply.json == {"service": "xlmeso", "version": __version__}
    assert "server" not in reply.headers


def test_a_service_can_be_started_again(tmp_path: Path) -> None:
    service = make_service(tmp_path)
    for _ in range(2):
        with service:
            call = Caller(service.url, service.api_key)
            assert call("GET", "/backtests", page=0).status == 200
    with pytest.raises(ConfigurationError, match="not running"):
        _ = service.url


def test_keys_from_the_folder_are_good(tmp_path: Path) -> None:
    with make_service(tmp_path) as service:
        assert (
            Caller(service.url, local_api_key(tmp_path))("GET", "/backtests", page=0).status == 200
        )


def test_a_started_service_is_not_started_twice(tmp_path: Path) -> None:
    with make_service(tmp_path) as service, pytest.raises(ConfigurationError, match="already"):
        service.start()


def test_stopping_twice_is_harmless(tmp_path: Path) -> None:
    service = make_service(tmp_path).start()
    service.stop()
    service.stop()
    assert not service.is_answering


def test_a_slow_download_does_not_hold_up_the_stop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with make_service(tmp_path, stop_seconds=1.0) as service:
        call = Caller(service.url, service.api_key)
        backtest_id = call.submit(body())
        assert call.until(backtest_id) == "Finished"
        (path,) = tmp_path.glob("artifacts/*/result/events.json.gz")
        path.write_bytes(gzip.compress(b"[" + b" " * 50_000_000 + b"]"))
        parts = urlsplit(service.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
        connection.request(
            "GET",
            f"/api/v1/backtest/{backtest_id}/events",
            headers={"Authorization": f"Bearer {service.api_key}"},
        )
        reply = connection.getresponse()
        assert (reply.status, reply.read(1)) == (200, b"[")
        before = time.monotonic()
        service.stop()
        assert time.monotonic() - before < 5
        reply.close()
        connection.close()
    assert "Traceback" not in caplog.text


def test_two_services_never_share_a_folder(tmp_path: Path) -> None:
    with make_service(tmp_path) as service:
        with pytest.raises(ConfigurationError, match="another service uses") as caught:
            make_service(tmp_path).start()
        assert caught.value.where == str(tmp_path)
        assert Caller(service.url, None)("GET", "/health", base="").status == 200
    with make_service(tmp_path):
        pass


def test_a_taken_port_is_a_clear_error_and_leaves_the_folder_free(tmp_path: Path) -> None:
    with make_service(tmp_path / "a") as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(ConfigurationError, match=f"port {port}"):
            make_service(tmp_path / "b", port=port).start()
    with make_service(tmp_path / "b", port=port) as second:
        assert second.url == f"http://127.0.0.1:{port}"


def test_a_folder_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(ConfigurationError, match="cannot be used"):
        make_service(tmp_path / "data").start()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_other_machines_are_kept_out(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigurationError, match="loopback"):
        make_service(tmp_path, host=host).start()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_is_allowed(host: str) -> None:
    check_host(host, allow_remote=False)


def test_remote_callers_can_be_allowed() -> None:
    check_host("0.0.0.0", allow_remote=True)


@pytest.mark.parametrize(
    ("host", "start"), [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:")]
)
def test_the_origin_is_one_that_can_be_called(host: str, start: str) -> None:
    with bind(host, 0) as listener:
        assert origin_of(listener) == f"{start}{listener.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 in this Python")
def test_an_ipv6_origin_has_brackets() -> None:
    try:
        listener = bind("::1", 0)
    except ConfigurationError:
        pytest.skip("no IPv6 on this machine")
    with listener:
        assert origin_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_an_impossible_port_is_a_clear_error() -> None:
    with pytest.raises(ConfigurationError, match="port 70000"):
        bind("127.0.0.1", 70000)


def test_the_key_is_in_no_repr(tmp_path: Path) -> None:
    with make_service(tmp_path) as service:
        assert service.api_key not in repr(service)


def test_the_pointer_names_a_service_that_answers(tmp_path: Path) -> None:
    pointer, found = tmp_path / "pointer", []

    def look(service: LocalService) -> None:
        found.append(running_service(pointer))
        service.stop()

    service = make_service(tmp_path / "data")
    with pytest.raises(ConfigurationError, match="stopped answering"):
        serve_until_stopped(service, pointer=pointer, on_ready=look)
    assert isinstance(found[0], RunningService)
    assert found[0].data == (tmp_path / "data").resolve()
    assert running_service(pointer) is None
    assert list(pointer.iterdir()) == []


def test_serve_gives_its_options_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    monkeypatch.setattr(
        "xlmeso.simulator.server.serve_until_stopped",
        lambda service, **options: kept.append((service, options)),
    )
    serve(tmp_path, port=1, seed=7, pointer=tmp_path, on_ready=kept.append)
    assert kept[0][0].data == tmp_path
    assert kept[0][1] == {"pointer": tmp_path, "on_ready": kept.append}


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[]",
        "{}",
        '{"url": "http://127.0.0.1:1", "pid": 1, "data": "/x"}',
        '{"url": "http://example.org:80", "pid": 1, "data": "/x"}',
        '{"url": "https://127.0.0.1:1", "pid": 1, "data": "/x"}',
        '{"url": "http://127.0.0.1:notaport", "pid": 1, "data": "/x"}',
        '{"url": "http://127.0.0.1:1", "pid": "x", "data": "/x"}',
    ],
)
def test_a_useless_pointer_finds_nothing(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / discovery.FILE_NAME).write_text(text)
    assert running_service(tmp_path) is None


def test_something_else_that_answers_is_no_service(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n[1]")

        thread = threading.Thread(target=answer)
        thread.start()
        assert not discovery.is_alive(f"http://127.0.0.1:{other.getsockname()[1]}")
        thread.join()


def test_a_later_service_keeps_its_pointer(tmp_path: Path) -> None:
    first = RunningService("http://127.0.0.1:1", 1, tmp_path)
    second = RunningService("http://127.0.0.1:2", 2, tmp_path)
    discovery.write_pointer(tmp_path, first)
    discovery.write_pointer(tmp_path, second)
    discovery.remove_pointer(tmp_path, first)
    assert json.loads((tmp_path / discovery.FILE_NAME).read_text())["pid"] == 2


def test_a_second_service_leaves_the_pointer_of_a_living_one_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pointer = tmp_path / "pointer"
    found: list[RunningService | None] = []

    def look(service: LocalService) -> None:
        found.extend([running_service(pointer), running_service(tmp_path / "second")])
        service.stop()

    with started(tmp_path / "first", pointer):
        with pytest.raises(ConfigurationError, match="stopped answering"):
            serve_until_stopped(make_service(tmp_path / "second"), pointer=pointer, on_ready=look)
        first, second = found
        assert first is not None
        assert second is not None
        assert (first.data.name, second.data.name) == ("first", "second")
        assert running_service(pointer) == first
    assert first.url in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal to send")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_service_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path / "data", tmp_path / "pointer") as service:
        call = service.caller
        backtest_id = call.submit(body("slow"))
        call.until(backtest_id, "Started")
        assert running_service(tmp_path / "pointer") is not None
        children = service.children()
        service.process.send_signal(number)
        assert service.process.wait(10) == 0
        wait_for(lambda: all(is_gone(child) for child in children), 5)
    assert running_service(tmp_path / "pointer") is None
    with make_service(tmp_path / "data") as again:
        call = Caller(again.url, again.api_key)
        assert call.until(backtest_id, "Started") == "Started"
        call("POST", f"/backtest/{backtest_id}/cancel")
        assert call.until(backtest_id) == "Cancelled"
