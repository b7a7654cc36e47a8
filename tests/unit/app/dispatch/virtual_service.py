"""A service and a crew in virtual time: no threads, no network, no waiting."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from xlmeso.app.dispatch.tasks import Kind, Reply, Task
from xlmeso.errors import NotFoundError, RateLimitError, TransportError
from xlmeso.model.backtest import (
    BacktestState,
    BacktestStatus,
    BacktestSummary,
    SubmittedBacktest,
)

EPOCH = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


@dataclass
class Run:
    name: str
    begun: float
    ends: float


@dataclass
class VirtualService:
    """Runs that take a time, so many slots, Retry-After, and replies that get lost.

    ``lost_before`` and ``lost_after`` are the shares of submissions that do not arrive, and of
    those whose reply does not.
    """

    lengths: dict[str, float]
    slots: int
    retry_after: float | None = 1.0
    keyed: bool = True
    latency: float = 0.05
    lost_before: float = 0.0
    lost_after: float = 0.0
    seed: int = 0
    runs: dict[str, Run] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    requests: Counter[Kind] = field(default_factory=Counter)
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def answer(self, task: Task, now: float) -> Any:
        """Return what the service says at a moment; raises its refusals."""
        self.requests[task.kind] += 1
        match task.kind:
            case Kind.SEND:
                return self._send(task, now)
            case Kind.LIST:
                return [self._summary(key, now) for key in self.runs]
            case Kind.LOOK:
                return self._status(task.backtest_id, now)
        if self._status(task.backtest_id, now).state is not BacktestState.FINISHED:
            raise NotFoundError("no analytics", status=404)
        return b'{"StratTradeCnt": 1}'

    def _send(self, task: Task, now: float) -> SubmittedBacktest:
        if self.chance.random() < self.lost_before:
            raise TransportError("lost on the way")
        body = json.loads(task.body)
        if self.keyed and body["key"] in self.keys:
            made = self.keys[body["key"]]
        else:
            active = sum(run.ends > now for run in self.runs.values())
            if active >= self.slots:
                raise RateLimitError("full", retry_after=self.retry_after)
            made = f"id-{len(self.runs)}"
            self.runs[made] = Run(body["name"], now, now + self.lengths[body["name"]])
            self.keys[body["key"]] = made
            self.most_at_once = max(self.most_at_once, active + 1)
        if self.chance.random() < self.lost_after:
            raise TransportError("the reply was lost")
        return SubmittedBacktest(made, body["name"])

    def _state(self, run: Run, now: float) -> BacktestState:
        return BacktestState.FINISHED if run.ends <= now else BacktestState.STARTED

    def _times(self, run: Run, now: float) -> tuple[dt.datetime, dt.datetime | None]:
        return moment(run.begun), moment(run.ends) if run.ends <= now else None

    def _status(self, backtest_id: str, now: float) -> BacktestStatus:
        run = self.runs[backtest_id]
        begun, ended = self._times(run, now)
        return BacktestStatus(self._state(run, now), begun, begun, ended)

    def _summary(self, backtest_id: str, now: float) -> BacktestSummary:
        run = self.runs[backtest_id]
        begun, ended = self._times(run, now)
        return BacktestSummary(
            backtest_id, run.name, "s", False, self._state(run, now), begun, begun, ended
        )


class VirtualCrew:
    """Answers tasks in virtual time, which passes only while somebody waits for replies."""

    def __init__(self, service: VirtualService) -> None:
        self.service = service
        self.now = 0.0
        self._coming: list[tuple[float, int, Reply]] = []
        self._number = itertools.count()

    def clock(self) -> float:
        return self.now

    def wall(self) -> dt.datetime:
        return moment(self.now)

    def begin(self, task: Task) -> None:
        latency = self.service.latency
        value, error = None, None
        try:
            value = self.service.answer(task, self.now + latency / 2)
        except Exception as problem:  # whatever the service says goes to the dispatcher
            error = problem
        ended = self.now + latency
        reply = Reply(task, self.now, ended, value, error)
        heapq.heappush(self._coming, (ended, next(self._number), reply))

    def replies(self, patience: float) -> list[Reply]:
        end = self.now + patience
        if self._coming and self._coming[0][0] <= end:
            self.now = max(self.now, self._coming[0][0])
        else:
            self.now = end
        found = []
        while self._coming and self._coming[0][0] <= self.now:
            found.append(heapq.heappop(self._coming)[2])
        return found


def moment(seconds: float) -> dt.datetime:
    return EPOCH + dt.timedelta(seconds=seconds)
