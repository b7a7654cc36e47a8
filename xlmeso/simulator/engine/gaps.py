"""Missing data on recorded chains: say so, and give up a position that lacks quotes for too long.

A modelled market has no gaps and never comes here (reference section 4.1).
"""

from __future__ import annotations

from xlmeso.model.events import BlotterEventType as Kind
from xlmeso.simulator.engine import messages
from xlmeso.simulator.engine.assumptions import MAX_MISSING_SESSIONS
from xlmeso.simulator.engine.exits import ExitSignal, close_position
from xlmeso.simulator.engine.ledger import ExitReason
from xlmeso.simulator.engine.moment import Moment
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.simulation import Simulation


def follow_gaps(sim: Simulation, moment: Moment, *, is_empty: bool) -> None:
    """Look for missing quotes at the end of a session.

    A leg without a quote in the session is told; after `MAX_MISSING_SESSIONS` in a row its position
    is closed at the last quotes that are known (Assumption).

    Parameters
    ----------
    is_empty
        Whether the session has no quotes at all.
    """
    if is_empty:
        moment.position = None
        text = messages.no_session(sim.market.symbol, moment.date)
        sim.blotter.write(Kind.MISSING_DATA, text, moment)
    for position in list(sim.account.positions):
        moment.position = position
        missing = _tell(sim, moment, position)
        if missing >= MAX_MISSING_SESSIONS:
            signal = ExitSignal(ExitReason.MISSING_DATA, f"{missing} sessions without quotes")
            close_position(sim, moment, position, signal)


def _tell(sim: Simulation, moment: Moment, position: Position) -> int:
    """Write an event per leg without a quote; return the longest count of sessions."""
    longest = 0
    for leg in position.held_legs():
        if leg.frozen is not None or leg.last_bar < moment.bar:
            continue
        missing = sim.market.sessions_without_quote(leg.contract, moment.session)
        if missing:
            text = messages.no_quotes(leg.name, leg.contract, missing)
            sim.blotter.write(Kind.MISSING_DATA, text, moment)
        longest = max(longest, missing)
    return longest
