"""Processor time of typical simulations and where it goes; prints a table.

Run it with ``python tests/benchmarks/bench_simulation.py [repetitions] [--against CHECKOUT]``.
Each case runs as a worker would run it; the best of the repetitions counts.  The ratio compares
with the first row; with the folder of another version's checkout, each case runs there as well,
in the same run, and its ratio to this version is printed.  Peak memory is that of the whole run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlmeso.errors import XlmesoError
from xlmeso.model.backtest import BacktestState
from xlmeso.model.document import dumps, from_python
from xlmeso.model.templates import load_template
from xlmeso.simulator.market import opening
from xlmeso.simulator.market.source import HistorySource
from xlmeso.simulator.runs import RunJob, run_backtest

PARTS = ("market", "decisions", "chains", "marks", "packing", "output", "analytics")
EVERY_BAR = {"AfterMarketOpenMinutes": 5, "BeforeMarketCloseMinutes": None, "Every": "5min"}
LIMIT_SECONDS = {"strangle, daily, 1 year": 0.15, "iron condor, 5-minute exit, 1 year": 0.5}
LIMIT_MEGABYTES = 400
SECONDS_ONLY = "--seconds-only"


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
    Case("adjusting strangle, 1 year", "adjusting-strangle", 2019, 1),
    Case("adjusting strangle, 10 in flight, 1 year", "adjusting-strangle", 2019, 1,
         {"Entry": {"Concurrency": {"MaxPositionsInFlight": 10, "EntryShiftDays": 2}}}),
    Case("trailing stop, 5-minute, 1 year", "trailing-stop", 2019, 1),
    Case("hedged put (Complex, timing, options), 1 year", "hedged-put", 2019, 1),
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


def seconds_only(repetitions: int) -> None:
    """Print the seconds of each case that this version can run, as JSON."""
    found: dict[str, float] = {}
    for case in CASES:
        with contextlib.suppress(SystemExit, XlmesoError):
            found[case.name] = measure(case, repetitions)[0]
    print(json.dumps(found))


def elsewhere(checkout: Path, repetitions: int) -> dict[str, float]:
    """Return the seconds per case of another version."""
    command = [sys.executable, __file__, str(repetitions), SECONDS_ONLY]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(repetitions: int, checkout: Path | None) -> None:
    measure(CASES[0], 1)  # imports and the daily history
    print(f"best of {repetitions}, files and a new market included; parts in % of the time")
    other = {} if checkout is None else elsewhere(checkout, repetitions)
    heads = ("seconds", "ratio", *(("other/this",) if other else ()), "trades", *PARTS)
    print(f"{'case':<47}" + "".join(f"{head:>11}" for head in heads))
    baseline = None
    for case in CASES:
        best, watch, figures = measure(case, repetitions)
        baseline = baseline or best
        total = sum(watch.seconds.values())
        shares = [f"{100 * watch.seconds[part] / total:.1f}" for part in PARTS]
        before = other.get(case.name)
        against = (f"{before / best:.2f}" if before else "-",) if other else ()
        cells = (f"{best:.3f}", f"{best / baseline:.2f}", *against,
                 str(figures.get("StratTradeCnt")), *shares)  # fmt: skip
        print(f"{case.name:<47}" + "".join(f"{cell:>11}" for cell in cells))
        limit = LIMIT_SECONDS.get(case.name)
        if limit is not None and best > limit:
            print(f"{'':<47}  slower than the goal of {limit} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB; the goal is below {LIMIT_MEGABYTES} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("repetitions", type=int, nargs="?", default=3)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    parser.add_argument(SECONDS_ONLY, action="store_true")
    given = parser.parse_args()
    if given.seconds_only:
        seconds_only(given.repetitions)
    else:
        main(given.repetitions, given.against)
