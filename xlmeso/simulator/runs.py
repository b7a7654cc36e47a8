"""One backtest from its definition to the files of its results, for a worker process."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, Protocol, TypeVar

from xlmeso.errors import XlmesoError
from xlmeso.model import document as json_document
from xlmeso.model.backtest import BacktestState
from xlmeso.model.problems import errors_of
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.market.source import HistorySource

if TYPE_CHECKING:
    from xlmeso.simulator.analytics import TradeCounters
    from xlmeso.simulator.engine.blotter import Sink
    from xlmeso.simulator.engine.ledger import Account
    from xlmeso.simulator.engine.ports import Market
    from xlmeso.simulator.engine.simulate import SimulationResult

EVENTS_FILE: Final = "events.json.gz"
NAVS_FILE: Final = "navs.csv.gz"
ANALYTICS_NAVS_FILE: Final = "navs-analytics.csv.gz"
ANALYTICS_FILE: Final = "analytics.json"
EXTERNAL_DATA_FILE: Final = "external_data.zip"

EVENTS_COMPRESSION: Final = 4
"""Events are texts full of repetition: higher levels take longer and gain little."""

INTERNAL_FAULT: Final = (
    "The local service met a fault of its own and could not finish this run; the terminal of "
    "'xlmeso serve' has details."
)

_log = logging.getLogger(__name__)

Analytics = dict[str, int | float | str | None]
P = ParamSpec("P")
R = TypeVar("R")


class Stopwatch(Protocol):
    """Measures the parts of a run, for benchmarks; without one nothing is measured."""

    def watched(self, market: Market) -> Market:
        """Return the market with its chains and marks measured."""

    def timed(self, part: str, function: Callable[P, R]) -> Callable[P, R]:
        """Return the function with its time counted under a part."""


@dataclass(frozen=True, slots=True)
class RunJob:
    """What a worker needs to run one backtest; can be sent to another process.

    Attributes
    ----------
    definition_json
        The strategy definition as submitted.
    history, seed
        What the market is made of, and the start of all random numbers.
    folder
        Existing folder that the artifacts are written into.
    cancel_file
        The run stops as Cancelled when this file exists.
    progress_file
        Gets the share done as text, replaced at once, at most five times a second.
    external_csv
        Copy of the external data, where the definition names some.
    """

    backtest_id: str
    definition_json: str
    history: HistorySource
    seed: int
    folder: Path
    cancel_file: Path | None = None
    progress_file: Path | None = None
    external_csv: Path | None = None


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended; ``analytics`` is there for Finished only."""

    state: BacktestState
    failure_reason: str | None = None
    analytics: Analytics | None = None


def run_backtest(job: RunJob, stopwatch: Stopwatch | None = None) -> RunOutcome:
    """Run a backtest and write its artifacts.

    Never raises for a fault of the strategy: the outcome is Failed with one sentence, the events
    end with a Failed event and the artifacts hold what was reached.
    """
    try:
        return _run(job, stopwatch)
    except XlmesoError as problem:
        return RunOutcome(BacktestState.FAILED, str(problem))
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        return RunOutcome(
            BacktestState.FAILED, f"The local service could not write its files: {reason}."
        )
    except Exception:
        _log.exception("backtest %s met a fault of the local service", job.backtest_id)
        return RunOutcome(BacktestState.FAILED, INTERNAL_FAULT)


def _run(job: RunJob, stopwatch: Stopwatch | None) -> RunOutcome:
    from xlmeso.simulator.engine.simulate import simulate
    from xlmeso.simulator.engine.watch import Watch
    from xlmeso.simulator.external.keeping import load_copy

    definition = StrategyDefinition(json_document.loads(job.definition_json))
    if refusal := _refusal(definition, job.history):
        return RunOutcome(BacktestState.FAILED, refusal)
    external = load_copy(job.external_csv, definition, job.folder / EXTERNAL_DATA_FILE)
    timed = _untimed if stopwatch is None else stopwatch.timed
    market = timed("market", _market)(job, definition)
    if stopwatch is not None:
        market = stopwatch.watched(market)
    with _gzip_sink(job.folder / EVENTS_FILE) as sink:
        result = timed("decisions", simulate)(
            definition,
            market,
            timed("packing", sink),
            seed=job.seed,
            watch=Watch(job.cancel_file, job.progress_file),
            external=external,
        )
    timed("output", _write_navs)(job.folder, result)
    if result.is_stopped:
        return RunOutcome(BacktestState.CANCELLED)
    if result.failure is not None:
        return RunOutcome(BacktestState.FAILED, result.failure)
    analytics = timed("analytics", _analytics)(definition, result)
    _write_text(job.folder / ANALYTICS_FILE, json.dumps(analytics, indent=1))
    return RunOutcome(BacktestState.FINISHED, analytics=analytics)


def _untimed(_part: str, function: Callable[P, R]) -> Callable[P, R]:
    return function


def _refusal(definition: StrategyDefinition, history: HistorySource) -> str | None:
    """Return why the definition cannot be simulated at all; the service asks before, too."""
    from xlmeso.simulator.refusals import unsupported

    problems = errors_of(unsupported(definition, history))
    return f"{problems[0].path_text}: {problems[0].message}" if problems else None


def _market(job: RunJob, definition: StrategyDefinition) -> Market:
    from xlmeso.errors import SimulationError
    from xlmeso.simulator.market import open_market

    period = definition.backtest
    if period.start is None or period.end is None:
        raise SimulationError("Start and End are needed", where="Backtest")
    symbol, start, end = definition.symbol or "", period.start.date(), period.end.date()
    if job.history.kind == "chains":
        from xlmeso.simulator.chains.opening import open_chains

        assert job.history.folder is not None
        return open_chains(symbol, start, end, job.history.folder)
    return open_market(symbol, start, end, history=job.history, seed=job.seed)


@contextmanager
def _gzip_sink(path: Path) -> Iterator[Sink]:
    """Open a gzip file that appears when it is complete; the same content gives the same bytes."""
    part = path.with_name(f"{path.name}.part")
    try:
        with (
            part.open("wb") as raw,
            gzip.GzipFile("", "wb", EVENTS_COMPRESSION, raw, mtime=0) as packed,
        ):
            yield packed.write
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_navs(folder: Path, result: SimulationResult) -> None:
    from xlmeso.simulator.nav_csv import (
        ANALYTICS_DECIMALS,
        COIN_DECIMALS,
        GENERIC_DECIMALS,
        write_navs,
    )

    market, bars = result.market, result.bars
    columns = {
        "NAV": result.nav,
        "PnL": result.pnl,
        "UnderlyingPrice": market.underlying[bars],
        "VIXPrice": market.vix[bars],
        "Delta": result.greek("delta"),
        "Gamma": result.greek("gamma"),
        "Theta": result.greek("theta"),
        "Vega": result.greek("vega"),
        "WVega": result.greek("wvega"),
        "Rho": result.greek("rho"),
        "OpenLegCnt": result.open_legs,
    }
    if result.margin is not None:
        columns["Margin"] = result.margin
    places = COIN_DECIMALS if market.is_inverse else {}
    write_navs(folder / NAVS_FILE, result.times, columns, {**GENERIC_DECIMALS, **places})
    pair = {"Strategy": columns["NAV"], "Benchmark": columns["UnderlyingPrice"]}
    write_navs(folder / ANALYTICS_NAVS_FILE, result.times, pair, {**ANALYTICS_DECIMALS, **places})


def _analytics(definition: StrategyDefinition, result: SimulationResult) -> Analytics:
    from xlmeso.simulator.analytics import compute_analytics

    period = definition.backtest
    assert period.start is not None
    assert period.end is not None
    first = result.bars.start
    session = result.clock.session.item(first)
    from_the_open = first == result.clock.first_bar.item(session)
    return compute_analytics(
        times=result.times,
        nav=result.nav,
        benchmark=result.market.underlying[result.bars],
        trades=_counters(result.account),
        start=period.start.date(),
        end=period.end.date(),
        cash=result.account.cash,
        prior_close=result.market.previous_close(session) if from_the_open else None,
        periods_per_year=result.market.periods_per_year,
    )


def _counters(account: Account) -> TradeCounters:
    from xlmeso.simulator.analytics import TradeCounters
    from xlmeso.simulator.engine.ledger import ExitReason

    tally = account.tally
    return TradeCounters(
        trade_cnt=account.trade_count,
        win_cnt=tally.wins,
        loss_cnt=tally.losses,
        adjustment_cnt=tally.adjustments,
        pt_hit_cnt=tally.reasons[ExitReason.PROFIT_TARGET],
        sl_hit_cnt=tally.reasons[ExitReason.STOP_LOSS],
        max_dit_reached_cnt=tally.reasons[ExitReason.MAX_DAYS_IN_TRADE],
        settlement_cnt=tally.reasons[ExitReason.SETTLEMENT],
        avg_days_in_trade=tally.average_days,
    )


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text + "\n", encoding="utf-8", newline="\n")
    part.replace(path)
