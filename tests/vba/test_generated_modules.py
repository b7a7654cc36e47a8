"""What is generated of the VBA is current, and made by xlwings' own generator."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from xlmeso.excel.declarations import declarations


def generated(root: Path, option: str) -> str:
    result = subprocess.run(
        [sys.executable, str(root / "tests" / "tools" / "make_addin.py"), option],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("option", "name"),
    [("--functions", "XlmesoFunctions.bas"), ("--wizard", "XlmesoWizard.bas")],
)
def test_the_generated_module_is_current(
    option: str, name: str, root: Path, vba_folder: Path
) -> None:
    shipped = (vba_folder / name).read_text(encoding="utf-8")
    assert shipped == generated(root, option), "run python tests/tools/make_addin.py"


def test_every_declared_function_has_a_wrapper_with_its_arguments(vba_folder: Path) -> None:
    text = (vba_folder / "XlmesoFunctions.bas").read_text(encoding="utf-8")
    signatures = dict(re.findall(r"^Function (\w+)\((.*)\)$", text, re.MULTILINE))
    assert signatures == {
        item.name: ", ".join(
            f"Optional {one.name}" if one.optional else one.name for one in item.arguments
        )
        for item in declarations()
    }


def test_the_wizard_is_told_every_text_in_order(vba_folder: Path) -> None:
    text = (vba_folder / "XlmesoWizard.bas").read_text(encoding="utf-8")
    calls = re.findall(
        r'^        Describe ((?:".*", _\n|".*"\n|\s+".*", _\n|\s+".*"\n)+)', text, re.M
    )
    told = [
        [part.replace('""', '"') for part in re.findall(r'"((?:[^"]|"")*)"', call)]
        for call in calls
    ]
    assert told == [
        [item.name, item.description, *(one.description for one in item.arguments)]
        for item in declarations()
    ]


def test_an_add_in_s_wrapper_hands_over_the_active_workbook(vba_folder: Path) -> None:
    wrappers = (vba_folder / "XlmesoFunctions.bas").read_text(encoding="utf-8")
    assert "ThisWorkbook" not in wrappers
    assert "Application.Volatile" not in wrappers
