"""Ask again until something is done; knows nothing of backtests."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from xlmeso.errors import PollTimeoutError, XlmesoError
from xlmeso.wire.retry import asked_wait, is_transient

FIRST_DELAY: Final = 0.25
LONGEST_DELAY: Final = 10.0
"""Seconds; short for runs that take a second, and no burden on a service for those of an hour."""

_GROWTH: Final = 1.5
_JITTER: Final = 0.2
_SLICE: Final = 0.2

Value = TypeVar("Value")


class PollStoppedError(PollTimeoutError):
    """The caller stopped the waiting; what was waited for goes on."""

    cell_text = "#MESO! Waiting was stopped"


def growing_delays(chance: Callable[[], float] = random.random) -> Iterator[float]:
    """Yield waits in seconds without end: from 0.25 growing to 10, a fifth of each left to chance.

    Parameters
    ----------
    chance
        Gives random numbers in 0..1; 0 means the full delay.
    """
    delay = FIRST_DELAY
    while True:
        yield delay * (1.0 - _JITTER * chance())
        delay = min(delay * _GROWTH, LONGEST_DELAY)


def poll(
    make_request: Callable[[], Value],
    is_done: Callable[[Value], bool],
    wait: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    *,
    timeout: float | None = None,
    on_result: Callable[[Value], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    delays: Iterator[float] | None = None,
    tolerated_faults: int = 0,
) -> Value:
    """Call ``make_request`` until its result ``is_done``, and return that result.

    Parameters
    ----------
    wait, clock
        Waiting and a monotonic clock, in seconds.
    timeout
        Most seconds to go on; at its end comes one last request.  None: no limit.
    on_result
        Told every result, the last included.
    is_cancelled
        Asked before every request and several times a second while waiting.
    delays
        Seconds between requests; `growing_delays` by default.
    tolerated_faults
        How many transient errors (no reply, a limit, a pause) in a row are overlooked; a
        Retry-After that they carry is waited for.

    Raises
    ------
    PollTimeoutError
        Time is over.
    PollStoppedError
        ``is_cancelled`` said so.
    XlmesoError
        What ``make_request`` raised.
    """
    pause = _Pause(wait, clock, timeout, is_cancelled)
    faults = 0
    for delay in delays or growing_delays():
        pause.check()
        try:
            result = make_request()
        except XlmesoError as error:
            faults += 1
            if faults > tolerated_faults or not is_transient(error):
                raise
            pause.wait(max(delay, asked_wait(error) or 0.0))
            continue
        faults = 0
        if on_result is not None:
            on_result(result)
        if is_done(result):
            return result
        pause.wait(delay)
    raise PollTimeoutError("the waiting ended before the work did")


class _Pause:
    """Waits between requests, ends on time and listens for a cancellation."""

    def __init__(
        self,
        wait: Callable[[float], None],
        clock: Callable[[], float],
        timeout: float | None,
        is_cancelled: Callable[[], bool] | None,
    ) -> None:
        self._wait = wait
        self._clock = clock
        self._timeout = timeout
        self._end = None if timeout is None else clock() + timeout
        self._is_cancelled = is_cancelled

    def check(self) -> None:
        """Raise if the caller has stopped the waiting."""
        if self._is_cancelled is not None and self._is_cancelled():
            raise PollStoppedError("the waiting was stopped; the work goes on")

    def wait(self, seconds: float) -> None:
        """Wait, but not past the end; raise if the end has come."""
        left = seconds if self._end is None else min(seconds, self._end - self._clock())
        if left <= 0.0:
            raise PollTimeoutError(f"not done after {self._timeout:g} s; the work goes on")
        if self._is_cancelled is None:
            self._wait(left)
            return
        until = self._clock() + left
        while (left := until - self._clock()) > 0.0:
            self.check()
            self._wait(min(left, _SLICE))
