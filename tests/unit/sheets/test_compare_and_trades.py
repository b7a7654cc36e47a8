"""The sheets Compare and Trades as plans."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import ModuleType
from typing import Any

from xlmeso.measures.round_trips import RoundTrip
from xlmeso.model.document import from_python
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.plan import SheetPlan
from xlmeso.sheets.results.compare import ComparedRun, plan_compare
from xlmeso.sheets.results.trades import plan_trades

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def compared(name: str, sharpe: str, **fields: Any) -> ComparedRun:
    document = from_python({"Symbol": "SPX", "Exit": {"StopLoss": None}, **fields})
    figures = {"StratSharpe": Decimal(sharpe), "StratMaxDd": Decimal("-4.5"), "BmSharpe": 1}
    return ComparedRun(f"id-{name}-{sharpe}", name, StrategyDefinition(document), figures)


def column(plan: SheetPlan, table: str, title: str) -> list[Any]:
    return next(list(item.values) for item in plan.table(table).columns if item.title == title)


def test_runs_of_the_same_name_get_columns_of_their_own() -> None:
    runs = [compared("Run", "1.5"), compared("run", "0.5"), compared("Metric", "2")]
    plan = plan_compare(runs, service="local service", fetched_at=NOW)
    titles = [item.title for item in plan.table("meso_compare").columns]
    assert titles == ["Metric", "Run", "run (2)", "Metric (2)", "Unit", "Better"]
    row = column(plan, "meso_compare", "Metric").index("Sharpe ratio")
    assert [column(plan, "meso_compare", title)[row] for title in titles[1:4]] == [1.5, 0.5, 2.0]


def test_only_settings_that_differ_are_listed() -> None:
    runs = [
        compared("a", "1", Legs=[{"Qty": -1}], Exit={"StopLoss": 500}),
        compared("b", "1", Legs=[{"Qty": -2}], Extra="x"),
    ]
    plan = plan_compare(runs, service="s", fetched_at=NOW)
    rows = zip(*(column(plan, "meso_compare_settings", title) for title in ("Setting", "a", "b")),
               strict=True)  # fmt: skip
    assert list(rows) == [
        ("Exit.StopLoss", "500", "null"),
        ("Legs[0].Qty", "-1", "-2"),
        ("Extra", "(absent)", "x"),
    ]


def test_the_best_figure_is_marked_and_modelled_results_say_so() -> None:
    plan = plan_compare(
        [compared("a", "1"), compared("b", "2")], service="s", fetched_at=NOW, modelled=True
    )
    assert [rule.columns for rule in plan.rules] == [("a",), ("b",)]
    assert "{a}=MAX({a},{b})" in plan.rules[0].formula
    assert any("MODELLED" in str(note.text) for note in plan.notes)
    texts = [str(note.text) for note in plan.notes]
    assert "s, as of 2026-03-01 12:00:00 UTC" in texts
    assert "id-a-1, id-b-2" in texts


def test_trades_show_money_days_and_open_positions(sample: ModuleType) -> None:
    opened = dt.datetime(2020, 1, 2, 10)
    trip = RoundTrip(
        0, opened, opened + dt.timedelta(days=1, hours=12), 1, 2, Decimal("120.5"), Decimal("80"),
        Decimal("78.9"), Decimal("-3"), Decimal("90"), 0, "ProfitTarget", "ProfitTarget: 80",
    )  # fmt: skip
    still_open = RoundTrip(
        1, opened, None, 1, 1, Decimal("10"), Decimal("10"), None, None, None, 0, "", ""
    )
    plan = plan_trades([trip, still_open], sample.RUN)
    assert column(plan, "meso_trades", "Days") == [1.5, None]
    assert column(plan, "meso_trades", "P&L") == [78.9, None]
    assert column(plan, "meso_trades", "Exit reason") == ["ProfitTarget", None]
