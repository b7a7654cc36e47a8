"""The parts of a running simulation, handed from step to step."""

from __future__ import annotations

from dataclasses import dataclass

from xlmeso.model.events import BlotterEventType
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.blotter import Blotter
from xlmeso.simulator.engine.clock import BarClock
from xlmeso.simulator.engine.ledger import Account
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.plan import RunPlan
from xlmeso.simulator.engine.plan_parts import Defines
from xlmeso.simulator.engine.ports import Market
from xlmeso.simulator.engine.positions import Position


@dataclass(slots=True)
class Simulation:
    """Market, clock, plan, account and blotter of one run; ``bar`` is the last one visited."""

    market: Market
    clock: BarClock
    plan: RunPlan
    account: Account
    blotter: Blotter
    bar: int = -1

    def moment(self, bar: int) -> Moment:
        """Return the moment of a bar, without a position."""
        return Moment.at(self.market, self.clock, self.account, bar)

    def cover(self, position: Position, bar: int) -> None:
        """Make sure that a position's marks reach a bar."""
        account = self.account
        position.cover(self.market, self.clock, account.series, bar, account.margin)

    def define(self, moment: Moment, position: Position, defines: Defines) -> None:
        """Evaluate VarDefines in the order written and store each on the position.

        UNKNOWN in which order the service goes; Assumption: as written, so that one may use
        another that stands before it.

        Raises
        ------
        ScriptError
            An expression gave no number.
        """
        for name, expression in defines:
            self.store(moment, position, name, expression.number(moment), expression.text)

    def store(
        self, moment: Moment, position: Position, name: str, value: float, statement: str
    ) -> None:
        """Store a variable on the position and say so."""
        position.variables[name] = value
        message = messages.variable_set(name, value, statement)
        self.blotter.write(BlotterEventType.VARIABLE_SET, message, moment)
