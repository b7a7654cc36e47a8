"""Named styles of every book that xlmeso makes, and a palette safe for colour-blind readers.

The finance habit: inputs blue, formulas black, links to other places green.
"""

from __future__ import annotations

from typing import Any, Final

from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook import Workbook

FONT: Final = "Calibri"
INK: Final = "1F3A5F"
"""Dark blue of titles and headings."""

LINK: Final = "00703C"
"""Green of cells that lead somewhere."""

TILE: Final = "EEF3F9"
"""Pale blue behind the key figures."""

PALETTE: Final = {
    "blue": "0072B2",
    "vermilion": "D55E00",
    "green": "009E73",
    "orange": "E69F00",
    "sky": "56B4E9",
    "purple": "CC79A7",
    "grey": "6B7280",
}
"""Okabe and Ito's colours, distinguishable with every common colour vision."""

_HAIR: Final = Side(style="thin", color="D5DBE3")
_GRID: Final = Border(left=_HAIR, right=_HAIR, top=_HAIR, bottom=_HAIR)
_THICK: Final = Side(style="thick", color=INK)
_WHITE: Final = Side(style="medium", color="FFFFFF")
_TOP: Final = Alignment(vertical="top")


def _fill(colour: str) -> PatternFill:
    return PatternFill("solid", fgColor=colour)


def _style(name: str, *, number_format: str | None = None, **parts: Any) -> NamedStyle:
    style = NamedStyle(name=name)
    style.font = parts.get("font", Font(name=FONT, size=10))
    style.alignment = parts.get("alignment", _TOP)
    if "fill" in parts:
        style.fill = parts["fill"]
    if "border" in parts:
        style.border = parts["border"]
    if number_format:
        style.number_format = number_format
    return style


def named_styles() -> tuple[NamedStyle, ...]:
    """Return fresh copies of the named styles."""
    return (
        _style(
            "MesoInput",
            font=Font(name=FONT, size=10, color="0000FF"),
            fill=_fill("F4F8FD"),
            border=_GRID,
        ),
        _style("MesoCalc", font=Font(name=FONT, size=10, color="000000"), border=_GRID),
        _style("MesoLink", font=Font(name=FONT, size=10, color=LINK, underline="single")),
        _style(
            "MesoHead",
            font=Font(name=FONT, size=10, bold=True, color="FFFFFF"),
            fill=_fill(INK),
            border=_GRID,
            alignment=Alignment(vertical="center"),
        ),
        _style("MesoPct", border=_GRID, number_format="0.00%"),
        _style("MesoMoney", border=_GRID, number_format="#,##0.00"),
        _style("MesoTitle", font=Font(name=FONT, size=16, bold=True, color=INK)),
        _style(
            "MesoFigure",
            font=Font(name=FONT, size=14, bold=True, color=INK),
            alignment=Alignment(horizontal="left", vertical="top"),
        ),
        _style("MesoSection", font=Font(name=FONT, size=12, bold=True, color=INK)),
        _style("MesoNote", font=Font(name=FONT, size=10, italic=True, color="595959")),
        _style("MesoLabel", font=Font(name=FONT, size=10, bold=True, color="404040")),
        _style("MesoText", font=Font(name=FONT, size=10)),
        _style(
            "MesoWarn",
            font=Font(name=FONT, size=10, bold=True, color="8A3B00"),
        ),
        _style(
            "MesoTileLabel",
            font=Font(name=FONT, size=9, bold=True, color="404040"),
            fill=_fill(TILE),
            border=Border(top=_THICK, left=_WHITE, right=_WHITE),
            alignment=Alignment(horizontal="center", vertical="center"),
        ),
        _style(
            "MesoTileValue",
            font=Font(name=FONT, size=18, bold=True, color=INK),
            fill=_fill(TILE),
            border=Border(left=_WHITE, right=_WHITE),
            alignment=Alignment(horizontal="center", vertical="center", shrink_to_fit=True),
        ),
        _style(
            "MesoTileNote",
            font=Font(name=FONT, size=9, color="595959"),
            fill=_fill(TILE),
            border=Border(left=_WHITE, right=_WHITE),
            alignment=Alignment(horizontal="center", vertical="center", shrink_to_fit=True),
        ),
        _style("MesoTotal", font=Font(name=FONT, size=10, bold=True, color=INK), border=_GRID),
        _style("MesoCode", font=Font(name="Consolas", size=9)),
        _style("MesoProblem", font=Font(name=FONT, size=10, color="A5300F"), border=_GRID),
    )


def add_styles(book: Workbook) -> None:
    """Give a book the named styles that it does not have yet."""
    known = set(book.named_styles)
    for style in named_styles():
        if style.name not in known:
            book.add_named_style(style)


def rule_style(kind: str) -> DifferentialStyle:
    """Return the look of a conditional format: ``good``, ``bad`` or ``attention``."""
    ink, paper = {
        "good": ("005A8C", "E3F1FA"),
        "bad": ("8A3B00", "FCE8DA"),
        "attention": ("5C4A00", "FFF7D6"),
    }[kind]
    return DifferentialStyle(font=Font(color=ink), fill=PatternFill(bgColor=paper))
