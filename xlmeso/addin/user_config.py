"""The user's settings file of the add-in, in the form that xlwings' VBA reads and writes.

One setting in a line, name and value in quotes with a comma between: what VBA's statements Write
and Input make of two strings.  Settings that are not ours stay as they are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from xlmeso.addin.places import MACOS
from xlmeso.errors import ConfigurationError

_LINE = re.compile(r'^"(?P<name>[^"]*)","(?P<value>[^"]*)"$')


def read_config(path: Path, platform: str) -> dict[str, str]:
    """Return the settings of a file by their names in capitals; none when there is no file."""
    if not path.is_file():
        return {}
    text = path.read_bytes().decode(encoding_of(platform), errors="replace")
    found = (_LINE.match(line) for line in text.splitlines())
    return {match["name"].upper(): match["value"] for match in found if match}


def config_bytes(settings: Mapping[str, str], platform: str) -> bytes:
    """Return the content of a file with these settings.

    Raises
    ------
    ConfigurationError
        A value holds a character that VBA cannot read from a file on this machine.
    """
    lines = [f'"{name}","{value}"\r\n' for name, value in settings.items()]
    try:
        return "".join(lines).encode(encoding_of(platform))
    except UnicodeEncodeError as error:
        raise ConfigurationError(
            f"VBA cannot read the character {error.object[error.start]!r} in the path of Python",
            where=next(line.strip() for line in lines if error.object[error.start] in line),
            cure="Make the environment in a folder with plain letters, such as C:\\xlmeso.",
        ) from None


def encoding_of(platform: str) -> str:
    """Return the encoding in which VBA's file statements read text."""
    if platform == MACOS:
        return "mac_roman"
    return "mbcs" if os.name == "nt" else "cp1252"


_OWN: Final = ("INTERPRETER_WIN", "INTERPRETER_MAC", "PYTHONPATH")


def without_ours(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that an installation did not write."""
    return {name: value for name, value in settings.items() if name not in _OWN}
