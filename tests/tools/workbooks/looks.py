"""What the books share: options, head of a page, formats of figures, blocks of results."""

from __future__ import annotations

from collections.abc import Sequence

from workbooks.live import Live
from workbooks.page import Page, Ref
from xlmeso.model.analytics import METRICS, metric
from xlmeso.sheets.plan import CellHint
from xlmeso.sheets.results.run_info import MODELLED

DATE = "yyyy-mm-dd"
TIME = "yyyy-mm-dd hh:mm"
MONEY = "#,##0"
CENTS = "#,##0.00"
PERCENT = "0.0%"
MONTHS = 14
"""Columns of MESO_MONTHLY: year, months, total."""

BLUE, ORANGE, GREEN, PURPLE, VERMILION = "0072B2", "E69F00", "009E73", "CC79A7", "D55E00"
SPARE_ROWS = 400
"""Rows that carry formats below a block that grows."""

SAMPLE = (
    "The figures shown are a sample until the add-in calculates the sheet: change a blue cell, or "
    "press MesoSim > Refresh > Workbook."
)


def head(page: Page, title: str, purpose: str) -> None:
    """Write title, purpose and the notices every page with modelled figures carries."""
    page.text("A1", title, "MesoTitle")
    page.text("A2", purpose, "MesoNote")
    page.text("A3", MODELLED, "MesoWarn")
    page.text("A4", SAMPLE, "MesoNote")


def options(page: Page, cell: str) -> Ref:
    """Write the two cells that say which service the formulas ask."""
    column, row = cell[0], int(cell[1:])
    page.text(cell, "Service", "MesoLabel")
    value = f"{chr(ord(column) + 1)}{row}"
    page.given(
        value,
        "local",
        "Service",
        "Profile of the service that the formulas of this book ask and send to: local is the "
        "service on this machine (free, no account). xlmeso login --profile NAME adds others.",
        choices=("local", "cloud"),
    )
    return Ref(
        page.name, f"${column}${row}:{'$' + value[0] + '$' + value[1:]}", [["Service", "local"]]
    )


def figures_across(page: Page, cell: str, labels: Sequence[str]) -> Ref:
    """Write blue labels of figures side by side; each may be changed for any other figure."""
    column, row = cell[0], int(cell[1:])
    known = [item.label for item in METRICS if not item.is_benchmark]
    hint = CellHint("Figure", "Label or API name; MESO_METRICS() lists all.", _fitting(known))
    first = ord(column) - 64
    for place, label in enumerate(labels):
        page.text(f"{chr(64 + first + place)}{row}", label, "MesoInput", hint=hint, width=12.0)
    last = chr(64 + first + len(labels) - 1)
    return Ref(page.name, f"${column}${row}:${last}${row}", [list(labels)])


def _fitting(labels: Sequence[str]) -> tuple[str, ...]:
    """Keep what fits into a drop-down that is written out (255 characters)."""
    kept: list[str] = []
    for label in labels:
        if len(",".join([*kept, label])) <= 250:
            kept.append(label)
    return tuple(kept)


def formats_of(labels: Sequence[str]) -> tuple[str | None, ...]:
    """Return the number formats of figures."""
    return tuple(metric(label).number_format for label in labels)


def analytics_block(page: Page, cell: str, run: Ref, *more: object) -> Ref:
    """Write the table of all figures; rows have the formats of the catalogue."""
    answer = page.answer("MESO_ANALYTICS", run, *more)
    return page.call(
        cell,
        "MESO_ANALYTICS",
        run,
        *more,
        headings=True,
        row_formats=formats_of([str(row[0]) for row in answer[1:]]),
    )


def monthly_block(page: Page, cell: str, run: Ref, *more: object) -> Ref:
    """Write the table of monthly returns with gains and losses in two colours."""
    block = page.call(
        cell,
        "MESO_MONTHLY",
        run,
        *more,
        headings=True,
        formats=("0", *[PERCENT] * (MONTHS - 1)),
        room=(16, MONTHS),
    )
    column, row = cell[0], int(cell[1:])
    first = chr(ord(column) + 1)
    last = chr(ord(column) + MONTHS - 1)
    page.signs(f"{first}{row + 1}:{last}{row + 15}", f"{first}{row + 1}")
    return block


def drawdowns_block(page: Page, cell: str, run: Ref, top: int, *more: object) -> Ref:
    """Write the deepest drawdowns."""
    return page.call(
        cell,
        "MESO_DRAWDOWNS",
        run,
        top,
        *more,
        headings=True,
        formats=(DATE, DATE, DATE, PERCENT, "#,##0"),
        room=(top + 1, 5),
    )


def series_page(live: Live, run: Ref, *more: object) -> tuple[Page, Ref]:
    """Write the sheet with the NAV week by week, which the chart of another sheet draws."""
    page = Page("Series", live, (12, 13, 13, 15, 10, *[10] * 7), tab_colour="6B7280")
    page.freeze = (5, 2)
    page.text("A1", "Series", "MesoTitle")
    page.text("A2", "The last value of each week, with all columns that the service has.")
    headers = [True] if more else []
    yearly = ("MESO_NAV", run, None, None, "Year", *headers, *more)
    page.formula(
        "A4",
        f"INDEX({page.expression(*yearly)},1,0)",
        page.answer(*yearly)[:1],
        style="MesoHead",
    )
    block = page.call(
        "A5",
        "MESO_NAV",
        run,
        None,
        None,
        "Week",
        False,
        *more,
        formats=(DATE, MONEY, CENTS, CENTS, "0.00", *["#,##0.0"] * 6, "0"),
        room=(SPARE_ROWS, 12),
    )
    return page, block


def nav_chart(page: Page, cell: str, block: Ref, **size: float) -> None:
    """Draw the NAV over its growing block."""
    page.column_name("nav_date", block, 1)
    page.column_name("nav_value", block, 2)
    page.chart(
        "line",
        "meso_live_nav",
        "Net asset value",
        cell,
        "nav_date",
        series=[("nav_value", "NAV", BLUE)],
        value_title="Money",
        category_format="mmm yyyy",
        low_labels=True,
        months_per_label=6,
        value_min=_floor(block.column(2)),
        alt_text="Line chart of the net asset value of the run that the sheet shows.",
        **size,
    )


def _floor(values: Sequence[float]) -> float:
    """Return a round number below all values."""
    step = 10 ** (len(str(int(max(values)))) - 2)
    return float(int(min(values) * 0.98 / step) * step)
