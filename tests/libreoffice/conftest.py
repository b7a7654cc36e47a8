"""Every test here needs LibreOffice Calc with its Python support."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "hosts")]

from host_service import HostedRuns, hosted_runs  # noqa: E402
from office import office_python, soffice, start_once  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.path.parent == HERE]
    is_there = bool(ours) and soffice() is not None and office_python() is not None
    for item in ours:
        item.add_marker(pytest.mark.libreoffice)
        if not is_there:
            reason = "needs libreoffice-calc, libreoffice-script-provider-python and python3-uno"
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a profile of its own, as LibreOffice makes it."""
    folder = tmp_path_factory.mktemp("office") / "profile"
    start_once(folder)
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedRuns]:
    """The local service on loopback."""
    with hosted_runs(tmp_path_factory.mktemp("service")) as hosted:
        yield hosted
