from __future__ import annotations

import gzip
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from xlmeso.api import RetryPolicy, Timeouts
from xlmeso.errors import (
    ApiError,
    ConfigurationError,
    ConflictError,
    DecodingError,
    NotFoundError,
    RateLimitError,
    ServerError,
    TransportError,
)
from xlmeso.model.backtest import BacktestState, DeleteMode
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.wire.outbound import submission_body

CREATED = b'{"State":"Created"}'
RECEIPT = b'{"BacktestId":"b1","Name":"n"}'
DEFINITION = StrategyDefinition({"StrategyName": "x"})


def hang_up(handler: Any) -> None:
    """Close the connection without a word."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def cut(body: bytes, announced: int, **headers: str) -> Any:
    """Answer with less than announced."""

    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(announced))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        hang_up(handler)

    return answer


def test_what_goes_over_the_wire(service, client) -> None:
    service.answer = lambda handler: None
    service.replies(lambda handler: handler.send_error(404))
    with pytest.raises(NotFoundError):
        client.navs.get("../x", view="analytics")
    (seen,) = service.received
    assert (seen.method, seen.path) == ("GET", "/api/v1/backtest/..%2Fx/navs?view=analytics")
    assert seen.headers["Authorization"].startswith("Bearer eyJh-leak")
    assert seen.headers["Accept-Encoding"] == "gzip"
    assert seen.headers["Accept"].startswith("text/csv")
    assert seen.headers["User-Agent"].startswith("xlmeso/")


def test_a_submission_is_sent_as_its_exact_bytes(service, client, reply) -> None:
    service.replies(reply(201, RECEIPT))
    text = '{"A":"160","B":160,"C":10000.0000,"D":null,"Ä":1E5}'
    client.backtests.create(StrategyDefinition.from_json(text), idempotency_key="k1")
    body = submission_body(StrategyDefinition.from_json(text), idempotency_key="k1")
    client.backtests.create_from_bytes(body, keyed=True)
    first, second = service.received
    assert first.body == second.body == body
    assert text.encode() in first.body
    assert first.headers["Content-Type"] == "application/json"


def test_gzip_and_chunks_are_understood(service, client) -> None:
    packed = gzip.compress(CREATED)

    def chunked(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        for i in range(0, len(packed), 5):
            piece = packed[i : i + 5]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        handler.wfile.write(b"0\r\n\r\n")

    service.answer = chunked
    assert client.backtests.status("b1").state is BacktestState.CREATED


def test_connections_are_kept_within_a_thread_and_apart_between_threads(service, client) -> None:
    service.replies(lambda handler: reply_created(handler))
    barrier = threading.Barrier(4)

    def ask(_: int) -> None:
        barrier.wait(5)
        for _ in range(3):
            client.backtests.status("b1")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))
    assert len(service.received) == 12
    assert len({seen.port for seen in service.received}) == 4


def reply_created(handler: Any) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CREATED)))
    handler.end_headers()
    handler.wfile.write(CREATED)


def test_sessions_of_threads_that_have_ended_are_closed(service, client) -> None:
    service.answer = reply_created
    for _ in range(3):
        thread = threading.Thread(target=client.backtests.status, args=("b1",))
        thread.start()
        thread.join()
    assert len(client._transport._sessions._sessions) == 1


def test_a_closed_client_says_so(client) -> None:
    client.close()
    with pytest.raises(ConfigurationError, match="closed"):
        client.backtests.status("b1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(service, client, reply, status: int) -> None:
    service.replies(reply(status, b"moved", Location="/api/v1/elsewhere"))
    with pytest.raises(ApiError, match=r"/api/v1/elsewhere.*not followed") as caught:
        client.backtests.status("b1")
    assert caught.value.status == status
    assert len(service.received) == 1


def test_a_redirect_with_an_endless_body_is_not_read(service, single) -> None:
    def endless(handler: Any) -> None:
        handler.send_response(302)
        handler.send_header("Location", "http://[bad")
        handler.send_header("Content-Length", str(10**12))
        handler.end_headers()
        for _ in range(100_000):
            handler.wfile.write(b"x" * 10_000)

    service.answer = endless
    with pytest.raises(ApiError, match="not followed"):
        single.backtests.status("b1")


@pytest.mark.parametrize("answer", [hang_up, cut(b'{"State":', 100)], ids=["silent", "cut"])
def test_reads_are_retried_when_the_reply_is_lost(service, client, reply, waits, answer) -> None:
    service.replies(answer, answer, reply(200, CREATED))
    assert client.backtests.status("b1").state is BacktestState.CREATED
    assert len(service.received) == 3
    assert [0.25 <= waits[0] <= 0.5, 0.5 <= waits[1] <= 1.0] == [True, True]


def test_attempts_are_bounded_and_the_last_error_comes_out(service, client, reply) -> None:
    service.replies(reply(503, b'{"detail":"paused"}'))
    with pytest.raises(ServerError, match="paused"):
        client.backtests.status("b1")
    assert len(service.received) == 3


@pytest.mark.parametrize("answer", [hang_up, cut(RECEIPT[:5], len(RECEIPT))], ids=["silent", "cut"])
def test_a_submission_without_a_key_is_never_sent_again(service, client, waits, answer) -> None:
    service.answer = answer
    with pytest.raises(TransportError, match="may have been accepted: look at the list"):
        client.backtests.create(DEFINITION)
    assert (len(service.received), waits) == (1, [])


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_not_even_after_a_refusal(service, client, reply, waits, status: int) -> None:
    service.replies(reply(status, b"", Retry_After="1"))
    with pytest.raises((RateLimitError, ServerError)):
        client.backtests.create(DEFINITION)
    assert (len(service.received), waits) == (1, [])


def test_a_keyed_submission_is_sent_again_with_the_same_bytes(service, client, reply) -> None:
    service.replies(hang_up, reply(503, b""), reply(201, RECEIPT))
    receipt = client.backtests.create(DEFINITION, idempotency_key="k1")
    assert receipt.backtest_id == "b1"
    assert len(service.received) == 3
    assert len({seen.body for seen in service.received}) == 1


def test_a_limit_after_a_lost_submission_does_not_look_like_a_refusal(
    service, client, reply
) -> None:
    service.replies(hang_up, reply(429, b"", Retry_After="600"))
    with pytest.raises(TransportError, match="same request with the same key") as caught:
        client.backtests.create(DEFINITION, idempotency_key="k1")
    assert len(service.received) == 2
    assert caught.value.__context__ is None


def test_a_lost_keyed_submission_says_what_to_do(service, client) -> None:
    service.answer = hang_up
    with pytest.raises(TransportError, match="same request with the same key"):
        client.backtests.create(DEFINITION, idempotency_key="k1")


@pytest.mark.parametrize("header", ["3", "date"])
def test_retry_after_is_waited_for(service, client, reply, waits, header: str) -> None:
    headers = {"Retry_After": header}
    if header == "date":
        headers = {
            "Retry_After": "Thu, 01 Jan 2026 12:00:03 GMT",
            "Date": "Thu, 01 Jan 2026 12:00:00 GMT",
        }

    def limited(handler: Any) -> None:
        # send_response would add a Date of its own.
        handler.send_response_only(429)
        for name, value in {"Content_Length": "0", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    service.replies(limited, reply(200, CREATED))
    client.backtests.status("b1")
    assert len(waits) == 1
    assert 3.0 <= waits[0] <= 3.5


def test_a_long_retry_after_is_left_to_the_caller(service, client, reply, waits) -> None:
    service.replies(reply(429, b"", Retry_After="3600"))
    with pytest.raises(RateLimitError) as caught:
        client.backtests.status("b1")
    assert caught.value.retry_after == 3600.0
    assert (len(service.received), waits) == (1, [])


def test_no_attempt_starts_after_the_total_of_the_policy(service, make_client, reply) -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    policy = RetryPolicy(attempts=100, first_wait=8.0, longest_wait=8.0, total=20.0, jitter=0.0)
    client = make_client(service.url, retry=policy, sleep=sleep, clock=lambda: now[0])
    service.replies(reply(503, b""))
    with pytest.raises(ServerError):
        client.backtests.status("b1")
    assert (len(service.received), now[0]) == (3, 16.0)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 500])
def test_refusals_are_not_retried(service, client, reply, status: int) -> None:
    service.replies(reply(status, b""))
    with pytest.raises(ApiError):
        client.backtests.status("b1")
    assert len(service.received) == 1


def test_a_deletion_whose_reply_was_lost_is_done_when_it_is_gone(service, client, reply) -> None:
    service.replies(hang_up, reply(404, b""))
    client.backtests.delete("b1", DeleteMode.FULL)
    assert len(service.received) == 2
    service.replies(reply(404, b""))
    with pytest.raises(NotFoundError):
        client.backtests.delete("b1", DeleteMode.FULL)


def test_an_accepted_order_with_a_cut_body_is_done(service, client) -> None:
    service.answer = cut(b"{", 100)
    client.backtests.cancel("b1")
    assert len(service.received) == 1


def test_a_conflict_on_cancel_comes_out(service, client, reply) -> None:
    service.replies(reply(409, b'{"detail":"job not active"}'))
    with pytest.raises(ConflictError, match="job not active"):
        client.backtests.cancel("b1")


def test_a_reply_that_trickles_ends_at_the_deadline(service, make_client) -> None:
    stop = threading.Event()

    def trickle(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b" ")
            if stop.wait(0.02):
                return

    service.answer = trickle
    client = make_client(
        service.url,
        timeouts=Timeouts(connect=1, read=1, total=0.15),
        retry=RetryPolicy(attempts=1),
    )
    started = time.monotonic()
    with pytest.raises(TransportError, match="whole answer in the time allowed"):
        client.backtests.status("b1")
    assert time.monotonic() - started < 1.0
    stop.set()


def test_a_silent_service_ends_at_the_read_timeout(service, make_client) -> None:
    stop = threading.Event()
    service.answer = lambda handler: stop.wait(5)
    client = make_client(
        service.url,
        timeouts=Timeouts(connect=1, read=0.1, total=1),
        retry=RetryPolicy(attempts=1),
    )
    with pytest.raises(TransportError, match="did not answer in time"):
        client.backtests.status("b1")
    stop.set()


def test_a_body_that_stalls_ends_at_the_read_timeout(service, make_client) -> None:
    stop = threading.Event()

    def stall(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        stop.wait(5)

    service.answer = stall
    client = make_client(
        service.url,
        timeouts=Timeouts(connect=1, read=0.1, total=1),
        retry=RetryPolicy(attempts=1),
    )
    with pytest.raises(TransportError, match="did not answer in time"):
        client.backtests.status("b1")
    stop.set()


def test_a_refused_connection_names_the_service(make_client) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = make_client(f"http://127.0.0.1:{port}", retry=RetryPolicy(attempts=1))
    with pytest.raises(TransportError, match=f"no connection to http://127.0.0.1:{port} .+refused"):
        client.backtests.status("b1")
    with pytest.raises(TransportError, match="Nothing was submitted"):
        client.backtests.create(DEFINITION)


def test_a_reply_in_another_protocol_is_a_broken_connection(service, single) -> None:
    def nonsense(handler: Any) -> None:
        handler.wfile.write(b"SSH-2.0-x\r\n\r\n")
        handler.close_connection = True

    service.answer = nonsense
    with pytest.raises(TransportError, match="broke"):
        single.backtests.status("b1")


def test_a_cut_gzip_without_a_length_is_noticed(service, single) -> None:
    packed = gzip.compress(CREATED * 50)

    def cut_gzip(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(packed[:-9])
        handler.close_connection = True

    service.answer = cut_gzip
    with pytest.raises(TransportError, match="cut short"):
        single.backtests.status("b1")


def test_a_reply_above_the_bound_is_refused(service, single) -> None:
    bomb = gzip.compress(b" " * 40_000_000)

    def answer(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(bomb)))
        handler.end_headers()
        handler.wfile.write(bomb)

    service.answer = answer
    with pytest.raises(DecodingError, match="larger than"):
        single.backtests.status("b1")


def test_a_large_error_body_is_read_in_part(service, single, reply) -> None:
    service.replies(reply(500, b'{"detail":"' + b"x" * 5_000_000 + b'"}'))
    with pytest.raises(ServerError) as caught:
        single.backtests.status("b1")
    assert len(str(caught.value)) < 700


def test_an_error_body_that_is_cut_still_has_its_status(service, client) -> None:
    def answer(handler: Any) -> None:
        handler.send_response(403)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"{")
        hang_up(handler)

    service.answer = answer
    with pytest.raises(ApiError) as caught:
        client.backtests.status("b1")
    assert caught.value.status == 403
