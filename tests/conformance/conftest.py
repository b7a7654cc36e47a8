"""The service under the conformance suite: the real one, with its own simulation, on loopback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "unit" / "simulator" / "service")]

from conformance_helpers import Target, submission  # noqa: E402
from service_helpers import Caller  # noqa: E402

from xlmeso.simulator.auth import KeyIssuer  # noqa: E402
from xlmeso.simulator.server import LocalService  # noqa: E402


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    import jwt

    data = tmp_path_factory.mktemp("conformance")
    with LocalService(data, workers=1) as service:
        claims = jwt.decode(service.api_key, options={"verify_signature": False})
        yield Target(
            owner=Caller(service.url, service.api_key),
            stranger=Caller(service.url, service.issue_key("stranger")),
            bad_keys={
                "none": None,
                "rubbish": "not-a-key",
                "cut short": service.api_key[:-3],
                "alg none": jwt.encode(claims, None, algorithm="none"),
                "expired": KeyIssuer(data).issue("local", lifetime=-3600),
            },
        )


@pytest.fixture(scope="session")
def finished(target: Target) -> str:
    """Run one backtest to its end; tests leave it private and whole."""
    backtest_id = target.owner.submit(submission(IdempotencyKey="finished"))
    assert target.owner.until(backtest_id, seconds=60) == "Finished"
    return backtest_id


@pytest.fixture(autouse=True)
def service_is_alive_afterwards(target: Target) -> Iterator[None]:
    yield
    assert target.owner("GET", "/health", base="").status == 200
