"""The threads that speak to the service for a dispatcher."""

from __future__ import annotations

import datetime as dt
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from xlmeso.app.dispatch.tasks import Kind, Reply, Task

if TYPE_CHECKING:
    from xlmeso.api import Client

MOST_THREADS: Final = 16

_FIRST_DAY: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_FAR: Final = dt.timedelta(days=366)
_NAP: Final = 0.1


class ThreadCrew:
    """Threads that are started when there is work for one more.

    They are daemons: a request that hangs keeps nobody from leaving.

    Parameters
    ----------
    client
        Of the service; it should not retry by itself.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._busy = 0

    def clock(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def wall(self) -> dt.datetime:
        """Return the time of day, in UTC."""
        return dt.datetime.now(dt.UTC)

    def begin(self, task: Task) -> None:
        """Begin a task and return at once."""
        self._busy += 1
        if self._busy > len(self._threads) < MOST_THREADS:
            thread = threading.Thread(target=self._work, name="xlmeso-dispatch", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._tasks.put(task)

    def replies(self, patience: float) -> list[Reply]:
        """Return what has come in; wait up to so many seconds for the first."""
        found = self._first(patience)
        while found:
            try:
                found.append(self._replies.get_nowait())
            except queue.Empty:
                break
        self._busy -= len(found)
        return found

    def dismiss(self) -> None:
        """Let the threads end when they have done what they are at."""
        for _ in self._threads:
            self._tasks.put(None)

    def _first(self, patience: float) -> list[Reply]:
        """Wait in pieces: on Windows a long wait cannot be interrupted by Ctrl-C."""
        end = time.monotonic() + patience
        while True:
            left = end - time.monotonic()
            try:
                return [self._replies.get(timeout=min(max(left, 0.0), _NAP))]
            except queue.Empty:
                if left <= _NAP:
                    return []

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            begun = self.clock()
            try:
                value = perform(self._client, task)
            except BaseException as error:  # whatever it is, the dispatcher has to know
                self._replies.put(Reply(task, begun, self.clock(), error=error))
            else:
                self._replies.put(Reply(task, begun, self.clock(), value))


def perform(client: Client, task: Task) -> Any:
    """Do one task and return what the service answered."""
    return _DOING[task.kind](client, task)


def _send(client: Client, task: Task) -> Any:
    return client.backtests.create_from_bytes(task.body, keyed=task.keyed)


def _list(client: Client, task: Task) -> Any:
    end = dt.datetime.now(dt.UTC) + _FAR
    start = task.since or _FIRST_DAY
    return list(client.backtests.list(min(start, end - _FAR), end))


def _look(client: Client, task: Task) -> Any:
    return client.backtests.status(task.backtest_id)


def _fetch(client: Client, task: Task) -> Any:
    from xlmeso.model.analytics import parse_analytics
    from xlmeso.model.document import dumps

    document = client.analytics.get_raw(task.backtest_id)
    parse_analytics(document)  # what cannot be read again is an error now, not on a later day
    return dumps(document).encode()


_DOING: Final[Mapping[Kind, Callable[[Any, Task], Any]]] = {
    Kind.SEND: _send,
    Kind.LIST: _list,
    Kind.LOOK: _look,
    Kind.FETCH: _fetch,
}
