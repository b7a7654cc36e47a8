"""Closed positions by exit reason, weekday, month, days in trade and IV rank."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from xlmeso.measures.round_trips import RoundTrip

UNKNOWN: Final = "(not told)"
"""Group of positions about which the run says nothing."""

CONDITION: Final = "Condition"
"""Exit reason of an exit condition.

Assumption: the wording of exit signals is not published (reference section 5).
"""

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAYS_BUCKETS: Final = (
    (1, "below 1 day"), (3, "1 to 3 days"), (7, "3 to 7 days"), (14, "7 to 14 days"),
    (30, "14 to 30 days"), (60, "30 to 60 days"), (math.inf, "60 days and more"),
)  # fmt: skip
"""Upper ends, not included, and names of the buckets of days in trade."""
IV_BUCKETS: Final = (
    (10, "0 to 10"), (25, "10 to 25"), (50, "25 to 50"), (75, "50 to 75"), (math.inf, "75 to 100"),
)  # fmt: skip
"""The same of the IV rank at the opening."""


@dataclass(frozen=True, slots=True)
class TradeGroup:
    """Closed positions that have something in common; money is P&L after costs.

    Attributes
    ----------
    label
        What they have in common.
    count, wins
        Positions, and those with a P&L above 0.
    pnl, average, best, worst
        Sum, mean, largest and smallest P&L.
    gains, losses
        Sums of the P&L above 0 and of the rest (0 or negative).
    average_days
        Mean days in trade.
    """

    label: str
    count: int
    wins: int
    pnl: float
    average: float
    best: float
    worst: float
    gains: float
    losses: float
    average_days: float

    @property
    def win_rate(self) -> float:
        """Share of positions with a P&L above 0, 0..1."""
        return self.wins / self.count

    @property
    def profit_factor(self) -> float | None:
        """Gains divided by the size of the losses; None without a loss."""
        return self.gains / -self.losses if self.losses < 0 else None


Key = Callable[[RoundTrip], str]


def by_exit_reason(trip: RoundTrip) -> str:
    """Name the reason of the exit."""
    return trip.exit_reason or UNKNOWN


def by_exit_rule(trip: RoundTrip) -> str:
    """Name the reason of the exit; of an exit condition, the condition itself.

    A condition repeats letter by letter; the messages of the other reasons hold amounts.
    """
    reason = by_exit_reason(trip)
    if reason != CONDITION:
        return reason
    return trip.exit_message.partition(":")[2].strip().strip("'") or reason


def by_weekday(trip: RoundTrip) -> str:
    """Name the weekday of the opening."""
    return WEEKDAYS[trip.opened.weekday()]


def by_month(trip: RoundTrip) -> str:
    """Name the month of the year of the opening."""
    return MONTHS[trip.opened.month - 1]


def by_year(trip: RoundTrip) -> str:
    """Name the year of the close."""
    return str(trip.closed.year) if trip.closed else UNKNOWN


def by_days(trip: RoundTrip) -> str:
    """Name the bucket of days in trade."""
    return _bucket(trip.days, DAYS_BUCKETS)


def by_iv_rank(trip: RoundTrip) -> str:
    """Name the bucket of the IV rank at the opening."""
    rank = trip.entry_iv_rank
    return _bucket(None if rank is None else float(rank), IV_BUCKETS)


ORDERS: Final[dict[Key, Sequence[str]]] = {
    by_weekday: WEEKDAYS,
    by_month: MONTHS,
    by_days: [name for _, name in DAYS_BUCKETS],
    by_iv_rank: [name for _, name in IV_BUCKETS],
}
"""Order of the groups; elsewhere they come by the size of their P&L or by name."""


def group_trades(trips: Iterable[RoundTrip], key: Key) -> list[TradeGroup]:
    """Sum closed positions up by a key; open ones and those without a P&L are left out.

    Weekdays, months and buckets come in their own order, years by number, exit reasons by P&L,
    the best first.
    """
    found: dict[str, list[RoundTrip]] = {}
    for trip in trips:
        if trip.closed is not None and trip.pnl is not None:
            found.setdefault(key(trip), []).append(trip)
    groups = [_group(label, members) for label, members in found.items()]
    if key in ORDERS:
        order = [*ORDERS[key], UNKNOWN]
        return sorted(groups, key=lambda group: order.index(group.label))
    if key is by_year:
        return sorted(groups, key=lambda group: group.label)
    return sorted(groups, key=lambda group: (-group.pnl, group.label))


def _group(label: str, members: Sequence[RoundTrip]) -> TradeGroup:
    values = [float(trip.pnl) for trip in members if trip.pnl is not None]
    days = [trip.days for trip in members if trip.days is not None]
    return TradeGroup(
        label=label,
        count=len(values),
        wins=sum(value > 0 for value in values),
        pnl=math.fsum(values),
        average=math.fsum(values) / len(values),
        best=max(values),
        worst=min(values),
        gains=math.fsum(value for value in values if value > 0),
        losses=math.fsum(value for value in values if value <= 0),
        average_days=math.fsum(days) / len(days),
    )


def _bucket(value: float | None, buckets: Sequence[tuple[float, str]]) -> str:
    if value is None:
        return UNKNOWN
    return next(name for end, name in buckets if value < end)
