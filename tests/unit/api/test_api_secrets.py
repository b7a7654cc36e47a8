"""The key must not be found in any error, log or traceback, local variables included."""

from __future__ import annotations

import http.client
import logging
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests

from xlmeso.api import Client, RetryPolicy
from xlmeso.errors import ConfigurationError, XlmesoError
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.wire.redaction import Secret

KEY = "eyJh-leak-test-key.0123456789.abcdef"


def everything_shown(action: Callable[[], Any]) -> tuple[BaseException, str]:
    """Run the action and return its error and all that any tool could print of it."""
    try:
        action()
    except BaseException as error:
        shown = [str(error), repr(error), repr(error.args), repr(vars(error))]
        shown.append(traceback.format_exc())
        report = traceback.TracebackException(*sys.exc_info(), capture_locals=True)  # type: ignore[arg-type]
        shown.extend(report.format())
        frame = error.__traceback__
        while frame is not None:
            # Beyond what capture_locals prints in one line each.
            if "xlmeso" not in frame.tb_frame.f_code.co_filename:
                shown.extend(repr(value) for value in frame.tb_frame.f_locals.values())
            frame = frame.tb_next
        return error, "\n".join(shown)
    raise AssertionError("nothing was raised")


def hang_up(handler: Any) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


ECHO = f'{{"title":"{KEY}","detail":"bad key {KEY}","code":"{KEY}","errors":["{KEY}"]}}'.encode()


@pytest.fixture(autouse=True)
def debug_log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3")
    return caplog


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 405, 409, 425, 429, 500, 503])
def test_errors_of_the_service_that_echo_the_key(
    service, client, reply, caplog, status: int
) -> None:
    service.replies(reply(status, ECHO, Location=f"/?{KEY}", X_Request_Id=KEY))
    for action in (
        lambda: client.backtests.status("b1"),
        lambda: client.analytics.get("b1"),
        lambda: client.backtests.create(StrategyDefinition({}), idempotency_key="k"),
    ):
        error, shown = everything_shown(action)
        assert isinstance(error, XlmesoError)
        assert KEY not in shown
    assert KEY not in caplog.text
    assert "GET /api/v1/backtest/b1/status" in caplog.text


@pytest.mark.parametrize("body", [ECHO, f"{{{KEY}".encode(), f"<html>{KEY}".encode()])
def test_replies_that_are_not_understood(service, client, reply, caplog, body: bytes) -> None:
    service.replies(reply(200, body))
    for action in (
        lambda: client.backtests.status("b1"),
        lambda: client.backtests.sharing("b1"),
        lambda: client.events.get("b1"),
        lambda: client.navs.get("b1"),
    ):
        with pytest.raises(XlmesoError) as caught:
            action()
        assert KEY not in f"{caught.value} {caught.value!r} {vars(caught.value)}"
        assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in caplog.text


def test_broken_connections(service, client, caplog) -> None:
    service.answer = hang_up
    error, shown = everything_shown(lambda: client.backtests.status("b1"))
    assert isinstance(error, XlmesoError)
    assert KEY not in shown
    assert KEY not in caplog.text
    assert error.__context__ is None
    assert error.__cause__ is None


def test_refused_connections(make_client, caplog) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = make_client(url)
    _, shown = everything_shown(lambda: client.backtests.status("b1"))
    assert KEY not in shown
    assert KEY not in caplog.text


class SurpriseError(Exception):
    """Something that no code of ours expects."""


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SurpriseError, MemoryError])
def test_an_interruption_in_the_middle_of_sending(
    service, client, monkeypatch, kind: type[BaseException]
) -> None:
    seen: list[bool] = []

    def interrupted(self: Any, data: Any) -> None:
        seen.append(KEY.encode() in bytes(data))
        raise kind

    monkeypatch.setattr(http.client.HTTPConnection, "send", interrupted)
    error, shown = everything_shown(lambda: client.backtests.status("b1"))
    assert type(error) is kind
    # The header was in a local variable of the frame that was interrupted ...
    assert seen == [True]
    # ... and is gone; the frames themselves stay for whoever looks for the place.
    assert "interrupted" in shown
    assert KEY not in shown


def test_the_check_above_can_fail(service) -> None:
    """Without our precautions the key is found: the scan looks in the right places."""

    def bare() -> None:
        headers = {"Authorization": f"Bearer {KEY}"}
        requests.get("http://127.0.0.1:9/", headers=headers, timeout=1)

    _, shown = everything_shown(bare)
    assert KEY in shown


@pytest.mark.parametrize("key", [f"{KEY}\nX: y", f"{KEY}é", f"{KEY} {KEY}"])
def test_a_key_that_no_header_can_carry(key: str) -> None:
    keys = iter([key])
    error, shown = everything_shown(lambda: Client("https://portal.example.com", next(keys)))
    assert isinstance(error, ConfigurationError)
    assert KEY not in shown


@pytest.mark.parametrize(
    "url", [f"https://user:{KEY}@portal.example.com", f"https://portal.example.com/{KEY}"]
)
def test_a_key_within_the_address_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Client(url, KEY)
    assert KEY not in f"{caught.value} {caught.value!r} {vars(caught.value)}"


def test_nothing_of_the_client_shows_the_key(client) -> None:
    places: list[Any] = [client, client.backtests, client._transport, client._transport._sessions]
    shown = " ".join(repr(place) + repr(vars(place)) for place in places)
    session = client._transport._sessions.current()
    shown += repr(vars(session)) + repr(vars(session.auth))
    assert KEY not in shown
    assert repr(client) == f"Client({client.url!r})"


def test_the_prepared_header_hides_itself(client) -> None:
    session = client._transport._sessions.current()
    prepared = session.prepare_request(requests.Request("GET", client.url))
    assert prepared.headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(prepared.headers)


def test_a_key_may_be_handed_over_wrapped(service, reply) -> None:
    service.replies(reply(200, b'{"State":"Created"}'))
    with Client(service.url, Secret(KEY), retry=RetryPolicy(attempts=1)) as client:
        client.backtests.status("b1")
    assert service.received[0].headers["Authorization"] == f"Bearer {KEY}"
