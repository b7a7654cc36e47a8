from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xlmeso.app import event_file
from xlmeso.app.event_file import EventFile, read_event_file
from xlmeso.errors import DecodingError


def document(number: int) -> dict[str, Any]:
    return {
        "EventTime": "2026-01-01T10:00:00Z",
        "SimTime": "2021-01-04T15:30:00",
        "EventType": "EndOfDay",
        "Message": f"event é {number}",
        "TradeCnt": number,
        "Vars": {"pos_pnl": number, "pos_delta": 1},
    }


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(event_file, "_PIECE", 300)
    monkeypatch.setattr(event_file, "_MARK_EVERY", 7)
    path = tmp_path / "events.json"
    path.write_bytes(json.dumps([document(n) for n in range(50)], ensure_ascii=False).encode())
    return path


def numbers(events: Any) -> list[int]:
    return [event.trade_cnt for event in events]


def test_a_small_file_becomes_a_list_and_a_large_one_a_view(path: Path) -> None:
    small = read_event_file(path)
    large = read_event_file(path, in_memory=100)
    assert isinstance(small, list)
    assert isinstance(large, EventFile)
    assert list(large) == small
    assert list(large) == small, "it can be gone through again"
    assert len(large) == 50


@pytest.mark.parametrize(
    "place", [slice(None), slice(3, 9), slice(7, 14), slice(49, 70), slice(20, 20), slice(-5, None),
              slice(0, 50, 9), slice(None, None, -1)],
)  # fmt: skip
def test_slices_are_those_of_a_list(path: Path, place: slice) -> None:
    assert numbers(EventFile.read(path)[place]) == list(range(50))[place]
    assert numbers(EventFile.read(path)[5:45][place]) == list(range(5, 45))[place]


@pytest.mark.parametrize("place", [0, 6, 7, 49, -1, -50])
def test_single_events(path: Path, place: int) -> None:
    assert EventFile.read(path)[place].trade_cnt == range(50)[place]
    with pytest.raises(IndexError):
        EventFile.read(path)[50]


def test_only_chosen_variables_are_kept(path: Path) -> None:
    for events in (
        read_event_file(path, variables={"pos_pnl"}),
        read_event_file(path, variables={"pos_pnl"}, in_memory=0),
    ):
        assert dict(events[3].variables) == {"pos_pnl": 3}


def test_a_damaged_file_is_refused_when_it_is_opened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])
    for in_memory in (0, 1_000_000):
        with pytest.raises(DecodingError, match="event 49"):
            read_event_file(path, in_memory=in_memory)


def test_an_empty_blotter(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    path.write_text("[]")
    assert list(EventFile.read(path)) == []
    assert read_event_file(path) == []
