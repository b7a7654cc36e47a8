"""Folders of runs, and their files as streams."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service_runs import EVENTS, pack

from xlmeso.model.backtest import BacktestState
from xlmeso.simulator.artifact_streams import (
    EventFilter,
    accepts_gzip,
    array_items,
    filtered_events,
    raw_bytes,
    unpacked_bytes,
)
from xlmeso.simulator.artifacts import Artifacts
from xlmeso.simulator.records import BacktestRecord


def record(attempt: int = 1) -> BacktestRecord:
    return BacktestRecord(
        backtest_id="id",
        user="ann",
        name="n",
        strategy_name="s",
        shared=False,
        state=BacktestState.STARTED,
        created_at="",
        started_at=None,
        finished_at=None,
        failure_reason=None,
        folder="f00d",
        attempt=attempt,
        crashes=0,
        cancel_requested=False,
        delete_mode=None,
    )


def test_an_attempt_becomes_the_result(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    files = artifacts.prepare(record())
    (files.folder / "navs.csv.gz").write_bytes(b"x")
    assert artifacts.file(record(), "navs.csv.gz") is None
    artifacts.commit(record())
    artifacts.commit(record())
    path = artifacts.file(record(), "navs.csv.gz")
    assert path is not None
    assert path.read_bytes() == b"x"
    assert not files.folder.exists()


def test_a_later_attempt_begins_with_nothing(tmp_path: Path) -> None:
    """A kill between rename and commit leaves a result of a run that runs again."""
    artifacts = Artifacts(tmp_path)
    files = artifacts.prepare(record())
    (files.folder / "navs.csv.gz").write_bytes(b"old")
    files.cancel_file.touch()
    files.lock_file.touch()
    artifacts.commit(record())
    again = artifacts.prepare(record(attempt=2))
    assert artifacts.file(record(2), "navs.csv.gz") is None
    assert list(again.folder.iterdir()) == []
    assert again.lock_file == files.lock_file
    assert files.lock_file.exists()
    assert not again.cancel_file.exists()


@pytest.mark.parametrize(
    ("text", "share"),
    [("0.25", 0.25), ("1", 1.0), ("7", 1.0), ("-1", 0.0), ("nan", None), ("", None), ("x", None)],
)
def test_progress_is_a_share_or_nothing(tmp_path: Path, text: str, share: float | None) -> None:
    artifacts = Artifacts(tmp_path)
    assert artifacts.progress(record()) is None
    artifacts.prepare(record()).progress_file.write_text(text)
    assert artifacts.progress(record()) == share


def test_the_sweep_keeps_what_is_named(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path)
    for name in ("keep", "go"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    (tmp_path / "stray").touch()
    artifacts.sweep({"keep"})
    assert [path.name for path in tmp_path.iterdir()] == ["keep"]


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("*", True),
        ("*;q=0", False),
        ("identity, *;q=0.1, gzip;q=0", False),
        ("br", False),
        ("gzip;q=x", False),
    ],
)
def test_who_takes_gzip(header: str | None, taken: bool) -> None:
    assert accepts_gzip(header) is taken


def filtered(path: Path, **wanted: Any) -> Any:
    return json.loads(b"".join(filtered_events(path, EventFilter(**wanted))))


@pytest.mark.parametrize(
    ("wanted", "indices"),
    [
        ({"event_type": "EntryTrade"}, [1]),
        ({"event_type": "entrytrade"}, [1]),
        ({"event_type": "Finish"}, [4]),
        ({"event_type": "NoSuchType"}, []),
        ({"start": dt.datetime(2021, 1, 4, 15, 30)}, [1, 2, 3]),
        ({"end": dt.datetime(2021, 1, 4, 15, 30)}, [0, 1]),
        ({"start": dt.datetime(2021, 1, 4, 15, 30), "end": dt.datetime(2021, 1, 4, 16)}, [1, 2]),
        ({"start": dt.datetime(2021, 1, 4, 15, 30, tzinfo=dt.UTC)}, [1, 2, 3]),
        ({"start": dt.datetime(2021, 1, 5), "event_type": "EndOfDay"}, []),
    ],
)
def test_events_are_filtered(tmp_path: Path, wanted: dict[str, Any], indices: list[int]) -> None:
    pack(tmp_path / "e.gz", json.dumps(EVENTS))
    assert filtered(tmp_path / "e.gz", **wanted) == [EVENTS[index] for index in indices]


def test_numbers_keep_their_spelling(tmp_path: Path) -> None:
    text = '[ {"EventType":"A","NAV":1.50} ,\n{"EventType":"B"},{"EventType":"a","NAV":1e2}\n]'
    pack(tmp_path / "e.gz", text)
    pieces = b"".join(filtered_events(tmp_path / "e.gz", EventFilter(event_type="a")))
    assert pieces == b'[{"EventType":"A","NAV":1.50},{"EventType":"a","NAV":1e2}]'


def test_many_events_come_in_pieces(tmp_path: Path) -> None:
    many = [{"EventType": "EndOfDay", "Message": "x" * 1000, "N": n} for n in range(2000)]
    pack(tmp_path / "e.gz", json.dumps(many))
    pieces = list(filtered_events(tmp_path / "e.gz", EventFilter(event_type="EndOfDay")))
    assert len(pieces) > 4
    assert max(map(len, pieces)) < 400_000
    assert json.loads(b"".join(pieces)) == many


EVENT = st.dictionaries(
    st.text(max_size=5), st.text(max_size=8) | st.floats(allow_nan=False) | st.none(), max_size=4
)


@settings(max_examples=50)
@given(st.lists(EVENT, max_size=5), st.integers(1, 40), st.sampled_from([None, 2]))
def test_an_array_is_read_in_pieces_of_any_size(
    events: list[dict[str, Any]], chunk: int, indent: int | None
) -> None:
    text = io.StringIO(json.dumps(events, indent=indent))
    assert [event for _, event in array_items(text.read, chunk=chunk)] == events


@pytest.mark.parametrize("text", ["", "{}", '[{"a": 1}', '[{"a": ', "[{]"])
def test_a_broken_array_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|array|delimiter"):
        list(array_items(io.StringIO(text).read))


def test_streams_carry_the_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 3000
    (tmp_path / "f.gz").write_bytes(gzip.compress(content))
    assert b"".join(unpacked_bytes(tmp_path / "f.gz")) == content
    assert b"".join(raw_bytes(tmp_path / "f.gz")) == (tmp_path / "f.gz").read_bytes()
