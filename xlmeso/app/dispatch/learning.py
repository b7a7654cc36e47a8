"""What the dispatcher writes down, and learns, from each reply of the service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from xlmeso.app.dispatch import window as windows
from xlmeso.app.dispatch.memory import MOST_ATTEMPTS, Memory, Retry
from xlmeso.app.dispatch.tasks import Crew, Kind, Reply
from xlmeso.app.dispatch.verdicts import Verdict, is_certain, verdict
from xlmeso.app.dispatch.watch import asked_alone, still_running, watched
from xlmeso.app.dispatch.window import Window
from xlmeso.errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    TransportError,
    XlmesoError,
)
from xlmeso.journal import Submission, SubmissionState
from xlmeso.journal.flights import held_slots, set_window, window_of
from xlmeso.journal.moves import Moves
from xlmeso.model.backtest import BacktestState, BacktestStatus, BacktestSummary
from xlmeso.wire.faults import LastingTransportError
from xlmeso.wire.retry import asked_wait

DELETED = "deleted at the service"
"""Reason of a run that the service no longer has."""

NO_REASON = "the service gives no reason"

_SKEW = dt.timedelta(days=1)


@dataclass(slots=True)
class Learning:
    """Applies replies to the journal and to the dispatcher's memory.

    Parameters
    ----------
    memory, crew
        Of the dispatcher.
    keyed, absence
        See `xlmeso.app.dispatch.dispatcher.Contract`.
    chance
        Gives random numbers in 0..1.
    """

    memory: Memory
    crew: Crew
    keyed: bool
    absence: float
    chance: Callable[[], float]
    _window: Window = field(default_factory=Window, init=False)

    def learn(self, moves: Moves, replies: Sequence[Reply]) -> None:
        """Apply the replies of one turn within one transaction."""
        text = window_of(moves.file)
        before = self._window = windows.from_text(text, self._wall())
        # Acceptances first: they say how many runs the service held when it refused another.
        for reply in sorted(replies, key=lambda item: item.error is not None):
            self.memory.busy.pop((reply.task.kind, reply.task.key), None)
            self._note_contact(reply)
            self._apply(moves, reply)
        if self._window != before:
            set_window(moves.file, windows.to_text(self._window))

    def _apply(self, moves: Moves, reply: Reply) -> None:
        if reply.error is not None and not isinstance(reply.error, XlmesoError):
            self.memory.fatal = reply.error
            return
        match reply.task.kind:
            case Kind.SEND:
                self._sent(moves, reply)
            case Kind.LIST:
                self._listed(moves, reply)
            case Kind.LOOK:
                self._looked(moves, reply)
            case Kind.FETCH:
                self._fetched(moves, reply)

    def _note_contact(self, reply: Reply) -> None:
        """Remember whether the service answers at all, and how fast requests may follow."""
        memory, error = self.memory, reply.error
        if isinstance(error, TransportError):
            memory.fault = error
            return
        memory.fault, memory.silence = None, 0.0
        if error is None:
            memory.pace = memory.pace.answered()

    # -- submissions ---------------------------------------------------------------------------

    def _sent(self, moves: Moves, reply: Reply) -> None:
        key, now = reply.task.key, reply.ended
        if reply.error is None:
            run = moves.accepted(key, reply.value.backtest_id)
            self._window = windows.accepted(self._window, self._held(moves), self._wall())
            self.memory.watched[key] = watched(run, now, self.memory.forecast)
            self.memory.receipts[key] = reply.value
            self.memory.errors.pop(key, None)
            self._settled(key)
            return
        assert isinstance(reply.error, XlmesoError)
        self.memory.errors[key] = reply.error
        self._not_accepted(moves, reply, reply.error)

    def _not_accepted(self, moves: Moves, reply: Reply, error: XlmesoError) -> None:
        key, found = reply.task.key, verdict(error)
        self._learn_of_room(moves, found, error, reply.ended)
        if found is Verdict.REFUSED:
            moves.refused(key, error.message)
            self._settled(key)
        elif found is Verdict.GONE:
            moves.gone(key, DELETED)
            self._settled(key)
        elif key not in self.memory.uncertain and is_certain(found, keyed=reply.task.keyed):
            moves.put_back(key)
        else:
            self._uncertain(key, found, error, reply)
        if found is Verdict.HOPELESS:
            self.memory.fatal = error

    def _uncertain(self, key: str, found: Verdict, error: XlmesoError, reply: Reply) -> None:
        memory = self.memory
        memory.uncertain.add(key)
        if not reply.task.keyed:
            memory.unknown[key] = reply.ended
        retry = memory.retry(key)
        retry.failed(self.crew.clock(), self.chance(), asked_wait(error))
        answers = not isinstance(error, TransportError) and found is Verdict.UNCERTAIN
        if answers and retry.attempts >= MOST_ATTEMPTS:
            memory.given_up[key] = error

    def _learn_of_room(self, moves: Moves, found: Verdict, error: XlmesoError, now: float) -> None:
        wait, wall, held = asked_wait(error), self._wall(), self._held(moves)
        if found is Verdict.LIMITED:
            if held < self._window.level:  # there is room for runs, so it is about requests
                self.memory.pace = self.memory.pace.refused(wait, now, self.chance())
            self._window = windows.refused(self._window, held, wait, wall, self.chance())
        elif found in (Verdict.PAUSED, Verdict.UNREACHED):
            self._window = windows.paused(self._window, held, wait, wall, self.chance())

    def _settled(self, key: str) -> None:
        self.memory.uncertain.discard(key)
        self.memory.unknown.pop(key, None)
        self.memory.retry(key).worked()

    # -- states --------------------------------------------------------------------------------

    def _listed(self, moves: Moves, reply: Reply) -> None:
        now = self.crew.clock()
        if reply.error is not None:
            self._reading_failed(reply.error, self.memory.list_retry)
            return
        self.memory.list_retry.worked()
        summaries: Sequence[BacktestSummary] = reply.value
        by_id = {item.backtest_id: item for item in summaries}
        for key, item in list(self.memory.watched.items()):
            run = moves.get(key)
            found = by_id.get(run.backtest_id or "")
            if found is not None:
                self._saw(moves, run, found, now)
            elif item.started <= reply.begun:
                self.memory.watched[key] = asked_alone(item, now)
        if reply.task.since is None:
            self._look_up(moves, summaries, reply.begun)

    def _look_up(self, moves: Moves, summaries: Sequence[BacktestSummary], begun: float) -> None:
        """Settle runs without a key by their names: found, or absent for long enough."""
        for key, since in list(self.memory.unknown.items()):
            run = moves.get(key)
            if run.state is not SubmissionState.SENT:
                self._settled(key)
                continue
            found = _named(moves, run, summaries)
            if found is not None:
                accepted = moves.accepted(key, found.backtest_id)
                self._window = windows.accepted(self._window, self._held(moves), self._wall())
                self._settled(key)
                self.memory.watched[key] = watched(accepted, begun, self.memory.forecast)
                self._saw(moves, accepted, found, self.crew.clock())
            elif begun - since >= self.absence:
                moves.put_back(key)
                self._settled(key)
            else:
                self.memory.list_retry.at = self.crew.clock() + min(self.absence / 4, 5.0)

    def _looked(self, moves: Moves, reply: Reply) -> None:
        key, now, error = reply.task.key, self.crew.clock(), reply.error
        run = moves.get(key)
        if isinstance(error, NotFoundError | PermissionDeniedError):
            moves.ended(key, None, DELETED)
            moves.explained(key, DELETED if isinstance(error, NotFoundError) else error.message)
        elif error is not None:
            self._reading_failed(error, self.memory.retry(key), key)
            return
        else:
            self.memory.retry(key).worked()
            self._saw(moves, run, reply.value, now)
            if run.outcome is BacktestState.FAILED and run.reason is None:
                moves.explained(key, reply.value.failure_reason or NO_REASON)

    def _saw(
        self, moves: Moves, run: Submission, found: BacktestStatus | BacktestSummary, now: float
    ) -> None:
        """Note the state of a run."""
        item = self.memory.watched.get(run.key)
        if not found.state.is_terminal:
            if item is not None:
                times = (found.created_at, found.started_at)
                self.memory.watched[run.key] = still_running(item, now, self.memory.forecast, times)
            return
        if run.state is not SubmissionState.ACCEPTED:
            return
        moves.ended(run.key, found.state, getattr(found, "failure_reason", None))
        took = _took(found) or (None if item is None else now - item.started)
        if took is not None:
            self.memory.forecast.observe(run.effort, took)
        self.memory.watched.pop(run.key, None)

    def _fetched(self, moves: Moves, reply: Reply) -> None:
        key = reply.task.key
        if isinstance(reply.error, NotFoundError):
            moves.lost(key, DELETED)
        elif reply.error is not None:
            self._reading_failed(reply.error, self.memory.retry(key), key)
        else:
            moves.stored(key, reply.value)
            self.memory.retry(key).worked()

    def _reading_failed(self, error: BaseException, retry: Retry, key: str = "") -> None:
        assert isinstance(error, XlmesoError)
        now, wait = self.crew.clock(), asked_wait(error)
        if isinstance(error, AuthenticationError | LastingTransportError):
            self.memory.fatal = error
        elif isinstance(error, RateLimitError):
            self.memory.pace = self.memory.pace.refused(wait, now, self.chance())
            return
        retry.failed(now, self.chance(), wait)
        if key and retry.attempts >= MOST_ATTEMPTS and not isinstance(error, TransportError):
            self.memory.given_up[key] = error

    def _held(self, moves: Moves) -> int:
        return held_slots(moves.file, self.crew.wall())[0]

    def _wall(self) -> float:
        return self.crew.wall().timestamp()


def _took(found: BacktestStatus | BacktestSummary) -> float | None:
    if found.started_at is None or found.finished_at is None:
        return None
    return (found.finished_at - found.started_at).total_seconds()


def _named(
    moves: Moves, run: Submission, summaries: Iterable[BacktestSummary]
) -> BacktestSummary | None:
    """Return the run of that name that no other row of the journal stands for.

    Of several the first after the sending is taken; a day's difference of clocks is allowed.
    """
    earliest = (run.sent_at or run.recorded_at) - _SKEW
    fitting = [
        item
        for item in summaries
        if item.name == run.name
        and (item.created_at is None or item.created_at >= earliest)
        and not moves.knows(item.backtest_id)
    ]
    return min(fitting, key=lambda item: item.created_at or earliest, default=None)
