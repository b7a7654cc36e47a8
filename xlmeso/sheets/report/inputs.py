"""What a report is made of: the results of one or more runs, and what is worked out of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from xlmeso.measures.daily import DailySeries, daily_series
from xlmeso.measures.excursions import Excursion, excursions
from xlmeso.measures.returns import FloatArray, Times
from xlmeso.measures.round_trips import RoundTrip, round_trips
from xlmeso.model.backtest import AnalyticsValue
from xlmeso.model.events import BlotterEvent
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.sheets.cells import visible_text
from xlmeso.sheets.results.run_info import RunInfo

RESERVED: Final = frozenset(
    {
        "date", "run", "figure", "metric", "unit", "better", "setting", "share of capital", "cash",
        "portfolio", "portfolio return", "portfolio growth", "highest so far",
        "portfolio drawdown",
    }
)  # fmt: skip
"""Headings that stand beside names of runs, in small letters."""

LONGEST_LABEL: Final = 40
"""Characters of a run's name in headings."""


@dataclass(frozen=True, slots=True)
class RunSeries:
    """The NAV file of a run.

    Attributes
    ----------
    times, nav, benchmark
        Exchange-local instants (datetime64, ascending), money, and the underlying's price or None;
        shape (n,), ``nan`` where a cell is empty.
    time_name, stamps, columns
        The file as it came: heading of the times, the times, and heading -> values.
    """

    times: Times
    nav: FloatArray
    benchmark: FloatArray | None
    time_name: str
    stamps: Sequence[dt.datetime]
    columns: Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class ReportRun:
    """A finished run with everything that it left.

    Attributes
    ----------
    info
        Which run, which service, when.
    definition, analytics, events, series
        What was simulated and what came out.
    link
        The run's page in the service's portal, or an empty text.
    """

    info: RunInfo
    definition: StrategyDefinition
    analytics: Mapping[str, AnalyticsValue]
    events: Sequence[BlotterEvent]
    series: RunSeries
    link: str = ""

    @cached_property
    def daily(self) -> DailySeries:
        """One value a day; the base is the starting cash."""
        cash = self.definition.backtest.cash
        base = None if cash is None else float(cash)
        return daily_series(self.series.times, self.series.nav, self.series.benchmark, base)

    @cached_property
    def trips(self) -> list[RoundTrip]:
        """The positions."""
        return round_trips(self.events)

    @cached_property
    def excursions(self) -> list[Excursion]:
        """How far each position went for and against its holder."""
        return excursions(self.trips, self.series.times, self.series.nav)

    @property
    def benchmark_name(self) -> str:
        """What the benchmark is called: the underlying's symbol."""
        return self.definition.symbol or "Benchmark"

    @property
    def money(self) -> str:
        """Number format of money: without decimals where amounts are large."""
        return "#,##0" if abs(self.daily.base) >= 1_000 else "#,##0.00"


def drawdown_title(label: str) -> str:
    """Return the heading of a run's drawdown in a table about several runs."""
    return f"Drawdown {label}"


def labels(runs: Sequence[ReportRun]) -> list[str]:
    """Name each run once, short enough for a heading; equal names get a number.

    No name is one of our own headings (`RESERVED`), because a table's headings must differ.
    """
    found: list[str] = []
    taken = set(RESERVED)
    for run in runs:
        name = visible_text(run.info.name or run.info.backtest_id, limit=LONGEST_LABEL)
        base = " ".join(name.split()) or run.info.backtest_id
        label, number = base, 1
        while taken & _headings(label):
            number += 1
            label = f"{base} ({number})"
        taken |= _headings(label)
        found.append(label)
    return found


def _headings(label: str) -> set[str]:
    return {label.casefold(), drawdown_title(label).casefold()}
