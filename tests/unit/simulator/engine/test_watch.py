"""Cancelling, progress and orphaned runs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from fake_market import FakeMarket, Listed, definition, leg, weekdays

from xlmeso.simulator.engine.simulate import simulate
from xlmeso.simulator.engine.watch import RunStoppedError, Watch


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_cancel_file_stops_the_run_at_the_next_look(tmp_path: Path) -> None:
    clock, cancel = Clock(), tmp_path / "cancel"
    watch = Watch(cancel, clock=clock)
    watch.look(0, 10)
    cancel.touch()
    watch.look(1, 10)  # too soon after the last look
    clock.now += 0.06
    with pytest.raises(RunStoppedError):
        watch.look(2, 10)


def test_progress_is_written_at_most_five_times_a_second(tmp_path: Path) -> None:
    clock, progress = Clock(), tmp_path / "progress"
    watch = Watch(progress_file=progress, clock=clock)
    seen = []
    for step in range(101):
        watch.look(step, 100)
        seen.append(progress.read_text(encoding="ascii"))
        clock.now += 0.01
    assert seen[0] == "0.0000"
    assert 5 <= len(set(seen)) <= 6
    assert [path.name for path in tmp_path.iterdir()] == ["progress"]


def test_unwritable_progress_does_not_stop_the_run(tmp_path: Path) -> None:
    Watch(progress_file=tmp_path / "no" / "folder" / "progress").look(1, 2)


class GoneParent:
    @staticmethod
    def is_alive() -> bool:
        return False


def test_run_stops_when_its_parent_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.parent_process", GoneParent)
    with pytest.raises(RunStoppedError):
        Watch().look(0, 1)


def test_stopped_run_keeps_what_it_reached() -> None:
    class Impatient(Watch):
        def look(self, done: int, total: int) -> None:
            if done > 2 * 79:
                raise RunStoppedError("enough")

    dates = weekdays(dt.date(2020, 1, 6), 15)
    market = FakeMarket(dates, 100.0, [Listed("SPXW", dt.date(2020, 2, 5))])
    pieces = bytearray()
    result = simulate(
        definition(legs=[leg("put", -1, "Put", StrikePrice=95)]),
        market,
        pieces.extend,
        watch=Impatient(),
    )
    assert result.is_stopped
    assert result.failure is None
    assert result.nav.size == 2 * 79
    assert result.nav[-1] == 10000 + 10 - 1.5
    assert bytes(pieces).rstrip().endswith(b"]")
    assert b'"Finish"' not in pieces
