"""Submissions: written down before they are sent, never made twice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from xlmeso.app.connect import Connection
from xlmeso.app.definitions import CheckedDefinition, LoadedDefinition
from xlmeso.app.dispatch import dispatcher
from xlmeso.app.submit import NAMELESS, open_journal, random_key, submit
from xlmeso.errors import ConflictError, GoneError, RateLimitError, ServerError, TransportError
from xlmeso.journal import Submissions, SubmissionState
from xlmeso.model.backtest import BacktestState, BacktestSummary, SubmittedBacktest
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.settings import Profile
from xlmeso.wire.contract import Contract

TEXT = '{"StrategyName": "s", "Backtest": {"Name": "first", "Cash": 10000.0000}}'


def definition(text: str = TEXT) -> CheckedDefinition:
    return CheckedDefinition(LoadedDefinition(StrategyDefinition.from_json(text), "x.json"), ())


@dataclass
class Service:
    """Stands where ``client.backtests`` is; answers what the test lays out, in turn."""

    journal: Submissions
    answers: list[SubmittedBacktest | BaseException]
    bodies: list[bytes] = field(default_factory=list)
    keyed: list[bool] = field(default_factory=list)
    states_while_sending: list[list[SubmissionState]] = field(default_factory=list)

    listed: list[BacktestSummary] = field(default_factory=list)

    def list(self, start: dt.datetime, end: dt.datetime) -> Iterator[BacktestSummary]:
        return iter(self.listed)

    def create_from_bytes(self, body: bytes, *, keyed: bool) -> SubmittedBacktest:
        self.bodies.append(body)
        self.keyed.append(keyed)
        self.states_while_sending.append([row.state for row in self.journal.pending()])
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def listed(backtest_id: str, name: str) -> BacktestSummary:
    now = dt.datetime.now(dt.UTC)
    return BacktestSummary(backtest_id, name, "s", False, BacktestState.STARTED, now, now, None)


@pytest.fixture
def journal(tmp_path: Path) -> Submissions:
    return Submissions(tmp_path / "journal.sqlite")


def connection(service: Service, contract: Contract = Contract.NEWER) -> Connection:
    client: Any = SimpleNamespace(backtests=service, contract=contract, close=lambda: None)
    return Connection(client, Profile("fund", "https://fund.example"), "fund.example")


def keys(*names: str) -> Callable[[], str]:
    return iter(names).__next__


def test_the_exact_bytes_are_in_the_journal_before_they_are_sent(journal: Submissions) -> None:
    service = Service(journal, [SubmittedBacktest("id-1", "first")])
    receipt = submit(connection(service), definition(), journal=journal, new_key=keys("k1"))
    assert receipt.backtest_id == "id-1"
    assert service.states_while_sending == [[SubmissionState.SENT]]
    row = journal.find("k1")
    assert row is not None
    assert (row.state, row.backtest_id, row.name) == (SubmissionState.ACCEPTED, "id-1", "first")
    assert row.body == service.bodies[0]
    assert service.keyed == [True]


def test_the_body_keeps_the_spelling_of_numbers_and_carries_key_and_sharing(
    journal: Submissions,
) -> None:
    service = Service(journal, [SubmittedBacktest("id-1", "first")])
    submit(connection(service), definition(), shared=True, journal=journal, new_key=keys("k1"))
    assert b"10000.0000" in service.bodies[0]
    body = json.loads(service.bodies[0])
    assert (body["IdempotencyKey"], body["Shared"]) == ("k1", True)


@pytest.mark.parametrize("error", [TransportError("no reply"), ServerError("fault")])
def test_an_uncertain_submission_is_sent_again_with_the_same_key_and_bytes(
    journal: Submissions, error: Exception
) -> None:
    service = Service(journal, [error, SubmittedBacktest("id-1", "first")])
    with pytest.raises(type(error), match="nothing is submitted twice"):
        submit(connection(service), definition(), journal=journal, new_key=keys("k1"))
    assert [row.state for row in journal.pending()] == [SubmissionState.SENT]
    receipt = submit(connection(service), definition(), journal=journal, new_key=keys("k2"))
    assert receipt.backtest_id == "id-1"
    assert service.bodies[0] == service.bodies[1]
    assert journal.find("k2") is None
    assert journal.pending() == []


def test_a_program_that_died_while_sending_leaves_a_record_that_is_used(
    journal: Submissions,
) -> None:
    service = Service(journal, [KeyboardInterrupt(), SubmittedBacktest("id-1", "first")])
    with pytest.raises(KeyboardInterrupt):
        submit(connection(service), definition(), journal=journal, new_key=keys("k1"))
    submit(connection(service), definition(), journal=journal, new_key=keys("k2"))
    assert service.bodies[0] == service.bodies[1]


@pytest.mark.parametrize(
    "changed",
    [
        TEXT.replace("10000.0000", "10000"),
        TEXT.replace("first", "second"),
    ],
)
def test_another_definition_gets_a_key_of_its_own(journal: Submissions, changed: str) -> None:
    service = Service(journal, [TransportError("no reply"), SubmittedBacktest("id-2", "x")])
    with pytest.raises(TransportError):
        submit(connection(service), definition(), journal=journal, new_key=keys("k1"))
    submit(connection(service), definition(changed), journal=journal, new_key=keys("k2"))
    assert json.loads(service.bodies[1])["IdempotencyKey"] == "k2"
    assert [row.key for row in journal.pending()] == ["k1"]


def test_other_sharing_is_another_submission(journal: Submissions) -> None:
    service = Service(journal, [TransportError("no reply"), SubmittedBacktest("id-2", "x")])
    with pytest.raises(TransportError):
        submit(connection(service), definition(), journal=journal, new_key=keys("k1"))
    submit(connection(service), definition(), shared=True, journal=journal, new_key=keys("k2"))
    assert json.loads(service.bodies[1])["IdempotencyKey"] == "k2"


@pytest.mark.parametrize(
    "error", [RateLimitError("too many"), ConflictError("conflict", status=409)]
)
def test_a_refusal_is_noted_and_the_next_submission_is_a_new_one(
    journal: Submissions, error: Exception
) -> None:
    service = Service(journal, [error, SubmittedBacktest("id-2", "x")])
    with pytest.raises(type(error)):
        submit(connection(service), definition(), journal=journal, new_key=keys("k1"))
    row = journal.find("k1")
    assert row is not None
    assert row.state is SubmissionState.REFUSED
    submit(connection(service), definition(), journal=journal, new_key=keys("k2"))
    assert json.loads(service.bodies[1])["IdempotencyKey"] == "k2"


def test_accepted_twice_on_purpose_are_two_runs(journal: Submissions) -> None:
    service = Service(journal, [SubmittedBacktest("id-1", "x"), SubmittedBacktest("id-2", "x")])
    new_key = keys("k1", "k2")
    for _ in range(2):
        submit(connection(service), definition(), journal=journal, new_key=new_key)
    assert [json.loads(body)["IdempotencyKey"] for body in service.bodies] == ["k1", "k2"]


def test_an_uncertain_one_that_was_deleted_since_is_submitted_afresh(journal: Submissions) -> None:
    service = Service(
        journal,
        [
            TransportError("no reply"),
            GoneError("deleted", status=410),
            SubmittedBacktest("id-2", "x"),
        ],
    )
    with pytest.raises(TransportError):
        submit(connection(service), definition(), journal=journal, new_key=keys("k1"))
    receipt = submit(connection(service), definition(), journal=journal, new_key=keys("k2"))
    assert receipt.backtest_id == "id-2"
    assert journal.pending() == []


@pytest.mark.parametrize("is_there", [True, False])
def test_a_service_without_keys_is_asked_by_name_before_anything_is_sent_again(
    journal: Submissions, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.setattr(dispatcher, "Contract", partial(dispatcher.Contract, absence=0.0))
    service = Service(journal, [TransportError("no reply"), SubmittedBacktest("id-2", "first")])
    seed = connection(service, Contract.SEED)
    with pytest.raises(TransportError):
        submit(seed, definition(), journal=journal, new_key=keys("k1"))
    service.listed = [listed("id-0", "another"), *([listed("id-1", "first")] * is_there)]
    receipt = submit(seed, definition(), journal=journal, new_key=keys("k2"))
    assert receipt.backtest_id == ("id-1" if is_there else "id-2")
    assert service.keyed == [False] * (1 if is_there else 2)
    assert "IdempotencyKey" not in json.loads(service.bodies[-1])
    assert journal.pending() == []
    assert [row.key for row in journal.recent()] == ["k1"]


def test_a_run_without_a_name_is_journalled_all_the_same(journal: Submissions) -> None:
    service = Service(journal, [SubmittedBacktest("id-1", "")])
    submit(connection(service), definition("{}"), journal=journal, new_key=keys("k1"))
    row = journal.find("k1")
    assert row is not None
    assert row.name == NAMELESS


def test_a_single_run_leaves_its_days_for_the_forecasts_of_sweeps(journal: Submissions) -> None:
    text = """{"Backtest": {"Name": "first", "Start": "2020-01-01T00:00:00",
        "End": "2020-12-31T00:00:00"}}"""
    service = Service(journal, [SubmittedBacktest("id-1", "first")])
    submit(connection(service), definition(text), journal=journal, new_key=keys("k1"))
    row = journal.find("k1")
    assert row is not None
    assert row.effort == 365.0  # of the 366 days of 2020 the last one is not begun


def test_keys_are_random_and_acceptable() -> None:
    made = {random_key() for _ in range(100)}
    assert len(made) == 100
    assert all(len(key) == 36 and key.isascii() for key in made)


def test_each_service_has_its_own_journal(tmp_path: Path, journal: Submissions) -> None:
    env = {"XLMESO_HOME": str(tmp_path)}
    here = connection(Service(journal, []))
    there = Connection(here.client, Profile("fund", "https://other.example"), "other.example")
    assert open_journal(here, env).path != open_journal(there, env).path
    assert open_journal(here, env).path.is_relative_to(tmp_path)
