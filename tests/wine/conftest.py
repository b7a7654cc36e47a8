"""Every test here needs Wine and what install.sh lays down."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "hosts")]

from host_service import HostedRuns, hosted_runs  # noqa: E402
from windows_chain import PYTHON, wine  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = "needs Wine" if wine() is None else "run tests/wine/install.sh first"
    is_there = wine() is not None and PYTHON.is_file()
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.wine)
            if not is_there:
                item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedRuns]:
    """The local service on loopback, outside Wine."""
    with hosted_runs(tmp_path_factory.mktemp("service")) as hosted:
        yield hosted
