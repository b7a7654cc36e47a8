"""A look into a book before it is changed: what openpyxl would lose by saving it again.

Reads the package itself (zip and XML) with bounds: no document type declarations, no entity
expansion, no more than `MAX_PARTS` parts and `MAX_BYTES` bytes unpacked.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xlmeso.errors import WorkbookError
from xlmeso.report.dynamic_arrays import has_only_dynamic_arrays
from xlmeso.report.marks import BOOK_MARK, OUR_CHARTS
from xlmeso.report.parts import check_prolog, relations, scan, sheet_parts

MAX_PARTS: Final = 20_000
MAX_BYTES: Final = 2 * 1024**3
"""Most parts and most bytes of a package after unpacking."""

MAX_RATIO: Final = 300
"""Most bytes that one packed byte may become, for parts above `_SMALL` bytes."""

_SMALL: Final = 32 * 1024**2

_METADATA: Final = "dynamic arrays or data types"

_PART_LOSSES: Final = (
    (r"xl/vbaProject\.bin", "macros (VBA)"),
    (r"xl/pivotTables/|xl/pivotCache/", "pivot tables"),
    (r"xl/externalLinks/", "links to other workbooks"),
    (r"xl/slicers/|xl/slicerCaches/", "slicers"),
    (r"xl/timelines/|xl/timelineCaches/", "timelines"),
    (r"xl/threadedComments/", "threaded comments"),
    (r"xl/ctrlProps/|xl/activeX/", "form controls"),
    (r"xl/embeddings/", "embedded objects"),
    (r"customXml/item", "custom XML data"),
    (r"xl/metadata\.xml|xl/richData/", _METADATA),
    (r"xl/model/", "a data model"),
    (r"xl/queryTables/|xl/connections\.xml", "data connections"),
    (r"customUI/", "a ribbon of its own"),
    (r"xl/webextensions/", "Office add-ins"),
    (r"xl/chartsheets/", "chart sheets"),
    (r"xl/(?:macrosheets|dialogsheets)/", "old macro or dialog sheets"),
    (r"xl/(?:diagrams|ink|model3d)/", "SmartArt, ink or 3D models"),
)
"""Part names -> what they hold.  Printer settings and thumbnails are no loss of content."""

_SHEET_ELEMENTS: Final = {
    "picture": "a sheet background",
    "legacyDrawingHF": "pictures in headers or footers",
    "oleObjects": "embedded objects",
    "controls": "form controls",
    "customSheetViews": "custom views",
    "protectedRanges": "ranges with passwords",
}

_EXTENSIONS: Final = {
    "05C60535-1F16-4FD2-B633-F4F36F0B64E0": "sparklines",
    "78C0D931-6437-407D-A8EE-F0AAD7539E65": "conditional formats of newer Excel",
    "CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF": "drop-downs that refer to other sheets",
    "A8765BA9-456A-4DAB-B4F3-ACF838C121DE": "slicers",
    "3A4CF648-6AED-40F4-86FF-DC5316D8AED3": "slicers",
    "7E03D99C-DC04-49D9-9315-930204A7B6E9": "timelines",
    "FC87AEE6-9EDD-4A0A-B7FB-166176984837": "ranges with passwords",
}

_DRAWING_KINDS: Final = {"pic": "pictures", "sp": "shapes or text boxes", "cxnSp": "shapes"}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that a re-save would lose; ``sheet`` is empty for the whole book."""

    what: str
    sheet: str = ""

    def __str__(self) -> str:
        return f"{self.what} on {self.sheet}" if self.sheet else self.what


@dataclass(frozen=True, slots=True)
class BookContents:
    """What a book holds beyond what openpyxl keeps."""

    findings: tuple[Finding, ...]
    is_ours: bool

    def losses(self) -> str:
        """Name the losses in one line: ``pictures on Notes, slicers``."""
        return ", ".join(str(finding) for finding in self.findings)


def inspect_book(path: Path | str) -> BookContents:
    """Find what openpyxl would lose of a book; charts named ``meso_...`` are ours and no loss.

    Raises
    ------
    WorkbookError
        The file is missing, no .xlsx/.xlsm, damaged, protected by a password, or built to harm.
    """
    source = Path(path)
    with open_package(source) as package:
        findings = {Finding(what) for what in _part_losses(package)}
        findings |= set(_style_losses(package))
        for sheet, part in _sheets(package):
            findings |= {Finding(what, sheet) for what in _sheet_losses(package, part)}
        if has_only_dynamic_arrays(package):  # kept over a save
            findings = {finding for finding in findings if finding.what != _METADATA}
        return BookContents(tuple(sorted(findings)), _has_mark(package))


def open_package(path: Path) -> zipfile.ZipFile:
    """Open a workbook's package after checking that it is one and of a sane size.

    Raises
    ------
    WorkbookError
        As `inspect_book`.
    """
    where = str(path)
    if not path.is_file():
        raise WorkbookError("there is no such file", where=where)
    try:
        with path.open("rb") as file:
            if file.read(8) == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
                raise WorkbookError(
                    "the book is protected by a password or in the old .xls format",
                    where=where,
                    cure="Save it as an .xlsx workbook without a password.",
                )
        package = zipfile.ZipFile(path)
    except PermissionError as error:
        raise WorkbookError(
            "the file cannot be read", where=where, cure="Close it in Excel and try again."
        ) from error
    except (OSError, zipfile.BadZipFile) as error:
        raise WorkbookError("the file is no Excel workbook, or is damaged", where=where) from error
    try:
        _check_package(package, where)
    except BaseException:
        package.close()
        raise
    return package


def _check_package(package: zipfile.ZipFile, where: str) -> None:
    items = package.infolist()
    names = {item.filename for item in items}
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise WorkbookError(
            "the file is no .xlsx workbook", where=where, cure="Save it as .xlsx in Excel."
        )
    swollen = any(
        item.file_size > _SMALL and item.file_size > MAX_RATIO * max(item.compress_size, 1)
        for item in items
    )
    total = sum(item.file_size for item in items)
    if len(items) > MAX_PARTS or total > MAX_BYTES or swollen or len(names) < len(items):
        raise WorkbookError("the file unpacks to a size that no workbook has", where=where)
    for item in items:
        if item.filename.endswith((".xml", ".rels", ".vml")):
            check_prolog(package, item.filename)


def _part_losses(package: zipfile.ZipFile) -> Iterator[str]:
    for name in package.namelist():
        for pattern, what in _PART_LOSSES:
            if re.match(pattern, name, re.IGNORECASE):
                yield what


def _style_losses(package: zipfile.ZipFile) -> Iterator[Finding]:
    if "xl/styles.xml" not in package.namelist():
        return
    found: set[str] = set()
    scan(package, "xl/styles.xml", lambda name, _: found.add(name))
    if "tableStyle" in found:
        yield Finding("table styles of its own")


def _sheets(package: zipfile.ZipFile) -> list[tuple[str, str]]:
    names = set(package.namelist())
    return [
        (sheet, part)
        for sheet, part in sheet_parts(package).items()
        if part in names and part.startswith("xl/worksheets/")
    ]


def _sheet_losses(package: zipfile.ZipFile, part: str) -> set[str]:
    found: set[str] = set()

    def look(name: str, attributes: dict[str, str]) -> None:
        if name in _SHEET_ELEMENTS:
            found.add(_SHEET_ELEMENTS[name])
        elif name == "ext" and "uri" in attributes:
            uri = attributes["uri"].strip("{}").upper()
            found.add(_EXTENSIONS.get(uri, "features of newer Excel"))
        elif name == "c" and "cm" in attributes:
            found.add(_METADATA)

    scan(package, part, look)
    for drawing in relations(package, part).get("drawing", []):
        found |= _drawing_losses(package, drawing)
    return found


def _drawing_losses(package: zipfile.ZipFile, part: str) -> set[str]:
    """Name what a drawing holds: foreign charts, pictures, shapes."""
    found: set[str] = set()
    frames: list[str] = []

    def look(name: str, attributes: dict[str, str]) -> None:
        if name in _DRAWING_KINDS:
            found.add(_DRAWING_KINDS[name])
        elif name == "graphicFrame":
            frames.append("")
        elif name == "cNvPr" and frames and not frames[-1]:
            frames[-1] = attributes.get("name", "") or "?"

    scan(package, part, look)
    if any(not name.startswith(OUR_CHARTS) for name in frames):
        found.add("charts")
    return found


def _has_mark(package: zipfile.ZipFile) -> bool:
    if "docProps/custom.xml" not in package.namelist():
        return False
    names: set[str] = set()
    scan(
        package, "docProps/custom.xml", lambda _, attributes: names.add(attributes.get("name", ""))
    )
    return BOOK_MARK in names
