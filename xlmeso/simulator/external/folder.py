"""CSV files in the one folder that the operator of the local service has opened for them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from xlmeso.simulator.external.address import ExternalDataError, FileName
from xlmeso.simulator.external.fetch import MAX_BYTES, too_large

_SUFFIX: Final = ".csv"
_ODD: Final = re.compile(r"[\x00-\x1f*?<>|\"]")


def read_file(name: FileName, folder: Path | None) -> bytes:
    """Read a file of the folder.

    A name is taken below the folder; an absolute one must lie below it.  Links are followed
    first, and what they lead to must lie below the folder too.

    Raises
    ------
    ExternalDataError
        No folder is open, or it has no such file.  A file elsewhere is answered like a missing
        one, so that nobody learns what else the machine holds.
    """
    if folder is None:
        raise ExternalDataError(
            "this service reads no files.",
            cure="Start it with 'xlmeso serve --external-data FOLDER' and put the CSV there.",
        )
    path = _inside(name, folder)
    if path is None:
        raise ExternalDataError(f"the folder of external data has no file {name.text!r}.")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise ExternalDataError(f"the file {name.text!r} cannot be read: {reason}.") from None
    if len(content) > MAX_BYTES:
        raise too_large()
    return content


def _inside(name: FileName, folder: Path) -> Path | None:
    """Return the real path of a CSV below the folder, None for anything else."""
    if _ODD.search(name.text) or ".." in re.split(r"[\\/]", name.text):
        return None
    try:
        home = folder.resolve(strict=True)
        path = (home / name.text).resolve(strict=True)
        is_csv = path.is_file() and path.suffix.lower() == _SUFFIX
        return path if is_csv and path.is_relative_to(home) else None
    except (OSError, RuntimeError, ValueError):
        return None
