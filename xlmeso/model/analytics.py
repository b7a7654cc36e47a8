"""The catalogue of the 55 figures that the service gives for a finished backtest (reference 8).

Figures arrive rounded: percentages as 46.66 for 46.66 %, alpha as a fraction, drawdowns negative.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import InvalidOperation
from functools import cache
from typing import Final, Literal

from xlmeso.errors import DecodingError, XlmesoError
from xlmeso.model.backtest import AnalyticsValue
from xlmeso.model.document import JsonNumber, JsonValue, type_names
from xlmeso.model.nearest import nearest

Better = Literal["higher", "lower"]

PERCENT: Final = '0.00"%"'
"""Excel format of a figure that arrives in percent: 46.66 is shown as 46.66%."""

_STRATEGY: Final = "Strat"
_BENCHMARK: Final = "Bm"
_LOG: Final = "the service's count of its own trades"
_QS: Final = "QuantStats 0.0.54-0.0.59, which the service's figures follow"


class UnknownMetricError(XlmesoError, LookupError):
    """There is no figure of that name."""

    cell_text = "#MESO! No such figure"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """One figure.

    Attributes
    ----------
    name
        The service's name (``StratSharpe``).
    label
        Plain label; benchmark figures begin with ``Benchmark``.
    group
        Heading that it belongs under.
    unit
        ``date``, ``count``, ``days``, ``%``, ``fraction`` or ``ratio``.
    number_format
        Excel's format for the figure as it arrives.
    better
        Which direction is better, None where neither is.  Drawdowns and average losing months are
        negative, so higher is better there.
    definition
        How it is worked out.  Returns are those of 5-minute steps, the risk-free rate is 0.
    source
        What the definition rests on.
    benchmark_name
        Name of the same figure for the underlying, None if there is none.
    """

    name: str
    label: str
    group: str
    unit: str
    number_format: str
    better: Better | None
    definition: str
    source: str
    benchmark_name: str | None = None

    @property
    def is_benchmark(self) -> bool:
        """Whether it describes the underlying instead of the strategy."""
        return self.name.startswith(_BENCHMARK)


_FORMATS: Final = {
    "date": "yyyy-mm-dd",
    "count": "#,##0",
    "days": "#,##0",
    "%": PERCENT,
    "fraction": "0.00%",
    "ratio": "0.00",
}

_Row = tuple[str, str, str, Better | None, str]

_PERIOD: Final[tuple[_Row, ...]] = (
    ("StartPeriod", "Start", "date", None, "First day of the series."),
    ("EndPeriod", "End", "date", None, "Last day of the series."),
)

_TRADES: Final[tuple[_Row, ...]] = (
    ("TradeCnt", "Trades", "count", None, "Positions that were opened and closed."),
    ("WinCnt", "Winning trades", "count", None, "Positions that ended with a profit."),
    ("LossCnt", "Losing trades", "count", None, "Positions that ended without a profit."),
    ("AdjustmentCnt", "Adjustments", "count", None, "Adjustments that were carried out."),
    ("PtHitCnt", "Profit targets hit", "count", None, "Exits at the profit target."),
    ("SlHitCnt", "Stop losses hit", "count", None, "Exits at the stop loss."),
    ("MaxDitReachedCnt", "Longest stay reached", "count", None, "Exits at the most days in trade."),
    ("SettlementCnt", "Settlements", "count", None, "Positions that ended by settlement."),
    (
        "AvgDaysInTrade", "Average days in trade", "days", None,
        "Mean number of days that a position was held, with fractions.",
    ),
)  # fmt: skip

_AGAINST_BENCHMARK: Final[tuple[_Row, ...]] = (
    (
        "Alpha", "Alpha", "fraction", "higher",
        "Yearly return that does not come from the underlying: (mean return - beta x the "
        "underlying's mean return) x steps per year; 0.40 is 40 % a year.",
    ),
    (
        "Beta", "Beta", "ratio", None,
        "Covariance with the underlying's returns divided by their variance.",
    ),
)  # fmt: skip

_RETURN: Final[tuple[_Row, ...]] = (
    (
        "CagrPct", "CAGR", "%", "higher",
        "Yearly growth that gives the total return: (1 + total) ^ (365 / calendar days) - 1.",
    ),
    ("CumRet", "Cumulative return", "%", "higher", "Total return over the whole period."),
)  # fmt: skip

_DRAWDOWN: Final[tuple[_Row, ...]] = (
    (
        "MaxDd", "Max drawdown", "%", "higher",
        "Deepest fall from an earlier peak; negative, so closer to zero is better.",
    ),
    (
        "AvgDd", "Average drawdown", "%", "higher",
        "Mean of the deepest point of every drawdown; negative.",
    ),
    (
        "AvgDdDays", "Average drawdown days", "days", "lower",
        "Mean calendar days from the start to the end of a drawdown.",
    ),
)  # fmt: skip

_MONTHS: Final[tuple[_Row, ...]] = (
    (
        "AvgUpMonth", "Average up month", "%", "higher",
        "Mean return of the months in which strategy and underlying both rose.",
    ),
    (
        "AvgDownMonth", "Average down month", "%", "higher",
        "Mean return of the months in which strategy and underlying both fell; negative.",
    ),
)  # fmt: skip

_LONGEST: Final[tuple[_Row, ...]] = (
    ("LongestDdDays", "Longest drawdown days", "days", "lower", "Calendar days of the longest."),
)

_RISK_ADJUSTED: Final[tuple[_Row, ...]] = (
    (
        "InformRatio", "Information ratio", "ratio", "higher",
        "Mean of the return above the underlying's, divided by its standard deviation; per "
        "5-minute step, not per year. The benchmark's figure repeats the strategy's.",
    ),
    (
        "Sharpe", "Sharpe ratio", "ratio", "higher",
        "Mean return divided by the standard deviation of returns, per year.",
    ),
    (
        "ProbSharpe", "Probabilistic Sharpe ratio", "%", "higher",
        "Probability that the true Sharpe ratio is above zero, from length, skew and kurtosis.",
    ),
    (
        "SmartSharpe", "Smart Sharpe ratio", "ratio", "higher",
        "Sharpe ratio divided by a penalty for returns that follow one another.",
    ),
    (
        "Sortino", "Sortino ratio", "ratio", "higher",
        "Mean return divided by the root mean square of the negative returns, per year.",
    ),
    (
        "SmartSortino", "Smart Sortino ratio", "ratio", "higher",
        "Sortino ratio divided by the same penalty as the smart Sharpe ratio.",
    ),
    (
        "Treynor", "Treynor ratio", "%", None,
        "Total return divided by beta; its sign turns with the sign of beta.",
    ),
    ("Calmar", "Calmar ratio", "ratio", "higher", "CAGR divided by the size of max drawdown."),
    (
        "Omega", "Omega ratio", "ratio", "higher",
        "Sum of gains divided by sum of losses, per step. The benchmark's figure repeats the "
        "strategy's.",
    ),
)  # fmt: skip

_OTHER: Final[tuple[tuple[str, _Row], ...]] = (
    (
        "Against benchmark",
        (
            "RSquared", "R squared", "ratio", None,
            "Squared correlation with the underlying's returns, 0 to 1. The benchmark's figure "
            "repeats the strategy's.",
        ),
    ),
    (
        "Return",
        (
            "ProfitFactor", "Profit factor", "ratio", "higher",
            "Sum of positive returns divided by the size of the sum of negative returns, of "
            "5-minute steps and not of trades.",
        ),
    ),
    (
        "Risk",
        (
            "KellyCriterion", "Kelly criterion", "%", "higher",
            "Share of capital that grows fastest: (payoff x p - (1 - p)) / payoff, p being the "
            "share of positive steps and payoff mean gain by mean loss.",
        ),
    ),
    (
        "Risk",
        (
            "AnnVolatility", "Volatility", "%", "lower",
            "Standard deviation of returns, per year.",
        ),
    ),
)  # fmt: skip


def _metric(group: str, row: _Row, source: str, prefix: str = _STRATEGY) -> MetricDefinition:
    name, label, unit, better, definition = row
    number_format = "#,##0.0" if name == "AvgDaysInTrade" else _FORMATS[unit]
    return MetricDefinition(
        prefix + name, label, group, unit, number_format, better, definition, source
    )


def _compared() -> Iterator[MetricDefinition]:
    """Yield the figures that strategy and benchmark share, in the service's order."""
    for group, rows in (
        ("Return", _RETURN),
        ("Drawdown", _DRAWDOWN),
        ("Return", _MONTHS),
        ("Drawdown", _LONGEST),
        ("Risk-adjusted", _RISK_ADJUSTED),
    ):
        yield from (_metric(group, row, _QS) for row in rows)
    yield from (_metric(group, row, _QS) for group, row in _OTHER)


def _benchmark_name(name: str) -> str:
    return _BENCHMARK + name.removeprefix(_STRATEGY)


def _catalogue() -> Iterator[MetricDefinition]:
    shared = tuple(_compared())
    yield from (_metric("Period", row, _LOG, prefix="") for row in _PERIOD)
    yield from (_metric("Trades", row, _LOG) for row in _TRADES)
    yield from (_metric("Against benchmark", row, _QS) for row in _AGAINST_BENCHMARK)
    yield from (replace(item, benchmark_name=_benchmark_name(item.name)) for item in shared)
    for item in shared:
        label = f"Benchmark {item.label if item.label.isupper() else _small(item.label)}"
        yield replace(item, name=_benchmark_name(item.name), label=label)


def _small(label: str) -> str:
    """Write a label inside a phrase; names of people keep their capital."""
    names = ("Sharpe", "Sortino", "Treynor", "Calmar", "Omega", "Kelly", "R ")
    return label if label.startswith(names) else label[0].lower() + label[1:]


METRICS: Final[tuple[MetricDefinition, ...]] = tuple(_catalogue())
"""The 55 figures in the service's order."""

BY_NAME: Final[Mapping[str, MetricDefinition]] = {item.name: item for item in METRICS}
"""The same by the service's name."""


@cache
def _index() -> dict[str, MetricDefinition]:
    found = {item.name.removeprefix(_STRATEGY).lower(): item for item in METRICS}
    found.update((item.label.lower(), item) for item in METRICS)
    found.update((item.name.lower(), item) for item in METRICS)
    return found


_SUCH_NAMES: Final = "Take a name such as StratSharpe or a label such as Sharpe ratio."


def metric(name_or_label: str) -> MetricDefinition:
    """Return the figure with a name (``StratSharpe``, ``Sharpe``) or a label (``Sharpe ratio``).

    Capital and small letters count as the same.

    Raises
    ------
    UnknownMetricError
        There is none; the message suggests the nearest, or says what names look like.
    """
    found = _index().get(name_or_label.strip().lower())
    if found is None:
        meant = nearest(name_or_label, _index(), cutoff=0.5)
        near = _index()[meant] if meant else None
        cure = f"Did you mean {near.label} ({near.name})?" if near else _SUCH_NAMES
        raise UnknownMetricError(f"there is no figure {name_or_label!r}.", cure=cure)
    return found


def parse_analytics(document: JsonValue) -> dict[str, AnalyticsValue]:
    """Read the service's analytics object: whole numbers as int, others as Decimal.

    Figures that are missing stay missing.  Unknown ones are kept if they are a number, a text or
    null, and left out otherwise.

    Raises
    ------
    DecodingError
        The document is no object, or a known figure is neither number, text nor null.
    """
    if not isinstance(document, dict):
        kind = type_names.get(type(document), "something else")
        raise DecodingError(f"analytics are an object, not {kind}")
    values: dict[str, AnalyticsValue] = {}
    for name, value in document.items():
        if isinstance(value, str | None):
            values[name] = value
        elif isinstance(value, JsonNumber):
            values[name] = _number(value)
        elif name in BY_NAME:
            kind = type_names.get(type(value), "something else")
            raise DecodingError(f"the figure {name} is a number, a text or null, not {kind}")
    return values


def _number(value: JsonNumber) -> AnalyticsValue:
    try:
        return int(value.literal) if value.is_integer else value.decimal
    except InvalidOperation:
        raise DecodingError(f"{value.literal[:40]} is beyond every number we can hold") from None
