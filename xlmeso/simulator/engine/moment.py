"""A bar as expressions and events see it: account, position, underlying."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from xlmeso.simulator.engine.calendar import AnchorCalendar
from xlmeso.simulator.engine.clock import BAR_MINUTES, BarClock, time_at
from xlmeso.simulator.engine.ledger import Account
from xlmeso.simulator.engine.ports import Market
from xlmeso.simulator.engine.positions import Position


@dataclass(slots=True)
class Moment:
    """One bar, and the position that is being decided on.

    Attributes
    ----------
    bar, session, minute
        Flat bar, its session and its time in minutes since the epoch.
    position
        The position that ``leg_``, ``pos_`` and ``expiration_`` names mean, or None.
    """

    market: Market
    clock: BarClock
    account: Account
    bar: int
    session: int
    minute: int
    position: Position | None = None

    @classmethod
    def at(cls, market: Market, clock: BarClock, account: Account, bar: int) -> Moment:
        """Return the moment of a bar, without a position."""
        session, minute = clock.session.item(bar), clock.minutes.item(bar)
        return cls(market, clock, account, bar, session, minute)

    @property
    def date(self) -> dt.date:
        """Session date."""
        return self.clock.dates[self.session]

    @property
    def calendar(self) -> AnchorCalendar:
        """Anchors and trading days of the exchange."""
        if self.clock.calendar is None:
            self.clock.calendar = AnchorCalendar(self.market.trading_days)
        return self.clock.calendar

    @property
    def time(self) -> dt.datetime:
        """Exchange-local time."""
        return time_at(self.minute)

    @property
    def minutes_after_open(self) -> int:
        """Minutes since the session's first bar."""
        return self.minute - self.clock.minutes.item(self.clock.first_bar.item(self.session))

    @property
    def minutes_before_close(self) -> int:
        """Minutes to the session's last bar; shorter on early-closing days."""
        length = self.clock.close_bar.item(self.session) - self.clock.first_bar.item(self.session)
        return length * BAR_MINUTES - self.minutes_after_open

    def account_pnl(self) -> float:
        """Return the running profit and loss in money."""
        return self.account.pnl(self.bar)

    def account_greek(self, greek: str) -> float:
        """Return a greek over all positions, a draft's legs included."""
        positions = self.account.positions
        total = 0.0
        for position in positions:
            total += position.greek(greek, self.bar, self.minute)
        draft = self.position
        if draft is not None and draft.opened_minute is None and draft not in positions:
            total += draft.greek(greek, self.bar, self.minute)
        return total

    def position_margin(self) -> float:
        """Return the margin of the position in money; 0 without one or without a margin rule."""
        return 0.0 if self.position is None else self._margin_of(self.position)

    def account_margin(self) -> float:
        """Return the sum of the positions' margins in money, a draft included."""
        positions = self.account.positions
        total = sum(self._margin_of(position) for position in positions)
        draft = self.position
        if draft is not None and draft.opened_minute is None and draft not in positions:
            total += self._margin_of(draft)
        return total

    def _margin_of(self, position: Position) -> float:
        """Margin from the block of marks; of legs outside it (drafts, closing) worked out now."""
        rule, block = self.account.margin, position.block
        if rule is None:
            return 0.0
        loose = any(leg.frozen is None for leg in position.loose)
        if block is not None and not loose:
            return block.totals["margin"].item(self.bar - block.start)
        legs = [leg for leg in position.legs.values() if leg.frozen is None]
        return rule.now(self.market, legs, self.bar)
