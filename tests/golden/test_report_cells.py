"""The report of a hand-made run, cell by cell.

Expected values come from `hand_made_run`'s arithmetic, done by hand (`#` says how) and never from
the code under test.  What may differ from one writing to the next is not compared here: the times
in docProps/core.xml, the numbering of styles, and the order of the parts in the package.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pytest

from xlmeso.report.book import write_book
from xlmeso.sheets.report import plan_report

SINGLE = [
    "Summary", "Equity", "Monthly", "Trades", "Exits", "Events", "NAV", "Margin", "Strategy",
    "Glossary",
]  # fmt: skip


@pytest.fixture(scope="module")
def book(hand: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("report") / "one.xlsx"
    write_book(path, plan_report([hand.run()], "9.9"))
    return openpyxl.load_workbook(path, data_only=True)


@pytest.fixture(scope="module")
def two(hand: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("report") / "two.xlsx"
    write_book(path, plan_report([hand.run(), hand.calm_run()], "9.9"))
    return openpyxl.load_workbook(path, data_only=True)


def table(book: Any, sheet: str, name: str) -> list[dict[str, Any]]:
    """Read a table by its name as rows of heading -> value."""
    rows = list(book[sheet][book[sheet].tables[name].ref])
    head = [cell.value for cell in rows[0]]
    return [dict(zip(head, [cell.value for cell in row], strict=True)) for row in rows[1:]]


def column(rows: list[dict[str, Any]], title: str) -> list[Any]:
    return [row[title] for row in rows]


def near(*values: float | None) -> Any:
    return [
        None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12) for value in values
    ]


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_sheets_stand_in_their_order(book: Any, two: Any) -> None:
    assert book.sheetnames == SINGLE
    assert two.sheetnames == [
        "Summary", "Compare", "Portfolio", "Equity", "Monthly", "Trades", "Exits", "Events", "NAV",
        "Margin", "Strategy", "Strategy 2", "Glossary",
    ]  # fmt: skip


def test_every_sheet_says_run_service_time_and_that_it_is_modelled(book: Any) -> None:
    for sheet in book.worksheets:
        texts = [sheet.cell(row, column).value for row in range(1, 7) for column in (1, 2)]
        assert "id-four-days   (By hand, Finished)" in texts
        assert "local service, as of 2026-11-25 12:00:00 UTC" in texts
        assert any(str(text).startswith("MODELLED") for text in texts)
        foot = sheet.oddFooter.left.text
        assert foot.startswith("MODELLED - Four days - id-four-days - local service - 2026-11-25")
        assert foot.endswith("xlmeso 9.9")
        assert sheet.oddHeader.left.text == "Four days"


def test_summary_shows_the_service_s_figures_and_those_of_the_trades(book: Any) -> None:
    sheet = book["Summary"]
    tiles = {
        sheet.cell(9, column).value: (sheet.cell(10, column).value, sheet.cell(11, column).value)
        for column in range(1, 11)
    }
    assert tiles["Total return"] == (4.97, "SPX 0.97%")
    assert tiles["Max drawdown"] == (-2.95, "SPX -2.00%")
    assert tiles["Sharpe"] == (9.5, None)
    assert tiles["CAGR"] == ("n/a", None)  # the service did not tell
    assert tiles["Win rate"] == (0.5, "1 of 2 trades")
    assert tiles["Trades"] == (2, "avg 2.2 days")  # 2.25, half to even
    # 4998.49 / 30.20; mean (4998.49 - 30.20) / 2 = 2484.145
    assert tiles["Profit factor"] == (pytest.approx(4998.49 / 30.2), "avg P&L 2,484")


def test_summary_says_what_higher_costs_would_leave(book: Any) -> None:
    sheet = book["Summary"]
    lines = {
        sheet.cell(row, 6).value: sheet.cell(row, 9).value
        for row in range(48, sheet.max_row + 1)
        if sheet.cell(row, 9).value is not None
    }
    assert lines["Extra cost per contract traded"] == 0
    assert lines["P&L of all positions at that cost"] == pytest.approx(4968.29)  # -30.20 + 4998.49
    # traded: 2 + 2 puts and 1 call; the settlement is no trade
    assert lines["Cost at which nothing is left"] == pytest.approx(4968.29 / 5)


def test_equity_has_a_row_a_day(book: Any) -> None:
    rows = table(book, "Equity", "meso_equity")
    assert column(rows, "Date") == [
        day("2020-01-30"), day("2020-01-31"), day("2020-02-03"), day("2020-02-04")
    ]  # fmt: skip
    assert column(rows, "NAV") == [101_000, 102_010, 99_969.8, 104_968.29]
    assert column(rows, "Return") == near(0.01, 0.01, -0.02, 0.05)
    assert column(rows, "Drawdown") == near(0, 0, -0.02, 0)
    # 100,000 x price / 3,000
    assert column(rows, "Benchmark") == near(101_000, 102_010, 99_969.8, 100_969.498)


def test_deepest_drawdowns_have_start_trough_recovery_and_days(book: Any) -> None:
    (row,) = table(book, "Equity", "meso_drawdowns")
    assert row == {
        "Rank": 1,
        "Depth": pytest.approx(-0.02),
        "Start": day("2020-02-03"),
        "Deepest": day("2020-02-03"),
        "Recovered": day("2020-02-04"),
        "Days": 1,
    }


def test_months_are_compounded(book: Any) -> None:
    (strategy,) = table(book, "Monthly", "meso_monthly")
    # January 1.01 x 1.01, February 0.98 x 1.05; the year is their product
    assert [strategy[name] for name in ("Jan", "Feb", "Mar", "Total", "Best", "Worst")] == near(
        0.0201, 0.029, None, 0.0496829, 0.029, 0.0201
    )
    (benchmark,) = table(book, "Monthly", "meso_monthly_benchmark")
    # January 3060.3 / 3000, February 0.98 x 1.01
    assert [benchmark[name] for name in ("Jan", "Feb")] == near(0.0201, -0.0102)
    assert strategy["Year"] == "2020"
    months = table(book, "Monthly", "meso_months")
    assert column(months, "Month") == [day("2020-01-01"), day("2020-02-01")]
    assert column(months, "Return") == near(0.0201, 0.029)


def test_tails_of_the_daily_returns(book: Any) -> None:
    rows = {row["Figure"]: row for row in table(book, "Monthly", "meso_tail")}
    # sorted -0.02, 0.01, 0.01, 0.05; 5 % of 3 steps is 0.15: -0.02 + 0.15 x 0.03
    assert rows["Value at risk"]["Strategy"] == pytest.approx(-0.0155)
    assert rows["Expected shortfall"]["Strategy"] == pytest.approx(-0.02)
    assert rows["Best day"]["Strategy"] == pytest.approx(0.05)
    assert rows["Worst day"]["Strategy"] == pytest.approx(-0.02)
    assert rows["Days with a gain"]["Strategy"] == 0.75
    assert rows["Worst day"]["Benchmark"] == pytest.approx(-0.02)


def test_trades_tell_all_about_both_positions(book: Any) -> None:
    put, call = table(book, "Trades", "meso_trades")
    assert put == {
        "Position": 0,
        "Opened": day("2020-01-30T10:00"),
        "Closed": day("2020-02-03T16:00"),
        "Days": 4.25,
        "Exit reason": "StopLoss",
        "P&L": -30.2,
        "% of credit": pytest.approx(-0.0151),  # -30.20 / 2000
        "Credit": 2000,
        "MAE": -1000,
        "MFE": 2010,
        "DTE": 29,
        "Delta": 30.5,
        "IV rank": 40,
        "Underlying": 3000,
        "Max margin": 25000,
        "Return on margin": pytest.approx(-0.001208),  # -30.20 / 25000
        "Costs": 6,
        "Cash flow": pytest.approx(-24.2),
        "Contracts": 4,
        "Fills": 2,
        "Adjustments": 0,
        "Legs": "-2 SPXW 2020-02-28 2900 Put",
        "Exit message": "StopLoss: PnL=-27.20 reached -25.00",
    }
    assert (call["Exit reason"], call["P&L"], call["Days"]) == ("Settlement", 4998.49, 0.25)
    assert (call["MAE"], call["MFE"], call["DTE"]) == (-1.5, 4998.49, 0)
    assert (call["IV rank"], call["Max margin"], call["Costs"]) == (None, None, 1.5)


def test_totals_above_the_trades_are_of_both(book: Any) -> None:
    sheet = book["Trades"]
    head = {cell.value: cell.column for cell in sheet[9]}
    assert sheet.cell(8, head["Position"]).value == 2
    assert sheet.cell(8, head["Days"]).value == 2.25
    assert sheet.cell(8, head["P&L"]).value == pytest.approx(4968.29)
    assert sheet.cell(8, head["Costs"]).value == 7.5


def test_positions_lead_to_their_first_event(book: Any) -> None:
    sheet = book["Trades"]
    places = [sheet.cell(row, 1).hyperlink.location for row in (10, 11)]
    assert places == ["'Events'!A11", "'Events'!A17"]  # second and eighth event, from row 10
    assert book["Events"]["B11"].value == "EntrySignal"
    assert book["Events"]["B17"].value == "EntryTrade"


@pytest.mark.parametrize(
    ("name", "heading", "expected"),
    [
        ("meso_by_reason", "Exit reason", [("Settlement", 1, 4998.49), ("StopLoss", 1, -30.2)]),
        ("meso_by_weekday", "Weekday", [("Tuesday", 1, 4998.49), ("Thursday", 1, -30.2)]),
        ("meso_by_month", "Month", [("January", 1, -30.2), ("February", 1, 4998.49)]),
        ("meso_by_year", "Year", [("2020", 2, 4968.29)]),
        ("meso_by_days", "Days in trade", [("below 1 day", 1, 4998.49), ("3 to 7 days", 1, -30.2)]),
        ("meso_by_iv_rank", "IV rank", [("25 to 50", 1, -30.2), ("(not told)", 1, 4998.49)]),
    ],
)
def test_exits_sum_the_positions_up(
    book: Any, name: str, heading: str, expected: list[tuple[str, int, float]]
) -> None:
    rows = table(book, "Exits", name)
    found = [(row[heading], row["Trades"], row["P&L"]) for row in rows]
    assert found == [(label, count, pytest.approx(pnl)) for label, count, pnl in expected]


def test_exits_of_a_year_show_rates_and_factors(book: Any) -> None:
    (row,) = table(book, "Exits", "meso_by_year")
    assert (row["Win rate"], row["Best"], row["Worst"]) == (0.5, 4998.49, -30.2)
    assert row["Average"] == pytest.approx(2484.145)
    assert row["Profit factor"] == pytest.approx(4998.49 / 30.2)
    assert row["Average days"] == 2.25


def test_events_and_nav_are_complete_and_text_stays_text(book: Any, hand: ModuleType) -> None:
    events = table(book, "Events", "meso_events")
    assert column(events, "EventType") == [
        "Start", "EntrySignal", "EntryTrade", "EndOfDay", "EndOfDay", "ExitSignal", "ExitTrade",
        "EntryTrade", "Settlement",
    ]  # fmt: skip
    assert events[0]["Message"] == "=Oh hi!"
    assert book["Events"]["D10"].data_type == "s"
    navs = table(book, "NAV", "meso_nav")
    assert column(navs, "At")[::7] == [day("2020-01-30T10:00"), day("2020-02-04T16:00")]
    assert [(row["NAV"], row["UnderlyingPrice"]) for row in navs] == [bar[1:] for bar in hand.BARS]


def test_margin_of_the_account_and_of_each_position(book: Any) -> None:
    account, positions = table(book, "Margin", "meso_margin_use")
    # account at three ends: 21,000, 19,000, 25,000
    assert account == {
        "Margin of": "Account", "Lowest": 19_000, "Average": pytest.approx(65_000 / 3),
        "Median": 21_000, "Highest": 25_000,
    }  # fmt: skip
    assert positions["Highest"] == 25_000
    (put,) = table(book, "Margin", "meso_margin")
    assert put == {
        "Position": 0, "Lowest": 19_000, "Average": 21_250, "Median": 20_500, "Highest": 25_000,
        "P&L": -30.2, "Return on margin": pytest.approx(-0.001208),
    }  # fmt: skip
    days = table(book, "Margin", "meso_margin_days")
    assert column(days, "Largest margin") == [21_000, 19_000, 25_000]
    assert column(days, "Share of NAV") == near(21 / 101, 1_900 / 10_201, 25_000 / 99_969.8)


def test_glossary_puts_our_figures_beside_the_service_s(book: Any) -> None:
    rows = {row["API name"]: row for row in table(book, "Glossary", "meso_check")}
    total = rows["StratCumRet"]
    # 5 minutes: from the first bar, 99,997; daily: from the starting cash
    assert total["Service"] == 4.97
    assert total["Ours, 5 minutes"] == pytest.approx((104_968.29 / 99_997 - 1) * 100)
    assert total["Ours, daily"] == pytest.approx(4.96829)
    assert total["Why"].startswith("Agrees within the service's rounding.")
    deepest = rows["StratMaxDd"]
    assert deepest["Ours, 5 minutes"] == pytest.approx((99_000 / 102_010 - 1) * 100)
    assert deepest["Ours, daily"] == pytest.approx(-2)
    assert rows["StratAvgDaysInTrade"]["Difference"] == 0
    # the service's 9.50 was made up, so the report must say that ours is another
    assert rows["StratSharpe"]["Why"].startswith("Differs")


def test_names_point_at_the_key_figures(book: Any) -> None:
    assert book.defined_names["meso_total_return"].attr_text == "'Summary'!$B$10"
    assert book.defined_names["meso_trade_count"].attr_text == "'Summary'!$J$10"
    sheet, cell = book.defined_names["meso_confidence"].attr_text.split("!")
    assert book[sheet.strip("'")][cell.replace("$", "")].value == 0.95


def test_properties_say_what_the_file_is(book: Any) -> None:
    assert book.properties.title == "Four days"
    assert book.properties.creator == "xlmeso"
    assert "id-four-days" in book.properties.description
    assert "modelled" in book.properties.keywords


def test_portfolio_of_two_halves_is_worked_out_day_by_day(two: Any) -> None:
    (weights,) = table(two, "Portfolio", "meso_weights")
    assert weights == {"Share of capital": "Weight", "Four days": 0.5, "Calm": 0.5, "Cash": 0}
    rows = table(two, "Portfolio", "meso_portfolio")
    assert column(rows, "Calm") == near(0.02, 0, 0.01, 0)
    # halves of 1 + 2, 1 + 0, -2 + 1 and 5 + 0 per cent
    assert column(rows, "Portfolio return") == near(0.015, 0.005, -0.005, 0.025)
    growth = [1.015, 1.020075, 1.014974625, 1.040348990625]
    assert column(rows, "Portfolio growth") == near(*growth)
    assert column(rows, "Highest so far") == near(1.015, 1.020075, 1.020075, 1.040348990625)
    assert column(rows, "Portfolio drawdown") == near(0, 0, -0.005, 0)
    figures = {row["Figure"]: row for row in table(two, "Portfolio", "meso_portfolio_figures")}
    assert figures["Total return"]["Portfolio"] == pytest.approx(0.040348990625)
    assert figures["Max drawdown"]["Four days"] == pytest.approx(-0.02)
    assert figures["Worst day"]["Calm"] == 0


def test_correlation_of_two_runs(two: Any) -> None:
    rows = table(two, "Portfolio", "meso_correlation")
    # a = 1, 1, -2, 5 less mean 1.25; b = 2, 0, 1, 0 less mean 0.75:
    # sum of products -3.75, squares 24.75 and 2.75
    expected = -3.75 / (24.75 * 2.75) ** 0.5
    assert [rows[0]["Calm"], rows[1]["Four days"]] == near(expected, expected)
    assert [rows[0]["Four days"], rows[1]["Calm"]] == near(1, 1)


def test_a_run_without_trades_says_so(hand: ModuleType, tmp_path: Path) -> None:
    calm = hand.calm_run()
    path = write_book(tmp_path / "calm.xlsx", plan_report([calm], "9.9"))
    book = openpyxl.load_workbook(path, data_only=True)
    assert book.sheetnames == SINGLE
    assert book["Exits"]["A9"].value == "The run has no closed position."
    assert str(book["Margin"]["A9"].value).startswith("This run did not record margin.")
    assert book["Summary"]["H10"].value == "n/a"  # win rate
    (row,) = table(book, "Trades", "meso_trades")
    assert set(row.values()) == {None}
    assert "meso_monthly_benchmark" not in book["Monthly"].tables


@pytest.mark.parametrize("count", [1, 2])
def test_runs_without_a_nav_still_make_a_report(
    hand: ModuleType, tmp_path: Path, count: int
) -> None:
    runs = [hand.silent_run(f"Silent {number}") for number in range(count)]
    path = write_book(tmp_path / "silent.xlsx", plan_report(runs, "9.9"))
    book = openpyxl.load_workbook(path, data_only=True)
    assert [cell.value for cell in book["Equity"][10]][:2] == [None, None]
    assert not book["Equity"]._charts


def test_several_runs_stand_side_by_side(two: Any) -> None:
    runs = table(two, "Summary", "meso_summary_runs")
    assert column(runs, "Run") == ["Four days", "Calm"]
    assert column(runs, "Sharpe") == [9.5, 20]
    equity = table(two, "Equity", "meso_equity")
    assert column(equity, "Calm") == near(1.02, 1.02, 1.0302, 1.0302)
    assert column(equity, "Drawdown Four days") == near(0, 0, -0.02, 0)
    assert column(table(two, "Trades", "meso_trades"), "Run") == ["Four days", "Four days"]
    navs = table(two, "NAV", "meso_nav")
    assert column(navs, "Run") == ["Four days"] * 8 + ["Calm"] * 4
    assert navs[-1]["UnderlyingPrice"] is None


def test_a_long_blotter_goes_on_to_further_sheets_and_links_follow(
    hand: ModuleType, tmp_path: Path
) -> None:
    plan = plan_report([hand.run()], "9.9", events_per_sheet=4, navs_per_sheet=5)
    path = write_book(tmp_path / "split.xlsx", plan)
    book = openpyxl.load_workbook(path)
    assert [name for name in book.sheetnames if name.startswith(("Events", "NAV"))] == [
        "Events", "Events 2", "Events 3", "NAV", "NAV 2"
    ]  # fmt: skip
    assert book["Events 2"]["B6"].value.startswith("Part 2 of 3")
    # nine events: the second is row 11 of the first sheet, the eighth the fourth of the second
    assert [book["Trades"].cell(row, 1).hyperlink.location for row in (10, 11)] == [
        "'Events'!A11", "'Events 2'!A13"
    ]  # fmt: skip
    assert book["Events 2"]["B13"].value == "EntryTrade"
    assert [book[name].max_row - 9 for name in ("NAV", "NAV 2")] == [5, 3]


def test_names_of_runs_never_clash_with_headings_or_one_another(hand: ModuleType) -> None:
    names = ["Date", "A", "Drawdown A", "a", "Cash", ""]
    plan = plan_report([hand.run(name) for name in names], "9.9")
    for sheet in plan.sheets:
        for one in sheet.tables:
            titles = [column.title.casefold() for column in one.columns]
            assert len(titles) == len(set(titles)), (sheet.name, titles)
    equity = [column.title for column in plan.table("meso_equity").columns]
    assert equity[1:7] == ["Date (2)", "A", "Drawdown A (2)", "a (3)", "Cash (2)", "id-"]


def test_figures_of_the_summary_are_explained_by_comments(book: Any) -> None:
    cell = next(row[0] for row in book["Summary"]["A49:A60"] if row[0].value == "Max drawdown")
    assert cell.comment.text.startswith("Deepest fall from an earlier peak")
