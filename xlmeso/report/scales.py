"""Colour scales and bars behind figures, in colours that every colour vision tells apart."""

from __future__ import annotations

from typing import Final

from openpyxl.formatting.rule import ColorScale, DataBar, FormatObject, Rule
from openpyxl.styles.colors import Color
from openpyxl.worksheet.worksheet import Worksheet

from xlmeso.report.styles import PALETTE
from xlmeso.sheets.cells import column_letters
from xlmeso.sheets.plan import ScalePlan, TablePlan

LOW: Final = "E8A26B"
MIDDLE: Final = "FFFFFF"
HIGH: Final = "7DB7DE"
"""Tints of vermilion and blue; they differ in hue for every colour vision, and the figures in the
cells carry the sign as well.  Black text on them has a contrast of 9:1 at least."""


def add_scale(sheet: Worksheet, table: TablePlan, scale: ScalePlan) -> None:
    """Draw a scale behind columns of a table; adjoining columns share one range of sizes."""
    numbers = sorted(table.column_of(title) for title in scale.columns)
    areas = " ".join(
        f"{column_letters(first)}{table.row + 1}:{column_letters(last)}{table.last_row}"
        for first, last in _neighbours(numbers)
    )
    sheet.conditional_formatting.add(areas, _rule(scale))


def _rule(scale: ScalePlan) -> Rule:
    if scale.kind == "bars":
        ends = [FormatObject("num", 0), FormatObject("num", scale.limit)]
        return Rule("dataBar", dataBar=DataBar(cfvo=ends, color=PALETTE["sky"]))
    stops = [FormatObject("num", value) for value in (-scale.limit, 0, scale.limit)]
    colours = [Color(rgb=f"FF{tint}") for tint in (LOW, MIDDLE, HIGH)]
    return Rule("colorScale", colorScale=ColorScale(cfvo=stops, color=colours))


def _neighbours(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
