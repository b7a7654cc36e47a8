"""A position: the legs that were entered together, their marks and their variables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from xlmeso.simulator.engine.assumptions import BLOCK_SESSIONS
from xlmeso.simulator.engine.clock import MINUTES_PER_DAY, BarClock
from xlmeso.simulator.engine.marks import HeldBlock, fetch_block
from xlmeso.simulator.engine.money import money
from xlmeso.simulator.engine.ports import ListedExpiration

if TYPE_CHECKING:
    from xlmeso.simulator.engine.ledger import AccountSeries
    from xlmeso.simulator.engine.legs import Leg
    from xlmeso.simulator.engine.margins import MarginRule
    from xlmeso.simulator.engine.ports import Market

NEVER: Final = 1 << 62
"""A bar that is never reached."""


@dataclass(slots=True)
class Position:
    """One position, a draft until its legs are filled.

    Attributes
    ----------
    position_id
        Counted from 0; a draft that is dropped gives its number back.
    legs
        By name, in the order of selection; closed legs stay until the position is gone.
    expirations
        Chosen expiration per alias.
    limits
        Min and Max per alias, while expirations and legs are being selected.
    variables
        What VarDefines, ProfitTarget and StopLoss stored.
    profit_target, stop_loss
        Money, None where not defined; the stop is positive.
    max_days
        Decimal days after which the position is closed, None to hold.
    realised
        Money of the legs that are closed already, commissions deducted.
    most_margin
        Largest margin in money over the bars behind; 0 without a margin rule.
    adjustments
        Adjustments made so far.
    has_traded
        Whether a leg was ever filled; a position of marker legs alone has not.
    next_check
        Bar at which an exit or an adjustment has to be considered next, or the end of the marks.
    settles_at
        Bar at which a leg settles next, `NEVER` if none does within the period.
    """

    position_id: int
    legs: dict[str, Leg] = field(default_factory=dict)
    expirations: dict[str, ListedExpiration] = field(default_factory=dict)
    limits: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    variables: dict[str, float] = field(default_factory=dict)
    profit_target: float | None = None
    stop_loss: float | None = None
    max_days: float | None = None
    opened_bar: int = -1
    opened_minute: int | None = None
    realised: float = 0.0
    adjustments: int = 0
    has_traded: bool = False
    next_check: int = NEVER
    settles_at: int = NEVER
    most_margin: float = 0.0
    block: HeldBlock | None = None
    loose: list[Leg] = field(default_factory=list)
    """Legs that count but are not in the block: drafts, frozen ones, those about to be closed."""

    def held_legs(self) -> list[Leg]:
        """Return the legs that are filled and not closed, markers included."""
        return [leg for leg in self.legs.values() if leg.is_filled and not leg.is_closed]

    def open_legs(self) -> list[Leg]:
        """Return the legs that are filled and not closed; markers hold nothing."""
        return [leg for leg in self.held_legs() if not leg.is_marker]

    def is_over(self) -> bool:
        """Tell whether nothing is left to hold: its traded legs, or all markers if none traded."""
        return not (self.open_legs() if self.has_traded else self.held_legs())

    def days(self, minute: int) -> float:
        """Return the decimal calendar days since the entry; 0 for a draft."""
        return (
            0.0 if self.opened_minute is None else (minute - self.opened_minute) / MINUTES_PER_DAY
        )

    def open_pnl(self, bar: int) -> float:
        """Return the profit and loss of the open legs in money."""
        block = self.block
        total = 0.0 if block is None else block.totals["pnl"].item(bar - block.start)
        for leg in self.loose:
            total += leg.pnl(bar)
        return total

    def pnl(self, bar: int) -> float:
        """Return the profit and loss in money since entry.

        Assumption: legs that settled before the others keep counting.
        """
        return money(self.realised + self.open_pnl(bar))

    def greek(self, greek: str, bar: int, minute: int) -> float:
        """Return the sum of a greek over the legs, drafts included."""
        block = self.block
        total = 0.0 if block is None else block.totals[greek].item(bar - block.start)
        for leg in self.loose:
            if not leg.is_marker:
                total += leg.greek(greek, bar, minute)
        return total

    def margin_peak(self, bar: int) -> float:
        """Return the largest margin in money up to a bar; 0 without a margin rule."""
        block = self.block
        if block is None or block.most_margin is None or bar < block.start:
            return self.most_margin
        return max(self.most_margin, block.most_margin.item(min(bar, block.stop - 1) - block.start))

    @contextmanager
    def trying(self, leg: Leg) -> Iterator[None]:
        """Let a leg stand under its name for a while, in place of the one that does."""
        other = self.legs.get(leg.name)
        place = self.loose.index(other) if other in self.loose else None
        if place is not None:
            del self.loose[place]
        self.legs[leg.name] = leg
        self.loose.append(leg)
        try:
            yield
        finally:
            self.loose.remove(leg)
            if other is None:
                del self.legs[leg.name]
            else:
                self.legs[leg.name] = other
            if other is not None and place is not None:
                self.loose.insert(place, other)

    def cover(
        self,
        market: Market,
        clock: BarClock,
        series: AccountSeries,
        bar: int,
        margin: MarginRule | None = None,
    ) -> None:
        """Make sure that the marks of the open legs reach ``bar``."""
        if self.block is not None:
            if bar < self.block.stop:
                return
            self.flush(series, self.block.stop)
        legs = [leg for leg in self.held_legs() if leg.frozen is None]
        if not legs:
            return
        session = clock.session.item(bar) + BLOCK_SESSIONS
        stop = clock.first_bar.item(session) if session < clock.first_bar.size else clock.stop
        stop = min(stop, clock.stop, *(leg.last_bar + 1 for leg in legs))
        bars = range(bar, max(stop, bar + 1))
        self.block = fetch_block(market, legs, bars, clock.minutes, margin)
        self.loose = [leg for leg in self.held_legs() if leg.frozen is not None]

    def flush(self, series: AccountSeries, stop: int) -> None:
        """Add the marks before ``stop`` to the account's series and let go of the block."""
        drafts = [leg for leg in self.loose if not leg.is_filled]
        if self.block is not None:
            series.add(self.block, stop)
            self.most_margin = self.margin_peak(stop - 1)
        self.block = None
        self.loose = self.held_legs() + drafts

    def opened_date(self, clock: BarClock) -> dt.date:
        """Return the session date of the entry."""
        return clock.dates[clock.session.item(self.opened_bar)]

    def settlement_bar(self) -> int:
        """Return the next bar at which a leg settles, `NEVER` if none does within the period."""
        bars = [leg.settlement_bar for leg in self.held_legs()]
        return min((bar for bar in bars if bar is not None), default=NEVER)
