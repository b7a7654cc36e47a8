"""What the tests of the local service share: a caller, bodies, waiting with a limit."""

from __future__ import annotations

import copy
import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import service_runs

from xlmeso.model.problems import Problem, error
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.server import LocalService

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"

DEFINITION: dict[str, Any] = {
    "StrategyName": "ShortPut",
    "Backtest": {
        "Name": "by-hand",
        "Start": "2021-01-04T00:00:00",
        "End": "2021-03-31T23:59:59",
        "Cash": "10000",
    },
    "Symbol": "SPX",
}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True)
class Caller:
    """Sends plain HTTP; ``key`` None sends no Authorization header."""

    url: str
    key: str | None = field(repr=False)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        base: str = "/api/v1",
        **query: Any,
    ) -> Reply:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        sent = {"Authorization": f"Bearer {self.key}"} if self.key is not None else {}
        content = json.dumps(body).encode() if isinstance(body, dict | list) else body
        target = base + path + (f"?{urlencode(query)}" if query else "")
        try:
            connection.request(method, target, content, {**sent, **(headers or {})})
            reply = connection.getresponse()
            lowered = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, lowered, reply.read())
        finally:
            connection.close()

    def submit(self, body: dict[str, Any]) -> str:
        reply = self("PUT", "/backtest/new", body)
        assert reply.status == 201, reply.content
        return str(reply.json["BacktestId"])

    def state(self, backtest_id: str) -> str:
        return str(self("GET", f"/backtest/{backtest_id}/status").json["State"])

    def until(self, backtest_id: str, *states: str, seconds: float = 20.0) -> str:
        wanted = states or ("Finished", "Failed", "Cancelled")
        wait_for(lambda: self.state(backtest_id) in wanted, seconds)
        return self.state(backtest_id)

    def list(self, **query: Any) -> Any:
        period = {"start": "2000-01-01", "end": "2100-01-01", "page": 0}
        return self("GET", "/backtests", **(period | query)).json


def wait_for(is_done: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not is_done():
        assert time.monotonic() < end, f"did not happen within {seconds} s"
        time.sleep(0.02)


def body(do: str = "finish", *, name: str = "by-hand", **script: Any) -> dict[str, Any]:
    """Make the body of a submission; Shared and IdempotencyKey go to the body's top level."""
    definition = copy.deepcopy(DEFINITION)
    definition["Backtest"]["Name"] = name
    top = {key: script.pop(key) for key in ("Shared", "IdempotencyKey") if key in script}
    definition["Description"] = json.dumps({"do": do, **script})
    return {"StrategyDefinition": definition, **top}


def no_problems(definition: StrategyDefinition) -> list[Problem]:
    return []


def planted_problems(definition: StrategyDefinition) -> list[Problem]:
    """Stand-in for the validation: complains about a field Planted, twice."""
    if definition.get("Planted") is None:
        return []
    return [error(("Planted",), "must not be here", "Remove it."), error(("Exit",), "is missing")]


def planted_unsupported(definition: StrategyDefinition) -> list[Problem]:
    """Stand-in for the refusals: cannot simulate an Adjustment."""
    if definition.get("Adjustment") is None:
        return []
    return [error(("Adjustment",), "is not simulated yet")]


def make_service(data: Path, **options: Any) -> LocalService:
    """Make a service with the stand-ins and one worker."""
    given: dict[str, Any] = {
        "workers": 1,
        "run": service_runs.scripted_run,
        "validate": planted_problems,
        "unsupported": planted_unsupported,
        "stop_seconds": 2.0,
    }
    return LocalService(data, **(given | options))
