"""A LibreOffice of the tests' own: a private profile, no window, driven over a pipe."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DRIVER = Path(__file__).with_name("calc_side.py")
STOP_SECONDS = 20


@functools.cache
def soffice() -> str | None:
    """Return the program, None where LibreOffice is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


@functools.cache
def office_python() -> str | None:
    """Return a Python that can talk to LibreOffice, None where there is none."""
    for candidate in ("/usr/bin/python3", "/usr/lib/libreoffice/program/python"):
        if Path(candidate).is_file():
            tried = subprocess.run(
                [candidate, "-c", "import uno"], capture_output=True, check=False, timeout=30
            )
            if tried.returncode == 0:
                return candidate
    return None


def outside_of_environments() -> dict[str, str]:
    """Return this process's variables without the virtual environment that is active.

    LibreOffice's own Python looks for its library beside the first ``python3`` of the path; with
    that of another Python it does not start.
    """
    own = Path(sys.prefix) / "bin"
    dropped = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return kept | {"PATH": os.pathsep.join(one for one in folders if Path(one) != own)}


def start_once(profile: Path) -> None:
    """Let LibreOffice make its profile, as the first start on a machine does."""
    options = ["--headless", "--norestore", "--nologo", "--terminate_after_init"]
    subprocess.run(
        [str(soffice()), *options, f"-env:UserInstallation={profile.as_uri()}"],
        check=True,
        capture_output=True,
        timeout=60,
        env=outside_of_environments(),
    )


class Calc:
    """Commands to the running LibreOffice; see the methods of ``calc_side.Calc``."""

    def __init__(self, driver: subprocess.Popen[str]) -> None:
        self._driver = driver
        self._answer()

    def __getattr__(self, command: str) -> Any:
        def send(*arguments: Any) -> Any:
            assert self._driver.stdin is not None
            self._driver.stdin.write(json.dumps([command, *arguments]) + "\n")
            self._driver.stdin.flush()
            return self._answer()

        return send

    def _answer(self) -> Any:
        assert self._driver.stdout is not None
        line = self._driver.stdout.readline()
        assert line, "the driver has ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]


@contextlib.contextmanager
def running_calc(profile: Path, variables: Mapping[str, str]) -> Iterator[Calc]:
    """Run LibreOffice with a profile and an environment until the block ends."""
    pipe = f"xlmeso-{uuid.uuid4().hex}"
    options = ["--headless", "--norestore", "--nologo", "--nodefault"]
    command = [str(soffice()), *options, f"--accept=pipe,name={pipe};urp;"]
    with contextlib.ExitStack() as stack:
        office = subprocess.Popen(
            [*command, f"-env:UserInstallation={profile.as_uri()}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**outside_of_environments(), **variables},
            start_new_session=True,
        )
        stack.callback(_end_group, office)
        driver = subprocess.Popen(
            [str(office_python()), str(DRIVER), pipe],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        stack.callback(_end, driver)
        calc = Calc(driver)
        yield calc
        calc.quit()
        office.wait(STOP_SECONDS)


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a start of ours: the launcher and the office are one group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
