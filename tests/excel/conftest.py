"""The true dispatch of xlwings over stand-ins, and a real local service behind it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "hosts")]

from host_service import HostedRuns, hosted_runs  # noqa: E402
from winstub import Windows, windows  # noqa: E402

from xlmeso.app.formulas.session import Session, use_session  # noqa: E402
from xlmeso.excel import boundary  # noqa: E402
from xlmeso.excel.functions.definitions import known_ids  # noqa: E402


@pytest.fixture(scope="session")
def excel() -> Iterator[Windows]:
    """Excel as xlwings sees it on Windows."""
    with windows() as stood_in:
        yield stood_in


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedRuns]:
    """The local service with two finished backtests."""
    with hosted_runs(tmp_path_factory.mktemp("service")) as hosted:
        yield hosted


@pytest.fixture
def session(
    runs: HostedRuns, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """Formulas that ask the service, with an empty cache and journal."""
    monkeypatch.setenv("XLMESO_URL", runs.url)
    monkeypatch.setenv("XLMESO_API_KEY", runs.api_key)
    yield from fresh_session()


@pytest.fixture
def nowhere(private_home: Path) -> Iterator[Session]:
    """Formulas without any service: the local one does not run."""
    yield from fresh_session()


def fresh_session() -> Iterator[Session]:
    """Put a session in place until the test ends; errors are error values."""
    made = Session()
    use_session(made)
    known_ids.clear()
    boundary.use_error_form(boundary.ErrorForm.VALUE)
    yield made
    boundary.use_error_form(None)
    use_session(None)
    made.close()
