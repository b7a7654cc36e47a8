"""Sets of runs without any fault: both contracts, resumed, in parts, reported."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from fast_service import fast_service
from fault_helpers import at_service, check_exactly_once, connected, planned

from xlmeso.app.dispatch import run_set, set_document, settle
from xlmeso.journal import JournalError, SetMember, Submissions


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
