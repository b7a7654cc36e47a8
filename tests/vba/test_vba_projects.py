"""VBA projects: what independent readers see, and the obfuscation undone by its rules."""

from __future__ import annotations

import re
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from pyopenvba import ExcelFile

from xlmeso.addin.build import addin_bytes
from xlmeso.addin.modules import ModuleKind, read_module
from xlmeso.addin.project import obfuscated, vba_project
from xlmeso.errors import ConfigurationError

CLASS = """VERSION 1.0 CLASS
BEGIN
  MultiUse = -1  'True
END
Attribute VB_Name = "Counter"
Attribute VB_GlobalNameSpace = False
Attribute VB_Creatable = False
Attribute VB_PredeclaredId = False
Attribute VB_Exposed = False
Option Explicit
"""


def revealed(text: str) -> tuple[int, bytes]:
    """Undo the obfuscation, [MS-OVBA] 2.4.3.3: the project's key and the data."""
    code = bytes.fromhex(text)
    seed, version, key = code[0], code[0] ^ code[1], code[0] ^ code[2]
    assert version == 2
    plain, last, before = key, code[2], code[1]
    out = bytearray()
    for byte in code[3:]:
        plain = byte ^ ((before + plain) & 0xFF)
        out.append(plain)
        last, before = byte, last
    rest = out[(seed & 6) // 2 :]
    length = int.from_bytes(rest[:4], "little")
    assert len(rest) == 4 + length
    return key, bytes(rest[4:])


def project_lines(book: Path) -> dict[str, str]:
    import io

    import olefile

    with zipfile.ZipFile(book) as archive:
        content = archive.read("xl/vbaProject.bin")
    with olefile.OleFileIO(io.BytesIO(content)) as file:
        text = file.openstream("PROJECT").read().decode("cp1252")
    return dict(re.findall(r'^(\w+)="([^"]*)"\r$', text, re.MULTILINE))


def test_the_test_s_own_reading_understands_a_project_that_excel_wrote() -> None:
    spec = find_spec("xlwings")
    assert spec is not None
    assert spec.origin is not None
    lines = project_lines(Path(spec.origin).parent / "quickstart.xlsm")
    assert len(revealed(lines["CMG"])[1]) == 4
    assert revealed(lines["GC"])[1] == b"\xff"


def test_the_project_is_neither_protected_nor_hidden(addin_file: Path) -> None:
    lines = project_lines(addin_file)
    key = sum(lines["ID"].encode()) & 0xFF
    assert revealed(lines["CMG"]) == (key, bytes(4))
    assert revealed(lines["DPB"]) == (key, b"\0")
    assert revealed(lines["GC"]) == (key, b"\xff")


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 6, 255])
def test_any_seed_is_undone_to_the_same_data(seed: int) -> None:
    project = "{5A1B0E57-6C0D-4B7E-9D53-3F2C8E7A41D6}"
    assert revealed(obfuscated(b"data", project, seed))[1] == b"data"


def test_pyopenvba_reads_kinds_and_sources(addin_file: Path) -> None:
    from xlmeso.addin.sources import modules

    with ExcelFile(addin_file) as book:
        found = {item.name: item for item in book.vba_project().modules}
    for module in modules():
        assert found[module.name].source.splitlines() == module.text.splitlines()
        is_standard = found[module.name].kind.name == "standard"
        assert is_standard == (module.kind is ModuleKind.STANDARD)


def test_a_class_gets_the_attributes_that_its_export_leaves_out() -> None:
    module = read_module("Counter.cls", CLASS)
    assert module.kind is ModuleKind.CLASS
    assert module.text.startswith(
        'Attribute VB_Name = "Counter"\r\nAttribute VB_Base = "0{FCFB3D2A'
    )
    assert "Attribute VB_TemplateDerived = False\r\n" in module.text
    assert module.text.count("\n") == module.text.count("\r\n")


def test_two_modules_of_a_name_are_refused() -> None:
    one = read_module("A.bas", 'Attribute VB_Name = "Same"\n')
    with pytest.raises(ValueError, match="cannot have two"):
        vba_project([one, read_module("B.bas", 'Attribute VB_Name = "SAME"\n')], "P")
    with pytest.raises(ValueError, match="cannot have two"):
        vba_project([one], "same")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Option Explicit\n", "VB_Name"),
        ('Attribute VB_Name = "A"\n\' \u2211\n', "line 2: VBA source cannot hold '\u2211'"),
        ('Attribute VB_Name = "A"\n' + "x" * 1024 + "\n", "1023 characters"),
    ],
)
def test_text_that_vba_cannot_hold_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)):
        read_module("A.bas", text)


def test_two_builds_are_equal_byte_by_byte() -> None:
    assert addin_bytes() == addin_bytes()
