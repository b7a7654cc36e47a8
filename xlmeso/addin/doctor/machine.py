"""What the checks may know of the machine; tests give a machine of their own."""

from __future__ import annotations

import contextlib
import os
import platform
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xlmeso.addin.install import Target
from xlmeso.addin.places import MACOS, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Callable

_APP_PATH: Final = r"SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe"
_MAC_EXCEL: Final = Path("/Applications/Microsoft Excel.app")
_PE_OFFSET: Final = 0x3C
_MACHINES: Final = {0x14C: 32, 0x8664: 64, 0xAA64: 64}


def find_excel(system: str) -> Path | None:
    """Return where Excel is installed: Windows' list of programs, or macOS' folder."""
    if system == MACOS:
        return _MAC_EXCEL if _MAC_EXCEL.exists() else None
    return _registered_excel() if system == WINDOWS else None


def _registered_excel() -> Path | None:
    if sys.platform == "win32":
        import winreg

        for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
            with contextlib.suppress(OSError):
                return Path(winreg.QueryValue(root, _APP_PATH))
    return None


@dataclass(frozen=True, slots=True)
class Machine:
    """Python, Excel and the user's folders.

    Attributes
    ----------
    target
        Platform, environment and interpreter.
    version
        Of Python.
    bits
        Of Python: 32 or 64.
    find_excel
        Returns the path of Excel for a platform, None when there is none.
    """

    target: Target = field(default_factory=Target)
    version: tuple[int, ...] = field(default_factory=lambda: tuple(sys.version_info[:3]))
    bits: int = field(default_factory=lambda: 8 * struct.calcsize("P"))
    find_excel: Callable[[str], Path | None] = find_excel

    @property
    def platform(self) -> str:
        """As ``sys.platform``."""
        return self.target.platform

    @property
    def env(self) -> Mapping[str, str]:
        """The user's environment."""
        return self.target.env

    @property
    def label(self) -> str:
        """The system in words."""
        names = {WINDOWS: "Windows", MACOS: "macOS"}
        return names.get(self.platform, platform.system() or os.name)


def program_bits(program: Path) -> int | None:
    """Return 32 or 64 for a Windows program, from its own header; None when it cannot be read."""
    try:
        with program.open("rb") as file:
            head = file.read(_PE_OFFSET + 4)
            file.seek(struct.unpack_from("<I", head, _PE_OFFSET)[0])
            signature, machine = struct.unpack("<4sH", file.read(6))
    except (OSError, struct.error):
        return None
    return _MACHINES.get(machine) if signature == b"PE\0\0" else None
