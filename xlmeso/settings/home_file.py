"""The official client's home file ``.env.mesosim``: address and key in dotenv syntax.

Reference section 7.6: MESOSIM_INSTANCE and MESOSIM_API_KEY in the user's home folder.  xlmeso only
reads it, and takes its key for no service but the one that it names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xlmeso.errors import ConfigurationError
from xlmeso.wire.redaction import Secret
from xlmeso.wire.urls import service_origin

FILE_NAME: Final = ".env.mesosim"

_LINE = re.compile(
    r"""^\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_.]*)\s*=\s*
    (?: '(?P<single>[^']*)' | "(?P<double>(?:\\.|[^"\\])*)" | (?P<plain>.*?) )
    \s*(?:(?<!\S)\#.*)?$""",
    re.VERBOSE,
)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class HomeFile:
    """What the file says, when it says both."""

    instance: str
    """Origin of the service, in its normal form."""
    key: Secret


def read_home_file(env: Mapping[str, str] = os.environ) -> HomeFile | None:
    """Read the file in the user's home folder; None when it is absent, broken or incomplete."""
    try:
        values = parse_dotenv(home_path(env).read_text(encoding="utf-8-sig"))
        instance = service_origin(values.get("MESOSIM_INSTANCE", ""))
    except (OSError, RuntimeError, UnicodeDecodeError, ConfigurationError):
        return None
    key = values.get("MESOSIM_API_KEY", "").strip()
    return HomeFile(instance, Secret(key)) if key else None


def home_path(env: Mapping[str, str] = os.environ) -> Path:
    """Return where the file would be: USERPROFILE on Windows, HOME elsewhere."""
    folder = env.get("USERPROFILE" if os.name == "nt" else "HOME", "")
    return (Path(folder) if folder else Path.home()) / FILE_NAME


def parse_dotenv(text: str) -> dict[str, str]:
    """Read lines of ``NAME=value``; the last of several with one name wins.

    ``export`` in front, quotes, comments and blanks around are understood; escapes count within
    double quotes only.  Lines that are none of this are passed over.
    """
    values: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        if match["double"] is not None:
            values[match["name"]] = re.sub(r"\\(.)", _unescape, match["double"])
        else:
            values[match["name"]] = match["single"] or match["plain"] or ""
    return values


def _unescape(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[1])
