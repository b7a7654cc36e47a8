"""The real command in a process of its own, and a real service on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

TIMEOUT = 120
"""Seconds after which a command counts as hanging."""

Xlmeso = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return a clean environment with folders of its own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XLMESO_", "MESOSIM_"))
    }
    home.mkdir(parents=True, exist_ok=True)
    own = {"XLMESO_HOME": str(home), "HOME": str(home), "USERPROFILE": str(home)}
    return kept | own | {"PYTHONIOENCODING": "utf-8"} | variables


@dataclass(frozen=True)
class Served:
    """What ``xlmeso serve --json`` printed, and the home in which it runs."""

    url: str
    api_key: str
    keys: dict[str, str]
    home: Path
    process: subprocess.Popen[str]

    @property
    def env(self) -> dict[str, str]:
        """Variables that choose this service from anywhere."""
        return {"XLMESO_URL": self.url, "XLMESO_API_KEY": self.api_key}


@contextlib.contextmanager
def serving(home: Path, *arguments: str) -> Iterator[Served]:
    """Run ``xlmeso serve --json`` until the block ends."""
    command = [sys.executable, "-m", "xlmeso", "serve", "--json", "--workers", "2", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment(home)
    )
    assert process.stdout is not None
    try:
        ready = json.loads(process.stdout.readline())
        yield Served(ready["url"], ready["api_key"], ready.get("keys", {}), home, process)
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests of a file, with a key for a second user."""
    home = tmp_path_factory.mktemp("service")
    with serving(home, "--port", "0", "--data", str(home / "runs"), "--user", "other") as served:
        yield served


@pytest.fixture
def xlmeso(tmp_path: Path) -> Xlmeso:
    """Run the command line in ``tmp_path`` with a home of its own."""

    def run(
        *arguments: str | Path, stdin: str = "", home: Path | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "xlmeso", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment(home or tmp_path / "home", **variables),
            cwd=tmp_path,
            timeout=TIMEOUT,
            check=False,
        )

    return run
