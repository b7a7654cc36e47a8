"""Sets of runs from their plan to their results: write down, run or resume, settle, withdraw."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from xlmeso.errors import ConflictError, NotFoundError
from xlmeso.model.strategy import StrategyDefinition

if TYPE_CHECKING:
    from xlmeso.app.connect import Connection
    from xlmeso.app.dispatch.crew import ThreadCrew
    from xlmeso.app.dispatch.dispatcher import Dispatcher
    from xlmeso.journal import RunSet, SetMember, Submissions
    from xlmeso.journal.flights import Scope

PATIENCE: Final = 900.0
"""Seconds without any reply of the service after which to give up for now."""

WITHDRAWN: Final = "withdrawn before it was sent"
"""Reason of a run that was taken back."""

ONE_PASS: Final = 10.0
"""Longest time, in seconds, of a single pass."""

_LONGEST_NAME: Final = 250
_TAG: Final = 6
_REPORT_EVERY: Final = 0.1
_REPORT_SHARE: Final = 10.0
_FEW: Final = 500
_ONE_DAY: Final = dt.timedelta(days=1)

OnChange = Callable[["SetMember"], None]


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run of a set as its maker gives it.

    Attributes
    ----------
    label
        Of its own within the set; what people see.
    definition
        Complete and without mistakes.
    """

    label: str
    definition: StrategyDefinition


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling did.

    Attributes
    ----------
    changed
        Number of runs whose state changed.
    open
        Number of runs with which something is left to do.
    sets
        The sets that changed, as they are now.
    """

    changed: int
    open: int
    sets: tuple[RunSet, ...]


def plan_set(
    connection: Connection,
    runs: Sequence[NewRun],
    *,
    title: str,
    digest: str,
    notes: Mapping[str, Any] | None = None,
    shared: bool = False,
    anew: bool = False,
    journal: Submissions | None = None,
) -> RunSet:
    """Write down a set of runs, with the exact bytes that will be sent; nothing is sent yet.

    The same digest again gives the set that exists, so that a sweep can be resumed by repeating
    the command that began it.

    Parameters
    ----------
    digest
        What the set was made from, as a short text.
    notes
        JSON that the caller wants to find again with the set.
    shared
        Whether every user of the service who has the link may see the runs.
    anew
        Make another set though one of this digest exists.
    journal
        The service's journal, None for the usual one.

    Raises
    ------
    JournalError
        No runs, a label twice, or a set of this digest that has other runs.
    """
    from xlmeso.app.submit import random_key
    from xlmeso.journal import IntendedRun
    from xlmeso.wire.outbound import submission_body

    keyed = connection.client.contract.has_idempotency
    intended = []
    for run in runs:
        key = random_key()
        definition = run.definition if keyed else _tagged(run.definition, key)
        body = submission_body(definition, shared=shared, idempotency_key=key if keyed else None)
        name = definition.backtest.name or run.label
        effort = effort_of(definition)
        intended.append(IntendedRun(run.label, name, key, body, keyed, effort))
    place = _journal(connection, journal)
    return place.sets.add(title, digest, intended, notes=notes, anew=anew)


def run_set(
    connection: Connection,
    set_id: int,
    *,
    on_change: OnChange | None = None,
    should_stop: Callable[[], bool] | None = None,
    seconds: float | None = None,
    patience: float = PATIENCE,
    journal: Submissions | None = None,
) -> list[SetMember]:
    """Run or resume a set until all of its runs have ended and their analytics are kept.

    Parameters
    ----------
    on_change
        Told every run at the beginning, and again whenever its state has changed; in the
        caller's thread.
    should_stop
        Asked several times a second; True ends the work quietly.
    seconds
        Stop quietly after so long; 0 for one pass: send what there is room for, look once.
    patience
        Seconds without any reply after which to give up.

    Returns
    -------
    list of SetMember
        All runs of the set, in order.

    Raises
    ------
    XlmesoError
        No submission can succeed, the service does not answer, or results cannot be fetched;
        the journal has everything, and the set can be resumed.
    KeyboardInterrupt
        On Ctrl-C, within a second, with a sentence how to go on.
    """
    from xlmeso.journal import JournalError
    from xlmeso.journal.flights import Scope

    place = _journal(connection, journal)
    if place.sets.get(set_id) is None:
        raise JournalError(f"the journal has no set {set_id}", where=str(place.path))
    reporter = _Reporter(place, set_id, on_change)
    with _dispatcher(connection, place, Scope(set_id=set_id), patience) as dispatcher:
        dispatcher.on_turn = reporter.tell
        reporter.tell(at_once=True)
        _work(dispatcher, seconds, should_stop, lambda: _advice(place, set_id))
        reporter.tell(at_once=True)
    return place.sets.members(set_id)


def settle(
    connection: Connection, *, seconds: float = 5.0, journal: Submissions | None = None
) -> Settled:
    """Settle what is open: what a refresh does before it shows anything.

    Submissions without a reply are settled, runs of open sets are sent as far as there is room,
    states are asked for and results are kept.  What is older than a week is left alone.

    Parameters
    ----------
    seconds
        Longest time that it may take.

    Raises
    ------
    XlmesoError
        See `run_set`.
    """
    from xlmeso.journal.flights import STALE, Scope

    place = _journal(connection, journal)
    now = dt.datetime.now(dt.UTC)
    scope = Scope(since=now - STALE)
    before = place.flights.states(scope, now)
    with _dispatcher(connection, place, scope, seconds) as dispatcher:
        _work(dispatcher, 0.0, None, lambda: "Nothing is lost.", longest=seconds)
    after = place.flights.states(scope, now)
    changed = {key for key, state in after.items() if before.get(key) != state}
    labels = place.sets.labels()
    touched = sorted({labels[key][0] for key in changed & labels.keys()})
    found = (place.sets.get(number) for number in touched)
    view = place.flights.view(scope, "", now)
    return Settled(
        len(changed),
        view.waiting + len(view.open_keys),
        tuple(item for item in found if item is not None),
    )


def cancel_set(
    connection: Connection, set_id: int, *, journal: Submissions | None = None
) -> list[SetMember]:
    """Withdraw the runs that were not sent and ask the service to stop those that it has.

    Returns
    -------
    list of SetMember
        The runs as they are now; the service stops a run soon, not at once.

    Raises
    ------
    NotInContractError
        The service cannot stop runs; those that were not sent are withdrawn all the same.
    """
    from xlmeso.journal import SubmissionState

    place = _journal(connection, journal)
    with place.writing() as moves:
        for member in place.sets.members(set_id):
            if member.run.state is SubmissionState.INTENDED:
                moves.refused(member.run.key, WITHDRAWN)
    for member in run_set(connection, set_id, seconds=0.0, journal=place):
        if member.run.state is SubmissionState.ACCEPTED and member.run.backtest_id:
            with contextlib.suppress(ConflictError, NotFoundError):
                connection.client.backtests.cancel(member.run.backtest_id)
    return run_set(connection, set_id, seconds=0.0, journal=place)


def set_document(member: SetMember) -> dict[str, Any]:
    """Return a run of a set as a JSON object, for programs."""
    run = member.run
    return {
        "Label": member.label,
        "Name": run.name,
        "BacktestId": run.backtest_id,
        "State": run.state.value,
        "Outcome": None if run.outcome is None else run.outcome.value,
        "Reason": run.reason,
        "Analytics": None if member.analytics is None else dict(member.analytics),
    }


def effort_of(definition: StrategyDefinition) -> float:
    """Return the days that a definition simulates: how long its run takes, up to a factor."""
    settings = definition.backtest
    if settings.start is None or settings.end is None:
        return 1.0
    days = (settings.end.replace(tzinfo=None) - settings.start.replace(tzinfo=None)) / _ONE_DAY
    return max(days, 1.0)


def _tagged(definition: StrategyDefinition, key: str) -> StrategyDefinition:
    """Give the run a name of its own: without keys, the name is how it is found again."""
    tag = f" ~{key[:_TAG]}"
    name = (definition.backtest.name or "")[: _LONGEST_NAME - len(tag)]
    return definition.with_name(f"{name}{tag}".strip())


def _journal(connection: Connection, journal: Submissions | None) -> Submissions:
    from xlmeso.app.submit import open_journal

    return open_journal(connection) if journal is None else journal


@contextlib.contextmanager
def _dispatcher(
    connection: Connection, journal: Submissions, scope: Scope, patience: float
) -> Iterator[Dispatcher]:
    from xlmeso.app.dispatch.dispatcher import Contract, Dispatcher
    from xlmeso.journal.owners import owning

    offered = connection.client.contract
    contract = Contract(
        keyed=offered.has_idempotency, has_status=offered.has_status, patience=patience
    )
    with owning(journal.path.parent) as owner, _crew(connection) as crew:
        yield Dispatcher(journal, crew, scope, owner, contract)


@contextlib.contextmanager
def _crew(connection: Connection) -> Iterator[ThreadCrew]:
    from xlmeso.app.dispatch.crew import ThreadCrew
    from xlmeso.wire.retry import NO_RETRY

    crew = ThreadCrew(connection.client.with_retry(NO_RETRY))
    try:
        yield crew
    finally:
        crew.dismiss()


def _work(
    dispatcher: Dispatcher,
    seconds: float | None,
    should_stop: Callable[[], bool] | None,
    advice: Callable[[], str],
    *,
    longest: float = ONE_PASS,
) -> None:
    """Let a dispatcher work until it is done, time is over or somebody says stop."""
    from xlmeso.app.dispatch.interruption import interruptible

    limit = longest if seconds == 0.0 else seconds
    end = None if limit is None else time.monotonic() + limit
    with interruptible() as wish:

        def stop() -> bool:
            late = end is not None and time.monotonic() >= end
            return wish.asked or late or (should_stop is not None and should_stop())

        dispatcher.run(stop, once=seconds == 0.0)
    if wish.asked:
        raise KeyboardInterrupt(advice())


def _advice(journal: Submissions, set_id: int) -> str:
    found = journal.sets.get(set_id)
    assert found is not None
    return (
        f"{found.ended} of {found.total} runs have ended; all others are in the journal and none "
        "will be sent twice. Go on with the same command and --resume, or look with: "
        f"xlmeso journal --set {set_id}"
    )


class _Reporter:
    """Tells each run of a set at the beginning and whenever its state has changed."""

    def __init__(self, journal: Submissions, set_id: int, on_change: OnChange | None) -> None:
        from xlmeso.journal.flights import Scope

        self._journal, self._set_id, self._on_change = journal, set_id, on_change
        self._scope = Scope(set_id=set_id)
        self._known: dict[str, tuple[str, str | None]] = {}
        self._next_at = float("-inf")

    def tell(self, *, at_once: bool = False) -> None:
        """Tell what has changed, not more often than somebody can look."""
        if self._on_change is None or not (at_once or self._is_time()):
            return
        begun = time.monotonic()
        now = self._journal.flights.states(self._scope, dt.datetime.now(dt.UTC))
        changed = {key for key, state in now.items() if self._known.get(key) != state}
        self._known = now
        few = sorted(changed) if len(changed) <= _FEW else None
        for member in self._journal.sets.members(self._set_id, few) if changed else ():
            if member.run.key in changed:
                self._on_change(member)
        # A set of ten thousand takes longer to look through, and is looked through less often.
        end = time.monotonic()
        self._next_at = end + max(_REPORT_EVERY, _REPORT_SHARE * (end - begun))

    def _is_time(self) -> bool:
        return time.monotonic() >= self._next_at
