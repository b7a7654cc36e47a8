"""The theme part that Excel wants in every workbook: the smallest that its schema allows."""

from __future__ import annotations

from typing import Final

_MAIN: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"
_COLORS: Final = (
    ("dk1", "000000"),
    ("lt1", "FFFFFF"),
    ("dk2", "44546A"),
    ("lt2", "E7E6E6"),
    ("accent1", "0072B2"),
    ("accent2", "E69F00"),
    ("accent3", "009E73"),
    ("accent4", "CC79A7"),
    ("accent5", "56B4E9"),
    ("accent6", "D55E00"),
    ("hlink", "0563C1"),
    ("folHlink", "954F72"),
)
_SOLID: Final = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
_LINE: Final = f'<a:ln w="6350">{_SOLID}</a:ln>'
_EFFECT: Final = "<a:effectStyle><a:effectLst/></a:effectStyle>"


def theme() -> str:
    """Return the XML of the theme, without the declaration at its head."""
    colors = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in _COLORS)
    return (
        f'<a:theme xmlns:a="{_MAIN}" name="xlmeso"><a:themeElements>'
        f'<a:clrScheme name="xlmeso">{colors}</a:clrScheme>'
        f'<a:fontScheme name="xlmeso">{_font("major")}{_font("minor")}</a:fontScheme>'
        f'<a:fmtScheme name="xlmeso">'
        f"<a:fillStyleLst>{_SOLID * 3}</a:fillStyleLst>"
        f"<a:lnStyleLst>{_LINE * 3}</a:lnStyleLst>"
        f"<a:effectStyleLst>{_EFFECT * 3}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{_SOLID * 3}</a:bgFillStyleLst>"
        "</a:fmtScheme></a:themeElements></a:theme>"
    )


def _font(use: str) -> str:
    faces = '<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>'
    return f"<a:{use}Font>{faces}</a:{use}Font>"
