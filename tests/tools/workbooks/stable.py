"""The same parts, the same bytes: fixed times in the package and in its properties."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_WHEN = "2026-01-05T09:30:00Z"
_AS_IT_IS = '<calcPr calcId="191029"/>'
"""Calculated by a current Excel: opening the book calculates, and so submits, nothing."""

_MOMENT = re.compile(r"(<dcterms:(?:created|modified)[^>]*>)[^<]*(?=<)")


def stable_parts(path: Path) -> dict[str, bytes]:
    """Return the parts of a saved book with fixed times, in their order."""
    with zipfile.ZipFile(path) as package:
        parts = {item.filename: package.read(item) for item in package.infolist()}
    core = parts["docProps/core.xml"].decode("utf-8")
    parts["docProps/core.xml"] = _MOMENT.sub(rf"\g<1>{_WHEN}", core).encode("utf-8")
    workbook = parts["xl/workbook.xml"].decode("utf-8")
    parts["xl/workbook.xml"] = re.sub("<calcPr[^>]*/>", _AS_IT_IS, workbook).encode("utf-8")
    return parts


def pack(parts: dict[str, bytes], target: Path) -> None:
    """Write parts as a package whose bytes depend on nothing else but zlib."""
    with zipfile.ZipFile(target, "w") as package:
        for name, data in parts.items():
            item = zipfile.ZipInfo(name, _EARLIEST)
            item.compress_type = zipfile.ZIP_DEFLATED
            item.external_attr = 0o600 << 16
            package.writestr(item, data, compresslevel=9)
