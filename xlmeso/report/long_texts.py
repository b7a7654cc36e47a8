"""Texts that no cell holds: kept whole, in pieces, on a sheet of their own."""

from __future__ import annotations

import sys
from typing import Final

from xlmeso.sheets.cells import MAX_TEXT, utf16_length, visible_text
from xlmeso.sheets.plan import ColumnPlan, NotePlan, SheetPlan, TablePlan

SHEET: Final = "Long texts"
TABLE: Final = "meso_long_texts"

PIECE: Final = 16_000
"""Characters of a piece; even one of surrogate pairs only fits into a cell."""

MAX_KEPT: Final = 64 * 1024**2
"""Most characters that are kept of one book; what is beyond is cut with a mark only."""


class LongTexts:
    """Collects what cells cut off while a book is written."""

    def __init__(self) -> None:
        self._kept: dict[str, int] = {}
        self._size = 0

    def __bool__(self) -> bool:
        return bool(self._kept)

    def shown(self, text: str) -> str:
        """Return what a cell shows of a text, and keep the whole of it if that is not all."""
        if len(text) <= MAX_TEXT // 2:
            return visible_text(text)
        whole = visible_text(text, limit=sys.maxsize)
        if utf16_length(whole) <= MAX_TEXT or not self._keep(text):
            return visible_text(text)
        return visible_text(text, rest=f'whole as text {self._kept[text]} on sheet "{SHEET}"')

    def _keep(self, text: str) -> bool:
        if text not in self._kept and self._size + len(text) <= MAX_KEPT:
            self._size += len(text)
            self._kept[text] = len(self._kept) + 1
        return text in self._kept

    def plan(self) -> SheetPlan:
        """Plan the sheet that holds the whole texts."""
        rows = [
            (number, part, text[at : at + PIECE])
            for text, number in self._kept.items()
            for part, at in enumerate(range(0, len(text), PIECE), start=1)
        ]
        table = TablePlan(
            TABLE,
            (
                ColumnPlan("Text", [row[0] for row in rows], "0", width=8),
                ColumnPlan("Part", [row[1] for row in rows], "0", width=8),
                ColumnPlan("Content", [row[2] for row in rows], "@", width=120),
            ),
            row=4,
        )
        notes = (
            NotePlan("Long texts", 1, style="MesoTitle"),
            NotePlan(
                f"A cell holds {MAX_TEXT:,} characters. Texts beyond that are cut where they "
                "belong, with their number, and stand here whole, in parts to be read on.",
                2,
                style="MesoText",
            ),
        )
        return SheetPlan(SHEET, (table,), notes, freeze=(5, 3), repeat_row=4)
