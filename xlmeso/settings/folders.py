"""Where xlmeso keeps its files; XLMESO_HOME puts all of them below one folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from xlmeso.settings.profiles import Profile

APPLICATION: Final = "xlmeso"
HOME_VARIABLE: Final = "XLMESO_HOME"
CONFIG_FILE: Final = "config.toml"


def config_dir(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the config file; it need not exist yet."""
    return _folder(env, "config")


def data_dir(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of journals and of the local service's data; it need not exist yet."""
    return _folder(env, "data")


def cache_dir(env: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of what can be fetched again; it need not exist yet."""
    return _folder(env, "cache")


def config_path(env: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the config file."""
    return config_dir(env) / CONFIG_FILE


def journal_path(profile: Profile, env: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the journal of submissions to this profile's service."""
    return data_dir(env) / "journal" / f"{profile.slug}.sqlite"


def _folder(env: Mapping[str, str], kind: str) -> Path:
    if home := env.get(HOME_VARIABLE, "").strip():
        return Path(home).expanduser().absolute() / kind
    import platformdirs

    # No author folder on Windows; "local", not roaming: keys and stores belong to one machine.
    folders = platformdirs.PlatformDirs(APPLICATION, appauthor=False)
    paths = {
        "config": folders.user_config_path,
        "data": folders.user_data_path,
        "cache": folders.user_cache_path,
    }
    return paths[kind]
