"""Put the functions into a LibreOffice profile and take them out again."""

from __future__ import annotations

import sys
from importlib.resources import files as package_files
from pathlib import Path
from typing import Final

from xlmeso.addin.actions import Action, place, present, remove
from xlmeso.addin.libreoffice.basic import MODULE_NAME, SCRIPT_NAME, basic_source, module_file
from xlmeso.addin.libreoffice.declarations import UDF_MODULE, declared_functions
from xlmeso.addin.libreoffice.library import index_texts, with_module, without_module
from xlmeso.addin.libreoffice.profile import user_folder

_BRIDGE: Final = "bridge.py"
_MODULE: Final = "the MESO functions for cells"
_SCRIPT: Final = "the way to xlmeso's Python"
_INDEX: Final = "LibreOffice's list of macros"


def install_libreoffice(
    profile: Path | None = None,
    *,
    dry_run: bool = False,
    interpreter: Path | None = None,
    module: str = UDF_MODULE,
) -> list[Action]:
    """Make the worksheet functions live in LibreOffice Calc; doing it again changes nothing.

    LibreOffice reads them at its next start.

    Parameters
    ----------
    profile
        Folder of the profile, None for the person's own.
    dry_run
        Only say what would be done.
    interpreter
        Python that runs the functions, None for the one that runs this.
    module
        Where the functions are declared.

    Raises
    ------
    ConfigurationError
        There is no profile yet, its list of macros cannot be read, or a file cannot be written.
    """
    user = user_folder(profile)
    basic = user / "basic"
    source = module_file(basic_source(declared_functions(module)))
    listing = basic / "Standard" / "script.xlb"
    indexes = index_texts(basic)
    listed = with_module(indexes.pop(listing), MODULE_NAME, listing)
    script = bridge_script(interpreter or Path(sys.executable), module)
    ordered = {**indexes, listing: listed}  # the list last: it must not name what is not there
    files = [
        (user / "Scripts" / "python" / SCRIPT_NAME, script, _SCRIPT),
        (basic / "Standard" / f"{MODULE_NAME}.xba", source, _MODULE),
        *((path, text.encode("utf-8"), _INDEX) for path, text in ordered.items()),
    ]
    return [place(path, content, what, dry_run=dry_run) for path, content, what in files]


def uninstall_libreoffice(profile: Path | None = None, *, dry_run: bool = False) -> list[Action]:
    """Take the functions out of LibreOffice; the person's own macros stay.

    Raises
    ------
    ConfigurationError
        There is no profile, or a file cannot be changed.
    """
    user = user_folder(profile)
    library = user / "basic" / "Standard"
    return present(
        [
            _unlist(library / "script.xlb", dry_run=dry_run),
            remove(library / f"{MODULE_NAME}.xba", _MODULE, dry_run=dry_run),
            remove(user / "Scripts" / "python" / SCRIPT_NAME, _SCRIPT, dry_run=dry_run),
        ]
    )


def bridge_script(interpreter: Path, module: str = UDF_MODULE) -> bytes:
    """Return the script that LibreOffice runs, with interpreter and declarations filled in."""
    text = package_files("xlmeso.addin.libreoffice").joinpath(_BRIDGE).read_text(encoding="utf-8")
    for name, value in (("INTERPRETER", str(interpreter)), ("DECLARATIONS", module)):
        text = text.replace(f'{name} = ""\n', f"{name} = {value!r}\n", 1)
    return text.encode("utf-8")


def _unlist(listing: Path, *, dry_run: bool) -> Action | None:
    if not listing.is_file():
        return None
    before = listing.read_text(encoding="utf-8")
    after = without_module(before, MODULE_NAME)
    if after == before:
        return None
    return place(listing, after.encode("utf-8"), _INDEX, dry_run=dry_run)
