"""A workbook as PDF, printed by LibreOffice where it is installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xlmeso.errors import ConfigurationError, WorkbookError
from xlmeso.report.books import replace_file

TIMEOUT: Final = 180.0
"""Seconds after which LibreOffice is stopped."""

_PLACES: Final = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)


def find_libreoffice() -> Path:
    """Return LibreOffice's program.

    Raises
    ------
    ConfigurationError
        It is not installed.
    """
    named = (shutil.which(name) for name in ("soffice", "libreoffice"))
    for place in (*named, *_PLACES):
        if place and Path(place).is_file():
            return Path(place)
    raise ConfigurationError(
        "a PDF needs LibreOffice, which is not installed here",
        cure="Install it from libreoffice.org, or make an .xlsx or .html report.",
    )


def print_pdf(book: Path, output: Path, *, timeout: float = TIMEOUT) -> Path:
    """Print a workbook to PDF, whole or not at all.

    LibreOffice runs with a profile of its own, so that a person's open window is no hindrance and
    their settings stay as they are.

    Raises
    ------
    ConfigurationError
        LibreOffice is not installed.
    WorkbookError
        It fails, takes longer than ``timeout`` seconds, or the output cannot be written.
    """
    program = find_libreoffice()
    with tempfile.TemporaryDirectory(prefix="xlmeso-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        command = [
            str(program), "--headless", "--norestore", "--nolockcheck",
            f"-env:UserInstallation={(place / 'profile').as_uri()}",
            "--convert-to", "pdf", "--outdir", str(place / "out"), str(book),
        ]  # fmt: skip
        told = _run(command, place, timeout)
        made = place / "out" / f"{book.stem}.pdf"
        if not made.is_file():
            raise WorkbookError(f"LibreOffice made no PDF: {told or 'it gives no reason'}")
        replace_file(output, lambda target: _copy(made, target))
    return output


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _run(command: list[str], folder: Path, timeout: float) -> str:
    """Run to the end or the time-out and return what the program said."""
    process = subprocess.Popen(  # noqa: S603 - the program is LibreOffice, the files are ours
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=sys.platform != "win32",
    )
    with _stopped(process):
        try:
            told, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise WorkbookError(
                f"LibreOffice did not finish within {timeout:.0f} seconds and was stopped",
                cure="Make an .xlsx or .html report, or try again.",
            ) from None
    return told.strip()[-300:]


@contextlib.contextmanager
def _stopped(process: subprocess.Popen[str]) -> Iterator[None]:
    """End the program and its children whatever happens."""
    try:
        yield
    finally:
        if process.poll() is None:
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
