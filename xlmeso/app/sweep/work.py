"""Run or resume a sweep: what ran before is found in the journal, the rest is sent once."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xlmeso.model.backtest import BacktestState
from xlmeso.sheets.sweep.write import WAITING, VariantResult

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.app.sweep.prepare import PreparedSweep
    from xlmeso.journal import RunSet, SetMember, Submission, Submissions
    from xlmeso.model.sweep.variants import Variant

KIND: Final = "sweep"
"""What the notes of a set call it."""

_MOST_SETS: Final = 1000

OnResult = Callable[[int, VariantResult], None]
"""Told the index of a variant and what has come of it, whenever that has changed."""


@dataclass(frozen=True, slots=True)
class SweepRun:
    """Where a sweep stands.

    Attributes
    ----------
    sweep
        What is run.
    members
        Label of a variant -> its run, for those that were written down.
    set_ids
        Sets of the journal that hold them, oldest first.
    """

    sweep: PreparedSweep
    members: Mapping[str, SetMember]
    set_ids: tuple[int, ...]

    @property
    def results(self) -> list[VariantResult]:
        """What has come of each variant so far, in their order."""
        return [result_of(self.members.get(variant.name)) for variant in self.sweep.variants]

    @property
    def missing(self) -> list[Variant]:
        """Variants that were never written down, each once."""
        found = {item.name: item for item in self.sweep.variants if item.name not in self.members}
        return list(found.values())

    @property
    def open(self) -> int:
        """Number of variants with which something is left to do."""
        done = sum(member.run.is_done for member in self.members.values())
        return len(self.sweep.variants) - done

    @property
    def unfinished(self) -> list[Variant]:
        """Variants that ended otherwise than finished."""
        return [
            variant
            for variant in self.sweep.variants
            if variant.name in self.members and _can_run_again(self.members[variant.name].run)
        ]

    @property
    def all_terminal(self) -> bool:
        """Whether every variant has come to an end at the service."""
        members = [self.members.get(variant.name) for variant in self.sweep.variants]
        return all(member is not None and member.run.outcome is not None for member in members)


def look_up(
    connection: Connection, sweep: PreparedSweep, journal: Submissions | None = None
) -> SweepRun:
    """Find what the journal knows of the variants; sends nothing.

    A variant counts as the same run wherever its content is the same, so that a grid which grew
    runs its new combinations only.
    """
    place = _journal(connection, journal)
    wanted = {variant.name for variant in sweep.variants}
    holding: dict[str, int] = {}
    for set_id, label in place.sets.labels().values():
        if label in wanted:
            holding[label] = max(set_id, holding.get(label, 0))
    set_ids = tuple(sorted(set(holding.values())))
    members = {
        member.label: member
        for set_id in set_ids
        for member in place.sets.members(set_id)
        if holding.get(member.label) == set_id
    }
    return SweepRun(sweep, members, set_ids)


def write_down(
    connection: Connection,
    run: SweepRun,
    *,
    retry: bool = False,
    anew: bool = False,
    shared: bool = False,
    notes: Mapping[str, Any] | None = None,
    journal: Submissions | None = None,
) -> SweepRun:
    """Write down in the journal what has to be sent; nothing is sent yet.

    Parameters
    ----------
    retry
        Run again what failed, was refused, cancelled, withdrawn or deleted.
    anew
        Run everything again, whatever came of it before.
    """
    again = list(run.sweep.variants) if anew else [*run.unfinished] if retry else []
    new = [] if anew else run.missing
    for variants, twice in ((new, False), (again, True)):
        if variants:
            _plan(
                connection, run, variants, notes or {}, shared=shared, anew=twice, journal=journal
            )
    return look_up(connection, run.sweep, journal)


def work(
    connection: Connection,
    run: SweepRun,
    *,
    on_result: OnResult | None = None,
    seconds: float | None = None,
    should_stop: Callable[[], bool] | None = None,
    journal: Submissions | None = None,
) -> SweepRun:
    """Run what was written down until all of it has ended, or the time is over.

    Parameters
    ----------
    on_result
        Called in this thread, also for what has ended before.
    seconds
        Stop quietly after so long; what is open goes on the next time.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, with a sentence how to go on; the journal is as it should be.
    XlmesoError
        See `xlmeso.app.dispatch.run_set`.
    """
    from xlmeso.app.dispatch import run_set

    places = {variant.name: index for index, variant in enumerate(run.sweep.variants)}

    def tell(member: SetMember) -> None:
        if on_result is not None and member.label in places:
            on_result(places[member.label], result_of(member))

    end = None if seconds is None else time.monotonic() + seconds
    for set_id in _sets_with_work(run):
        left = None if end is None else max(end - time.monotonic(), 0.0)
        run_set(
            connection, set_id, on_change=tell, should_stop=should_stop, seconds=left,
            journal=journal,
        )  # fmt: skip
    return look_up(connection, run.sweep, journal)


def cancel(connection: Connection, run: SweepRun, journal: Submissions | None = None) -> SweepRun:
    """Withdraw the variants that were not sent and ask the service to stop those that it runs.

    The service stops a run soon, not at once.  Variants that were never written down are not
    concerned.
    """
    from xlmeso.app.dispatch import cancel_set

    for set_id in _sets_with_work(run):
        cancel_set(connection, set_id, journal=journal)
    return look_up(connection, run.sweep, journal)


def open_sets(connection: Connection, journal: Submissions | None = None) -> list[RunSet]:
    """Return the sweeps of the journal with which something is left to do, oldest first."""
    sets = _journal(connection, journal).sets.recent(_MOST_SETS)
    return [
        found for found in reversed(sets) if found.notes.get("Kind") == KIND and not found.is_done
    ]


def work_on_sets(
    connection: Connection,
    sets: Sequence[RunSet],
    *,
    seconds: float | None = None,
    journal: Submissions | None = None,
) -> list[SetMember]:
    """Run sets of the journal to their end, one after the other."""
    from xlmeso.app.dispatch import run_set

    end = None if seconds is None else time.monotonic() + seconds
    members: list[SetMember] = []
    for found in sets:
        left = None if end is None else max(end - time.monotonic(), 0.0)
        members += run_set(connection, found.set_id, seconds=left, journal=journal)
    return members


@contextlib.contextmanager
def work_alone(connection: Connection, *, wanted: bool = True) -> Iterator[bool]:
    """Tell whether no other background process works on this journal; it is told so meanwhile."""
    from filelock import FileLock, Timeout

    if not wanted:
        yield True
        return
    lock = FileLock(_journal(connection, None).path.with_suffix(".background.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def result_of(member: SetMember | None) -> VariantResult:
    """Say what has come of a run, in the words of the sheet."""
    if member is None:
        return VariantResult(WAITING)
    run = member.run
    return VariantResult(_state(run), run.backtest_id, run.reason, member.analytics)


def variant_document(variant: Variant, result: VariantResult) -> dict[str, Any]:
    """Return a variant with what has come of it as a JSON object for programs."""
    return {
        "Variant": variant.number,
        "Name": variant.name,
        "Parameters": dict(variant.parameters),
        "Window": variant.window.title if variant.window else None,
        "BacktestId": result.backtest_id,
        "State": result.state,
        "FailureReason": result.reason,
        "Analytics": None if result.analytics is None else dict(result.analytics),
    }


def _state(run: Submission) -> str:
    from xlmeso.app.dispatch.sets import WITHDRAWN
    from xlmeso.journal import SubmissionState

    words = {
        SubmissionState.INTENDED: WAITING,
        SubmissionState.SENT: "Sending",
        SubmissionState.ACCEPTED: "Running",
        SubmissionState.REFUSED: "Refused",
    }
    if run.outcome is not None:
        return run.outcome.value
    if run.state is SubmissionState.REFUSED and run.reason == WITHDRAWN:
        return "Withdrawn"
    return words.get(run.state, "Deleted")


def _can_run_again(run: Submission) -> bool:
    return run.is_done and run.outcome is not BacktestState.FINISHED


def _plan(
    connection: Connection,
    run: SweepRun,
    variants: Sequence[Variant],
    notes: Mapping[str, Any],
    *,
    shared: bool,
    anew: bool,
    journal: Submissions | None,
) -> None:
    from xlmeso.app.dispatch import NewRun, plan_set

    plan_set(
        connection,
        [NewRun(variant.name, variant.definition) for variant in variants],
        title=run.sweep.title,
        digest=_digest(variants),
        notes={"Kind": KIND, **notes},
        shared=shared,
        anew=anew,
        journal=journal,
    )


def _digest(variants: Iterable[Variant]) -> str:
    """Stand for the variants: their labels end with fingerprints of their content."""
    text = "\n".join(variant.name for variant in variants)
    return f"{KIND}:{hashlib.sha256(text.encode()).hexdigest()}"


def _sets_with_work(run: SweepRun) -> list[int]:
    """Return the sets of runs that are not done, those of this sweep only."""
    return list(run.set_ids) if run.open else []


def _journal(connection: Connection, journal: Submissions | None) -> Submissions:
    from xlmeso.app.submit import open_journal

    return open_journal(connection) if journal is None else journal
