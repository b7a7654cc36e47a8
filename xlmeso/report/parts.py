"""Parts of a workbook package read as XML without trust: no entities, block by block."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, Final
from xml.parsers import expat

from xlmeso.errors import WorkbookError

_BLOCK: Final = 1 << 16
_WORKBOOK: Final = "xl/workbook.xml"

OnStart = Callable[[str, dict[str, str]], Any]
"""Called with an element's local name and its attributes (local names too)."""


class _Stop(Exception):  # noqa: N818 - a signal, not an error
    """Ends a parse early."""


def scan(package: zipfile.ZipFile, part: str, on_start: OnStart) -> None:
    """Call ``on_start`` for every element of a part.

    Raises
    ------
    WorkbookError
        The part is missing, damaged or declares entities.
    """
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        on_start(_local(name), {_local(key): value for key, value in attributes.items()})

    def refuse(*_: Any) -> None:
        raise WorkbookError(f"the part {part} declares entities; refused", where=where)

    where = str(package.filename)
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        with package.open(part) as file:
            while block := file.read(_BLOCK):
                parser.Parse(block, False)
            parser.Parse(b"", True)
    except (expat.ExpatError, zipfile.BadZipFile, zlib.error, KeyError, OSError) as error:
        raise WorkbookError(f"the part {part} is damaged", where=where) from error
    except RuntimeError as error:
        raise WorkbookError(f"the part {part} is encrypted or packed oddly", where=where) from error


def check_prolog(package: zipfile.ZipFile, part: str) -> None:
    """Refuse a part that declares entities, reading no further than its first element.

    Raises
    ------
    WorkbookError
        As `scan`.
    """

    def stop(_name: str, _attributes: dict[str, str]) -> None:
        raise _Stop

    try:
        scan(package, part, stop)
    except _Stop:
        return


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1]


def sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet name -> part name, in the order of the tabs."""
    targets = _targets(package, _WORKBOOK)
    sheets: dict[str, str] = {}

    def look(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and attributes.get("id") in targets:
            sheets[attributes.get("name", "")] = targets[attributes["id"]][1]

    scan(package, _WORKBOOK, look)
    return sheets


def relations(package: zipfile.ZipFile, part: str) -> dict[str, list[str]]:
    """Return kind -> targets of a part's internal relationships (``drawing``, ``table``...)."""
    found: dict[str, list[str]] = {}
    for kind, target in _targets(package, part).values():
        found.setdefault(kind, []).append(target)
    return found


def _targets(package: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return relationship id -> (kind, part)."""
    folder, name = posixpath.split(part)
    relation_part = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, tuple[str, str]] = {}

    def look(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rsplit("/", 1)[-1]
            target = attributes.get("Target", "")
            found[attributes.get("Id", "")] = (kind, _resolved(part, target))

    if relation_part in package.namelist():
        scan(package, relation_part, look)
    return found


def _resolved(part: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
