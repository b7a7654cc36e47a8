"""Formulas that spill: what openpyxl cannot say about them, put into and read out of a package.

A dynamic array is an array formula whose cell has the attribute ``cm``, an index into the cell
metadata of ``xl/metadata.xml`` ([MS-XLSX], 2.3.1 and the type XLDAPR).  openpyxl reads and writes
it as an array formula of the old kind, which Excel shows in braces and never lets grow.
"""

from __future__ import annotations

import re
import zipfile
from typing import Any, Final

from openpyxl.workbook import Workbook
from openpyxl.worksheet.formula import ArrayFormula

from xlmeso.report.parts import scan, sheet_parts

METADATA: Final = "xl/metadata.xml"

_TYPE: Final = "XLDAPR"
_WORKBOOK_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_CONTENT_TYPES: Final = "[Content_Types].xml"
_SHEET: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DYNAMIC: Final = "http://schemas.microsoft.com/office/spreadsheetml/2017/dynamicarray"
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheetMetadata+xml"

_PART: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    f'<metadata xmlns="{_SHEET}" xmlns:xda="{_DYNAMIC}"><metadataTypes count="1">'
    f'<metadataType name="{_TYPE}" minSupportedVersion="120000" copy="1" pasteAll="1" '
    'pasteValues="1" merge="1" splitFirst="1" rowColShift="1" clearFormats="1" '
    'clearComments="1" assign="1" coerce="1" cellMeta="1"/></metadataTypes>'
    f'<futureMetadata name="{_TYPE}" count="1"><bk><extLst>'
    '<ext uri="{bdbb8cdc-fa1e-496e-a857-3c3f30c029c3}">'
    '<xda:dynamicArrayProperties fDynamic="1" fCollapsed="0"/></ext></extLst></bk>'
    '</futureMetadata><cellMetadata count="1"><bk><rc t="1" v="0"/></bk></cellMetadata>'
    "</metadata>"
)
"""The same for every book: all dynamic arrays of a book share the only entry."""


class DynamicArray(ArrayFormula):
    """A formula that spills; ``ref`` is the block that it filled when it was last calculated."""


def has_only_dynamic_arrays(package: zipfile.ZipFile) -> bool:
    """Whether the book's cell metadata says nothing but "this formula spills"."""
    names = set(package.namelist())
    if METADATA not in names or any(name.startswith("xl/richData/") for name in names):
        return False
    types: set[str] = set()
    values: list[str] = []

    def look(name: str, attributes: dict[str, str]) -> None:
        if name == "metadataType":
            types.add(attributes.get("name", ""))
        elif name == "valueMetadata":
            values.append(name)

    scan(package, METADATA, look)
    return types == {_TYPE} and not values


def recall_dynamic_arrays(package: zipfile.ZipFile, book: Workbook) -> None:
    """Make the array formulas of a loaded book dynamic that were so in its file."""
    if not has_only_dynamic_arrays(package):
        return
    for title, part in sheet_parts(package).items():
        if title not in book.sheetnames:
            continue
        sheet = book[title]
        for cell in _cells_with_metadata(package, part):
            formula = sheet[cell].value
            if isinstance(formula, ArrayFormula):
                sheet[cell].value = DynamicArray(formula.ref, formula.text)


def _cells_with_metadata(package: zipfile.ZipFile, part: str) -> list[str]:
    found: list[str] = []

    def look(name: str, attributes: dict[str, str]) -> None:
        if name == "c" and "cm" in attributes:
            found.append(attributes.get("r", ""))

    if part.startswith("xl/worksheets/"):
        scan(package, part, look)
    return found


def dynamic_cells(sheet: object) -> frozenset[str]:
    """Return the cells of an openpyxl worksheet whose formulas spill."""
    cells = getattr(sheet, "_cells", {}).values()
    return frozenset(cell.coordinate for cell in cells if isinstance(cell.value, DynamicArray))


def empty_spilled(sheet: Any) -> None:
    """Empty the cells that formulas of a sheet have filled: what is known no longer must not show.

    The formulas stay and fill them again when a program calculates the book.
    """
    for cell in dynamic_cells(sheet):
        anchor = sheet[cell]
        block = sheet[anchor.value.ref]
        for row in block if isinstance(block, tuple) else ((block,),):
            for filled in row:
                if filled is not anchor:
                    filled.value = None


def package_edits(package: zipfile.ZipFile) -> dict[str, str]:
    """Return the parts, new or changed, that tell a book what ``cm="1"`` means."""
    relations = package.read(_WORKBOOK_RELATIONS).decode("utf-8")
    types = package.read(_CONTENT_TYPES).decode("utf-8")
    relation = (
        f'<Relationship Id="rIdMeta" Type="{_RELATION}/sheetMetadata" Target="metadata.xml"/>'
    )
    override = f'<Override PartName="/{METADATA}" ContentType="{_CONTENT}"/>'
    return {
        METADATA: _PART,
        _WORKBOOK_RELATIONS: _before_end(relations, "Relationships", relation),
        _CONTENT_TYPES: _before_end(types, "Types", override),
    }


def _before_end(text: str, element: str, addition: str) -> str:
    return re.sub(rf"</((?:\w+:)?{element})>\s*\Z", rf"{addition}</\1>", text)
