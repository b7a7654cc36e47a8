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


def tint(value: float, scale: ScalePlan) -> tuple[int, int, int]:
    """Return the colour (red, green, blue) of a figure, for hosts where no rule is drawn."""
    low, middle, high = scale.ends
    colours = _tints(scale)
    value = min(max(value, low), high)
    start, end, first, last = (
        (low, middle, colours[0], colours[1])
        if value <= middle
        else (middle, high, colours[1], colours[2])
    )
    share = (value - start) / (end - start) if end > start else 1.0
    mixed = [
        round(int(first[at : at + 2], 16) * (1 - share) + int(last[at : at + 2], 16) * share)
        for at in (0, 2, 4)
    ]
    return mixed[0], mixed[1], mixed[2]


def _tints(scale: ScalePlan) -> tuple[str, str, str]:
    return (HIGH, MIDDLE, LOW) if scale.falling else (LOW, MIDDLE, HIGH)


def _rule(scale: ScalePlan) -> Rule:
    if scale.kind == "bars":
        ends = [FormatObject("num", 0), FormatObject("num", scale.limit)]
        return Rule("dataBar", dataBar=DataBar(cfvo=ends, color=PALETTE["sky"]))
    stops = [FormatObject("num", value) for value in scale.ends]
    colours = [Color(rgb=f"FF{tint}") for tint in _tints(scale)]
    return Rule("colorScale", colorScale=ColorScale(cfvo=stops, color=colours))


def _neighbours(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
