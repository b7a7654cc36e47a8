"""A service made of laid-out replies behind the real client, and a runner of commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import responses
from click.testing import CliRunner, Result

URL = "https://service.example"
API = f"{URL}/api/v1"
KEY = "key-of-the-tests-4711"

Run = Callable[..., Result]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[responses.RequestsMock]:
    """Choose a service by the environment; every request that is not laid out fails."""
    monkeypatch.setenv("XLMESO_URL", URL)
    monkeypatch.setenv("XLMESO_API_KEY", KEY)
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def run() -> Run:
    """Run ``xlmeso`` in this process, in a pipe, with the arguments given."""
    from xlmeso.cli.main import cli

    def invoke(*arguments: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(cli, arguments, input=stdin)

    return invoke
