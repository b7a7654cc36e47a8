"""Build ``xlmeso.xlam``: the same bytes on every system, with neither Excel nor Windows."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from xlmeso._version import __version__
from xlmeso.addin.actions import Action, place
from xlmeso.addin.modules import VbaModule

FILE_NAME: Final = "xlmeso.xlam"
VERSION_SETTING: Final = "XLMESO_VERSION"

_STRINGS_PART: Final = "xl/sharedStrings.xml"
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def settings() -> tuple[tuple[str, str], ...]:
    """Return the settings that hold on every machine, as the sheet xlmeso.conf has them.

    One Python serves formulas and buttons alike, so that a button does not wait for a new one; and
    the folder of a workbook is no place to import Python modules from.
    """
    return (
        (VERSION_SETTING, __version__),
        ("ADD_WORKBOOK_TO_PYTHONPATH", "false"),
        ("USE UDF SERVER", "True"),
    )


def addin_bytes(modules: tuple[VbaModule, ...] | None = None) -> bytes:
    """Return the content of the add-in.

    Parameters
    ----------
    modules
        Other modules than those of the add-in, for tests; they include the two documents.

    Raises
    ------
    ConfigurationError
        xlwings is missing or not the version that our changes are made for.
    """
    from xlmeso.addin import sources
    from xlmeso.addin.package import addin_package
    from xlmeso.addin.project import vba_project

    project = vba_project(modules or sources.modules(), sources.PROJECT_NAME)
    return addin_package(
        project,
        sources.own_text(sources.RIBBON),
        sheet=f"{sources.CONFIG_NAME}.conf",
        settings=settings(),
        title=f"xlmeso {__version__}: backtests with MesoSim",
    )


def build_addin(folder: Path) -> Action:
    """Write the add-in into a folder and say what happened; an equal file is left alone."""
    return place(folder / FILE_NAME, addin_bytes(), "the add-in", dry_run=False)


def version_of(content: bytes) -> str | None:
    """Return the version that an add-in names; None when it is not one of ours."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            root = ElementTree.fromstring(archive.read(_STRINGS_PART))  # noqa: S314 -- small file
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return None
    texts = [item.text for item in root.iter(f"{_MAIN}t")]
    if VERSION_SETTING not in texts[:-1]:
        return None
    return texts[texts.index(VERSION_SETTING) + 1]
