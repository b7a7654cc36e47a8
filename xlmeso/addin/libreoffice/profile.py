"""Where LibreOffice keeps a person's macros."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from xlmeso.errors import ConfigurationError

_STARTED_ONCE = "registrymodifications.xcu"
"""LibreOffice writes it when it first starts; until then it would overwrite our files."""


def default_profile(
    platform: str = sys.platform,
    env: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> Path:
    """Return the folder of the person's profile, which holds ``user``.

    Assumption: an ordinary installation.  Snap and Flatpak keep a profile elsewhere, and Flatpak
    shuts LibreOffice off from other programs; name the folder for the former.
    """
    home = Path.home() if home is None else home
    if platform == "win32":
        base = Path(env.get("APPDATA") or home / "AppData" / "Roaming")
        return base / "LibreOffice" / "4"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "LibreOffice" / "4"
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    return config / "libreoffice" / "4"


def user_folder(profile: Path | None) -> Path:
    """Return the ``user`` folder of a profile.

    Parameters
    ----------
    profile
        The profile's folder or its ``user`` folder; None for the person's own.

    Raises
    ------
    ConfigurationError
        LibreOffice has never been started with this profile.
    """
    chosen = default_profile() if profile is None else profile
    user = chosen if chosen.name == "user" else chosen / "user"
    if not (user / _STARTED_ONCE).is_file():
        raise ConfigurationError(
            "LibreOffice has no profile here yet",
            where=str(user),
            cure="Install LibreOffice Calc if it is missing, start it once, close it and run the "
            "command again.",
        )
    return user
