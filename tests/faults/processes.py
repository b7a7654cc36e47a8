"""Clients and services in processes of their own, for tests that kill them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
START_SECONDS = 60.0


class Clients:
    """Starts clients by forking a process that has everything loaded."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self._settings = {"journal": str(home / "journal" / "journal.sqlite")} | settings
        self._home = home
        self._number = 0
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "client_script.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(HERE)},
        )

    def _ask(self, **command: Any) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def start(self, **more: Any) -> tuple[int, Path]:
        """Start a client; returns its process id and the file that it writes at its end."""
        self._number += 1
        out = self._home / f"out-{self._number}.txt"
        return self._ask(do="run", out=str(out), **(self._settings | more)), out

    def wait(self, pid: int) -> int:
        return self._ask(do="wait", pid=pid)

    def kill(self, pid: int, number: int = signal.SIGKILL) -> int:
        os.kill(pid, number)
        return self.wait(pid)

    def finish(self, **more: Any) -> str:
        """Let a client run to its end and return what it wrote."""
        pid, out = self.start(**more)
        watchdog = threading.Timer(90.0, os.kill, (pid, signal.SIGKILL))
        watchdog.start()
        code = self.wait(pid)
        watchdog.cancel()
        assert code == 0, out.read_text("utf-8") if out.exists() else code
        return out.read_text("utf-8")

    def close(self) -> None:
        self._process.communicate(timeout=10)


@contextmanager
def clients(home: Path, **settings: Any) -> Iterator[Clients]:
    made = Clients(home, **settings)
    try:
        yield made
    finally:
        made.close()


class Service:
    """A service in a process of its own; begins again on the same port."""

    def __init__(self, data: Path, seconds: float, slots: int, contract: str = "newer") -> None:
        self._arguments = [str(data), "0", str(seconds), str(slots), contract]
        self.url = self.api_key = ""
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "service_script.py"), *self._arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        watchdog = threading.Timer(START_SECONDS, self.process.kill)
        watchdog.start()
        line = json.loads(self.process.stdout.readline())
        watchdog.cancel()
        self.url, self.api_key = line["url"], line["api_key"]
        self._arguments[1] = self.url.rpartition(":")[2]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def service(
    data: Path, *, seconds: float, slots: int, contract: str = "newer"
) -> Iterator[Service]:
    made = Service(data, seconds, slots, contract)
    try:
        yield made
    finally:
        made.kill()
