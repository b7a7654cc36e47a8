"""All analytics fields against the report table of quantstats 0.0.59, both columns."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from xlmeso.simulator.analytics import TradeCounters, compute_analytics

TESTS = Path(__file__).parents[2]
ROWS = {
    "CagrPct": "CAGR﹪", "CumRet": "Cumulative Return", "MaxDd": "Max Drawdown",
    "AvgDd": "Avg. Drawdown", "AvgDdDays": "Avg. Drawdown Days", "AvgUpMonth": "Avg. Up Month",
    "AvgDownMonth": "Avg. Down Month", "LongestDdDays": "Longest DD Days",
    "InformRatio": "Information Ratio", "Sharpe": "Sharpe", "ProbSharpe": "Prob. Sharpe Ratio",
    "SmartSharpe": "Smart Sharpe", "Sortino": "Sortino", "SmartSortino": "Smart Sortino",
    "Treynor": "Treynor Ratio", "Calmar": "Calmar", "Omega": "Omega", "RSquared": "R^2",
    "ProfitFactor": "Profit Factor", "KellyCriterion": "Kelly Criterion",
    "AnnVolatility": "Volatility (ann.)",
}  # fmt: skip
"""Field of the service -> row of the report."""


def tool() -> ModuleType:
    path = TESTS / "tools" / "make_quantstats_golden.py"
    spec = importlib.util.spec_from_file_location("make_quantstats_golden", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def fields() -> dict[str, Any]:
    times, nav, benchmark = tool().series()
    return compute_analytics(
        times=times,
        nav=nav,
        benchmark=benchmark,
        trades=TradeCounters(),
        start=dt.date(2021, 1, 1),
        end=dt.date(2021, 12, 31),
    )


@pytest.fixture(scope="module")
def golden() -> dict[str, dict[str, str]]:
    text = (TESTS / "data" / "quantstats_0_0_59.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, str]] = json.loads(text)
    return table


def shown(text: str) -> float | None:
    return None if text == "-" else float(text.removesuffix("%"))


@pytest.mark.parametrize("field", ROWS)
@pytest.mark.parametrize(("prefix", "column"), [("Strat", "Strategy"), ("Bm", "Benchmark")])
def test_field_is_the_reports(
    fields: dict[str, Any], golden: dict[str, dict[str, str]], field: str, prefix: str, column: str
) -> None:
    assert fields[f"{prefix}{field}"] == shown(golden[column][ROWS[field]])


@pytest.mark.parametrize("field", ["Alpha", "Beta"])
def test_greeks_are_the_reports(
    fields: dict[str, Any], golden: dict[str, dict[str, str]], field: str
) -> None:
    assert fields[f"Strat{field}"] == shown(golden["Strategy"][field])


def test_the_quirks_of_two_columns_are_in_the_golden_table(
    golden: dict[str, dict[str, str]],
) -> None:
    """The copied rows are equal, and the months are those of both columns (neither has none)."""
    strategy, benchmark = golden["Strategy"], golden["Benchmark"]
    for row in ("Omega", "R^2", "Information Ratio"):
        assert strategy[row] == benchmark[row]
    assert "-" not in (strategy["Avg. Up Month"], benchmark["Avg. Down Month"])
