"""The store: one file, each state left once, and what is found again after a kill."""

from __future__ import annotations

import datetime as dt
import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xlmeso.errors import ConfigurationError
from xlmeso.model.backtest import BacktestState, DeleteMode
from xlmeso.simulator.records import BacktestRecord, NewBacktest, utc_text
from xlmeso.simulator.schema import FILE_NAME
from xlmeso.simulator.store import (
    BacktestStore,
    IdempotencyKeyGoneError,
    IdempotencyKeyReusedError,
    TooManyInFlightError,
)

PERIOD = {"start": dt.datetime(2000, 1, 1), "end": dt.datetime(2100, 1, 1)}
numbers = itertools.count()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BacktestStore]:
    made = BacktestStore(tmp_path)
    yield made
    made.close()


def new(**changes: Any) -> NewBacktest:
    number = next(numbers)
    given: dict[str, Any] = {
        "backtest_id": f"id-{number}",
        "user": "ann",
        "name": "GrimCat",
        "strategy_name": "ShortPut",
        "shared": False,
        "definition_json": '{"Cash": 10000.0000}',
        "folder": f"folder-{number}",
        "idempotency_key": None,
        "payload_digest": "d1",
    }
    return NewBacktest(**(given | changes))


def create(store: BacktestStore, **changes: Any) -> BacktestRecord:
    return store.create(new(**changes), in_flight_limit=100)


def claim(store: BacktestStore) -> BacktestRecord:
    record = store.claim_next()
    assert record is not None
    return record


def state(store: BacktestStore, record: BacktestRecord) -> BacktestState:
    found = store.get_any(record.backtest_id)
    assert found is not None
    return found.state


def listed(store: BacktestStore, user: str = "ann", **changes: Any) -> list[str]:
    query: dict[str, Any] = {"state": None, "shared_too": True, "limit": 1000, "offset": 0}
    rows = store.page(user, **(PERIOD | query | changes))
    return [record.backtest_id for record, _ in rows]


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (dt.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05.000000Z"),
        (
            dt.datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=dt.timezone(dt.timedelta(hours=5))),
            "2026-01-01T22:04:05.000060Z",
        ),
    ],
)
def test_times_are_utc_of_fixed_width(moment: dt.datetime, text: str) -> None:
    assert utc_text(moment) == text


def test_what_is_kept_is_found_after_reopening(tmp_path: Path) -> None:
    first = BacktestStore(tmp_path)
    kept = create(first)
    first.close()
    again = BacktestStore(tmp_path)
    try:
        assert again.get(kept.backtest_id) == kept
        assert again.definition(kept.backtest_id) == '{"Cash": 10000.0000}'
    finally:
        again.close()


def test_a_key_replays_refuses_and_stays_reserved(store: BacktestStore) -> None:
    made = create(store, idempotency_key="k", payload_digest="d1")
    assert store.replay("ann", "k", "d1") == made
    assert store.replay("ann", "K", "d1") is None
    assert store.replay("bob", "k", "d1") is None
    with pytest.raises(IdempotencyKeyReusedError):
        store.replay("ann", "k", "d2")
    with pytest.raises(IdempotencyKeyReusedError):
        create(store, idempotency_key="k", payload_digest="d2")
    store.mark_deleted(made.backtest_id, DeleteMode.FULL)
    store.purge(made.backtest_id)
    for _ in range(2):
        with pytest.raises(IdempotencyKeyGoneError):
            create(store, idempotency_key="k", payload_digest="d1")


@pytest.mark.parametrize("mode", [DeleteMode.SOFT, DeleteMode.FULL])
def test_a_hidden_backtest_leaves_its_key_gone(store: BacktestStore, mode: DeleteMode) -> None:
    made = create(store, idempotency_key="k")
    store.mark_deleted(made.backtest_id, mode)
    assert store.get(made.backtest_id) is None
    with pytest.raises(IdempotencyKeyGoneError):
        store.replay("ann", "k", "d1")


def test_a_backtest_without_details_still_answers_its_key(store: BacktestStore) -> None:
    made = create(store, idempotency_key="k")
    store.mark_deleted(made.backtest_id, DeleteMode.DETAILS)
    replayed = store.replay("ann", "k", "d1")
    assert replayed is not None
    assert replayed.backtest_id == made.backtest_id


def test_a_refused_submission_leaves_nothing(store: BacktestStore) -> None:
    create(store)
    with pytest.raises(TooManyInFlightError):
        store.create(new(idempotency_key="k"), in_flight_limit=1)
    assert store.replay("ann", "k", "d1") is None
    assert store.create(new(user="bob"), in_flight_limit=1).user == "bob"


def test_runs_are_claimed_oldest_first_and_once(store: BacktestStore) -> None:
    made = [create(store).backtest_id for _ in range(3)]
    assert [claim(store).backtest_id for _ in range(3)] == made
    assert store.claim_next() is None


def test_a_run_ends_once(store: BacktestStore) -> None:
    create(store)
    running = claim(store)
    store.finish(running, BacktestState.FINISHED, analytics_json="{}")
    store.finish(running, BacktestState.FAILED, failure_reason="late")
    store.put_back(running, crashed=True)
    ended = store.get(running.backtest_id)
    assert ended is not None
    assert (ended.state, ended.failure_reason, ended.crashes) == (BacktestState.FINISHED, None, 0)
    assert ended.finished_at is not None


def test_an_old_attempt_has_no_say(store: BacktestStore) -> None:
    create(store)
    first = claim(store)
    store.put_back(first, crashed=True)
    second = claim(store)
    assert (second.attempt, second.crashes) == (2, 1)
    store.finish(first, BacktestState.FAILED)
    assert state(store, first) is BacktestState.STARTED
    store.finish(second, BacktestState.FINISHED)
    assert state(store, first) is BacktestState.FINISHED


def test_what_waits_is_cancelled_at_once_what_runs_is_noted(store: BacktestStore) -> None:
    running, waiting = create(store), create(store)
    claim(store)
    for record in (running, waiting):
        store.request_cancel(record.backtest_id)
    assert state(store, waiting) is BacktestState.CANCELLED
    noted = store.get(running.backtest_id)
    assert noted is not None
    assert (noted.state, noted.cancel_requested) == (BacktestState.STARTED, True)


def test_a_cancellation_does_not_touch_what_has_ended(store: BacktestStore) -> None:
    create(store)
    running = claim(store)
    store.finish(running, BacktestState.FINISHED)
    before = store.get(running.backtest_id)
    assert store.request_cancel(running.backtest_id) == before


def test_recovery_after_a_kill(store: BacktestStore) -> None:
    interrupted, cancelled, deleted, waiting = (create(store) for _ in range(4))
    for _ in range(3):
        claim(store)
    store.request_cancel(cancelled.backtest_id)
    store.mark_deleted(deleted.backtest_id, DeleteMode.FULL)
    store.recover()
    assert state(store, interrupted) is BacktestState.CREATED
    assert state(store, waiting) is BacktestState.CREATED
    assert state(store, cancelled) is BacktestState.CANCELLED
    assert store.get_any(deleted.backtest_id) is None
    assert claim(store).backtest_id == interrupted.backtest_id


def test_the_list_is_newest_first_own_and_shared(store: BacktestStore) -> None:
    mine, private, shared = create(store), create(store, user="bob"), create(store, user="bob")
    store.set_shared(shared.backtest_id, True)
    assert listed(store) == [shared.backtest_id, mine.backtest_id]
    assert listed(store, shared_too=False) == [mine.backtest_id]
    assert listed(store, "bob") == [shared.backtest_id, private.backtest_id]
    assert listed(store, limit=1, offset=1) == [mine.backtest_id]


def test_the_list_leaves_out_what_is_hidden(store: BacktestStore) -> None:
    made = {mode: create(store) for mode in DeleteMode}
    for mode, record in made.items():
        store.mark_deleted(record.backtest_id, mode)
    assert listed(store) == [made[DeleteMode.DETAILS].backtest_id]


def test_both_ends_of_the_period_are_inclusive(store: BacktestStore) -> None:
    made = create(store)
    moment = dt.datetime.fromisoformat(made.created_at)
    tick = dt.timedelta(microseconds=1)
    assert listed(store, start=moment, end=moment) == [made.backtest_id]
    assert listed(store, start=moment + tick) == []
    assert listed(store, end=moment - tick) == []


def test_folders_of_runs_without_artifacts_are_not_kept(store: BacktestStore) -> None:
    made = {mode: create(store) for mode in DeleteMode}
    kept = create(store)
    running = create(store)
    for mode, record in made.items():
        claim(store)
        store.mark_deleted(record.backtest_id, mode)
        store.request_cancel(record.backtest_id)
    store.recover()
    store.mark_deleted(running.backtest_id, DeleteMode.DETAILS)
    assert store.folders() == {kept.folder, running.folder, made[DeleteMode.SOFT].folder}


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConfigurationError, match="version 99"):
        BacktestStore(tmp_path)


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        BacktestStore(tmp_path)


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = BacktestStore(tmp_path)
    store.close()
    with pytest.raises(ConfigurationError, match="closed"):
        store.get("x")
