"""The file around the VBA project: an Office package of the add-in type, one sheet and a ribbon.

Every part is written here, none by a library, and stored without compression: the bytes then
depend on nothing but the input, neither on the system nor on the version of its zlib.  The VBA
itself is compressed by its own rules.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from xlmeso.addin.theme import theme

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_SHEET: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_MICROSOFT: Final = "http://schemas.microsoft.com/office/2006/relationships"
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name."""

_TYPES: Final = (
    ("/xl/workbook.xml", "application/vnd.ms-excel.addin.macroEnabled.main+xml"),
    (
        "/xl/worksheets/sheet1.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
    ),
    (
        "/xl/styles.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml",
    ),
    (
        "/xl/sharedStrings.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml",
    ),
    ("/xl/theme/theme1.xml", "application/vnd.openxmlformats-officedocument.theme+xml"),
    ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
)

_STYLES: Final = (
    '<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
)

Rows = Sequence[tuple[str, str]]
"""Name and value of each setting on the sheet."""


def addin_package(project: bytes, ribbon: str, *, sheet: str, settings: Rows, title: str) -> bytes:
    """Return the bytes of an .xlam.

    Parameters
    ----------
    project
        Content of ``vbaProject.bin``; it has a document module ``ThisWorkbook`` and one
        ``SettingsSheet``.
    ribbon
        The custom UI, in the namespace of 2006: openpyxl loses the relation of the later one.
    sheet, settings
        Name of the only sheet, and its rows.
    title
        What Excel's list of add-ins shows.
    """
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships(
            (f"{_OFFICE}/relationships/officeDocument", "xl/workbook.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            (f"{_MICROSOFT}/ui/extensibility", "customUI/customUI.xml"),
        ),
        "docProps/core.xml": _core_properties(title),
        "xl/workbook.xml": _workbook(sheet),
        "xl/_rels/workbook.xml.rels": _relationships(
            (f"{_OFFICE}/relationships/worksheet", "worksheets/sheet1.xml"),
            (f"{_OFFICE}/relationships/theme", "theme/theme1.xml"),
            (f"{_OFFICE}/relationships/styles", "styles.xml"),
            (f"{_OFFICE}/relationships/sharedStrings", "sharedStrings.xml"),
            (f"{_MICROSOFT}/vbaProject", "vbaProject.bin"),
        ),
        "xl/worksheets/sheet1.xml": _worksheet(settings),
        "xl/theme/theme1.xml": _XML + theme(),
        "xl/sharedStrings.xml": _shared_strings(settings),
        "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_SHEET}">{_STYLES}</styleSheet>',
        "xl/vbaProject.bin": project,
        "customUI/customUI.xml": ribbon,
    }
    return _zipped(parts)


def _zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _EARLIEST)
            info.create_system = 0  # the same on every system
            archive.writestr(info, content, zipfile.ZIP_STORED)
    return out.getvalue()


def _content_types() -> str:
    defaults = (
        ("bin", "application/vnd.ms-office.vbaProject"),
        ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
        ("xml", "application/xml"),
    )
    rows = [f'<Default Extension="{name}" ContentType="{kind}"/>' for name, kind in defaults]
    rows += [f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in _TYPES]
    return f'{_XML}<Types xmlns="{_PACKAGE}/content-types">{"".join(rows)}</Types>'


def _relationships(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _core_properties(title: str) -> str:
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title></cp:coreProperties>"
    )


def _workbook(sheet: str) -> str:
    return (
        f'{_XML}<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}/relationships">'
        '<workbookPr codeName="ThisWorkbook"/>'
        f'<sheets><sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _worksheet(settings: Rows) -> str:
    """Return the sheet: names in column A, values in B, as indexes of the shared strings."""
    rows = "".join(
        f'<row r="{row}">{_cell(f"A{row}", 2 * row - 2)}{_cell(f"B{row}", 2 * row - 1)}</row>'
        for row in range(1, len(settings) + 1)
    )
    return (
        f'{_XML}<worksheet xmlns="{_SHEET}"><sheetPr codeName="SettingsSheet"/>'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )


def _cell(address: str, index: int) -> str:
    return f'<c r="{address}" t="s"><v>{index}</v></c>'


def _shared_strings(settings: Rows) -> str:
    texts = [text for row in settings for text in row]
    items = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    count = f'count="{len(texts)}" uniqueCount="{len(texts)}"'
    return f'{_XML}<sst xmlns="{_SHEET}" {count}>{items}</sst>'
