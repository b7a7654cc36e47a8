"""Writer of VBA projects ([MS-OVBA]): modules as text become the bytes of vbaProject.bin.

Only source is written.  The caches that Office keeps beside it (p-code, ``__SRP_`` streams) are
absent and the version word 0xFFFF says so, upon which Office compiles from the source.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from xlmeso.addin.compound import compound_file
from xlmeso.addin.compression import compress
from xlmeso.addin.modules import CODE_PAGE, ModuleKind, VbaModule

PROJECT_ID: Final = "{5A1B0E57-6C0D-4B7E-9D53-3F2C8E7A41D6}"
"""Identity of our project; fixed, so that two builds are equal."""

REFERENCES: Final = (
    (
        "stdole",
        r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0"
        r"#C:\Windows\System32\stdole2.tlb#OLE Automation",
    ),
    (
        "Office",
        r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0"
        r"#C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL"
        r"#Microsoft Office 16.0 Object Library",
    ),
)
"""Type libraries: Office finds them by their ids, whatever the paths say."""

_ENGLISH_US: Final = 0x0409
_WINDOWS_1252: Final = 1252
_WIN64: Final = 3
_SEED: Final = 0x41
"""Seed of the obfuscation; Office picks one at random."""

_HOST_EXTENDER: Final = "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000"


def vba_project(modules: Sequence[VbaModule], name: str) -> bytes:
    """Return the bytes of ``vbaProject.bin``.

    Parameters
    ----------
    modules
        Workbook and sheets included; two may not have one name, whatever the capitals.
    name
        Of the project; no module may be called so.

    Raises
    ------
    ValueError
        A name is there twice.
    """
    names = [name.lower(), *(module.name.lower() for module in modules)]
    if len(set(names)) != len(names):
        raise ValueError("a VBA project cannot have two modules, or module and project, of a name")
    storage = {module.name: compress(module.source) for module in modules}
    storage["_VBA_PROJECT"] = struct.pack("<HHBH", 0x61CC, 0xFFFF, 0, 0)
    storage["dir"] = compress(_directory(modules, name))
    return compound_file(
        {
            "VBA": storage,
            "PROJECT": _project_text(modules, name).encode(CODE_PAGE),
            "PROJECTwm": _name_map(modules),
        }
    )


def _record(number: int, content: bytes) -> bytes:
    return struct.pack("<HI", number, len(content)) + content


def _both(number: int, unicode_number: int, text: str) -> bytes:
    """Write a text twice, in the code page and in UTF-16, as most records want it."""
    narrow, wide = text.encode(CODE_PAGE), text.encode("utf-16-le")
    return _record(number, narrow) + _record(unicode_number, wide)


def _long(number: int, value: int) -> bytes:
    return _record(number, struct.pack("<I", value))


def _short(number: int, value: int) -> bytes:
    return _record(number, struct.pack("<H", value))


def _directory(modules: Sequence[VbaModule], name: str) -> bytes:
    """Return the dir stream, section 2.3.4.2, before compression."""
    parts = [
        _long(0x01, _WIN64),
        _long(0x02, _ENGLISH_US),
        _long(0x14, _ENGLISH_US),
        _short(0x03, _WINDOWS_1252),
        _record(0x04, name.encode(CODE_PAGE)),
        _both(0x05, 0x40, ""),  # description
        _both(0x06, 0x3D, ""),  # help file
        _long(0x07, 0),
        _long(0x08, 0),
        struct.pack("<HIIH", 0x09, 4, 1, 0),  # version 1.0; its size field says 4 by definition
        _both(0x0C, 0x3C, ""),  # constants
        *(_reference(title, library) for title, library in REFERENCES),
        _short(0x0F, len(modules)),
        _short(0x13, 0xFFFF),
        *(_module_record(module) for module in modules),
        _record(0x10, b""),
    ]
    return b"".join(parts)


def _reference(title: str, library: str) -> bytes:
    path = library.encode(CODE_PAGE)
    content = struct.pack("<I", len(path)) + path + struct.pack("<IH", 0, 0)
    return _both(0x16, 0x3E, title) + _record(0x0D, content)


def _module_record(module: VbaModule) -> bytes:
    procedural = module.kind is ModuleKind.STANDARD
    return b"".join(
        [
            _both(0x19, 0x47, module.name),
            _both(0x1A, 0x32, module.name),  # stream
            _both(0x1C, 0x48, ""),  # description
            _long(0x31, 0),  # offset of the source: no cache stands before it
            _long(0x1E, 0),
            _short(0x2C, 0xFFFF),
            _record(0x21 if procedural else 0x22, b""),
            _record(0x2B, b""),
        ]
    )


def _project_text(modules: Sequence[VbaModule], name: str) -> str:
    """Return the PROJECT stream, section 2.3.1."""
    lines = [f'ID="{PROJECT_ID}"']
    lines += [_project_line(module) for module in modules]
    lines += [
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{obfuscated(bytes(4), PROJECT_ID)}"',  # no protection
        f'DPB="{obfuscated(bytes(1), PROJECT_ID)}"',  # no password
        f'GC="{obfuscated(bytes([0xFF]), PROJECT_ID)}"',  # visible
        "",
        "[Host Extender Info]",
        _HOST_EXTENDER,
        "",
        "[Workspace]",
        *(f"{module.name}=0, 0, 0, 0, C" for module in modules),
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _project_line(module: VbaModule) -> str:
    line = f"{module.kind.value}={module.name}"
    return f"{line}/&H00000000" if module.kind is ModuleKind.DOCUMENT else line


def _name_map(modules: Sequence[VbaModule]) -> bytes:
    """Return the PROJECTwm stream, section 2.3.3: each name in both encodings."""
    pairs = (
        module.name.encode(CODE_PAGE) + b"\0" + module.name.encode("utf-16-le") + b"\0\0"
        for module in modules
    )
    return b"".join(pairs) + b"\0\0"


def obfuscated(data: bytes, project_id: str, seed: int = _SEED) -> str:
    """Return bytes in the form that the PROJECT stream wants, section 2.4.3.2, in hexadecimals.

    Office calls it encryption; it hides nothing.
    """
    key = sum(project_id.encode("ascii")) & 0xFF
    version = 2
    out = [seed, seed ^ version, seed ^ key]
    plain, last, before = key, out[2], out[1]
    ignored = [0x11] * ((seed & 6) // 2)
    for byte in [*ignored, *struct.pack("<I", len(data)), *data]:
        code = byte ^ ((before + plain) & 0xFF)
        out.append(code)
        plain, last, before = byte, code, last
    return bytes(out).hex().upper()
