"""Finished runs as sheets and flat tables."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from xlmeso.app.results import downloaded, events_table, nav_table, result_plans, run_info
from xlmeso.app.run import RunResult, require_finished
from xlmeso.errors import BacktestCancelledError, BacktestFailedError, DecodingError
from xlmeso.model.backtest import BacktestState, BacktestStatus, SubmittedBacktest
from xlmeso.model.contracts import OptionContract
from xlmeso.model.events import BlotterEvent, TradeEvent
from xlmeso.model.templates import load_template
from xlmeso.wire.navs import NavTable

NOW = dt.datetime(2026, 1, 5, 10, tzinfo=dt.UTC)
DAYS = [dt.datetime(2020, 3, 16, 16), dt.datetime(2020, 3, 17, 16)]
NAVS = NavTable("At", DAYS, {"NAV": [100000.0, 101000.0], "UnderlyingPrice": [2386.13, 2529.19]})


def event(kind: str, message: str = "", **more: Any) -> BlotterEvent:
    return BlotterEvent(
        event_time=NOW,
        sim_time=DAYS[0],
        event_type=kind,
        message=message,
        invested=False,
        nav=Decimal("100000"),
        pnl=Decimal("0"),
        trade_cnt=0,
        settlement_cnt=0,
        open_leg_cnt=0,
        **more,
    )


def result(state: BacktestState = BacktestState.FINISHED, **more: Any) -> RunResult:
    return RunResult(
        receipt=SubmittedBacktest("id-1", "My run"),
        definition=load_template("short-put"),
        status=BacktestStatus(state, created_at=NOW, failure_reason=more.pop("reason", None)),
        service="local service",
        fetched_at=NOW,
        **more,
    )


FINISHED = result(
    modelled=True,
    analytics={"StratSharpe": Decimal("1.5")},
    events=[event("Start", "modelled quotes"), event("Finish", "Bye!")],
    navs=NAVS,
)


def test_a_finished_run_has_the_four_sheets_and_each_says_which_run() -> None:
    plans = result_plans(FINISHED)
    assert [plan.name for plan in plans] == ["Runs", "Analytics", "Events", "NAV"]
    for plan in plans:
        texts = [str(note.text) for note in plan.notes] + [
            str(value) for table in plan.tables for column in table.columns
            for value in column.values
        ]  # fmt: skip
        assert any("id-1" in text for text in texts), plan.name
        assert any("MODELLED" in text for text in texts), plan.name


def test_the_source_of_modelled_data_is_what_the_service_said_at_the_start() -> None:
    assert run_info(FINISHED).source == "modelled quotes"
    assert run_info(result(events=[event("Start", "Oh hi!")])).source == ""


def test_the_nav_sheet_takes_account_and_underlying_by_their_headings() -> None:
    nav = result_plans(FINISHED)[3].tables[0]
    assert list(nav.columns[1].values) == [100000.0, 101000.0]
    # Bought with the starting cash of the definition at the first price.
    cash = float(load_template("short-put").backtest.cash or 0)
    assert nav.columns[4].values[1] == pytest.approx(2529.19 / 2386.13 * cash)


def test_the_analytics_view_is_understood_as_well() -> None:
    navs = NavTable("At", DAYS, {"Strategy": [1.0, 2.0], "Benchmark": [3.0, 4.0]})
    plans = result_plans(result(analytics={}, navs=navs))
    assert list(plans[3].tables[0].columns[1].values) == [1.0, 2.0]


def test_a_nav_without_the_accounts_value_is_told() -> None:
    navs = NavTable("At", DAYS, {"Delta": [1.0, 2.0]})
    with pytest.raises(DecodingError, match="Delta"):
        result_plans(result(analytics={}, navs=navs))


def test_a_failed_run_leaves_its_line_only() -> None:
    plans = result_plans(result(BacktestState.FAILED, reason="no such symbol"))
    assert [plan.name for plan in plans] == ["Runs"]
    columns = {column.title: column.values for column in plans[0].tables[0].columns}
    assert columns["State"] == ["Failed"]
    assert columns["Failure reason"] == ["no such symbol"]


def test_flat_events_have_trade_contract_and_every_variable() -> None:
    contract = OptionContract.parse("SPX.SPXW.2020-03-31.2945.Put.100")
    trade = TradeEvent(7, contract, Decimal("12.5"), Decimal("-1"))
    table = events_table(
        "id-1",
        [
            event("EntryTrade", trade=trade, variables={"pos_pnl": Decimal("1"), "own": None}),
            event("Finish", variables={"late": Decimal("2")}),
        ],
    )
    rows = [dict(zip(table.titles, row, strict=True)) for row in table.rows]
    assert rows[0]["Strike"] == Decimal("2945")
    # Sold one at 12.50: money comes in, 100 for each point.
    assert rows[0]["Cash flow"] == Decimal("1250")
    assert (rows[0]["pos_pnl"], rows[0]["late"]) == (Decimal("1"), None)
    assert (rows[1]["late"], rows[1]["TradeId"]) == (Decimal("2"), None)


def test_no_events_are_a_table_without_rows() -> None:
    table = events_table("id-1", [])
    assert "SimTime" in table.titles
    assert list(table.rows) == []


def test_the_nav_table_has_one_row_per_time() -> None:
    table = nav_table(NAVS)
    assert table.titles == ("At", "NAV", "UnderlyingPrice")
    assert table.rows[1] == (DAYS[1], 101000.0, 2529.19)


def test_a_download_without_a_target_is_temporary(tmp_path: Path) -> None:
    def download(backtest_id: str, path: Path, **options: Any) -> Path:
        path.write_text(f"{backtest_id} {options}", encoding="utf-8")
        return path

    with downloaded(download, "id-1", None, view="analytics") as path:
        assert path.read_text(encoding="utf-8") == "id-1 {'view': 'analytics'}"
    assert not path.exists()
    target = tmp_path / "nav.csv"
    with downloaded(download, "id-1", target) as path:
        assert path == target
    assert target.exists()


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (BacktestState.FAILED, BacktestFailedError),
        (BacktestState.CANCELLED, BacktestCancelledError),
    ],
)
def test_only_a_finished_run_is_good(state: BacktestState, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="id-1"):
        result(state).require_finished()
    with pytest.raises(BacktestFailedError, match="no reason"):
        require_finished("id-1", BacktestStatus(BacktestState.FAILED))
    result().require_finished()
