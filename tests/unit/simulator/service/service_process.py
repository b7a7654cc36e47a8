"""A service in a process of its own, and its worker processes, for tests that kill."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from service_helpers import Caller

SCRIPT = Path(__file__).with_name("service_script.py")
START_SECONDS = 30.0


class ServiceProcess:
    """A started service; ``end`` is called by `started` in any case."""

    def __init__(self, data: Path, pointer: Path | None = None) -> None:
        more = [str(pointer)] if pointer else []
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(data), "0", *more],
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._first_line()
        self.caller = Caller(line["url"], line["api_key"])

    def _first_line(self) -> dict[str, str]:
        watchdog = threading.Timer(START_SECONDS, self.process.kill)
        watchdog.start()
        try:
            assert self.process.stdout is not None
            text = self.process.stdout.readline()
        finally:
            watchdog.cancel()
        assert text, "the service did not start"
        line: dict[str, str] = json.loads(text)
        return line

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self) -> None:
        """End the process as ``kill -9`` does."""
        psutil.Process(self.process.pid).kill()
        self.process.wait(10)

    def end(self) -> None:
        if self.process.poll() is None:
            self.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def started(data: Path, pointer: Path | None = None) -> Iterator[ServiceProcess]:
    service = ServiceProcess(data, pointer)
    children: list[psutil.Process] = []
    try:
        yield service
        if service.process.poll() is None:
            children = service.children()
    finally:
        service.end()
        for child in children:
            if child.is_running():
                child.kill()


def words(log: Path) -> list[str]:
    """Return the words of a run's log: ``begin`` and ``end``, without the process ids."""
    return [line.split()[0] for line in log.read_text("utf-8").splitlines()] if log.exists() else []


def last_pid(log: Path) -> int:
    return int(log.read_text("utf-8").splitlines()[-1].split()[1])


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended, though nobody may have asked for its exit code yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
