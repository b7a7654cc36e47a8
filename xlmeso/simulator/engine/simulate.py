"""The engine's front door: one definition on one market."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xlmeso.errors import SimulationError
from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.model.strategy import StrategyDefinition
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.assumptions import MAX_CASH
from xlmeso.simulator.engine.blotter import Blotter, Sink
from xlmeso.simulator.engine.clock import BarClock
from xlmeso.simulator.engine.external import ExternalValues
from xlmeso.simulator.engine.ledger import Account
from xlmeso.simulator.engine.margins import margin_rule
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.plan import make_plan, variable_names
from xlmeso.simulator.engine.ports import Floats, Market
from xlmeso.simulator.engine.run import drive
from xlmeso.simulator.engine.simulation import Simulation
from xlmeso.simulator.engine.variables import COIN_DIGITS, DIGITS
from xlmeso.simulator.engine.watch import RunStoppedError, Watch
from xlmeso.simulator.script.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """What a run leaves beside its events; arrays have one item per bar of the period.

    Attributes
    ----------
    account
        Cash, counters, and the series over the bars of the whole market.
    bars
        The bars of the market that the run covers; empty when it failed before the first.
    failure
        Why the run failed, None if it did not.
    is_stopped
        Whether the run was stopped from outside.
    """

    market: Market
    clock: BarClock
    account: Account
    bars: slice
    failure: str | None = None
    is_stopped: bool = False

    @property
    def times(self) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
        """Exchange-local time of every bar, datetime64[m]."""
        return self.clock.minutes[self.bars].astype("datetime64[m]")

    @property
    def pnl(self) -> Floats:
        """Running profit and loss in money."""
        return self.account.series.pnl()[self.bars]

    @property
    def nav(self) -> Floats:
        """Net asset value in money: cash + profit and loss (reference section 4.6)."""
        return self.account.cash + self.pnl

    @property
    def open_legs(self) -> Floats:
        """Number of open legs."""
        counts: Floats = np.cumsum(self.account.series.legs)[self.bars]
        return counts

    def greek(self, name: str) -> Floats:
        """Return an account greek in the service's units."""
        return self.account.series.totals[name][self.bars]

    @property
    def margin(self) -> Floats | None:
        """Margin of the account in money, None when it is off."""
        totals = self.account.series.totals
        return totals["margin"][self.bars] if "margin" in totals else None


def utc_now() -> dt.datetime:
    """Return the machine's time, UTC without a zone, as EventTime is written."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def simulate(
    definition: StrategyDefinition,
    market: Market,
    sink: Sink,
    *,
    seed: int = 0,
    watch: Watch | None = None,
    external: ExternalValues | None = None,
    now: Callable[[], dt.datetime] = utc_now,
) -> SimulationResult:
    """Run a definition on a market and write its events as JSON to ``sink``.

    The same definition, market and seed give the same events, EventTime apart, and the same
    series.

    Parameters
    ----------
    definition
        A definition that validation has accepted and `xlmeso.simulator.refusals` lets through.
    market
        Must cover the definition's period.
    sink
        Takes the pieces of the events file.
    seed
        Start of the script's random numbers.
    watch
        Is asked whether to go on.
    external
        The columns of the definition's CSV.
    now
        The machine's clock.

    Raises
    ------
    SimulationError
        Section Backtest has no period or no cash.
    """
    names = variable_names(definition)
    if external is not None:
        names.add(external.getters())
    about = (market.source, *market.notes, *((external.about,) if external else ()))
    names.digits = COIN_DIGITS if market.is_inverse else DIGITS
    run = _Run(definition, market, Blotter(sink, names, now), about)
    failure, is_stopped = None, False
    try:
        run.go(seed, watch or Watch())
    except SimulationError as problem:
        failure = str(problem)
        run.say_failed(failure)
    except RunStoppedError:
        is_stopped = True
    run.blotter.close()
    return run.result(failure, is_stopped=is_stopped)


class _Run:
    """A run from its Start event to its Finish or Failed event."""

    def __init__(
        self,
        definition: StrategyDefinition,
        market: Market,
        blotter: Blotter,
        about: tuple[str, ...],
    ) -> None:
        backtest = definition.backtest
        if backtest.start is None or backtest.end is None or backtest.cash is None:
            raise SimulationError("Start, End and Cash are needed", where="Backtest")
        if abs(backtest.cash) > MAX_CASH:
            raise SimulationError(f"more than {MAX_CASH:g} is not simulated", where="Backtest.Cash")
        self.definition = definition
        self.market = market
        self.blotter = blotter
        self.clock = BarClock(market.sessions, backtest.start, backtest.end, market.quoted_bars)
        rule = margin_rule(definition.settings, market)
        self.account = Account(float(backtest.cash), self.clock.minutes.size, rule)
        self.reached = self.clock.first
        greeting = messages.start(*about)
        blotter.bare(Kind.START, greeting, backtest.start, self.account.cash)

    def go(self, seed: int, watch: Watch) -> None:
        clock = self.clock
        if clock.first >= clock.stop:
            raise SimulationError("there is no trading session in the period", where="Backtest")
        plan = make_plan(self.definition, clock, Sandbox(seed=seed), self.blotter.names)
        sim = Simulation(self.market, clock, plan, self.account, self.blotter)
        try:
            drive(sim, watch)
        except (SimulationError, RunStoppedError):
            self._close_books(sim.bar + 1)
            raise
        moment = sim.moment(clock.stop - 1)
        message = messages.finish(
            self.account.cash + moment.account_pnl(), self.account.trade_count
        )
        self.blotter.write(Kind.FINISH, message, moment, with_variables=False)
        self._close_books(clock.stop)

    def say_failed(self, reason: str) -> None:
        """Write the Failed event, at the last bar that the run came to."""
        clock, account = self.clock, self.account
        if self.reached == clock.first:
            self.blotter.bare(Kind.FAILED, reason, self.definition.backtest.start, account.cash)
            return
        moment = Moment.at(self.market, clock, account, self.reached - 1)
        self.blotter.write(Kind.FAILED, reason, moment, with_variables=False)

    def _close_books(self, stop: int) -> None:
        """Bring the marks of the open positions before ``stop`` into the account's series."""
        positions = self.account.positions
        marked = [position.block.stop for position in positions if position.block is not None]
        self.reached = max(self.clock.first, min(stop, *marked, stop))
        for position in positions:
            position.flush(self.account.series, self.reached)

    def result(self, failure: str | None, *, is_stopped: bool) -> SimulationResult:
        bars = slice(self.clock.first, self.reached)
        return SimulationResult(self.market, self.clock, self.account, bars, failure, is_stopped)
