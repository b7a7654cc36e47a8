"""Window, pace, forecast, looks and verdicts: pure decisions, expected by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.app.dispatch import window as windows
from xlmeso.app.dispatch.forecast import Expected, Forecast, next_look
from xlmeso.app.dispatch.pace import Pace
from xlmeso.app.dispatch.verdicts import Verdict, is_certain, verdict
from xlmeso.app.dispatch.watch import Looks, Watched, due_looks
from xlmeso.app.dispatch.window import Window, room
from xlmeso.errors import (
    AuthenticationError,
    ConflictError,
    DecodingError,
    GoneError,
    InvalidRequestError,
    RateLimitError,
    ServerError,
    TransportError,
    XlmesoError,
)
from xlmeso.wire.faults import LastingTransportError, NotSentError

NOON = 1_800_000_000.0
INF = float("inf")


def test_a_window_grows_by_half_with_what_is_accepted() -> None:
    window = Window(changed_at=NOON)
    assert room(window, 0, 0, NOON, INF) == 3  # two, and one more is tried
    for held in range(1, 11):
        window = windows.accepted(window, held, NOON)
    assert window.level == 10
    assert room(window, 10, 0, NOON, INF) == 5
    assert room(window, 10, 4, NOON, INF) == 1
    large = Window(level=100, changed_at=NOON)
    assert room(large, 100, 0, NOON, INF) == 8  # never a flood


def test_a_refusal_halves_but_not_below_what_the_service_holds() -> None:
    window = windows.refused(Window(level=20, changed_at=NOON), 20, 5.0, NOON, 0.5)
    assert (window.level, window.ceiling) == (20, 21)
    window = windows.refused(Window(level=20, changed_at=NOON), 4, 5.0, NOON, 0.5)
    assert (window.level, window.ceiling) == (10, 11)
    window = windows.refused(Window(level=1, changed_at=NOON), 0, 5.0, NOON, 0.5)
    assert window.level == 1
    paused = windows.paused(Window(level=20, changed_at=NOON), 3, None, NOON, 1.0)
    assert (paused.level, paused.ceiling) == (10, None)


def test_retry_after_is_kept_and_a_burst_counts_once() -> None:
    first = windows.refused(Window(level=8, changed_at=NOON), 8, 5.0, NOON, 0.5)
    assert room(first, 5, 0, NOON + 4.9, INF) == 0
    assert windows.wait_left(first, NOON + 1.0) == 4.0
    second = windows.refused(first, 8, 7.0, NOON + 0.1, 0.5)
    assert (second.level, second.refusals) == (8, 1)
    assert windows.wait_left(second, NOON + 0.1) == pytest.approx(7.0)
    # Once it is over, free slots are filled up to what was proven.
    assert room(second, 5, 0, NOON + 8.0, INF) == 3


def test_without_retry_after_the_waits_double_up_to_half_a_minute() -> None:
    window, now, waits = Window(level=4, changed_at=NOON), NOON, []
    for _ in range(8):
        window = windows.refused(window, 4, None, now, 1.0)
        waits.append(window.blocked_until - now)
        now = window.blocked_until
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_the_limit_is_tried_again_alone_at_once_and_then_rarely() -> None:
    window = windows.refused(Window(level=8, changed_at=NOON), 8, 1.0, NOON, 0.5)
    later = NOON + 1.0
    assert room(window, 8, 0, later, INF) == 1
    assert room(window, 7, 1, later, INF) == 0  # not while another reply is awaited
    assert room(window, 8, 0, later, 0.5) == 0  # not when a run is about to end
    assert room(window, 8, 0, later + 8.0, 0.5) == 1  # but some time it must be
    window = windows.refused(window, 8, 1.0, later, 0.5)
    assert window.probe_at == later + 1.0 + 8.0
    window = windows.refused(window, 8, 1.0, window.probe_at, 0.5)
    assert window.probe_wait == 64.0


def test_an_accepted_probe_opens_the_window_again() -> None:
    window = windows.refused(Window(level=8, changed_at=NOON), 8, 1.0, NOON, 0.5)
    # Accepted while the service had asked for patience: it was sent before that.
    raced = windows.accepted(window, 9, NOON + 0.1)
    assert (raced.level, raced.ceiling) == (9, 10)
    opened = windows.accepted(window, 9, NOON + 2.0)
    assert (opened.level, opened.ceiling) == (9, None)


def test_a_clock_that_was_set_back_blocks_nobody() -> None:
    window = windows.refused(Window(level=4, changed_at=NOON), 4, 30.0, NOON, 0.5)
    assert room(window, 2, 0, NOON - 86_400.0, INF) == 2
    assert windows.wait_left(window, NOON - 86_400.0) == 0.0


def test_a_window_is_written_and_read_and_forgotten_in_time() -> None:
    window = windows.refused(Window(level=40, changed_at=NOON), 40, 5.0, NOON, 0.5)
    assert windows.from_text(windows.to_text(window), NOON + 60.0) == window
    assert windows.from_text(windows.to_text(window), NOON + 86_400.0) == Window(level=20)
    for damaged in (None, "", "{", "[]", '{"level": 1, "new": 2}'):
        assert windows.from_text(damaged, NOON) == Window()


@given(st.lists(st.tuples(st.sampled_from("arp"), st.integers(0, 60)), max_size=40))
def test_whatever_happens_there_is_room_for_one_after_enough_patience(
    steps: list[tuple[str, int]],
) -> None:
    window, now = Window(changed_at=NOON), NOON
    for step, held in steps:
        now += 1.0
        if step == "a":
            window = windows.accepted(window, held, now)
        elif step == "r":
            window = windows.refused(window, held, None, now, 0.5)
        else:
            window = windows.paused(window, held, None, now, 0.5)
        assert window.level >= 1
    assert room(window, 0, 0, now + 60.0, 0.0) >= 1


def test_pace_keeps_a_distance_after_a_refused_reading() -> None:
    pace = Pace()
    assert pace.is_free(0.0)
    pace = pace.refused(2.0, 10.0, 0.5)
    assert not pace.is_free(11.9)
    assert pace.is_free(12.0)
    pace = pace.asked(12.0)
    assert not pace.is_free(12.005)
    for _ in range(3):
        pace = pace.answered()
    assert pace.asked(13.0).is_free(13.0)  # as before


def test_forecast_scales_with_the_effort_and_forgets_the_old() -> None:
    forecast = Forecast()
    assert forecast.expected(100.0) is None
    for seconds in (10.0, 20.0, 30.0):
        forecast.observe(100.0, seconds)
    assert forecast.expected(200.0) == Expected(20.0, 40.0)
    for _ in range(200):
        forecast.observe(100.0, 5.0)
    assert forecast.expected(100.0) == Expected(5.0, 5.0)


def test_looks_come_when_a_run_can_be_over_and_not_too_often() -> None:
    known = Expected(40.0, 50.0)
    assert next_look(0.0, known) == pytest.approx(40.025)
    assert next_look(41.0, known) == pytest.approx(42.5)  # three hundredths of 50 s
    assert next_look(300.0, known) == pytest.approx(310.0)  # overdue: never above ten
    far = Expected(900.0, 950.0)
    assert next_look(0.0, far) == pytest.approx(60.0)  # a forecast that is wrong costs a minute
    assert next_look(60.0, far) == pytest.approx(120.0)
    assert next_look(870.0, far) == pytest.approx(900.025)
    assert next_look(0.0, None) == pytest.approx(0.15)
    assert next_look(50.0, None) == pytest.approx(55.0)


def test_one_list_serves_many_and_a_status_few() -> None:
    made = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    few = {f"k{n}": Watched(0.0, 5.0, 1.0, made) for n in range(2)}
    many = {f"k{n}": Watched(0.0, 5.0, 1.0, made + dt.timedelta(n)) for n in range(4)}
    noon = made + dt.timedelta(days=9)
    assert due_looks(few, 4.9, noon, has_status=True) == Looks()
    assert due_looks(few, 5.0, noon, has_status=True) == Looks(singly=("k0", "k1"))
    assert due_looks(few, 5.0, noon, has_status=False) == Looks(True, made)
    assert due_looks(many, 5.0, noon, has_status=True) == Looks(True, made)
    many["alone"] = Watched(0.0, 5.0, 1.0, alone=True)
    many["new"] = Watched(0.0, 5.0, 1.0)  # nobody knows when the service made it: after the others
    assert due_looks(many, 5.0, noon, has_status=True) == Looks(True, made, ("alone",))
    many["old"] = Watched(-20 * 86_400.0, 5.0, 1.0)
    since = due_looks(many, 0.0 + 5.0, noon, has_status=True).since
    assert since == noon - dt.timedelta(days=21, seconds=5)


@pytest.mark.parametrize(
    ("error", "expected", "certain_with_key", "certain_without"),
    [
        (RateLimitError("x"), Verdict.LIMITED, True, True),
        (ServerError("x", status=503), Verdict.PAUSED, True, False),
        (ServerError("x", status=500), Verdict.UNCERTAIN, False, False),
        (ServerError("x", status=504), Verdict.UNCERTAIN, False, False),
        (NotSentError("x"), Verdict.UNREACHED, True, True),
        (TransportError("x"), Verdict.UNCERTAIN, False, False),
        (DecodingError("x"), Verdict.UNCERTAIN, False, False),
        (GoneError("x", status=410), Verdict.GONE, False, False),
        (ConflictError("x", status=409), Verdict.REFUSED, False, False),
        (InvalidRequestError("x", status=400), Verdict.REFUSED, False, False),
        (AuthenticationError("x", status=401), Verdict.HOPELESS, True, True),
        (LastingTransportError("x"), Verdict.HOPELESS, True, True),
    ],
)
def test_what_a_reply_means_for_a_submission(
    error: XlmesoError, expected: Verdict, certain_with_key: bool, certain_without: bool
) -> None:
    found = verdict(error)
    assert found is expected
    assert is_certain(found, keyed=True) is certain_with_key
    assert is_certain(found, keyed=False) is certain_without
