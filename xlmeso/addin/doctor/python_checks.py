"""Python, the packages that xlmeso needs, the trust store, and the folders it writes to."""

from __future__ import annotations

import importlib.metadata
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xlmeso._version import __version__
from xlmeso.addin.doctor.findings import Finding, fault, note, ok, one_line
from xlmeso.addin.doctor.machine import Machine

OLDEST: Final = (3, 11)

_REQUIREMENT = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)\s*(?:(?P<how>==|>=)\s*(?P<version>[\d.]+))?")
_AGAIN: Final = "Run: python -m pip install --upgrade xlmeso"


def check_python(machine: Machine) -> Iterator[Finding]:
    """Check version and kind of Python."""
    version = ".".join(str(part) for part in machine.version)
    program = machine.target.interpreter
    text = f"{version}, {machine.bits} bit, {program}"
    if machine.version < OLDEST:
        cure = "Install Python 3.11 or later from python.org and make a new environment with it."
        yield fault("Python", text, cure)
    elif "WindowsApps" in program.parts:
        cure = "Use Python from python.org: the one of the Store writes to folders of its own."
        yield fault("Python", f"{text}: from the Microsoft Store", cure)
    else:
        yield ok("Python", text)


def check_packages(machine: Machine) -> Iterator[Finding]:
    """Check that the packages xlmeso asks for are there, in versions that it works with."""
    faults = [text for text in map(_wrong, _requirements(machine)) if text]
    if faults:
        yield fault("Packages", "; ".join(faults), _AGAIN)
    else:
        yield ok("Packages", f"xlmeso {__version__} and all that it needs")


def check_trust_store(_machine: Machine) -> Iterator[Finding]:
    """Check that the certificates which the system trusts can be read."""
    import ssl

    try:
        import truststore

        truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    except Exception as error:  # ssl, the operating system and the library fail each in its way
        yield fault("Trust store", one_line(str(error)), "Repair the system's certificates.")
    else:
        yield ok("Trust store", "the certificates of the system are used")


def check_folders(machine: Machine) -> Iterator[Finding]:
    """Check that settings, journals and the cache have a place that can be written to."""
    from xlmeso.settings import cache_dir, config_dir, data_dir

    for folder in (config_dir(machine.env), data_dir(machine.env), cache_dir(machine.env)):
        if not _can_write(folder):
            cure = "Give yourself the right to write there, or set XLMESO_HOME to another folder."
            yield fault("Folders", f"{folder} cannot be written to", cure)
            return
    yield ok("Folders", str(data_dir(machine.env)))


def _requirements(machine: Machine) -> list[str]:
    """Return what the installed xlmeso asks for, without extras and other systems' packages."""
    try:
        wanted = importlib.metadata.requires("xlmeso") or []
    except importlib.metadata.PackageNotFoundError:
        wanted = []
    mine = [item for item in wanted if ";" not in item]
    return [*mine, "pywin32"] if machine.platform == "win32" else mine


def _wrong(requirement: str) -> str | None:
    """Return what is wrong with a package, None when nothing is."""
    match = _REQUIREMENT.match(requirement)
    if match is None:
        return None
    name = match["name"]
    try:
        found = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return f"{name} is missing"
    if match["version"] is None:
        return None
    is_exact, wanted = match["how"] == "==", _numbers(match["version"])
    fits = _numbers(found) == wanted if is_exact else _numbers(found) >= wanted
    return None if fits else f"{name} {found} does not fit {requirement}"


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version, without zeros at the end: 3.0 is 3."""
    numbers = [int(part) for part in re.findall(r"\d+", re.split(r"[^\d.]", version)[0])]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _can_write(folder: Path) -> bool:
    """Whether a folder, or the nearest one above it that exists, can be written to."""
    existing = next((place for place in (folder, *folder.parents) if place.exists()), None)
    return existing is not None and existing.is_dir() and os.access(existing, os.W_OK)


def check_system(machine: Machine) -> Iterator[Finding]:
    """Say what xlmeso can do on this system."""
    if machine.platform not in ("win32", "darwin"):
        yield note("Excel", f"Excel does not run on {machine.label}: use LibreOffice or files")
    elif machine.platform == "darwin":
        yield note("Excel", "on macOS the ribbon works, the worksheet functions do not")
