"""Wall time of typical simulations and where it goes; prints a table.

Run it with ``python tests/benchmarks/bench_simulation.py [repetitions]``.  Each case runs as a
worker would run it; the best of the repetitions counts.  The ratio compares with the first row.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlmeso.model.backtest import BacktestState
from xlmeso.model.document import dumps, from_python
from xlmeso.model.templates import load_template
from xlmeso.simulator.market import opening
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.runs import RunJob, run_backtest

PARTS = ("market", "decisions", "chains", "marks", "packing", "output", "analytics")
EVERY_BAR = {"AfterMarketOpenMinutes": 5, "BeforeMarketCloseMinutes": None, "Every": "5min"}
LIMIT_SECONDS = {"strangle, daily, 1 year": 0.3, "iron condor, 5-minute exit, 1 year": 2.0}


@dataclass
class Case:
    """A template, changed, over a period of whole years."""

    name: str
    template: str
    first_year: int
    years: int
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def definition(self) -> str:
        document = dict(load_template(self.template).document)
        period = {
            "Start": f"{self.first_year}-01-01T00:00:00",
            "End": f"{self.first_year + self.years - 1}-12-31T23:59:59",
        }
        for section, values in {**self.changes, "Backtest": period}.items():
            document[section] = {**document[section], **from_python(values)}
        return dumps(document)


CASES = (
    Case("strangle, daily, 1 year", "strangle", 2019, 1),
    Case("strangle, daily, 10 years", "strangle", 2012, 10),
    Case("iron condor, 5-minute exit, 1 year", "iron-condor", 2019, 1,
         {"Exit": {"Schedule": EVERY_BAR}}),
    Case("same, with a script condition", "iron-condor", 2019, 1,
         {"Exit": {"Schedule": EVERY_BAR, "Conditions": ["abs(pos_delta) > 60 and pos_pnl > 0"]}}),
    Case("0DTE iron condor, 5-minute exit, 1 year", "0dte-iron-condor", 2019, 1),
    Case("butterfly, 4 in flight, 1 year", "broken-wing-butterfly", 2019, 1),
    Case("butterfly, 4 in flight, 10 years", "broken-wing-butterfly", 2012, 10),
)  # fmt: skip


class PartWatch:
    """Seconds per part, without those of the parts measured inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self._inner = [0.0]

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*args: Any, **kwargs: Any) -> Any:
            self._inner.append(0.0)
            began = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                whole = time.process_time() - began
                self.seconds[part] += whole - self._inner.pop()
                self._inner[-1] += whole

        return measured

    def watched(self, market: Any) -> Any:
        return WatchedMarket(market, self)


class WatchedMarket:
    """Hands everything through and times what costs."""

    def __init__(self, market: Any, watch: PartWatch) -> None:
        self._market = market
        for name in ("symbol", "multiplier", "source", "notes", "sessions", "underlying", "vix"):
            setattr(self, name, getattr(market, name))
        for part, names in {
            "chains": ("chain", "expirations"),
            "marks": ("quotes",),
        }.items():
            for name in names:
                setattr(self, name, watch.timed(part, getattr(market, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._market, name)


def measure(case: Case, repetitions: int) -> tuple[float, PartWatch, dict[str, Any]]:
    """Return the best wall time, its parts, and the analytics."""
    best, parts, figures = float("inf"), PartWatch(), {}
    for _ in range(repetitions):
        opening._open.cache_clear()  # a market remembers its chains: begin with a new one
        watch = PartWatch()
        with tempfile.TemporaryDirectory() as folder:
            job = RunJob("bench", case.definition(), HistorySource(), 0, Path(folder))
            began = time.process_time()
            outcome = run_backtest(job, watch)
            seconds = time.process_time() - began
        if outcome.state is not BacktestState.FINISHED:
            sys.exit(f"{case.name}: {outcome.failure_reason}")
        if seconds < best:
            best, parts, figures = seconds, watch, outcome.analytics or {}
    return best, parts, figures


def main(repetitions: int) -> None:
    measure(CASES[0], 1)  # imports and the daily history
    print(f"best of {repetitions}, files and a new market included; parts in % of the time")
    heads = ("seconds", "ratio", "trades", *PARTS)
    print(f"{'case':<42}" + "".join(f"{head:>11}" for head in heads))
    baseline = None
    for case in CASES:
        best, watch, figures = measure(case, repetitions)
        baseline = baseline or best
        total = sum(watch.seconds.values())
        shares = [f"{100 * watch.seconds[part] / total:.1f}" for part in PARTS]
        cells = (f"{best:.3f}", f"{best / baseline:.2f}",
                 str(figures.get("StratTradeCnt")), *shares)  # fmt: skip
        print(f"{case.name:<42}" + "".join(f"{cell:>11}" for cell in cells))
        limit = LIMIT_SECONDS.get(case.name)
        if limit is not None and best > limit:
            print(f"{'':<42}  slower than the goal of {limit} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
