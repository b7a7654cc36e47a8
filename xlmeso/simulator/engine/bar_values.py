"""What a name means at many bars of a held position at once: the twin of `variables`.

Only names whose values are certain for all of the bars, however the rest of the account goes on;
None stands for every other name, and for nil.  Each array holds what the getter of the name gives
bar by bar, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from xlmeso.simulator.engine.assumptions import SHORTEST_DTE_DAYS
from xlmeso.simulator.engine.clock import BAR_MINUTES, MINUTES_PER_DAY, BarClock
from xlmeso.simulator.engine.legs import Leg
from xlmeso.simulator.engine.marks import GREEKS, WVEGA_DAYS, HeldBlock
from xlmeso.simulator.engine.money import money_array
from xlmeso.simulator.engine.ports import Floats, Ints, Market
from xlmeso.simulator.engine.positions import Position
from xlmeso.simulator.engine.variables import LEG_FIELDS, PERCENT

Value = Any
"""An array with one item per bar, a number, or None."""


@dataclass(frozen=True)
class Span:
    """Bars of a position within one block of its marks; no leg changes on the way.

    Attributes
    ----------
    bars
        Flat bars, ascending, shape (n,).
    """

    market: Market
    clock: BarClock
    position: Position
    block: HeldBlock
    bars: Ints

    @cached_property
    def columns(self) -> Ints:
        """Place of the bars in the block."""
        return self.bars - self.block.start

    @cached_property
    def minutes(self) -> Ints:
        """Minutes since the epoch."""
        return self.clock.minutes[self.bars]

    @cached_property
    def sessions(self) -> Ints:
        """Session of each bar."""
        return self.clock.session[self.bars]

    def per_session(self, function: Callable[[int], float]) -> Floats:
        """Return at each bar what a function gives for its session."""
        sessions, place = np.unique(self.sessions, return_inverse=True)
        values = np.array([function(session) for session in sessions.tolist()], dtype=np.float64)
        spread: Floats = values[place]
        return spread


def bar_value(name: str, span: Span) -> Value:
    """Return the values of a built-in name; None where only the getter knows them."""
    reader = _READERS.get(name)
    if reader is not None:
        return reader(span)
    if name.startswith("leg_"):
        return _leg_value(name, span)
    if name.startswith("expiration_") and name.endswith("_dte"):
        chosen = span.position.expirations.get(name[len("expiration_") : -len("_dte")])
        if chosen is None:
            return None
        day = (chosen.date - _EPOCH).days
        return day - span.clock.day[span.sessions]
    return None


def _leg_value(name: str, span: Span) -> Value:
    leg_name, _, field = name.removeprefix("leg_").rpartition("_")
    leg = span.position.legs.get(leg_name)
    if leg is None or field not in LEG_FIELDS:
        return None
    if leg.frozen is None and leg.block is not span.block:
        return None
    if field in ("qty", "strike"):
        return getattr(leg, field)
    if field == "dte":
        return (leg.settlement_minute - span.minutes) / MINUTES_PER_DAY
    if field == "dit":
        return None if leg.opened_minute is None else _days_since(leg.opened_minute, span)
    if field == "pnl":
        return _leg_pnl(leg, span)
    return _leg_greek(leg, field, span) if field in GREEKS else _leg_quote(leg, field, span)


def _leg_quote(leg: Leg, field: str, span: Span) -> Value:
    if field == "iv":
        return _quote(leg, "iv", span) * PERCENT
    return _quote(leg, leg.price_field if field == "price" else field, span)


def _leg_pnl(leg: Leg, span: Span) -> Value:
    if leg.is_closed:
        return leg.realised
    return money_array(leg.scale * (_quote(leg, leg.price_field, span) - leg.fill) - leg.fee)


def _leg_greek(leg: Leg, greek: str, span: Span) -> Value:
    if greek != "wvega":
        return leg.scale_of(greek) * _quote(leg, greek, span)
    days = (leg.settlement_minute - span.minutes) / MINUTES_PER_DAY
    weight = np.sqrt(WVEGA_DAYS / np.maximum(days, SHORTEST_DTE_DAYS))
    return leg.greek_scale * _quote(leg, "vega", span) * weight


def _quote(leg: Leg, field: str, span: Span) -> Value:
    if leg.frozen is not None:
        return leg.quote(field, span.bars.item(0))
    return getattr(span.block, field)[leg.row, span.columns]


def _position_pnl(span: Span) -> Value:
    position, bar = span.position, span.bars.item(0)
    total = span.block.totals["pnl"][span.columns]
    for leg in position.loose:
        total = total + leg.pnl(bar)
    return money_array(position.realised + total)


def _position_greek(greek: str) -> Callable[[Span], Value]:
    return lambda span: span.block.totals[greek][span.columns]


def _days_since(minute: int, span: Span) -> Floats:
    days: Floats = (span.minutes - minute) / MINUTES_PER_DAY
    return days


def _days_in_trade(span: Span) -> Value:
    opened = span.position.opened_minute
    return None if opened is None else _days_since(opened, span)


def _minutes_after_open(span: Span) -> Value:
    return span.minutes - span.clock.minutes[span.clock.first_bar[span.sessions]]


def _minutes_before_close(span: Span) -> Value:
    clock, sessions = span.clock, span.sessions
    opened = clock.first_bar[sessions]
    length = BAR_MINUTES * (clock.close_bar[sessions] - opened)
    return clock.minutes[opened] + length - span.minutes


_EPOCH: Final = BarClock.EPOCH
_READERS: Final[dict[str, Callable[[Span], Value]]] = {
    "pos_pnl": _position_pnl,
    **{f"pos_{greek}": _position_greek(greek) for greek in GREEKS},
    "open_trades_cnt": lambda span: len(span.position.open_legs()),
    "days_in_trade": _days_in_trade,
    "minutes_after_open": _minutes_after_open,
    "minutes_before_close": _minutes_before_close,
    "timing.days_in_trade": _days_in_trade,
    "timing.minutes_after_open": _minutes_after_open,
    "timing.minutes_before_close": _minutes_before_close,
    "timing.day_of_week": lambda span: (span.clock.day[span.sessions] + 4) % 7,
    "underlying_price": lambda span: span.market.underlying[span.bars],
    "underlying_today_open": lambda span: span.per_session(span.market.open_price),
    "underlying_prevday_close": lambda span: span.per_session(span.market.previous_close),
    "underlying_hv": lambda span: span.per_session(span.market.hv),
}
