"""Put the add-in where Excel looks, tell it which Python to start, and take both away again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from xlmeso.addin.actions import Action, place, present, remove
from xlmeso.addin.places import WINDOWS, ExcelPlaces, excel_places

_ADDIN = "the add-in, opened by Excel when it starts"
_CONFIG = "which Python the add-in starts"
_SCRIPT = "lets Excel start Python"


@dataclass(frozen=True, slots=True)
class Target:
    """For whom and for which Python an installation is made.

    Attributes
    ----------
    platform
        As ``sys.platform``.
    env
        The user's environment.
    interpreter
        Path of the Python that formulas and buttons use: the one that runs this.
    """

    platform: str = sys.platform
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    interpreter: Path = field(default_factory=lambda: Path(sys.executable))

    @property
    def places(self) -> ExcelPlaces:
        """The files of the installation; raises ConfigurationError where there is no Excel."""
        return excel_places(self.platform, self.env)

    def settings(self) -> dict[str, str]:
        """Return what the user's settings file must say."""
        wanted = {self.places.interpreter_setting: str(self.interpreter)}
        if self.platform == WINDOWS:
            # Empty would be read as the current folder, where a workbook may lie.
            wanted["PYTHONPATH"] = str(self.places.config.parent)
        return wanted


def install(target: Target, *, dry_run: bool) -> list[Action]:
    """Install for one user; a second time changes nothing.

    Raises
    ------
    ConfigurationError
        No Excel on this system, a file that is in use, or a path that VBA cannot read.
    """
    from xlmeso.addin.build import addin_bytes
    from xlmeso.addin.user_config import config_bytes, read_config

    places = target.places
    settings = read_config(places.config, target.platform) | target.settings()
    config = config_bytes(settings, target.platform)
    addin = addin_bytes()
    return present(
        [
            place(places.config, config, _CONFIG, dry_run=dry_run),
            _install_script(places, dry_run=dry_run),
            place(places.addin, addin, _ADDIN, dry_run=dry_run),
        ]
    )


def uninstall(target: Target, *, dry_run: bool) -> list[Action]:
    """Take the add-in and our settings away; nothing there gives no action.

    The script on macOS stays: other add-ins made with xlwings start Python by it as well.

    Raises
    ------
    ConfigurationError
        As `install`.
    """
    from xlmeso.addin.user_config import config_bytes, read_config, without_ours

    places = target.places
    actions = [remove(places.addin, _ADDIN, dry_run=dry_run)]
    others = without_ours(read_config(places.config, target.platform))
    if others:
        content = config_bytes(others, target.platform)
        action = place(places.config, content, _CONFIG, dry_run=dry_run)
        actions.append(action if action.changes else None)
    else:
        actions.append(remove(places.config, _CONFIG, dry_run=dry_run))
    return present(actions)


def script_name() -> str:
    """Return the name of xlwings' script for macOS, which carries its version."""
    from importlib.metadata import version

    return f"xlwings-{version('xlwings')}.applescript"


def _install_script(places: ExcelPlaces, *, dry_run: bool) -> Action | None:
    from xlmeso.addin.sources import xlwings_folder

    if places.scripts is None:
        return None
    content = (xlwings_folder() / script_name()).read_bytes()
    return place(places.scripts / script_name(), content, _SCRIPT, dry_run=dry_run)
