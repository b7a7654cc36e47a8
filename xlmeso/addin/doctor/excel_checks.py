"""Excel, the add-in, its settings, and the library through which it starts Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from xlmeso._version import __version__
from xlmeso.addin.doctor.findings import Finding, fault, from_error, note, ok
from xlmeso.addin.doctor.machine import Machine, program_bits
from xlmeso.addin.places import MACOS, WINDOWS, ExcelPlaces
from xlmeso.errors import ConfigurationError

_INSTALL: Final = "Close Excel and run: xlmeso addin install"


def check_excel(machine: Machine) -> Iterator[Finding]:
    """Check everything that has to do with Excel; nothing on a system without it."""
    if machine.platform not in (WINDOWS, MACOS):
        return
    try:
        places = machine.target.places
    except ConfigurationError as error:
        yield from_error("Add-in", error, "Run the doctor as the user who runs Excel.")
        return
    excel = machine.find_excel(machine.platform)
    yield _excel(excel)
    yield _addin(places)
    yield _interpreter(machine, places)
    if machine.platform == WINDOWS:
        yield _library(machine, program_bits(excel) if excel else None)
    else:
        yield _script(places)


def _excel(program: Path | None) -> Finding:
    if program is None:
        return note("Excel", "Excel was not found where its installer puts it")
    bits = program_bits(program)
    return ok("Excel", f"{program}, {bits} bit" if bits else str(program))


def _addin(places: ExcelPlaces) -> Finding:
    from xlmeso.addin.build import addin_bytes, version_of

    if not places.addin.is_file():
        return fault("Add-in", f"{places.addin} is not there", _INSTALL)
    content = places.addin.read_bytes()
    found = version_of(content)
    if found != __version__:
        text = f"{places.addin} is of version {found or 'unknown'}, xlmeso of {__version__}"
        return fault("Add-in", text, _INSTALL)
    try:
        is_ours = content == addin_bytes()
    except ConfigurationError as error:
        return from_error("Add-in", error, "Run: python -m pip install --upgrade xlmeso")
    if not is_ours:
        return fault("Add-in", f"{places.addin} is not the one that this xlmeso makes", _INSTALL)
    return ok("Add-in", f"version {found}, {places.addin}")


def _interpreter(machine: Machine, places: ExcelPlaces) -> Finding:
    from xlmeso.addin.user_config import read_config

    found = read_config(places.config, machine.platform).get(places.interpreter_setting)
    wanted = machine.target.interpreter
    if found is None:
        text = f"{places.config} does not say which Python to start"
        return fault("Interpreter", text, _INSTALL)
    if not Path(found).is_file():
        text = f"the add-in starts {found}, which is not there"
        return fault("Interpreter", text, _INSTALL)
    if Path(found) != wanted:
        text = f"the add-in starts {found}, this is {wanted}"
        return note("Interpreter", text, f"To use this one, {_INSTALL[0].lower()}{_INSTALL[1:]}")
    return ok("Interpreter", f"the add-in starts {found}")


def _library(machine: Machine, excel_bits: int | None) -> Finding:
    """Look for xlwings' DLL where XLPyLoadDLL looks: beside Python, or one folder above."""
    from importlib.metadata import version

    name = f"xlwings{excel_bits or machine.bits}-{version('xlwings')}.dll"
    folder = machine.target.interpreter.parent
    for place in (folder, folder.parent):
        if (place / name).is_file():
            return ok("Library", str(place / name))
    cure = f"Run: python -m pip install --force-reinstall --no-deps xlwings=={version('xlwings')}"
    return fault("Library", f"{name} is neither in {folder} nor in {folder.parent}", cure)


def _script(places: ExcelPlaces) -> Finding:
    from xlmeso.addin.install import script_name

    if places.scripts is not None and (places.scripts / script_name()).is_file():
        return ok("Script", str(places.scripts / script_name()))
    return fault("Script", f"{script_name()} is not in {places.scripts}", _INSTALL)
