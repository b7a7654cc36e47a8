"""Answers for formulas: from memory, from the disk, and only then from the service."""

from __future__ import annotations

import datetime as dt
import functools
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from xlmeso.app.formulas import policy, resources
from xlmeso.app.formulas.errors import OfflineError, PendingError, from_text, to_text
from xlmeso.app.formulas.flight import CONNECTIONS, Patience, SingleFlight
from xlmeso.app.formulas.memory import Held, Memory, derived
from xlmeso.app.formulas.policy import Kind
from xlmeso.app.formulas.usage import Usage
from xlmeso.errors import NotFoundError, RateLimitError, XlmesoError
from xlmeso.journal.cache import CacheKey, ResultCache

if TYPE_CHECKING:
    from concurrent.futures import Future

    from xlmeso.api import Client
    from xlmeso.app.formulas.service import FormulaService

Value = TypeVar("Value")

LOOK_SECONDS: Final = 0.1
"""Between two looks whether another process has removed something."""

NOTE_SECONDS: Final = 2.0
"""Between two notes of what was used."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[Value]):
    """A value with where and when it came from.

    Attributes
    ----------
    value
        The model object.
    fetched_at
        When the service said so (UTC).
    service
        Which service.
    is_current
        Whether nothing newer can be had: False when the service could not be asked again.
    """

    value: Value
    fetched_at: dt.datetime
    service: str
    is_current: bool = True


class Results:
    """The results of one account at one service, for all cells of all workbooks.

    Parameters
    ----------
    service
        Whom to ask.
    cache
        The result cache, shared by processes.
    patience
        How long cells may keep Excel waiting.
    clock
        Seconds since 1970.
    """

    def __init__(
        self,
        service: FormulaService,
        cache: ResultCache,
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.service = service
        self.cache = cache
        self.patience = patience or Patience()
        self.usage = Usage(cache)
        self._clock = clock
        self._flight = SingleFlight(cache.folder / "locks")
        self._memory = Memory()
        self._seen = threading.local()
        self._generation = cache.generation
        self._list_lock = threading.Lock()
        self._connections = threading.BoundedSemaphore(CONNECTIONS)
        self._wanted: set[CacheKey] = set()
        self._used: set[CacheKey] = set()
        self._noted = clock()
        self._looked = -LOOK_SECONDS

    # -- what formulas ask ---------------------------------------------------------------------

    def get(self, kind: Kind, backtest_id: str) -> Answer[Any]:
        """Return a resource of a run.

        Raises
        ------
        PendingError
            The answer is on its way.
        XlmesoError
            What the service said, or why it could not be asked.
        """
        return self._answer(self.held(kind, backtest_id))

    def derived(
        self, kind: Kind, backtest_id: str, name: object, build: Callable[[Any], Any]
    ) -> Answer[Any]:
        """Return what ``build`` makes of a resource; built once however many cells ask."""
        held = self.held(kind, backtest_id)
        answer = self._answer(held)
        return Answer(
            derived(held, name, build), answer.fetched_at, answer.service, answer.is_current
        )

    def held(self, kind: Kind, backtest_id: str) -> Held:
        """Return what `get` answers from; errors as there."""
        key = self.key(kind, backtest_id)
        if self._flight.is_under_way(key):  # what is known already has been looked up
            return self._asked(key, self._memory.get(key) or Held())
        held = self.peek(key)
        now = self._clock()
        if held.is_fresh(now):
            self.usage.add("hits")
            self._used.add(key)
            return held
        if held.is_refused(now) and held.refusal is not None:
            self.usage.add("refused")
            raise held.refusal
        brake = self.peek(self.key(Kind.BRAKE, ""))
        if brake.is_refused(now) and brake.refusal is not None:
            return self._earlier(held, brake.refusal)
        return self._asked(key, held)

    def known(self, kind: Kind, backtest_id: str) -> Held:
        """Return what is known already; asks nobody."""
        return self.peek(self.key(kind, backtest_id))

    def background(self, key: Hashable, work: Callable[[Callable[[], Client]], Value]) -> Value:
        """Do something with the service in the background, once for all cells that want it.

        Parameters
        ----------
        key
            What is done.
        work
            Is given a function that connects.

        Raises
        ------
        PendingError
            It takes longer than a cell waits; it goes on.
        XlmesoError
            What the service said.
        """
        flight = self._flight.start(key, lambda: self._guarded(work))
        result: Value = self._flight.wait(flight, self.patience)
        return result

    # -- for macros ----------------------------------------------------------------------------

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Let no cell wait: what is missing is asked for in parallel, see `settle`."""
        patience, self.patience = self.patience, Patience(0.0)
        try:
            yield
        finally:
            self.patience = patience

    def settle(
        self, timeout: float = 60.0, on_progress: Callable[[int], None] | None = None
    ) -> bool:
        """Wait for everything that was asked for; return whether it came in time.

        Parameters
        ----------
        timeout
            Seconds.
        on_progress
            Told how much is open, a few times a second; may raise to stop the waiting.
        """
        return self._flight.settle(timeout, on_progress)

    def fetch_wanted(self) -> int:
        """Ask for what cells of any process wait for; return how much that is (see `settle`)."""
        wanted = self.cache.wanted(self.service.scope)
        for key in wanted:
            self._start(key)
        return len(wanted)

    def prefetch(self, wanted: Iterable[tuple[Kind, str]]) -> None:
        """Ask in parallel for what is not known yet; `settle` waits for it."""
        now = self._clock()
        for kind, backtest_id in wanted:
            key = self.key(kind, backtest_id)
            held = self.peek(key)
            if not held.is_fresh(now) and not held.is_refused(now):
                self._start(key)

    def refresh(self, ids: Iterable[str] | None = None) -> None:
        """Let the next question about what may have changed go to the service again.

        Parameters
        ----------
        ids
            Runs, None for all.
        """
        brake = [] if ids is None else ["", *ids]
        self._wanted.clear()
        self.cache.expire(self.service.scope, None if ids is None else brake)
        self._memory.clear()
        self.patience.renew()

    def forget(self, backtest_id: str) -> None:
        """Remove what is kept of a run that was deleted."""
        self.cache.forget(self.service.scope, backtest_id)
        self._memory.clear()

    def close(self) -> None:
        """Write the counters down and take no more work."""
        self.usage.flush()
        self._flight.close()

    # -- inside --------------------------------------------------------------------------------

    def now(self) -> float:
        """Return the current time, seconds since 1970."""
        return self._clock()

    def key(self, kind: Kind, backtest_id: str) -> CacheKey:
        """Return the cache's key of a resource of this account."""
        return CacheKey(self.service.scope, kind.value, backtest_id)

    def peek(self, key: CacheKey) -> Held:
        """Look into memory and cache."""
        self._check_generation()
        held = self._memory.get(key)
        now = self._clock()
        if held is not None and (held.is_fresh(now) or held.is_refused(now)):
            return held
        return self._from_disk(key, held)

    def _from_disk(self, key: CacheKey, held: Held | None) -> Held:
        entry = self.cache.get(key)
        if entry is None:
            self._memory.drop(key)
            return Held()
        if held is not None and held.value is not None and held.fetched_at == entry.fetched_at:
            value, size = held.value, held.size
        else:
            value, size = _read(Kind(key.kind), entry.body)
        found = Held(
            value,
            entry.fetched_at,
            entry.fresh_until,
            None if entry.refusal is None else from_text(entry.refusal),
            entry.refused_until,
            size,
            held.derived if held is not None and held.value is value else {},
        )
        self._memory.put(key, found)
        return found

    def _asked(self, key: CacheKey, held: Held) -> Held:
        flight = self._start(key)
        try:
            found: Held = self._flight.wait(flight, self.patience)
        except PendingError as pending:
            self.usage.add("pending")
            if key not in self._wanted and self.patience.capacity > 0:
                self._wanted.add(key)
                self.cache.want(key)
            return self._earlier(held, pending)
        except XlmesoError as error:
            return self._earlier(held, error)
        return found

    def _earlier(self, held: Held, error: XlmesoError) -> Held:
        """Prefer the last good value to an error that says nothing about the run itself."""
        passing = isinstance(error, PendingError) or policy.brake_seconds(error) is not None
        if held.value is None or not passing:
            raise error
        self.usage.add("offline" if not isinstance(error, PendingError) else "hits")
        return held

    def _start(self, key: CacheKey) -> Future[Held]:
        return self._flight.start(key, lambda: self._fetch(key))

    def _fetch(self, key: CacheKey) -> Held:
        """Work in the background: ask unless somebody else has just asked."""
        kind = Kind(key.kind)
        if kind is Kind.LIST:
            return self.listed(key.id)
        if kind is Kind.ANALYTICS and self._is_in_list(key):
            return self._checked(self.peek(key))
        try:
            with self._flight.exclusively(f"{key.scope}/{key.kind}/{key.id}"):
                held = self.peek(key)
                now = self._clock()
                if held.is_fresh(now) or held.is_refused(now):
                    return self._checked(held)
                body = self.request(key, lambda client: resources.fetch(client, kind, key.id))
                return self._keep(key, body)
        except NotFoundError as error:
            raise self._by_state(key, error) from error

    def _by_state(self, key: CacheKey, missing: NotFoundError) -> XlmesoError:
        """Tell a run that has no blotter or NAV yet from one that there is not."""
        from xlmeso.app.formulas.runs import not_finished

        if key.kind not in (Kind.EVENTS, Kind.NAVS):
            return missing
        try:
            state = self.fetched(Kind.STATUS, key.id).value.state
        except XlmesoError:
            return missing
        if state.is_terminal:
            return missing
        running = not_finished(state)
        self._note(key, running)
        return running

    def _keep(self, key: CacheKey, body: bytes) -> Held:
        kind = Kind(key.kind)
        value = resources.read(kind, body)
        ended = self._has_ended(kind, key.id, value)
        now = self._clock()
        until = now + policy.fresh_seconds(kind, ended=ended)
        self._note_use(now)
        self._wanted.discard(key)
        fetched_at = self.cache.put(key, body, until)
        held = Held(value, fetched_at, until, size=resources.size_in_memory(body))
        self._memory.put(key, held)
        return held

    def _note_use(self, now: float) -> None:
        """Write down now and then what was used, before anything may have to make room."""
        if self._used and now - self._noted > NOTE_SECONDS:
            used, self._used, self._noted = self._used, set(), now
            self.cache.used(used)

    def request(self, key: CacheKey, ask: Callable[[Client], Any]) -> Any:
        """Send one request and note what it says about the run or about the whole service."""
        self.usage.add("requests")
        try:
            with self._connections:
                return ask(self.service.client())
        except XlmesoError as error:
            self._note(key, error)
            raise

    def _guarded(self, work: Callable[[Callable[[], Client]], Value]) -> Value:
        key = self.key(Kind.BRAKE, "")

        def connected() -> Client:
            brake = self.peek(key)
            if brake.is_refused(self._clock()) and brake.refusal is not None:
                raise brake.refusal
            self.usage.add("requests")
            return self.service.client()

        try:
            return work(connected)
        except XlmesoError as error:
            if policy.brake_seconds(error) is not None:
                self._note(key, error)
            raise

    def _note(self, key: CacheKey, error: XlmesoError) -> None:
        now = self._clock()
        if isinstance(error, RateLimitError):
            self.usage.add("limited")
        pause = policy.brake_seconds(error)
        if pause is not None:
            self.service.reset()  # the key or the local service's port may be another one now
            self.cache.refuse(self.key(Kind.BRAKE, ""), to_text(error), now + pause)
            self._memory.drop(self.key(Kind.BRAKE, ""))
            return
        until = now + policy.refused_seconds(Kind(key.kind), error)
        self.cache.refuse(key, to_text(error), until)
        self._memory.drop(key)

    def listed(self, period: str = resources.RECENT) -> Held:
        """Return a list of runs, asked for at most every few seconds; see `fetch_period`.

        Waits for the service in this thread.
        """
        key = self.key(Kind.LIST, period)
        with self._list_lock:
            held = self.peek(key)
            if held.is_fresh(self._clock()):
                return held
            with self._flight.exclusively(f"{key.scope}/list"):
                held = self.peek(key)
                if held.is_fresh(self._clock()):
                    return held
                if held.is_refused(self._clock()) and held.refusal is not None:
                    raise held.refusal
                ask = functools.partial(resources.fetch_period, period=period)
                body, figures = self.request(key, ask)
                self._keep_figures(figures)
                return self._keep(key, body)

    def fetched(self, kind: Kind, backtest_id: str) -> Held:
        """Do as `held`, waiting for the service in this thread (for work in the background)."""
        key = self.key(kind, backtest_id)
        held = self.peek(key)
        return held if held.is_fresh(self._clock()) else self._fetch(key)

    def _keep_figures(self, figures: Mapping[str, bytes]) -> None:
        known = set(self.cache.ids(self.service.scope, Kind.ANALYTICS))
        fresh = {
            self.key(Kind.ANALYTICS, run): body for run, body in figures.items() if run not in known
        }
        if fresh:
            self.cache.put_many(fresh, policy.FOREVER)

    def _is_in_list(self, key: CacheKey) -> bool:
        """Whether the list of runs answers for this one; asks for the list where that pays."""
        from xlmeso.app.formulas.runs import list_pays, refusal_of

        if list_pays(self, key.id):
            try:
                self.listed()
            except XlmesoError as error:
                if policy.brake_seconds(error) is not None:
                    raise
        held = self.peek(key)
        now = self._clock()
        if held.is_fresh(now) or held.is_refused(now):
            return True
        refusal = refusal_of(self, key.id)
        if refusal is None:
            return False
        self._note(key, refusal)
        return True

    def _has_ended(self, kind: Kind, backtest_id: str, value: Any) -> bool:
        if kind is Kind.STATUS:
            return bool(value.state.is_terminal)
        if kind is Kind.EVENTS and resources.ends_the_run(value):
            return True
        if kind not in (Kind.EVENTS, Kind.NAVS):
            return False
        from xlmeso.app.formulas.runs import known_to_have_ended

        return known_to_have_ended(self, backtest_id)

    def _checked(self, held: Held) -> Held:
        if held.is_refused(self._clock()) and held.refusal is not None and held.value is None:
            raise held.refusal
        if held.value is None:
            raise OfflineError("the answer was lost.", cure="Refresh.")
        return held

    def _check_generation(self) -> None:
        """Void the copies in memory after another thread or process has removed something."""
        moment = time.monotonic()
        if moment - self._looked < LOOK_SECONDS:
            return
        self._looked = moment
        version = self.cache.version_seen()
        if version == getattr(self._seen, "version", None):
            return
        self._seen.version = version
        generation = self.cache.generation
        if generation != self._generation:
            self._generation = generation
            self._memory.clear()

    def _answer(self, held: Held) -> Answer[Any]:
        return Answer(
            held.value,
            dt.datetime.fromtimestamp(held.fetched_at, dt.UTC),
            self.service.label,
            held.is_fresh(self._clock()),
        )


def _read(kind: Kind, body: bytes | None) -> tuple[Any, int]:
    if body is None:
        return None, 1000
    try:
        return resources.read(kind, body), resources.size_in_memory(body)
    except XlmesoError:  # written by another version: as good as missing
        return None, 1000
