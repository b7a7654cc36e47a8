"""Cash, realised profit and loss, counters and the account's series over all bars."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field

import numpy as np

from xlmeso.simulator.engine.assumptions import MONEY_DIGITS
from xlmeso.simulator.engine.margins import MarginRule
from xlmeso.simulator.engine.marks import GREEKS, HeldBlock
from xlmeso.simulator.engine.ports import Floats
from xlmeso.simulator.engine.positions import Position


class ExitReason(enum.StrEnum):
    """Why a position ended; the texts begin the messages of ExitSignal events."""

    PROFIT_TARGET = "ProfitTarget"
    STOP_LOSS = "StopLoss"
    MAX_DAYS_IN_TRADE = "MaxDaysInTrade"
    CONDITION = "Condition"
    SETTLEMENT = "Settlement"
    ADJUSTMENT = "Adjustment"
    MAX_ADJUSTMENTS = "MaxAdjustmentCount"
    MISSING_DATA = "MissingData"


class AccountSeries:
    """Open profit and loss and greeks per bar, summed over positions; shape (bars,).

    Attributes
    ----------
    totals
        ``pnl`` of the open legs and every greek; ``margin`` when it is on.
    realised
        Money realised at each bar (not cumulated).
    legs
        Legs opened less legs closed at each bar (not cumulated).
    """

    def __init__(self, bars: int, *, with_margin: bool = False) -> None:
        names = ("pnl", *GREEKS, "margin") if with_margin else ("pnl", *GREEKS)
        self.totals: dict[str, Floats] = {name: np.zeros(bars) for name in names}
        self.realised: Floats = np.zeros(bars)
        self.legs: Floats = np.zeros(bars)

    def add(self, block: HeldBlock, stop: int) -> None:
        """Add a block's sums for its bars before ``stop``."""
        count = min(stop, block.stop) - block.start
        if count <= 0:
            return
        for name, total in self.totals.items():
            total[block.start : block.start + count] += block.totals[name][:count]

    def pnl(self) -> Floats:
        """Return the running profit and loss per bar in money: realised so far plus open."""
        total: Floats = np.cumsum(self.realised) + self.totals["pnl"]
        return np.round(total, MONEY_DIGITS)


@dataclass(slots=True)
class Tally:
    """How the closed positions ended."""

    wins: int = 0
    losses: int = 0
    adjustments: int = 0
    days_in_trade: float = 0.0
    reasons: dict[ExitReason, int] = field(default_factory=lambda: dict.fromkeys(ExitReason, 0))

    @property
    def closed(self) -> int:
        """Positions that ended."""
        return self.wins + self.losses

    @property
    def average_days(self) -> float | None:
        """Mean decimal days in trade, None without closed positions."""
        return self.days_in_trade / self.closed if self.closed else None


class Account:
    """The money side of a run.

    Attributes
    ----------
    cash
        Starting cash in money.
    realised
        Money of all closed legs, commissions deducted; acc_pnl keeps it (reference section 4.6).
    positions
        Open positions in order of entry.
    margin
        Rule of the run's margin, None when it is off.
    trade_count, settlement_count
        Positions entered, positions that ended by settlement.
    """

    def __init__(self, cash: float, bars: int, margin: MarginRule | None = None) -> None:
        self.cash = cash
        self.margin = margin
        self.series = AccountSeries(bars, with_margin=margin is not None)
        self.realised = 0.0
        self.positions: list[Position] = []
        self.trade_count = 0
        self.settlement_count = 0
        self.next_trade_id = 0
        self.next_position_id = 0
        self.last_entry: dt.date | None = None
        self.last_exit: dt.date | None = None
        self.tally = Tally()

    def pnl(self, bar: int) -> float:
        """Return the running profit and loss in money; NAV = cash + pnl."""
        total = self.realised
        for position in self.positions:
            total += position.open_pnl(bar)
        return round(total, MONEY_DIGITS)

    def open_legs(self) -> int:
        """Return the number of open legs of all positions."""
        return sum(len(position.open_legs()) for position in self.positions)

    def trade_id(self) -> int:
        """Return the next trade id, counted from 0."""
        self.next_trade_id += 1
        return self.next_trade_id - 1

    def take(self, position: Position, date: dt.date) -> None:
        """Put a new position on the book."""
        self.next_position_id += 1
        self.positions.append(position)
        self.last_entry = date

    def count_trade(self, position: Position) -> None:
        """Count a position that has its first legs; markers alone are no trade."""
        if not position.has_traded and position.open_legs():
            position.has_traded = True
            self.trade_count += 1

    def realise(self, position: Position, money: float, bar: int) -> None:
        """Book the result of a leg that was just closed."""
        position.realised += money
        self.realised += money
        self.series.realised[bar] += money
        self.series.legs[bar] -= 1

    def end(self, position: Position, reason: ExitReason, date: dt.date, days: float) -> None:
        """Take a position off the book and count how it ended.

        Assumption: a position without profit counts as a loss (reference section 8.2); one that
        never traded, with marker legs alone, counts as neither.
        """
        self.positions.remove(position)
        self.last_exit = date
        if not position.has_traded:
            return
        tally = self.tally
        tally.days_in_trade += days
        tally.reasons[reason] += 1
        if round(position.realised, MONEY_DIGITS) > 0:
            tally.wins += 1
        else:
            tally.losses += 1
