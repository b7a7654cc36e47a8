"""Write files complete or not at all."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from xlmeso.errors import WorkbookError


@contextlib.contextmanager
def told_as_workbook_error(path: Path, what: str = "cannot be written") -> Iterator[None]:
    """Turn an OSError into the error that names the file.

    Raises
    ------
    WorkbookError
        Instead of OSError.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise WorkbookError(f"{what}: {reason}.", where=str(path)) from None


def write_text(path: Path, text: str) -> Path:
    """Write a UTF-8 file with its line ends as they are: a temporary file, then a rename.

    Raises
    ------
    WorkbookError
        The folder or the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with told_as_workbook_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return path
