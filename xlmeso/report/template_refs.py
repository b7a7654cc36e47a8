"""References to the rows of a table that has grown: names, formulas, charts and pivot tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from openpyxl.utils.cell import column_index_from_string

_CHART: Final = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_CACHES: Final = {f"{_CHART}numCache", f"{_CHART}strCache", f"{_CHART}multiLvlStrCache"}
_AREA: Final = re.compile(
    r"(?P<sheet>(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?"
    r"(?P<start>\$?(?P<left>[A-Z]{1,3})\$?(?P<top>\d+):\$?(?P<right>[A-Z]{1,3})\$?)(?P<bottom>\d+)"
)
_CELL: Final = re.compile(r".+!(?P<cell>\$?[A-Z]{1,3}\$?(?P<row>\d+))")


@dataclass(frozen=True, slots=True)
class Growth:
    """A table's rows before and after: columns and rows of the sheet, heading not included."""

    sheet: str
    left: int
    right: int
    top: int
    bottom: int
    new_bottom: int


def grown(text: str, growths: Sequence[Growth], sheet: str = "") -> str:
    """Let areas that cover all old rows of a table cover all new ones.

    Parameters
    ----------
    text
        A formula or reference.
    sheet
        The sheet that areas without a sheet's name belong to.
    """

    def change(match: re.Match[str]) -> str:
        name = (match["sheet"] or "").rstrip("!")
        plain = name[1:-1].replace("''", "'") if name.startswith("'") else name
        for growth in growths:
            if _covers(match, growth, plain or sheet):
                return f"{match['sheet'] or ''}{match['start']}{growth.new_bottom}"
        return match.group()

    return _AREA.sub(change, text)


def _covers(match: re.Match[str], growth: Growth, sheet: str) -> bool:
    return (
        sheet.casefold() == growth.sheet.casefold()
        and growth.left <= column_index_from_string(match["left"])
        and column_index_from_string(match["right"]) <= growth.right
        and growth.top - 1 <= int(match["top"]) <= growth.top
        and int(match["bottom"]) == growth.bottom
    )


def grow_chart(root: Any, growths: Sequence[Growth]) -> bool:
    """Let a chart draw all new rows; whether it refers to any."""
    changed = False
    for reference in root.iter(f"{_CHART}f"):
        area = _as_area(reference.text or "", growths)
        text = grown(area, growths)
        if text != area:
            reference.text = text
            changed = True
            for cache in [item for item in reference.getparent() if item.tag in _CACHES]:
                reference.getparent().remove(cache)
    return changed


def _as_area(text: str, growths: Sequence[Growth]) -> str:
    """Write a chart's single cell as an area where it is the only row of a table."""
    match = _CELL.fullmatch(text)
    rows = {growth.top for growth in growths if growth.top == growth.bottom}
    if match is None or int(match["row"]) not in rows:
        return text
    return f"{text}:{match['cell']}"


def refresh_pivot(root: Any, tables: Sequence[str]) -> bool:
    """Let a pivot table read its source anew when the book is opened; whether it is one of ours."""
    for source in root.iter("{*}worksheetSource"):
        if (source.get("name") or "").casefold() in tables:
            root.set("refreshOnLoad", "1")
            return True
    return False
