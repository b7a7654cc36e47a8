from __future__ import annotations

from itertools import islice

import pytest

from xlmeso.api import PollStoppedError, poll
from xlmeso.api.polling import growing_delays
from xlmeso.errors import (
    NotFoundError,
    PollTimeoutError,
    RateLimitError,
    TransportError,
    XlmesoError,
)


class Time:
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def results(*values: int | XlmesoError):
    left = list(values)

    def make_request() -> int:
        value = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(value, XlmesoError):
            raise value
        return value

    return make_request


def is_nine(value: int) -> bool:
    return value == 9


def test_delays_grow_from_a_quarter_second_to_ten() -> None:
    delays = list(islice(growing_delays(lambda: 0.0), 14))
    assert delays[:3] == [0.25, 0.375, 0.5625]
    assert delays == sorted(delays)
    assert delays[-1] == 10.0


def test_a_fifth_of_a_delay_is_left_to_chance() -> None:
    assert list(islice(growing_delays(lambda: 1.0), 2)) == pytest.approx([0.2, 0.3])
    assert all(0.0 < delay <= 10.0 for delay in islice(growing_delays(), 40))


def test_the_first_result_that_is_done_comes_back_without_a_wait(time: Time) -> None:
    assert poll(results(9), is_nine, time.wait, time.clock) == 9
    assert time.waits == []


def test_every_result_is_told_and_delays_lie_between(time: Time) -> None:
    seen: list[int] = []
    value = poll(
        results(1, 2, 9),
        is_nine,
        time.wait,
        time.clock,
        on_result=seen.append,
        delays=iter([3.0, 4.0, 5.0]),
    )
    assert (value, seen, time.waits) == (9, [1, 2, 9], [3.0, 4.0])


def test_the_time_allowed_ends_with_one_last_request(time: Time) -> None:
    seen: list[int] = []
    with pytest.raises(PollTimeoutError, match="not done after 5 s"):
        poll(
            results(1),
            is_nine,
            time.wait,
            time.clock,
            timeout=5.0,
            on_result=seen.append,
            delays=iter([3.0, 3.0, 3.0]),
        )
    assert (time.waits, len(seen)) == ([3.0, 2.0], 3)


def test_no_time_at_all_is_one_request(time: Time) -> None:
    assert poll(results(9), is_nine, time.wait, time.clock, timeout=0.0) == 9
    with pytest.raises(PollTimeoutError):
        poll(results(1), is_nine, time.wait, time.clock, timeout=0.0)
    assert time.waits == []


def test_a_cancellation_is_noticed_before_the_first_request(time: Time) -> None:
    def never() -> int:
        raise AssertionError("a request was made")

    with pytest.raises(PollStoppedError):
        poll(never, is_nine, time.wait, time.clock, is_cancelled=lambda: True)


def test_a_cancellation_is_noticed_during_a_long_wait(time: Time) -> None:
    with pytest.raises(PollStoppedError, match="goes on"):
        poll(
            results(1),
            is_nine,
            time.wait,
            time.clock,
            is_cancelled=lambda: time.now >= 101.0,
            delays=iter([10.0]),
        )
    assert time.now == pytest.approx(101.0, abs=0.3)
    assert max(time.waits) <= 0.2


def test_transient_faults_are_overlooked_and_their_retry_after_honoured(time: Time) -> None:
    value = poll(
        results(1, TransportError("x"), RateLimitError("x", retry_after=60.0), 9),
        is_nine,
        time.wait,
        time.clock,
        delays=iter([1.0] * 9),
        tolerated_faults=2,
    )
    assert (value, time.waits) == (9, [1.0, 1.0, 60.0])


def test_only_faults_in_a_row_add_up(time: Time) -> None:
    fault = TransportError("x")
    sequence = results(fault, 1, fault, 1, fault, 9)
    assert poll(sequence, is_nine, time.wait, time.clock, tolerated_faults=1) == 9


def test_too_many_faults_in_a_row_come_out(time: Time) -> None:
    with pytest.raises(TransportError):
        poll(results(TransportError("x")), is_nine, time.wait, time.clock, tolerated_faults=3)
    assert len(time.waits) == 3


def test_no_fault_is_overlooked_by_default(time: Time) -> None:
    with pytest.raises(TransportError):
        poll(results(TransportError("x"), 9), is_nine, time.wait, time.clock)


def test_a_lasting_error_comes_out_at_once(time: Time) -> None:
    error = NotFoundError("gone", status=404)
    with pytest.raises(NotFoundError):
        poll(results(error), is_nine, time.wait, time.clock, tolerated_faults=5)
    assert time.waits == []


def test_delays_that_end_end_the_polling(time: Time) -> None:
    with pytest.raises(PollTimeoutError):
        poll(results(1), is_nine, time.wait, time.clock, delays=iter([1.0]))


def test_a_wait_that_nobody_cancels_is_waited_to_its_end(time: Time) -> None:
    value = poll(
        results(1, 9),
        is_nine,
        time.wait,
        time.clock,
        is_cancelled=lambda: False,
        delays=iter([1.0, 1.0]),
    )
    assert value == 9
    assert sum(time.waits) == pytest.approx(1.0)
