from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlmeso.errors import DecodingError
from xlmeso.wire import outbound
from xlmeso.wire.event_stream import MAX_EVENT, EventStream
from xlmeso.wire.events import read_events

EVENT: dict[str, Any] = {
    "EventTime": "2026-01-01T10:00:00.5Z",
    "SimTime": "2021-01-04T15:30:00",
    "EventType": "EndOfDay",
    "Message": 'é😀 "quoted" [1, 2] \\ , }',
    "NAV": 39998.5,
    "Vars": {"pos_pnl": 1.25, "pos_delta": -3},
    "PositionId": 0,
}


def cut(body: bytes, places: list[int]) -> list[bytes]:
    at = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in itertools.pairwise(at)]


@given(
    count=st.integers(0, 4),
    places=st.lists(st.integers(0, 5_000), max_size=12),
    form=st.sampled_from([(None, ""), (2, "\ufeff"), (None, " \r\n")]),
)
def test_pieces_give_the_same_events_as_the_whole(
    count: int, places: list[int], form: tuple[int | None, str]
) -> None:
    indent, before = form
    events = [EVENT | {"Message": f"{EVENT['Message']} {number}"} for number in range(count)]
    text = json.dumps(events, ensure_ascii=False, indent=indent)
    body = (before + text + "\n").encode()
    plain = read_events(outbound.events("abc"), text.encode())
    assert list(EventStream(cut(body, places))) == plain


def test_only_the_chosen_variables_are_kept() -> None:
    (event,) = EventStream([json.dumps([EVENT]).encode()], variables={"pos_pnl", "other"})
    assert event.variables == {"pos_pnl": Decimal("1.25")}


def test_reading_can_begin_again_at_an_offset() -> None:
    body = json.dumps([EVENT | {"TradeCnt": n} for n in range(5)], ensure_ascii=False).encode()
    stream = EventStream(cut(body, [100, 101, 350]))
    events = iter(stream)
    for _ in range(3):
        next(events)
    rest = list(EventStream([body[stream.offset :]], first=3))
    assert [event.trade_cnt for event in rest] == [3, 4]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not a JSON array"),
        (b"{}", "not a JSON array"),
        (b"[1]", "event 0: it is not an object"),
        (b'[{"EventTime": "2026-01-01T10:00:00Z"}]', "event 0: EventType is missing"),
        (b"[{]", "event 0: not JSON"),
        (b"[" + json.dumps(EVENT).encode() + b",{", "event 1: not JSON"),
        (b"[" + json.dumps(EVENT).encode(), "event 1: not JSON"),
        (b"[\xff]", "not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_named(body: bytes, message: str) -> None:
    with pytest.raises(DecodingError, match=message):
        list(EventStream([body]))


def test_an_event_without_an_end_does_not_fill_the_memory() -> None:
    taken = 0

    def endless() -> Any:
        nonlocal taken
        yield b'[{"Message": "'
        while True:
            taken += 1
            yield b"x" * 1024**2

    with pytest.raises(DecodingError, match="not JSON"):
        list(EventStream(endless()))
    assert taken <= MAX_EVENT // 1024**2 + 2
