"""Write a reply to a file, whole or not at all."""

from __future__ import annotations

import os
import secrets
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from xlmeso.errors import DecodingError, WorkbookError

MAX_DOWNLOAD: Final = 16 * 1024**3
"""Most bytes of one file."""

_EDGE: Final = 4096

Check = Callable[[Path], None]
"""Looks at a complete file before it gets its name; raises DecodingError."""


def writable_target(path: str | Path) -> Path:
    """Return the path if a file can be put there.

    Raises
    ------
    WorkbookError
        Its folder does not exist, or it is a folder itself.
    """
    target = Path(path)
    if target.is_dir():
        raise WorkbookError("a folder has this name", where=str(target), cure="Name a file.")
    if not target.parent.is_dir():
        raise WorkbookError("its folder does not exist", where=str(target), cure="Make it first.")
    return target


def save(chunks: Iterable[bytes], target: Path, check: Check) -> Path:
    """Write to a temporary file beside the target, check it, then rename it.

    Whatever goes wrong, the target stays as it was and the temporary file goes.

    Raises
    ------
    WorkbookError
        The file cannot be written.
    DecodingError
        ``check`` found that it is not what it should be.
    """
    part = target.with_name(f".xlmeso-{secrets.token_hex(6)}.part")
    try:
        with part.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        check(part)
        part.replace(target)
    except OSError as error:
        raise WorkbookError(
            f"the file cannot be written ({error.strerror or type(error).__name__})",
            where=str(target),
            cure="Is it open in another program, or the disk full?",
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return target


def check_json_list(path: Path) -> None:
    """Look whether a file begins and ends as a JSON array; it may be too large to parse.

    Raises
    ------
    DecodingError
        It does not.
    """
    head, tail = _edges(path)
    if not (head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[" and tail.rstrip()[-1:] == b"]"):
        raise DecodingError(_found(head, "a JSON array"), cure="Check the address of the service.")


def check_csv(path: Path) -> None:
    """Look whether a file can be CSV: it has a first line, which is neither HTML nor JSON.

    Raises
    ------
    DecodingError
        It cannot.
    """
    head, _ = _edges(path)
    if head.lstrip()[:1] in (b"", b"<", b"{", b"[") or b"\0" in head:
        raise DecodingError(_found(head, "CSV"), cure="Check the address of the service.")


def check_zip(path: Path) -> None:
    """Read a ZIP file through, comparing its check sums.

    Raises
    ------
    DecodingError
        Not a ZIP file, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        raise DecodingError(_found(_edges(path)[0], "a ZIP file")) from None
    if damaged is not None:
        raise DecodingError("the reply is a damaged ZIP file")


def _edges(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(_EDGE)
        file.seek(max(0, path.stat().st_size - _EDGE))
        return head, file.read(_EDGE)


def _found(head: bytes, wanted: str) -> str:
    kind = "a web page" if head.lstrip()[:1] == b"<" else "something else"
    return f"the reply is {kind if head else 'empty'} where {wanted} belongs"
