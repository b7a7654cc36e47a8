"""The text that the add-in is made of: our own modules and ribbon, and those of xlwings.

Ours lie in the folder ``vba`` of this package, a copy of ``vba/`` at the root of the project.
xlwings' are read from the package that is installed, because they name its library by version; its
licence stands at the head of the text and stays there.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from xlmeso.addin.modules import VbaModule, read_module
from xlmeso.errors import ConfigurationError

PROJECT_NAME: Final = "XlmesoAddin"
"""Name of the VBA project; differs from every module, as VBA wants it."""

RIBBON: Final = "customUI.xml"
CONFIG_NAME: Final = "xlmeso"
"""What xlwings calls PROJECT_NAME: settings are in ``xlmeso.conf``."""

OWN_MODULES: Final = (
    "ThisWorkbook.cls",
    "SettingsSheet.cls",
    "XlmesoFunctions.bas",
    "XlmesoPython.bas",
    "XlmesoRibbon.bas",
    "XlmesoWizard.bas",
)
XLWINGS_MODULES: Final = ("xlwings_custom_addin.bas", "addin/Dictionary.cls")


@dataclass(frozen=True, slots=True)
class Change:
    """One change of xlwings' text: what stands there, what we put there, how often, and why."""

    old: str
    new: str
    times: int
    reason: str


CHANGES: Final = (
    Change(
        'PROJECT_NAME As String = "myaddin"',
        f'PROJECT_NAME As String = "{CONFIG_NAME}"',
        1,
        "the name of our settings",
    ),
    Change(
        'If SheetExists(ActiveWorkbook, PROJECT_NAME & ".conf") = True Then',
        "If False Then 'xlmeso: settings of a workbook are ignored",
        1,
        "a workbook from elsewhere must not say which program Excel starts",
    ),
    Change(
        'If source = "" Or source = "directory" Then',
        'If source = "directory" Then \'xlmeso: settings beside a workbook are ignored',
        1,
        "nor may a file that lies beside it",
    ),
    Change(
        ' -B -c ""import ',
        ' -B -P -c ""import ',
        2,
        "Python must not import modules that lie in the current folder",
    ),
    Change(
        'AddExcelDir & ";" & ActiveWorkbook.FullName & ";" & ThisWorkbook.FullName & ";" & ',
        'AddExcelDir & ";;;" & ',
        1,
        "the library keeps one Python for each command line: one for all workbooks is enough",
    ),
    Change(
        "    XLPyLoadDLL\n    If 0 <> XLPyDLLActivateAuto(XLPy, XLPyCommand, 1) Then",
        "    Static ready As String 'xlmeso: settings are read once, not for every cell\n"
        '    If ready = "" Then XLPyLoadDLL: ready = XLPyCommand\n'
        "    If 0 <> XLPyDLLActivateAuto(XLPy, ready, 1) Then",
        1,
        "a thousand formulas would read the settings fourteen thousand times",
    ),
)
"""Kept few; each must match exactly, so that another xlwings fails the build instead of passing."""


def own_text(name: str) -> str:
    """Return the text of one of our files."""
    return files("xlmeso.addin").joinpath("vba", name).read_text(encoding="utf-8")


def modules() -> tuple[VbaModule, ...]:
    """Return every module of the add-in, the workbook and its sheet first.

    Raises
    ------
    ConfigurationError
        xlwings is not installed, or its text is not the one that our changes are made for.
    """
    ours = [read_module(name, own_text(name)) for name in OWN_MODULES]
    theirs = [read_module(name, xlwings_text(name)) for name in XLWINGS_MODULES]
    return (*ours, *theirs)


def xlwings_text(name: str) -> str:
    """Return a module of the installed xlwings, with our changes where it is the main one."""
    text = (xlwings_folder() / name).read_text(encoding="cp1252")
    return changed(text) if name == XLWINGS_MODULES[0] else text


def changed(text: str) -> str:
    """Apply our changes to the text of xlwings' main module."""
    for change in CHANGES:
        found = text.count(change.old)
        if found != change.times:
            raise ConfigurationError(
                f"the VBA of this xlwings has {change.old!r} {found} times, not {change.times}",
                cure="Install the version of xlwings that xlmeso is made for: pip install xlmeso.",
            )
        text = text.replace(change.old, change.new)
    return text


@cache
def xlwings_folder() -> Path:
    """Return the folder of the installed xlwings, without importing it."""
    spec = importlib.util.find_spec("xlwings")
    if spec is None or spec.origin is None:
        raise ConfigurationError("xlwings is not installed", cure="Run: pip install xlmeso")
    return Path(spec.origin).parent
