"""One piece of work per key: in the order of events that hurts, too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from xlmeso.app.formulas.flight import SingleFlight


class AtOnce:
    """A pool so fast that the work has ended before its submitter goes on."""

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work())
        return future

    def shutdown(self, *, wait: bool, cancel_futures: bool) -> None:
        """Nothing runs."""


@pytest.fixture
def flights(tmp_path: Path) -> Iterator[SingleFlight]:
    made = SingleFlight(tmp_path, workers=4)
    yield made
    made.close()


def test_work_that_ends_before_its_submitter_looks_is_no_deadlock(
    flights: SingleFlight, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flights, "_pool", AtOnce())
    found: list[int] = []

    def ask_twice() -> None:
        found.append(flights.start("key", lambda: 1).result())
        found.append(flights.start("key", lambda: 2).result())

    asking = threading.Thread(target=ask_twice, daemon=True)
    asking.start()
    asking.join(10)
    assert found == [1, 2]
    assert flights.under_way == 0


def test_callers_of_one_key_share_one_piece_of_work(flights: SingleFlight) -> None:
    gate, calls = threading.Event(), []

    def work() -> str:
        calls.append(threading.get_ident())
        gate.wait(10)
        return "answer"

    under_way = [flights.start("key", work) for _ in range(20)]
    gate.set()
    assert {flight.result(10) for flight in under_way} == {"answer"}
    assert len(calls) == 1


def test_the_next_question_after_an_answer_is_asked_again(flights: SingleFlight) -> None:
    answers = iter("ab")
    assert flights.start("key", lambda: next(answers)).result(10) == "a"
    assert flights.settle(10)
    assert flights.start("key", lambda: next(answers)).result(10) == "b"


def test_failed_work_is_not_remembered(flights: SingleFlight) -> None:
    with pytest.raises(ZeroDivisionError):
        flights.start("key", lambda: 1 // 0).result(10)
    assert flights.settle(10)
    assert flights.start("key", lambda: 2).result(10) == 2
