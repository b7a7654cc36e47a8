"""Starts the Windows chain under Wine and talks to it: Excel's part is played by excel_side.py."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import psutil
from vba_command import udf_server_command

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xlmeso-wine"
ROOT = Path(os.environ.get("XLMESO_TEST_WINE") or _CACHE)
"""Where install.sh puts the interpreter; read before any test changes the environment."""

PYTHON = ROOT / "python" / "python.exe"
CHAIN_SECONDS = 80
MARK = "XLMESO_WINE_RUN"

MISSING = {"missing": True}
"""An argument that the formula leaves out."""


def wine() -> str | None:
    """Return Wine's 64-bit loader (the script ``wine`` asks for 32-bit parts), or None."""
    return shutil.which("wine64") or shutil.which("/usr/lib/wine/wine64")


def windows_path(path: Path | PurePosixPath) -> str:
    """Return the path as Windows programs under Wine see it."""
    return "Z:" + str(path).replace("/", "\\")


class Chain:
    """The server as Excel reaches it, one call at a time."""

    def __init__(self, side: subprocess.Popen[str], setup: Mapping[str, str]) -> None:
        self._side = side
        self.command = setup["command"]
        assert self._exchange(dict(setup)) == {"ready": "ready"}

    def answer(self, function: str, *arguments: Any) -> dict[str, Any]:
        """Return what CallUDF answers: ``{"value": ...}`` or ``{"error": text}``."""
        return self._exchange([function, list(arguments)])

    def call(self, function: str, *arguments: Any) -> Any:
        """Return the value that CallUDF answers."""
        answer = self.answer(function, *arguments)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def _exchange(self, message: Any) -> Any:
        assert self._side.stdin is not None
        assert self._side.stdout is not None
        self._side.stdin.write(json.dumps(message) + "\n")
        self._side.stdin.flush()
        line = self._side.stdout.readline()
        assert line, "the Windows side has ended"
        return json.loads(line)


@contextlib.contextmanager
def windows_chain(
    module: str, book: Path, variables: Mapping[str, str], search: Sequence[Path] = (REPOSITORY,)
) -> Iterator[Chain]:
    """Start the server by the command line of the VBA and keep it until the block ends."""
    run = uuid.uuid4().hex
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHONPATH")},
        **variables,
        MARK: run,
        "WINEPREFIX": str(ROOT / "prefix"),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree=;mshtml=",
    }
    config = {
        "INTERPRETER_WIN": windows_path(PYTHON),
        "PYTHONPATH": ";".join(windows_path(folder) for folder in search),
    }
    setup = {
        "dll": windows_path(PYTHON.with_name(f"xlwings64-{version('xlwings')}.dll")),
        "command": udf_server_command(
            config,
            active_book=windows_path(book),
            addin=windows_path(book.with_name("xlmeso.xlam")),
        ),
        "module": module,
    }
    side = subprocess.Popen(
        [str(wine()), str(PYTHON), "-B", str(HERE / "excel_side.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env=environment,
        cwd=book.parent,
    )
    limit = threading.Timer(CHAIN_SECONDS, side.kill)
    limit.start()
    try:
        yield Chain(side, setup)
        output, _ = side.communicate()
        assert json.loads(output) == {"ended": True}
        assert _all_gone(run), "the server outlives Excel"
    finally:
        limit.cancel()
        side.kill()
        side.wait()
        _end(run)


def _started(run: str) -> Iterator[psutil.Process]:
    """Yield the Windows processes that this run started; Wine's own end by themselves."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == run and "python" in " ".join(process.cmdline()):
                yield process


def _all_gone(run: str) -> bool:
    deadline = time.monotonic() + 10
    while any(True for _ in _started(run)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _end(run: str) -> None:
    for process in list(_started(run)):
        with contextlib.suppress(psutil.Error):
            process.kill()
