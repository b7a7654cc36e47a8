"""Example: several strategies side by side, their growth in one chart, one of them in detail."""

from __future__ import annotations

from workbooks import looks
from workbooks.live import Live, Rows
from workbooks.page import Page, Ref
from xlmeso.model.analytics import metric
from xlmeso.sheets.plan import RulePlan, SheetPlan

TEMPLATES = ("short-put", "strangle", "iron-condor", "calendar", "broken-wing-butterfly")
FIGURES = (
    "CAGR", "Sharpe ratio", "Sortino ratio", "Max drawdown", "Longest drawdown days",
    "Volatility", "Profit factor", "Trades",
)  # fmt: skip
MORE = "Winning trades,Losing trades,Adjustments,Settlements,Stop losses hit"
_FIRST = 8
_LAST = _FIRST + len(TEMPLATES) - 1
_COLOURS = (looks.BLUE, looks.ORANGE, looks.GREEN, looks.PURPLE, looks.VERMILION)


def compare_plans(live: Live) -> list[SheetPlan]:
    """Plan the book."""
    page = Page("Compare", live, (26, 38, 11, *[15] * 8), freeze=(5, 1), tab_colour=looks.ORANGE)
    looks.head(
        page,
        "Compare strategies",
        "Each row is one strategy; one formula fills all figures. The best of a column is marked.",
    )
    service = looks.options(page, "A5")
    runs = _table(page, service)
    growth = _growth(live, runs, service)
    _chart(page, growth)
    _details(page, runs, service)
    return [page.plan(), growth.plan()]


def _table(page: Page, service: Ref) -> Ref:
    for column, title in zip("ABC", ("Template", "Backtest", "State"), strict=True):
        page.text(f"{column}7", title, "MesoHead")
    ids: Rows = []
    for row, template in enumerate(TEMPLATES, start=_FIRST):
        cell = page.given(
            f"A{row}",
            template,
            "Strategy",
            "Name of a template; or replace the id beside it by the id of any run of yours.",
            choices=TEMPLATES,
        )
        ids.append(page.call(f"B{row}", "MESO_RUN", cell, None, service).rows[0])
    runs = Ref("Compare", f"$B${_FIRST}:$B${_LAST}", ids)
    page.call(f"C{_FIRST}", "MESO_STATUS", runs, service)
    labels = looks.figures_across(page, "D7", FIGURES)
    formats = looks.formats_of(FIGURES)
    page.call(f"D{_FIRST}", "MESO_METRIC", runs, labels, service, formats=formats)
    for number, label in enumerate(FIGURES):
        best = {"higher": "MAX", "lower": "MIN"}.get(metric(label).better or "")
        if best:
            letter = chr(ord("D") + number)
            column = f"{letter}${_FIRST}:{letter}${_LAST}"
            page.rules.append(
                RulePlan(
                    "",
                    (f"{letter}{_FIRST}:{letter}{_LAST}",),
                    f"{letter}{_FIRST}={best}({column})",
                    "good",
                )
            )
    return runs


def _growth(live: Live, runs: Ref, service: Ref) -> Page:
    page = Page("Growth", live, (13, *[18] * len(TEMPLATES)), freeze=(5, 2))
    page.text("A1", "Growth of 1", "MesoTitle")
    page.text("A2", "Value at the end of each month over the first month's, run by run.")
    page.text("A4", "Month", "MesoHead")
    for place, _ in enumerate(TEMPLATES):
        run = Ref("Compare", f"$B${_FIRST + place}", [runs.rows[place]])
        call = page.expression("MESO_NAV", run, None, None, "Month", False, service)
        answer = page.answer("MESO_NAV", run, None, None, "Month", False, service)
        if place == 0:
            dates = page.formula(
                "A5", f"INDEX({call},0,1)", [row[:1] for row in answer],
                formats=(looks.DATE,), room=(looks.SPARE_ROWS, 1),
            )  # fmt: skip
            page.column_name("growth_month", dates)
        letter = chr(ord("B") + place)
        page.formula(
            f"{letter}4", f"Compare!A{_FIRST + place}", [[TEMPLATES[place]]], style="MesoHead"
        )
        block = page.formula(
            f"{letter}5", f"INDEX({call},0,2)/INDEX({call},1,2)",
            [[row[1] / answer[0][1]] for row in answer],
            formats=("0.0000",), room=(looks.SPARE_ROWS, 1),
        )  # fmt: skip
        page.column_name(f"growth_{place + 1}", block)
    return page


def _chart(page: Page, growth: Page) -> None:
    growth.chart(
        "line",
        "meso_live_growth",
        "Growth of 1, month by month",
        "H4",
        "growth_month",
        series=[
            (f"growth_{number}", template, _COLOURS[number - 1])
            for number, template in enumerate(TEMPLATES, start=1)
        ],
        width=26.0,
        height=11.0,
        value_format="0.00",
        category_format="mmm yyyy",
        value_min=0.6,
        low_labels=True,
        months_per_label=6,
        alt_text="Line chart of the growth of the compared runs.",
    )
    page.text(f"A{_LAST + 2}", "Growth of each run, with its chart", link="#Growth!A1")


def _details(page: Page, runs: Ref, service: Ref) -> None:
    row = _LAST + 4
    page.text(f"A{row}", "How they trade", "MesoSection")
    page.call(
        f"B{row + 1}",
        "MESO_COMPARE",
        runs,
        MORE,
        True,
        service,
        headings=True,
        formats=(None, *looks.formats_of(MORE.split(","))),
    )
    row += len(TEMPLATES) + 4
    page.text(f"A{row}", "One of them in detail", "MesoSection")
    page.text(f"A{row + 1}", "Backtest (pick, or type a name)", "MesoLabel")
    pick = page.formula(f"B{row + 1}", f"$B${_FIRST}", [runs.rows[0]], style="MesoInput")
    page.text(f"A{row + 2}", "Its definition", "MesoLabel")
    page.call(
        f"B{row + 3}", "MESO_STRATEGY", pick, None, True, service, headings=True, room=(70, 2)
    )
