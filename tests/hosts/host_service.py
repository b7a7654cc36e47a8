"""The local service with two finished backtests, for suites that call it from another program.

Figures to expect come by bare ``requests``: a second way to the same service.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from xlmeso.model.document import to_python
from xlmeso.model.templates import load_template
from xlmeso.simulator.server import LocalService

PERIOD = {"Start": "2018-01-02T00:00:00", "End": "2018-03-31T23:59:59"}
"""One quarter: a second or two of work."""

RUN_SECONDS = 60


def definition(name: str, template: str = "short-put", **backtest: Any) -> dict[str, Any]:
    """Return a template over one quarter."""
    document = to_python(load_template(template).document)
    assert isinstance(document, dict)
    document["Backtest"] |= {**PERIOD, "Name": name, **backtest}
    return document


@dataclass(frozen=True)
class HostedRuns:
    """Where the service is, and two backtests that have finished."""

    url: str
    api_key: str = field(repr=False)
    first: str = ""
    second: str = ""

    def get(self, path: str, **query: Any) -> requests.Response:
        """Ask the service."""
        reply = requests.get(
            f"{self.url}/api/v1{path}",
            params=query,
            headers={"Authorization": f"Bearer {self.api_key}"},
            timeout=20,
        )
        assert reply.ok, reply.text
        return reply

    def refusal(self, path: str) -> str:
        """Return what the service says when it refuses."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        reply = requests.get(f"{self.url}/api/v1{path}", headers=headers, timeout=20)
        assert not reply.ok
        return str(reply.json()["detail"])

    def analytics(self, backtest: str) -> dict[str, Any]:
        """Return the figures of a backtest."""
        return dict(self.get(f"/backtest/{backtest}/analytics").json())

    def submit(self, document: dict[str, Any]) -> str:
        """Submit a definition and wait until it has finished."""
        reply = requests.put(
            f"{self.url}/api/v1/backtest/new",
            json={"StrategyDefinition": document, "Shared": False},
            headers={"Authorization": f"Bearer {self.api_key}"},
            timeout=20,
        )
        assert reply.status_code == 201, reply.text
        backtest = str(reply.json()["BacktestId"])
        self.await_end(backtest)
        return backtest

    def await_end(self, backtest: str) -> None:
        """Wait until a backtest has finished."""
        deadline = time.monotonic() + RUN_SECONDS
        while (state := self.state(backtest)) != "Finished":
            assert state not in {"Failed", "Cancelled"}, state
            assert time.monotonic() < deadline, "the backtest takes too long"
            time.sleep(0.05)

    def state(self, backtest: str) -> str:
        """Return the state of a backtest."""
        return str(self.get(f"/backtest/{backtest}/status").json()["State"])

    def list(self) -> list[dict[str, Any]]:
        """Return the list of all backtests."""
        period = {"start": "2000-01-01", "end": "2100-01-01", "page": 0}
        return list(self.get("/backtests", **period).json())


@contextlib.contextmanager
def hosted_runs(data: Path) -> Iterator[HostedRuns]:
    """Run the service with two finished backtests until the block ends."""
    with LocalService(data, workers=2) as service:
        runs = HostedRuns(service.url, service.api_key)
        first = runs.submit(definition("first"))
        second = runs.submit(definition("second", "iron-condor"))
        yield HostedRuns(service.url, service.api_key, first, second)


def as_text(document: dict[str, Any]) -> str:
    """Return a definition as the text for one cell."""
    return json.dumps(document, separators=(",", ":"))
