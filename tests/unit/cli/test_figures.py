"""Analytics for people and programs."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest
import responses

from xlmeso.cli.figures import KEY_FIGURES, chosen_fields, figure_text
from xlmeso.model.analytics import BY_NAME, UnknownMetricError, metric

from .conftest import API, Run

# Figures of the API page's own sample.
SAMPLE = (
    '{"StartPeriod": "2021-01-04T00:00:00", "EndPeriod": "2025-03-24T00:00:00",'
    ' "StratTradeCnt": 210, "StratAvgDaysInTrade": 3.5667, "StratAlpha": 0.40,'
    ' "StratCumRet": 403.22, "StratTreynor": -7269.28, "StratLongestDdDays": 1160,'
    ' "BmCumRet": 53.55, "BmTreynor": null, "BmLongestDdDays": 745}'
)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("StratTradeCnt", 1210, "1,210"),
        ("StratAlpha", Decimal("0.4"), "40.00"),
        ("StratCumRet", Decimal("403.22"), "403.22"),
        ("StratTreynor", Decimal("-7269.28"), "-7,269.28"),
        ("StratAvgDaysInTrade", Decimal("3.5667"), "3.6"),
        ("StratProbSharpe", 100, "100.00"),
        ("BmTreynor", None, "-"),
        ("StartPeriod", "2021-01-04T00:00:00", "2021-01-04"),
    ],
)
def test_figures_for_people(name: str, value: Decimal | int | str | None, text: str) -> None:
    assert figure_text(value, metric(name)) == text


def test_key_figures_are_of_the_catalogue() -> None:
    assert set(KEY_FIGURES) <= set(BY_NAME)


def test_chosen_metrics_bring_their_benchmark_along() -> None:
    assert chosen_fields("sharpe ratio, StratAlpha") == {"StratSharpe", "BmSharpe", "StratAlpha"}
    assert chosen_fields(None) is None
    with pytest.raises(UnknownMetricError):
        chosen_fields("sharp")


@pytest.fixture
def sample(service: responses.RequestsMock) -> None:
    service.get(f"{API}/backtest/x/analytics", body=SAMPLE, content_type="application/json")


@pytest.mark.usefixtures("sample")
def test_the_table_for_people_has_strategy_beside_benchmark_with_units(run: Run) -> None:
    lines = [line.split("  ") for line in run("analytics", "x").stdout.splitlines()]
    rows = {cells[0]: [cell.strip() for cell in cells[1:] if cell.strip()] for cells in lines}
    assert rows["Metric"] == ["Strategy", "Benchmark", "Unit"]
    assert rows["Cumulative return"] == ["403.22", "53.55", "%"]
    assert rows["Longest drawdown days"] == ["1,160", "745", "days"]
    assert rows["Treynor ratio"] == ["-7,269.28", "-", "%"]
    assert rows["Alpha"] == ["40.00", "%"]
    assert rows["Trades"] == ["210"]


@pytest.mark.usefixtures("sample")
def test_json_is_the_services_own_spelling(run: Run) -> None:
    text = run("analytics", "x", "--json").stdout
    assert json.loads(text) == json.loads(SAMPLE)
    assert "0.40" in text


@pytest.mark.usefixtures("sample")
def test_json_of_chosen_metrics_has_only_those(run: Run) -> None:
    result = run("analytics", "x", "--metrics", "Cumulative return", "--json")
    assert json.loads(result.stdout) == {"StratCumRet": 403.22, "BmCumRet": 53.55}


@pytest.mark.usefixtures("sample")
def test_csv_has_exact_figures_and_names(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("analytics", "x", "--csv").stdout)))
    by_field = {row["Field"]: row for row in rows}
    assert by_field["StratAlpha"]["Strategy"] == "0.40"
    assert by_field["StratCumRet"]["Benchmark"] == "53.55"
    assert "BmCumRet" not in by_field


@pytest.mark.usefixtures("sample")
def test_a_benchmark_figure_may_be_named(run: Run) -> None:
    assert "53.55" in run("analytics", "x", "--metrics", "BmCumRet").stdout


def test_an_unknown_metric_is_told_before_the_service_is_asked(
    service: responses.RequestsMock, run: Run
) -> None:
    result = run("analytics", "x", "--metrics", "StratSharp")
    assert result.exit_code == 2
    assert "StratSharpe" in result.stderr
    assert len(service.calls) == 0


@pytest.mark.parametrize(("status", "word"), [(425, "run"), (405, "failed"), (409, "cancelled")])
def test_a_run_without_analytics_is_10(
    service: responses.RequestsMock, run: Run, status: int, word: str
) -> None:
    service.get(f"{API}/backtest/x/analytics", status=status)
    result = run("analytics", "x")
    assert result.exit_code == 10
    assert word in result.stderr
