"""The dispatcher in virtual time: none twice, none lost, slots kept full, few requests."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from virtual_service import VirtualCrew, VirtualService

from xlmeso.app.dispatch import dispatcher
from xlmeso.app.dispatch.dispatcher import Contract, Dispatcher
from xlmeso.app.dispatch.tasks import Kind
from xlmeso.journal import IntendedRun, Submissions, SubmissionState
from xlmeso.journal.flights import Scope


@pytest.fixture(scope="module", autouse=True)
def long_turns() -> Iterator[None]:
    """Nobody presses Ctrl-C in virtual time, so a turn need not end five times a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatcher, "_LONGEST_TURN", 2.0)
        yield


def journal_with(folder: Path, lengths: dict[str, float], *, keyed: bool) -> Submissions:
    journal = Submissions(folder / "journal.sqlite")
    runs = [
        IntendedRun(name, name, f"key-{name}", body(name), keyed, seconds)
        for name, seconds in lengths.items()
    ]
    journal.sets.add("sweep", "digest", runs)
    return journal


def body(name: str) -> bytes:
    return json.dumps({"name": name, "key": f"key-{name}"}).encode()


def dispatched(
    journal: Submissions, service: VirtualService, *, until: float | None = None, seed: int = 1
) -> VirtualCrew:
    """Let a dispatcher work to the end, or until it is killed at a moment."""
    crew = VirtualCrew(service)
    made = Dispatcher(
        journal,
        crew,
        Scope(set_id=1),
        "me",
        Contract(keyed=service.keyed, absence=5.0),
        chance=random.Random(seed).random,
    )
    made.run(lambda: until is not None and crew.now >= until)
    return crew


def check(journal: Submissions, service: VirtualService) -> None:
    members = journal.sets.members(1)
    assert {member.run.state for member in members} == {SubmissionState.STORED}
    assert Counter(run.name for run in service.runs.values()) == Counter(
        member.label for member in members
    )
    assert {member.run.backtest_id for member in members} == set(service.runs)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    lengths=st.lists(st.floats(0.2, 20.0), min_size=1, max_size=14),
    slots=st.integers(1, 6),
    retry_after=st.sampled_from([None, 0.5, 3.0]),
    losses=st.tuples(st.floats(0.0, 0.4), st.floats(0.0, 0.4)),
    keyed=st.booleans(),
    seed=st.integers(0, 99),
)
def test_none_is_lost_and_none_exists_twice(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[float],
    slots: int,
    retry_after: float | None,
    losses: tuple[float, float],
    keyed: bool,
    seed: int,
) -> None:
    named = {f"r{n}": seconds for n, seconds in enumerate(lengths)}
    service = VirtualService(
        named, slots, retry_after, keyed, lost_before=losses[0], lost_after=losses[1], seed=seed
    )
    journal = journal_with(tmp_path_factory.mktemp("j"), named, keyed=keyed)
    dispatched(journal, service)
    check(journal, service)
    assert service.most_at_once <= slots


@settings(max_examples=10, deadline=None)
@given(moments=st.lists(st.floats(0.02, 6.0), min_size=1, max_size=5), keyed=st.booleans())
def test_dispatchers_that_die_leave_everything_to_the_next(
    tmp_path_factory: pytest.TempPathFactory, moments: list[float], keyed: bool
) -> None:
    """What a dead one had sent has arrived; its replies nobody has seen."""
    named = {f"r{n}": 1.0 + n % 3 for n in range(10)}
    service = VirtualService(named, 3, keyed=keyed)
    journal = journal_with(tmp_path_factory.mktemp("j"), named, keyed=keyed)
    for moment in moments:
        dispatched(journal, service, until=moment)
    dispatched(journal, service)
    check(journal, service)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slots", "length", "goal"), [(2, 10.0, 1.05), (8, 20.0, 1.08), (50, 50.0, 1.10)]
)
def test_slots_are_kept_full_without_knowing_how_many_there_are(
    tmp_path: Path, slots: int, length: float, goal: float
) -> None:
    named = {f"r{n}": length for n in range(200)}
    service = VirtualService(named, slots, retry_after=1.0)
    journal = journal_with(tmp_path, named, keyed=True)
    crew = dispatched(journal, service)
    check(journal, service)
    ideal = 200 / slots * length
    per_run = {kind.value: count / 200 for kind, count in service.requests.items()}
    assert crew.now <= goal * ideal, (crew.now / ideal, per_run)
    assert service.requests[Kind.SEND] <= 215
    assert service.requests.total() <= 200 * 4, per_run


def test_longest_runs_go_first(tmp_path: Path) -> None:
    named = {"short": 1.0, "long": 30.0, "middle": 10.0}
    service = VirtualService(named, 1)
    journal = journal_with(tmp_path, named, keyed=True)
    dispatched(journal, service)
    assert [run.name for run in service.runs.values()] == ["long", "middle", "short"]


@pytest.mark.slow
def test_random_lengths_stay_near_the_best_schedule(tmp_path: Path) -> None:
    """Log-normal runs, median 50 s, ten slots: the best list scheduling needs 1.07 times."""
    chance = random.Random(5)
    lengths = {f"r{n}": 50.0 * chance.lognormvariate(0.0, 0.6) for n in range(200)}
    service = VirtualService(lengths, 10, retry_after=5.0)
    journal = Submissions(tmp_path / "journal.sqlite")
    runs = [IntendedRun(name, name, f"key-{name}", body(name)) for name in lengths]
    journal.sets.add("sweep", "digest", runs)  # nobody knows the lengths
    crew = dispatched(journal, service)
    check(journal, service)
    bound = max(sum(lengths.values()) / 10, max(lengths.values()))
    assert crew.now <= 1.15 * bound
    assert service.requests[Kind.SEND] <= 215
