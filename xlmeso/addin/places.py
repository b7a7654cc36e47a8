"""Where Excel looks for add-ins and xlwings for settings, on Windows and macOS."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xlmeso.addin.build import FILE_NAME
from xlmeso.addin.sources import CONFIG_NAME
from xlmeso.errors import ConfigurationError

WINDOWS: Final = "win32"
MACOS: Final = "darwin"

_MAC_STARTUP: Final = (
    "Library/Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"
)
_MAC_CONFIG: Final = "Library/Containers/com.microsoft.Excel/Data"
_MAC_SCRIPTS: Final = "Library/Application Scripts/com.microsoft.Excel"


@dataclass(frozen=True, slots=True)
class ExcelPlaces:
    """The files of an installation.

    Attributes
    ----------
    addin
        In the folder whose books Excel opens when it starts.
    config
        The user's settings, as GetConfigFilePath in xlwings' VBA finds them.
    scripts
        On macOS the folder of the script that starts Python; Excel may run no other there.
    interpreter_setting
        Name of the setting that holds the path of Python.
    """

    addin: Path
    config: Path
    scripts: Path | None
    interpreter_setting: str


def excel_places(platform: str = sys.platform, env: Mapping[str, str] = os.environ) -> ExcelPlaces:
    """Return where the files belong for the user that runs this.

    Raises
    ------
    ConfigurationError
        Excel does not run on this system, or the environment lacks the user's folders.
    """
    if platform == WINDOWS:
        startup = _folder(env, "APPDATA") / "Microsoft" / "Excel" / "XLSTART"
        config = _folder(env, "USERPROFILE") / f".{CONFIG_NAME}" / f"{CONFIG_NAME}.conf"
        return ExcelPlaces(startup / FILE_NAME, config, None, "INTERPRETER_WIN")
    if platform == MACOS:
        home = _folder(env, "HOME")
        return ExcelPlaces(
            home / _MAC_STARTUP / FILE_NAME,
            home / _MAC_CONFIG / f"{CONFIG_NAME}.conf",
            home / _MAC_SCRIPTS,
            "INTERPRETER_MAC",
        )
    raise ConfigurationError(
        "Excel runs on Windows and macOS only",
        cure="Build the file with 'xlmeso addin build', or use 'xlmeso addin install "
        "--libreoffice' for LibreOffice Calc.",
    )


def _folder(env: Mapping[str, str], variable: str) -> Path:
    text = env.get(variable, "")
    if not text:
        raise ConfigurationError(f"the environment variable {variable} is not set")
    return Path(text)
