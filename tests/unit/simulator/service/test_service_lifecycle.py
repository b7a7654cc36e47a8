"""Any order of events leads each run to one terminal state, which it never leaves."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from xlmeso.model.backtest import BacktestState
from xlmeso.simulator.records import BacktestRecord, NewBacktest
from xlmeso.simulator.store import BacktestStore

TERMINAL = (BacktestState.FINISHED, BacktestState.FAILED, BacktestState.CANCELLED)


class RunLives(RuleBasedStateMachine):
    """Submissions, workers, callers and kills in any order, beside a model in plain words."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = BacktestStore(Path(self.folder.name))
        self.expected: dict[str, BacktestState] = {}
        self.wanted_cancel: set[str] = set()
        self.running: dict[str, BacktestRecord] = {}
        self.stale: list[BacktestRecord] = []

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule()
    def submit(self) -> None:
        name = f"run-{len(self.expected)}"
        new = NewBacktest(name, "ann", "n", "s", False, "{}", name, None, "d")
        self.expected[name] = self.store.create(new, in_flight_limit=1000).state

    @rule()
    def claim(self) -> None:
        record = self.store.claim_next()
        waiting = [key for key, state in self.expected.items() if state == "Created"]
        assert (record.backtest_id if record else None) == next(iter(waiting), None)
        if record is not None:
            self.running[record.backtest_id] = record
            self.expected[record.backtest_id] = BacktestState.STARTED

    @precondition(lambda self: self.running)
    @rule(data=st.data(), state=st.sampled_from(TERMINAL))
    def finish(self, data: st.DataObject, state: BacktestState) -> None:
        record = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        self.store.finish(record, state)
        self.expected[record.backtest_id] = state
        self.stale.append(record)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        record = self.running.pop(data.draw(st.sampled_from(sorted(self.running))))
        self.store.put_back(record, crashed=True)
        self.expected[record.backtest_id] = BacktestState.CREATED
        self.stale.append(record)

    @precondition(lambda self: self.stale)
    @rule(data=st.data(), state=st.sampled_from(TERMINAL))
    def report_late(self, data: st.DataObject, state: BacktestState) -> None:
        record = data.draw(st.sampled_from(self.stale))
        self.store.finish(record, state)
        self.store.put_back(record, crashed=True)

    @precondition(lambda self: self.expected)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.expected)))
        self.store.request_cancel(name)
        if self.expected[name] == "Created":
            self.expected[name] = BacktestState.CANCELLED
        self.wanted_cancel.add(name)

    @rule()
    def kill_the_service(self) -> None:
        self.store.close()
        self.store = BacktestStore(Path(self.folder.name))
        self.store.recover()
        for name, record in self.running.items():
            cancelled = name in self.wanted_cancel
            self.expected[name] = BacktestState.CANCELLED if cancelled else BacktestState.CREATED
            self.stale.append(record)
        for name in self.wanted_cancel & set(self.expected):
            if self.expected[name] == "Created":
                self.expected[name] = BacktestState.CANCELLED
        self.running.clear()

    @invariant()
    def states_agree(self) -> None:
        records = {name: self.store.get(name) for name in self.expected}
        assert {name: record.state for name, record in records.items() if record} == self.expected

    @invariant()
    def ended_runs_have_an_end(self) -> None:
        for name in self.expected:
            record = self.store.get(name)
            assert record is not None
            assert (record.finished_at is not None) is record.state.is_terminal
            assert (record.started_at is None) or record.state != "Created"


TestRunLives = RunLives.TestCase
TestRunLives.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
