"""Carries a formula's call from LibreOffice to xlmeso's own Python and its answer back.

``xlmeso addin install --libreoffice`` copies this file into a LibreOffice profile and fills in the
two constants that are empty here.  There it runs in LibreOffice's Python, of whatever version, so
it needs nothing but the standard library: the functions run in a helper process of xlmeso's
environment, and both speak JSON lines over the process's pipes.  The helper ends when LibreOffice
does.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from typing import Any

INTERPRETER = ""
"""Python of the environment that holds xlmeso."""

DECLARATIONS = ""
"""Module that declares the functions."""

WORKER = "xlmeso.addin.libreoffice.worker"

MISSING = "\x02xlmeso-left-out\x03"
"""How the Basic module marks an argument that the formula leaves out."""

NOT_STARTED = "#MESO! Python did not start: run xlmeso doctor"
NO_ANSWER = "#MESO! No answer: recalculate later"
"""Texts in the cell when no function could run; they never hold anything of the machine's."""

ANSWER_SECONDS = 60.0
"""After this long a cell gets `NO_ANSWER`; LibreOffice waits meanwhile."""

PAUSE_SECONDS = 20.0
"""After a failed start no other is tried for so long: a sheet may hold a thousand formulas."""


class Worker:
    """The helper process: started by the first call, again after it has ended."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._process: Any = None
        self._answers: Any = None
        self._resting_until = 0.0

    def ask(self, question: dict[str, Any]) -> Any:
        """Return the value of one call, or a text when there is none."""
        with self._lock:
            if time.monotonic() < self._resting_until:
                return NOT_STARTED
            if not self._is_running() and not self._start():
                return NOT_STARTED
            return self._exchange(question)

    def stop(self) -> None:
        """End the helper."""
        with self._lock:
            self._end()

    def _exchange(self, question: dict[str, Any]) -> Any:
        try:
            self._process.stdin.write((json.dumps(question) + "\n").encode("ascii"))
            self._process.stdin.flush()
            line = self._answers.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            self._end()
            return NO_ANSWER
        except OSError:
            line = b""
        if not line:
            self._end()
            self._resting_until = time.monotonic() + PAUSE_SECONDS
            return NOT_STARTED
        return json.loads(line.decode("ascii"))["value"]

    def _is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _start(self) -> bool:
        self._end()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the command is written at installation
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=own_environment(),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError:
            self._resting_until = time.monotonic() + PAUSE_SECONDS
            return False
        self._answers = queue.Queue()
        arguments = (self._process.stdout, self._answers)
        threading.Thread(target=_read, args=arguments, daemon=True).start()
        return True

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            process.stdin.close()


def own_environment() -> dict[str, str]:
    """Return the environment without what LibreOffice sets for the Python inside it."""
    foreign = ("PYTHONHOME", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if name not in foreign}


def _read(stream: Any, answers: Any) -> None:
    with stream:
        for line in stream:
            answers.put(line)
    answers.put(b"")


def encode(value: Any) -> Any:
    """Turn what Basic hands over into JSON; areas come as tuples of rows, dates as numbers."""
    if isinstance(value, (list, tuple)):
        return [encode(one) for one in value]
    if value == MISSING:
        return {"missing": True}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def decode(value: Any) -> Any:
    """Turn an answer into what Basic can take: a table becomes a tuple of tuples."""
    if isinstance(value, list):
        return tuple(decode(one) for one in value)
    return "" if value is None else value


_WORKER = Worker([INTERPRETER, "-P", "-m", WORKER, DECLARATIONS])


def call(name: str, arguments: Any = ()) -> Any:
    """Call one function for a cell; the Basic module's only way into Python."""
    return decode(_WORKER.ask({"function": name, "arguments": encode(arguments)}))


g_exportedScripts = (call,)  # noqa: N816 - the name that LibreOffice looks for
