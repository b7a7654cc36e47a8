"""The built file before independent judges (olevba, openxml-audit, pyvbaanalysis); its copies."""

from __future__ import annotations

import difflib
import io
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from oletools.olevba import VBA_Parser

from xlmeso._version import __version__
from xlmeso.addin.build import version_of
from xlmeso.addin.sources import CHANGES, changed, modules, xlwings_folder, xlwings_text
from xlmeso.errors import ConfigurationError

XLWINGS_MODULES = {"xlwings.bas", "Dictionary.cls"}


def run_module(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, check=False
    )


def test_olevba_lists_the_modules_of_vba_and_of_xlwings_and_no_other(
    addin_file: Path, vba_folder: Path
) -> None:
    parser = VBA_Parser(str(addin_file))
    found = {name: text for _file, _stream, name, text in parser.extract_macros()}
    parser.close()
    ours = {path.name for path in vba_folder.iterdir() if path.suffix != ".xml"}
    assert set(found) == ours | XLWINGS_MODULES
    texts = {module.name: module.text for module in modules()}
    for name, text in found.items():
        assert text.splitlines() == texts[name.rpartition(".")[0]].splitlines()


def test_openxml_audit_finds_nothing(addin_file: Path) -> None:
    result = run_module("openxml_audit", "-f", "microsoft365", str(addin_file))
    assert result.returncode == 0, result.stdout
    assert "expected to open cleanly (no findings)" in result.stdout


def test_pyvbaanalysis_finds_no_error(addin_file: Path) -> None:
    result = run_module("pyvbaanalysis", "--fail-level", "error", str(addin_file))
    assert result.returncode == 0, result.stdout
    assert " error " not in result.stdout


def test_our_own_modules_have_not_even_a_warning(vba_folder: Path, addin_file: Path) -> None:
    own = [path.stem for path in vba_folder.iterdir() if path.suffix != ".xml"]
    only = [text for name in own for text in ("--only", name)]
    result = run_module("pyvbaanalysis", "--fail-level", "warning", *only, str(addin_file))
    assert result.returncode == 0, result.stdout


def test_the_ribbon_is_related_as_in_2006(addin_content: bytes, vba_folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(addin_content)) as archive:
        relations = ElementTree.fromstring(archive.read("_rels/.rels"))
        ribbon = archive.read("customUI/customUI.xml").decode("utf-8")
        stored = {item.compress_type for item in archive.infolist()}
    targets = {item.get("Type"): item.get("Target") for item in relations}
    kind = "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility"
    assert targets[kind] == "customUI/customUI.xml"
    assert ribbon == (vba_folder / "customUI.xml").read_text(encoding="utf-8")
    assert stored == {zipfile.ZIP_STORED}  # so that no version of zlib changes the bytes


def test_the_code_names_of_the_book_are_its_document_modules(addin_content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(addin_content)) as archive:
        book, sheet = (
            archive.read(f"xl/{part}").decode()
            for part in ("workbook.xml", "worksheets/sheet1.xml")
        )
    assert 'codeName="ThisWorkbook"' in book
    assert 'codeName="SettingsSheet"' in sheet
    assert 'name="xlmeso.conf"' in book


def test_the_file_names_its_version(addin_content: bytes) -> None:
    assert version_of(addin_content) == __version__
    assert version_of(b"no zip file") is None


@pytest.mark.parametrize("place", ["workbooks/xlmeso.xlam", "xlmeso/addin/xlmeso.xlam"])
def test_the_files_in_the_tree_are_what_is_built_now(
    place: str, root: Path, addin_content: bytes
) -> None:
    assert (root / place).read_bytes() == addin_content, "run python tests/tools/make_addin.py"


def test_the_package_carries_an_equal_copy_of_vba(root: Path, vba_folder: Path) -> None:
    copy = root / "xlmeso" / "addin" / "vba"
    ours = {path.name: path.read_bytes() for path in vba_folder.iterdir()}
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == ours


def test_the_notice_of_xlwings_stays() -> None:
    text = xlwings_text("xlwings_custom_addin.bas")
    assert "xlwings is distributed under a BSD 3-clause license." in text
    assert "Copyright (C) 2014-present, Zoomer Analytics LLC." in text
    assert "THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS" in text


def test_xlwings_text_is_changed_in_the_named_places_only() -> None:
    original = (xlwings_folder() / "xlwings_custom_addin.bas").read_text(encoding="cp1252")
    before, after = original.splitlines(), changed(original).splitlines()
    different = [line for line in difflib.ndiff(before, after) if line[0] in "-+"]
    assert len([line for line in different if line[0] == "-"]) == 8
    assert len([line for line in different if line[0] == "+"]) == 9
    undone = changed(original)
    for change in CHANGES:
        undone = undone.replace(change.new, change.old)
    assert undone == original


def test_one_python_serves_all_workbooks() -> None:
    text = xlwings_text("xlwings_custom_addin.bas")
    command = text.partition("Function XLPyCommand()")[2].partition("#Else")[0]
    assert "ActiveWorkbook" not in command


def test_a_book_cannot_choose_which_program_excel_starts() -> None:
    text = xlwings_text("xlwings_custom_addin.bas")
    function = text.partition("Function GetConfig(")[2].partition("End Function")[0]
    assert "SheetExists(ActiveWorkbook" not in function
    assert 'source = "" Or source = "directory"' not in function
    assert "SheetExists(ThisWorkbook" in function


def test_another_xlwings_fails_the_build_with_a_cure() -> None:
    with pytest.raises(ConfigurationError, match="pip install"):
        changed("Attribute VB_Name = ...")
