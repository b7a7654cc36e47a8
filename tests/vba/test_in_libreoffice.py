"""LibreOffice as a judge of its own: it loads the add-in and runs VBA of ours.

A project with one module that does not compile answers every call with nothing.  So the tests
assert known answers, which prove that all our modules were understood.  LibreOffice cannot run a
project that holds xlwings' module: a stand-in records what xlwings would be given.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xlmeso.addin.build import addin_bytes
from xlmeso.addin.modules import read_module
from xlmeso.addin.sources import OWN_MODULES, own_text

OFFICE_PYTHON = "/usr/bin/python3"
DRIVER = Path(__file__).with_name("office_driver.py")

STAND_IN = """Attribute VB_Name = "StandIn"
Option Explicit
Private recorded As String
Public Function RunPython(PythonCommand As String)
    recorded = PythonCommand
End Function
Public Function XLPy() As Object
    Set XLPy = Nothing
End Function
Public Function Pressed() As String
    MesoRefreshWorkbook Nothing
    Pressed = recorded
End Function
"""


def can_run() -> bool:
    if shutil.which("soffice") is None or not Path(OFFICE_PYTHON).is_file():
        return False
    tried = subprocess.run([OFFICE_PYTHON, "-c", "import uno"], capture_output=True, check=False)
    return tried.returncode == 0


pytestmark = [
    pytest.mark.libreoffice,
    pytest.mark.slow,
    pytest.mark.skipif(not can_run(), reason="needs libreoffice-calc and python3-uno"),
]


@pytest.fixture(scope="module")
def own_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    own = [read_module(name, own_text(name)) for name in OWN_MODULES]
    path = tmp_path_factory.mktemp("office") / "own.xlam"
    path.write_bytes(addin_bytes((*own, read_module("StandIn.bas", STAND_IN))))
    return path


@pytest.fixture(scope="module")
def answers(
    own_project: Path, addin_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    profile = tmp_path_factory.mktemp("profile")
    result = subprocess.run(
        [OFFICE_PYTHON, str(DRIVER), str(profile), str(own_project), str(addin_file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_a_button_of_ours_runs(answers: Any) -> None:
    assert answers["pressed"] == "import xlmeso.excel.macros as m; m.refresh_workbook()"


def test_the_whole_add_in_loads_with_its_modules_and_their_kinds(answers: Any) -> None:
    standard, class_module, document = 1, 2, 4
    kinds = dict.fromkeys(
        ("XlmesoFunctions", "XlmesoPython", "XlmesoRibbon", "XlmesoWizard", "xlwings"), standard
    )
    kinds |= {"Dictionary": class_module, "ThisWorkbook": document, "SettingsSheet": document}
    assert answers["modules"] == kinds
