"""The Start sheet: three steps, what each sheet is for, first formulas, what to do if."""

from __future__ import annotations

from workbooks.live import Live
from workbooks.page import Page

_STEPS = (
    (
        "1",
        "Describe",
        "Strategy",
        "Fill the blue cells of the Strategy sheet, or press New from template. A cell's help "
        "shows when you select it. Validate lists every mistake with its cell.",
    ),
    (
        "2",
        "Run",
        "Runs",
        "Press Submit. Without a sign-in the run goes to the local service on this machine: free, "
        "no account, modelled quotes. Sign in sends it to the cloud instead.",
    ),
    (
        "3",
        "Read",
        "Results",
        "Press Refresh > Workbook. Runs lists what was sent, Results follows the newest run, and "
        "the buttons Analytics, Events, NAV, Trades write sheets of their own.",
    ),
)

_SHEETS = (
    ("Strategy", "What is simulated: underlying, period, legs, entry, adjustments, exit, costs."),
    ("Sweep", "Many variants at once: give values to a path, press Sweep, compare in a heat map."),
    ("Sweep paths", "Everything that a sweep can vary, with its value now."),
    ("Runs", "The runs of this book, newest first, with state and id."),
    ("Results", "Figures, drawdowns, months and NAV of one run, by formulas."),
    ("Series", "The NAV week by week, which the chart of Results draws."),
    ("Help", "Every worksheet function with its arguments, and what errors mean."),
)

_FORMULAS = (
    ('=MESO_METRIC(Runs!D10,"Sharpe ratio")', "one figure of the newest run"),
    ("=MESO_ANALYTICS(Runs!D10)", "all its figures, beside the underlying's"),
    ('=MESO_NAV(Runs!D10,,,"Month")', "its value at the end of each month"),
    ("=MESO_BACKTESTS()", "your backtests of the last 90 days"),
)

_CURES = (
    (
        "no tab MesoSim, or #NAME?",
        "The add-in is not loaded: run  xlmeso addin install  and restart Excel.",
    ),
    ("#N/A in a cell", "=MESO_ERROR(cell) says why and what to do."),
    ("anything else", "MesoSim > Doctor examines the installation, key and service."),
)


def start_page(live: Live, sheets: tuple[tuple[str, str], ...] = _SHEETS) -> Page:
    """Write the sheet."""
    page = Page("Start", live, (4, 16, 25, 100), tab_colour="1F3A5F")
    page.text("A1", "Backtest option strategies with MesoSim", "MesoTitle")
    page.text("A2", "Everything here works with buttons of the tab MesoSim, formulas, or both.")
    row = 4
    for number, title, sheet, what in _STEPS:
        page.text(f"A{row}", number, "MesoFigure")
        page.text(f"B{row}", title, "MesoFigure")
        page.text(f"C{row}", f"{sheet} >", link=f"#'{sheet}'!A1")
        page.text(f"D{row}", what, "MesoText", width=100.0)
        row += 1
    row = _list(page, row + 1, "The sheets", [(name, "", what) for name, what in sheets])
    row = _list(page, row + 1, "First formulas", [("", text, what) for text, what in _FORMULAS])
    row = _list(
        page, row + 1, "When something is wrong", [("", text, what) for text, what in _CURES]
    )
    page.text(f"B{row + 1}", "Blue cells are yours", "MesoInput")
    page.text(f"C{row + 1}", "Go to a sheet", link="#Strategy!A1")
    page.text(f"D{row + 1}", "Black cells are calculated; what you type over a formula is yours.")
    return page


def _list(page: Page, row: int, title: str, lines: list[tuple[str, str, str]]) -> int:
    page.text(f"A{row}", title, "MesoSection")
    for at, (sheet, text, what) in enumerate(lines, start=row + 1):
        if sheet:
            page.text(f"B{at}", sheet, link=f"#'{sheet}'!A1")
        else:
            page.text(f"B{at}", text, "MesoLabel")
        page.text(f"D{at}", what, "MesoText")
    return row + len(lines) + 1
