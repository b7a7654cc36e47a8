"""Sets and single runs without any fault: both contracts, resumed, in parts, reported."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from fast_service import fast_service
from fault_helpers import at_service, check_exactly_once, connected, planned

from xlmeso.app.dispatch import cancel_set, run_set, set_document, settle
from xlmeso.app.dispatch.delivery import deliver
from xlmeso.errors import RateLimitError
from xlmeso.journal import JournalError, SetMember, Submissions
from xlmeso.model.backtest import BacktestState
from xlmeso.model.templates import load_template
from xlmeso.wire.outbound import submission_body
from xlmeso.wire.retry import NO_RETRY

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("contract", ["newer", "seed"])
def test_a_set_runs_to_its_end_and_is_told_step_by_step(
    tmp_path: Path, journal: Submissions, contract: str
) -> None:
    seen: dict[str, list[str]] = {}

    def note(member: SetMember) -> None:
        seen.setdefault(member.label, []).append(member.run.state.value)

    with (
        fast_service(tmp_path / "data", contract=contract) as service,
        connected(service.url, service.api_key, contract=contract) as connection,
    ):
        made = planned(connection, journal, 12)
        members = run_set(connection, made.set_id, on_change=note, journal=journal)
        check_exactly_once(connection, members, f"undisturbed, {contract}")
        # Once more: nothing is sent.
        assert run_set(connection, made.set_id, journal=journal) == members
        assert len(at_service(connection)) == 12
    assert {states[-1] for states in seen.values()} == {"stored"}
    order = ["accepted", "ended", "stored"]
    for states in seen.values():  # a full queue sends one back from sent to intended
        taken = [state for state in states if state in order]
        assert states[0] == "intended"
        assert [order.index(state) for state in taken] == sorted(map(order.index, taken))
    document = set_document(members[0])
    assert document["Analytics"]["StratTradeCnt"] == 7
    assert (document["Label"], document["Outcome"], document["State"]) == (
        "v0", "Finished", "stored",
    )  # fmt: skip


def test_parts_of_a_second_add_up_and_settling_finishes_the_rest(
    tmp_path: Path, journal: Submissions
) -> None:
    with (
        fast_service(tmp_path / "data", seconds=1.5) as service,
        connected(service.url, service.api_key) as connection,
    ):
        made = planned(connection, journal, 8)
        first = run_set(connection, made.set_id, seconds=0.0, journal=journal)
        assert not all(member.run.is_done for member in first)
        assert any(member.run.backtest_id for member in first)
        end = time.monotonic() + 40.0
        while settle(connection, journal=journal).open and time.monotonic() < end:
            time.sleep(0.1)
        check_exactly_once(connection, journal.sets.members(made.set_id), "in parts")


def test_an_unknown_set_is_named(tmp_path: Path, journal: Submissions) -> None:
    with (
        connected("http://127.0.0.1:9", "key-of-nobody") as connection,
        pytest.raises(JournalError, match="no set 7"),
    ):
        run_set(connection, 7, journal=journal)


def test_a_cancelled_set_sends_no_more_and_asks_the_service_to_stop(
    tmp_path: Path, journal: Submissions
) -> None:
    with (
        fast_service(tmp_path / "data", seconds=30.0) as service,
        connected(service.url, service.api_key) as connection,
    ):
        made = planned(connection, journal, 10)
        begun = run_set(connection, made.set_id, seconds=1.0, journal=journal)
        sent = [member for member in begun if member.run.backtest_id]
        assert 0 < len(sent) < 10
        cancel_set(connection, made.set_id, journal=journal)
        ended = run_set(connection, made.set_id, journal=journal)
        assert len(at_service(connection)) == len(sent)
    outcomes = Counter((member.run.state.value, member.run.outcome) for member in ended)
    assert outcomes == {
        ("ended", BacktestState.CANCELLED): len(sent),
        ("refused", None): 10 - len(sent),
    }


def test_a_single_run_goes_before_the_runs_of_a_set(tmp_path: Path, journal: Submissions) -> None:
    """Two slots, always full: the single run gets the next one, though forty are waiting."""
    with (
        fast_service(tmp_path / "data", seconds=0.5, slots=2) as service,
        connected(service.url, service.api_key) as connection,
    ):
        made = planned(connection, journal, 40)
        stop = threading.Event()
        sweep = threading.Thread(
            target=lambda: run_set(
                connection, made.set_id, should_stop=stop.is_set, journal=journal
            )
        )
        sweep.start()
        try:
            wait_until(lambda: len(journal.in_flight()) == 2)
            time.sleep(1.0)
            journal.record("single", submission("single"), "single-key")
            receipt = deliver(connection.client, journal, "single-key", patience=30.0)
            waiting = [m for m in journal.sets.members(made.set_id) if not m.run.backtest_id]
        finally:
            stop.set()
            sweep.join(20.0)
        assert receipt.backtest_id in {run for _, run in at_service(connection)}
        assert len(waiting) > 4


def test_a_single_run_without_a_slot_says_so_and_is_not_sent_later(
    tmp_path: Path, journal: Submissions
) -> None:
    with (
        fast_service(tmp_path / "data", seconds=30.0, slots=1) as service,
        connected(service.url, service.api_key) as connection,
    ):
        for name in ("first", "second"):
            journal.record(name, submission(name), f"{name}-key")
        assert deliver(connection.client, journal, "first-key").name == "first"
        once = connection.client.with_retry(NO_RETRY)
        with pytest.raises(RateLimitError, match="wait or run already"):
            deliver(once, journal, "second-key", patience=2.0)
        journal.record("third", submission("third"), "third-key")
        with pytest.raises(RateLimitError, match="in use"):
            deliver(once, journal, "third-key", patience=0.5)
        settle(connection, journal=journal)
        assert [name for name, _ in at_service(connection)] == ["first"]
    states = {run.name: run.state for run in journal.recent()}
    assert states == {"first": "accepted", "second": "refused", "third": "refused"}


def submission(name: str) -> bytes:
    return submission_body(
        load_template("short-put").with_name(name), idempotency_key=f"{name}-key"
    )


def wait_until(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
