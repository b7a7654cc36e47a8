from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from xlmeso.errors import DecodingError, XlmesoError
from xlmeso.model.analytics import BY_NAME, METRICS, UnknownMetricError, metric, parse_analytics
from xlmeso.model.document import loads

SAMPLE = Path(__file__).parents[2] / "data" / "analytics_sample.json"
NAMES = list(json.loads(SAMPLE.read_text(encoding="utf-8")))


def test_catalogue_has_the_fields_of_the_service_in_its_order() -> None:
    assert [item.name for item in METRICS] == NAMES
    assert len(METRICS) == 55
    assert list(BY_NAME) == NAMES


def test_labels_are_unique_and_every_figure_is_explained() -> None:
    assert len({item.label.lower() for item in METRICS}) == 55
    for item in METRICS:
        assert item.definition.endswith(".")
        assert item.source
        assert item.group


# Typed in by hand from reference 8.2: unit, Excel format, better direction, label.
ROWS = [
    ("StartPeriod", "date", "yyyy-mm-dd", None, "Start"),
    ("StratTradeCnt", "count", "#,##0", None, "Trades"),
    ("StratAvgDaysInTrade", "days", "#,##0.0", None, "Average days in trade"),
    ("StratAlpha", "fraction", "0.00%", "higher", "Alpha"),
    ("StratBeta", "ratio", "0.00", None, "Beta"),
    ("StratCagrPct", "%", '0.00"%"', "higher", "CAGR"),
    ("BmCagrPct", "%", '0.00"%"', "higher", "Benchmark CAGR"),
    ("StratMaxDd", "%", '0.00"%"', "higher", "Max drawdown"),
    ("StratAvgDdDays", "days", "#,##0", "lower", "Average drawdown days"),
    ("BmLongestDdDays", "days", "#,##0", "lower", "Benchmark longest drawdown days"),
    ("StratProbSharpe", "%", '0.00"%"', "higher", "Probabilistic Sharpe ratio"),
    ("BmSharpe", "ratio", "0.00", "higher", "Benchmark Sharpe ratio"),
    ("StratTreynor", "%", '0.00"%"', None, "Treynor ratio"),
    ("StratKellyCriterion", "%", '0.00"%"', "higher", "Kelly criterion"),
    ("StratRSquared", "ratio", "0.00", None, "R squared"),
    ("StratAnnVolatility", "%", '0.00"%"', "lower", "Volatility"),
]


@pytest.mark.parametrize(("name", "unit", "number_format", "better", "label"), ROWS)
def test_figure_is_described_as_it_arrives(
    name: str, unit: str, number_format: str, better: str | None, label: str
) -> None:
    item = metric(name)
    assert (item.name, item.unit, item.number_format) == (name, unit, number_format)
    assert (item.better, item.label) == (better, label)


def test_strategy_figures_name_their_benchmark() -> None:
    pairs = {item.name: item.benchmark_name for item in METRICS}
    assert pairs["StratSharpe"] == "BmSharpe"
    assert pairs["StratAlpha"] is None
    assert pairs["StratTradeCnt"] is None
    benchmarks = [name for name in NAMES if name.startswith("Bm")]
    assert [name for name in pairs.values() if name] == benchmarks
    assert [item.name for item in METRICS if item.is_benchmark] == benchmarks
    for name in benchmarks:
        strategy = metric(name.replace("Bm", "Strat"))
        assert metric(name).number_format == strategy.number_format
        assert metric(name).definition == strategy.definition
        assert pairs[name] is None


@pytest.mark.parametrize(
    "text", ["StratSharpe", "stratsharpe", "Sharpe", " sharpe ", "Sharpe ratio", "SHARPE RATIO"]
)
def test_figure_is_found_by_name_and_label(text: str) -> None:
    assert metric(text).name == "StratSharpe"


def test_figure_is_found_without_the_prefix_but_never_mixed_up() -> None:
    for name in NAMES:
        assert metric(name).name == name
        assert metric(metric(name).label).name == name
    assert metric("MaxDd").name == "StratMaxDd"
    assert metric("benchmark max drawdown").name == "BmMaxDd"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("Sharp", "Sharpe ratio (StratSharpe)?"),
        ("MaxDrawdown", "Max drawdown (StratMaxDd)?"),
        ("StratCagr", "CAGR (StratCagrPct)?"),
    ],
)
def test_unknown_figure_suggests_the_nearest(text: str, fragment: str) -> None:
    with pytest.raises(UnknownMetricError) as caught:
        metric(text)
    assert f"'{text}'" in str(caught.value)
    assert str(caught.value).endswith(f"Did you mean {fragment}")
    assert isinstance(caught.value, XlmesoError)
    assert isinstance(caught.value, LookupError)


def test_unknown_figure_far_from_all_is_told_what_names_look_like() -> None:
    with pytest.raises(UnknownMetricError) as caught:
        metric("zzzzzzzz")
    assert caught.value.cure == ("Take a name such as StratSharpe or a label such as Sharpe ratio.")


def test_sample_of_the_service_is_read() -> None:
    values = parse_analytics(loads(SAMPLE.read_bytes()))
    assert list(values) == NAMES
    assert values["StartPeriod"] == "2021-01-04T00:00:00"
    assert values["StratTradeCnt"] == 210
    assert isinstance(values["StratProbSharpe"], int)
    assert values["StratCagrPct"] == Decimal("46.66")
    assert isinstance(values["StratAlpha"], Decimal)
    assert values["BmTreynor"] is None


def test_missing_and_unknown_figures_are_no_trouble() -> None:
    document = loads('{"New":1.5,"Text":"x","Nested":{"a":1},"Flag":true,"StratSharpe":2}')
    assert parse_analytics(document) == {"New": Decimal("1.5"), "Text": "x", "StratSharpe": 2}
    assert parse_analytics({}) == {}


@pytest.mark.parametrize(
    "text",
    ["[]", "1", '{"StratSharpe":[]}', '{"StratBeta":true}', '{"BmBeta":1e9999999999999999999}'],
)
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(DecodingError):
        parse_analytics(loads(text))
