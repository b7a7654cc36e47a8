"""Lua bombs in a submitted definition: its run fails with the field's path, the service lives."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from xlmeso.api import Client
from xlmeso.errors import InvalidRequestError
from xlmeso.model.backtest import BacktestState
from xlmeso.model.document import to_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.model.templates import load_template
from xlmeso.simulator.server import LocalService

FIELD = "Exit.Conditions[0]"

BOMBS = {
    "endless loop": "(function() while true do end end)() == 1",
    "growing string": "(function() while true do pow(2, ('x' .. 'x'):len()) end end)() == 1",
    "os": "os.time() > 1",
    "io": "io.open('x')",
    "require": "require('os')",
    "load": "load('return 1')() == 1",
    "string methods": "('x'):rep(1e9) == 'x'",
    "metatables": "getmetatable('') ~= nil",
}

NO_EXPRESSIONS = {
    "statement": "while true do end",
    "local names": "(function() local t = {} for i = 1, 1e9 do t[i] = i end end)() == 1",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with (
        LocalService(tmp_path_factory.mktemp("service"), workers=1) as service,
        Client(service.url, service.api_key) as client,
    ):
        yield client


def with_exit_condition(expression: str) -> StrategyDefinition:
    document: dict[str, Any] = to_python(load_template("short-put").document)
    document["Backtest"]["End"] = "2018-02-01T00:00:00"
    document["Exit"]["Conditions"] = [expression]
    return StrategyDefinition.from_python(document)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_fails_its_run_with_the_path_and_nothing_else(client: Client, name: str) -> None:
    definition = with_exit_condition(BOMBS[name])
    began = time.monotonic()
    receipt = client.backtests.create(definition, idempotency_key=name.replace(" ", "-"))
    status = client.backtests.wait(receipt.backtest_id, timeout=30)
    assert status.state is BacktestState.FAILED
    assert status.failure_reason is not None
    assert FIELD in status.failure_reason
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", NO_EXPRESSIONS)
def test_what_is_no_expression_is_refused_before_it_runs(client: Client, name: str) -> None:
    definition = with_exit_condition(NO_EXPRESSIONS[name])
    with pytest.raises(InvalidRequestError) as refused:
        client.backtests.create(definition, idempotency_key="refused")
    assert FIELD in str(refused.value)


def test_the_service_still_simulates_afterwards(client: Client) -> None:
    receipt = client.backtests.create(with_exit_condition("pos_pnl > 1"), idempotency_key="after")
    status = client.backtests.wait(receipt.backtest_id, timeout=30)
    assert status.state is BacktestState.FINISHED
