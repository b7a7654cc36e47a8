"""The dispatcher: brings runs to their end through the one window that an account has.

It keeps almost nothing in memory.  Each turn it looks at the journal, where every process of the
account leaves its steps, decides, lets its crew speak to the service, and writes down what came
of it, all replies of a turn in one transaction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from xlmeso.app.dispatch.learning import Learning
from xlmeso.app.dispatch.memory import Memory
from xlmeso.app.dispatch.tasks import Crew, Kind, Task
from xlmeso.app.dispatch.watch import due_looks, quiet_seconds, taken_over
from xlmeso.app.dispatch.window import from_text, room, wait_left
from xlmeso.errors import TransportError
from xlmeso.journal import Submission, Submissions, SubmissionState
from xlmeso.journal.flights import Scope, View, ahead_of, held_slots, window_of
from xlmeso.journal.moves import Moves
from xlmeso.model.backtest import BacktestState

SENDERS: Final = 8
"""Submissions under way at once."""

FETCHERS: Final = 4
"""Fetches of results under way at once."""

LOOKERS: Final = 2
"""Questions for the status of single runs under way at once."""

_LONGEST_TURN: Final = 0.2
_SHORTEST_TURN: Final = 0.005
_HOUSEKEEPING: Final = 2.0
_DRAIN: Final = 0.3
_LONG_AGO: Final = 600.0


@dataclass(frozen=True, slots=True)
class Contract:
    """What matters of a service's contract, and how much patience it gets.

    Attributes
    ----------
    keyed
        Whether submissions carry idempotency keys.
    has_status
        Whether there is a status route.
    patience
        Seconds without any reply after which to give up.
    absence
        Seconds after which a run that the list does not show has certainly not arrived.
    """

    keyed: bool = True
    has_status: bool = True
    patience: float = 900.0
    absence: float = 15.0


@dataclass(slots=True)
class Dispatcher:
    """Brings the runs of a scope to their end.

    Parameters
    ----------
    journal
        Of the service.
    crew
        Speaks to the service.
    scope, owner
        Which runs, and under which name (see `xlmeso.journal.owners`).
    contract
        See `Contract`.
    on_turn
        Called after every turn, in the caller's thread.
    chance
        Gives random numbers in 0..1.
    """

    journal: Submissions
    crew: Crew
    scope: Scope
    owner: str
    contract: Contract = field(default_factory=Contract)
    on_turn: Callable[[], None] = lambda: None
    chance: Callable[[], float] = random.random
    memory: Memory = field(default_factory=Memory)
    _learning: Learning = field(init=False)
    _only_what_follows: bool = field(default=False, init=False)
    _swept_at: float = field(default=float("-inf"), init=False)
    _turned_at: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        self._learning = Learning(
            self.memory,
            self.crew,
            keyed=self.contract.keyed,
            absence=self.contract.absence,
            chance=self.chance,
        )

    def run(self, should_stop: Callable[[], bool], *, once: bool = False) -> None:
        """Work until nothing is left to do in the scope, or the caller says stop.

        Parameters
        ----------
        should_stop
            Asked several times a second.
        once
            Look at everything once, send what there is room for, and stop.

        Raises
        ------
        XlmesoError
            No submission can succeed (key, address), the service does not answer any more, or
            some results cannot be fetched; the journal has everything.
        """
        if once:
            self.memory.look_at_all = True
        patience = 0.0
        while not should_stop():
            self._learn(patience)
            view = self._view()
            busy_before = len(self.memory.busy)
            if not view.waiting and not self._open_keys(view) - self.memory.given_up.keys():
                self._raise_what_was_given_up(view)
                break
            self._begin(view)
            self._only_what_follows |= once
            self.on_turn()
            if once and not self.memory.busy and not busy_before:
                break
            patience = self._patience(view)
        else:
            self._drain()
        self.on_turn()

    def _learn(self, patience: float) -> None:
        replies = self.crew.replies(patience)
        now = self.crew.clock()
        passed = min(max(now - self._turned_at, 0.0), _LONGEST_TURN * 5)  # a sleep is no silence
        self._turned_at = now
        if not replies:
            self.memory.silence += passed if self.memory.fault is not None else 0.0
        else:
            with self.journal.flights.writing() as moves:
                self._learning.learn(moves, replies)
                claimed = self._claim(moves) if self.memory.fatal is None else []
            self._send(claimed)
        if self.memory.fatal is not None:
            raise self.memory.fatal
        fault = self.memory.fault
        if fault is not None and self.memory.silence > self.contract.patience:
            raise TransportError(
                f"{fault.message}; there was no reply for {self.memory.silence:,.0f} s",
                where=fault.where,
                cure="Nothing is lost: go on when the service can be reached again.",
            )

    def _view(self) -> View:
        flights, wall = self.journal.flights, self.crew.wall()
        now = self.crew.clock()
        if now - self._swept_at >= _HOUSEKEEPING:
            self._swept_at = now
            flights.adopt(self.scope, self.owner, wall)
            self.memory.alive.clear()
            self._forget_the_dead(flights.view(self.scope, self.owner, wall).ahead)
        return flights.view(self.scope, self.owner, wall)

    def _forget_the_dead(self, waiting: Sequence[str]) -> None:
        for owner in waiting:
            if not self._is_alive(owner):
                self.journal.flights.forget(owner)

    def _open_keys(self, view: View) -> set[str]:
        """Return the runs of the scope that were sent and are not done with."""
        return {*view.open_keys} | {run.key for run in view.to_fetch}

    def _begin(self, view: View) -> None:
        self._send_again(view)
        is_sending = self._send_new(view)
        # A single run cares for other runs only while they keep it from being sent.
        is_waiting = self.scope.key is None or (view.waiting and not is_sending)
        if is_waiting and not self._only_what_follows:
            self._look(view)
        self._fetch(view)

    # -- submissions ---------------------------------------------------------------------------

    def _send_again(self, view: View) -> None:
        """Settle what was sent without a reply: with its key again, without a key by the list."""
        now = self.crew.clock()
        if wait_left(from_text(view.window, self._wall()), self._wall()) > 0.0:
            return
        unkeyed = False
        for run in view.in_flight:
            if run.state is not SubmissionState.SENT or not self._may_settle(run, now):
                continue
            if run.keyed and self.contract.keyed:
                self.memory.uncertain.add(run.key)
                self._ask(self._sending(self.journal.flights.with_body(run)))
            else:
                self.memory.unknown.setdefault(run.key, now - self._age(run))
                unkeyed = True
        if unkeyed and not self.memory.is_busy(Kind.LIST) and self.memory.list_retry.is_due(now):
            self._ask(Task(Kind.LIST))

    def _age(self, run: Submission) -> float:
        """Return the seconds since a sending that others made, 0 unless it was long ago.

        Only a clock that jumps by as much could make a sending look older than it is.
        """
        age = (self.crew.wall() - (run.sent_at or run.recorded_at)).total_seconds()
        return age if age >= _LONG_AGO else 0.0

    def _may_settle(self, run: Submission, now: float) -> bool:
        memory = self.memory
        return (
            run.owner == self.owner
            and (Kind.SEND, run.key) not in memory.busy
            and run.key not in memory.given_up
            and memory.retry(run.key).is_due(now)
            and memory.count(Kind.SEND) < SENDERS
        )

    def _send_new(self, view: View) -> bool:
        """Send what there is room for; the view tells whether it is worth to look closer."""
        states = [run.state for run in view.in_flight]
        held = states.count(SubmissionState.ACCEPTED), states.count(SubmissionState.SENT)
        if not view.waiting or self._room(held, view.ahead, view.window) <= 0:
            return False
        with self.journal.flights.writing() as moves:
            claimed = self._claim(moves)
        self._send(claimed)
        return bool(claimed)

    def _claim(self, moves: Moves) -> list[Submission]:
        """Claim what there is room for, within a transaction that all processes respect."""
        wall = self.crew.wall()
        held = held_slots(moves.file, wall)
        ahead = ahead_of(moves.file, self.owner)
        count = self._room(held, ahead, window_of(moves.file))
        if count <= 0:
            return []
        return self.journal.flights.claim(moves, self.scope, self.owner, count, wall)

    def _send(self, claimed: Sequence[Submission]) -> None:
        for run in claimed:
            self._ask(self._sending(run))

    def _room(self, held: tuple[int, int], ahead: Sequence[str], text: str | None) -> int:
        """Return how many runs may be sent now."""
        wall, now = self._wall(), self.crew.clock()
        if not self.memory.pace.is_free(now):
            return 0
        quiet = 0.0 if self._is_out_of_date(now) else self._quiet(now)
        free = room(from_text(text, wall), *held, wall, quiet) - self._ahead(ahead)
        return min(free, SENDERS - self.memory.count(Kind.SEND))

    def _quiet(self, now: float) -> float:
        return quiet_seconds(self.memory.watched.values(), self.memory.forecast, now)

    def _is_out_of_date(self, now: float) -> bool:
        """Whether a run may have ended without being seen: then the count of runs is too high."""
        memory = self.memory
        is_asking = memory.is_busy(Kind.LIST) or memory.is_busy(Kind.LOOK)
        return is_asking or any(item.look_at <= now for item in memory.watched.values())

    def _ahead(self, owners: Sequence[str]) -> int:
        """Count the single runs that wait for a slot; for owners that died nobody waits."""
        if self.scope.key is not None:
            return 0
        return sum(self._is_alive(owner) for owner in owners)

    # -- states and results --------------------------------------------------------------------

    def _look(self, view: View) -> None:
        now, wall = self.crew.clock(), self.crew.wall()
        self.memory.keep_watch(
            [run for run in view.in_flight if self._is_mine(run)],
            lambda run: taken_over(run, now, wall),
        )
        memory = self.memory
        if memory.look_at_all:
            memory.look_at_all = False
            memory.watch_all_now(now)
        free = {
            key: item
            for key, item in memory.watched.items()
            if (Kind.LOOK, key) not in memory.busy and key not in memory.given_up
        }
        looks = due_looks(free, now, wall, has_status=self.contract.has_status)
        if looks.by_list and not memory.is_busy(Kind.LIST) and memory.list_retry.is_due(now):
            self._ask(Task(Kind.LIST, since=looks.since))
        ids = {run.key: run.backtest_id or "" for run in view.in_flight}
        for key in looks.singly[: max(LOOKERS - memory.count(Kind.LOOK), 0)]:
            if memory.retry(key).is_due(now):
                self._ask(Task(Kind.LOOK, key, ids[key]))

    def _is_mine(self, run: Submission) -> bool:
        """Whether to follow a run: what somebody who lives has sent is followed by them."""
        if run.state is not SubmissionState.ACCEPTED or run.backtest_id is None:
            return False
        return run.owner in (None, self.owner) or not self._is_alive(run.owner)

    def _fetch(self, view: View) -> None:
        """Fetch the analytics of what has finished, and the reason of what has failed."""
        now, memory = self.crew.clock(), self.memory
        for run in view.to_fetch:
            if memory.count(Kind.FETCH) >= FETCHERS:
                return
            kind = Kind.FETCH if run.outcome is BacktestState.FINISHED else Kind.LOOK
            is_busy = (kind, run.key) in memory.busy or run.key in memory.given_up
            if not is_busy and memory.retry(run.key).is_due(now):
                self._ask(Task(kind, run.key, run.backtest_id or ""))

    # -- the turn ------------------------------------------------------------------------------

    def _ask(self, task: Task) -> None:
        """Begin a task, unless requests have to keep a distance just now.

        A run that was claimed is sent in any case: the claim has counted it.
        """
        now = self.crew.clock()
        if task.kind is not Kind.SEND and not self.memory.pace.is_free(now):
            return
        self.memory.pace = self.memory.pace.asked(now)
        self.memory.busy[task.kind, task.key] = now
        self.memory.requests[task.kind] += 1
        self.crew.begin(task)

    def _patience(self, view: View) -> float:
        """Return the seconds until something is due, within reason."""
        now = self.crew.clock()
        due = [self.memory.next_due(now)]
        if view.waiting:
            due.append(wait_left(from_text(view.window, self._wall()), self._wall()))
        nearest = min((item for item in due if item > 0.0), default=_LONGEST_TURN)
        return min(max(nearest, _SHORTEST_TURN), _LONGEST_TURN)

    def _drain(self) -> None:
        """Take the replies that come at once, so that fewer submissions stay uncertain."""
        end = self.crew.clock() + _DRAIN
        while self.memory.count(Kind.SEND) and (left := end - self.crew.clock()) > 0.0:
            replies = self.crew.replies(left)
            if replies:
                with self.journal.flights.writing() as moves:
                    self._learning.learn(moves, replies)

    def _raise_what_was_given_up(self, view: View) -> None:
        left = self._open_keys(view)
        faults = [error for key, error in self.memory.given_up.items() if key in left]
        if faults:
            self.on_turn()
            faults[0].cure = f"This concerns {len(faults)} runs; go on to try them again."
            raise faults[0]

    def _is_alive(self, owner: str | None) -> bool:
        known = self.memory.alive.get(owner)
        if known is None:
            known = self.memory.alive[owner] = self.journal.flights.is_alive(owner)
        return known

    def _sending(self, run: Submission) -> Task:
        keyed = run.keyed and self.contract.keyed
        return Task(Kind.SEND, run.key, body=run.body, keyed=keyed)

    def _wall(self) -> float:
        return self.crew.wall().timestamp()
