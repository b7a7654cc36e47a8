from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from xlmeso.model.backtest import BacktestState
from xlmeso.sheets.plan import SheetPlan, TablePlan
from xlmeso.sheets.results import RunInfo, plan_analytics, plan_events, plan_nav, plan_runs
from xlmeso.sheets.results.run_info import MODELLED


def column(table: TablePlan, title: str) -> list[Any]:
    return list(next(c for c in table.columns if c.title == title).values)


def texts(plan: SheetPlan) -> str:
    return "\n".join(str(note.text) for note in plan.notes)


def all_plans(sample: ModuleType) -> list[SheetPlan]:
    times, nav, price = sample.series(40)
    return [
        plan_runs([sample.RUN]),
        plan_analytics(sample.ANALYTICS, sample.RUN),
        plan_nav(times, nav, sample.RUN, benchmark=price),
        *plan_events(sample.events(), sample.RUN),
    ]


def test_every_sheet_says_whose_figures_it_shows(sample: ModuleType) -> None:
    for plan in all_plans(sample):
        said = (
            texts(plan)
            + "\n"
            + "\n".join(
                str(value) for table in plan.tables for c in table.columns for value in c.values
            )
        )
        for words in (sample.RUN.backtest_id, "127.0.0.1:8321", "2026-11-24 09:30:05 UTC",
                      "Modelled SPX option quotes", MODELLED, "MODELLED"):  # fmt: skip
            assert words in said, (plan.name, words)
        assert sample.RUN.name in plan.footer
        assert "MODELLED" in plan.footer


def test_cloud_results_carry_no_modelled_notice(sample: ModuleType) -> None:
    run = RunInfo("id", "name", BacktestState.FINISHED, "MesoSim cloud", sample.RUN.fetched_at)
    plan = plan_analytics(sample.ANALYTICS, run)
    assert "MODELLED" not in texts(plan) + plan.footer


def test_analytics_pairs_strategy_and_benchmark(sample: ModuleType) -> None:
    table = plan_analytics(sample.ANALYTICS, sample.RUN).table("meso_analytics")
    rows = {
        name: (strategy, benchmark)
        for name, strategy, benchmark in zip(
            column(table, "API name"), column(table, "Strategy"), column(table, "Benchmark"),
            strict=True,
        )
    }  # fmt: skip
    assert rows["StratCagrPct"] == (46.66, 10.7)
    assert rows["StratTradeCnt"] == (41, None)
    assert rows["StratTreynor"] == (-7269.28, None)
    assert rows["StartPeriod"] == (dt.datetime(2018, 1, 2), None)
    assert rows["NewFigure"] == (1.5, None)
    assert "BmCagrPct" not in rows


def test_analytics_formats_follow_the_unit(sample: ModuleType) -> None:
    table = plan_analytics(sample.ANALYTICS, sample.RUN).table("meso_analytics")
    strategy = next(c for c in table.columns if c.title == "Strategy")
    formats = dict(zip(column(table, "API name"), strategy.formats or (), strict=True))
    assert formats["StratCagrPct"] == '0.00"%"'
    assert formats["StartPeriod"] == "yyyy-mm-dd"
    assert formats["StratTradeCnt"] == "#,##0"


def test_events_are_flattened(sample: ModuleType) -> None:
    (plan,) = plan_events(sample.events(), sample.RUN, variables=["pos_delta", "no_such"])
    table = plan.table("meso_events")
    assert column(table, "EventType") == ["Start", "EntryTrade", "EndOfDay", "ExitSignal"]
    assert column(table, "Strike") == [None, Decimal(2945), None, None]
    assert column(table, "Expiration")[1] == dt.datetime(2020, 3, 31)
    assert column(table, "Root")[1] == "SPXW"
    # Two contracts sold at 12.15 points of 100: 2 x 12.15 x 100 come in.
    assert column(table, "Cash flow") == [None, Decimal("2430.00"), None, None]
    assert column(table, "pos_delta") == [Decimal("-4.84")] * 4
    assert column(table, "no_such") == [None] * 4


def test_long_blotter_goes_on_to_further_sheets_with_a_notice(sample: ModuleType) -> None:
    plans = plan_events(sample.events(10), sample.RUN, rows_per_sheet=4)
    assert [plan.name for plan in plans] == ["Events", "Events 2", "Events 3"]
    assert [plan.tables[0].name for plan in plans] == [
        "meso_events", "meso_events_2", "meso_events_3",
    ]  # fmt: skip
    assert [len(column(plan.tables[0], "NAV")) for plan in plans] == [4, 4, 2]
    assert "Part 2 of 3" in texts(plans[1])


def test_full_sheet_stays_within_excels_rows() -> None:
    from xlmeso.sheets.results.events import MAX_EVENTS
    from xlmeso.sheets.results.run_info import TABLE_ROW

    assert TABLE_ROW + MAX_EVENTS == 1_048_576


def test_run_without_events_still_has_a_sheet(sample: ModuleType) -> None:
    (plan,) = plan_events([], sample.RUN)
    assert plan.tables[0].length == 1


def test_nav_keeps_the_last_value_of_each_day_and_works_out_the_rest(sample: ModuleType) -> None:
    times = [
        dt.datetime(2020, 1, 2, 9, 30), dt.datetime(2020, 1, 2, 16, 0),
        dt.datetime(2020, 1, 3, 16, 0), dt.datetime(2020, 1, 6, 16, 0),
    ]  # fmt: skip
    plan = plan_nav(
        times, [1000, 1100, 990, None], sample.RUN, benchmark=[50, 55, 60, 70], starting_cash=1000
    )
    table = plan.table("meso_nav")
    assert column(table, "Date") == [dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 3)]
    assert column(table, "NAV") == [1100.0, 990.0]
    assert column(table, "Return") == pytest.approx([0.1, -0.1])
    assert column(table, "Drawdown") == pytest.approx([0.0, -0.1])
    assert column(table, "Benchmark") == pytest.approx([1100.0, 1200.0])


def test_nav_charts_show_equity_with_benchmark_and_drawdown(sample: ModuleType) -> None:
    times, nav, price = sample.series(300)
    equity, drawdown = plan_nav(times, nav, sample.RUN, benchmark=price).charts
    assert [series.column for series in equity.series] == ["NAV", "Benchmark"]
    assert [series.column for series in drawdown.series] == ["Drawdown"]
    assert equity.value_min is not None
    assert 0 < equity.value_min < min(nav)
    assert "2018-01-02" in equity.alt_text


def test_nav_without_rows_or_benchmark_is_planned_all_the_same(sample: ModuleType) -> None:
    assert plan_nav([], [], sample.RUN).charts == ()
    plan = plan_nav([dt.datetime(2020, 1, 2)], [5], sample.RUN)
    assert column(plan.tables[0], "Benchmark") == [None]


def test_runs_show_times_as_utc_and_the_wall_time(sample: ModuleType) -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    run = RunInfo(
        "id", "late", BacktestState.FAILED, "cloud", sample.RUN.fetched_at,
        created_at=dt.datetime(2026, 1, 1, 12, 0, tzinfo=zone), failure_reason="no strike",
    )  # fmt: skip
    table = plan_runs([sample.RUN, run]).table("meso_runs")
    assert column(table, "Created")[1] == dt.datetime(2026, 1, 1, 10, 0)
    assert column(table, "Wall seconds") == [42.5, None]
    assert column(table, "Failure reason") == [None, "no strike"]
    assert column(table, "State") == ["Finished", "Failed"]


def test_runs_link_to_the_other_sheets(sample: ModuleType) -> None:
    links = [note.link for note in plan_runs([sample.RUN]).notes if note.link]
    assert links == ["#'Strategy'!A1", "#'Analytics'!A1", "#'NAV'!A1", "#'Events'!A1"]


def test_dates_that_are_none_stay_as_they_came(sample: ModuleType) -> None:
    table = plan_analytics({"StartPeriod": "soon"}, sample.RUN).table("meso_analytics")
    assert column(table, "Strategy") == ["soon"]


def test_nav_that_never_moves_has_charts_too(sample: ModuleType) -> None:
    days = [dt.datetime(2020, 1, day) for day in (2, 3)]
    equity, _ = plan_nav(days, [1000, 1000], sample.RUN, benchmark=[None, 5]).charts
    assert equity.value_min == 1000


def test_nav_that_falls_far_starts_its_axis_at_zero(sample: ModuleType) -> None:
    days = [dt.datetime(2020, 1, day) for day in (2, 3)]
    equity, _ = plan_nav(days, [1000, 100], sample.RUN).charts
    assert equity.value_min is None


def test_list_of_no_runs(sample: ModuleType) -> None:
    plan = plan_runs([], links=())
    assert plan.footer == ""
    assert not any(note.link for note in plan.notes)


def test_runs_of_the_cloud_carry_no_modelled_notice(sample: ModuleType) -> None:
    naive = dt.datetime(2026, 1, 1, 12, 0)
    run = RunInfo("id", "name", BacktestState.STARTED, "MesoSim cloud", naive, started_at=naive)
    plan = plan_runs([run])
    assert "MODELLED" not in texts(plan)
    assert "2026-01-01 12:00:00 UTC" in texts(plan)
    assert column(plan.tables[0], "Wall seconds") == [None]


def test_what_a_reader_finds_in_a_planned_sheet() -> None:
    from xlmeso.sheets.plan import ColumnPlan
    from xlmeso.sheets.tables import tables_of

    values = ["", Decimal("1.5"), dt.date(2020, 1, 2), dt.datetime(2020, 1, 2, 3), "x"]
    plan = SheetPlan("S", (TablePlan("T", (ColumnPlan("A", values), ColumnPlan("B")), row=3),))
    (table,) = tables_of(plan).tables
    assert [row[0] for row in table.rows] == [
        None, 1.5, dt.datetime(2020, 1, 2), dt.datetime(2020, 1, 2, 3), "x",
    ]  # fmt: skip
    with pytest.raises(KeyError):
        plan.table("U")
    with pytest.raises(KeyError):
        plan.tables[0].column_of("C")
